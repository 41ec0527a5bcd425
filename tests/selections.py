"""Invented cases of selecting proposals, for the laws: by every rule that funds them one by one, with all limits."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from enveloped import enveloped_rounds
from pipgrants.domain.allocation import allocate
from pipgrants.domain.allocation_terms import AllocationRule, TiesAtLine
from pipgrants.domain.circumstances import NOTHING_KNOWN
from pipgrants.domain.selection import selection_case


def case_of(ranked, requests, money, terms, known=NOTHING_KNOWN, below=frozenset()):
    """The case of what the terms make of a ranking."""
    lines = allocate(ranked, requests, money, terms, below, known)
    return selection_case(ranked, requests, money, terms, below, known, lines)


@st.composite
def selection_cases(draw):
    """Rounds with envelopes by every rule that funds proposals one by one, with exclusions and limits."""
    others = (AllocationRule.MINIMUM_SCORE_THEN_FILL, AllocationRule.OPTIMISE)
    rules = [rule for rule in AllocationRule if rule not in others]
    rule = draw(st.sampled_from(rules))
    ranked, requests, money, terms, known = draw(enveloped_rounds(rules=[AllocationRule.SKIP_AND_FILL]))
    terms = replace(
        terms,
        rule=rule,
        maximum_awards=draw(st.integers(1, 12)) if rule is AllocationRule.RANK_AND_CUT else None,
        minimum_rest_share=Decimal("0.5") if rule is AllocationRule.FUND_NEXT_IF_REST_COVERS else None,
        one_award_per_applicant=draw(st.booleans()),
        maximum_awards_per_locality=draw(st.none() | st.integers(1, 3)),
        ties_at_line=draw(st.sampled_from(TiesAtLine)),
    )
    ranked = [place._replace(tie_broken_by=draw(st.sampled_from([None, "draw"]))) for place in ranked]
    names = {place.number: draw(st.sampled_from("ABC")) for place in ranked}
    group = draw(st.frozensets(st.sampled_from([place.number for place in ranked])))
    known = known._replace(
        applicants=names, localities=names, rivals={number: group - {number} for number in group}, helped={"A": 1}
    )
    return case_of(ranked, requests, money, terms, known, draw(st.frozensets(st.sampled_from([*names]), max_size=2)))
