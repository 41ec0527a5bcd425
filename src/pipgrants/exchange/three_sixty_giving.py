"""Awards as 360Giving data: a package of JSON, or a spreadsheet whose columns bear the titles of the schema's fields.

Version 1.4 of the 360Giving Data Standard (https://standard.threesixtygiving.org). Amounts are numbers there; they are
written digit by digit, without passing through a binary float.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import orjson

from pipgrants.domain.public_record import PublicAward, PublicCall, PublicRecord
from pipgrants.domain.text import in_language
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import RefusedError
from pipgrants.exchange.export import cell_text

VERSION = "1.4"
NO_COUNTRY_CODES = frozenset({"XK"})
NO_CURRENCY_CODES = frozenset({"SLE", "VED", "XCG", "ZWG"})
"""What the schema 1.4.3 does not list, of the countries and currencies that are used here."""

Value: TypeAlias = "str | int | Decimal | Sequence[Mapping[str, Value]] | Mapping[str, Value]"

TITLES = {
    "id": "Identifier",
    "title": "Title",
    "description": "Description",
    "currency": "Currency",
    "amountAwarded": "Amount Awarded",
    "amountDisbursed": "Amount Disbursed",
    "awardDate": "Award Date",
    "plannedDates.duration": "Planned Dates:Duration (months)",
    "recipientOrganization.id": "Recipient Org:Identifier",
    "recipientOrganization.name": "Recipient Org:Name",
    "beneficiaryLocation.name": "Beneficiary Location:Name",
    "beneficiaryLocation.countryCode": "Beneficiary Location:Country Code",
    "fundingOrganization.id": "Funding Org:Identifier",
    "fundingOrganization.name": "Funding Org:Name",
    "grantProgramme.code": "Grant Programme:Code",
    "grantProgramme.title": "Grant Programme:Title",
    "fromOpenCall": "From An Open Call?",
    "classifications.vocabulary": "Classifications:Vocabulary",
    "classifications.code": "Classifications:Code",
    "dateModified": "Last Modified",
}
"""The columns: by the dotted path of a field, the titles that the schema gives to its parts."""


def grants_json(record: PublicRecord) -> bytes:
    """The package of all awards. Raises RefusedError where the standard has no code for a currency."""
    title = in_language(record.programme.title, Language.ENGLISH)
    package = {
        "version": VERSION,
        "title": f"Grants of {title}",
        "description": "\n".join(dict.fromkeys(call.description for call in record.calls)),
        "identifier": f"{record.publisher.identifier}-{record.programme.programme}",
        "issued": record.changed_at.date().isoformat(),
        "publisher": {"identifier": record.publisher.identifier, "name": record.publisher.name},
        "grants": list(_grants(record)),
    }
    return orjson.dumps(package, default=_exact, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def grants_csv(record: PublicRecord) -> bytes:
    """A line for each award; no text can be taken for a formula. Raises RefusedError as ``grants_json`` does."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(TITLES.values())
    for grant in _grants(record):
        cells = dict(_flat(grant))
        writer.writerow([cell_text(cells.get(path)) for path in TITLES])
    return file.getvalue().encode("utf-8-sig")


def _grants(record: PublicRecord) -> Iterator[Mapping[str, Value]]:
    for call in record.calls:
        if call.awards and call.call.currency in NO_CURRENCY_CODES:
            raise RefusedError(
                f"360Giving {VERSION} has no code for the currency {call.call.currency} of {call.call.call}",
                next_step="export it as CommonGrants or IATI",
            )
        yield from (_grant(record, call, award) for award in call.awards)


def _grant(record: PublicRecord, call: PublicCall, award: PublicAward) -> Mapping[str, Value]:
    publisher = record.publisher
    prefix = publisher.grant_prefix or publisher.identifier
    title = in_language(record.programme.title, call.language)
    grant: dict[str, Value] = {
        "id": f"{prefix}-{award.proposal}",
        "title": award.title,
        "description": call.description,
        "currency": call.call.currency,
        "amountAwarded": award.amount,
        "awardDate": award.awarded_on.isoformat(),
        "recipientOrganization": [{"id": f"{prefix}-{award.recipient}", "name": award.recipient_name}],
        "fundingOrganization": [{"id": publisher.identifier, "name": publisher.name}],
        "grantProgramme": [{"code": record.programme.programme, "title": title}],
        "fromOpenCall": "Yes",
        "dateModified": call.award_changed_at(award).isoformat(),
    }
    if award.project is not None:
        grant["amountDisbursed"] = award.project.accounts.held_amount
    if award.duration_months is not None:
        grant["plannedDates"] = [{"duration": award.duration_months}]
    if award.sector:
        grant["classifications"] = [{"vocabulary": "ISIC Rev. 4", "code": award.sector}]
    location = _location(record, award)
    return grant | ({"beneficiaryLocation": [location]} if location else {})


def _location(record: PublicRecord, award: PublicAward) -> dict[str, Value]:
    """Where the project's territory is; nothing where it names none."""
    name, country = record.place(award), record.country(award)
    if not name:
        return {}
    return {"name": name, **({"countryCode": country} if country and country not in NO_COUNTRY_CODES else {})}


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}")
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _flat(grant: Mapping[str, Value], under: str = "") -> Iterator[tuple[str, str | int | Decimal]]:
    """The fields of a grant by their dotted paths; of a list, its only item."""
    for name, value in grant.items():
        if isinstance(value, str | int | Decimal):
            yield f"{under}{name}", value
        else:
            yield from _flat(value if isinstance(value, Mapping) else value[0], f"{under}{name}.")
