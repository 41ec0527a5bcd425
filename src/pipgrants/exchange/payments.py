"""Payments of a project: one row for each, for a line of its budget."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipgrants.domain.expenditure import Payment
from pipgrants.domain.vocabulary import ContributionForm
from pipgrants.errors import Problem
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import PAYMENTS
from pipgrants.exchange.files import open_table
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.exchange.sheets import data_rows


class PaymentsResult(NamedTuple):
    """The payments of a file with the place of each, and what is wrong with other rows."""

    payments: tuple[Payment, ...]
    places: tuple[Place, ...]
    problems: tuple[Problem, ...]


def read_payments(path: Path, currency: str) -> PaymentsResult:
    """The payments of a file with the columns line, paid_on, amount, document, description, form and contract.

    Raises ImportRefusedError where the file as a whole cannot be read, or holds no row.
    """
    log, notation = ProblemLog(path.name), Notation(currency, ZoneInfo("UTC"))
    payments, places = [], []
    with open_table(path, log.problem) as table:
        for row in data_rows(table, PAYMENTS):
            reader = RowReader(row, PAYMENTS, notation, log)
            payment = _payment(reader)
            if not reader.failed:
                payments.append(payment)
                places.append(row.place)
    if not payments and not log.problems():
        raise Place(path.name).refusal("import.no_payment")
    return PaymentsResult(tuple(payments), tuple(places), log.problems())


def _payment(reader: RowReader) -> Payment:
    amount = reader.amount("amount")
    if amount == 0:
        reader.problem("amount", "import.nothing_paid")
    return Payment(
        line=reader.whole_number("line") or 0,
        paid_on=reader.date("paid_on") or date.min,
        amount=amount or Decimal(0),
        document=reader.text("document") or "",
        description=reader.text("description") or "",
        form=reader.word("form", ContributionForm) or ContributionForm.CASH,
        contract=reader.whole_number("contract"),
    )
