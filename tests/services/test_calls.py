"""Calls: authorised within their programme, published, amended, extended, cancelled, declared void; questions."""

from datetime import UTC, datetime, timedelta

import pytest

from pipgrants.domain.vocabulary import Language, Role
from pipgrants.errors import DefinitionError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import answers, calls, inquiries, letters, people, programmes, ratify, receive, screen
from pipgrants.services.definitions import terms_of
from pipgrants.services.workspace import Workspace
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    SOURCE,
    WHILE_OPEN,
    Round,
    application,
    as_,
    edit,
    hash_of_tables,
)

FUND = "competitiveness-fund"
LOWER_COUNTERPART = {"  minimum_share: 0.50\n  of: proposal": "  minimum_share: 0.45\n  of: proposal"}
LATER = {"closes_at: 2026-03-31 17:00": "closes_at: 2026-04-15 17:00"}
LAST_MINUTE = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
"""The deadline of the one-stage call, 17:00 in Tegucigalpa."""


def activate(workspace: Workspace, programme: str = FUND) -> None:
    drafted = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=programme)
    ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=drafted.package)


def draft(workspace: Workspace, call: str = "pip-one-stage") -> str:
    return calls.draft_call(workspace, as_("olga"), BEFORE_OPENING, file=call).package


def approve(workspace: Workspace, package: str, now: datetime = BEFORE_OPENING, by: str = "marcos") -> ratify.Ratified:
    return ratify.ratify(workspace, as_(by), now, package=package)


def amend(round_: Round, changes: dict[str, str], now: datetime = WHILE_OPEN, reason: str = "Feriado nacional") -> str:
    edit(round_.workspace, "calls", round_.call, changes)
    return calls.amend_call(round_.workspace, as_("olga"), now, file=round_.call, reason=reason).package


def state(workspace: Workspace, call: str = "pip-one-stage") -> str:
    with workspace.read() as unit:
        return unit.calls.get(call).state


# Authorising


@pytest.mark.parametrize(
    ("changes", "clause", "words"),
    [
        (LOWER_COUNTERPART, "4.2", "at least 0.5 of the proposal; the call has 0.45"),
        ({"  maximum_share: 0.50\ncounterpart": "  maximum_share: 0.60\ncounterpart"}, "4.1", "0.6"),
        ({"maximum_amount: 250000": "maximum_amount: 250001"}, "4.4", "250001"),
        ({"  ineligible_sources: [other_public_grant]\n": ""}, "4.3", "other_public_grant"),
        ({"envelope_amount: 9000000": "envelope_amount: 40000001"}, "", "40000000.00 that the programme has left"),
    ],
)
def test_a_call_laxer_than_its_programme_is_refused_at_draft_naming_the_clause(
    workspace: Workspace, changes: dict[str, str], clause: str, words: str
) -> None:
    activate(workspace)
    edit(workspace, "calls", "pip-one-stage", changes)
    before = hash_of_tables(workspace.folder)
    with pytest.raises(DefinitionError, match=words) as refused:
        draft(workspace)
    assert any(clause in problem.field for problem in refused.value.problems)
    assert hash_of_tables(workspace.folder) == before


def test_a_call_that_became_laxer_is_refused_at_authorisation(workspace: Workspace) -> None:
    activate(workspace)
    package = draft(workspace)
    edit(workspace, "programmes", FUND, {"maximum_grant_amount: 250000": "maximum_grant_amount: 200000"})
    activate(workspace)
    with pytest.raises(RefusedError, match="programme"):
        approve(workspace, package)
    with pytest.raises(DefinitionError, match=r"4\.4"):
        draft(workspace)
    assert state(workspace) == "drafted"


