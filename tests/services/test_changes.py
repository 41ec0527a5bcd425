"""What an amendment changes, as codes and typed values."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.call import Call
from pipgrants.domain.vocabulary import EvidenceKind, SizeClass
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.reading import read_file
from pipgrants.services.changes import VALUED, changes

PROJECT = Path(__file__).resolve().parents[2]
LATER = datetime.fromisoformat("2027-01-04 17:00")
"""A local time of the call."""
BY_SIZE = {SizeClass.LARGE: Decimal("0.4")}
FIXED = {"call", "number_prefix", "programme", "currency", "time_zone", "stages"}


@pytest.fixture(scope="module")
def call() -> Call:
    return read_file(PROJECT / "workflows" / "calls" / "pip-two-stage.yaml", Call)


def test_a_call_that_stays_the_same_has_no_changes(call: Call) -> None:
    moved = tuple(replace(item, line=item.line + 7) for item in call.prerequisites)
    assert changes(call, replace(call, prerequisites=moved)) == []


@pytest.mark.parametrize(
    ("amend", "part", "new"),
    [
        (
            lambda call: replace(call, window=replace(call.window, closes_at=LATER)),
            "window.closes_at",
            {"instant": "2027-01-04T23:00:00.000000Z"},
        ),
        (
            lambda call: replace(call, envelope_amount=Decimal("1234.5")),
            "envelope_amount",
            {"amount": "1234.50", "currency": "USD"},
        ),
        (
            lambda call: replace(
                call, grant=replace(call.grant, maximum_share_by_size={SizeClass.LARGE: Decimal("0.4")})
            ),
            "grant.maximum_share_by_size",
            {"share": "0.4", "code": "large"},
        ),
        (
            lambda call: replace(call, appeal=replace(call.appeal, working_days=15)),
            "appeal.working_days",
            {"number": "15"},
        ),
        (
            lambda call: replace(call, required_evidence=(EvidenceKind.TAX_CERTIFICATE,)),
            "required_evidence",
            {"codes": ["tax_certificate"]},
        ),
    ],
)
def test_a_value_is_told_as_it_becomes(call: Call, amend: Callable[[Call], Call], part: str, new: object) -> None:
    (change,) = changes(call, amend(call))
    assert (change["part"], change["new"]) == (part, new)
    (back,) = changes(amend(call), call)
    assert (back["old"], back["new"]) == (change["new"], change["old"])


def test_a_part_without_value_is_named_with_the_clauses_that_differ(call: Call) -> None:
    first, second, *others = call.prerequisites
    amended = replace(call, prerequisites=(replace(first, in_force_from=date(2030, 1, 1)), second, *others))
    assert changes(call, amended) == [{"part": "prerequisites", "clauses": [first.clause], "old": None, "new": None}]


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_every_term_that_an_amendment_can_change_is_worded(language: str) -> None:
    words = Templates(read_sources(PROJECT / "templates")).wording(language).words
    parts = {item.name for item in fields(Call)} - FIXED | set(VALUED)
    assert sorted(part for part in parts if f"part.{part}" not in words) == []
