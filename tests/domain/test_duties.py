"""Duties that one person does not combine, as the entries of the trail tell them."""

from itertools import product
from typing import Any

import pytest

from pipgrants.domain.duties import (
    DUTY_OF_ACT,
    INCOMPATIBLE,
    OVERRIDES,
    Duty,
    Part,
    conflicts,
    incompatible_with,
    is_override,
    part_of,
    people_of,
)


def entry(act: str, actor: str, **more: Any) -> dict[str, Any]:
    return {"act": act, "actor": actor, "inputs": {}, "sequence": 7, **more}


def part(duty: Duty, *people: str) -> Part:
    return Part(duty, frozenset(people))


def test_the_pairs_that_nobody_combines() -> None:
    assert {frozenset(pair) for pair in INCOMPATIBLE} == {
        frozenset({Duty.SCORES, Duty.PREPARES}),
        frozenset({Duty.SCORES, Duty.APPROVES}),
        frozenset({Duty.PREPARES, Duty.APPROVES}),
        *(frozenset({duty, Duty.HEARS_APPEAL}) for duty in Duty if duty is not Duty.HEARS_APPEAL),
    }


@pytest.mark.parametrize(("one", "other"), list(product(Duty, Duty)))
def test_a_conflict_is_the_same_from_either_side(one: Duty, other: Duty) -> None:
    forbidden = {one, other} in [set(pair) for pair in INCOMPATIBLE]
    assert (other in incompatible_with(one)) == (one in incompatible_with(other)) == forbidden
    assert conflicts(part(one, "ana"), [part(other, "ana")]) == ([part(other, "ana")] if forbidden else [])
    assert conflicts(part(one, "ana"), [part(other, "bea")]) == []


def test_a_delegate_is_not_another_person_than_who_delegates() -> None:
    prepared = part(Duty.PREPARES, "olga", "marcos")
    assert conflicts(part(Duty.APPROVES, "marcos"), [prepared]) == [prepared]
    assert conflicts(part(Duty.APPROVES, "bea", "olga"), [prepared]) == [prepared]
    assert conflicts(part(Duty.APPROVES, "bea"), [prepared]) == []


def test_who_screened_does_not_hear_the_appeal() -> None:
    screened = part_of(entry("ProposalScreened", "olga"))
    settled = part_of(entry("AppealSettled", "olga"))
    lodged = part_of(entry("AppealLodged", "olga"))
    assert (screened, settled, lodged) == (part(Duty.SCREENS, "olga"), part(Duty.HEARS_APPEAL, "olga"), None)
    assert screened is not None
    assert settled is not None
    assert conflicts(settled, [screened]) == [screened]


def test_marks_are_of_the_evaluator_and_not_of_who_types_them() -> None:
    typed = entry("ProposalScored", "olga", inputs={"evaluator": "eva"})
    assert part_of(typed) == part(Duty.SCORES, "eva")


def test_a_deed_is_of_who_acts_and_of_whom_they_act_for() -> None:
    assert people_of(entry("PackagePrepared", "ana", on_behalf_of="olga")) == {"ana", "olga"}
    assert people_of(entry("PackagePrepared", "olga")) == {"olga"}


def test_every_duty_is_shown_by_some_act() -> None:
    assert set(DUTY_OF_ACT.values()) == set(Duty)
    assert part_of(entry("CallPublished", "olga")) is None


@pytest.mark.parametrize("act", sorted(OVERRIDES))
def test_an_override_is_told_by_its_act_and_by_what_its_entry_holds(act: str) -> None:
    named = OVERRIDES[act]
    assert is_override(act, {}) == (named is None)
    if named is not None:
        assert is_override(act, {named: {"code": "4"}})
        assert not is_override(act, {named: False})


def test_other_acts_override_nothing() -> None:
    assert not is_override("ProposalReceived", {"late": True, "replaced": {"code": "4"}})