def test_two_calls_together_may_not_exceed_the_envelope(workspace: Workspace) -> None:
    activate(workspace)
    edit(workspace, "calls", "pip-one-stage", {"envelope_amount: 9000000": "envelope_amount: 28000000.01"})
    one, two = draft(workspace, "pip-one-stage"), draft(workspace, "pip-two-stage")
    approve(workspace, two)
    with pytest.raises(DefinitionError, match=r"28000000\.01 exceeds the 28000000\.00 that the programme has left"):
        approve(workspace, one)
    assert [state(workspace, call) for call in ("pip-one-stage", "pip-two-stage")] == ["drafted", "authorised"]


def test_a_cancelled_call_gives_its_money_back_to_the_programme(workspace: Workspace) -> None:
    activate(workspace)
    edit(workspace, "calls", "pip-one-stage", {"envelope_amount: 9000000": "envelope_amount: 40000000"})
    approve(workspace, draft(workspace, "pip-two-stage"))
    with pytest.raises(DefinitionError):
        draft(workspace)
    calls.end_call(
        workspace, as_("marcos"), BEFORE_OPENING, call="pip-two-stage", trigger="cancel", reason="Sin demanda"
    )
    approve(workspace, draft(workspace))
    assert state(workspace) == "authorised"


def test_a_call_of_an_unknown_programme_is_refused(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="there is no programme 'competitiveness-fund'"):
        draft(workspace)


def test_a_call_is_not_drafted_before_its_programme_is_active(workspace: Workspace) -> None:
    programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND)
    with pytest.raises(RefusedError, match="the programme competitiveness-fund is drafted"):
        draft(workspace)


def test_who_drafted_a_call_cannot_authorise_it(workspace: Workspace) -> None:
    activate(workspace)
    package = draft(workspace)
    people.grant_role(workspace, as_("admin"), BEFORE_OPENING, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="olga prepared package"):
        approve(workspace, package, by="olga")


def test_drafting_again_sets_the_earlier_package_aside(workspace: Workspace) -> None:
    activate(workspace)
    first = draft(workspace)
    edit(workspace, "calls", "pip-one-stage", {"envelope_amount: 9000000": "envelope_amount: 8000000"})
    second = draft(workspace)
    with pytest.raises(RefusedError, match="is superseded"):
        approve(workspace, first)
    approve(workspace, second)
    with workspace.read() as unit:
        assert str(unit.calls.get("pip-one-stage").envelope_amount) == "8000000.00"


