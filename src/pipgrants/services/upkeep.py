"""Keeping a workspace: copies, and bringing its database to the current version."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services.access import log_access
from pipgrants.services.person import recognise
from pipgrants.services.workspace import BACKUPS, DATABASE, Act, Identity, Workspace
from pipgrants.store import database
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed


class Upgraded(NamedTuple):
    """The copy that was kept, and from which version to which the database went."""

    copy: Path
    found: str
    version: str


def backup(workspace: Workspace, who: Identity, now: datetime, target: Path | None) -> Path:
    """A consistent copy of the database, taken while others may be writing. It holds all data: the access log says so.

    Whoever has the folder may copy it; naming oneself is not asked, so that copies can be taken by a timer. Raises
    TrailIntegrityError where the database is damaged.
    """
    log_access(workspace, who, now, "workspace.backup")
    copy = target or _copy_name(workspace.folder, now)
    database.backup(workspace.folder / DATABASE, copy)
    return copy


def upgrade(folder: Path, who: Identity, now: datetime) -> Upgraded:
    """Brings the database to this program's version, with the entry that says so, and keeps a copy from before.

    Raises NotFoundError without a database, TrailIntegrityError where it is damaged, RefusedError where it is current
    already or of a foreign version, NotAuthorisedError for anybody but an administrator.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise NotFoundError(f"there is no workspace in {folder}", next_step="--workspace DIR names one")
    found, wanted = database.version(path), database.head_version()
    if found == wanted:
        raise RefusedError(f"the database is of version {wanted} already")
    if found is None:
        raise database.damaged(path)
    if not database.is_known_version(found):
        raise database.of_another_version(found)
    copy = _copy_name(folder, now)
    with database.migrated(path) as connection:
        unit = Unit(connection)
        act = Act(unit, recognise(unit, who, now), now)
        act.permit("workspace.upgrade")
        act.record(Deed("WorkspaceUpgraded", "workspace", inputs={"from": found, "to": wanted}))
        database.backup(path, copy)
    return Upgraded(copy, found, wanted)


def _copy_name(folder: Path, now: datetime) -> Path:
    return folder / BACKUPS / f"pipgrants-{now:%Y%m%dT%H%M%S%f}Z.db"
