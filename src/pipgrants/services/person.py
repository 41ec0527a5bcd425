"""Who is acting: the person recognised, the roles held, those held for somebody else, and what they permit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pipgrants.domain.authority import PERMITTED, who_may
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, UsageError, in_words
from pipgrants.store.actors import ActorRow
from pipgrants.store.delegations import DelegationRow
from pipgrants.store.unit import Unit


class Identity(NamedTuple):
    """Who says to be acting (``--as``), and the operating-system user and host the command runs under."""

    claimed: str | None
    os_user: str
    host: str


class Person(NamedTuple):
    """Somebody recognised: on record, how known, whose roles they hold today, and delegations that do not hold."""

    actor: ActorRow
    known_by: Mapping[str, str]
    delegators: Mapping[Role, str]
    lapsed: Sequence[DelegationRow]

    @property
    def name(self) -> str:
        """The short name."""
        return self.actor.actor

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles held now: the person's own, then those held for somebody else."""
        return (*self.actor.roles, *self.delegators)

    def permitted(self, act: str, rather: Role | None = None) -> Role:
        """The role under which the person may do an act that no machine governs: one rather than others, where held.

        Raises NotAuthorisedError.
        """
        for role in sorted(self.roles, key=lambda role: role is not rather):
            if role in PERMITTED[act]:
                return role
        own = ", ".join(self.roles) or "no role"
        raise NotAuthorisedError(
            f"{in_words(act)} is for {who_may(act)}; {self.name} has {own}",
            next_step="let somebody with that role do it (pipgrants actor list)",
        )

    def explained(self, error: NotAuthorisedError) -> NotAuthorisedError:
        """The refusal, with what became of the roles that were delegated to the person."""
        told = "".join(f"; {_lapse(row)}" for row in self.lapsed)
        return NotAuthorisedError(f"{error.message}{told}", next_step=error.next_step)


def _lapse(row: DelegationRow) -> str:
    if row.ended_at is not None:
        since = f"was ended at {row.ended_at}"
    else:
        since = f"holds from {row.from_on} to {row.until_on}, in UTC"
    return f"the role of {row.role} delegated by {row.delegator} (delegation {row.number}) {since}"


def recognise(unit: Unit, who: Identity, now: datetime) -> Person:
    """The person behind an identity, with the roles held at an instant; delegations count by the day in UTC.

    Raises UsageError where nobody is named, NotFoundError where the name is unknown, NotAuthorisedError where the
    person is not who the operating system says.
    """
    actor, known_by = _identified(unit, who)
    found, delegators = unit.delegations.to(actor.actor), _delegators(unit, actor, now)
    return Person(actor, known_by, delegators, [row for row in found if row.role not in {*actor.roles, *delegators}])


def roles_held(unit: Unit, actor: ActorRow, now: datetime) -> tuple[Role, ...]:
    """The roles that somebody on record holds at an instant, delegated ones included."""
    return (*actor.roles, *_delegators(unit, actor, now))


def _delegators(unit: Unit, actor: ActorRow, now: datetime) -> dict[Role, str]:
    """Who delegated the roles that somebody holds at an instant without having them."""
    today = now.astimezone(UTC).date().isoformat()
    delegators: dict[Role, str] = {}
    for row in unit.delegations.to(actor.actor):
        if row.holds_on(today) and row.role not in actor.roles and row.role in unit.actors.get(row.delegator).roles:
            delegators.setdefault(row.role, row.delegator)
    return delegators


def _identified(unit: Unit, who: Identity) -> tuple[ActorRow, dict[str, str]]:
    known_by = {"method": "claimed", "user": who.os_user, "host": who.host}
    if not unit.actors.is_mapped():
        if not who.claimed:
            raise UsageError("who is acting?", next_step="add --as ACTOR (pipgrants actor list shows them)")
        return unit.actors.get(who.claimed), known_by
    own = [row for row in unit.actors.all() if row.os_user == who.os_user]
    named = [row for row in own if who.claimed in (None, row.actor)]
    if len(named) != 1:
        may = ", ".join(row.actor for row in own) or "nobody"
        said = f"--as {who.claimed}" if who.claimed else "no --as"
        raise NotAuthorisedError(
            f"the operating-system user {who.os_user!r} is mapped to {may}; the command was given {said}",
            next_step="run it as the mapped user, or let an administrator map this one",
        )
    return named[0], {**known_by, "method": "operating_system"}
