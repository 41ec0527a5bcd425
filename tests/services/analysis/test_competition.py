"""Who is funded under other weights is who the functions of the acts themselves would fund."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipgrants.analysis.competition import Competition, funded_under, order, total
from pipgrants.domain.allocation import allocate
from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms, PartialFunding, PartialRule, TiesAtLine
from pipgrants.domain.call import Call, InvitationTerms, RankingRule
from pipgrants.domain.evaluation import Score, Scorer
from pipgrants.domain.invitation import invite
from pipgrants.domain.ranking import Candidate, RankedProposal, rank
from pipgrants.domain.rubric import Combination, Criterion, Rubric, Scale
from pipgrants.domain.vocabulary import Objective, Outcome, Stage, Verdict
from pipgrants.money import Money
from pipgrants.services.analysis.competition import competition_of, left_out, sheets_of
from pipgrants.services.analysis.score_table import ScoredProposal, ScoreTable
from pipgrants.services.definitions import terms_of
from rounds import CALL, Round

SCALE = Scale(Decimal(0), Decimal(5), Decimal("0.5"), {})
BY_NUMBER = RankingRule("5", tie_breaks=("number",))
CODES = ("idea", "team", "plan")
SHARES = [0.05 * step for step in range(1, 10)]


class Given(NamedTuple):
    """Marks of the proposals by criterion, what they ask for, and priority points."""

    marks: tuple[tuple[Decimal | None, ...], ...]
    requests: tuple[Decimal, ...]
    points: tuple[Decimal, ...]


@pytest.fixture(scope="session")
def call(published: Round) -> Call:
    with published.workspace.read() as unit:
        return terms_of(unit.calls, CALL).call


def rubric(weights: Sequence[int], *, is_strict: bool = False, **others: Any) -> Rubric:
    """Weights that sum to 100; the first criterion has a threshold."""
    criteria = tuple(
        Criterion(
            code, "heading", {}, Decimal(weight), minimum=Decimal(1) if code == "idea" else None, strict=is_strict
        )
        for code, weight in zip(CODES, weights, strict=True)
    )
    return Rubric("5", SCALE, criteria, evaluators_count=1, **others)


def scored(rules: Rubric, marks: Sequence[Decimal | None]) -> Score:
    return Scorer(rules, Stage.PROPOSAL).score([dict(zip(CODES, marks, strict=True))])


def ranked(rules: Rubric, given_: Given) -> tuple[tuple[RankedProposal, ...], set[str]]:
    """The ranking by the functions of the act, and who is below a threshold; proposals are numbered as given."""
    scores = {f"P{place}": scored(rules, marks) for place, marks in enumerate(given_.marks, 1)}
    candidates = [
        Candidate(number, score.ranking_total or Decimal(0), priority_points=points)
        for (number, score), points in zip(scores.items(), given_.points, strict=True)
    ]
    below = {number for number, score in scores.items() if score.verdict is not Verdict.MET}
    return rank(candidates, BY_NUMBER), below


def best_first(rules: Rubric, given_: Given) -> Given:
    """The same proposals, numbered in rank order."""
    places = [int(place.number[1:]) - 1 for place in ranked(rules, given_)[0]]
    return Given(*(tuple(part[place] for place in places) for part in given_))


def table(call: Call, given_: Given) -> ScoreTable:
    """The score table of proposals given in rank order."""
    places, below = ranked(call.rubric, given_)
    proposals = tuple(
        ScoredProposal(
            number=place.number,
            rank=place.rank,
            total=place.total,
            points=given_.points[row],
            passes_thresholds=place.number not in below,
            combined={
                code: None if mark is None else Fraction(mark)
                for code, mark in zip(CODES, given_.marks[row], strict=True)
            },
            requested_amount=given_.requests[row],
            outcome=None,
            awarded_amount=None,
        )
        for row, place in enumerate(places)
    )
    return ScoreTable(call, Stage.PROPOSAL, proposals, (), (), 0, "")


def weights_of(competition: Competition, rules: Rubric) -> Any:
    import numpy as np

    given_ = np.array([[float(criterion.weight_in_ranking) for criterion in rules.criteria]])
    assert competition.weights.sum() == pytest.approx(1)
    return given_ / given_.sum()


marks = st.one_of(st.none(), st.integers(0, 10).map(lambda halves: Decimal(halves) / 2))
weights = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(lambda two: (*two, 100 - sum(two)))
requests = st.integers(0, 12).map(lambda tens: Decimal(tens * 10))


@st.composite
def proposals(draw: st.DrawFn) -> Given:
    count = draw(st.integers(1, 7))
    rows = st.tuples(marks, marks, marks).filter(lambda row: any(mark is not None for mark in row))
    return Given(
        tuple(draw(rows) for _ in range(count)),
        tuple(draw(requests) for _ in range(count)),
        tuple(Decimal(draw(st.sampled_from([0, 0, 81]))) / 2 for _ in range(count)),
    )


@st.composite
def allocation_terms(draw: st.DrawFn) -> AllocationTerms:
    rule = draw(st.sampled_from([rule for rule in AllocationRule if rule is not AllocationRule.OPTIMISE]))
    own: Mapping[AllocationRule, dict[str, Any]] = {
        AllocationRule.RANK_AND_CUT: {"maximum_awards": draw(st.integers(1, 4))},
        AllocationRule.MINIMUM_SCORE_THEN_FILL: {"minimum_score": Decimal(draw(st.integers(50, 400)))},
        AllocationRule.FUND_NEXT_IF_REST_COVERS: {"minimum_rest_share": Decimal("0.5")},
    }
    partial = None
    if rule is not AllocationRule.FUND_NEXT_IF_REST_COVERS and draw(st.booleans()):
        least = draw(st.sampled_from([{"minimum_share": Decimal("0.6")}, {"minimum_amount": Decimal(40)}]))
        partial = PartialFunding(draw(st.sampled_from(PartialRule)), **least)
    margin = Decimal(draw(st.sampled_from([0, 0, 20])))
    return AllocationTerms("6", rule, partial=partial, appeal_margin_amount=margin, **own.get(rule, {}))


@settings(max_examples=300, deadline=None)
@given(
    given_=proposals(),
    published=weights,
    others=weights,
    terms=allocation_terms(),
    envelope=st.integers(2, 30),
    minimum=st.one_of(st.none(), st.integers(0, 400)),
    is_strict=st.booleans(),
    decimals=st.integers(0, 4),
)
def test_funded_under_other_weights_is_what_the_call_would_fund(
    call, given_, published, others, terms, envelope, minimum, is_strict, decimals
) -> None:
    least = None if minimum is None else Decimal(minimum)
    bounds: dict[str, Any] = {
        "minimum_total": least,
        "minimum_total_strict": is_strict,
        "decimals": decimals,
        "is_strict": is_strict,
    }
    given_ = best_first(rubric(published, **bounds), given_)
    definition = replace(
        call, rubric=rubric(published, **bounds), allocation=terms, envelope_amount=Decimal(envelope * 10)
    )
    competition = competition_of(table(definition, given_))
    for shares in (published, others):
        rules = rubric(shares, **bounds)
        places, below = ranked(rules, given_)
        asked = {f"P{place}": amount for place, amount in enumerate(given_.requests, 1)}
        lines = allocate(places, asked, Money(definition.envelope_amount, call.currency), terms, below)
        totals = total(competition, weights_of(competition, rules))
        scores = [scored(rules, marks).ranking_total or Decimal(0) for marks in given_.marks]
        unit = competition.step * 10**decimals
        assert totals[0].tolist() == [int(score * unit) for score in scores]
        placed = order(competition, totals)[0]
        assert [competition.numbers[row] for row in placed] == [place.number for place in places]
        found = funded_under(competition, weights_of(competition, rules))[0]
        expected = {line.number for line in lines if line.outcome is Outcome.AWARD}
        assert {name for name, is_funded in zip(competition.numbers, found, strict=True) if is_funded} == expected


@settings(max_examples=60, deadline=None)
@given(given_=proposals(), most=st.one_of(st.none(), st.integers(1, 4)), minimum=st.integers(0, 400))
def test_invited_are_those_that_the_call_would_invite(call, given_, most, minimum) -> None:
    rules, invitation = rubric((30, 30, 40)), InvitationTerms("6", Decimal(minimum), most)
    given_ = best_first(rules, given_)
    scores = table(replace(call, rubric=rules, invitation=invitation), given_)
    competition = competition_of(replace(scores, stage=Stage.PROFILE))
    places, below = ranked(rules, given_)
    thresholds = {f"P{row}": scored(rules, marks).thresholds for row, marks in enumerate(given_.marks, 1)}
    determined = invite(places, invitation, {name: thresholds[name] for name in below}, {}, Decimal(0))
    found = funded_under(competition, weights_of(competition, rules))[0]
    expected = {item.number for item in determined if item.outcome is Outcome.PROFILE_INVITED}
    assert {name for name, invited in zip(competition.numbers, found, strict=True) if invited} == expected


def test_threshold_in_total_stays_where_the_ranking_has_weights_of_its_own(call) -> None:
    weighed = rubric((50, 30, 20), minimum_total=Decimal(200))
    rules = replace(
        weighed, criteria=(replace(weighed.criteria[0], ranking_weight=Decimal(400)), *weighed.criteria[1:])
    )
    given_ = best_first(
        rules, Given(((Decimal(2), Decimal(3), Decimal(5)), (Decimal(3),) * 3), (Decimal(1),) * 2, (Decimal(0),) * 2)
    )
    competition = competition_of(table(replace(call, rubric=rules), given_))
    assert (competition.minimum_total, competition.barred.tolist()) == (None, [False, False])
    lower = replace(rules, minimum_total=Decimal(291))
    competition = competition_of(table(replace(call, rubric=lower), given_))
    assert competition.barred.tolist() == [False, True]


def test_rules_that_are_not_followed_are_named(call) -> None:
    terms = replace(call.allocation, one_award_per_applicant=True, ties_at_line=TiesAtLine.FUND_NONE)
    strict = replace(call, allocation=terms)
    assert left_out(strict, Stage.PROPOSAL, has_exclusions=True) == (
        "allocation.one_award_per_applicant",
        "allocation.ties_at_line",
        "mutual_exclusions",
    )
    assert (
        left_out(
            replace(call, allocation=AllocationTerms("6", AllocationRule.SKIP_AND_FILL)),
            Stage.PROPOSAL,
            has_exclusions=False,
        )
        == ()
    )


def test_an_announced_objective_is_not_followed(call) -> None:
    terms = AllocationTerms("6", AllocationRule.OPTIMISE, objective=Objective.SUM_OF_SCORES)
    announced = replace(call, allocation=terms)
    assert left_out(announced, Stage.PROPOSAL, has_exclusions=False) == ("allocation.rule.optimise",)


def test_marks_of_evaluators_say_nothing_where_their_consensus_counts(call) -> None:
    given_ = Given(((Decimal(3),) * 3,), (Decimal(1),), (Decimal(0),))
    agreed = replace(rubric((50, 30, 20)), combination=Combination.CONSENSUS)
    assert sheets_of(table(replace(call, rubric=agreed), given_)) is None
