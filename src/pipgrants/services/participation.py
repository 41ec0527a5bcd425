"""What acts on the people of a project have in common: who may act on it, which firms are its own, and its entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from operator import attrgetter

from pipgrants.domain.application import PartyDetails
from pipgrants.domain.firm_data import Registration
from pipgrants.domain.vocabulary import MemberType, PartyKind
from pipgrants.errors import RefusedError, in_words
from pipgrants.services.deadlines import local_day
from pipgrants.services.group import departures, standing_firms
from pipgrants.services.project_facts import ProjectFacts, facts_of
from pipgrants.services.workspace import Act
from pipgrants.store.participation import RegistrationRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

TEAM, FIRM, ACTIVITY = "team/", "firm/", "activity/"
"""How the subjects of entries about a member of a technical team, a firm and an activity of a project begin."""


def permitted_facts(act: Act, permission: str, project: str) -> ProjectFacts:
    """What is on record of a project on which somebody may act, an implementing agency on its own only.

    Raises NotFoundError, NotAuthorisedError, and RefusedError once the project is closed.
    """
    facts = facts_of(act.unit, project)
    act.permit(permission, facts.terms.programme.stands_in)
    act.represent(facts.head.lead)
    if facts.engine.definition.states[facts.row.state].final:
        raise RefusedError(
            f"{project} is {in_words(facts.row.state)}; its record stays as it is",
            next_step=f"pipgrants project show {project}",
        )
    return facts


def deed_of(
    facts: ProjectFacts, act: str, subject: str, inputs: Mapping[str, object], reason: str | None = None
) -> Deed:
    """What is written down of an act on the people of a project."""
    row = facts.terms.row
    return Deed(act, subject, reason=reason, inputs=inputs, definitions={"call": row.definition_hash}, call=row.call)


def today_of(act: Act, facts: ProjectFacts) -> date:
    """The day it is where the call of a project is run."""
    return local_day(act.now, facts.terms.call)


def firms_of(facts: ProjectFacts) -> set[str]:
    """The firms of a project: the enterprises that applied and belong to its group still, and those that registered."""
    return {*standing_firms(facts), *registrations_of(facts)}


def registered(facts: ProjectFacts) -> dict[str, RegistrationRow]:
    """The firms that ever registered with a project; under numbers that were merged, the last row counts."""
    merged, rows = facts.unit.parties.merged(), facts.unit.participation.registrations(facts.number).values()
    return {merged.get(row.party, row.party): row for row in sorted(rows, key=attrgetter("registered_on"))}


def registrations_of(facts: ProjectFacts) -> dict[str, Registration]:
    """The registrations of firms that take part; who left the group takes part once registered after that."""
    left = departures(facts)
    return {firm: row.registration for firm, row in registered(facts).items() if row.registered_on > left.get(firm, "")}


def parties_on_record(unit: Unit, numbers: Iterable[str]) -> dict[str, PartyDetails]:
    """What is on record of some parties, by number; those that are not on record are left out."""
    found = unit.parties.many(sorted(unit.parties.contacts(sorted(set(numbers)))))
    return {number: row.details for number, row in found.items()}


def known_as_firms(facts: ProjectFacts, numbers: Iterable[str]) -> dict[str, bool | None]:
    """Whether each party on record is a firm, None where nobody said what it is; others are left out.

    The application says it, whoever entered the party, or its registration with the project.
    """
    types = {member.party: member.member_type for member in facts.proposal.members or ()}
    found, own = parties_on_record(facts.unit, numbers), firms_of(facts)
    return {number: number in own or _said(types.get(number), details.kind) for number, details in found.items()}


def _said(member_type: MemberType | None, kind: PartyKind | None) -> bool | None:
    if member_type is None and kind is None:
        return None
    return member_type is MemberType.ENTERPRISE or kind is PartyKind.ENTERPRISE
