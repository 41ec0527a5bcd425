"""The people who act, their roles with dates, and the operating-system users they are mapped to."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows
from pipgrants.store.merged import kept


class ActorRow(NamedTuple):
    """One person: the short name used in commands, the name, the operating-system user, the roles held now.

    ``party`` is the number of the party that an implementing agency's person acts for.
    """

    actor: str
    name: str | None
    os_user: str | None
    party: str | None
    roles: tuple[Role, ...]


class Actors:
    """The people of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, actor: str, name: str, os_user: str | None, salt: bytes, party: str | None = None) -> None:
        """Registers a person."""
        insert_rows(self._connection, tables.actor, [(actor, name, os_user, salt, party)])

    def map(self, actor: str, os_user: str) -> None:
        """Says which operating-system user a person is."""
        self._connection.exec_driver_sql("UPDATE actor SET os_user = ? WHERE actor = ?", (os_user, actor))

    def tie(self, actor: str, party: str) -> None:
        """Says which party a person acts for."""
        self._connection.exec_driver_sql("UPDATE actor SET party = ? WHERE actor = ?", (party, actor))

    def grant(self, actor: str, role: Role, since: str) -> None:
        """Gives a role from an instant on."""
        insert_rows(self._connection, tables.actor_role, [(actor, role, since, None)])

    def revoke(self, actor: str, role: Role, until: str) -> None:
        """Ends a role."""
        self._connection.exec_driver_sql(
            "UPDATE actor_role SET until = ? WHERE actor = ? AND role = ? AND until IS NULL", (until, actor, role)
        )

    def find(self, actor: str) -> ActorRow | None:
        """One person, None where unknown."""
        return next(iter(self._select("WHERE actor.actor = ?", (actor,))), None)

    def get(self, actor: str) -> ActorRow:
        """One person. Raises NotFoundError."""
        found = self.find(actor)
        if found is None:
            known = ", ".join(row.actor for row in self.all()) or "none yet"
            raise NotFoundError(f"there is no actor {actor!r}; on record: {known}", next_step="pipgrants actor add")
        return found

    def all(self) -> list[ActorRow]:
        """Everybody."""
        return self._select("", ())

    def is_mapped(self) -> bool:
        """Whether any person is mapped to an operating-system user."""
        row = self._connection.exec_driver_sql("SELECT count(*) FROM actor WHERE os_user IS NOT NULL").one()
        return bool(row[0])

    def _select(self, where: str, values: tuple[str, ...]) -> list[ActorRow]:
        rows = self._connection.exec_driver_sql(
            f"SELECT actor.actor, name, os_user, {kept('actor.party')}, role FROM actor LEFT JOIN actor_role "
            f"ON actor_role.actor = actor.actor AND until IS NULL {where} ORDER BY actor.actor, role",
            values,
        ).all()
        people: dict[str, ActorRow] = {}
        for actor, name, os_user, party, role in rows:
            before = people.get(actor, ActorRow(actor, name, os_user, party, ()))
            people[actor] = before._replace(roles=(*before.roles, Role(role)) if role else before.roles)
        return list(people.values())
