"""Appeals: filed in their time or too late, heard by somebody who took no part, and answered by letters."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from appealed import GROUNDS, HEARING, TOLD, TOO_LATE, add, file, settle, standings, told_round
from pipgrants.domain.appeal import Remedy, Ruling
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, RefusedError, UsageError
from pipgrants.services import answers, appeals, assignment, calls, delegate, evaluation, parties, rank
from pipgrants.services.audit.duties import review_duties
from pipgrants.services.audit.verify import verify
from pipgrants.services.consensus import record_consensus
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, DRAWN, EVALUATORS, SCORING, Round, application, as_, call_state, copied, criteria


@pytest.fixture(scope="session")
def told(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return told_round(copied(staffed, tmp_path_factory.mktemp("told") / "agency"))


@pytest.fixture
def round_(told: Round, tmp_path: Path) -> Round:
    return told.copy(tmp_path / "agency")


def faults(round_: Round) -> list[str]:
    found = verify(round_.workspace, as_("aldo"), HEARING).faults
    return [f"{fault.place} {fault.field}: {fault.message}" for fault in found]


def test_the_round_is_as_its_description_says(round_: Round) -> None:
    kinds = {name: round_.letter_kinds(name)[-1] for name in round_.numbers}
    expected = {"first": "award", "second": "award", "third": "reserve", "below": "decline", "excluded": "ineligible"}
    assert kinds == expected


def test_an_appeal_in_time_is_received_and_its_grounds_are_sealed(round_: Round) -> None:
    filed = file(round_, "third")
    contested = round_.letters("third")[-2]
    assert (filed.letter, filed.until.isoformat(), filed.is_late) == (f"L-{contested.number:06d}", "2026-07-06", False)
    assert (round_.state("third"), standings(round_, "third")) == ("under_appeal", ["lodged"])
    assert round_.letter_kinds("third")[-1] == "appeal_receipt"
    entry = round_.entries(act="AppealLodged")[-1]
    assert GROUNDS not in orjson.dumps(entry).decode()
    assert faults(round_) == []


def test_the_last_day_counts_where_the_call_is_run(round_: Round) -> None:
    last_minute = datetime.fromisoformat("2026-07-07T05:59:00+00:00")
    assert not file(round_, "third", last_minute).is_late
    assert file(round_, "below", last_minute + timedelta(minutes=1)).is_late


def test_a_late_appeal_is_recorded_and_answered_as_inadmissible(round_: Round) -> None:
    assert file(round_, "third", TOO_LATE).is_late
    assert (round_.state("third"), standings(round_, "third")) == ("notified", ["inadmissible"])
    release(round_.workspace, as_("olga"), TOO_LATE, call=round_.call)
    letter = round_.letters("third")[-1]
    (path,) = (round_.workspace.folder / "letters" / round_.call).rglob(f"L-{letter.number:06d}*.txt")
    text = path.read_text(encoding="utf-8")
    assert letter.kind == "appeal_inadmissible"
    assert "6 de julio de 2026" in " ".join(text.split())
    assert round_.state("third") == "notified"
    assert faults(round_) == []


def test_an_officer_says_when_a_paper_arrived(round_: Round) -> None:
    assert not file(round_, "third", HEARING, received_at=datetime(2026, 7, 6, 16, 0)).is_late
    assert round_.entries(act="AppealLodged")[-1]["inputs"]["received_at"] == "2026-07-06T22:00:00.000000Z"


@pytest.mark.parametrize(
    ("received_at", "message"),
    [(datetime(2026, 7, 14, 9, 0), "in the future"), (datetime(2026, 6, 21, 9, 0), "was released on 2026-06-22")],
)
def test_an_impossible_arrival_is_refused(round_: Round, received_at: datetime, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        file(round_, "third", HEARING, received_at=received_at)


def test_an_appeal_without_grounds_is_refused(round_: Round) -> None:
    with pytest.raises(RefusedError, match="what it contests and why"):
        file(round_, "third", grounds="  ")


def test_an_agency_appeals_for_its_own_party_and_not_for_another(round_: Round) -> None:
    round_.tie("third")
    with pytest.raises(NotAuthorisedError, match="the applicant is"):
        file(round_, "below", by="iris")
    with pytest.raises(NotAuthorisedError, match="only an officer"):
        file(round_, "third", TOO_LATE, by="iris", received_at=datetime(2026, 7, 6, 16, 0))
    assert not file(round_, "third", by="iris").is_late


def test_a_second_appeal_waits_for_the_first(round_: Round) -> None:
    file(round_, "third")
    with pytest.raises(RefusedError, match="under appeal"):
        file(round_, "third")


def test_nothing_is_contested_before_its_letter_left(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    with pytest.raises(RefusedError, match="no letter with a decision"):
        file(round_, "A1", TOLD)


@pytest.mark.parametrize(
    ("ruling", "kind"),
    [(Ruling.DISMISSED, "appeal_dismissed"), (Ruling.INADMISSIBLE, "appeal_inadmissible")],
)
def test_a_dismissed_appeal_leaves_the_decision_as_it_was(round_: Round, ruling: Ruling, kind: str) -> None:
    before = round_.letters("third")
    file(round_, "third")
    settle(round_, "third", ruling)
    assert (round_.state("third"), standings(round_, "third")) == ("notified", [ruling.value])
    assert [letter.kind for letter in round_.letters("third")[len(before) :]] == ["appeal_receipt", kind]
    assert round_.letters("third")[: len(before)] == before
    assert round_.entries(act="AppealSettled")[-1]["reason"] == "Consta en el folio 12"
    assert faults(round_) == []


def test_a_ruling_needs_a_reason(round_: Round) -> None:
    file(round_, "third")
    with pytest.raises(RefusedError, match="needs a reason"):
        settle(round_, "third", Ruling.DISMISSED, reason=" ")


def test_a_remedy_goes_with_what_is_upheld(round_: Round) -> None:
    file(round_, "third")
    with pytest.raises(UsageError, match="a remedy goes with"):
        settle(round_, "third", Ruling.UPHELD)
    with pytest.raises(UsageError, match="a remedy goes with"):
        settle(round_, "third", Ruling.DISMISSED, Remedy.RESCORE)
    with pytest.raises(UsageError, match="verified again"):
        settle(round_, "third", Ruling.UPHELD, Remedy.RESCORE, met=("counterpart",))


@pytest.mark.parametrize(("actor", "duty"), [("olga", "screens"), ("eva", "scores"), ("marcos", "approves")])
def test_who_took_part_does_not_hear_the_appeal(told: Round, tmp_path: Path, actor: str, duty: str) -> None:
    from pipgrants.services import people

    round_ = told.copy(tmp_path / "agency")
    file(round_, "third")
    if actor != "marcos":
        people.grant_role(round_.workspace, as_("admin"), HEARING, actor=actor, role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match=f"{actor} {duty} what becomes of"):
        settle(round_, "third", Ruling.DISMISSED, by=actor)


ORGANISING = ("settle", "assign", "agree", "close", "draw", "rank")


def organised_by(round_: Round, act: str) -> None:
    """A decided round in which ``pia`` does one of the acts that lead to the ranking, and olga the others.

    A paper of A1 counts for A2, so that A1 is ineligible and not evaluated.
    """
    add(round_.workspace, "pia", Role.COORDINATION_OFFICER, Role.PROGRAMME_MANAGER)
    who = {name: as_("pia" if name == act else "olga") for name in ORGANISING}
    same = application("A2", evidence="shared")
    first = application("A1", evidence="shared")
    round_.receive([first._replace(evidence=(same.evidence[0], *first.evidence[1:])), same])
    workspace, call = round_.workspace, round_.call
    winner = round_.numbers["A2"]
    answers.settle_evidence(
        workspace, who["settle"], SCORING, proposal=winner, evidence="shared", reason="Así lo escribió el emisor"
    )
    round_.screen(SCORING)
    assignment.assign(workspace, who["assign"], SCORING, call=call)
    round_.give({"A2": Decimal(4)})
    minutes = workspace.folder / "acta.txt"
    minutes.write_text("Acta")
    record_consensus(
        workspace,
        who["agree"],
        SCORING,
        proposal=winner,
        marks=dict.fromkeys(criteria(round_), Decimal(4)),
        participants=EVALUATORS,
        held_on=SCORING.date(),
        minutes=minutes,
    )
    evaluation.close_scores(workspace, who["close"], SCORING, call=call)
    rank.enter_draw(workspace, who["draw"], AFTER_DRAW, call=call, numbers=DRAWN, evidence=minutes)
    rank.rank_call(workspace, who["rank"], AFTER_DRAW, call=call)
    round_.ratify(round_.prepare().package)
    round_.release(TOLD)


@pytest.mark.parametrize("act", ORGANISING)
def test_who_organised_the_evaluation_does_not_hear_the_appeal(published: Round, tmp_path: Path, act: str) -> None:
    round_ = published.copy(tmp_path / "agency")
    organised_by(round_, act)
    add(round_.workspace, "maria", Role.PROGRAMME_MANAGER)
    for reference in ("A1", "A2") if act == "settle" else ("A2",):
        file(round_, reference)
        with pytest.raises(RefusedError, match=r"pia (organises|screens) what becomes of"):
            settle(round_, reference, Ruling.DISMISSED, by="pia")
        settle(round_, reference, Ruling.DISMISSED)
    assert review_duties(round_.workspace, as_("aldo"), HEARING).conflicts == []


def test_who_ranked_others_hears_the_appeal_of_what_was_never_evaluated(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    organised_by(round_, "rank")
    file(round_, "A1")
    settle(round_, "A1", Ruling.DISMISSED, by="pia")
    assert review_duties(round_.workspace, as_("aldo"), HEARING).conflicts == []


def test_who_only_prepared_the_package_does_not_hear_the_appeal_either(round_: Round) -> None:
    with round_.workspace.read() as unit:
        package = unit.proposals.get(round_.numbers["third"]).determination_package
    assert [entry["actor"] for entry in round_.entries(subject=f"package/{package}")] == ["olga"]
    file(round_, "below")
    settle(round_, "below", Ruling.DISMISSED)


def test_a_delegate_is_no_other_person_than_who_approved(round_: Round) -> None:
    add(round_.workspace, "diego", Role.COORDINATION_OFFICER)
    day = HEARING.date()
    delegate.delegate_role(
        round_.workspace,
        as_("marcos"),
        HEARING,
        delegator="marcos",
        delegate="diego",
        role=Role.PROGRAMME_MANAGER,
        from_on=day,
        until_on=day,
        reason="Vacaciones",
    )
    file(round_, "third")
    with pytest.raises(RefusedError, match="marcos approves what becomes of"):
        settle(round_, "third", Ruling.DISMISSED, by="diego")


def test_a_call_is_not_archived_while_an_appeal_is_open(round_: Round) -> None:
    file(round_, "third")
    much_later = HEARING + timedelta(days=90)
    with pytest.raises(RefusedError, match=rf"1 appeal is open: {round_.numbers['third']} \(lodged\)"):
        calls.archive(round_.workspace, as_("olga"), much_later, call=round_.call)
    settle(round_, "third", Ruling.DISMISSED)
    calls.archive(round_.workspace, as_("olga"), much_later, call=round_.call)
    assert call_state(round_.workspace) == "archived"


def test_redaction_reaches_the_grounds(round_: Round) -> None:
    file(round_, "third")
    with round_.workspace.read() as unit:
        lead = unit.proposals.get(round_.numbers["third"]).lead
    parties.redact(round_.workspace, as_("olga"), HEARING, party=lead, reason="A petición")
    (listed,) = appeals.list_appeals(round_.workspace, round_.call)
    assert listed.grounds is None
    assert faults(round_) == []


def test_the_review_of_duties_finds_nobody_who_heard_and_took_part(round_: Round) -> None:
    file(round_, "third")
    settle(round_, "third", Ruling.DISMISSED)
    reviewed = review_duties(round_.workspace, as_("aldo"), HEARING)
    assert reviewed.conflicts == []
    assert [item.act for item in reviewed.overrides if item.subject.startswith("proposal/")] == ["AppealSettled"]
