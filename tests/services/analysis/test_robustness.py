"""``analysis robustness`` on a round on record, held against what the call would do under other weights."""

from decimal import Decimal

import pytest

from marked import decided, marked
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import NotAuthorisedError, RefusedError, UsageError
from pipgrants.services import amend
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.analysis.robustness import Robustness, WeightChange, robustness
from pipgrants.services.audit.what_if import what_if
from pipgrants.trail.access_log import lines
from rounds import AFTER_DRAW, CALL, SCORING, WHILE_OPEN, Round, application, as_, criteria, edit, hash_of_tables

FUNDED = 4
EVALUATORS = ("edna", "emilio", "eva")


def of(round_: Round, **settings: object) -> Robustness:
    asked = {"draws": 500, **settings}
    return robustness(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, **asked)  # type: ignore[arg-type]


def marking(reference: str, who: str, code: str) -> Decimal:
    """Better proposals have the lower number; the odd ones are good at business, the even ones at credibility."""
    place, is_odd = int(reference[1:]), int(reference[1:]) % 2
    favoured = code in ("business_ideas", "collective_action") if is_odd else code.startswith("institution")
    mark = Decimal(8 - place // 2 + (2 if favoured else 0)) / 2
    return min(max(mark + (Decimal("0.5") if who == "eva" and place == 5 else 0), Decimal(0)), Decimal(5))


@pytest.fixture(scope="module")
def narrow(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Seven proposals of which the envelope funds four, with their decisions prepared."""
    round_ = published.copy(tmp_path_factory.mktemp("narrow") / "agency")
    edit(round_.workspace, "calls", CALL, {"envelope_amount: 9000000": f"envelope_amount: {FUNDED}00000"})
    amended = amend.amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Menos fondos")
    round_.ratify(amended.package, WHILE_OPEN)
    return decided(marked(round_, 7, marking))


def test_the_list_under_the_published_weights_is_the_one_on_record(narrow: Round) -> None:
    found = of(narrow)
    assert (found.stage, found.is_decided, found.funded_count) == (Stage.PROPOSAL, True, FUNDED)
    assert (found.left_out, found.otherwise) == ((), ())
    assert [item.rank for item in found.proposals] == [*range(1, 8)]
    assert [item.is_funded for item in found.proposals] == [True] * FUNDED + [False] * 3
    assert sum(item.funded_share for item in found.proposals) == pytest.approx(FUNDED, abs=Decimal("0.01"))


def test_points_are_told_from_the_other_side_of_the_line(narrow: Round) -> None:
    found = of(narrow)
    last, first_waiting = found.proposals[FUNDED - 1], found.proposals[FUNDED]
    gap = last.total - first_waiting.total
    assert (last.points_from_line, first_waiting.points_from_line) == (gap, -gap)
    assert found.proposals[0].points_from_line == found.proposals[0].total - first_waiting.total


def weighed(round_: Round, change: WeightChange, weight: Decimal) -> dict[str, str]:
    """The weights of the rubric with one of them changed, the others in proportion, and the same reach of 100."""
    with round_.workspace.read() as unit:
        from pipgrants.services.definitions import terms_of

        weights = {item.code: item.weight / 20 for item in terms_of(unit.calls, CALL).call.rubric.criteria}
    others = 1 - weights[change.criterion]
    shares = {
        code: weight if code == change.criterion else share * (1 - weight) / others for code, share in weights.items()
    }
    return {f"rubric.criteria.{code}.weight": f"{20 * share:.8f}" for code, share in shares.items()}


def test_smallest_change_of_a_weight_is_where_the_call_would_fund_others(narrow: Round) -> None:
    moved = [item for item in of(narrow).weight_changes if item.changed_weight is not None]
    assert len(moved) >= 4
    for change in moved:
        beyond = Decimal("0.0001") if change.is_rise else Decimal("-0.0001")
        told = []
        for weight in (change.changed_weight + beyond, change.changed_weight - beyond):
            changes = weighed(narrow, change, weight)
            moves = what_if(narrow.workspace, as_("aldo"), AFTER_DRAW, call=CALL, changes=changes).moves
            enters = tuple(move.proposal for move in moves if move.after.outcome == "award" != move.before.outcome)
            leaves = tuple(move.proposal for move in moves if move.before.outcome == "award" != move.after.outcome)
            told.append((set(enters), set(leaves)))
        assert told == [(set(change.enters), set(change.leaves)), (set(), set())]


def test_criteria_and_evaluators_are_left_out_one_after_the_other(narrow: Round) -> None:
    found = of(narrow)
    assert [item.left_out for item in found.without_criteria] == criteria(narrow)
    assert [item.left_out for item in found.without_evaluators or ()] == [*EVALUATORS]
    assert {item.alone_count for item in found.without_evaluators or ()} == {0}


def test_evaluator_whose_marks_lift_a_proposal_over_the_line_is_seen(published: Round, tmp_path) -> None:
    """B is better to edna and emilio, A only to eva, whose marks put it above the line."""
    round_ = published.copy(tmp_path / "agency")
    edit(round_.workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 100000"})
    amended = amend.amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Menos fondos")
    round_.ratify(amended.package, WHILE_OPEN)
    given = {("A1", "eva"): "5", ("A2", "eva"): "3.5"}
    marked(
        round_, 2, lambda reference, who, _: Decimal(given.get((reference, who), "4" if reference == "A2" else "3.5"))
    )
    first, second = round_.numbers["A1"], round_.numbers["A2"]
    found = {item.left_out: (item.enters, item.leaves) for item in of(decided(round_)).without_evaluators or ()}
    assert found["eva"] == ((second,), (first,))
    assert found["edna"] == found["emilio"] == ((), ())


def test_same_seed_gives_the_same_sheet_and_another_one_does_not(narrow: Round) -> None:
    one, same, other = of(narrow, seed=7), of(narrow, seed=7), of(narrow, seed=8)
    assert one == same
    assert one.proposals != other.proposals
    assert (one.weight_changes, one.made_by.inputs) == (other.weight_changes, other.made_by.inputs)
    assert (one.made_by.seed, other.made_by.seed) == (7, 8)


def test_weights_near_the_published_ones_move_less(narrow: Round) -> None:
    anywhere, near = of(narrow), of(narrow, spread=Decimal("0.1"))
    assert near.spread == Decimal("0.1")
    spans = [sum(item.worst_rank - item.best_rank for item in found.proposals) for found in (anywhere, near)]
    assert spans[0] > spans[1]


@pytest.mark.parametrize("spread", ["0", "-1", "1.5"])
def test_spread_that_is_none_is_refused(narrow: Round, spread: str) -> None:
    with pytest.raises(UsageError, match="spread"):
        of(narrow, spread=Decimal(spread))


def test_ranking_that_is_not_made_yet_is_refused(published: Round, tmp_path) -> None:
    round_ = marked(published.copy(tmp_path / "agency"), 2, lambda *_: Decimal(4))
    with pytest.raises(RefusedError, match="not ranked") as refused:
        robustness(round_.workspace, as_("aldo"), SCORING, call=CALL)
    assert refused.value.next_step == f"pipgrants rank run {CALL}"


def test_decisions_that_are_not_prepared_yet_are_said(published: Round, tmp_path) -> None:
    round_ = marked(published.copy(tmp_path / "agency"), 2, lambda reference, *_: Decimal(int(reference[1:]) + 2))
    round_.close_scores()
    round_.rank()
    found = of(round_)
    assert (found.is_decided, found.funded_count, found.otherwise) == (False, 2, ())


def test_rule_that_is_not_followed_is_named_with_what_it_decides_otherwise(published: Round, tmp_path) -> None:
    """Both proposals are of one applicant, who can have one award: the sheet would fund both."""
    round_ = published.copy(tmp_path / "agency")
    one_award = {"  reserve_count: 10": "  reserve_count: 10\n  one_award_per_applicant: true"}
    edit(round_.workspace, "calls", CALL, one_award)
    amended = amend.amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Una por solicitante")
    round_.ratify(amended.package, WHILE_OPEN)
    first, second = application("A1"), application("A2")
    round_.receive([first, second._replace(members=first.members)])
    round_.screen()
    round_.score({"A1": Decimal(5), "A2": Decimal(4)})
    round_.rank()
    round_.prepare()
    found = of(round_)
    assert found.left_out == ("allocation.one_award_per_applicant",)
    assert found.otherwise == (round_.numbers["A2"],)


def test_sheet_is_written_down_and_changes_nothing(narrow: Round) -> None:
    before = hash_of_tables(narrow.workspace.folder)
    of(narrow)
    assert hash_of_tables(narrow.workspace.folder) == before
    last = [*lines(narrow.workspace.folder / ACCESS_LOG)][-1]
    assert (last.access.did, last.access.subject, last.access.actor) == ("analysis.robustness", f"call/{CALL}", "aldo")


def test_sheet_is_not_for_evaluators(narrow: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        robustness(narrow.workspace, as_("eva"), AFTER_DRAW, call=CALL)
