"""Laws of decisions on appeal: no award is lost, no money is spent twice, nobody who appeals is worse off."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import PROJECT
from pipgrants.domain.allocation import Standing
from pipgrants.domain.allocation_terms import AllocationRule
from pipgrants.domain.appeal import FundedFrom, Remedy, Source, is_better
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import NOTHING_KNOWN
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import rank
from pipgrants.domain.vocabulary import Stage
from pipgrants.money import from_minor
from pipgrants.reading import read_file
from pipgrants.services.allocate import Ground, decide_ranked
from pipgrants.services.appeal_decisions import AWARDED, AppealGround, Facts, Reopened, decide_appeals, purse_of
from pipgrants.services.appealed_lines import source_of, told_of_appeal
from pipgrants.services.promotions import decide_promotions, moved_on_appeal
from pipgrants.services.rank import Scoring
from pipgrants.services.reserve import free_amount
from pipgrants.store.packages import PackageLine

CALL = read_file(PROJECT / "workflows" / "calls" / "pip-one-stage.yaml", Call)
CODES = [criterion.code for criterion in CALL.rubric.criteria]
HALVES = st.integers(0, 10).map(lambda halves: str(Decimal(halves) / 2))
RULES = (AllocationRule.SKIP_AND_FILL, AllocationRule.STOP_AT_FIRST)


def facts(number: str, mark: str, amount: Decimal) -> Facts:
    received_at = datetime(2026, 3, 1, tzinfo=UTC)
    proposal = Proposal(number, CALL.call, Stage.PROPOSAL, "", number, received_at, grant_amount=amount)
    return Facts(proposal, [dict.fromkeys(CODES, mark)] * CALL.rubric.evaluators_count, None)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[AppealGround, list[Reopened]]:
    """A round as it was decided, and appeals that give some of its proposals other marks."""
    asked = st.integers(1, 6).map(lambda tens: Decimal(tens * 10_000))
    marks = draw(st.lists(st.tuples(HALVES, asked), min_size=1, max_size=8))
    margin = Decimal(draw(st.integers(0, 8)) * 10_000)
    call = replace(
        CALL,
        envelope_amount=margin + Decimal(draw(st.integers(0, 20)) * 10_000),
        ranking=replace(CALL.ranking, draw=()),
        allocation=replace(
            CALL.allocation,
            rule=draw(st.sampled_from(RULES)),
            reserve_count=draw(st.integers(0, 3)),
            appeal_margin_amount=margin,
        ),
        appeal=replace(CALL.appeal, funded_from=draw(st.sampled_from(FundedFrom))),
    )
    known = {f"P-{place}": facts(f"P-{place}", mark, amount) for place, (mark, amount) in enumerate(marks, 1)}
    scoring = Scoring(call, Stage.PROPOSAL)
    for item in known.values():
        scoring.score(*item)
    published = scoring.rows(rank(scoring.candidates, call.ranking))
    requests = {number: amount for number, (_, amount) in zip(known, marks, strict=True)}
    standing = list(decide_ranked(Ground(call, Stage.PROPOSAL, published, requests, {}, NOTHING_KNOWN)))
    ground = AppealGround(
        call=call,
        published={Stage.PROPOSAL: published},
        draws={},
        requests=requests,
        standing=standing,
        known=NOTHING_KNOWN,
        facts=lambda number, _: known[number],
    )
    contested = draw(st.lists(st.sampled_from(sorted(known)), unique=True))
    former = {line.proposal: line for line in standing}
    reopened = [
        Reopened(
            number=number,
            appeal=1,
            remedy=Remedy.RESCORE,
            stage=Stage.PROPOSAL,
            corrects=7,
            findings=(),
            facts=facts(number, draw(HALVES), requests[number]),
            former=former[number],
        )
        for number in contested
    ]
    return ground, reopened


def after(ground: AppealGround, lines: list[PackageLine]) -> Mapping[str, PackageLine]:
    """The decisions that stand once those on appeal are ratified."""
    return {line.proposal: line for line in (*ground.standing, *lines)}


@given(rounds())
def test_no_award_is_lost_and_no_other_decision_changes(found: tuple[AppealGround, list[Reopened]]) -> None:
    ground, reopened = found
    lines = decide_appeals(ground, reopened)
    assert [line.proposal for line in lines] == sorted(item.number for item in reopened)
    new = after(ground, lines)
    for line in ground.standing:
        if line.outcome in AWARDED:
            assert (new[line.proposal].outcome in AWARDED, new[line.proposal].amount_minor) == (True, line.amount_minor)


@given(rounds())
def test_what_is_spent_never_exceeds_envelope_and_margin(found: tuple[AppealGround, list[Reopened]]) -> None:
    ground, reopened = found
    standing = list(after(ground, decide_appeals(ground, reopened)).values())
    left = purse_of(ground._replace(standing=standing))
    assert min(left) >= 0
    spent = sum((from_minor(line.amount_minor, "USD") for line in standing if line.amount_minor), Decimal(0))
    assert spent + left.margin + left.left == ground.call.envelope_amount


@given(rounds())
def test_nobody_who_appeals_is_worse_off(found: tuple[AppealGround, list[Reopened]]) -> None:
    ground, reopened = found
    former = {line.proposal: line.outcome for line in ground.standing}
    for line in decide_appeals(ground, reopened):
        assert line.outcome == former[line.proposal] or is_better(line.outcome, former[line.proposal])


@given(rounds())
def test_the_order_in_which_appeals_are_given_changes_nothing(found: tuple[AppealGround, list[Reopened]]) -> None:
    ground, reopened = found
    assert decide_appeals(ground, reopened) == decide_appeals(ground, reopened[::-1])


@given(rounds())
def test_a_second_round_of_appeals_keeps_the_laws(found: tuple[AppealGround, list[Reopened]]) -> None:
    ground, reopened = found
    first = after(ground, decide_appeals(ground, reopened))
    again = [item._replace(appeal=2, former=first[item.number]) for item in reopened]
    second = after(ground, decide_appeals(ground._replace(standing=list(first.values())), again))
    assert min(purse_of(ground._replace(standing=second.values()))) >= 0
    for number, line in first.items():
        if line.outcome in AWARDED:
            assert (second[number].outcome in AWARDED, second[number].amount_minor) == (True, line.amount_minor)


def standing_of(lines: Mapping[str, PackageLine]) -> Standing:
    """What the decisions that stand come to for the reserve list."""
    frozen = {number: line for number, line in lines.items() if line.outcome in AWARDED}
    return Standing(
        {number: from_minor(line.amount_minor or 0, "USD") for number, line in frozen.items()},
        frozenset(number for number, line in lines.items() if line.outcome == "reserve"),
        frozenset(number for number, line in frozen.items() if source_of(line) is Source.MARGIN),
    )


@given(rounds(), st.data())
def test_promotions_after_appeals_spend_what_is_free_and_never_more(
    found: tuple[AppealGround, list[Reopened]], data: st.DataObject
) -> None:
    ground, reopened = found
    decided = after(ground, decide_appeals(ground, reopened))
    given_up = data.draw(st.sets(st.sampled_from(sorted(decided))))
    held = {number: line for number, line in decided.items() if number not in given_up}
    standing, ranking = standing_of(held), ground.published[Stage.PROPOSAL]
    on_appeal = moved_on_appeal(ranking, standing, held.values())
    rests_on = Ground(ground.call, Stage.PROPOSAL, ranking, ground.requests, {}, NOTHING_KNOWN)
    promoted = {line.proposal: line for line in decide_promotions(rests_on, standing, on_appeal)}
    assert free_amount(ground.call, standing) == purse_of(ground._replace(standing=held.values())).left
    left = purse_of(ground._replace(standing={**held, **promoted}.values()))
    assert min(left) >= 0
    first = {number for number in standing.waiting if told_of_appeal(held[number]).get("is_first_in_reserve")}
    if ground.call.allocation.rule is AllocationRule.SKIP_AND_FILL:
        assert all(ground.requests[number] > left.left for number in standing.waiting - promoted.keys())
    else:
        assert first <= promoted.keys() or promoted.keys() <= first


@pytest.mark.parametrize(
    ("funded_from", "outcome"), [(FundedFrom.MARGIN, "award"), (FundedFrom.RESERVE_LIST, "reserve")]
)
def test_the_margin_pays_only_where_the_call_says_so(funded_from: FundedFrom, outcome: str) -> None:
    asked = Decimal(10_000)
    call = replace(
        CALL,
        envelope_amount=asked * 2,
        ranking=replace(CALL.ranking, draw=()),
        allocation=replace(CALL.allocation, appeal_margin_amount=asked),
        appeal=replace(CALL.appeal, funded_from=funded_from),
    )
    known = {"P-1": facts("P-1", "4", asked), "P-2": facts("P-2", "3", asked)}
    scoring = Scoring(call, Stage.PROPOSAL)
    for item in known.values():
        scoring.score(*item)
    published = scoring.rows(rank(scoring.candidates, call.ranking))
    requests = dict.fromkeys(known, asked)
    standing = list(decide_ranked(Ground(call, Stage.PROPOSAL, published, requests, {}, NOTHING_KNOWN)))
    ground = AppealGround(
        call=call,
        published={Stage.PROPOSAL: published},
        draws={},
        requests=requests,
        standing=standing,
        known=NOTHING_KNOWN,
        facts=lambda number, _: known[number],
    )
    item = Reopened("P-2", 1, Remedy.RESCORE, Stage.PROPOSAL, 7, (), facts("P-2", "5", asked), standing[1])
    (line,) = decide_appeals(ground, [item])
    assert (line.rank, line.outcome) == (1, outcome)
