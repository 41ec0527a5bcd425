"""``audit verify``: every leaf, root, signature and stored value held against the trail.

1. Entries are numbered without a gap; the bytes of each have the hash stored as its leaf; its columns
   say what its bytes say. Every stored hash of the tree is that of the two below it; none is missing or left over.
2. Every row of every other table is what the entries state, with personal values compared as salted hashes.
3. Definitions have the hash that names them; rankings, lines of packages, files of evidence and the exclusion list have
   the hashes that entries hold; the triggers that guard the trail stand.
4. Signatures and checkpoint files hold, as do the roots that letters name; the access log is an unbroken chain.

What this cannot show is an owner who wrote everything anew, hashes and all: that takes a checkpoint or a proof that
somebody else kept, and ``against``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from sqlite3 import DatabaseError
from typing import NamedTuple

from pipgrants.domain.vocabulary import Stage
from pipgrants.dotted import below
from pipgrants.errors import DefinitionError, RefusedError, TrailIntegrityError
from pipgrants.reading import compose
from pipgrants.services.access import ACCESS_LOG, permitted_read
from pipgrants.services.audit.checkpoints_kept import missing_checkpoints, named_root_faults
from pipgrants.services.audit.kept import kept_faults
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.state import OF_PROPOSALS, StateCheck
from pipgrants.services.audit.stated import MAPPING, Content, Fault, place_of
from pipgrants.services.audit.stored_forms import StoredForms
from pipgrants.services.audit.trail import TrailCheck
from pipgrants.services.checkpoints import FOLDER
from pipgrants.services.packages import hash_lines
from pipgrants.services.parties import EXCLUSIONS_SALT, sealed_exclusions
from pipgrants.services.rank import hash_ranking
from pipgrants.services.signatures import check_signatures
from pipgrants.services.workspace import PAPER_SALT, Identity, Workspace, silent
from pipgrants.store.guards import GUARDS
from pipgrants.store.stored import COLUMNS
from pipgrants.store.unit import Unit
from pipgrants.trail import access_log
from pipgrants.trail.canonical import text_hash
from pipgrants.trail.verify import Checkpoint

UNKNOWN_ORIGIN = "pipgrants/unknown"
"""What stands for the name of a trail whose first entry is gone."""

STAGES = frozenset(stage.value for stage in Stage)

COMPARED = frozenset({"entry", "node", "party", *OF_PROPOSALS})
"""The large tables, each value of which is compared with one of its kind: no value of another kind equals it. They are
looked through for other kinds only where something differs, to say so."""


class Verified(NamedTuple):
    """What was checked: the trail's size and root, what is wrong, and the entries that redacted something.

    ``missing`` are checkpoints that acts left and that are not in their folder: anybody can remove them there.
    ``unchecked`` says why signatures could not be checked, where they could not.
    """

    checkpoint: Checkpoint
    faults: tuple[Fault, ...]
    redactions: tuple[Content, ...]
    missing: tuple[Fault, ...]
    unchecked: str | None


def verify(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    against: Sequence[Path] = (),
    progress: Callable[[int], None] = silent,
) -> Verified:
    """Checks the whole record, and that it extends the checkpoints and proofs ``against`` that somebody kept.

    Raises NotAuthorisedError for who may not audit.
    """
    with permitted_read(workspace, who, now, "audit.verify") as unit:
        check = _Verification(workspace, unit, progress)
        faults = tuple(check.faults(against))
        redactions = tuple(check.state.registers.redactions)
        return Verified(check.checkpoint, faults, redactions, tuple(check.missing()), check.unchecked)


class _Verification:
    """One check of the whole record."""

    def __init__(self, workspace: Workspace, unit: Unit, progress: Callable[[int], None]) -> None:
        self._workspace = workspace
        self._unit = unit
        self.unchecked: str | None = None
        self._stored = unit.stored
        self._trail = TrailCheck(self._stored, progress)
        self._settings: dict[str, str] = dict(self._stored.all("setting"))
        forms = StoredForms(_bytes(self._settings.get(PAPER_SALT)))
        self.state = StateCheck(self._stored, NamedDefinitions(unit.calls), forms)

    @property
    def checkpoint(self) -> Checkpoint:
        """The trail's size and root, as computed."""
        try:
            origin = self._unit.ledger.origin()
        except TrailIntegrityError:
            origin = UNKNOWN_ORIGIN
        return Checkpoint(origin, self._trail.frontier.size, self._trail.frontier.root())

    def faults(self, against: Sequence[Path]) -> Iterator[Fault]:
        """Everything that is not as it must be, as far as the database can be read."""
        shape, found, unreadable = list(self._shape()), list[Fault](), None
        try:
            found.extend(self._contents())
            found.extend(kept_faults(self._unit, self.checkpoint, against))
        except TrailIntegrityError as error:
            found.append(Fault("tree", "", f"{error.message}; what comes after was not checked"))
        except (TypeError, ValueError, LookupError, AttributeError, DatabaseError) as error:
            unreadable = error
        shape += self._kinds(COLUMNS if found or unreadable else COLUMNS.keys() - COMPARED)
        if unreadable is not None and not shape:
            raise unreadable
        yield from (*shape, *found)
        if unreadable is not None:
            yield Fault("database", "", f"cannot be read further, for one of the reasons above: {unreadable}")

    def missing(self) -> Iterator[Fault]:
        """The checkpoints that are not in their folder, once ``faults`` has read the entries."""
        folder = self._workspace.folder / FOLDER
        return missing_checkpoints(folder, self.state.registers.decisive, self.state.named_roots())

    def _shape(self) -> Iterator[Fault]:
        """The tables and columns."""
        found = self._stored.shape()
        for table, columns in COLUMNS.items():
            there = found.pop(table, None)
            if there is None:
                yield Fault(f"table {table}", "", "is missing")
            elif there != columns:
                yield Fault(f"table {table}", "", "does not have the columns of the program")
        for name in found:
            yield Fault(name if name.startswith("view ") else f"table {name}", "", "is none of the program's")

    def _kinds(self, names: Collection[str]) -> Iterator[Fault]:
        """The values of some tables that are not of the kind of their column."""
        found = self._stored.shape()
        for table, columns in COLUMNS.items():
            if table in names and found.get(table) == columns:
                for key, column, kind, wanted in self._stored.of_other_kinds(table):
                    place, entry = place_of(table, key), key[0] if table == "entry" else None
                    yield Fault(place, column, f"is {kind}; it must be {wanted}", entry)

    def _contents(self) -> Iterator[Fault]:
        yield from self._guards()
        yield from self._trail.faults()
        yield from self.state.tell()
        yield from self._definitions(self.state.registers.definitions, MAPPING.__ne__)
        yield from self.state.faults()
        yield from self._definitions(self.state.mappings(), MAPPING.__eq__)
        yield from self._rankings()
        yield from self._lines()
        yield from self._lists()
        yield from self._files()
        yield from self._signatures()
        for broken in access_log.check(self._workspace.folder / ACCESS_LOG):
            yield Fault(f"{ACCESS_LOG} line {broken.line}", "", broken.words)
        yield from named_root_faults(self.state.named_roots(), self._trail.frontier.size, self._unit.ledger.tree.hash)

    def _signatures(self) -> Iterator[Fault]:
        try:
            yield from check_signatures(self._unit, self._workspace)
        except RefusedError as error:
            self.unchecked = error.message

    def _guards(self) -> Iterator[Fault]:
        found = self._stored.triggers()
        for name, statement in GUARDS.items():
            if found.get(name) != statement:
                yield Fault(f"trigger {name}", "", "no longer guards the trail")
        for name in found.keys() - GUARDS.keys():
            yield Fault(f"trigger {name}", "", "is none of the program's")

    def _definitions(self, by_entries: Mapping[str, int], is_asked: Callable[[str], bool]) -> Iterator[Fault]:
        """The definitions of the kinds asked for, held against those that entries name, each with the first of them."""
        named = dict(by_entries)
        for definition_hash, kind, name, content in self._stored.all("definition"):
            if not is_asked(kind):
                continue
            place, entry = f"definition {kind} {name}", named.pop(definition_hash, None)
            if text_hash(content) != definition_hash:
                yield Fault(place, "content", f"its text no longer has the hash {definition_hash}", entry)
            elif entry is None:
                yield Fault(place, "", "is stored, and no entry names it")
            elif not _is_named(kind, name, content):
                yield Fault(place, "name", "is not what its text says", entry)
        for definition_hash, entry in named.items():
            yield Fault(f"definition {definition_hash}", "", "is not stored", entry)

    def _rankings(self) -> Iterator[Fault]:
        stated = dict(self.state.registers.rankings)
        for call, stage in self._stored.rankings():
            entry, wanted = stated.pop((call, stage), (None, None))
            if stage not in STAGES or hash_ranking(self._unit.packages.ranking(call, Stage(stage))) != wanted:
                yield Fault(f"ranking {call} {stage}", "", "does not have the hash that the entry holds", entry)
        for (call, stage), (entry, wanted) in stated.items():
            if wanted != hash_ranking(()):
                yield Fault(f"ranking {call} {stage}", "", "is not stored", entry)

    def _lines(self) -> Iterator[Fault]:
        stated = self.state.registers.lines
        for package, (entry, wanted) in stated.items():
            if hash_lines(self._unit.packages.lines(package)) != wanted:
                yield Fault(f"package {package[:12]}", "lines", "do not have the hash that the entry holds", entry)
        for package in set(self._stored.packages_with_lines()) - stated.keys():
            yield Fault(f"package {package[:12]}", "lines", "are stored, and no entry states the package")

    def _lists(self) -> Iterator[Fault]:
        """The exclusion list, and the settings: the salts of that list and of papers."""
        exclusions = self.state.registers.exclusions
        if exclusions is None and self._stored.count("exclusion"):
            yield Fault("exclusion", "", "is stored, and no entry states a list")
        if exclusions is not None and self._sealed_exclusions() != exclusions[1]:
            yield Fault("exclusion", "", "does not have the hash that the entry holds", exclusions[0])
        wanted = {PAPER_SALT} | ({EXCLUSIONS_SALT} if exclusions else set())
        for name in self._settings.keys() ^ wanted:
            yield Fault(f"setting {name}", "", "is missing or is none of the program's")
        if self._stored.count("setting") != len(self._settings):
            yield Fault("setting", "", "is stored more than once: the table lost its key")

    def _sealed_exclusions(self) -> str | None:
        return sealed_exclusions(self._unit, _bytes(self._settings.get(EXCLUSIONS_SALT)))

    def _files(self) -> Iterator[Fault]:
        """The files of evidence that acts kept: there, and with the bytes that their names say."""
        for sha256 in sorted(self.state.kept_files()):
            path = self._workspace.folder / "evidence" / sha256[:2] / sha256
            if not path.is_file():
                yield Fault(f"file evidence/{sha256[:2]}/{sha256}", "", "is missing")
            elif _sha256(path) != sha256:
                yield Fault(f"file evidence/{sha256[:2]}/{sha256}", "", "does not have the bytes that its name says")


def _is_named(kind: str, name: str, content: str) -> bool:
    """Whether a definition is of the kind and has the name that its text gives; templates have one name."""
    if kind == "templates":
        return name == kind and content.startswith("{")
    try:
        own = below(compose(content, name), kind)
    except DefinitionError:
        return False
    return own is not None and own.value == name


def _bytes(salt: str | None) -> bytes:
    """A salt from its setting; one that is missing or no salt any more fits nothing."""
    try:
        return bytes.fromhex(salt or "")
    except ValueError:
        return b""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
