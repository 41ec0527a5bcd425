"""The groups that a proposal counts for."""

import pytest

from pipgrants.domain.groups import DIMENSIONS, groups_of
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.vocabulary import PriorityGroup, SizeClass, Stage
from rounds import WHILE_OPEN

WOMEN, INDIGENOUS = PriorityGroup.WOMEN_LED, PriorityGroup.INDIGENOUS


def proposal(*members: Member, territory: str | None = "HN-FM-0801") -> Proposal:
    return Proposal("P1", "call", Stage.PROPOSAL, "eligible", "", WHILE_OPEN, territory=territory, members=members)


def test_every_dimension_has_a_group() -> None:
    assert set(groups_of(proposal(Member("E-1", is_lead=True)))) == set(DIMENSIONS)


def test_group_is_that_of_the_lead() -> None:
    lead = Member("E-1", is_lead=True, priority_groups=frozenset({WOMEN}), size_class=SizeClass.MICRO)
    other = Member("E-2", is_lead=False, priority_groups=frozenset({INDIGENOUS}), size_class=SizeClass.LARGE)
    found = groups_of(proposal(other, lead))
    assert (found["women_led"], found["indigenous"], found["size_class"]) == ("yes", "no", "micro")


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (({WOMEN}, {INDIGENOUS}), {"women_led": "yes", "indigenous": "yes", "youth_led": "no"}),
        (({WOMEN}, {}), {"women_led": "yes", "indigenous": "unknown", "youth_led": "unknown"}),
        (({}, {}), {"women_led": "unknown", "indigenous": "unknown", "youth_led": "unknown"}),
    ],
)
def test_by_any_member_it_counts_for_the_groups_of_each(groups: tuple[set[PriorityGroup], ...], expected: dict) -> None:
    members = [
        Member(f"E-{place}", is_lead=place == 1, priority_groups=frozenset(named), size_class=SizeClass.MICRO)
        for place, named in enumerate(groups, 1)
    ]
    found = groups_of(proposal(*members), by_any_member=True)
    assert {name: found[name] for name in expected} == expected
    assert found["size_class"] == "micro"


def test_blank_is_unknown_and_never_no() -> None:
    found = groups_of(proposal(Member("E-1", is_lead=True), territory=None))
    assert set(found.values()) == {"unknown"}


@pytest.mark.parametrize(
    ("territory", "expected"), [("HN-FM-0801", "HN-FM"), ("HN-FM", "HN-FM"), ("HN", "HN"), (None, "unknown")]
)
def test_territory_is_told_by_its_first_subdivision(territory: str | None, expected: str) -> None:
    assert groups_of(proposal(Member("E-1", is_lead=True), territory=territory))["territory"] == expected
