"""Parties looked up by tax number, by name and by number, so many at a time as one statement takes."""

from pathlib import Path

import pytest

from pipgrants.domain.application import Application
from pipgrants.store import parties
from rounds import Round, application


def abroad(made: Application) -> Application:
    """The same application, whose first member has a tax number of no country, and the second one of another."""
    first, second, *others = made.members
    named = first._replace(details=first.details._replace(tax_country=None))
    foreign = second._replace(details=second.details._replace(tax_country="GT"))
    return made._replace(members=(named, foreign, *others))


def test_parties_are_found_in_as_many_statements_as_it_takes(
    published: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = published.copy(tmp_path / "agency")
    made = abroad(application("A1"))
    round_.receive([made])
    details = {f"E-{place:06d}": member.details for place, member in enumerate(made.members, 1)}
    by_tax = {(item.tax_country or "", item.tax_number or ""): number for number, item in details.items()}
    by_name = {parties.match_name(item.name): number for number, item in details.items()}
    monkeypatch.setattr(parties, "ASKED_AT_ONCE", 4)
    with round_.workspace.read() as unit:
        store = unit.parties
        assert store.by_tax_number([*by_tax, ("HN", "A1-1"), ("GT", "A1-3")]) == by_tax
        assert store.by_name([*by_name, "taller a9-1"]) == by_name
        assert {number: row.details for number, row in store.many([*details]).items()} == details
        assert store.names(details) == {number: item.name for number, item in details.items()}
        assert [item.email for item in store.contacts([*details]).values()] == [item.email for item in details.values()]
