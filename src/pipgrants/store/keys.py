"""The public keys of people, each from the entry that registered it to the entry that revoked it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows


class KeyRow(NamedTuple):
    """One public key: whose it is, its line without comment, and the entries that registered and revoked it."""

    fingerprint: str
    actor: str
    public_key: str
    since_entry: int
    until_entry: int | None = None

    def counts_at(self, entry: int) -> bool:
        """Whether an entry before this one registered the key, and none before it revoked it."""
        return self.since_entry < entry and (self.until_entry is None or entry <= self.until_entry)


class Keys:
    """The keys on record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: KeyRow) -> None:
        """Registers a key."""
        insert_rows(self._connection, tables.actor_key, [row])

    def revoke(self, fingerprint: str, entry: int) -> None:
        """Ends a key with an entry."""
        self._connection.exec_driver_sql(
            "UPDATE actor_key SET until_entry = ? WHERE fingerprint = ?", (entry, fingerprint)
        )

    def find(self, fingerprint: str) -> KeyRow | None:
        """One key, None where it was never registered."""
        return next(iter(self._select("WHERE fingerprint = ?", (fingerprint,))), None)

    def of_actor(self, actor: str) -> list[KeyRow]:
        """The keys of a person, revoked ones too, in the order in which they were registered."""
        return self._select("WHERE actor = ?", (actor,))

    def all(self) -> list[KeyRow]:
        """Every key, in the order in which they were registered."""
        return self._select("", ())

    def _select(self, where: str, values: tuple[str, ...]) -> list[KeyRow]:
        rows = self._connection.exec_driver_sql(
            f"SELECT fingerprint, actor, public_key, since_entry, until_entry FROM actor_key {where} "
            "ORDER BY since_entry",
            values,
        )
        return [KeyRow(*row) for row in rows]
