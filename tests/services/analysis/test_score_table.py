"""The score table of a stage: the marks that count, and nothing of what does not."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from eventful import MARKS, play
from marked import decided, marked
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.services.analysis.score_table import ScoreTable, read_score_table, require_ranked
from rounds import CALL, EVALUATORS, Round

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
