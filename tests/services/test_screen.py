"""Screening: clarifications asked for, answered and lapsed; contested papers; exclusions; screening again."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipgrants.domain.application import Application, Exclusion
from pipgrants.domain.proposal import Evidence
from pipgrants.domain.vocabulary import EvidenceKind, FundingSource, MemberType, PriorityGroup, SizeClass
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services import answers, calls, notices, parties, ratify
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.workspace import Workspace
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    SCORING,
    SOURCE,
    WHILE_OPEN,
    Round,
    application,
    as_,
    edit,
    hash_of_tables,
    publish,
    tamper,
)

LAST_DAY = datetime(2026, 4, 22, 4, 0, tzinfo=UTC)
"""22:00 on 21 April in Tegucigalpa: ten working days after 6 April, 14 April being none."""
DAY_AFTER = datetime(2026, 4, 22, 15, 0, tzinfo=UTC)
PAPER = "Oficio 14-2026"


def with_first_member(made: Application, **details: object) -> Application:
    first, *others = made.members
    return made._replace(members=(first._replace(details=first.details._replace(**details)), *others))


def without_consent(reference: str) -> Application:
    """An application whose lead did not say whether it consents to give monitoring data."""
    return with_first_member(application(reference), data_consent_on=None)


def without_letter(reference: str) -> Application:
    """An application whose counterpart names no commitment letter, though one is attached."""
    made = application(reference)
    return made._replace(counterpart_lines=tuple(line._replace(evidence=None) for line in made.counterpart_lines))


def same_paper(reference: str) -> Application:
    made = application(reference)
    paper = Evidence(PAPER, EvidenceKind.COMMITMENT_LETTER, "Alcaldía de Comayagua")
    lines = tuple(line._replace(evidence=paper.identity) for line in made.counterpart_lines)
    return made._replace(counterpart_lines=lines, evidence=(paper, *made.evidence[1:]))


def clarify(round_: Round, reference: str, now: datetime, corrected: Application | None, answer: str = "Va") -> None:
    answers.clarify(
        round_.workspace,
        as_("olga"),
        now,
        proposal=round_.numbers[reference],
        application=corrected,
        answer=answer,
    )


def asked(round_: Round, *applications: Application) -> None:
    """Applications, of which the first lacks something, were screened, and the requests released."""
    round_.receive(applications or [without_letter("A1")])
    round_.screen()
    round_.release()


def due_on(round_: Round, reference: str) -> str | None:
    with round_.workspace.read() as unit:
        return unit.proposals.get(round_.numbers[reference]).clarification_due_on


# Clarifications


def test_what_is_missing_is_asked_for_with_a_deadline(round_: Round) -> None:
    round_.receive([application("A1"), without_letter("A2")])
    done = round_.screen()
    assert dict(done.states) == {"eligible": 1, "clarification_requested": 1}
    assert due_on(round_, "A2") is None
    round_.release()
    assert due_on(round_, "A2") == "2026-04-21"
    assert round_.letter_kinds("A2") == ["receipt", "clarification_request"]
    released = round_.entries(act="LetterReleased", subject=f"proposal/{round_.numbers['A2']}")[-1]
    assert released["inputs"]["release"]["answer_until"] == "2026-04-21"
    assert round_.findings("A2")["counterpart"]["notes"][0]["code"] == "counterpart.no_evidence"


def test_an_answer_with_a_corrected_application_is_screened_again(round_: Round) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    clarify(round_, "A1", LAST_DAY, application("A1"))
    assert round_.state("A1") == "received"
    round_.screen(LAST_DAY)
    assert (round_.state("A1"), round_.verdict("A1", "counterpart")) == ("eligible", "met")
    entry = round_.entries(act="ClarificationAnswered")[0]
    assert entry["inputs"]["application"]["reference"] == "A1"
    assert entry["inputs"]["parties"] == []


def test_a_consent_that_was_missing_is_supplied_by_the_answer(round_: Round) -> None:
    round_.receive([without_consent("A1")])
    round_.screen()
    clarify(round_, "A1", LAST_DAY, application("A1"))
    round_.screen(LAST_DAY)
    assert (round_.state("A1"), round_.verdict("A1", "prerequisite.data_consent")) == ("eligible", "met")
    entry = round_.entries(act="ClarificationAnswered")[0]
    assert [party["data_consent_on"] for party in entry["inputs"]["parties"]] == ["2026-01-10"]


def test_the_time_to_answer_begins_with_the_release_of_the_request(round_: Round) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    round_.release(LAST_DAY)
    assert due_on(round_, "A1") == "2026-05-06"


def test_a_request_that_nobody_released_does_not_lapse(round_: Round) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    assert round_.screen(SCORING).lapsed_count == 0
    assert round_.state("A1") == "clarification_requested"
    clarify(round_, "A1", SCORING, application("A1"))
    round_.screen(SCORING)
    assert round_.state("A1") == "eligible"


def test_an_answer_in_words_only_does_not_prolong_the_time(round_: Round) -> None:
    asked(round_)
    clarify(round_, "A1", LAST_DAY, None, "La carta está en trámite")
    round_.screen(LAST_DAY)
    assert (round_.state("A1"), due_on(round_, "A1")) == ("clarification_requested", "2026-04-21")
    assert dict(round_.release(LAST_DAY).kinds) == {"clarification_request": 1}
    assert due_on(round_, "A1") == "2026-04-21"
    assert round_.screen(DAY_AFTER).lapsed_count == 1
    assert round_.state("A1") == "screened_out"


def test_an_answer_that_leaves_the_same_open_ends_with_the_time(round_: Round) -> None:
    asked(round_)
    clarify(round_, "A1", LAST_DAY, None, "La carta está en trámite")
    done = round_.screen(DAY_AFTER)
    assert (done.lapsed_count, done.letters_count, round_.state("A1")) == (1, 0, "screened_out")
    assert round_.acts()[-1] == "ClarificationLapsed"


def test_what_was_not_asked_before_gets_a_time_of_its_own(round_: Round) -> None:
    asked(round_, without_letter("A1"), same_paper("A2"))
    clarify(round_, "A1", LAST_DAY, same_paper("A1"))
    round_.screen(DAY_AFTER)
    notes = round_.findings("A1")["counterpart"]["notes"]
    assert [note["code"] for note in notes] == ["counterpart.evidence_contested"]
    assert (round_.state("A1"), due_on(round_, "A1")) == ("clarification_requested", None)
    round_.release(DAY_AFTER)
    assert due_on(round_, "A1") == "2026-05-07"


def test_a_request_that_was_answered_before_its_release_is_not_sent(round_: Round) -> None:
    round_.receive([without_letter("A1"), without_letter("A2")])
    round_.screen()
    clarify(round_, "A1", AFTER_DEADLINE, None, "Va")
    clarify(round_, "A2", AFTER_DEADLINE, application("A2"))
    round_.screen()
    released = round_.release()
    assert (dict(released.kinds), released.superseded_count) == ({"receipt": 2, "clarification_request": 1}, 2)
    stages = [(letter.kind, letter.stage) for letter in round_.letters("A1")]
    assert stages == [
        ("receipt", "released"),
        ("clarification_request", "superseded"),
        ("clarification_request", "released"),
    ]
    superseded = [letter.number for letter in round_.letters() if letter.stage == "superseded"]
    assert [entry["inputs"]["letter"] for entry in round_.entries(act="LetterSuperseded")] == superseded


def test_a_request_is_not_sent_once_its_time_is_over(round_: Round) -> None:
    asked(round_)
    clarify(round_, "A1", LAST_DAY, None, "Va")
    round_.screen(LAST_DAY)
    released = round_.release(DAY_AFTER)
    assert (dict(released.kinds), released.superseded_count) == ({}, 1)


def test_an_answer_can_fail(round_: Round) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    line = application("A1").counterpart_lines[0]
    less = application("A1")._replace(counterpart_lines=(line._replace(amount=Decimal("80000")),))
    clarify(round_, "A1", LAST_DAY, less)
    round_.screen(LAST_DAY)
    assert round_.state("A1") == "screened_out"


def with_line(made: Application, amount: str) -> Application:
    line = made.counterpart_lines[0]._replace(amount=Decimal(amount))
    return made._replace(counterpart_lines=(*made.counterpart_lines, line))


def of_source(made: Application, source: FundingSource) -> Application:
    """The same contributions, said to come from another source."""
    return made._replace(counterpart_lines=tuple(line._replace(source=source) for line in made.counterpart_lines))


LINES_ASKED = "budget_lines, counterpart_lines, evidence"


@pytest.mark.parametrize(
    ("answer", "changed"),
    [
        (application("A1")._replace(title="Otra red"), "title"),
        (application("A1")._replace(grant_amount=Decimal(90_000)), "grant_amount"),
        (application("A1", firms=7), "members"),
        (application("A1", firms=5), "members"),
        (application("A1")._replace(objectives=application("A1").objectives[:1]), "objectives"),
        (with_line(application("A1"), "50000"), "counterpart amount"),
        (of_source(application("A1"), FundingSource.LOCAL_GOVERNMENT), "counterpart amount"),
    ],
    ids=["title", "grant", "more members", "fewer members", "objectives", "more counterpart", "another source"],
)
def test_an_answer_changes_nothing_that_was_not_asked(round_: Round, answer: Application, changed: str) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    before = hash_of_tables(round_.workspace.folder)
    with pytest.raises(RefusedError) as refused:
        clarify(round_, "A1", LAST_DAY, answer)
    said = f"the answer changes {changed} of PIP1-000001, which stood in the application; it was asked about "
    assert refused.value.message == said + LINES_ASKED
    assert hash_of_tables(round_.workspace.folder) == before


@pytest.mark.parametrize(
    "facts",
    [
        {"sector": "1410"},
        {"size_class": SizeClass.MICRO},
        {"priority_groups": frozenset({PriorityGroup.WOMEN_LED})},
    ],
    ids=["sector", "size", "groups"],
)
def test_what_is_on_record_of_a_party_stands_whatever_an_answer_says(round_: Round, facts: dict[str, object]) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    with round_.workspace.read() as unit:
        before = unit.parties.get("E-000001").details
    clarify(round_, "A1", LAST_DAY, with_first_member(application("A1"), **facts))
    with round_.workspace.read() as unit:
        assert unit.parties.get("E-000001").details == before


@pytest.mark.parametrize(
    ("answer", "changed"),
    [
        (with_line(application("A1"), "50000"), "counterpart_lines"),
        (application("A1")._replace(evidence=application("A1").evidence[:1]), None),
        (
            application("A1")._replace(evidence=(*application("A1").evidence, Evidence("N", EvidenceKind.OTHER, "X"))),
            "evidence",
        ),
        (application("A1")._replace(budget_lines=application("A1").budget_lines[:1]), "budget_lines"),
        (application("A1")._replace(budget_lines=application("A1").budget_lines[::-1]), None),
        (application("A1", firms=7), "members"),
    ],
)
def test_lines_that_were_not_asked_about_stay(round_: Round, answer: Application, changed: str | None) -> None:
    round_.receive([without_consent("A1")])
    round_.screen()
    if changed is None:
        clarify(round_, "A1", LAST_DAY, answer)
        with round_.workspace.read() as unit:
            assert len(unit.proposals.one("PIP1-000001", "USD").evidence or ()) == 2
    else:
        with pytest.raises(RefusedError, match=rf"changes {changed} of PIP1-000001, .* it was asked about members\n"):
            clarify(round_, "A1", LAST_DAY, answer)


def test_what_is_unknown_of_members_is_supplied_only_where_they_are_asked_about(round_: Round) -> None:
    unknown = with_first_member(without_letter("A1"), sector=None)
    round_.receive([unknown])
    round_.screen()
    with pytest.raises(RefusedError, match="changes members of PIP1-000001"):
        clarify(round_, "A1", LAST_DAY, application("A1"))
    clarify(round_, "A1", LAST_DAY, with_first_member(application("A1"), sector=None))


def test_a_member_keeps_its_kind_and_is_given_one_where_members_are_asked_about(round_: Round) -> None:
    made = without_consent("A1")
    first, second, *others = made.members
    round_.receive([made._replace(members=(first, second._replace(member_type=None), *others))])
    round_.screen()
    first, *rest = application("A1").members
    public = first._replace(member_type=MemberType.PUBLIC_BODY)
    with pytest.raises(RefusedError, match="changes member_type of PIP1-000001"):
        clarify(round_, "A1", LAST_DAY, application("A1")._replace(members=(public, *rest)))
    clarify(round_, "A1", LAST_DAY, application("A1"))
    with round_.workspace.read() as unit:
        kinds = {member.member_type for member in unit.proposals.one("PIP1-000001", "USD").members or ()}
    assert kinds == {MemberType.ENTERPRISE}


def test_an_answer_takes_back_no_paper_that_was_attached(round_: Round) -> None:
    round_.receive([without_consent("A1")])
    round_.screen()
    scan, new, same_name = (round_.workspace.folder / name for name in ("carta.pdf", "nueva.pdf", "b/nueva.pdf"))
    same_name.parent.mkdir()
    named: dict[str, Any] = {"evidence": "A1/CL"}
    described = {"kind": EvidenceKind.COMMITMENT_LETTER, "issuer": "Alcaldía"}
    for path, paper in ((scan, named), (new, described), (same_name, described)):
        path.write_bytes(str(path).encode())
        answers.attach(round_.workspace, as_("olga"), AFTER_DEADLINE, proposal="PIP1-000001", file=path, **paper)
    with round_.workspace.read() as unit:
        before = unit.proposals.one("PIP1-000001", "USD")
    clarify(round_, "A1", LAST_DAY, application("A1"))
    with round_.workspace.read() as unit:
        after = unit.proposals.one("PIP1-000001", "USD")
    assert [paper.file_name for paper in after.evidence or ()] == ["carta.pdf", None, "nueva.pdf", "nueva.pdf"]
    assert [paper.reference for paper in after.evidence or ()][2:] == ["nueva.pdf", "nueva.pdf (2)"]
    assert (after.evidence, after.counterpart_lines) == (before.evidence, before.counterpart_lines)


def test_an_amount_that_the_budget_contradicts_becomes_what_its_lines_add_up_to(round_: Round) -> None:
    made = application("A1")
    round_.receive([made._replace(total_amount=Decimal(210_000))])
    round_.screen()
    assert round_.findings("A1")["counterpart"]["notes"][0]["code"] == "budget.total_differs"
    with pytest.raises(RefusedError, match="changes total_amount of PIP1-000001"):
        clarify(round_, "A1", LAST_DAY, made._replace(total_amount=Decimal(190_000)))
    clarify(round_, "A1", LAST_DAY, made)
    round_.screen(LAST_DAY)
    assert round_.state("A1") == "eligible"


def test_an_answer_is_dated_no_later_than_it_is_given(round_: Round) -> None:
    round_.receive([without_consent("A1")])
    round_.screen()
    tomorrow = with_first_member(application("A1"), data_consent_on=date(2026, 4, 22))
    with pytest.raises(RefusedError, match="data_consent_on of M1 is 2026-04-22, which is in the future"):
        clarify(round_, "A1", LAST_DAY, tomorrow)
    clarify(round_, "A1", LAST_DAY, with_first_member(tomorrow, data_consent_on=date(2026, 4, 21)))


def test_a_corrected_application_keeps_its_reference(round_: Round) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="the file answers for 'A2'"):
        clarify(round_, "A1", LAST_DAY, application("A2"))


def test_nothing_is_clarified_that_was_not_asked(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="PIP1-000001: clarify is not possible in the state eligible") as refused:
        clarify(round_, "A1", LAST_DAY, application("A1"))
    assert refused.value.next_step == "pipgrants explain PIP1-000001"


def test_an_answer_after_the_deadline_is_refused(round_: Round) -> None:
    round_.receive([without_letter("A1")])
    round_.screen()
    round_.release()
    with pytest.raises(RefusedError, match="PIP1-000001: the time to answer ended on") as refused:
        clarify(round_, "A1", DAY_AFTER, application("A1"))
    assert "pipgrants screen CALL" in refused.value.next_step


def test_an_unanswered_request_makes_ineligible(round_: Round) -> None:
    round_.receive([application("A1"), without_letter("A2")])
    round_.screen()
    round_.release()
    assert round_.screen(LAST_DAY).lapsed_count == 0
    assert round_.screen(DAY_AFTER).lapsed_count == 1
    assert round_.state("A2") == "screened_out"
    ratified = round_.ratify(round_.to_package({"A1": "5"}, DAY_AFTER))
    assert ratified.determinations == {"award": 1, "ineligible": 1}
    reasons = round_.entries(act="ProposalDetermined", subject=f"proposal/{round_.numbers['A2']}")[0]["inputs"][
        "reasons"
    ]
    assert [reason["code"] for reason in reasons] == ["screening.unanswered"]


def test_an_unanswered_request_is_decided_on_record_where_the_call_says_so(workspace: Workspace) -> None:
    edit(workspace, "calls", "pip-one-stage", {"if_unanswered: ineligible": "if_unanswered: decide_on_record"})
    round_ = publish(workspace)
    round_.receive([application("A1"), without_letter("A2")])
    round_.screen()
    round_.release()
    round_.screen(DAY_AFTER)
    assert round_.state("A2") == "eligible"
    round_.screen(DAY_AFTER)
    assert round_.state("A2") == "eligible"
    ratified = round_.ratify(round_.to_package({"A1": "5", "A2": "4"}, DAY_AFTER))
    assert ratified.determinations == {"award": 1, "conditional_award": 1}
    conditions = round_.entries(act="ProposalDetermined")[1]["inputs"]["conditions"]
    assert [condition["criterion"] for condition in conditions] == ["counterpart"]


def test_asking_again_before_the_deadline_changes_nothing(round_: Round) -> None:
    round_.receive([application("A1"), without_letter("A2")])
    round_.screen()
    round_.release()
    entries = len(round_.acts())
    again = round_.screen(LAST_DAY)
    assert (dict(again.states), again.unchanged_count, again.letters_count) == ({}, 2, 0)
    assert round_.acts()[entries:] == ["CallScreened"]
    assert due_on(round_, "A2") == "2026-04-21"


def test_scores_do_not_close_while_a_clarification_is_open(round_: Round) -> None:
    round_.receive([application("A1"), without_letter("A2")])
    round_.screen()
    round_.assign()
    round_.give({"A1": Decimal(5)})
    with pytest.raises(RefusedError, match=r"PIP1-000002 \(clarification requested\)"):
        round_.close_scores()
    clarify(round_, "A2", LAST_DAY, application("A2"))
    with pytest.raises(RefusedError, match=r"PIP1-000002 \(received\)") as refused:
        round_.close_scores()
    assert "pipgrants screen pip-one-stage" in refused.value.next_step
    round_.screen()
    round_.assign()
    round_.give({"A2": Decimal(4)})
    round_.close_scores()
    assert len(round_.rank().ranking) == 2


def test_ranking_refuses_to_start_while_a_clarification_is_open(round_: Round) -> None:
    round_.receive([application("A1"), without_letter("A2")])
    round_.screen()
    with pytest.raises(RefusedError, match="is screened, so that rank is not possible now"):
        round_.rank(LAST_DAY)


@pytest.mark.parametrize("state", ["received", "clarification_requested"])
def test_ranking_refuses_what_is_not_screened_even_after_the_scores_closed(round_: Round, state: str) -> None:
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.score({"A1": Decimal(5), "A2": Decimal(4)})
    tamper(round_.workspace.folder, "UPDATE proposal SET state = ? WHERE reference = 'A2'", (state,))
    with pytest.raises(RefusedError, match="1 proposals wait for screening, or for the applicant's answer"):
        round_.rank()


# Contested papers


def test_a_paper_pledged_twice_counts_in_none(round_: Round) -> None:
    round_.receive([same_paper("A1"), same_paper("A2")])
    round_.screen()
    assert [round_.state(reference) for reference in ("A1", "A2")] == ["clarification_requested"] * 2
    notes = [round_.findings(reference)["counterpart"]["notes"][0]["code"] for reference in ("A1", "A2")]
    assert notes == ["counterpart.evidence_contested"] * 2


def test_settling_a_contested_paper_decides_both(round_: Round) -> None:
    round_.receive([same_paper("A1"), same_paper("A2")])
    round_.screen()
    paper = round_.findings("A1")["counterpart"]["notes"][0]["values"]["evidence"]
    answers.settle_evidence(
        round_.workspace,
        as_("olga"),
        AFTER_DEADLINE,
        proposal=round_.numbers["A2"],
        evidence=paper,
        reason="La alcaldía lo confirmó por oficio",
    )
    round_.screen()
    assert (round_.state("A1"), round_.state("A2")) == ("screened_out", "eligible")
    assert round_.findings("A1")["counterpart"]["notes"][0]["code"] == "counterpart.evidence_settled_elsewhere"
    assert round_.entries(act="EvidenceSettled")[0]["inputs"] == {"evidence": paper}


def test_a_paper_settled_on_a_proposal_that_was_withdrawn_counts_for_the_other(round_: Round) -> None:
    round_.receive([same_paper("A1"), same_paper("A2")])
    round_.screen()
    paper = round_.findings("A1")["counterpart"]["notes"][0]["values"]["evidence"]

    def settle() -> None:
        number = round_.numbers["A1"]
        answers.settle_evidence(
            round_.workspace, as_("olga"), AFTER_DEADLINE, proposal=number, evidence=paper, reason="Oficio"
        )

    settle()
    answers.withdraw(round_.workspace, as_("olga"), AFTER_DEADLINE, proposal=round_.numbers["A1"], reason="Otro fondo")
    round_.screen()
    assert round_.state("A2") == "eligible"
    with pytest.raises(RefusedError, match="PIP1-000001 is withdrawn; no paper counts for it any more"):
        settle()
    assert replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call).differences == ()


def test_a_paper_is_settled_only_on_a_proposal_that_pledges_it(round_: Round) -> None:
    round_.receive([same_paper("A1"), application("A2")])
    round_.screen()
    with pytest.raises(NotFoundError, match="PIP1-000002 names no paper"):
        answers.settle_evidence(
            round_.workspace,
            as_("olga"),
            AFTER_DEADLINE,
            proposal=round_.numbers["A2"],
            evidence="paper:unknown",
            reason="Error",
        )


def test_withdrawing_one_frees_the_paper_for_the_other(round_: Round) -> None:
    round_.receive([same_paper("A1"), same_paper("A2")])
    round_.screen()
    answers.withdraw(
        round_.workspace, as_("olga"), AFTER_DEADLINE, proposal=round_.numbers["A2"], reason="Cambio de planes"
    )
    round_.screen()
    assert (round_.state("A1"), round_.verdict("A1", "counterpart")) == ("eligible", "met")


def settle(round_: Round, reference: str, paper: str) -> None:
    answers.settle_evidence(
        round_.workspace,
        as_("olga"),
        AFTER_DEADLINE,
        proposal=round_.numbers[reference],
        evidence=paper,
        reason="Lo declara la alcaldía",
    )


def test_a_letter_that_commits_less_than_is_pledged_is_made_good_by_another(round_: Round) -> None:
    """What the request asks for is what helps: a letter for the whole amount; there is nothing to settle."""
    made = application("A1")
    letter = made.evidence[0]._replace(committed_amount=Decimal(99_999))
    round_.receive([made._replace(evidence=(letter, *made.evidence[1:]))])
    round_.screen()
    finding = round_.findings("A1")["counterpart"]
    assert (finding["verdict"], [note["code"] for note in finding["notes"]]) == (
        "undetermined",
        ["counterpart.evidence_exceeded"],
    )
    with pytest.raises(RefusedError, match="no other live proposal pledges A1/CL"):
        settle(round_, "A1", "A1/CL")
    round_.release()
    whole = letter._replace(identity="A1/CL2", committed_amount=Decimal(100_000))
    lines = tuple(line._replace(evidence=whole.identity) for line in made.counterpart_lines)
    clarify(round_, "A1", LAST_DAY, made._replace(evidence=(whole, *made.evidence[1:]), counterpart_lines=lines))
    round_.screen(LAST_DAY)
    assert round_.verdict("A1", "counterpart") == "met"


def test_a_paper_of_a_declared_void_call_is_free_again(round_: Round) -> None:
    round_.receive([same_paper("A1")])
    calls.end_call(round_.workspace, as_("marcos"), WHILE_OPEN, call=round_.call, trigger="cancel", reason="Sin fondos")
    other = second_call(round_)
    other.receive([same_paper("B1")])
    other.screen()
    assert other.state("B1") == "eligible"


def test_a_paper_that_holds_an_award_does_not_count_in_another_call(round_: Round) -> None:
    round_.receive([same_paper("A1")])
    round_.ratify(round_.to_package({"A1": "5"}))
    other = second_call(round_)
    other.receive([same_paper("B1")])
    other.screen()
    assert other.verdict("B1", "counterpart") == "undetermined"


def test_a_paper_of_a_declined_proposal_is_free_again(round_: Round) -> None:
    round_.receive([same_paper("A1")])
    round_.ratify(round_.to_package({"A1": "1"}))
    other = second_call(round_)
    other.receive([same_paper("B1")])
    other.screen()
    assert other.verdict("B1", "counterpart") == "met"


def second_call(round_: Round) -> Round:
    """Another one-stage call of the same programme, published in the same workspace."""
    workflows = round_.workspace.folder / "workflows" / "calls"
    text = (workflows / "pip-one-stage.yaml").read_text(encoding="utf-8")
    other = text.replace("call: pip-one-stage", "call: pip-second").replace(
        "number_prefix: PIP1", "number_prefix: PIP3"
    )
    (workflows / "pip-second.yaml").write_text(other, encoding="utf-8")
    package = calls.draft_call(round_.workspace, as_("olga"), BEFORE_OPENING, file="pip-second").package
    ratify.ratify(round_.workspace, as_("marcos"), BEFORE_OPENING, package=package)
    notices.publish_call(round_.workspace, as_("olga"), BEFORE_OPENING, call="pip-second")
    return Round(round_.workspace, "pip-second")


def test_a_paper_pledged_in_another_call_since_the_screening_stops_the_decisions(round_: Round) -> None:
    other = second_call(round_)
    round_.receive([same_paper("A1"), application("A2")])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(3)})
    round_.rank()
    other.receive([same_paper("B1")])
    before = hash_of_tables(round_.workspace.folder)
    with pytest.raises(
        RefusedError, match=rf"contested after the screening: PIP1-000001 \({PAPER}\)\n.*screen pip-one"
    ):
        round_.prepare()
    assert hash_of_tables(round_.workspace.folder) == before
    answers.settle_evidence(
        round_.workspace, as_("olga"), SCORING, proposal=round_.numbers["A1"], evidence=PAPER, reason="el emisor"
    )
    round_.rank()
    round_.prepare()


def test_a_contested_paper_is_screened_again_after_the_scores_are_closed(round_: Round) -> None:
    other = second_call(round_)
    round_.receive([same_paper("A1"), application("A2")])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(3)})
    round_.rank()
    other.receive([same_paper("B1")])
    round_.screen(SCORING)
    assert (round_.state("A1"), round_.verdict("A1", "counterpart")) == ("clarification_requested", "undetermined")
    with pytest.raises(RefusedError):
        round_.rank()


# Papers attached


def test_a_paper_attached_is_kept_by_its_hash_and_fulfils_the_condition(round_: Round, tmp_path: Path) -> None:
    round_.receive([application("A1", agreement=False)])
    round_.screen()
    assert round_.findings("A1")["prerequisite.consortium_agreement"]["is_condition"]
    file = tmp_path / "acuerdo.pdf"
    file.write_bytes(b"%PDF-1.7 acuerdo firmado")
    sha256 = answers.attach(
        round_.workspace,
        as_("olga"),
        AFTER_DEADLINE,
        proposal=round_.numbers["A1"],
        file=file,
        kind=EvidenceKind.CONSORTIUM_AGREEMENT,
        issuer="Taller A1-1",
    )
    assert (round_.workspace.folder / "evidence" / sha256[:2] / sha256).read_bytes() == file.read_bytes()
    round_.screen()
    assert round_.verdict("A1", "prerequisite.consortium_agreement") == "met"


def test_a_paper_named_in_the_application_gets_its_file(round_: Round, tmp_path: Path) -> None:
    numbers = round_.receive([application("A1")])
    file = tmp_path / "carta.pdf"
    file.write_bytes(b"%PDF-1.7 carta")
    with round_.workspace.read() as unit:
        papers = unit.proposals.one(numbers["A1"], "USD").evidence or ()
    sha256 = answers.attach(
        round_.workspace,
        as_("olga"),
        WHILE_OPEN,
        proposal=numbers["A1"],
        file=file,
        evidence=papers[0].identity,
    )
    with round_.workspace.read() as unit:
        after = unit.proposals.one(numbers["A1"], "USD").evidence or ()
    assert [(paper.file_name, paper.sha256) for paper in after] == [("carta.pdf", sha256), (None, None)]


def test_a_file_for_an_unknown_paper_is_refused(round_: Round, tmp_path: Path) -> None:
    numbers = round_.receive([application("A1")])
    (tmp_path / "carta.pdf").write_bytes(b"%PDF")
    with pytest.raises(NotFoundError, match="names no paper 'paper:0'"):
        answers.attach(
            round_.workspace,
            as_("olga"),
            WHILE_OPEN,
            proposal=numbers["A1"],
            file=tmp_path / "carta.pdf",
            evidence="paper:0",
        )


# The exclusion list


@pytest.mark.parametrize(
    "debarred",
    [
        Exclusion("Otra razón social", "Fraude", tax_country="HN", tax_number="A1-3"),
        Exclusion("  TALLER a1-3", "Fraude"),
        Exclusion("Taller A1-3", "Fraude", until_on=date(2026, 4, 6)),
    ],
    ids=["by tax number", "by name", "on its last day"],
)
def test_a_debarred_member_excludes_the_consortium(round_: Round, debarred: Exclusion) -> None:
    parties.import_exclusions(
        round_.workspace, as_("olga"), WHILE_OPEN, exclusions=[debarred], source={"file": "lista.csv"}
    )
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    assert (round_.state("A1"), round_.state("A2")) == ("screened_out", "eligible")
    assert round_.verdict("A1", "prerequisite.not_excluded") == "not_met"


@pytest.mark.parametrize(
    "debarred",
    [
        Exclusion("Taller A1-3", "Fraude", until_on=date(2026, 4, 5)),
        Exclusion("Taller A1-3", "Fraude", tax_country="HN", tax_number="otro"),
        Exclusion("Taller A1-3", "Fraude", tax_country="GT", tax_number="A1-3"),
    ],
    ids=["exclusion over", "namesake", "other country"],
)
def test_who_is_not_debarred_is_not_excluded(round_: Round, debarred: Exclusion) -> None:
    parties.import_exclusions(
        round_.workspace, as_("olga"), WHILE_OPEN, exclusions=[debarred], source={"file": "lista.csv"}
    )
    round_.receive([application("A1")])
    round_.screen()
    assert round_.state("A1") == "eligible"


def test_a_list_imported_later_counts_when_screened_again(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    debarred = Exclusion("Taller A1-3", "Fraude", tax_country="HN", tax_number="A1-3")
    parties.import_exclusions(
        round_.workspace, as_("olga"), AFTER_DEADLINE, exclusions=[debarred], source={"file": "lista.csv"}
    )
    round_.screen()
    assert round_.state("A1") == "screened_out"
    parties.import_exclusions(round_.workspace, as_("olga"), AFTER_DEADLINE, exclusions=[], source={"file": "vacía"})
    round_.screen()
    assert round_.state("A1") == "eligible"


def debar(round_: Round, *names: str) -> None:
    parties.import_exclusions(
        round_.workspace,
        as_("olga"),
        AFTER_DRAW,
        exclusions=[Exclusion(name, "Fraude") for name in names],
        source={"file": "lista.csv"},
    )


def test_a_party_debarred_after_the_screening_gets_no_award(round_: Round) -> None:
    round_.receive([application("A1"), application("A2"), application("A3", counterpart="80000")])
    package = round_.to_package({"A1": "5", "A2": "4"})
    debar(round_, "Taller A1-1", "Taller A3-1")
    with pytest.raises(RefusedError, match="changed after it was prepared"):
        round_.ratify(package)
    ratify.return_package(round_.workspace, as_("marcos"), AFTER_DRAW, package=package, reason="Inhabilitada")
    with pytest.raises(RefusedError, match=r"exclusion list after the screening: PIP1-000001 \(E-000001\)") as refused:
        round_.prepare()
    assert "pipgrants screen pip-one-stage, then pipgrants rank run" in str(refused.value.next_step)
    assert dict(round_.screen(AFTER_DRAW).states) == {"screened_out": 1}
    round_.rank()
    round_.ratify(round_.prepare().package)
    assert [round_.state(name) for name in ("A1", "A2", "A3")] == ["ineligible", "awarded", "ineligible"]
    assert verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults == ()
    assert replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call).differences == ()


def test_nobody_joins_those_who_compete_once_the_scores_are_closed(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    debar(round_, "Taller A1-1")
    round_.screen()
    round_.score({"A2": Decimal(4)})
    debar(round_)
    assert (dict(round_.screen(AFTER_DRAW).states), round_.state("A1")) == ({}, "screened_out")
    round_.rank()
    assert [line.outcome for line in round_.prepare().decisions] == ["ineligible", "award"]
    assert replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call).differences == ()


# Screening again


def test_screening_again_writes_only_what_changed(round_: Round) -> None:
    round_.receive([application("A1"), application("A2", counterpart="80000")])
    round_.screen()
    before = len(round_.acts())
    assert round_.screen().unchanged_count == 2
    assert round_.acts()[before:] == ["CallScreened"]


def test_a_dry_run_changes_nothing_and_shows_what_would(round_: Round) -> None:
    round_.receive([application("A1"), application("A2", counterpart="80000"), without_letter("A3")])
    before = hash_of_tables(round_.workspace.folder)
    would = round_.screen(dry_run=True)
    assert hash_of_tables(round_.workspace.folder) == before
    assert would == round_.screen()


def test_an_entry_holds_every_criterion_in_codes_and_values(round_: Round) -> None:
    round_.receive([application("A1", counterpart="80000")])
    round_.screen()
    entry = round_.entries(act="ProposalScreened")[0]
    assert [finding["criterion"] for finding in entry["findings"]] == list(round_.findings("A1"))
    assert round_.findings("A1")["counterpart"] == {
        "criterion": "counterpart",
        "verdict": "not_met",
        "seen": {
            "amount": "80000.00",
            "cash_amount": "80000.00",
            "currency": "USD",
            "in_kind_amount": "0.00",
            "share": "0.4000",
        },
    }


def test_what_a_finding_required_is_read_from_the_definition_that_its_entry_names(round_: Round) -> None:
    round_.receive([application("A1", counterpart="80000")])
    round_.screen()
    with round_.workspace.read() as unit:
        entry = unit.proposals.get(round_.numbers["A1"]).screening_entry or 0
        found = {finding.criterion: finding for finding in RecordedFindings(unit).of([entry])[entry]}
    assert found["counterpart"].as_plain() == {
        **round_.findings("A1")["counterpart"],
        "required": {"comparison": "at_least", "share": "0.5", "of": "proposal"},
        "clause": "4.2",
    }
    assert found.keys() == round_.findings("A1").keys()


def test_priority_groups_of_members_are_on_record(round_: Round) -> None:
    made = application("A1")
    first, *others = made.members
    groups = frozenset({PriorityGroup.WOMEN_LED, PriorityGroup.INDIGENOUS})
    details = first.details._replace(priority_groups=groups)
    numbers = round_.receive([made._replace(members=(first._replace(details=details), *others))])
    with round_.workspace.read() as unit:
        members = unit.proposals.one(numbers["A1"], "USD").members or ()
    assert members[0].priority_groups == groups
    assert SOURCE["file"] == round_.entries(act="ProposalReceived")[0]["inputs"]["source"]["file"]
