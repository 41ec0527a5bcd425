"""Scores of several evaluators: combined marks, weights, thresholds, "not applicable" and what is missing."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipgrants.domain.evaluation import MissingMark, Scorer, check_mark
from pipgrants.domain.finding import Finding, Note
from pipgrants.domain.rubric import Combination, Criterion, Rubric, Scale
from pipgrants.domain.vocabulary import Stage, Verdict
from pipgrants.errors import RefusedError
from pipgrants.money import divide

ONE_TO_FIVE = Scale(Decimal(1), Decimal(5), Decimal("0.5"), {})
TO_A_HUNDRED = Scale(Decimal(0), Decimal(100), Decimal(1), {})


CODES = ("context", "exports", "trust")


def criterion(code, weight="1", **details):
    return Criterion(code, "proposal", {"en": code}, Decimal(weight), **details)


def rubric(*criteria, **details):
    details = {"scale": ONE_TO_FIVE, "evaluators_count": 1, **details}
    return Rubric("rules 6", criteria=criteria, **details)


def marks(**given_marks):
    return {code: None if mark is None else Decimal(mark) for code, mark in given_marks.items()}


def proposal_score(rules, *evaluators):
    return Scorer(rules, Stage.PROPOSAL).score(evaluators)


def test_total_is_weight_times_mean_summed_over_the_criteria():
    rules = rubric(criterion("context", "2"), criterion("proposal", "6"), evaluators_count=3)
    result = proposal_score(
        rules, marks(context="4", proposal="3"), marks(context="4", proposal="4"), marks(context="5", proposal="4")
    )
    assert result.by_criterion == marks(context="4.3333", proposal="3.6667")
    assert result.total == Decimal("30.6667")


def test_combined_mark_is_rounded_half_up_to_the_declared_decimals():
    rules = rubric(criterion("context"), evaluators_count=2, decimals=1, scale=TO_A_HUNDRED)
    rules_whole = rubric(criterion("context"), evaluators_count=2, decimals=0, scale=TO_A_HUNDRED)
    evaluators = [marks(context="70"), marks(context="71")]
    assert proposal_score(rules, *evaluators).total == Decimal("70.5")
    assert proposal_score(rules_whole, *evaluators).total == Decimal("71")


def test_total_is_rounded_once_so_that_it_reaches_the_minimum_it_equals():
    rules = rubric(
        *(criterion(code, "6") for code in CODES), evaluators_count=3, scale=TO_A_HUNDRED, minimum_total=Decimal(60)
    )
    low, high = marks(context="3", exports="3", trust="3"), marks(context="4", exports="4", trust="3")
    result = proposal_score(rules, low, high, marks(context="3", exports="3", trust="4"))
    assert result.by_criterion == marks(context="3.3333", exports="3.3333", trust="3.3333")
    assert (result.total, result.verdict) == (Decimal(60), Verdict.MET)


def test_proposals_of_equal_sums_have_equal_totals_whatever_the_distribution():
    rules = rubric(*(criterion(code, "5.5") for code in CODES), evaluators_count=3, scale=TO_A_HUNDRED)
    even = [marks(context="6", exports="6", trust="5")] * 3
    thirds = [
        marks(context="6", exports="6", trust="5"),
        marks(context="6", exports="5", trust="5"),
        marks(context="7", exports="5", trust="6"),
    ]
    assert proposal_score(rules, *even).total == proposal_score(rules, *thirds).total == Decimal("93.5")


def test_threshold_of_a_criterion_is_compared_with_the_exact_mark_and_shown_on_its_side():
    two_thirds = rubric(criterion("context", minimum=Decimal("3.6667")), evaluators_count=3)
    given_marks = [marks(context=mark) for mark in ("4", "4", "3")]
    [finding] = proposal_score(two_thirds, *given_marks).thresholds
    assert (finding.verdict, finding.seen) == (Verdict.NOT_MET, {"number": "3.6666"})
    more_than_a_third = rubric(criterion("context", minimum=Decimal("3.3333"), strict=True), evaluators_count=3)
    [finding] = proposal_score(more_than_a_third, *(marks(context=mark) for mark in ("3", "3", "4"))).thresholds
    assert (finding.verdict, finding.seen) == (Verdict.MET, {"number": "3.3334"})


@pytest.mark.parametrize(
    ("given_marks", "median"), [(["1"], "1"), (["1", "5", "2"], "2"), (["1", "5", "2", "3"], "2.5")]
)
def test_median_is_the_middle_mark_or_the_mean_of_the_two_middle_ones(given_marks, median):
    rules = rubric(criterion("context"), combination=Combination.MEDIAN, evaluators_count=len(given_marks))
    assert proposal_score(rules, *(marks(context=mark) for mark in given_marks)).total == Decimal(median)


def test_mark_not_applicable_to_one_evaluator_is_left_out_of_the_mean():
    rules = rubric(criterion("context"), evaluators_count=3)
    result = proposal_score(rules, marks(context="4"), marks(context=None), marks(context="5"))
    assert result.by_criterion == marks(context="4.5")


def test_criterion_not_applicable_to_anyone_scales_the_total_of_the_others_up():
    rules = rubric(criterion("context", "3"), criterion("exports", "1"))
    result = proposal_score(rules, marks(context="4", exports=None))
    assert result.by_criterion == marks(context="4", exports=None)
    assert result.total == Decimal(16)


def test_scaling_up_uses_the_maximum_of_each_scale():
    rules = rubric(criterion("context", scale=TO_A_HUNDRED), criterion("exports"))
    assert proposal_score(rules, marks(context="50", exports=None)).total == Decimal("52.5")


def test_nothing_applicable_has_no_total_and_leaves_the_threshold_undetermined():
    rules = rubric(criterion("context", minimum=Decimal(3)), minimum_total=Decimal(3))
    result = proposal_score(rules, marks(context=None))
    assert (result.total, result.missing) == (None, ())
    assert [(finding.criterion, finding.verdict) for finding in result.thresholds] == [
        ("evaluation.minimum_total", Verdict.UNDETERMINED)
    ]


def test_missing_marks_are_named_and_leave_the_total_open():
    rules = rubric(criterion("context"), criterion("exports"), evaluators_count=2)
    result = proposal_score(rules, marks(context="4", exports="3"), marks(context="5"))
    assert result.total is None
    assert result.by_criterion == marks(context="4.5")
    assert result.missing == (MissingMark(2, "exports"),)


def test_evaluators_who_have_not_begun_are_missing_all_their_marks():
    rules = rubric(criterion("context"), criterion("exports"), evaluators_count=2)
    result = proposal_score(rules, marks(context="4", exports="3"))
    assert result.missing == (MissingMark(2, "context"), MissingMark(2, "exports"))


def test_missing_mark_leaves_its_threshold_undetermined_and_decides_the_others():
    rules = rubric(
        criterion("context", minimum=Decimal(3)), criterion("exports", minimum=Decimal(3)), minimum_total=Decimal(6)
    )
    result = proposal_score(rules, marks(context="2"))
    assert [(finding.criterion, finding.verdict) for finding in result.thresholds] == [
        ("evaluation.minimum.context", Verdict.NOT_MET),
        ("evaluation.minimum.exports", Verdict.UNDETERMINED),
        ("evaluation.minimum_total", Verdict.UNDETERMINED),
    ]


@pytest.mark.parametrize(
    ("mark", "strict", "verdict"),
    [
        ("3", False, Verdict.MET),
        ("3", True, Verdict.NOT_MET),
        ("3.5", True, Verdict.MET),
        ("2.5", False, Verdict.NOT_MET),
    ],
)
def test_threshold_of_a_criterion_is_reached_or_when_strict_exceeded(mark, strict, verdict):
    rules = rubric(criterion("context", minimum=Decimal(3), strict=strict))
    comparison = "more_than" if strict else "at_least"
    seen = {"number": mark}
    assert proposal_score(rules, marks(context=mark)).thresholds == (
        Finding("evaluation.minimum.context", verdict, {"comparison": comparison, "number": "3"}, seen, "rules 6"),
    )


@pytest.mark.parametrize(("strict", "verdict"), [(False, Verdict.MET), (True, Verdict.NOT_MET)])
def test_threshold_in_total_is_reached_or_when_strict_exceeded(strict, verdict):
    rules = rubric(criterion("context"), scale=TO_A_HUNDRED, minimum_total=Decimal(70), minimum_total_strict=strict)
    assert proposal_score(rules, marks(context="70")).verdict is verdict


def test_minimum_per_criterion_and_in_total_must_both_be_reached():
    rules = rubric(
        criterion("context", minimum=Decimal(3)), criterion("exports", minimum=Decimal(3)), minimum_total=Decimal(7)
    )
    assert proposal_score(rules, marks(context="5", exports="2.5")).verdict is Verdict.NOT_MET
    assert proposal_score(rules, marks(context="3", exports="3.5")).verdict is Verdict.NOT_MET
    assert proposal_score(rules, marks(context="3.5", exports="3.5")).verdict is Verdict.MET


def test_minimum_does_not_bind_a_criterion_that_was_not_applicable():
    rules = rubric(criterion("context"), criterion("exports", minimum=Decimal(3)))
    result = proposal_score(rules, marks(context="4", exports=None))
    assert (result.thresholds, result.verdict) == ((), Verdict.MET)


def test_only_the_criteria_of_the_stage_are_scored():
    rules = rubric(criterion("context"), criterion("budget", stages=(Stage.PROPOSAL,)))
    assert Scorer(rules, Stage.PROFILE).score([marks(context="4")]).total == Decimal(4)
    assert Scorer(rules, Stage.PROPOSAL).score([marks(context="4")]).missing == (MissingMark(1, "budget"),)


def test_stage_without_criteria_is_refused():
    with pytest.raises(RefusedError):
        Scorer(rubric(criterion("budget", stages=(Stage.PROPOSAL,))), Stage.PROFILE)


@pytest.mark.parametrize("mark", ["1", "3.5", "5", None])
def test_mark_on_the_scale_is_accepted(mark):
    value = None if mark is None else Decimal(mark)
    assert check_mark(rubric(criterion("context")), Stage.PROPOSAL, "context", value) is None


@pytest.mark.parametrize("mark", ["0.5", "5.5", "3.2", "NaN", "Infinity", "1E+999999"])
def test_mark_off_the_scale_says_what_was_expected(mark):
    assert check_mark(rubric(criterion("context")), Stage.PROPOSAL, "context", Decimal(mark)) == Note(
        "evaluation.mark_off_scale",
        {
            "criterion": {"code": "context"},
            "seen": {"text": mark},
            "minimum": {"number": "1"},
            "maximum": {"number": "5"},
            "step": {"number": "0.5"},
        },
    )


def test_mark_for_a_criterion_of_another_stage_names_those_of_this_one():
    rules = rubric(criterion("context"), criterion("budget", stages=(Stage.PROPOSAL,)))
    assert check_mark(rules, Stage.PROFILE, "budget", Decimal(3)) == Note(
        "evaluation.unknown_criterion", {"seen": {"code": "budget"}, "allowed": {"codes": ["context"]}}
    )


any_mark = st.integers(2, 10).map(lambda half: Decimal(half) / 2)
mark_or_not_applicable = st.none() | any_mark
an_evaluator = st.fixed_dictionaries(dict.fromkeys(CODES, mark_or_not_applicable))
three_weights = st.tuples(*[st.integers(1, 50)] * len(CODES)).map(
    lambda weights: dict(zip(CODES, weights, strict=True))
)


def weighted(weights, **details):
    return rubric(*(criterion(code, str(weight)) for code, weight in weights.items()), **details)


@given(three_weights, st.lists(an_evaluator, min_size=1, max_size=5), st.sampled_from(Combination))
def test_total_lies_between_the_ends_of_the_scale(weights, evaluators, combination):
    total = proposal_score(weighted(weights, combination=combination), *evaluators).total
    assume(total is not None)
    assert sum(weights.values()) * ONE_TO_FIVE.minimum <= total <= sum(weights.values()) * ONE_TO_FIVE.maximum


@given(three_weights, st.lists(an_evaluator, min_size=1, max_size=4), st.randoms())
def test_order_of_the_evaluators_changes_nothing(weights, evaluators, random):
    shuffled = random.sample(evaluators, len(evaluators))
    assert proposal_score(weighted(weights), *evaluators) == proposal_score(weighted(weights), *shuffled)


@given(three_weights, st.fixed_dictionaries({"context": any_mark, "exports": any_mark}))
def test_criterion_not_applicable_equals_scoring_without_it_scaled_to_the_full_scale(weights, given_marks):
    without = {code: weights[code] for code in given_marks}
    scored_without = proposal_score(weighted(without), given_marks).total
    expected = divide(scored_without * sum(weights.values()), Decimal(sum(without.values())), 4)
    assert proposal_score(weighted(weights), {**given_marks, "trust": None}).total == expected


@given(st.lists(any_mark, min_size=1, max_size=4), st.integers(1, 3))
def test_evaluator_to_whom_a_criterion_is_not_applicable_changes_no_mark(given_marks, absent_count):
    rules = rubric(criterion("context"))
    evaluators = [{"context": mark} for mark in given_marks]
    assert proposal_score(rules, *evaluators, *[{"context": None}] * absent_count) == proposal_score(rules, *evaluators)


def exact_total(weights, evaluators):
    """The total as a fraction, by the definition: the weighted mean marks of what was applicable, scaled up."""
    total, reached = Fraction(0), 0
    for code, weight in weights.items():
        applicable = [Fraction(given[code]) for given in evaluators if given[code] is not None]
        if applicable:
            total += weight * sum(applicable) / len(applicable)
            reached += weight
    return total * sum(weights.values()) / reached if reached else None


@given(three_weights, st.lists(an_evaluator, min_size=1, max_size=5))
def test_total_is_the_exact_total_rounded_once_half_up(weights, evaluators):
    total, exact = proposal_score(weighted(weights), *evaluators).total, exact_total(weights, evaluators)
    assume(exact is not None)
    assert Fraction(total) == Fraction(floor(exact * 10_000 + Fraction(1, 2)), 10_000)


@given(st.integers(1, 50), st.integers(1, 5).flatmap(lambda count: st.tuples(*[st.tuples(*[any_mark] * 3)] * count)))
def test_equal_exact_totals_are_equal_whatever_the_distribution_among_the_criteria(weight, rows):
    evaluators = [dict(zip(CODES, row, strict=True)) for row in rows]
    flat = sorted(mark for row in rows for mark in row)
    spread = [dict(zip(CODES, flat[place :: len(rows)], strict=True)) for place in range(len(rows))]
    rules = weighted(dict.fromkeys(CODES, weight), evaluators_count=len(rows))
    assert exact_total(dict.fromkeys(CODES, weight), evaluators) == exact_total(dict.fromkeys(CODES, weight), spread)
    assert proposal_score(rules, *evaluators).total == proposal_score(rules, *spread).total


def test_weights_in_the_ranking_change_the_ranked_total_and_no_threshold():
    rules = rubric(
        criterion("excellence"), criterion("impact", ranking_weight=Decimal("1.5")), minimum_total=Decimal("8.5")
    )
    result = proposal_score(rules, marks(excellence="4", impact="4"))
    assert (result.total, result.ranking_total) == (Decimal("8.0000"), Decimal("10.0000"))
    assert result.verdict is Verdict.NOT_MET


def test_without_weights_in_the_ranking_the_ranked_total_is_the_total():
    result = proposal_score(rubric(criterion("context", "3")), marks(context="4"))
    assert result.total == result.ranking_total == Decimal(12)


def test_not_applicable_scales_the_ranked_total_by_its_own_weights():
    rules = rubric(criterion("excellence"), criterion("impact", ranking_weight=Decimal("1.5")))
    result = proposal_score(rules, marks(excellence="4", impact=None))
    assert (result.total, result.ranking_total) == (Decimal("8.0000"), Decimal("10.0000"))


@pytest.mark.parametrize(("stage", "verdict"), [(Stage.PROFILE, Verdict.NOT_MET), (Stage.PROPOSAL, Verdict.MET)])
def test_minimum_by_stage_takes_the_place_of_the_minimum(stage, verdict):
    rules = rubric(criterion("impact", minimum=Decimal(3), minimum_by_stage={Stage.PROFILE: Decimal(4)}))
    assert Scorer(rules, stage).score([marks(impact="3.5")]).verdict is verdict


@pytest.mark.parametrize(("stage", "verdict"), [(Stage.PROFILE, Verdict.MET), (Stage.PROPOSAL, Verdict.NOT_MET)])
def test_minimum_total_by_stage_binds_that_stage_alone(stage, verdict):
    rules = rubric(criterion("impact"), minimum_total_by_stage={Stage.PROPOSAL: Decimal(4)})
    assert Scorer(rules, stage).score([marks(impact="3.5")]).verdict is verdict


def test_consensus_stands_alone_however_many_evaluators_the_rubric_asks_for():
    rules = rubric(criterion("impact"), combination=Combination.CONSENSUS, evaluators_count=3)
    result = proposal_score(rules, marks(impact="4"))
    assert (result.total, result.missing) == (Decimal(4), ())
    assert proposal_score(rules).missing == (MissingMark(1, "impact"),)
