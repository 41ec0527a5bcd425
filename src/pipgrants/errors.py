"""One exception tree. Every error says what is wrong, where, what was expected and what to do next.

Each class carries the exit code with which the command line ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PipgrantsError(Exception):
    """Something pipgrants refuses to do; ``next_step`` tells the reader how to go on."""

    exit_code = 3

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}\n  Next: {self.next_step}" if self.next_step else self.message


class UsageError(PipgrantsError):
    """The command was given words it cannot understand."""

    exit_code = 2


class RefusedError(PipgrantsError):
    """A rule of the programme, the call or the state machine forbids the act."""

    exit_code = 3


class NotAuthorisedError(PipgrantsError):
    """The actor's tier and role do not permit the act."""

    exit_code = 4


class TrailIntegrityError(PipgrantsError):
    """The trail, or the record it vouches for, was altered."""

    exit_code = 5


class NotFoundError(PipgrantsError):
    """Nothing on record has that number or name."""

    exit_code = 6


class ConcurrentChangeError(PipgrantsError):
    """Somebody else changed the record first."""

    exit_code = 7


class CancelledError(PipgrantsError):
    """The person at the keyboard said no."""

    exit_code = 8


def reason_of(error: PipgrantsError | OSError) -> str:
    """What went wrong, in words; an OSError is of a file or folder that cannot be used, and names it."""
    if isinstance(error, PipgrantsError):
        return error.message
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


class MistakenValueError(ValueError):
    """A value that its key cannot have; by the key, the reader of a definition finds the line."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def in_words(code: str) -> str:
    """A state or an act as refusals name it: ``scores_closed`` is ``scores closed``, ``call.draft`` ``call draft``."""
    return code.replace("_", " ").replace(".", " ")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it stands, what is wrong, what was expected.

    ``line`` counts from 1; ``field`` is the dotted key or the column; ``value`` is the text seen, cut short.
    ``code`` and ``values`` let a face say the same in the reader's language.
    """

    file: str
    line: int | None
    field: str
    message: str
    value: str = ""
    code: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        field = f" {self.field}:" if self.field else ""
        value = f" (seen: {self.value!r})" if self.value else ""
        return f"{place}:{field} {self.message}{value}"


@dataclass(frozen=True, slots=True)
class Labels:
    """The words around an error: before its message, before its next step, after the first of many problems."""

    error: str = "Error"
    next: str = "Next"
    more: str = "... and $count more; --json lists them all"


class ProblemsError(PipgrantsError):
    """A file has mistakes; all of them are listed, none of the file is used. ``lines`` are what people are shown."""

    def __init__(self, message: str, problems: Sequence[Problem], *, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.problems = tuple(problems)
        self.lines = tuple(str(problem) for problem in problems)
        self.labels = Labels()

    def __str__(self) -> str:
        lines = [self.message, *(f"  {problem}" for problem in self.problems)]
        if self.next_step:
            lines.append(f"  Next: {self.next_step}")
        return "\n".join(lines)


class DefinitionError(ProblemsError):
    """A machine, programme, call or mapping file is not well formed."""


class ImportRefusedError(ProblemsError):
    """A spreadsheet has rows that cannot be stored.

    By ``codes`` and ``values``, a face says its message and its next step in the reader's language.
    """

    def __init__(
        self,
        message: str,
        problems: Sequence[Problem],
        *,
        next_step: str = "",
        codes: tuple[str, str] = ("", ""),
        values: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, problems, next_step=next_step)
        self.codes = codes
        self.values = values
