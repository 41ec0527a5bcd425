"""How a published list or an agency's own spreadsheet is written: read from ``workflows/mappings/*.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pipgrants.errors import MistakenValueError
from pipgrants.exchange.cells import DateFormat, Meaning
from pipgrants.exchange.fields import FORM, MEMBERS, PROPOSALS, Field, Kind, names
from pipgrants.exchange.tabular import FileFormat
from pipgrants.reading import read_file

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")

LEAD = "lead."
"""Before a member's field in the columns of a list: that field of the lead."""
MEMBER_GRANT = Field("grant_amount", Kind.AMOUNT)
"""What each participant of a companion file receives."""
COMPANION_FIELDS = (*FORM[MEMBERS], MEMBER_GRANT)


class Encoding(StrEnum):
    """The encodings of text that a mapping may declare."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    CP1250 = "cp1250"
    CP1252 = "cp1252"
    CP1257 = "cp1257"
    ISO_8859_1 = "iso-8859-1"
    ISO_8859_15 = "iso-8859-15"
    MAC_ROMAN = "mac-roman"


class Counterpart(StrEnum):
    """Where the counterpart of a list comes from: what the grant leaves of the total, in cash, by the lead."""

    REMAINDER = "remainder"


@dataclass(frozen=True, slots=True)
class MemberList:
    """Partners that share one cell. ``whole_names`` are names that hold the separator themselves."""

    column: str
    separator: str
    final_mark: str = ""
    whole_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.separator:
            raise ValueError("members are split at a separator that is not empty")

    def split(self, text: str) -> list[str]:
        """The names in the cell."""
        text = text.strip().removesuffix(self.final_mark)
        for name in self.whole_names:
            text = text.replace(name, name.replace(self.separator, "\0"))
        parts = (part.replace("\0", self.separator).strip() for part in text.split(self.separator))
        return [part for part in parts if part]


@dataclass(frozen=True, slots=True)
class Lead:
    """The rows of a companion file that are leads: those with this value in this column."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Companion:
    """A file beside the list with one row for each participant; ``joined_by`` holds the reference of its project."""

    file: str
    joined_by: str
    columns: dict[str, str]
    lead: Lead

    def __post_init__(self) -> None:
        _check_fields(self.columns.values(), names(COMPANION_FIELDS))
        if Path(self.file).name != self.file:
            raise ValueError("a companion file is named without a folder; it stands beside the list")


@dataclass(frozen=True, slots=True)
class ScoreList:
    """Marks published with a list: the first of the columns that is not blank."""

    evaluator: str
    criterion: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListMapping:
    """How a list is read as applications.

    ``columns`` maps a column to the field it fills: a field of the proposals sheet, or ``lead.`` and a field of the
    members sheet; other columns are not read. ``constants`` fill fields that no column does, and ``copied`` maps a
    field to the one whose value it repeats. ``values`` translates the words of a field; a word or country that is then
    not understood is recorded as unknown with a warning. Without a column for the reference, it is ``reference_prefix``
    and the number of the row.
    """

    mapping: str
    source: str
    columns: dict[str, str]
    constants: dict[str, str] = field(default_factory=dict)
    copied: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    reference_prefix: str = ""
    encoding: Encoding | None = None
    delimiter: str | None = None
    sheet: str | None = None
    decimal_mark: str = "."
    thousands_mark: str = ""
    dates: DateFormat = field(default_factory=DateFormat)
    zero_means: Meaning = Meaning.ZERO
    blank_means: Meaning = Meaning.UNKNOWN
    members: MemberList | None = None
    companion: Companion | None = None
    counterpart: Counterpart | None = None
    scores: ScoreList | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.mapping):
            raise MistakenValueError("mapping", "a name is 1 to 60 small letters a to z, digits, hyphens, underscores")
        allowed = (*names(FORM[PROPOSALS]), *(f"{LEAD}{name}" for name in names(FORM[MEMBERS])))
        _check_fields([*self.columns.values(), *self.constants, *self.copied, *self.copied.values()], allowed)
        _check_fields(self.values, (*names(FORM[PROPOSALS]), *names(COMPANION_FIELDS)))
        if len(set(self.columns.values())) < len(self.columns):
            raise ValueError("two columns fill the same field")
        if self.decimal_mark not in (".", ",") or self.thousands_mark in (self.decimal_mark, *"0123456789+-"):
            raise ValueError("decimal_mark is '.' or ',', and thousands_mark another mark")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise ValueError("a delimiter is one character")

    @property
    def file_format(self) -> FileFormat:
        """How the file is to be opened."""
        return FileFormat(self.encoding, self.delimiter, self.decimal_mark)

    @property
    def reference_column(self) -> str | None:
        """The column that holds the reference."""
        return next((column for column, name in self.columns.items() if name == "reference"), None)


def read_mapping(path: Path) -> ListMapping:
    """The mapping of a YAML file. Raises DefinitionError listing every mistake with its line."""
    return read_file(path, ListMapping)


def _check_fields(found: Iterable[str], allowed: Iterable[str]) -> None:
    known = tuple(dict.fromkeys(allowed))
    unknown = [name for name in found if name not in known]
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}; allowed: {', '.join(known)}")
