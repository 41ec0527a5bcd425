"""A workspace: one folder with the database, the agency's own definitions and templates, evidence and letters."""

from __future__ import annotations

import gc
import getpass
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from pipgrants import __version__
from pipgrants.domain.duties import is_override
from pipgrants.domain.vocabulary import TIER_OF_ROLE, Role, Tier
from pipgrants.errors import (
    ConcurrentChangeError,
    ImportRefusedError,
    NotAuthorisedError,
    NotFoundError,
    RefusedError,
    UsageError,
)
from pipgrants.services.person import Identity as Identity
from pipgrants.services.person import Person, recognise
from pipgrants.services.shipped import shipped
from pipgrants.store.database import Database, create
from pipgrants.store.ledger import Recorded
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Author, Deed, Scribe, instant_text
from pipgrants.trail.sealing import new_salt, seal
from pipgrants.trail.signature import Signature

DATABASE = "pipgrants.db"
BACKUPS = "backups"
PAPER_SALT = "paper_salt"
"""The setting with the salt of what makes two papers the same: it names their issuer, and must not be guessable."""
_SHORT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def silent(_count: int) -> None:
    """Shows no progress."""


def identity(claimed: str | None) -> Identity:
    """The identity of the running command."""
    return Identity(claimed, os_user(), socket.gethostname())


def os_user() -> str:
    """The operating-system user that the running process belongs to, whatever its environment says.

    One without a name in the users' database is known by its number; a system without that database has only what the
    environment says.
    """
    try:
        import pwd
    except ImportError:
        return getpass.getuser()
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


class Act:
    """One transaction of one person: it permits, records entries, and is committed whole or not at all."""

    def __init__(self, unit: Unit, person: Person, now: datetime) -> None:
        self.unit = unit
        self.person = person
        self.actor = person.actor
        self.now = now
        self.roles = frozenset(role.value for role in person.roles)
        self.signature: Mapping[str, str] = {}
        self._role: Role | None = None

    @property
    def people(self) -> frozenset[str]:
        """Whose deed the act is: the actor's, and that of the person whose role is acted under."""
        delegator = self.person.delegators.get(self._role) if self._role else None
        return frozenset(filter(None, (self.actor.actor, delegator)))

    def permit(self, act: str, stands_in: Mapping[Tier, Tier] | None = None, *, rather: Role | None = None) -> None:
        """Lets the actor do an act that no machine governs, under one role rather than others where both may.

        Raises NotAuthorisedError.
        """
        role = self.person.permitted(act, rather)
        self.sign_as(role, TIER_OF_ROLE[role], stands_in or {})

    @property
    def speaks_for_applicant(self) -> bool:
        """Whether the act is done as an implementing agency, not by the office."""
        return self._role is Role.IMPLEMENTING_AGENCY

    def represent(self, lead: str) -> None:
        """Lets an implementing agency act on what its own party leads, and nothing else; others are not limited.

        Call it once the act is permitted. Raises NotAuthorisedError.
        """
        if not self.speaks_for_applicant or self.actor.party == lead:
            return
        own = f"the party {self.actor.party}" if self.actor.party else "no party yet"
        raise NotAuthorisedError(
            f"{self.actor.actor} acts for {own}; the applicant is {lead}",
            next_step=f"let a coordination officer do it, or an administrator: pipgrants actor tie {self.actor.actor} "
            "PARTY",
        )

    def sign_as(self, role: Role, tier: Tier | None, stands_in: Mapping[Tier, Tier]) -> None:
        """Writes entries under a role; where the programme lacks its tier, the one that stands in is named."""
        self._role = role
        acting = stands_in.get(tier, tier) if tier else None
        author = Author(
            actor=self.actor.actor,
            role=role.value,
            tier=acting.value if acting else None,
            known_by=self.person.known_by,
            stands_in_for=tier.value if tier and acting is not tier else None,
            on_behalf_of=self.person.delegators.get(role),
        )
        self.unit.ledger.sign(Scribe(author, self.now, __version__))

    def be_known_by(self, signature: Signature) -> None:
        """Lets the entries that follow be known by a signature; ``signature`` is what the deciding one holds of it."""
        fingerprint = signature.fingerprint
        known_by = {**self.person.known_by, "method": "signature", "fingerprint": fingerprint}
        self.person = self.person._replace(known_by=known_by)
        self.signature = {"fingerprint": fingerprint, "signature": signature.text}

    def record(self, *deeds: Deed) -> list[int]:
        """Writes entries. Raises RefusedError where one sets aside what was on record and gives no reason."""
        for deed in deeds:
            if is_override(deed.act, deed.inputs or {}) and not (deed.reason or "").strip():
                raise RefusedError(
                    f"{deed.act} of {deed.subject} sets aside what was on record, and needs a reason",
                    next_step="give it in words: --reason TEXT; it is written in the trail",
                )
        return self.unit.ledger.append(deeds)


