"""Launch validation: when it is mandatory, what it makes of a budget, and what is wrong with one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipgrants.domain.call import CounterpartRule
from pipgrants.domain.cofinancing import contributed
from pipgrants.domain.launch_validation import due_after, is_mandatory, validated_budget, validation_mistakes
from pipgrants.domain.project import (
    BudgetItem,
    ComponentDecision,
    LaunchValidation,
    ProjectLine,
    Tranche,
    TrancheTerms,
    granted,
)
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import Component, ComponentChange, FundingSource

GRANT, OWN = FundingSource.GRANT, FundingSource.OWN_FUNDS
COOPERATION, MARKETS, TECHNOLOGY = Component.COOPERATION, Component.MARKETS, Component.TECHNOLOGY_AND_SERVICES
LINES = (
    ProjectLine(1, BudgetLine(None, COOPERATION, "", None, GRANT, Decimal(60))),
    ProjectLine(2, BudgetLine(None, COOPERATION, "", None, OWN, Decimal(60))),
    ProjectLine(3, BudgetLine(None, MARKETS, "", None, GRANT, Decimal(40))),
    ProjectLine(4, BudgetLine(None, MARKETS, "", None, OWN, Decimal(40))),
)
TRANCHES = (Tranche(1, "Firma", date(2026, 9, 1), Decimal(100)),)
FIRMS = ("E-1", "E-2", "E-3")
HALF = CounterpartRule(clause="4.2", minimum_share=Decimal("0.5"))


def items(grant: str, own: str) -> tuple[BudgetItem, ...]:
    return tuple(BudgetItem(source, Decimal(amount)) for source, amount in ((GRANT, grant), (OWN, own)))


def decision(component: Component, change: str, *budget: BudgetItem) -> ComponentDecision:
    return ComponentDecision(component, ComponentChange(change), "", budget)


def validation(*decisions: ComponentDecision, **more: Any) -> LaunchValidation:
    made = LaunchValidation(date(2026, 8, 20), "Acta 3", ("E-1", "E-2"), decisions, ("E-3",))
    return replace(made, **more)


KEEPING = (decision(COOPERATION, "kept"), decision(MARKETS, "kept"))


def mistakes(given: LaunchValidation, award: str = "100") -> list[tuple[str, str]]:
    found = validation_mistakes(given, LINES, TRANCHES, FIRMS, Decimal(award), HALF, "USD")
    return [(mistake.code, mistake.key) for mistake in found]


@pytest.mark.parametrize(
    ("design_on", "due"),
    [
        (date(2025, 11, 3), date(2026, 11, 3)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 12, 31), date(2026, 12, 31)),
    ],
)
def test_a_design_is_fresh_for_a_year(design_on: date, due: date) -> None:
    assert due_after(design_on, 12) == due
    assert (is_mandatory(design_on, due, 12), is_mandatory(design_on, date.fromordinal(due.toordinal() + 1), 12)) == (
        False,
        True,
    )


def test_months_end_with_their_last_day() -> None:
    assert (due_after(date(2026, 8, 31), 6), due_after(date(2026, 8, 31), 0)) == (date(2027, 2, 28), date(2026, 8, 31))


def test_a_project_designed_nobody_knows_when_must_be_validated() -> None:
    assert is_mandatory(None, date(2026, 1, 1), 12)


def test_a_budget_that_is_kept_is_the_same() -> None:
    assert validated_budget(LINES, validation(*KEEPING)) == LINES
    assert mistakes(validation(*KEEPING)) == []


def test_lines_that_are_written_have_numbers_of_their_own() -> None:
    given = validation(
        decision(COOPERATION, "scaled_down", *items("30", "30")),
        decision(MARKETS, "abandoned"),
        decision(TECHNOLOGY, "added", *items("20", "25")),
        tranches=(TrancheTerms("Firma", date(2026, 9, 1), Decimal(50)),),
    )
    found = validated_budget(LINES, given)
    assert [(item.number, item.line.component, item.line.amount) for item in found] == [
        (5, COOPERATION, 30),
        (6, COOPERATION, 30),
        (7, TECHNOLOGY, 20),
        (8, TECHNOLOGY, 25),
    ]
    lines = [item.line for item in found]
    assert (granted(lines), contributed(lines, None)) == (50, 55)
    assert mistakes(given) == []


def test_a_line_of_no_component_stays() -> None:
    line = ProjectLine(5, BudgetLine(None, None, "", None, OWN, Decimal(5)))
    assert validated_budget((line,), validation(decision(MARKETS, "abandoned"))) == (line,)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (validation(KEEPING[0]), [("validation.component_missing", "components")]),
        (validation(*KEEPING, KEEPING[1]), [("validation.component_twice", "components.3")]),
        (
            validation(*KEEPING, decision(TECHNOLOGY, "kept")),
            [("validation.component_added", "components.3")],
        ),
        (
            validation(KEEPING[0], decision(MARKETS, "added", *items("40", "40"))),
            [("validation.component_added", "components.2")],
        ),
        (
            validation(KEEPING[0], decision(MARKETS, "kept", *items("40", "40"))),
            [("validation.budget", "components.2.budget")],
        ),
        (
            validation(KEEPING[0], decision(MARKETS, "updated", *items("40", "41"))),
            [("validation.budget", "components.2.budget")],
        ),
        (
            validation(KEEPING[0], decision(MARKETS, "scaled_up", *items("40", "40"))),
            [("validation.budget", "components.2.budget")],
        ),
        (
            validation(KEEPING[0], decision(MARKETS, "scaled_up", *items("41", "41"))),
            [("validation.above_award", "components"), ("agreement.other_tranches", "tranches")],
        ),
        (
            validation(KEEPING[0], decision(MARKETS, "scaled_down", *items("40", "39"))),
            [("validation.counterpart", "components")],
        ),
        (
            validation(KEEPING[0], decision(MARKETS, "scaled_down", *items("30", "40"))),
            [("agreement.other_tranches", "tranches")],
        ),
        (validation(*KEEPING, agreed_by=("E-1", "E-2", "E-9")), [("validation.unknown_firm", "agreed_by")]),
        (validation(*KEEPING, agreed_by=("E-1",)), [("validation.firm_missing", "agreed_by")]),
        (validation(*KEEPING, agreed_by=FIRMS), [("validation.firm_twice", "left")]),
        (
            validation(KEEPING[0], decision(MARKETS, "updated", *items("40.001", "39.999"))),
            [
                ("amount.unfit", "budget"),
                ("amount.unfit", "budget"),
                ("validation.above_award", "components"),
                ("validation.counterpart", "components"),
                ("agreement.other_tranches", "tranches"),
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(given: LaunchValidation, found: list[tuple[str, str]]) -> None:
    assert mistakes(given) == found
