"""A call may be stricter than its programme, never laxer; a programme is complete in itself."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.call import Base, Call, CounterpartRule, EligibleCosts, GrantLimits
from pipgrants.domain.operating_criteria import (
    DefinitionMistake,
    check_against,
    check_call,
    check_programme,
    in_force,
)
from pipgrants.domain.programme import DesignatedEntity, MoneySource, OperatingCriterion, Programme, Review, Source
from pipgrants.domain.vocabulary import CostCategory, FundingSource, SubsidyType, Tier
from pipgrants.money import Rounding
from pipgrants.reading import read_file

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
CALL = read_file(WORKFLOWS / "calls" / "pip-two-stage.yaml", Call)
PROGRAMMES = {path.stem: read_file(path, Programme) for path in sorted((WORKFLOWS / "programmes").glob("*.yaml"))}
PROGRAMME = PROGRAMMES["competitiveness-fund"]
ZERO, HALF, ONE = Decimal(0), Decimal("0.5"), Decimal(1)
START = date(2025, 1, 1)
TODAY = date(2026, 1, 12)


def clause(number="4.2", in_force_from=START, **limits):
    return OperatingCriterion(number, in_force_from, {"en": "text"}, **limits)


def programme(*criteria):
    return replace(PROGRAMME, operating_criteria=criteria)


def codes(mistakes):
    return [mistake.code for mistake in mistakes]


def counterpart(share, of=Base.PROPOSAL, **terms):
    return replace(CALL, counterpart=CounterpartRule("4.2", Decimal(share), of, **terms))


@pytest.mark.parametrize("path", sorted((WORKFLOWS / "calls").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_call_keeps_to_its_programme(path):
    call = read_file(path, Call)
    assert check_call(call, PROGRAMMES[call.programme], ZERO) == ()


@pytest.mark.parametrize("shipped", PROGRAMMES.values(), ids=PROGRAMMES.keys())
def test_shipped_programme_is_complete(shipped):
    assert check_programme(shipped, TODAY) == ()


@pytest.mark.parametrize(
    ("call", "is_laxer"),
    [
        (counterpart("0.5"), False),
        (counterpart("0.6"), False),
        (counterpart("0.49"), True),
        (counterpart("1", Base.GRANT), True),
        (counterpart("100", Base.GRANT), True),
        (replace(CALL, counterpart=None), True),
        (counterpart("0.5", share_decimals=4), True),
        (counterpart("0.5", share_decimals=4, rounding=Rounding.HALF_EVEN), True),
        (counterpart("0.5", share_decimals=4, rounding=Rounding.DOWN), False),
        (counterpart("0.501", share_decimals=2, rounding=Rounding.DOWN), False),
        (counterpart("0.495", share_decimals=2), True),
        (counterpart("0.501", share_decimals=2), False),
    ],
)
def test_counterpart_below_the_programme_is_laxer(call, is_laxer):
    found = check_against(call, programme(clause(minimum_counterpart_share=HALF)), ZERO)
    assert codes(found) == (["laxer.counterpart"] if is_laxer else [])


def test_counterpart_of_the_grant_is_told_what_to_write_instead():
    """A proposal of 1,000,000 with a grant and a counterpart of 100,000 each has a counterpart of ten per cent."""
    (found,) = check_against(counterpart("1", Base.GRANT), programme(clause(minimum_counterpart_share=HALF)), ZERO)
    assert (found.clause, found.key) == ("4.2", "counterpart.of")
    assert found.message.endswith(
        "requires at least 0.5 of the proposal; the call has a share of the grant, whatever else pays for the "
        "proposal; write of: proposal"
    )


def test_counterpart_of_the_grant_keeps_to_a_programme_that_asks_for_none():
    assert check_against(counterpart("1", Base.GRANT), programme(clause(minimum_counterpart_share=ZERO)), ZERO) == ()
    assert check_against(counterpart("1", Base.GRANT), programme(clause(maximum_grant_share=HALF)), ZERO) == ()


def test_no_counterpart_is_needed_where_the_programme_asks_for_none():
    call = replace(CALL, counterpart=None)
    assert check_against(call, programme(clause(minimum_counterpart_share=ZERO)), ZERO) == ()


@pytest.mark.parametrize(("tolerance", "found"), [("0.01", []), ("0.02", ["laxer.tolerance"])])
def test_tolerance_beyond_a_minor_unit_is_laxer(tolerance, found):
    call = counterpart("0.5", tolerance_amount=Decimal(tolerance))
    assert codes(check_against(call, programme(clause(minimum_counterpart_share=HALF)), ZERO)) == found
    call = replace(CALL, grant=GrantLimits("4", maximum_share=HALF, tolerance_amount=Decimal(tolerance)))
    assert codes(check_against(call, programme(clause(maximum_grant_share=HALF)), ZERO)) == found


@pytest.mark.parametrize(
    ("limits", "grant", "found"),
    [
        ({"maximum_grant_share": HALF}, {"maximum_share": HALF}, []),
        ({"maximum_grant_share": HALF}, {"maximum_share": Decimal("0.51")}, ["laxer.grant_share"]),
        ({"maximum_grant_share": HALF}, {}, ["laxer.grant_share"]),
        ({"maximum_grant_amount": Decimal(100)}, {"maximum_amount": Decimal(100)}, []),
        ({"maximum_grant_amount": Decimal(100)}, {"maximum_amount": Decimal("100.01")}, ["laxer.grant_amount"]),
        ({"maximum_grant_amount": Decimal(100)}, {}, ["laxer.grant_amount"]),
    ],
)
def test_grant_above_the_programme_is_laxer(limits, grant, found):
    call = replace(CALL, grant=GrantLimits("4", **grant))
    assert codes(check_against(call, programme(clause(**limits)), ZERO)) == found


def test_heading_that_the_rubric_lacks_is_laxer():
    found = check_against(CALL, programme(clause("5.1", selection_headings=("proposal", "beauty"))), ZERO)
    assert [(mistake.code, mistake.clause) for mistake in found] == [("laxer.selection_heading", "5.1")]


def test_source_made_eligible_is_laxer():
    refused = clause(ineligible_sources=(FundingSource.BANK_LOAN,))
    assert codes(check_against(counterpart("0.5"), programme(refused), ZERO)) == ["laxer.ineligible_source"]
    stricter = counterpart("0.5", ineligible_sources=tuple(FundingSource))
    assert check_against(stricter, programme(refused), ZERO) == ()


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (SubsidyType.MATCHING_GRANT, []),
        (SubsidyType.VOUCHER, []),
        (SubsidyType.GRANT, [("laxer.subsidy_type", "4.5")]),
    ],
)
def test_kind_of_subsidy_that_the_programme_does_not_list_is_laxer(kind, found):
    listed = clause("4.5", subsidy_types=(SubsidyType.MATCHING_GRANT, SubsidyType.VOUCHER))
    mistakes = check_against(replace(CALL, subsidy_type=kind), programme(listed), ZERO)
    assert [(mistake.code, mistake.clause) for mistake in mistakes] == found


STAFF, TRAVEL, WORKS = CostCategory.STAFF, CostCategory.TRAVEL, CostCategory.WORKS


@pytest.mark.parametrize(
    ("costs", "seen"),
    [
        (EligibleCosts("3.9", (TRAVEL, STAFF)), None),
        (EligibleCosts("3.9", (STAFF,)), None),
        (EligibleCosts("3.9", (STAFF, WORKS)), "also: works"),
        (None, "no eligible costs, which allows all"),
    ],
)
def test_costs_beyond_those_of_the_programme_are_laxer(costs, seen):
    listed = clause("6.1", eligible_costs=(STAFF, TRAVEL))
    mistakes = check_against(replace(CALL, eligible_costs=costs), programme(listed), ZERO)
    found = [(mistake.code, mistake.clause, mistake.values["seen"]) for mistake in mistakes]
    assert found == ([("laxer.eligible_costs", "6.1", seen)] if seen else [])


def test_call_may_limit_costs_and_choose_its_subsidy_where_the_programme_does_not():
    for costs in (None, EligibleCosts("3.9", (WORKS,))):
        assert check_against(replace(CALL, eligible_costs=costs), programme(), ZERO) == ()


def test_costs_are_compared_with_the_clause_in_force_when_the_call_opens():
    narrow = clause("6.1", eligible_costs=(STAFF,))
    wide = clause("6.1", CALL.window.opens_at.date(), eligible_costs=(STAFF, WORKS))
    call = replace(CALL, eligible_costs=EligibleCosts("3.9", (WORKS,)))
    assert check_against(call, programme(narrow, wide), ZERO) == ()
    assert codes(check_against(call, programme(narrow), ZERO)) == ["laxer.eligible_costs"]


def test_laxer_call_is_told_clause_date_and_both_values():
    assert check_against(counterpart("0.4"), programme(clause(minimum_counterpart_share=Decimal("0.50"))), ZERO) == (
        DefinitionMistake(
            "laxer.counterpart",
            "counterpart.minimum_share: operating criterion 4.2 (in force from 2025-01-01) requires at least 0.5 of the"
            " proposal; the call has 0.4 of the proposal",
            "4.2",
            "counterpart.minimum_share",
            {
                "key": "counterpart.minimum_share",
                "required": "at least 0.5 of the proposal",
                "seen": "0.4 of the proposal",
                "in_force_from": "2025-01-01",
            },
        ),
    )


def test_clauses_in_force_are_those_of_the_day_the_call_opens():
    opening = CALL.window.opens_at.date()
    old = clause(minimum_counterpart_share=Decimal("0.6"))
    new = clause(in_force_from=opening, minimum_counterpart_share=HALF)
    future = clause(in_force_from=date(2026, 1, 13), minimum_counterpart_share=Decimal("0.9"))
    other = clause("4.9", maximum_grant_share=HALF)
    assert in_force(programme(new, old, future, other), opening) == (new, other)
    assert check_against(counterpart("0.5"), programme(future, new, old), ZERO) == ()


def test_open_calls_may_not_exceed_the_envelope_of_the_programme():
    left = PROGRAMME.envelope_amount - CALL.envelope_amount
    assert check_against(CALL, programme(), left) == ()
    found = check_against(CALL, programme(), left + Decimal("0.01"))
    assert codes(found) == ["envelope.exceeds_programme"]
    assert found[0].values["left_amount"] == f"{CALL.envelope_amount - Decimal('0.01'):.2f}"


def test_call_of_another_programme_or_currency_is_refused():
    call = replace(CALL, programme="other", currency="HNL")
    assert codes(check_against(call, programme(), ZERO)) == ["call.other_programme", "call.other_currency"]


def test_call_check_lists_contradictions_and_laxness_together():
    call = replace(counterpart("0.4"), weekend=("domingo",))
    found = check_call(call, programme(clause(minimum_counterpart_share=HALF)), ZERO)
    assert codes(found) == ["calendar.unknown_weekday", "laxer.counterpart"]


ENTITY = PROGRAMME.tiers[Tier.COORDINATION]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tiers": {tier: PROGRAMME.tiers[tier] for tier in (Tier.MANAGEMENT, Tier.COORDINATION)}}, "tier.absent"),
        (
            {
                "tiers": {tier: PROGRAMME.tiers[tier] for tier in (Tier.MANAGEMENT, Tier.COORDINATION)},
                "stands_in": {Tier.IMPLEMENTATION: Tier.SERVICE_PROVIDER},
            },
            "tier.unknown_stand_in",
        ),
        ({"stands_in": {Tier.COORDINATION: Tier.MANAGEMENT}}, "tier.needless_stand_in"),
        ({"tiers": {**PROGRAMME.tiers, "oversight": DesignatedEntity("x", START, {})}}, "tier.unknown"),
        (
            {
                "tiers": {
                    **PROGRAMME.tiers,
                    Tier.COORDINATION: replace(ENTITY, evidence={**ENTITY.evidence, "beauty": "x"}),
                }
            },
            "tier.unknown_quality",
        ),
        (
            {
                "tiers": {
                    **PROGRAMME.tiers,
                    Tier.COORDINATION: replace(ENTITY, evidence={**ENTITY.evidence, "contacts_with_enterprises": " "}),
                }
            },
            "tier.quality_without_evidence",
        ),
        ({"operating_criteria": (clause(),)}, "clause.limits"),
        (
            {"operating_criteria": (clause(maximum_grant_share=HALF, maximum_grant_amount=ONE),)},
            "clause.limits",
        ),
        ({"operating_criteria": (clause(maximum_grant_amount=Decimal("0.001")),)}, "amount.unfit"),
        ({"operating_criteria": (clause(maximum_grant_share=HALF),) * 2}, "clause.not_unique"),
        ({"sources": ()}, "programme.no_source"),
        ({"sources": (Source(MoneySource.LOAN, "Bank", ZERO),)}, "programme.empty_source"),
        ({"sources": (Source(MoneySource.LOAN, "Bank", Decimal("1.001")),)}, "amount.unfit"),
        (
            {"tiers": {**PROGRAMME.tiers, Tier.COORDINATION: replace(ENTITY, designated_on=date(2026, 1, 13))}},
            "programme.date_to_come",
        ),
        ({"reviews": (Review(START, "first", date(2026, 1, 13), "good"),)}, "programme.date_to_come"),
        ({"title": {"en": " "}}, "text.language"),
        ({"title": {"fr": "Fonds", "en": "Fund"}}, "text.language"),
    ],
)
def test_incomplete_programme_is_told(changes, code):
    assert codes(check_programme(replace(PROGRAMME, **changes), TODAY)) == [code]


def test_programme_of_one_tier_says_who_stands_in():
    alone = {Tier.IMPLEMENTATION: PROGRAMME.tiers[Tier.IMPLEMENTATION]}
    stands_in = {Tier.MANAGEMENT: Tier.IMPLEMENTATION, Tier.COORDINATION: Tier.IMPLEMENTATION}
    assert check_programme(replace(PROGRAMME, tiers=alone, stands_in=stands_in), TODAY) == ()


@pytest.mark.parametrize(
    ("territories", "expected"),
    [
        ({}, []),
        ({"HN": "Honduras", "HN-FM": "Francisco Morazán", "HN-FM-0801": "Tegucigalpa"}, []),
        ({"HN": "Honduras", "HN-FM-0801": "Tegucigalpa"}, ["territory.no_parent"]),
        ({"HN-FM": "Francisco Morazán"}, ["territory.no_parent"]),
        ({"Honduras": "Honduras"}, ["territory.not_a_code"]),
        ({"HN": " "}, ["territory.no_name"]),
    ],
)
def test_territories_are_a_hierarchy_of_codes_with_names(territories, expected):
    assert codes(check_programme(replace(PROGRAMME, territories=territories), TODAY)) == expected


SUPPORT = read_file(WORKFLOWS / "calls" / "preparation-support.yaml", Call)


def closing(day):
    """The support call, its window closing on a day at noon."""
    closes_at = datetime.combine(day, SUPPORT.window.closes_at.time())
    return replace(SUPPORT, window=replace(SUPPORT.window, closes_at=closes_at))


def per_locality(maximum):
    return replace(SUPPORT, allocation=replace(SUPPORT.allocation, maximum_awards_per_locality=maximum))


def beginning(day, years):
    fund = PROGRAMMES[SUPPORT.programme]
    return replace(fund, begins_on=day, operating_criteria=(clause(support_first_years=years),))


@pytest.mark.parametrize(
    ("begins_on", "last_day"),
    [
        (date(2026, 1, 1), date(2028, 12, 31)),
        (date(2026, 7, 15), date(2029, 7, 14)),
        (date(2024, 2, 29), date(2027, 2, 28)),
        (date(2025, 3, 1), date(2028, 2, 29)),
    ],
)
def test_support_closes_within_the_first_years_of_its_programme(begins_on, last_day):
    fund = beginning(begins_on, 3)
    assert check_against(closing(last_day), fund, ZERO) == ()
    [mistake] = check_against(closing(last_day + timedelta(days=1)), fund, ZERO)
    assert (mistake.code, mistake.key) == ("laxer.support_first_years", "window.closes_at")
    assert mistake.clause == "4.2"


@pytest.mark.parametrize(("maximum", "expected"), [(1, []), (2, []), (3, ["laxer.support_per_locality"])])
def test_support_is_given_no_more_often_than_the_programme_says(maximum, expected):
    fund = replace(PROGRAMMES[SUPPORT.programme], operating_criteria=(clause(support_awards_per_locality=2),))
    assert codes(check_against(per_locality(maximum), fund, ZERO)) == expected


def test_support_without_a_maximum_is_laxer():
    fund = replace(PROGRAMMES[SUPPORT.programme], operating_criteria=(clause(support_awards_per_locality=2),))
    [mistake] = check_against(per_locality(None), fund, ZERO)
    assert mistake.message.endswith("requires at most 2 for each locality; the call has no maximum")


def test_what_is_said_of_support_binds_no_other_call():
    limits = (clause(support_awards_per_locality=1), clause("4.3", support_first_years=1))
    fund = replace(PROGRAMME, begins_on=date(2010, 1, 1), operating_criteria=limits)
    assert check_against(CALL, fund, ZERO) == ()


def test_first_years_are_counted_from_a_day_that_the_programme_names():
    fund = replace(PROGRAMME, operating_criteria=(clause(support_first_years=3),))
    assert codes(check_programme(fund, TODAY)) == ["programme.no_beginning"]
    assert check_programme(replace(fund, begins_on=START), TODAY) == ()
