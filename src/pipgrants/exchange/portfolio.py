"""Portfolios: the operations of a fund, one in a row, amounts in US dollars."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from pipgrants.domain.monitoring.portfolio import Implementation, Instrument, Operation
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import Field, Kind
from pipgrants.exchange.listed import read_list

_DOLLARS = Notation("USD", ZoneInfo("UTC"))

PORTFOLIO = (
    Field("instrument", Kind.WORD, required=True, words=Instrument),
    Field("code"),
    Field("country", Kind.COUNTRY),
    Field("project", required=True),
    Field("amount_usd", Kind.AMOUNT, required=True),
    Field("pip_budget_usd", Kind.AMOUNT),
    Field("loan_usd", Kind.AMOUNT),
    Field("technical_cooperation_usd", Kind.AMOUNT),
    Field("term_months", Kind.WHOLE_NUMBER),
    Field("year_approved", Kind.NUMBER, required=True),
    Field("sector"),
    Field("executing_agency", required=True),
    Field("executing_agency_country", Kind.COUNTRY),
    Field("implementation", Kind.WORD, required=True, words=Implementation),
)


def read_portfolio(path: Path) -> tuple[Operation, ...]:
    """The operations of a list with the columns of ``PORTFOLIO``; a blank is not stated.

    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read or has mistakes.
    """
    return read_list(path, PORTFOLIO, _DOLLARS, _operation)


def _operation(reader: RowReader) -> Operation:
    return Operation(
        instrument=reader.word("instrument", Instrument) or Instrument.SEP,
        project=reader.text("project") or "",
        amount=reader.amount("amount_usd") or Decimal(0),
        year_approved=reader.year("year_approved") or 0,
        executing_agency=reader.text("executing_agency") or "",
        implementation=reader.word("implementation", Implementation) or Implementation.DIRECT,
        code=reader.text("code"),
        country=reader.country("country"),
        pip_budget_amount=reader.amount("pip_budget_usd"),
        loan_amount=reader.amount("loan_usd"),
        technical_cooperation_amount=reader.amount("technical_cooperation_usd"),
        term_months=reader.whole_number("term_months"),
        sector=reader.text("sector"),
        executing_agency_country=reader.country("executing_agency_country"),
    )
