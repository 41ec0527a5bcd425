"""An invented call that says all that a call can say, and others that lack one thing or say it otherwise.

No two of its numbers are the same, so that what a notice must say is not found where it says something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from pipgrants.domain.allocation_terms import (
    AllocationRule,
    AllocationTerms,
    EnvelopeKind,
    PartialFunding,
    PartialRule,
    SubEnvelope,
    TiesAtLine,
)
from pipgrants.domain.appeal import FundedFrom
from pipgrants.domain.call import (
    AppealTerms,
    Base,
    Call,
    ClarificationTerms,
    Contact,
    CounterpartRule,
    EligibleCosts,
    GrantLimits,
    InKindCap,
    InvitationTerms,
    MemberScope,
    Prerequisite,
    Priority,
    RandomSource,
    RankingRule,
    Unanswered,
    Window,
)
from pipgrants.domain.implementation_terms import NOT_GIVEN, BehindPace, ImplementationTerms
from pipgrants.domain.rubric import Combination, CommentsRequired, Criterion, LateMarks, Rubric, Scale, ScoringTerms
from pipgrants.domain.rules import CountOf, OneOf
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import (
    CostCategory,
    EvidenceKind,
    FundingSource,
    Language,
    MemberType,
    Objective,
    SizeClass,
    Stage,
    SubsidyType,
)
from pipgrants.letters.sample_parts import TEXTS


def _said(code: str) -> Text:
    return {language.value: TEXTS[language][code] for language in Language}


SAMPLE_PROGRAMME: Text = _said("programme")

_ENVELOPES = (
    SubEnvelope(
        "networks",
        "6.2",
        _said("collective"),
        EnvelopeKind.EARMARK,
        Decimal(310000),
        OneOf("proposal.type", ("horizontal_network",)),
    ),
    SubEnvelope(
        "clusters",
        "6.3",
        _said("territory"),
        EnvelopeKind.EARMARK,
        Decimal(41000),
        OneOf("proposal.type", ("cluster",)),
        within="networks",
        leftovers_to="networks",
    ),
)
_ALLOCATION = AllocationTerms(
    "6.1",
    AllocationRule.MINIMUM_SCORE_THEN_FILL,
    minimum_score=Decimal(67),
    reserve_count=11,
    partial=PartialFunding(PartialRule.LAST_ONLY, minimum_amount=Decimal(20500)),
    ties_at_line=TiesAtLine.FUND_NONE,
    envelopes=_ENVELOPES,
    one_award_per_applicant=True,
    maximum_awards_per_locality=29,
    appeal_margin_amount=Decimal(52000),
    reserve_expires_on=date(2026, 12, 31),
)
_SCALE = Scale(Decimal(0), Decimal(5), Decimal("0.5"), {"0": _said("agreement"), "5": _said("collective")})
_RUBRIC = Rubric(
    "5.1",
    _SCALE,
    (
        Criterion("collective", "5.3", _said("collective"), Decimal(30), Decimal(2), ranking_weight=Decimal(40)),
        Criterion("sustainability", "5.4", _said("sustainability"), Decimal(10), scale=_SCALE),
    ),
    decimals=4,
    minimum_total=Decimal(61),
    evaluators_count=17,
    minimum_total_by_stage={Stage.PROFILE: Decimal(43)},
)
_SCORING = ScoringTerms("5.7", (Stage.PROFILE,), CommentsRequired.ALL, {Stage.PROFILE: date(2026, 5, 29)})
_SOURCE = RandomSource("Lotería Nacional", "los cinco números", date(2026, 10, 5), 5)


def full_call() -> Call:
    """A call that has everything that any call can have."""
    return Call(
        call="pip-2026",
        number_prefix="PIP2",
        programme="competitiveness-fund",
        title=_said("call"),
        purpose=_said("purpose"),
        who_may_apply=_said("who_may_apply"),
        subsidy_type=SubsidyType.PREPARATION_SUPPORT,
        currency="USD",
        envelope_amount=Decimal(9000000),
        time_zone="America/Tegucigalpa",
        window=_window("2026-02-02T08:00", "2026-03-31T17:00"),
        second_window=_window("2026-07-01T08:00", "2026-08-31T17:00"),
        stages=(Stage.PROFILE, Stage.PROPOSAL),
        languages=tuple(Language),
        contact=Contact(_said("agency"), "calls@linkages.example", "1 Calle Inventada, Tegucigalpa", "+504 0000 0000"),
        prerequisites=(_prerequisite(),),
        eligible_costs=EligibleCosts("3.9", (CostCategory.STAFF, CostCategory.WORKS)),
        counterpart=_counterpart(),
        grant=_grant(),
        rubric=_RUBRIC,
        ranking=RankingRule("5.5", ("higher_counterpart_share", "lower_grant"), (_SOURCE,)),
        allocation=_ALLOCATION,
        invitation=InvitationTerms("6.4", Decimal(53), None, Decimal("3.7"), Decimal("2.5")),
        scoring=_SCORING,
        priorities=(Priority("women", "5.9", _said("sustainability"), _ENVELOPES[0].rule, Decimal(2)),),
        required_evidence=(EvidenceKind.CONSORTIUM_AGREEMENT,),
        clarification=ClarificationTerms("3.11", 13),
        appeal=AppealTerms("7.2", 19, _said("appeal"), FundedFrom.MARGIN),
        implementation=ImplementationTerms("8.6", 14, Decimal("0.07")),
        non_working_days=(date(2026, 4, 3),),
        modelled_on="Modelled on a call of another fund.",
    )


def _window(opens_at: str, closes_at: str) -> Window:
    return Window(datetime.fromisoformat(opens_at), datetime.fromisoformat(closes_at))


def _prerequisite() -> Prerequisite:
    rule = CountOf(at_least=5, member_type=(MemberType.ENTERPRISE,))
    return Prerequisite("enterprises", "3.2", _said("enterprises"), _said("add_enterprises"), rule, date(2026, 1, 1))


def _counterpart() -> CounterpartRule:
    return CounterpartRule(
        "4.2",
        Decimal("0.55"),
        in_kind_cap=InKindCap(Decimal("0.39")),
        ineligible_sources=(FundingSource.OTHER_PUBLIC_GRANT,),
        tolerance_amount=Decimal("0.02"),
    )


def _grant() -> GrantLimits:
    by_size = {SizeClass.SMALL: Decimal("0.47"), SizeClass.LARGE: Decimal("0.33")}
    return GrantLimits("4.1", Decimal(21000), Decimal(260000), Decimal("0.48"), by_size)


def least_call() -> Call:
    """A call with as little as any call can have."""
    full = full_call()
    return replace(
        full,
        second_window=None,
        stages=(Stage.PROPOSAL,),
        contact=Contact(full.contact.name, full.contact.email),
        prerequisites=(),
        eligible_costs=None,
        counterpart=None,
        grant=GrantLimits("4.1"),
        rubric=Rubric("5.1", _SCALE, _RUBRIC.criteria[1:]),
        ranking=RankingRule("5.5"),
        allocation=AllocationTerms("6.1", AllocationRule.STOP_AT_FIRST),
        invitation=None,
        scoring=None,
        priorities=(),
        required_evidence=(),
        appeal=replace(full.appeal, funded_from=FundedFrom.RESERVE_LIST),
        non_working_days=(),
        modelled_on="",
    )


def varied_calls() -> Iterator[tuple[str, Call]]:
    """Sample calls, each with what is particular about it; the first is the full one."""
    full = full_call()
    yield "with everything in it", full
    yield "with the least in it", least_call()
    yield "of one stage", replace(full, stages=(Stage.PROPOSAL,), second_window=None, invitation=None)
    yield "that invites a number of profiles", replace(full, invitation=InvitationTerms("6.4", maximum_count=37))
    yield from _with_other_terms(full)
    yield from _with_other_scoring(full)
    yield from ((f"that allocates {how}", replace(full, allocation=terms)) for how, terms in _allocations())


def _with_other_terms(full: Call) -> Iterator[tuple[str, Call]]:
    yield "without a counterpart", replace(full, counterpart=None)
    yield "with a counterpart of the grant", replace(full, counterpart=CounterpartRule("4.2", Decimal(1), Base.GRANT))
    by_size_of_lead = replace(full.grant, by_size_of=MemberScope.LEAD)
    yield "with grants by the size of the applicant", replace(full, grant=by_size_of_lead)
    yield "without eligible costs", replace(full, eligible_costs=None)
    yield "without papers to attach", replace(full, required_evidence=())
    on_record = replace(full.clarification, if_unanswered=Unanswered.DECIDE_ON_RECORD)
    yield "that decides on record without an answer", replace(full, clarification=on_record)
    yield "without rules for projects", replace(full, implementation=NOT_GIVEN)
    rigid = replace(full.implementation, line_flexibility_share=Decimal(0))
    yield "without flexible lines", replace(full, implementation=rigid)
    reducing = replace(full.implementation, counterpart_behind_pace=BehindPace.REDUCE)
    yield "that reduces tranches", replace(full, implementation=reducing)
    yield "without a telephone", replace(full, contact=replace(full.contact, telephone=""))
    yield "without a postal address", replace(full, contact=replace(full.contact, postal_address=""))


def _with_other_scoring(full: Call) -> Iterator[tuple[str, Call]]:
    for combination in Combination:
        yield f"with marks combined by {combination}", replace(full, rubric=replace(_RUBRIC, combination=combination))
    yield "with a total to exceed", replace(full, rubric=replace(_RUBRIC, minimum_total_strict=True))
    yield "with the same total at every stage", replace(full, rubric=replace(_RUBRIC, minimum_total_by_stage={}))
    yield "without scoring terms", replace(full, scoring=None)
    for comments in CommentsRequired:
        yield f"with comments on {comments}", replace(full, scoring=replace(_SCORING, comments_required=comments))
    yield "that accepts late marks", replace(full, scoring=replace(_SCORING, if_late=LateMarks.FLAGGED))
    yield "without tie-breaks", replace(full, ranking=replace(full.ranking, tie_breaks=()))
    yield "without a draw", replace(full, ranking=replace(full.ranking, draw=()))


def _allocations() -> Iterator[tuple[str, AllocationTerms]]:
    own = {
        AllocationRule.RANK_AND_CUT: AllocationTerms("6.1", AllocationRule.RANK_AND_CUT, maximum_awards=71),
        AllocationRule.FUND_NEXT_IF_REST_COVERS: AllocationTerms(
            "6.1", AllocationRule.FUND_NEXT_IF_REST_COVERS, minimum_rest_share=Decimal("0.73")
        ),
        AllocationRule.MINIMUM_SCORE_THEN_FILL: replace(_ALLOCATION, partial=None),
        AllocationRule.OPTIMISE: _optimised(Objective.SUM_OF_SCORES),
    }
    yield from ((f"by {rule}", own.get(rule) or AllocationTerms("6.1", rule)) for rule in AllocationRule)
    by_amount = replace(_optimised(Objective.SUM_OF_SCORE_TIMES_AMOUNT), largest_gap_share=Decimal("0.07"))
    yield "by score times amount", by_amount
    for partial in PartialRule:
        yield f"{partial}", replace(_ALLOCATION, partial=PartialFunding(partial, minimum_share=Decimal("0.79")))
    yield from ((f"with ties at the line: {ties}", replace(_ALLOCATION, ties_at_line=ties)) for ties in TiesAtLine)
    for kind in EnvelopeKind:
        envelope = replace(_ENVELOPES[0], kind=kind)
        yield f"with envelopes: {kind}", replace(_ALLOCATION, envelopes=(envelope,))
    yield "with robustness in letters", replace(_ALLOCATION, robustness_in_letters=True)
    yield "without a day on which the reserve list ends", replace(_ALLOCATION, reserve_expires_on=None)


def _optimised(objective: Objective) -> AllocationTerms:
    return replace(
        _ALLOCATION,
        rule=AllocationRule.OPTIMISE,
        objective=objective,
        minimum_score=None,
        partial=None,
        ties_at_line=TiesAtLine.STRICT_ORDER,
    )
