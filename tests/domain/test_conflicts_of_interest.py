"""Conflicts of interest that ties show: with whom, by what, and for how long they count."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.conflicts_of_interest import (
    Conflict,
    Watch,
    counts_from,
    detect,
    months_after,
    own_organisations,
)
from pipgrants.domain.evaluators import Organisation, Profile, Tie
from pipgrants.domain.vocabulary import TieKind

SINCE = date(2023, 6, 1)
COOPERATIVE = Organisation("Coop. San Juan", "HN", "0801-1")


def tied(*ties, **facts):
    return Profile("eva", ties=ties, **facts)


def found(profile, *members):
    numbered = [(f"E-{place}", member) for place, member in enumerate(members, 1)]
    return list(detect(profile, numbered, SINCE))


@pytest.mark.parametrize(
    ("organisation", "is_member"),
    [
        (Organisation("coop.  san juan"), True),
        (Organisation("Otra", "HN", "08011"), True),
        (Organisation("Coop. San Juan", None, "0801-1"), True),
        (Organisation("Otra", None, "0801-1"), True),
        (Organisation("Coop. San Juan", "GT", "0801-1"), False),
        (Organisation("Coop. San Juan", "HN", "0801-2"), False),
        (Organisation("Otra"), False),
    ],
)
def test_a_tie_is_with_a_member_by_its_tax_number_or_else_by_its_name(organisation, is_member):
    profile = tied(Tie(TieKind.BOARD, organisation))
    conflicts = [Conflict("conflict.board", "E-1")] if is_member else []
    assert found(profile, COOPERATIVE) == conflicts
    assert Watch([profile], SINCE).conflicts([("E-1", COOPERATIVE)]) == [("eva", item) for item in conflicts]


def test_the_employer_is_a_tie_that_lasts():
    assert found(tied(institution="Coop. San Juan"), COOPERATIVE) == [Conflict("conflict.employer", "E-1")]


def test_an_evaluator_can_be_a_member():
    assert found(tied(tax_country="HN", tax_number="0801 1"), COOPERATIVE) == [
        Conflict("conflict.same_tax_number", "E-1")
    ]


def test_who_has_no_tax_number_is_no_member_without_one():
    assert found(tied(), Organisation("", "HN", None)) == []


def test_of_several_ties_of_a_kind_the_latest_counts():
    ties = [Tie(TieKind.COMMON_PROJECT, COOPERATIVE, day) for day in (date(2025, 1, 1), SINCE, date(2024, 1, 1))]
    assert found(tied(*ties), COOPERATIVE) == [Conflict("conflict.common_project", "E-1", date(2025, 1, 1))]


@pytest.mark.parametrize(("until_on", "counts"), [(date(2023, 5, 31), False), (SINCE, True), (None, True)])
def test_a_tie_counts_until_the_years_declared_are_over(until_on, counts):
    profile = tied(Tie(TieKind.BOARD, COOPERATIVE, until_on))
    assert bool(found(profile, COOPERATIVE)) is counts
    assert (COOPERATIVE in own_organisations(profile, SINCE)) is counts


def test_only_employer_and_board_make_an_organisation_ones_own():
    ties = [Tie(kind, Organisation(kind.value)) for kind in TieKind]
    own = own_organisations(tied(*ties, institution="UNAH"), SINCE)
    assert [item.name for item in own] == ["", "employer", "board", "UNAH"]


@pytest.mark.parametrize(
    ("day", "years", "first"),
    [(date(2026, 6, 1), 3, SINCE), (date(2028, 2, 29), 1, date(2027, 2, 28)), (SINCE, 0, SINCE)],
)
def test_years_are_counted_back_to_the_same_day(day, years, first):
    assert counts_from(day, years) == first


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 6, 22), 24, date(2028, 6, 22)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
    ],
)
def test_months_are_counted_to_the_same_day(day, months, then):
    assert months_after(day, months) == then


organisations = st.builds(
    Organisation,
    st.sampled_from(["Coop", "Taller", ""]),
    st.sampled_from([None, "HN", "GT"]),
    st.sampled_from([None, "", "0801", "08-01", "2"]),
)
profiles = st.builds(
    Profile,
    st.sampled_from(["eva", "emilio"]),
    institution=st.sampled_from([None, "Coop"]),
    tax_country=st.sampled_from([None, "HN"]),
    tax_number=st.sampled_from([None, "0801"]),
    ties=st.lists(st.builds(Tie, st.sampled_from(TieKind), organisations), max_size=2).map(tuple),
)


@given(st.lists(profiles, unique_by=lambda one: one.evaluator), st.lists(organisations, max_size=3))
def test_a_watch_over_many_finds_what_is_found_one_by_one(many, members):
    numbered = [(f"E-{place}", member) for place, member in enumerate(members, 1)]
    one_by_one = [
        (profile.evaluator, conflict) for profile in sorted(many) for conflict in detect(profile, numbered, SINCE)
    ]
    assert Watch(many, SINCE).conflicts(numbered) == one_by_one
