"""The score table of a stage: the marks that count, and nothing of what does not."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from appealed import sheet
from eventful import MARKS, play
from marked import decided, marked
from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.services import appeal_remedies, evaluation
from pipgrants.services.analysis.score_table import ScoreTable, read_score_table, require_ranked
from pipgrants.services.answers import withdraw
from pipgrants.services.consensus import record_consensus
from pipgrants.services.workspace import Workspace
from rounds import (
    AFTER_DRAW,
    CALL,
    EVALUATORS,
    SCORING,
    SOURCE,
    Round,
    application,
    as_,
    criteria,
    edit,
    publish,
)

N_A = "institution_capacity"
AWARDED = (Outcome.AWARD, Outcome.CONDITIONAL_AWARD)


def table_of(round_: Round, stage: Stage | None = None) -> ScoreTable:
    with round_.workspace.read() as unit:
        return read_score_table(unit, round_.call, stage)


@pytest.fixture(scope="module")
def told(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round with a conflict of interest, played to its letters."""
    return play(published.copy(tmp_path_factory.mktemp("played") / "agency"))


def test_ranked_proposals_stand_with_what_was_decided(told: Round) -> None:
    table = table_of(told)
    with told.workspace.read() as unit:
        ranking = list(unit.packages.ranking(CALL, Stage.PROPOSAL))
        lines = {line.proposal: line for line in unit.packages.standing(CALL)}
    assert [(item.number, item.rank, item.total, item.passes_thresholds) for item in table.proposals] == [
        (row.proposal, row.rank, Decimal(row.total), row.passes_thresholds) for row in ranking
    ]
    assert [item.outcome for item in table.proposals] == [lines[row.proposal].outcome for row in ranking]
    assert sum(item.awarded_amount or 0 for item in table.proposals) == Decimal("600000.00")
    assert [item.awarded_amount for item in table.proposals] == [
        item.requested_amount if item.is_funded else None for item in table.proposals
    ]
    assert (table.is_ranked, table.is_decided, table.funded_count) == (True, True, 6)
    assert table.line == min(item.total for item in table.proposals if item.outcome in AWARDED)


def test_marks_of_somebody_recused_are_left_out(told: Round) -> None:
    table = table_of(told)
    number = told.numbers["conflict"]
    recused = {name for name, conflict in told.evaluators("conflict").items() if conflict}
    given = {item.evaluator for item in table.evaluations if item.proposal == number}
    assert recused
    assert not recused & given
    assert len(given) == len(EVALUATORS)


def test_combined_marks_and_points_are_those_of_the_ranking(told: Round) -> None:
    best = table_of(told).proposals[0]
    assert best.number == told.numbers["condition"]
    assert set(best.combined.values()) == {Fraction(MARKS["condition"])}
    assert (best.total, best.points) == (Decimal(102), Decimal(2))


def test_the_matrix_holds_the_marks_of_the_table(round_: Round) -> None:
    table = table_of(
        marked(round_, 3, lambda reference, who, code: None if code == N_A else Decimal(EVALUATORS.index(who) + 1))
    )
    matrix = table.matrix()
    assert matrix.marks.shape == (9, 8)
    assert matrix.criteria == tuple(item.code for item in table.criteria)
    assert np.isnan(matrix.marks[:, matrix.criteria.index(N_A)]).all()
    assert [matrix.evaluators[place] for place in matrix.evaluator[:3]] == sorted(EVALUATORS)
    expected = [20 * (EVALUATORS.index(matrix.evaluators[place]) + 1) for place in matrix.evaluator]
    assert matrix.totals() == pytest.approx(expected)
    assert matrix.shares() == pytest.approx(np.array(expected) / 100)


def test_before_the_ranking_it_holds_what_competes_and_complete_evaluations(round_: Round) -> None:
    marked(round_, 2, lambda *_: Decimal(3))
    with round_.workspace.read() as unit:
        pairs = [(row.proposal, row.evaluator) for row in unit.evaluations.of_call(CALL, Stage.PROPOSAL)]
    before = table_of(round_)
    round_.declare_conflict("A1", pairs[0][1])
    round_.add_evaluator("elsa")
    round_.assign()
    after = table_of(round_)
    assert [item.rank for item in before.proposals] == [None, None]
    assert (len(before.evaluations), len(after.evaluations), after.incomplete_count) == (6, 5, 0)
    assert before.sha256 != after.sha256
    with pytest.raises(RefusedError, match="not ranked yet"):
        require_ranked(before)


