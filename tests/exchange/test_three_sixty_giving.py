"""360Giving data: the schema's form, exact amounts, columns that bear its titles, and texts that are no formulas."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipgrants.domain.countries import COUNTRIES
from pipgrants.errors import RefusedError
from pipgrants.exchange.three_sixty_giving import (
    NO_COUNTRY_CODES,
    NO_CURRENCY_CODES,
    TITLES,
    grants_csv,
    grants_json,
)
from pipgrants.money import CURRENCIES
from published import BARE, CALL, CARRIED_OUT, LABEL, award, record, released
from standards import mistakes_of_360giving, titles_of_360giving


def package(**more: Any) -> dict[str, Any]:
    return json.loads(grants_json(record(**more)))


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_package_keeps_to_the_schema(shared_data: Path) -> None:
    assert mistakes_of_360giving(shared_data / "standards", grants_json(record())) == []


BREAKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no grants": lambda found: found["grants"].clear(),
    "twice the same grant": lambda found: found["grants"].append(found["grants"][0]),
    "no recipient": lambda found: found["grants"][0].pop("recipientOrganization"),
    "amount as text": lambda found: found["grants"][0].update(amountAwarded="99999.90"),
    "unknown currency": lambda found: found["grants"][0].update(currency="XYZ"),
    "day that is no day": lambda found: found["grants"][0].update(awardDate="2026-13-01"),
    "instant without a zone": lambda found: found["grants"][0].update(dateModified="2026-06-24T15:00:00"),
    "unknown country": lambda found: found["grants"][0]["beneficiaryLocation"][0].update(countryCode="XX"),
    "version of three parts": lambda found: found.update(version="1.4.3"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_package_is_refused(shared_data: Path, name: str) -> None:
    broken = package()
    BREAKS[name](broken)
    assert mistakes_of_360giving(shared_data / "standards", json.dumps(broken).encode())


def test_columns_bear_the_titles_of_the_schema(shared_data: Path) -> None:
    titles = titles_of_360giving(shared_data / "standards")
    assert {path: titles[path] for path in TITLES if path != "currency"} == {
        path: title for path, title in TITLES.items() if path != "currency"
    }


def test_codes_that_the_schema_lacks_are_known(shared_data: Path) -> None:
    path = shared_data / "standards" / "360giving" / "schema" / "360-giving-schema.json"
    listed = json.loads(path.read_text(encoding="utf-8"))["$defs"]
    assert COUNTRIES - set(listed["Location"]["properties"]["countryCode"]["enum"]) == NO_COUNTRY_CODES
    assert CURRENCIES - set(listed["currency"]["enum"]) == NO_CURRENCY_CODES


def test_spreadsheet_says_what_the_package_says() -> None:
    grants = json.loads(grants_json(record()), parse_float=str)["grants"]
    assert [{title: cell for title, cell in line.items() if cell} for line in lines(grants_csv(record()))] == [
        {TITLES[path]: str(value) for path, value in flat(grant).items()} for grant in grants
    ]


def flat(grant: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{name}.{part}" if part else name: inner
        for name, value in grant.items()
        for part, inner in (value[0].items() if isinstance(value, list) else [("", value)])
    }


@pytest.mark.parametrize("amount", ["99999.90", "0.07", "1000000000000.01", "100"])
def test_amounts_are_numbers_with_every_digit(amount: str) -> None:
    content = grants_json(record(award(amount=Decimal(amount)))).decode()
    assert f'"amountAwarded": {amount},' in content
    assert grants_csv(record(award(amount=Decimal(amount)))).decode().count(f",{amount},") == 1


def test_texts_of_a_spreadsheet_are_no_formulas() -> None:
    [line] = lines(grants_csv(record(award(title="=HYPERLINK(A1)", recipient_name="+41 Taller"))))
    assert (line["Title"], line["Recipient Org:Name"]) == ("'=HYPERLINK(A1)", "'+41 Taller")


def test_what_is_not_on_record_is_left_out() -> None:
    known, bare = package()["grants"]
    assert known.keys() - bare.keys() == {"plannedDates", "classifications", "beneficiaryLocation"}


def test_what_was_paid_and_not_paid_back_is_disbursed(shared_data: Path) -> None:
    public = record(award(project=CARRIED_OUT))
    assert mistakes_of_360giving(shared_data / "standards", grants_json(public)) == []
    assert '"amountDisbursed": 35000.05' in grants_json(public).decode()
    [line] = lines(grants_csv(public))
    assert line["Amount Disbursed"] == "35000.05"


def test_grants_are_numbered_under_the_prefix_that_360giving_gave() -> None:
    assert [grant["id"] for grant in package()["grants"]] == [
        "XX-INVENTED-0001-PIP2-000001",
        "XX-INVENTED-0001-PIP2-000002",
    ]
    [grant] = json.loads(grants_json(record(award(), grant_prefix="360G-agency")))["grants"]
    assert (grant["id"], grant["recipientOrganization"][0]["id"]) == ("360G-agency-PIP2-000001", "360G-agency-E-000001")


def test_label_stands_on_the_package_and_on_every_grant() -> None:
    found = package()
    assert all(text.startswith(LABEL) for text in [found["description"], *(g["description"] for g in found["grants"])])


def test_currency_that_the_standard_has_no_code_for_is_refused() -> None:
    leones = released(BARE, call=replace(CALL, currency="SLE"))
    with pytest.raises(RefusedError, match="no code for the currency SLE of pip-two-stage"):
        grants_json(record(call=leones))
