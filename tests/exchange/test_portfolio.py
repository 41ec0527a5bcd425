"""Portfolios are read with what is stated and what is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from conftest import PROJECT
from pipgrants.domain.monitoring.portfolio import Implementation, Instrument, portfolio_by, total_amount
from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.portfolio import read_portfolio

SHIPPED = PROJECT / "examples" / "idb_pip_portfolio" / "operations.csv"


def test_shipped_portfolio_is_that_of_annex_1() -> None:
    found = read_portfolio(SHIPPED)
    assert {group.name: (group.operations_count, group.amount) for group in portfolio_by(found, "instrument")} == {
        "innovation_loan": (3, Decimal(21_800_000)),
        "policy_reform_loan": (2, Decimal(387_000_000)),
        "specific_loan": (2, Decimal(59_600_000)),
        "mif_grant": (11, Decimal(17_500_000)),
        "sep": (10, Decimal(10_382_200)),
        "all": (28, Decimal(496_282_200)),
    }


def test_blank_is_not_stated_and_zero_is_zero() -> None:
    found = {item.project: item for item in read_portfolio(SHIPPED)}
    cocoa, reform = found["Small cocoa producers of the Paria peninsula"], found["Competitiveness reform program"]
    assert (cocoa.loan_amount, reform.loan_amount) == (Decimal(0), None)
    assert (cocoa.instrument, cocoa.implementation) == (Instrument.SEP, Implementation.DIRECT)


def test_parts_of_an_operation_add_up_to_it() -> None:
    stated = [item for item in read_portfolio(SHIPPED) if item.technical_cooperation_amount is not None]
    parts = sum((item.loan_amount or 0) + (item.technical_cooperation_amount or 0) for item in stated)
    assert parts == total_amount(stated)


def test_shipped_portfolio_is_the_one_on_record(shared_data: Path) -> None:
    assert SHIPPED.read_bytes() == (shared_data / "idb_pip_portfolio.csv").read_bytes()


def test_mistakes_are_located(tmp_path: Path) -> None:
    head = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    rows = ["loan,,PE,x,1,,,,36,2003,,y,PE,tiered", "sep,,XX,x,,,,,36,03,,y,PE,direct"]
    (tmp_path / "list.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError) as refused:
        read_portfolio(tmp_path / "list.csv")
    assert [(item.line, item.field, item.code) for item in refused.value.problems] == [
        (2, "instrument", "import.unknown_word"),
        (3, "amount_usd", "import.required"),
        (3, "year_approved", "import.not_a_year"),
        (3, "country", "import.not_a_country"),
    ]