class Workspace:
    """An agency's folder. ``workflows/`` and ``templates/`` in it win over the shipped ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.would_record: Sequence[Recorded] = ()

    @classmethod
    def find(cls, folder: Path | None) -> Workspace:
        """The workspace in a folder, or in the nearest folder upwards. Raises NotFoundError."""
        start = (folder or Path.cwd()).resolve()
        candidates = [start] if folder else [start, *start.parents]
        for candidate in candidates:
            if (candidate / DATABASE).is_file():
                return cls(candidate)
        raise NotFoundError(
            f"there is no workspace in {start}", next_step="pipgrants init DIR makes one; --workspace DIR names one"
        )

    @cached_property
    def database(self) -> Database:
        """The database of the workspace. Raises RefusedError where its version is not this program's."""
        return Database(self.folder / DATABASE)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A reading transaction, on a connection that cannot write."""
        with _uncollected(), self.database.transaction(write=False) as connection:
            yield Unit(connection)

    @contextmanager
    def act(self, who: Identity, now: datetime, *, dry_run: bool = False) -> Iterator[Act]:
        """A writing transaction in the name of a person; a dry run is the same, rolled back at the end.

        What a dry run would have recorded stands in ``would_record`` after it. Raises NotAuthorisedError where the
        person is not who the operating system says, and ConcurrentChangeError where the act is refused after somebody
        else's came first.
        """
        seen = self.trail_size()
        try:
            with _uncollected(), self.database.transaction(write=True) as connection:
                unit = Unit(connection)
                person, begun = recognise(unit, who, now), unit.ledger.size()
                try:
                    yield Act(unit, person, now)
                except NotAuthorisedError as error:
                    raise person.explained(error) from error
                except (RefusedError, ImportRefusedError) as error:
                    raise _overtaken(unit, seen, begun, error) or error from error.__cause__
                if dry_run:
                    self.would_record = unit.ledger.recorded_after(begun)
                    raise _RolledBackError
        except _RolledBackError:
            return

    def trail_size(self) -> int:
        """How many entries the trail has now: what whoever begins to act can know of others' acts."""
        with self.database.transaction(write=False) as connection:
            return Unit(connection).ledger.size()

    def file(self, kind: str, name: str) -> Path:
        """A file of ``workflows/`` or ``templates/``: the agency's own, or the shipped one. Raises NotFoundError."""
        for root in self.roots(kind):
            candidate = (root / name).resolve()
            if candidate.is_relative_to(root.resolve()) and candidate.is_file():
                return candidate
        raise NotFoundError(
            f"there is no file {name} in {kind}/ of the workspace or of the program",
            next_step="give the path of a file, or the name of one that stands there",
        )

    def roots(self, kind: str) -> tuple[Path, Path]:
        """The folders searched for ``workflows`` or ``templates``, the agency's first."""
        return self.folder / kind, shipped(kind)

    def definition_file(self, kind: str, given: str) -> Path:
        """A definition named by a path, or by its bare name in ``workflows/KIND/``. Raises NotFoundError."""
        path = Path(given)
        return path if path.is_file() else self.file("workflows", f"{kind}/{path.stem}.yaml")


@contextmanager
def _uncollected() -> Iterator[None]:
    """A bulk act makes millions of values and no cycles: looking for cycles would cost an eighth of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


MOST_NAMED = 3


def _overtaken(
    unit: Unit, seen: int, begun: int, refused: RefusedError | ImportRefusedError
) -> ConcurrentChangeError | None:
    """A refusal as it is told where others acted between the look at the record and the act; None where nobody did."""
    happened = [
        f"entry {entry.sequence}, {entry.act} of {entry.subject}"
        for entry in islice(unit.ledger.entries(after=seen), min(begun - seen, MOST_NAMED))
    ]
    if not happened:
        return None
    more = f" and {begun - seen - MOST_NAMED} more" if begun - seen > MOST_NAMED else ""
    return ConcurrentChangeError(
        f"{refused.message}. Somebody else acted in the meantime: {'; '.join(happened)}{more}",
        next_step=refused.next_step or "look at it with `pipgrants status` and run the command again",
    )


class _RolledBackError(Exception):
    """Ends a dry run: everything was done, nothing is kept."""


def require_short_name(actor: str) -> None:
    """Raises UsageError where a name cannot be typed after ``--as``."""
    if not _SHORT_NAME.fullmatch(actor):
        raise UsageError(
            f"{actor!r} is not a short name",
            next_step="use lower-case letters, digits, dots and dashes, such as ana.perez",
        )


def init(folder: Path, administrator: str, name: str, who: Identity, now: datetime) -> Workspace:
    """A new workspace with the shipped definitions and templates and one administrator, as entry 1 of its trail.

    What is begun and not finished leaves nothing in the folder. Raises RefusedError where it holds something already.
    """
    require_short_name(administrator)
    if folder.exists() and any(folder.iterdir()):
        raise RefusedError(f"{folder} is not empty", next_step="choose a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".unfinished-", dir=folder) as temporary:
        unfinished = Path(temporary)
        _furnish(unfinished, administrator, name, who, now)
        for item in sorted(unfinished.iterdir(), key=lambda item: item.name == DATABASE):
            item.rename(folder / item.name)
    return Workspace(folder)


def _furnish(folder: Path, administrator: str, name: str, who: Identity, now: datetime) -> None:
    for kind in ("workflows", "templates"):
        shutil.copytree(shipped(kind), folder / kind, ignore=shutil.ignore_patterns("layout", "fonts"))
    for kind in ("evidence", "letters", "notices", "checkpoints", BACKUPS):
        (folder / kind).mkdir()
    create(folder / DATABASE)
    database, salt = Database(folder / DATABASE), new_salt()
    with database.transaction(write=True) as connection:
        unit = Unit(connection)
        unit.set(PAPER_SALT, new_salt().hex())
        unit.actors.add(administrator, name, None, salt)
        unit.actors.grant(administrator, Role.ADMINISTRATOR, instant_text(now))
        act = Act(unit, recognise(unit, who._replace(claimed=administrator), now), now)
        act.sign_as(Role.ADMINISTRATOR, None, {})
        act.record(
            Deed(
                "WorkspaceCreated",
                "workspace",
                inputs={
                    "administrator": administrator,
                    "name": seal(salt, "name", name),
                    "role": Role.ADMINISTRATOR.value,
                },
            )
        )
    database.close()
