"""``party``: shown, redacted for good, and debarred by a list."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Desk
from rounds import CALL, application, hash_of_tables


@pytest.fixture
def received(open_desk: Desk, form: Callable[..., Path]) -> Desk:
    """A round that received one application of six parties."""
    open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
    return open_desk


def fields(text: str) -> dict[str, str]:
    """The fields of an answer by their names."""
    pairs = (line.strip().split("  ", 1) for line in text.splitlines() if "  " in line.strip())
    return {name: value.strip() for name, value in pairs}


def test_everything_on_record_of_a_party_is_shown(received: Desk) -> None:
    assert fields(received.do("party", "show", "E-000001").out) == {
        "Number": "E-000001",
        "Name": "Taller A1-1",
        "Tax number": "HN A1-1",
        "Country": "-",
        "Legal form": "-",
        "Size": "small",
        "Sector (ISIC)": "1391",
        "Territory": "HN-FM",
        "Language": "es",
        "E-mail": "a1-1@example.org",
        "Postal address": "Calle 1, Tegucigalpa",
        "Priority groups": "-",
        "Agreed to give data on": "2026-01-10",
        "Redacted at": "-",
    }


def test_parties_are_listed_in_the_order_of_their_numbers(received: Desk) -> None:
    assert received.do("party", "redact", "E-000002", "--reason", "asked for it", "--yes", by="olga")
    rows = [line.split("  ")[:2] for line in received.do("party", "list").out.splitlines() if "E-00" in line]
    assert rows == [[f"E-00000{place}", "(redacted)" if place == 2 else f"Taller A1-{place}"] for place in range(1, 7)]


def test_who_took_a_form_is_redacted_by_address(open_desk: Desk, tmp_path: Path) -> None:
    taken = ("proposal", "template", CALL, "--out", str(tmp_path / "form.xlsx"))
    open_desk.do(*taken, "--name", "Ana Paz", "--email", "ana@correo.example", by="olga")
    words = ("party", "redact", "ana@correo.example", "--reason", "asked for it")
    assert open_desk.type(*words, by="iris").code == 4
    open_desk.do(*words, by="olga", answers="y\n")
    assert open_desk.type(*words, by="olga").code == 6


def test_redacted_party_leaves_no_name(open_desk: Desk, form: Callable[..., Path]) -> None:
    open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
    words = ("party", "redact", "E-000001", "--reason", "asked for it")
    before = hash_of_tables(open_desk.folder)
    assert open_desk.type(*words, by="olga", answers="\n").code == 8
    open_desk.do(*words, "--dry-run", by="olga")
    assert hash_of_tables(open_desk.folder) == before
    open_desk.do(*words, "--yes", by="olga")
    for shown in (["party", "show", "E-000001"], ["party", "list"], ["proposal", "show", "PIP1-000001"]):
        assert "Taller A1-1" not in open_desk.do(*shown, "--json").out.replace('"issuer": "Taller A1-1"', "")


def test_exclusion_list_is_imported(open_desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "excluded.csv"
    path.write_text("name,tax_country,tax_number,reason,until_on\nTaller A1-1,,,fraud,2030-01-01\n")
    assert open_desk.do("party", "exclude", str(path), "--json", by="olga").json["count"] == 1


def test_bad_exclusion_list_is_refused(open_desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "excluded.csv"
    path.write_text("name,tax_country,tax_number,reason,until_on\n,,,fraud,soon\n")
    assert open_desk.type("party", "exclude", str(path), by="olga").code == 3
