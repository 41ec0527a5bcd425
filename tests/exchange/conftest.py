"""Fixtures of the exchange tests: wording as shipped, and files written as people send them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from pipgrants.errors import Problem
from pipgrants.exchange.applications import ImportResult, read_applications
from pipgrants.exchange.fields import FORM, names

PROJECT = Path(__file__).resolve().parents[2]

Sheets = Mapping[str, Sequence[Mapping[str, Any]]]

ONE_APPLICATION: dict[str, list[dict[str, Any]]] = {
    "proposals": [{"reference": "A-1", "title": "Highland coffee", "total_amount": "1000", "grant_amount": "500"}],
    "members": [
        {"reference": "A-1", "member": "1", "name": "Coop. San Juan", "is_lead": "yes", "member_type": "enterprise"},
        {"reference": "A-1", "member": "2", "name": "Universidad Zamorano", "is_lead": "no"},
    ],
    "budget": [
        {"reference": "A-1", "member": "1", "source": "grant", "amount": "500"},
        {"reference": "A-1", "member": "1", "source": "own_funds", "amount": "500"},
    ],
    "counterpart": [
        {"reference": "A-1", "member": "1", "form": "cash", "source": "own_funds", "amount": "500", "evidence": "L1"}
    ],
    "evidence": [{"reference": "A-1", "evidence": "L1", "kind": "commitment_letter", "issuer": "Coop. San Juan"}],
}


@pytest.fixture(scope="session")
def wording_sources() -> dict[str, str]:
    folder = PROJECT / "templates" / "wording"
    return {f"wording/{file.name}": file.read_text(encoding="utf-8") for file in folder.glob("*.yaml")}


@pytest.fixture(scope="session")
def mappings() -> Path:
    return PROJECT / "workflows" / "mappings"


@pytest.fixture
def import_form() -> Callable[[Path], ImportResult]:
    return lambda path: read_applications(path, currency="USD", time_zone="America/Tegucigalpa")


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[Sheets], Path]:
    """Write the sheets as a workbook whose columns are those of the form."""

    def write(sheets: Sheets, name: str = "form.xlsx") -> Path:
        book = Workbook()
        book.remove(book.worksheets[0])
        for sheet, rows in sheets.items():
            page = book.create_sheet(sheet.capitalize())
            columns = names(FORM[sheet])
            page.append(columns)
            for row in rows:
                page.append([row.get(column) for column in columns])
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def document(tmp_path: Path) -> Callable[[Sheets], Path]:
    """Write the sheets of one application as a JSON document."""

    def write(sheets: Sheets) -> Path:
        lists = {sheet: list(rows) for sheet, rows in sheets.items() if sheet != "proposals"}
        path = tmp_path / "form.json"
        path.write_text(json.dumps([{**row, **lists} for row in sheets["proposals"]]), encoding="utf-8")
        return path

    return write


@pytest.fixture
def changed() -> Callable[..., dict[str, list[dict[str, Any]]]]:
    """One sound application, with some cells of one row of a sheet written otherwise."""

    def change(sheet: str = "proposals", row: int = 0, **cells: object) -> dict[str, list[dict[str, Any]]]:
        copy = {name: [dict(record) for record in rows] for name, rows in ONE_APPLICATION.items()}
        copy[sheet][row].update(cells)
        return copy

    return change


@pytest.fixture
def seen() -> Callable[[Sequence[Problem]], list[tuple[int | None, str, str]]]:
    """Row, field and code of each problem."""
    return lambda problems: [(problem.line, problem.field, problem.code) for problem in problems]
