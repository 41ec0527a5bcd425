"""The money of a project: what its budget, its payments and its movements come to, wherever they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipgrants.domain.accounts import Accounts, Movement, accounts_of
from pipgrants.domain.call import Call
from pipgrants.domain.cofinancing import contributed
from pipgrants.domain.counterpart import Contribution
from pipgrants.domain.disbursement import Payable, Progress, payable
from pipgrants.domain.expenditure import Expenditure, moved_at_end, moved_by_disallowing, realised
from pipgrants.domain.plain import exact_sum, plain_amount
from pipgrants.domain.project import ProjectLine, Tranche, granted
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import Component, ContributionForm, CostCategory, FundingSource
from pipgrants.money import from_minor
from pipgrants.store.projects import ExpenditureRow, MoneyRows, ProjectLineRow, TrancheRow


@dataclass(frozen=True)
class ProjectMoney:
    """The budget and the tranches in force, the payments, and the accounts."""

    call: Call
    lines: tuple[ProjectLine, ...]
    tranches: tuple[Tranche, ...]
    spent: tuple[Expenditure, ...]
    accounts: Accounts

    @property
    def budget(self) -> list[BudgetLine]:
        """The lines without their numbers."""
        return [item.line for item in self.lines]

    @property
    def counterpart_amount(self) -> Decimal:
        """The counterpart agreed on."""
        return contributed(self.budget, self.call.counterpart)

    @property
    def realised(self) -> Contribution:
        """The counterpart realised, as far as it counts."""
        total = exact_sum(line.amount for line in self.budget)
        return realised(self.call.counterpart, self.spent, total, self.call.currency)

    def plain(self, amount: Decimal) -> str:
        """An amount as entries hold it."""
        return plain_amount(amount, self.call.currency)

    def payable(self, asked: Decimal) -> Payable:
        """What can be paid of an amount asked for."""
        progress = Progress(
            granted(self.budget),
            self.counterpart_amount,
            self.realised,
            self.accounts.held_amount,
            self.accounts.undisbursed_amount,
            self.tranches[0].amount,
        )
        return payable(self.call.implementation, progress, asked, self.call.currency)

    def moved_at_end(self) -> dict[Movement, Decimal]:
        """What is set free and what is claimed back where the project ends."""
        return moved_at_end(self.call.counterpart, self.spent, self.accounts, self.call.currency)

    def moved_by_disallowing(self, *, has_ended: bool) -> dict[Movement, Decimal]:
        """What is set free and what is claimed back by what counts now, while the project runs or once it ended."""
        if has_ended:
            return self.moved_at_end()
        return moved_by_disallowing(self.call.counterpart, self.budget, self.spent, self.accounts, self.call.currency)


def said_movements(count: int, moved: Mapping[Movement, Decimal], day: str, currency: str) -> dict[str, object]:
    """What an entry says of movements, where there are any; ``count`` were made before."""
    said = [
        [number, movement.value, plain_amount(amount, currency), day]
        for number, (movement, amount) in enumerate(moved.items(), count + 1)
    ]
    return {"movements": said} if said else {}


def money_of(call: Call, rows: MoneyRows) -> ProjectMoney:
    """The money of a project from its rows."""
    currency = call.currency
    return ProjectMoney(
        call,
        tuple(_line(row, currency) for row in rows.lines),
        tuple(_tranche(row, currency) for row in rows.tranches),
        tuple(_expenditure(row, currency) for row in rows.expenditures),
        accounts_of((Movement(row.kind), from_minor(row.amount_minor, currency)) for row in rows.movements),
    )


def _line(row: ProjectLineRow, currency: str) -> ProjectLine:
    line = BudgetLine(
        row.party,
        Component(row.component) if row.component else None,
        row.activity,
        CostCategory(row.cost_category) if row.cost_category else None,
        FundingSource(row.source),
        from_minor(row.amount_minor, currency),
    )
    return ProjectLine(row.number, line)


def _tranche(row: TrancheRow, currency: str) -> Tranche:
    return Tranche(row.number, row.milestone, date.fromisoformat(row.due_on), from_minor(row.amount_minor, currency))


def _expenditure(row: ExpenditureRow, currency: str) -> Expenditure:
    amount, disallowed = (from_minor(units, currency) for units in (row.amount_minor, row.disallowed_minor))
    source, form = FundingSource(row.source), ContributionForm(row.form)
    return Expenditure(row.number, row.line, source, amount, disallowed, form)
