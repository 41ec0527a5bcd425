"""Where what is recorded and what is derived differ, value by value."""

from typing import Any

import orjson
import pytest

from pipgrants.services.audit.differences import Difference, in_entry, in_lines, in_ranking
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical

ENTRY: dict[str, Any] = {
    "sequence": 7,
    "act": "ProposalScreened",
    "subject": "proposal/P-1",
    "to": "eligible",
    "findings": [
        {"criterion": "counterpart", "verdict": "met", "seen": {"share": "0.5"}},
        {"criterion": "grant", "verdict": "met", "seen": None},
    ],
    "inputs": {"reasons": [{"code": "funded"}]},
}


def fields(derived: dict[str, Any]) -> list[tuple[str, object, object]]:
    found = in_entry(ENTRY, canonical(ENTRY), derived)
    return [(item.field, item.recorded, item.derived) for item in found]


@pytest.mark.parametrize("derived", [{}, {"to": "eligible"}, {"findings": ENTRY["findings"]}])
def test_what_is_derived_as_recorded_does_not_differ(derived: dict[str, Any]) -> None:
    assert fields(derived) == []


def test_a_difference_names_entry_proposal_field_and_both_values() -> None:
    assert list(in_entry(ENTRY, canonical(ENTRY), {"to": "screened_out"})) == [
        Difference(7, "ProposalScreened", "proposal/P-1", "to", "eligible", "screened_out")
    ]


def test_findings_are_named_by_their_criterion_whatever_their_place() -> None:
    grant = {"criterion": "grant", "verdict": "not_met", "seen": None}
    assert fields({"findings": [*ENTRY["findings"][:1], grant]}) == [("findings.grant.verdict", "met", "not_met")]


def test_other_items_of_a_list_are_named_by_their_place() -> None:
    assert fields({"inputs": {"reasons": [{"code": "declined"}]}}) == [("inputs.reasons.1.code", "funded", "declined")]


def test_a_value_on_one_side_only_differs_from_nothing() -> None:
    assert fields({"inputs": {}}) == [("inputs.reasons", [{"code": "funded"}], None)]
    assert fields({"inputs": {**ENTRY["inputs"], "rank": 1}}) == [("inputs.rank", None, 1)]


def test_bytes_that_are_not_the_canonical_ones_differ_even_where_no_value_does() -> None:
    loose = orjson.dumps(ENTRY, option=orjson.OPT_INDENT_2)
    assert list(in_entry(ENTRY, loose, {"to": "eligible"})) == [
        Difference(7, "ProposalScreened", "proposal/P-1", "bytes", loose.decode(), canonical(ENTRY).decode())
    ]


def place(rank: int, number: str, total: str) -> RankingRow:
    return RankingRow(
        rank, number, total, None, None, True, canonical({"total": total, "by_criterion": {"trust": total}})
    )


def test_places_scored_otherwise_come_before_those_that_only_moved() -> None:
    recorded = [place(1, "P-1", "9"), place(2, "P-2", "8")]
    derived = [place(1, "P-2", "8"), place(2, "P-1", "7")]
    found = in_ranking(ENTRY, recorded, derived)
    assert [(item.subject, item.field) for item in found] == [
        ("proposal/P-1", "by_criterion.trust"),
        ("proposal/P-1", "total"),
        ("proposal/P-1", "rank"),
        ("proposal/P-2", "rank"),
    ]


def test_a_determination_that_one_side_lacks_differs_in_every_value() -> None:
    line = PackageLine("P-1", None, "ineligible", None, canonical({"reasons": []}))
    assert [(item.field, item.recorded, item.derived) for item in in_lines(ENTRY, [line], [])] == [
        ("outcome", "ineligible", None),
        ("reasons", [], None),
    ]
