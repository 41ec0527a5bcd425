"""What is written is read back equal, in every format, and no text becomes a formula."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from pipgrants.domain import vocabulary as words
from pipgrants.domain.application import Application, ApplicationMember, PartyDetails
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
from pipgrants.errors import RefusedError, UsageError
from pipgrants.exchange.applications import read_applications
from pipgrants.exchange.export import write_applications
from pipgrants.exchange.tabular import escaped, unescaped
from pipgrants.scalars import unfit_character

CHARACTERS = st.characters(exclude_categories=("Cs", "Cc")).filter(lambda character: not unfit_character(character))
"""What no value may hold is refused, see test_tabular."""
texts = st.text(CHARACTERS, min_size=1, max_size=20).map(str.strip).filter(bool)
formulas = st.sampled_from(
    ["=1+1", "+54 11 4000", "-", "@SUM(A1)", "'=x", "''-", "=cmd|' /C calc'!A0", "#N/A", "[Title]"]
)
lines = st.one_of(texts, formulas, st.just("two\nlines"))
optional = st.none() | lines
cents = st.integers(0, 10**17)
amounts = cents.map(lambda units: Decimal(units).scaleb(-2))
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)
days = st.dates(date(1800, 1, 1), date(2200, 12, 31))
countries = st.sampled_from(["HN", "CO", "DK"])
sectors = st.sampled_from([None, "A", "01", "107", "1079"])


def some(enumeration):
    return st.none() | st.sampled_from(enumeration)


@st.composite
def parties(draw, name: str) -> PartyDetails:
    tax_number = draw(optional)
    return PartyDetails(
        name=name,
        tax_number=tax_number,
        tax_country=draw(countries) if tax_number else None,
        country=draw(st.none() | countries),
        legal_form=draw(optional),
        size_class=draw(some(words.SizeClass)),
        sector=draw(sectors),
        territory=draw(optional),
        language=draw(some(words.Language)),
        email=draw(st.sampled_from([None, "a@example.org"])),
        postal_address=draw(optional),
        priority_groups=draw(st.frozensets(st.sampled_from(words.PriorityGroup), max_size=3)),
        data_consent_on=draw(st.none() | days),
    )


@st.composite
def applications(draw, reference: str) -> Application:
    keys = draw(st.lists(texts, min_size=1, max_size=3, unique=True))
    lead = draw(st.integers(0, len(keys) - 1))
    members = tuple(
        ApplicationMember(key, draw(parties(f"Entity {index}")), index == lead, draw(some(words.MemberType)))
        for index, key in enumerate(keys)
    )
    numbers_seen = [(m.details.tax_country, m.details.tax_number) for m in members if m.details.tax_number]
    if len(set(numbers_seen)) < len(numbers_seen):
        members = tuple(m._replace(details=m.details._replace(tax_number=None, tax_country=None)) for m in members)
    party = st.none() | st.sampled_from(keys)
    papers = draw(st.lists(texts, max_size=2, unique=True))
    budget = st.builds(
        BudgetLine,
        party,
        some(words.Component),
        st.just("") | lines,
        some(words.CostCategory),
        st.sampled_from(words.FundingSource),
        amounts,
    )
    counterpart = st.builds(
        CounterpartLine,
        party,
        st.sampled_from(words.ContributionForm),
        st.sampled_from(words.FundingSource),
        amounts,
        st.sampled_from([None, *papers]),
        optional,
        st.just("") | lines,
    )
    objective = st.builds(
        Objective, lines, lines, some(words.Horizon), st.none() | numbers, numbers, st.none() | st.integers(0, 99)
    )
    return Application(
        reference=reference,
        title=draw(lines),
        members=members,
        received_at=draw(st.none() | st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC))),
        language=draw(some(words.Language)),
        project_type=draw(some(words.ProjectType)),
        territory=draw(optional),
        sector=draw(sectors),
        design_on=draw(st.none() | days),
        duration_months=draw(st.none() | st.integers(0, 120)),
        total_amount=draw(st.none() | amounts),
        grant_amount=draw(st.none() | amounts),
        source_state=draw(optional),
        budget_lines=tuple(draw(st.lists(budget, max_size=3))),
        counterpart_lines=tuple(draw(st.lists(counterpart, max_size=3))),
        objectives=tuple(draw(st.lists(objective, max_size=2))),
        evidence=tuple(
            Evidence(
                paper,
                draw(st.sampled_from(words.EvidenceKind)),
                draw(lines),
                draw(st.none() | days),
                draw(st.none() | amounts),
                draw(optional),
                draw(st.sampled_from([None, "0123456789abcdef" * 4])),
            )
            for paper in papers
        ),
    )


@pytest.mark.parametrize("name", ["form.xlsx", "form.json", "folder"])
@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_back_equal(tmp_path: Path, name: str, data: st.DataObject) -> None:
    written = [data.draw(applications(reference)) for reference in ("A-1", "=A-2")]
    with TemporaryDirectory(dir=tmp_path) as folder:
        path = Path(folder) / name
        write_applications(written, path)
        result = read_applications(path, currency="USD", time_zone="America/Tegucigalpa")
    assert result.problems == ()
    assert [located.application for located in result.applications] == written


@pytest.mark.parametrize("name", ["form.xlsx", "form.json", "folder"])
def test_labels_stand_where_a_form_has_its_instructions(tmp_path: Path, name: str) -> None:
    made = Application("A-1", "t", (ApplicationMember("1", PartyDetails("Coop"), is_lead=True),))
    write_applications([made], tmp_path / name, ["SYNTHETIC", "=Trial"])
    if name == "folder":
        labels = (tmp_path / name / "instructions.txt").read_text(encoding="utf-8-sig").splitlines()
        assert labels == ["SYNTHETIC", "=Trial"]
    elif name == "form.json":
        assert json.loads((tmp_path / name).read_text(encoding="utf-8"))["instructions"] == ["SYNTHETIC", "=Trial"]
    else:
        sheet = load_workbook(tmp_path / name)["Instructions"]
        assert [(cell.value, cell.data_type) for [cell] in sheet.iter_rows()] == [("SYNTHETIC", "s"), ("'=Trial", "s")]
    result = read_applications(tmp_path / name, currency="USD", time_zone="America/Tegucigalpa")
    assert ([located.application for located in result.applications], result.problems) == ([made], ())


@given(st.text())
@example("'=x")
def test_escape_is_undone_exactly(text: str) -> None:
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_text_that_looks_like_a_formula_is_escaped_in_spreadsheets(tmp_path: Path, text: str) -> None:
    party = ApplicationMember("1", PartyDetails("Coop"), is_lead=True)
    application = Application("A-1", text, (party,))
    write_applications([application], tmp_path / "form.xlsx")
    write_applications([application], tmp_path / "folder")
    cell = load_workbook(tmp_path / "form.xlsx")["Proposals"]["B2"]
    written = str(cell.value).replace("\r", "\n")  # XML reads a bare line end as \n, but for the one that lxml escapes
    assert (cell.data_type, written) == ("s", f"'{text}".replace("\r", "\n"))
    with (tmp_path / "folder" / "proposals.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["title"] == f"'{text}"


def test_amounts_are_numbers_in_a_workbook_as_far_as_it_holds_them_exactly(tmp_path: Path) -> None:
    party = ApplicationMember("1", PartyDetails("Coop"), is_lead=True)
    amounts = {"total_amount": Decimal("1000000000000.01"), "grant_amount": Decimal("100000000000000.01")}
    write_applications([Application("A-1", "t", (party,), **amounts)], tmp_path / "form.xlsx")
    row = [cell.data_type for cell in load_workbook(tmp_path / "form.xlsx")["Proposals"][2]]
    assert row[8:10] == ["n", "s"]


@pytest.mark.parametrize("name", ["form.xlsx", "folder"])
def test_text_that_fits_no_cell_is_refused_rather_than_cut(tmp_path: Path, name: str) -> None:
    application = Application("A-1", "=" * 32_767, ())
    with pytest.raises(RefusedError, match="32767 characters"):
        write_applications([application], tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_other_kind_of_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"form\.pdf"):
        write_applications([], tmp_path / "form.pdf")
