"""Laws of decisions on appeal: no award is lost, nothing the round asks is set aside, nobody is worse off."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from conftest import PROJECT
from contested import GIVEN_UP, Contested, decided_round
from enveloped import trees
from pipgrants.domain.allocation_terms import (
    AllocationRule,
    AllocationTerms,
    EnvelopeKind,
    PartialFunding,
    PartialRule,
    TiesAtLine,
)
from pipgrants.domain.appeal import FundedFrom, is_better
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import TERRITORY_NOT_YET_FUNDED, undecided_ties
from pipgrants.domain.vocabulary import Stage
from pipgrants.reading import read_file
from pipgrants.services.appeal_decisions import decide_appeals
from pipgrants.services.appeal_merits import merits_of
from pipgrants.services.appealed_lines import is_first_in_reserve, moved_on_appeal, place_of, places_of
from pipgrants.services.corrected_ranking import corrected
from pipgrants.services.promotions import first_in_reserve
from pipgrants.services.reserve import free_amount
from pipgrants.services.rulebook import AWARDS

CALL = read_file(PROJECT / "workflows" / "calls" / "participatory-budget.yaml", Call)
"""Its total is one mark of one evaluator."""
MOST = 60
TOTALS = st.integers(0, 8)
RULES = {
    AllocationRule.SKIP_AND_FILL: {},
    AllocationRule.STOP_AT_FIRST: {},
    AllocationRule.RANK_AND_CUT: {"maximum_awards": 2},
    AllocationRule.MINIMUM_SCORE_THEN_FILL: {"minimum_score": Decimal(3)},
    AllocationRule.FUND_NEXT_IF_REST_COVERS: {"minimum_rest_share": Decimal("0.5")},
}
PARTIAL = [None, *(PartialFunding(rule, minimum_share=Decimal("0.3")) for rule in PartialRule)]


@st.composite
def allocations(draw: st.DrawFn, spendable: int, margin: int) -> tuple[AllocationTerms, tuple[str, ...]]:
    """Terms that a call could have, with its tie-breaks."""
    rule = draw(st.sampled_from(list(RULES)))
    partial = draw(st.sampled_from(PARTIAL)) if rule is AllocationRule.STOP_AT_FIRST else None
    shares = partial is not None and partial.rule is not PartialRule.LAST_ONLY
    ties = draw(st.sampled_from([TiesAtLine.STRICT_ORDER, TiesAtLine.FUND_NONE]))
    by_territory = ties is TiesAtLine.STRICT_ORDER and not shares and draw(st.booleans())
    terms = AllocationTerms(
        "6.1",
        rule,
        reserve_count=draw(st.integers(0, 4)),
        partial=partial,
        ties_at_line=ties,
        envelopes=() if shares else draw(trees(spendable)),
        one_award_per_applicant=draw(st.booleans()),
        maximum_awards_per_locality=draw(st.sampled_from([None, 1, 2])),
        appeal_margin_amount=Decimal(margin),
        **RULES[rule],
    )
    return terms, (TERRITORY_NOT_YET_FUNDED,) if by_territory else ()


@st.composite
def rounds(draw: st.DrawFn) -> Contested:
    """A round as it was decided, with envelopes, rivals, localities and applicants of several proposals."""
    spendable, margin = draw(st.integers(0, 200)), draw(st.integers(0, 80))
    terms, tie_breaks = draw(allocations(spendable, margin))
    call = replace(
        CALL,
        envelope_amount=Decimal(spendable + margin),
        ranking=replace(CALL.ranking, tie_breaks=tie_breaks),
        allocation=terms,
        appeal=replace(CALL.appeal, funded_from=draw(st.sampled_from(FundedFrom))),
    )
    numbers = [f"P-{place}" for place in range(1, draw(st.integers(1, 8)) + 1)]
    received_at = datetime(2026, 3, 1, tzinfo=UTC)
    proposals = {
        number: Proposal(
            number,
            call.call,
            Stage.PROPOSAL,
            "",
            number,
            received_at,
            grant_amount=Decimal(draw(st.integers(1, MOST))),
        )
        for number in numbers
    }
    belongs = {
        number: frozenset(_memberships(terms, {item.code for item in terms.envelopes if draw(st.booleans())}))
        for number in numbers
    }
    rivals = draw(st.sets(st.sampled_from(numbers), max_size=3))
    territories = {number: draw(st.sampled_from(["A", "B", None])) for number in numbers}
    known = Circumstances(
        applicants={number: draw(st.sampled_from(["T-1", "T-2", "T-3", "T-4"])) for number in numbers},
        territories=territories if tie_breaks else {},
        groups=belongs,
        rivals={number: frozenset(rivals - {number}) for number in rivals if len(rivals) > 1},
        leave_tied=undecided_ties(call.ranking),
        localities={number: draw(st.sampled_from(["X", "Y", "Z"])) for number in numbers},
    )
    return decided_round(call, proposals, {number: str(draw(TOTALS)) for number in numbers}, known)


def _memberships(terms: AllocationTerms, drawn: set[str]) -> set[str]:
    found: set[str] = set()
    for item in terms.envelopes:
        if item.code in drawn and (item.within is None or item.within in found):
            found.add(item.code)
    return found


def appeals(data: st.DataObject, round_: Contested) -> dict[str, str]:
    """Upheld appeals, with new totals."""
    return {number: str(total) for number, total in data.draw(st.dictionaries(_numbers(round_), TOTALS)).items()}


def _numbers(round_: Contested) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(round_.proposals))


def held(round_: Contested) -> Mapping[str, tuple[str, int]]:
    """The awards, with their amounts."""
    return {
        number: (line.outcome, line.amount_minor or 0)
        for number, line in round_.decided.items()
        if line.outcome in AWARDS and round_.states[number] != GIVEN_UP
    }


def assert_nothing_is_lost(before: Mapping[str, tuple[str, int]], after: Mapping[str, tuple[str, int]]) -> None:
    for number, (outcome, amount) in before.items():
        assert after[number][0] == outcome or is_better(after[number][0], outcome)
        assert after[number][1] >= amount


def assert_what_the_round_asks(round_: Contested) -> None:
    """Money, envelopes, applicants, rivals, localities and places, whoever was decided when."""
    standing, terms, known = round_.standing, round_.call.allocation, round_.known
    amounts, awarded = standing.frozen, sorted(standing.frozen)
    assert sum(standing.by_margin.values()) <= terms.appeal_margin_amount
    assert sum(standing.drawn.values()) <= round_.call.envelope_amount - terms.appeal_margin_amount
    for cap in (item for item in terms.envelopes if item.kind is EnvelopeKind.CAP):
        assert sum(amounts[number] for number in awarded if cap.code in known.groups[number]) <= cap.amount
    for number, amount in amounts.items():
        assert amount <= round_.requests[number]
        assert not known.rivals.get(number, frozenset()) & amounts.keys()
    if terms.one_award_per_applicant:
        assert max(Counter(known.applicants[number] for number in awarded).values(), default=0) <= 1
    if terms.maximum_awards_per_locality is not None:
        most = terms.maximum_awards_per_locality
        assert max(Counter(known.localities[number] for number in awarded).values(), default=0) <= most
    assert terms.maximum_awards is None or len(awarded) <= terms.maximum_awards


@given(rounds(), st.data())
def test_no_award_is_lost_or_made_smaller_and_no_other_decision_changes(round_: Contested, data: st.DataObject) -> None:
    before, awarded = dict(round_.decided), held(round_)
    contested = appeals(data, round_)
    lines = round_.appeal(contested)
    assert [line.proposal for line in lines] == sorted(contested)
    assert_nothing_is_lost(awarded, held(round_))
    others = before.keys() - contested.keys()
    assert {number: round_.decided[number] for number in others} == {number: before[number] for number in others}


@given(rounds(), st.data())
def test_awards_on_appeal_keep_to_all_that_the_round_asks(round_: Contested, data: st.DataObject) -> None:
    round_.appeal(appeals(data, round_))
    assert_what_the_round_asks(round_)


@given(rounds(), st.data())
def test_nobody_who_appeals_is_worse_off(round_: Contested, data: st.DataObject) -> None:
    """Whoever comes first on the reserve list may be told a place further down, beside which others fell as well."""
    before = dict(round_.decided)
    ranks = {row.proposal: row.rank for row in round_.ranking}
    for line in round_.appeal(appeals(data, round_)):
        former = before[line.proposal]
        assert line.outcome == former.outcome or is_better(line.outcome, former.outcome)
        place = place_of(line)
        assert place is not None
        is_kept = line.outcome == former.outcome and line.outcome not in AWARDS and not is_first_in_reserve(line)
        assert not is_kept or place.rank <= ranks[line.proposal]


@given(rounds(), st.data())
def test_the_order_in_which_appeals_are_given_changes_nothing(round_: Contested, data: st.DataObject) -> None:
    reopened = round_.reopened(appeals(data, round_))
    assert decide_appeals(round_.ground, reopened) == decide_appeals(round_.ground, reopened[::-1])


@given(rounds(), st.data())
def test_an_appeal_is_decided_on_its_merits_as_the_round_would_have_been(
    round_: Contested, data: st.DataObject
) -> None:
    """With the new marks from the beginning, whoever else would have lost by it."""
    number, total = data.draw(_numbers(round_)), str(data.draw(TOTALS))
    (found,) = merits_of(round_.ground, round_.reopened({number: total}))
    would = round_.with_marks({number: total}).decided[number]
    assert (found.line.outcome, found.line.amount_minor) == (would.outcome, would.amount_minor)
    assert found.place is not None
    assert found.place.rank == would.rank


@given(rounds(), st.data())
def test_who_would_have_been_funded_is_funded_or_first_on_the_reserve_list(
    round_: Contested, data: st.DataObject
) -> None:
    number, total = data.draw(_numbers(round_)), str(data.draw(TOTALS))
    would, former = round_.with_marks({number: total}).decided[number], round_.decided[number]
    (line,) = round_.appeal({number: total})
    on_appeal = moved_on_appeal(round_.ranking, [line])
    rows = corrected(round_.ranking, places_of(on_appeal), first_in_reserve(on_appeal))
    if would.outcome in AWARDS and former.outcome not in AWARDS:
        is_first = rows[0].proposal == number and line.outcome == "reserve"
        assert (line.outcome, line.amount_minor) == (would.outcome, would.amount_minor) or is_first
    if would.outcome not in AWARDS:
        assert line.outcome == former.outcome or line.outcome == would.outcome


@given(rounds(), st.data())
def test_later_appeals_and_promotions_keep_the_laws(round_: Contested, data: st.DataObject) -> None:
    for number in range(1, 4):
        before = held(round_)
        round_.appeal(appeals(data, round_), number)
        assert_nothing_is_lost(before, held(round_))
        assert_what_the_round_asks(round_)
        round_.give_up(data.draw(st.sets(_numbers(round_), max_size=2)))
        before, free = held(round_), free_amount(round_.call, round_.standing)
        round_.promote()
        assert {number: held(round_)[number] for number in before} == before
        assert_what_the_round_asks(round_)
        assert free_amount(round_.call, round_.standing) <= free
