"""Appeals in a call of two stages: a profile that was not invited, and a full proposal that was not funded."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from appealed import OTHER_EVALUATORS, add, decisions, prepare, score, settle, standings
from appealed import verify as reverify
from pipgrants.domain.appeal import Remedy, Ruling
from pipgrants.domain.application import Application, SubmittedScore
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import RefusedError
from pipgrants.services import appeals, evaluation, people
from pipgrants.services.assignment import reassign
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.consensus import record_consensus
from pipgrants.services.explain import explain
from pipgrants.services.results import write_results
from pipgrants.services.workspace import Workspace
from rounds import EVALUATORS, SOURCE, Round, application, as_, copied, criteria, edit, publish

CALL = "pip-two-stage"
PROFILES_SCORED = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
PROFILES_TOLD = datetime(2026, 5, 18, 15, 0, tzinfo=UTC)
CONTESTED = datetime(2026, 5, 25, 15, 0, tzinfo=UTC)
HEARD = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
SECOND_OPEN = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
LATE = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
SECOND_SCORED = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)
END = datetime(2026, 10, 20, 15, 0, tzinfo=UTC)
AFTER_END = datetime(2026, 10, 22, 15, 0, tzinfo=UTC)
ENVELOPE = "envelope_amount: 12000000"


def profile(reference: str) -> Application:
    """A first idea: no budget, no counterpart and no papers yet."""
    return application(reference)._replace(budget_lines=(), counterpart_lines=(), evidence=())


def select(round_: Round, marks: dict[str, str], now: datetime, decided: datetime) -> None:
    """Screens, scores, ranks, ratifies and tells the stage that the call is in."""
    round_.screen(now)
    round_.score({name: Decimal(mark) for name, mark in marks.items()}, now)
    round_.rank(decided)
    round_.ratify(round_.prepare(decided).package, decided)
    round_.release(decided)


def contest(
    round_: Round, reference: str, now: datetime, heard: datetime, mark: str, evaluators: tuple[str, ...]
) -> None:
    """An appeal in time, upheld, scored again and decided anew."""
    number = round_.numbers[reference]
    appeals.file_appeal(round_.workspace, as_("olga"), now, proposal=number, grounds="El acta omite una nota")
    settle(round_, reference, Ruling.UPHELD, Remedy.RESCORE, now=heard)
    score(round_, reference, mark, evaluators, now=heard)
    round_.ratify(prepare(round_, now=heard).proposed.package, heard)
    round_.release(heard)


def agree(round_: Round, reference: str, mark: str, **others: str) -> None:
    """The evaluators agree on the same mark throughout, but for others by criterion."""
    minutes = round_.workspace.folder.parent / "minutes.txt"
    minutes.write_text(f"Agreed on {reference}.")
    record_consensus(
        round_.workspace,
        as_("olga"),
        PROFILES_SCORED,
        proposal=round_.numbers[reference],
        marks={code: Decimal(others.get(code, mark)) for code in criteria(round_)},
        participants=EVALUATORS,
        held_on=PROFILES_SCORED.date(),
        minutes=minutes,
    )


@pytest.fixture(scope="module")
def told(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """P1 and P2 are invited, P3 is not."""
    workspace = copied(staffed, tmp_path_factory.mktemp("profiles") / "agency")
    edit(workspace, "calls", CALL, {ENVELOPE: "envelope_amount: 200000"})
    round_ = publish(workspace, CALL)
    round_.receive(profile(f"P{place}") for place in (1, 2, 3))
    select(round_, {"P1": "5", "P2": "4", "P3": "2.5"}, PROFILES_SCORED, PROFILES_TOLD)
    for name in OTHER_EVALUATORS:
        add(workspace, name, Role.EVALUATOR)
    add(workspace, "maria", Role.PROGRAMME_MANAGER)
    return round_


@pytest.fixture
def round_(told: Round, tmp_path: Path) -> Round:
    return told.copy(tmp_path / "agency")


def assert_sound(round_: Round) -> None:
    found = verify(round_.workspace, as_("aldo"), AFTER_END).faults
    assert [f"{fault.place} {fault.field}: {fault.message}" for fault in found] == []
    assert replay(round_.workspace, as_("aldo"), AFTER_END, call=CALL).differences == ()


def test_a_profile_that_was_not_invited_is_invited_on_appeal_and_others_stay_so(round_: Round) -> None:
    before = decisions(round_)
    assert (before["P3"], round_.letter_kinds("P3")[-1]) == (("profile_not_invited", None), "profile_not_invited")
    contest(round_, "P3", CONTESTED, HEARD, "4.5", OTHER_EVALUATORS)
    assert decisions(round_) == {**before, "P3": ("profile_invited", None)}
    assert (round_.state("P3"), round_.state("P1"), standings(round_, "P3")) == ("invited", "invited", ["decided"])
    letter = round_.letters("P3")[-1]
    contested = next(item for item in round_.letters("P3") if item.kind == "profile_not_invited")
    data = orjson.loads(letter.data)
    assert (letter.kind, data["corrects"], data["rank"]) == ("profile_invited", contested.number, 2)
    assert [item["code"] for item in data["reasons"]] == ["invitation.invited"]
    assert contested.superseded_by == letter.number
    assert explain(round_.workspace, round_.numbers["P3"], "en").data["rank"] == 2
    assert_sound(round_)


def test_reception_does_not_end_while_it_is_open_who_is_invited(round_: Round) -> None:
    number = round_.numbers["P3"]
    appeals.file_appeal(round_.workspace, as_("olga"), CONTESTED, proposal=number, grounds="El acta omite una nota")
    round_.receive([application("P1")], SECOND_OPEN)
    with pytest.raises(RefusedError, match=f"appeals about profiles of {CALL} are open.*: {number}"):
        round_.screen(SECOND_SCORED)
    settle(round_, "P3", Ruling.DISMISSED, now=SECOND_SCORED)
    round_.screen(SECOND_SCORED)
    assert round_.state("P1") == "eligible"


def test_a_profile_that_is_still_too_low_stays_uninvited(round_: Round) -> None:
    before = decisions(round_)
    contest(round_, "P3", CONTESTED, HEARD, "2", OTHER_EVALUATORS)
    assert decisions(round_) == before
    assert (round_.state("P3"), round_.letter_kinds("P3")[-1]) == ("notified", "profile_not_invited")
    codes = [item["code"] for item in orjson.loads(round_.letters("P3")[-1].data)["reasons"]]
    assert codes[0] == "appeal.former_decision_stands"
    assert_sound(round_)


def test_a_consensus_on_a_profile_counts_though_its_full_proposal_came_since(
    staffed: Workspace, tmp_path: Path
) -> None:
    """P1, of which the mean would be 3, and P2 on appeal have the same total; P1 is better in collective action."""
    workspace = copied(staffed, tmp_path / "agency")
    edit(workspace, "calls", CALL, {ENVELOPE: "envelope_amount: 200000", "combination: mean": "combination: consensus"})
    round_ = publish(workspace, CALL)
    round_.receive(profile(f"P{place}") for place in (1, 2))
    round_.screen(PROFILES_SCORED)
    round_.assign(PROFILES_SCORED)
    round_.give({"P1": Decimal(3), "P2": Decimal(3)}, PROFILES_SCORED)
    agree(round_, "P1", "4.5", collective_action="5", business_ideas="4")
    agree(round_, "P2", "2.5")
    round_.close_scores(PROFILES_SCORED)
    round_.rank(PROFILES_TOLD)
    round_.ratify(round_.prepare(PROFILES_TOLD).package, PROFILES_TOLD)
    round_.release(PROFILES_TOLD)
    add(workspace, "elsa", Role.EVALUATOR)
    add(workspace, "maria", Role.PROGRAMME_MANAGER)
    appeals.file_appeal(workspace, as_("olga"), CONTESTED, proposal=round_.numbers["P2"], grounds="El acta omite nota")
    round_.receive([application("P1")], SECOND_OPEN)
    settle(round_, "P2", Ruling.UPHELD, Remedy.RESCORE, now=SECOND_OPEN)
    score(round_, "P2", "4.5", ("elsa",), now=SECOND_OPEN)
    round_.ratify(prepare(round_, now=SECOND_OPEN).proposed.package, SECOND_OPEN)
    assert decisions(round_)["P2"] == ("profile_invited", None)
    assert orjson.loads(round_.letters("P2")[-1].data)["rank"] == 2
    assert explain(workspace, round_.numbers["P2"], "en").data.get("consensus") is None
    assert_sound(round_)


def test_who_was_invited_on_appeal_competes_and_appeals_again_with_the_full_proposal(round_: Round) -> None:
    contest(round_, "P3", CONTESTED, HEARD, "4.5", OTHER_EVALUATORS)
    round_.receive([application(f"P{place}") for place in (1, 2, 3)], SECOND_OPEN)
    assert round_.state("P3") == "received"
    select(round_, {"P1": "5", "P2": "4", "P3": "3.5"}, SECOND_SCORED, END)
    outcomes = {name: outcome for name, (outcome, _) in decisions(round_).items()}
    assert outcomes == {"P1": "award", "P2": "award", "P3": "reserve"}
    told = {path.name: " ".join(path.read_text("utf-8").split()) for path in write_results(round_.workspace, CALL)}
    row = f"Number: {round_.numbers['P3']} Applicant: Taller P3-1 Result: "
    assert f"{row}on the reserve list" in told["results.en.txt"]
    assert f"{row}invited to submit a full proposal (on appeal)" in told["results-profiles.en.txt"]
    others = ("eda", "eloy", "enzo")
    for name in others:
        add(round_.workspace, name, Role.EVALUATOR)
    contest(round_, "P3", AFTER_END, AFTER_END, "5", others)
    assert decisions(round_)["P3"] == ("reserve", None)
    letter = orjson.loads(round_.letters("P3")[-1].data)
    assert [item["code"] for item in letter["reasons"]] == ["appeal.first_in_reserve", "allocation.envelope_exhausted"]
    assert standings(round_, "P3") == ["decided", "decided"]
    assert_sound(round_)


def test_who_heard_an_appeal_of_the_profile_does_not_score_the_full_proposal(round_: Round) -> None:
    people.grant_role(round_.workspace, as_("admin"), PROFILES_TOLD, actor="maria", role=Role.EVALUATOR)
    contest(round_, "P3", CONTESTED, HEARD, "4.5", OTHER_EVALUATORS)
    round_.receive([application("P1"), application("P3")], SECOND_OPEN)
    round_.screen(SECOND_SCORED)
    round_.assign(SECOND_SCORED, evaluators=("maria", *EVALUATORS))
    assert (set(round_.evaluators("P3")), "maria" in round_.evaluators("P1")) == (set(EVALUATORS), True)
    number, heard = round_.numbers["P3"], f"maria heard the appeal of {round_.numbers['P3']}"
    with pytest.raises(RefusedError, match=heard):
        reassign(
            round_.workspace,
            as_("olga"),
            SECOND_SCORED,
            proposal=number,
            leaving="eva",
            joining="maria",
            reason="Licencia",
        )
    given = [SubmittedScore(number, "maria", criteria(round_)[0], Decimal(4))]
    with pytest.raises(RefusedError, match=heard):
        evaluation.score(round_.workspace, as_("olga"), SECOND_SCORED, call=CALL, scores=given, source=SOURCE)
    assert_sound(round_)


def test_a_full_proposal_that_came_late_is_verified_scored_and_decided_on_appeal(round_: Round) -> None:
    """The decision on its profile is not the one contested."""
    round_.receive([application("P1")], SECOND_OPEN)
    round_.receive([application("P2")._replace(received_at=LATE)], LATE)
    assert (round_.state("P2"), round_.letter_kinds("P2")[-1]) == ("late", "late")
    select(round_, {"P1": "5"}, SECOND_SCORED, END)
    number = round_.numbers["P2"]
    appeals.file_appeal(round_.workspace, as_("olga"), AFTER_END, proposal=number, grounds="La ventanilla estaba caída")
    settle(round_, "P2", Ruling.UPHELD, Remedy.REVERIFY, now=AFTER_END)
    reverify(round_, "P2", now=AFTER_END)
    score(round_, "P2", "5", OTHER_EVALUATORS, now=AFTER_END)
    round_.ratify(prepare(round_, now=AFTER_END).proposed.package, AFTER_END)
    assert decisions(round_)["P2"] == ("award", 100_000_00)
    assert_sound(round_)
