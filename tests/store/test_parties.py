"""Parties looked up by tax number, by name and by number, so many at a time as one statement takes."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipgrants.domain.application import Application, Exclusion
from pipgrants.store import parties
from rounds import CALL, WHILE_OPEN, Round, application, as_


@pytest.fixture
def received(published: Round, tmp_path: Path) -> Round:
    """One application of six parties."""
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1")])
    return round_


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
    by_tax = {item.tax_key or ("", ""): [number] for number, item in details.items()}
    by_name = {parties.match_name(item.name): [number] for number, item in details.items()}
    monkeypatch.setattr(parties, "ASKED_AT_ONCE", 4)
    with round_.workspace.read() as unit:
        store = unit.parties
        assert store.by_tax_number([*by_tax, ("HN", "a11"), ("GT", "a13")]) == by_tax
        assert store.by_name([*by_name, "taller a9-1"]) == by_name
        assert {number: row.details for number, row in store.many([*details]).items()} == details
        assert store.names(details) == {number: item.name for number, item in details.items()}
        assert [item.email for item in store.contacts([*details]).values()] == [item.email for item in details.values()]


def test_who_is_excluded_is_known_by_tax_number_or_by_name_where_one_is_unknown(
    published: Round, tmp_path: Path
) -> None:
    round_ = published.copy(tmp_path / "agency")
    made = application("A1")
    nameless = made.members[3]._replace(details=made.members[3].details._replace(tax_number=None, tax_country=None))
    round_.receive([made._replace(members=(*made.members[:3], nameless, *made.members[4:]))])
    listed = [
        Exclusion("Otro nombre", "Fraude", "HN", "a1/1"),
        Exclusion("TALLER A1-2", "Fraude"),
        Exclusion("Taller A1-3", "Fraude", "HN", "otro"),
        Exclusion("Taller A1-4", "Fraude", "HN", "A1-4"),
        Exclusion("Taller A1-5", "Fraude", "HN", "A1-5", until_on=date(2026, 3, 1)),
        Exclusion("Taller A1-6", "Fraude", "GT", "A1-6"),
    ]
    with round_.workspace.act(as_("olga"), WHILE_OPEN, dry_run=True) as act:
        act.unit.parties.replace_exclusions(listed)
        assert act.unit.parties.excluded(date(2026, 3, 1)) == {"E-000001", "E-000002", "E-000004", "E-000005"}
        assert act.unit.parties.excluded(date(2026, 3, 2)) == {"E-000001", "E-000002", "E-000004"}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=8))
def test_every_number_is_read_as_one_that_stands_for_itself(received: Round, turns: list[tuple[int, int]]) -> None:
    """Whatever was merged and separated in turn: nobody stands for a number that another one stands for."""
    with received.workspace.act(as_("olga"), WHILE_OPEN, dry_run=True) as act:
        store, model = act.unit.parties, {number: number for number in range(1, 7)}
        for one, other in turns:
            if model[one] == one and model[other] == other and one != other:
                store.merge(f"E-{other:06d}", f"E-{one:06d}")
                model = {number: one if kept == other else kept for number, kept in model.items()}
            elif model[one] != one:
                store.separate(f"E-{one:06d}")
                model[one] = one
        merged = {f"E-{number:06d}": f"E-{kept:06d}" for number, kept in model.items() if number != kept}
        assert store.merged() == merged
        assert {party.number for party in store.known()} == {f"E-{kept:06d}" for kept in model.values()}
        [head] = act.unit.proposals.rows(CALL)
        assert head.lead == f"E-{model[1]:06d}"
        assert [row.number for row in act.unit.proposals.with_member(head.lead)] == [head.number]
