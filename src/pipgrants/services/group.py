"""The group of a project as it stands: its members, less the firms that left at the launch or over a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

import orjson

from pipgrants.domain.proposal import Member
from pipgrants.domain.vocabulary import MemberType
from pipgrants.errors import RefusedError
from pipgrants.services.definitions import read_machine
from pipgrants.services.project_facts import PROJECT, ProjectFacts
from pipgrants.services.states import destinations

LAUNCH_VALIDATED, LAUNCHED = "LaunchValidated", "ProjectLaunched"
"""The acts that say which firms take part no longer, and that put it into force."""


def standing_members(facts: ProjectFacts) -> list[Member]:
    """Who belongs to the group of a project still."""
    left = departures(facts)
    return [member for member in facts.proposal.members or () if member.party not in left]


def standing_firms(facts: ProjectFacts) -> list[str]:
    """The numbers of the firms that belong to the group of a project still."""
    return [member.party for member in standing_members(facts) if member.member_type is MemberType.ENTERPRISE]


def departures(facts: ProjectFacts) -> dict[str, str]:
    """The firms that left the group, each with the day."""
    merged = facts.unit.parties.merged()
    at_launch = ((firm, facts.row.validated_on or "") for firm in _left_at_launch(facts))
    return {merged.get(firm, firm): day for firm, day in chain(at_launch, _left_over_conflicts(facts))}


def _left_at_launch(facts: ProjectFacts) -> Iterator[str]:
    """The firms that launch validations put into force say to take part no longer: those launches state a budget."""
    leaving: Sequence[str] = ()
    for entry in facts.unit.ledger.entries(subject=PROJECT + facts.number):
        inputs = orjson.loads(entry.content)["inputs"]
        if entry.act == LAUNCH_VALIDATED:
            leaving = inputs["validation"]["left"]
        elif entry.act == LAUNCHED and "budget" in inputs:
            yield from leaving


def _left_over_conflicts(facts: ProjectFacts) -> Iterator[tuple[str, str]]:
    for row in facts.unit.group_conflicts.of_project(facts.number):
        machine = read_machine(facts.unit.calls.definition(row.machine_hash))
        if row.leaving is not None and row.state in destinations(machine, "approve_departure"):
            yield row.leaving, row.ended_on or ""


def refuse_unfit_day(day: date, earliest: date | None, today: date) -> None:
    """Raises RefusedError for a day in the future, or before what came ``earliest``."""
    if day > today:
        raise RefusedError(f"{day} is in the future", next_step=f"give a day until {today}")
    if earliest is not None and day < earliest:
        raise RefusedError(f"{day} is before {earliest}, the day of what came before", next_step="correct the day")
