"""The standards of open data that exports must keep to, checked as a validator from outside would."""

import json
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

MODELS = {
    "opportunities": "OpportunityBase",
    "competitions": "CompetitionBase",
    "applications": "ApplicationBase",
    "awards": "AwardBase",
}
FORMATS = FormatChecker(())


@FORMATS.checks("date-time", ValueError)
def is_instant(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@FORMATS.checks("date", ValueError)
def is_day(text: object) -> bool:
    return not isinstance(text, str) or date.fromisoformat(text).isoformat() == text


@FORMATS.checks("uuid", ValueError)
def is_uuid(text: object) -> bool:
    return not isinstance(text, str) or str(UUID(text)) == text


@FORMATS.checks("uri", ValueError)
def is_uri(text: object) -> bool:
    return not isinstance(text, str) or bool(urlsplit(text).scheme)


def mistakes_of_360giving(standards: Path, content: bytes) -> list[str]:
    """What the schema 1.4.3 of a package finds wrong, its reference to the schema of grants resolved."""
    schema = json.loads((standards / "360giving" / "schema" / "bundled-1.4.3.json").read_text(encoding="utf-8"))
    grants = json.loads((standards / "360giving" / "schema" / "360-giving-schema.json").read_text(encoding="utf-8"))
    address = schema["properties"]["grants"]["items"]["$ref"]
    registry: Registry[Any] = Registry().with_resource(address, Resource.from_contents(grants, DRAFT202012))
    return _told(Draft202012Validator(schema, registry=registry, format_checker=FORMATS), json.loads(content))


def titles_of_360giving(standards: Path) -> dict[str, str]:
    """The title of a column, by the dotted path of its field, for fields of the schema and of what they hold."""
    path = standards / "360giving" / "schema" / "360-giving-schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    titles = {}
    for name, field in schema["properties"].items():
        inner = field.get("items", {}).get("$ref", "").rpartition("/")[2]
        titles[name] = field.get("title") or schema["$defs"].get(name, {}).get("title")
        for part, known in schema["$defs"].get(inner, {}).get("properties", {}).items():
            titles[f"{name}.{part}"] = f"{titles[name]}:{known.get('title')}"
    return titles


def mistakes_of_common_grants(standards: Path, content: bytes) -> list[str]:
    """What the schemas of the four models find wrong."""
    folder = standards / "commongrants" / "schema-yaml"
    registry: Registry[Any] = Registry(retrieve=partial(_model, folder))
    return [
        f"{kind}: {mistake}"
        for kind, found in json.loads(content).items()
        for item in found
        for mistake in _told(
            Draft202012Validator({"$ref": f"{MODELS[kind]}.yaml"}, registry=registry, format_checker=FORMATS), item
        )
    ]


def _model(folder: Path, name: str) -> Resource[Any]:
    return Resource.from_contents(yaml.load((folder / name).read_bytes(), Plain), DRAFT202012)


class Plain(yaml.CSafeLoader):
    """Reads days and instants of examples as the text that they are in JSON."""


Plain.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _told(validator: Draft202012Validator, document: object) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


ORGANISATION_TYPES = "10 11 15 21 22 23 24 30 40 60 70 71 72 73 80 90"
CODES = {
    "reporting-org/@type": ORGANISATION_TYPES,
    "participating-org/@type": ORGANISATION_TYPES,
    "transaction/*/@type": ORGANISATION_TYPES,
    "description/@type": "1 2 3 4",
    "participating-org/@role": "1 2 3 4",
    "activity-status/@code": "1 2 3 4 5 6",
    "activity-date/@type": "1 2 3 4",
    "sector/@vocabulary": "1 2",
    "sector[@vocabulary='2']/@code": "210 220 240 250 311 312 313 321 322 323 331 332 410 430",
    "default-flow-type/@code": "10 21 22 30 36 37 50",
    "default-finance-type/@code": "110 210 421 422",
    "default-aid-type/@code": "A01 A02 B01 B02 B03 B04 C01 D01 D02 E01 E02 F01 G01 H01 H02",
    "default-tied-status/@code": "3 4 5",
    "recipient-country/@code": "AR BR BZ CO HN JM NI PE",
    "@default-currency": "USD",
    "transaction/transaction-type/@code": "1 2 3 4 5 6 7 8 9 10 11 12 13",
    "transaction/value/@currency": "USD",
    "result/@type": "1 2 3 9",
    "result/indicator/@measure": "1 2 3 4 5",
}
"""Codes of the lists of IATI 2.03, by where they stand in an activity: XML Schema does not check them.

Of countries and currencies those of the shipped programme, of sectors the usual ones.
"""


def mistakes_of_iati(standards: Path, content: bytes) -> list[str]:
    """What the schema of activity files finds wrong, and the codes that are on no list."""
    schema = etree.XMLSchema(etree.parse(standards / "iati" / "xsd-2.03" / "iati-activities-schema.xsd"))
    root = etree.fromstring(content)
    schema.validate(root)
    unlisted = [
        f"{path}: {code}"
        for activity in root
        for path, codes in CODES.items()
        for code in activity.xpath(path)
        if code not in codes.split()
    ]
    return [*(error.message for error in schema.error_log), *unlisted]
