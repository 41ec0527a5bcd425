"""Reads that are written down: audits, exports, what-ifs and analyses, and whatever an auditor reads.

Nothing is read before its line is kept, or shown where it is open to whoever has the folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.person import Identity, recognise, roles_held
from pipgrants.services.workspace import Workspace
from pipgrants.store.unit import Unit
from pipgrants.trail.access_log import Access, Broken, Line, append, check, lines
from pipgrants.trail.entry import instant_text

ACCESS_LOG = "access.log"
EVERYTHING = "workspace"
"""The subject of a read that is about no single call or proposal."""


@contextmanager
def permitted_read(
    workspace: Workspace, who: Identity, now: datetime, did: str, subject: str = EVERYTHING
) -> Iterator[Unit]:
    """A reading transaction for somebody who may, written down first. ``did`` is one of ``READS``: ``audit.replay``.

    ``subject`` is that of the trail's entries: ``call/NAME``, ``proposal/NUMBER``. Raises NotAuthorisedError, and
    RefusedError where the access log cannot be written.
    """
    with workspace.read() as unit:
        person = recognise(unit, who, now)
        try:
            role = person.permitted(did)
        except NotAuthorisedError as error:
            raise person.explained(error) from error
        _append(workspace, Access(instant_text(now), person.name, role, who.os_user, who.host, did, subject))
        yield unit


def log_access(workspace: Workspace, who: Identity, now: datetime, did: str, subject: str = EVERYTHING) -> None:
    """Writes down a read that is open to whoever has the folder. Raises RefusedError where it cannot be written."""
    _append(workspace, Access(instant_text(now), who.claimed, None, who.os_user, who.host, did, subject))


def log_auditor(workspace: Workspace, who: Identity, now: datetime, did: str, subject: str = EVERYTHING) -> None:
    """Writes down a read that is open to whoever has the folder, where an auditor does it."""
    with workspace.read() as unit:
        found = (row for row in unit.actors.all() if who.claimed == row.actor or who.os_user == row.os_user)
        auditors = [row.actor for row in found if Role.AUDITOR in roles_held(unit, row, now)]
    if auditors:
        name = who.claimed if who.claimed in auditors else auditors[0]
        log_access(workspace, who._replace(claimed=name), now, did, subject)


class Accesses(NamedTuple):
    """The lines of the access log and those that are not as they were written."""

    lines: Sequence[Line]
    broken: Sequence[Broken]


def read_accesses(workspace: Workspace, who: Identity, now: datetime) -> Accesses:
    """The whole access log, the line of this reading included. Raises NotAuthorisedError."""
    with permitted_read(workspace, who, now, "audit.accesses"):
        path = workspace.folder / ACCESS_LOG
        return Accesses(list(lines(path)), check(path))


def _append(workspace: Workspace, access: Access) -> None:
    path = workspace.folder / ACCESS_LOG
    try:
        append(path, access)
    except OSError as error:
        raise RefusedError(
            f"{path} cannot be written ({error.strerror}), and nothing is read that is not written down",
            next_step="let somebody who may write in the folder of the workspace run it, or give the disk space",
        ) from error