def test_incomplete_evaluations_and_those_of_who_withdrew_are_left_out(round_: Round) -> None:
    marked(round_, 2, lambda *_: Decimal(3))
    withdraw(round_.workspace, as_("olga"), SCORING, proposal=round_.numbers["A2"], reason="Otro fondo")
    round_.add_evaluator("elsa")
    name = next(iter(round_.evaluators("A1")))
    round_.declare_conflict("A1", name)
    round_.assign()
    score = SubmittedScore(round_.numbers["A1"], "elsa", "business_ideas", Decimal(4))
    evaluation.score(round_.workspace, as_("olga"), SCORING, call=CALL, scores=[score], source=SOURCE)
    table = table_of(round_)
    assert {item.proposal for item in table.evaluations} == {round_.numbers["A1"]}
    assert sorted(item.evaluator for item in table.evaluations) == sorted({*EVALUATORS} - {name})
    assert table.incomplete_count == 1


def test_the_same_inputs_have_the_same_hash(round_: Round, tmp_path: Path) -> None:
    marked(round_, 2, lambda *_: Decimal(3))
    copy = round_.copy(tmp_path / "copy")
    assert table_of(copy) == table_of(round_)
    decided(round_)
    assert table_of(copy).sha256 != table_of(round_).sha256


def test_a_stage_that_the_call_does_not_have_is_refused(round_: Round) -> None:
    with pytest.raises(RefusedError, match="has no stage profile"):
        table_of(round_, Stage.PROFILE)


def test_a_call_in_which_nothing_competes_is_refused(round_: Round) -> None:
    with pytest.raises(RefusedError, match="no proposal of pip-one-stage competes yet"):
        table_of(round_)


def test_marks_given_on_an_appeal_do_not_count(ready: dict[str, Round], tmp_path: Path) -> None:
    round_ = ready["to_score"].copy(tmp_path / "agency")
    before = table_of(round_)
    number = round_.numbers["A1"]
    path = sheet(round_, number, "1")
    assert appeal_remedies.score_again(round_.workspace, as_("olga"), AFTER_DRAW, proposal=number, path=path) > 0
    assert table_of(round_) == before


def test_each_stage_has_a_table_of_its_own(workspace: Workspace) -> None:
    two_stages = "pip-two-stage"
    scored, decided_at = datetime(2026, 5, 4, 15, tzinfo=UTC), datetime(2026, 5, 18, 15, tzinfo=UTC)
    round_ = publish(workspace, two_stages)
    ideas = [application(f"P{place}") for place in (1, 2, 3)]
    round_.receive([item._replace(budget_lines=(), counterpart_lines=(), evidence=()) for item in ideas])
    round_.screen(scored)
    round_.score({"P1": Decimal(5), "P2": Decimal(4), "P3": Decimal("2.5")}, scored)
    round_.rank(decided_at)
    round_.ratify(round_.prepare(decided_at).package, decided_at)
    round_.release(decided_at)
    profiles = table_of(round_, Stage.PROFILE)
    assert [item.outcome for item in profiles.proposals] == [
        Outcome.PROFILE_INVITED,
        Outcome.PROFILE_INVITED,
        Outcome.PROFILE_NOT_INVITED,
    ]
    assert (profiles.funded_count, len(profiles.evaluations)) == (2, 9)
    assert all("profile" in [stage.value for stage in item.stages] for item in profiles.criteria)
    with pytest.raises(RefusedError, match="no proposal of pip-two-stage competes yet"):
        table_of(round_, Stage.PROPOSAL)


def test_where_a_consensus_decides_the_marks_of_each_evaluator_stand_in_the_table(workspace: Workspace) -> None:
    edit(workspace, "calls", CALL, {"combination: mean": "combination: consensus"})
    round_ = marked(publish(workspace), 1, lambda _, who, __: Decimal(EVALUATORS.index(who) + 2))
    minutes = workspace.folder.parent / "minutes.txt"
    minutes.write_text("Agreed.")
    record_consensus(
        workspace,
        as_("olga"),
        SCORING,
        proposal=round_.numbers["A1"],
        marks=dict.fromkeys(criteria(round_), Decimal(5)),
        participants=EVALUATORS,
        held_on=SCORING.date(),
        minutes=minutes,
    )
    table = table_of(decided(round_))
    assert table.by_consensus
    assert sorted({mark for item in table.evaluations for mark in item.marks.values() if mark}) == [2, 3, 4]
    assert set(table.proposals[0].combined.values()) == {Fraction(5)}