def test_an_authorised_call_cannot_be_drafted_again(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    with pytest.raises(RefusedError, match="authorised already") as refused:
        draft(workspace)
    assert "call amend" in refused.value.next_step


def test_an_unauthorised_call_cannot_be_published(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    with pytest.raises(RefusedError, match="is drafted, so that publish is not possible now"):
        calls.publish(workspace, as_("olga"), BEFORE_OPENING, call="pip-one-stage", notices={})


def test_a_call_whose_deadline_is_past_cannot_be_published(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    with pytest.raises(RefusedError, match="the deadline is past"):
        calls.publish(workspace, as_("olga"), AFTER_DEADLINE, call="pip-one-stage", notices={})


def test_an_authorised_call_is_amended_before_it_is_published(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    edit(workspace, "calls", "pip-one-stage", {"  minimum_total: 60": "  minimum_total: 65"})
    amendment = calls.amend_call(workspace, as_("olga"), BEFORE_OPENING, file="pip-one-stage", reason="Errata")
    approve(workspace, amendment.package)
    calls.publish(workspace, as_("olga"), BEFORE_OPENING, call="pip-one-stage", notices={})
    with workspace.read() as unit:
        assert str(terms_of(unit.calls, "pip-one-stage").call.rubric.minimum_total) == "65"


def test_a_deadline_that_passed_before_publication_still_moves(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    later = {"closes_at: 2026-03-31 17:00": "closes_at: 2026-05-29 17:00"}
    edit(workspace, "calls", "pip-one-stage", {**later, "opens_at: 2026-01-12 09:00": "opens_at: 2026-05-04 09:00"})
    amendment = calls.amend_call(workspace, as_("olga"), AFTER_DEADLINE, file="pip-one-stage", reason="Demora")
    approve(workspace, amendment.package, AFTER_DEADLINE)
    calls.publish(workspace, as_("olga"), AFTER_DEADLINE, call="pip-one-stage", notices={})
    assert state(workspace) == "published"


def test_a_call_that_is_not_authorised_is_drafted_again_not_amended(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    edit(workspace, "calls", "pip-one-stage", {"  minimum_total: 60": "  minimum_total: 65"})
    with pytest.raises(RefusedError, match="is drafted; its definition cannot be amended then"):
        calls.amend_call(workspace, as_("olga"), BEFORE_OPENING, file="pip-one-stage", reason="Errata")


def test_the_published_notice_stands_in_the_trail_by_its_hash(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    notices = {"notice.es.txt": "ab" * 32}
    calls.publish(workspace, as_("olga"), BEFORE_OPENING, call="pip-one-stage", notices=notices)
    assert Round(workspace).entries(act="CallPublished")[0]["inputs"] == {"notices": notices}


def test_two_calls_do_not_share_a_number_prefix(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    edit(workspace, "calls", "pip-two-stage", {"number_prefix: PIP2": "number_prefix: PIP1"})
    with pytest.raises(RefusedError, match="PIP1"):
        draft(workspace, "pip-two-stage")


# Programmes


def test_a_revised_programme_is_in_force_once_approved(workspace: Workspace) -> None:
    activate(workspace)
    edit(workspace, "programmes", FUND, {"amount: 4000000": "amount: 5000000"})
    package = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    with workspace.read() as unit:
        before = unit.calls.programme(FUND)
    approve(workspace, package)
    with workspace.read() as unit:
        after = unit.calls.programme(FUND)
    assert before.definition_hash != after.definition_hash
    assert (before.state, after.state) == ("active", "active")
    assert Round(workspace).acts()[-1] == "ProgrammeRevised"


def test_an_older_draft_of_a_programme_cannot_be_approved_after_a_newer_one(workspace: Workspace) -> None:
    first = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    edit(workspace, "programmes", FUND, {"amount: 4000000": "amount: 5000000"})
    second = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    approve(workspace, second)
    with pytest.raises(RefusedError, match="is superseded"):
        approve(workspace, first)


def test_a_programme_runs_the_machine_it_was_drafted_with(workspace: Workspace) -> None:
    package = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    edit(workspace, "machines", "programme", {"    destination: active\n": "    destination: suspended\n"})
    approve(workspace, package)
    with workspace.read() as unit:
        assert unit.calls.programme(FUND).state == "active"


def test_a_programme_without_evidence_of_a_quality_is_refused(workspace: Workspace) -> None:
    line = "      continuity: Permanent unit created by decree, with its own budget line since 2012.\n"
    edit(workspace, "programmes", FUND, {line: ""})
    with pytest.raises(DefinitionError, match="no evidence of continuity"):
        programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND)


# Amending


def test_an_extension_moves_the_deadline_and_tells_everybody(round_: Round) -> None:
    numbers = round_.receive([application("A1"), application("A2", language=Language.PORTUGUESE)])
    inquiries.take_form(
        round_.workspace,
        as_("olga"),
        WHILE_OPEN,
        call=round_.call,
        name="Ana Prado",
        email="ana@example.org",
        language=Language.ENGLISH,
    )
    ratified = approve(round_.workspace, amend(round_, LATER), WHILE_OPEN)
    assert state(round_.workspace) == "extended"
    assert ratified.letters_count == 3
    corrigenda = [letter for letter in round_.letters() if letter.kind == "corrigendum"]
    assert [(letter.proposal, letter.language) for letter in corrigenda] == [
        (numbers["A1"], "es"),
        (numbers["A2"], "pt"),
        (None, "en"),
    ]
    assert "ana@example.org" in str(corrigenda[2].recipient)
    late_before = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
    round_.receive([application("A3")], late_before)
    assert round_.state("A3") == "received"


def test_an_extended_call_can_be_extended_again(round_: Round) -> None:
    approve(round_.workspace, amend(round_, LATER), WHILE_OPEN)
    again = amend(round_, {"closes_at: 2026-04-15 17:00": "closes_at: 2026-04-30 17:00"})
    approve(round_.workspace, again, WHILE_OPEN)
    assert [act for act in round_.acts() if act.startswith("CallExt")] == ["CallExtended", "CallExtended"]
    assert round_.acts()[-1] == "NoticeRenewed"


def test_an_amendment_that_moves_no_deadline_leaves_the_call_where_it_is(round_: Round) -> None:
    approve(round_.workspace, amend(round_, {"reserve_count: 10": "reserve_count: 12"}), WHILE_OPEN)
    assert state(round_.workspace) == "published"
    entry = round_.entries(act="CallAmended")[0]
    assert (entry["reason"], entry["inputs"]["changed"]) == ("Feriado nacional", ["allocation"])


def test_withdrawn_applicants_are_told_nothing_of_an_amendment(round_: Round) -> None:
    round_.receive([application("A1")])
    answers.withdraw(
        round_.workspace, as_("olga"), WHILE_OPEN, proposal=round_.numbers["A1"], reason="Cambio de planes"
    )
    assert approve(round_.workspace, amend(round_, LATER), WHILE_OPEN).letters_count == 0


def test_a_deadline_only_moves_later(round_: Round) -> None:
    with pytest.raises(RefusedError, match="it only moves later"):
        amend(round_, {"closes_at: 2026-03-31 17:00": "closes_at: 2026-03-31 16:59"})


def test_a_deadline_that_is_past_does_not_move(round_: Round) -> None:
    with pytest.raises(RefusedError, match="is past"):
        amend(round_, LATER, AFTER_DEADLINE)


def test_an_extension_prepared_in_time_cannot_be_approved_after_the_deadline(round_: Round) -> None:
    package = amend(round_, LATER)
    with pytest.raises(RefusedError, match="is past"):
        approve(round_.workspace, package, AFTER_DEADLINE)


def test_the_last_minute_still_counts_as_before_the_deadline(round_: Round) -> None:
    amend(round_, LATER, LAST_MINUTE + timedelta(seconds=59))
    with pytest.raises(RefusedError, match="is past"):
        calls.amend_call(
            round_.workspace,
            as_("olga"),
            LAST_MINUTE + timedelta(seconds=60),
            file=round_.call,
            reason="Demasiado tarde",
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"value: 36\n": "value: 24\n"},
        {"  minimum_total: 60": "  minimum_total: 70"},
        {"rule: skip_and_fill": "rule: stop_at_first"},
        {"envelope_amount: 9000000": "envelope_amount: 8000000"},
        {"    points: 2": "    points: 3"},
        {"tie_breaks: [priority]": "tie_breaks: []"},
        {"if_unanswered: ineligible": "if_unanswered: decide_on_record"},
    ],
)
def test_selection_rules_do_not_change_after_the_deadline(round_: Round, changes: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match=r"is past: .* cannot change any more"):
        amend(round_, changes, AFTER_DEADLINE)


def test_what_is_no_selection_rule_can_be_put_right_after_the_deadline(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    contact = {"name: Agency for Productive Linkages, calls desk (invented)": "name: Calls desk (invented)"}
    approve(round_.workspace, amend(round_, contact, AFTER_DEADLINE), AFTER_DEADLINE)
    assert state(round_.workspace) == "screened"


def test_an_amendment_cannot_be_laxer_than_the_programme(round_: Round) -> None:
    with pytest.raises(DefinitionError, match=r"clause 4\.2"):
        amend(round_, LOWER_COUNTERPART)


def test_an_amendment_that_became_laxer_cannot_be_approved(round_: Round) -> None:
    package = amend(round_, LATER)
    edit(round_.workspace, "programmes", FUND, {"maximum_grant_amount: 250000": "maximum_grant_amount: 200000"})
    activate(round_.workspace)
    with pytest.raises((DefinitionError, RefusedError), match=r"4\.4|programme"):
        approve(round_.workspace, package, WHILE_OPEN)
    assert state(round_.workspace) == "published"


def test_an_amendment_needs_two_persons(round_: Round) -> None:
    package = amend(round_, LATER)
    people.grant_role(round_.workspace, as_("admin"), WHILE_OPEN, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="olga prepared package"):
        approve(round_.workspace, package, WHILE_OPEN, by="olga")


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_amendment_needs_a_reason(round_: Round, reason: str) -> None:
    with pytest.raises(RefusedError, match="reason"):
        approve(round_.workspace, amend(round_, LATER, reason=reason), WHILE_OPEN)


def test_a_file_that_changes_nothing_is_no_amendment(round_: Round) -> None:
    with pytest.raises(RefusedError, match="changes nothing"):
        calls.amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=round_.call, reason="Nada")


@pytest.mark.parametrize(
    "changes",
    [{"number_prefix: PIP1": "number_prefix: PIP9"}, {"time_zone: America/Tegucigalpa": "time_zone: America/Lima"}],
)
def test_what_identifies_a_call_is_never_amended(round_: Round, changes: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="an amendment cannot change"):
        amend(round_, changes)


def test_a_published_call_runs_from_the_store(round_: Round) -> None:
    edit(round_.workspace, "calls", round_.call, LOWER_COUNTERPART)
    edit(round_.workspace, "machines", "proposal_one_stage", {"    destination: received\n": "    destination: late\n"})
    edit(round_.workspace, "machines", "call", {"    destination: screened\n": "    destination: void\n"})
    edit(round_.workspace, "programmes", FUND, {"minimum_counterpart_share: 0.50": "minimum_counterpart_share: 0.60"})
    for template in (round_.workspace.folder / "templates" / "letters").glob("*.j2"):
        template.write_text("{{ nothing }}")
    round_.receive([application("A1"), application("A2", counterpart="95000")])
    assert round_.states() == dict.fromkeys(round_.numbers.values(), "received")
    round_.screen()
    assert (round_.state("A1"), round_.state("A2")) == ("eligible", "screened_out")
    assert "A1" in letters.preview(round_.workspace, round_.numbers["A1"]).text
    with round_.workspace.read() as unit:
        assert str(terms_of(unit.calls, round_.call).call.counterpart.minimum_share) == "0.50"  # type: ignore[union-attr]


# Closing, cancelling, declaring void


def test_a_call_closes_when_its_last_minute_is_over(round_: Round) -> None:
    with pytest.raises(RefusedError, match="applications can still arrive"):
        calls.close_call(round_.workspace, as_("olga"), LAST_MINUTE + timedelta(seconds=59), call=round_.call)
    calls.close_call(round_.workspace, as_("olga"), LAST_MINUTE + timedelta(seconds=60), call=round_.call)
    assert state(round_.workspace) == "closed"


def test_screening_before_the_deadline_is_refused(round_: Round) -> None:
    round_.receive([application("A1")])
    with pytest.raises(RefusedError, match="applications can still arrive"):
        round_.screen(LAST_MINUTE)


def test_cancelling_ends_every_application_with_a_letter(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    ended = calls.end_call(
        round_.workspace, as_("marcos"), WHILE_OPEN, call=round_.call, trigger="cancel", reason="Sin fondos"
    )
    assert ended == 2
    assert state(round_.workspace) == "cancelled"
    assert set(round_.states().values()) == {"call_void"}
    assert round_.letter_kinds("A1") == ["receipt", "call_cancelled"]
    with pytest.raises(RefusedError, match="is cancelled"):
        round_.receive([application("A3")])


def test_a_call_past_its_deadline_is_declared_void_not_cancelled(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="is screened, so that cancel is not possible now"):
        calls.end_call(
            round_.workspace, as_("marcos"), AFTER_DEADLINE, call=round_.call, trigger="cancel", reason="Error"
        )
    calls.end_call(
        round_.workspace, as_("marcos"), AFTER_DEADLINE, call=round_.call, trigger="declare_void", reason="Error"
    )
    assert (state(round_.workspace), round_.state("A1")) == ("void", "call_void")


def test_nothing_waits_for_approval_once_a_call_is_void(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    calls.end_call(
        round_.workspace, as_("marcos"), AFTER_DRAW, call=round_.call, trigger="declare_void", reason="Error"
    )
    with round_.workspace.read() as unit:
        assert unit.packages.waiting() == []
    with pytest.raises(RefusedError, match="is superseded"):
        round_.ratify(package)


@pytest.mark.parametrize("reason", ["", " "])
def test_ending_a_call_needs_a_reason(round_: Round, reason: str) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        calls.end_call(round_.workspace, as_("marcos"), WHILE_OPEN, call=round_.call, trigger="cancel", reason=reason)


def test_an_officer_cannot_cancel_a_call(round_: Round) -> None:
    with pytest.raises(NotAuthorisedError, match="programme_manager"):
        calls.end_call(
            round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, trigger="cancel", reason="Sin fondos"
        )


# Questions


def test_questions_are_numbered_and_answered_once(round_: Round) -> None:
    workspace, call = round_.workspace, round_.call
    assert inquiries.ask(workspace, as_("olga"), WHILE_OPEN, call=call, question="¿Cuenta el terreno?") == 1
    assert inquiries.ask(workspace, as_("olga"), WHILE_OPEN, call=call, question="¿Hay prórroga?") == 2
    inquiries.answer(
        workspace, as_("olga"), WHILE_OPEN, call=call, number=1, text="Solo como aporte en especie valorado."
    )
    with pytest.raises(RefusedError, match="question 1 of pip-one-stage was answered already"):
        inquiries.answer(workspace, as_("olga"), WHILE_OPEN, call=call, number=1, text="No.")
    with pytest.raises(RefusedError, match="question 3 of pip-one-stage does not exist"):
        inquiries.answer(workspace, as_("olga"), WHILE_OPEN, call=call, number=3, text="No.")
    listed = [(row.number, row.question, row.answer) for row in inquiries.questions(workspace, call)]
    assert listed == [
        (1, "¿Cuenta el terreno?", "Solo como aporte en especie valorado."),
        (2, "¿Hay prórroga?", None),
    ]
    assert round_.acts()[-3:] == ["QuestionAsked", "QuestionAsked", "QuestionAnswered"]


def test_questions_of_another_call_are_numbered_apart(round_: Round) -> None:
    inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, question="¿Cuenta el terreno?")
    drafted = calls.draft_call(round_.workspace, as_("olga"), BEFORE_OPENING, file="pip-two-stage")
    approve(round_.workspace, drafted.package)
    assert inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call="pip-two-stage", question="¿Y aquí?") == 1


# Archiving


def test_a_call_is_archived_once_appeals_are_over(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    letters.release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)
    last_day = datetime(2026, 7, 6, 15, 0, tzinfo=UTC)
    with pytest.raises(RefusedError, match="appeals can still be filed"):
        calls.archive(round_.workspace, as_("olga"), last_day, call=round_.call)
    calls.archive(round_.workspace, as_("olga"), last_day + timedelta(days=1), call=round_.call)
    assert state(round_.workspace) == "archived"


def test_screening_a_call_that_is_not_published_is_refused(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    with pytest.raises(RefusedError, match="is drafted, so that screen is not possible now"):
        screen.screen(workspace, as_("olga"), AFTER_DEADLINE, call="pip-one-stage")
    with pytest.raises(RefusedError, match="is drafted; applications are received once it is published"):
        receive.receive_applications(
            workspace, as_("olga"), WHILE_OPEN, call="pip-one-stage", applications=[application("A1")], source=SOURCE
        )
