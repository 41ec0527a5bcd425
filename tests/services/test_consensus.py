"""The consensus of evaluators: beside their own marks, and where the call says so, what decides."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import RefusedError
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.audit.what_if import what_if
from pipgrants.services.consensus import record_consensus
from pipgrants.services.explain import explain
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, CALL, EVALUATORS, SCORING, Round, application, as_, criteria, edit, publish

HELD_ON = date(2026, 6, 1)


def begin(workspace: Workspace, combination: str = "consensus") -> Round:
    """A round whose two proposals have complete marks, 5 throughout for A1 and 4 for A2, and two points of priority."""
    edit(workspace, "calls", CALL, {"combination: mean": f"combination: {combination}"})
    round_ = publish(workspace)
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.assign()
    round_.give({"A1": Decimal(5), "A2": Decimal(4)})
    return round_


def agree(round_: Round, reference: str, mark: str | None, present=EVALUATORS, **changes) -> None:
    """Records a consensus with the same mark throughout, but for changes by criterion."""
    minutes = round_.workspace.folder.parent / "minutes.txt"
    minutes.write_text(f"Agreed on {reference}.")
    marks = dict.fromkeys(criteria(round_), None if mark is None else Decimal(mark))
    reason, held_on = changes.pop("reason", None), changes.pop("held_on", HELD_ON)
    record_consensus(
        round_.workspace,
        as_("olga"),
        SCORING,
        proposal=round_.numbers[reference],
        marks={**marks, **{code: Decimal(value) for code, value in changes.items()}},
        participants=present,
        held_on=held_on,
        minutes=minutes,
        reason=reason,
    )


def totals(round_: Round) -> dict[str, str]:
    round_.close_scores()
    names = {number: name for name, number in round_.numbers.items()}
    return {names[row.proposal]: row.total for row in round_.rank().ranking}


def sound(round_: Round) -> bool:
    return not [*verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults]


def test_consensus_decides_where_the_call_says_so_and_the_marks_of_each_stay(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    agree(round_, "A2", "4.5")
    assert totals(round_) == {"A2": "92", "A1": "62"}
    with round_.workspace.read() as unit:
        rows = unit.evaluations.of_proposal(round_.numbers["A1"], unit.calls.get(CALL).stage)
    assert {mark for row in rows for mark in (row.marks or {}).values()} == {"5"}


def test_consensus_stands_beside_the_mean_where_the_call_decides_by_that(workspace: Workspace) -> None:
    round_ = begin(workspace, "mean")
    agree(round_, "A1", "3")
    assert totals(round_) == {"A1": "102", "A2": "82"}


def test_scores_do_not_close_without_the_consensus_that_decides(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    with pytest.raises(RefusedError, match=f"1 eligible proposals lack a consensus.*{round_.numbers['A2']}"):
        round_.close_scores()


def test_entry_holds_marks_day_minutes_and_who_took_part(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3", present=("emilio", "eva", "eva"))
    (entry,) = round_.entries(act="ConsensusRecorded")
    inputs = entry["inputs"]
    assert (inputs["participants"], inputs["held_on"]) == (["emilio", "eva"], "2026-06-01")
    kept = round_.workspace.folder / "evidence" / inputs["minutes"][:2] / inputs["minutes"]
    assert kept.read_text() == "Agreed on A1."
    assert sound(round_)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"present": ("eva", "olga")}, "olga does not score"),
        ({"present": ()}, "nobody took part"),
        ({"mark": "9"}, "not on the scale"),
        ({"business_ideas": "4.25"}, r"not on the scale: business_ideas 4\.25 \(from 0 to 5 in steps of 0\.5\)"),
        ({"beauty": "3"}, "no criterion of this stage: beauty"),
        ({"held_on": SCORING.date() + timedelta(days=1)}, "still to come"),
    ],
)
def test_what_cannot_be_a_consensus_is_refused(workspace: Workspace, how, message) -> None:
    round_ = begin(workspace)
    with pytest.raises(RefusedError, match=message):
        agree(round_, "A1", **{"mark": "4", **how})
    assert round_.entries(act="ConsensusRecorded") == []


def test_own_marks_come_before_a_consensus(workspace: Workspace) -> None:
    edit(workspace, "calls", CALL, {"combination: mean": "combination: consensus"})
    round_ = publish(workspace)
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    with pytest.raises(RefusedError, match=r"the own marks of edna, emilio, eva .* are not complete"):
        agree(round_, "A1", "4")


def test_another_consensus_takes_the_place_of_the_last_with_a_reason(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    with pytest.raises(RefusedError, match="needs a reason"):
        agree(round_, "A1", "4")
    agree(round_, "A1", "4", reason="Error de transcripción")
    agree(round_, "A2", "3")
    _, second, _ = round_.entries(act="ConsensusRecorded")
    assert (set(second["inputs"]["replaced"].values()), second["reason"]) == ({"3"}, "Error de transcripción")
    assert totals(round_) == {"A1": "82", "A2": "62"}
    assert sound(round_)


def test_conflict_of_interest_sets_aside_the_consensus_somebody_took_part_in(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    agree(round_, "A2", "3", present=("emilio", "edna"))
    round_.declare_conflict("A1", "eva")
    round_.declare_conflict("A2", "eva")
    with round_.workspace.read() as unit:
        stage = unit.calls.get(CALL).stage
        assert unit.evaluations.agreed(CALL, stage) == {round_.numbers["A2"]}
    assert sound(round_)


def test_closed_scores_take_no_consensus(workspace: Workspace) -> None:
    round_ = begin(workspace)
    for reference in ("A1", "A2"):
        agree(round_, reference, "4")
    round_.close_scores()
    with pytest.raises(RefusedError, match="were closed"):
        agree(round_, "A1", "5", reason="Tarde")


def test_decision_by_consensus_is_derived_again_from_the_entries(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    agree(round_, "A2", "4.5")
    totals(round_)
    round_.ratify(round_.prepare().package)
    found = replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL)
    assert [*found.differences] == []
    assert sound(round_)


def test_what_if_the_mean_decided(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    agree(round_, "A2", "4.5")
    totals(round_)
    round_.prepare()
    found = what_if(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, changes={"rubric.combination": "mean"})
    ranks = {item.proposal: (item.before.rank, item.after.rank) for item in found.moves}
    assert ranks == {round_.numbers["A1"]: (2, 1), round_.numbers["A2"]: (1, 2)}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The marks are those on which 3 evaluators agreed on June 1, 2026"),
        ("es", "Las notas son aquellas en las que 3 personas que evaluaron coincidieron"),
        ("pt", "As notas são aquelas em que 3 pessoas que avaliaram concordaram"),
    ],
)
def test_explanation_says_that_the_consensus_decided_and_names_nobody(workspace, language, sentence) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    agree(round_, "A2", "4.5")
    totals(round_)
    told = " ".join(explain(round_.workspace, round_.numbers["A1"], language).text.split())
    assert sentence in told
    assert re.findall(r"\b(eva|emilio|edna)\b", told, re.IGNORECASE) == []


def test_minutes_that_are_gone_are_a_fault(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "3")
    sha256 = round_.entries(act="ConsensusRecorded")[0]["inputs"]["minutes"]
    Path(round_.workspace.folder / "evidence" / sha256[:2] / sha256).unlink()
    assert not sound(round_)


def test_a_conflict_that_is_detected_sets_the_consensus_aside(workspace: Workspace) -> None:
    round_ = begin(workspace)
    agree(round_, "A1", "5")
    round_.add_evaluator("elsa")
    round_.profile({"evaluator": "eva", "institution": "Taller A1-1"}, now=SCORING)
    assert [item.evaluator for item in round_.assign(evaluators=(*EVALUATORS, "elsa")).recused] == ["eva"]
    with round_.workspace.read() as unit:
        assert unit.evaluations.consensus(Stage.PROPOSAL, round_.numbers["A1"]) is None
    assert sound(round_)
