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
        "Kind": "-",
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


def test_service_provider_is_added_with_a_number_of_its_own(received: Desk) -> None:
    words = ("party", "add", "Asesores", "--kind", "service_provider", "--tax-number", "0801", "--tax-country", "HN")
    assert received.do(*words, "--json", by="olga").json["party"] == "E-000007"
    shown = fields(received.do("party", "show", "E-000007").out)
    assert (shown["Kind"], shown["Name"], shown["Tax number"]) == ("service provider", "Asesores", "HN 0801")
    assert received.type(*words, by="olga").code == 3


def test_facts_of_a_party_are_corrected(received: Desk) -> None:
    words = ("party", "correct", "E-000001", "--reason", "the register", "--size-class", "micro")
    answer = received.do(*words, "--priority-groups", "women_led, youth_led", "--sector", "", by="olga")
    assert "Corrected size class, sector, priority groups of E-000001: the register" in answer.out
    assert "pipgrants screen CALL --as OFFICER" in answer.out
    shown = fields(received.do("party", "show", "E-000001").out)
    assert (shown["Size"], shown["Priority groups"], shown["Sector (ISIC)"]) == ("micro", "women led, youth led", "-")
    assert received.type("party", "correct", "E-000001", "--reason", "x", "--size-class", "huge", by="olga").code == 2


def test_who_took_a_form_is_redacted_by_address(open_desk: Desk, tmp_path: Path) -> None:
    taken = ("proposal", "template", CALL, "--out", str(tmp_path / "form.xlsx"))
    open_desk.do(*taken, "--name", "Ana Paz", "--email", "ana@correo.example", by="olga")
    words = ("party", "redact", "ana@correo.example", "--reason", "asked for it")
    assert open_desk.type(*words, by="iris").code == 4
    open_desk.do(*words, by="olga", answers="y\n")
    assert open_desk.type(*words, by="olga").code == 6


def test_party_is_corrected_and_its_letters_that_have_not_arrived_are_named(received: Desk) -> None:
    address = ("--postal-address", "Barrio Abajo 14\nComayagua")
    words = ("party", "correct", "E-000001", "--email", "", *address, "--language", "en", "--reason", "told by phone")
    assert received.type(*words, by="iris").code == 4
    assert received.try_out(*words).json["fields"] == ["language", "email", "postal_address"]
    answer = received.do(*words, by="olga")
    assert answer.out.splitlines()[2:] == [
        "Corrected language, email, postal address of E-000001: told by phone",
        "",
        "Letters in another language from now on",
        "  PIP1-000001",
        "",
        "Have not arrived, and say what was on record before",
        "  L-000001",
        "",
        "Next:",
        "  pipgrants letters correct NUMBER --reason TEXT",
    ]
    shown = received.do("party", "show", "E-000001", "--json").json
    assert (shown["email"], shown["postal_address"]) == (None, "Barrio Abajo 14\nComayagua")
    received.do("letters", "correct", "L-000001", "--reason", "its address", by="olga")
    assert "Comayagua" in received.do("letters", "preview", "PIP1-000001").out


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ((), 2, "nothing is given to be corrected"),
        (("--email", "taller"), 2, "'taller' is no e-mail address"),
        (("--email", "a1-1@example.org"), 3, "E-000001 has that on record already"),
    ],
)
def test_correction_of_nothing_is_refused(received: Desk, given: tuple[str, ...], code: int, said: str) -> None:
    answer = received.type("party", "correct", "E-000001", *given, "--reason", "told by phone", by="olga")
    assert (answer.code, said in " ".join(answer.err.split())) == (code, True)


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


def test_row_errors_of_an_exclusion_list_speak_the_language_asked_for(open_desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "excluded.csv"
    path.write_text("name,reason,until_on\nNadie,Fraude,31/12/2027\n", encoding="utf-8")
    lines = open_desk.type("party", "exclude", str(path), "--language", "es", by="olga").err.splitlines()
    assert lines[0] == "Error: excluded.csv tiene 1 problema; no se guardó nada:"
    assert lines[1].startswith("  excluded.csv, fila 2, columna until_on: se espera una fecha")
    assert lines[-1] == "  Siguiente paso: corrija las filas indicadas y entregue el archivo de nuevo"
