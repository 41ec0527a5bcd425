"""What people and programs read: tables of 80 columns or JSON on standard output, the rest on standard error."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from string import Template

import typer

from pipgrants.errors import CancelledError, Labels, PipgrantsError, ProblemsError

WIDTH = 80
GAP = 2
NARROWEST = 8
MOST_PROBLEMS = 50
MOST_ROWS = 20
NEXT = "Next:"
INDENT = "  "
NOTHING = "-"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_COMMAND = re.compile(r"pipgrants(?: [^\s;()]*[^\s,;()])+")
DRY_RUN = "Dry run: nothing was kept."

Row = Sequence[object]


def show(
    data: Mapping[str, object], text: Sequence[str], *, as_json: bool, dry_run: bool = False, labels: Sequence[str] = ()
) -> None:
    """Writes a result: one JSON object, or lines of text; both say where it was a dry run, and bear the labels."""
    if as_json:
        marks = {**({"dry_run": True} if dry_run else {}), **({"labels": labels} if labels else {})}
        typer.echo(json.dumps(plain({**data, **marks}), indent=2, sort_keys=True, ensure_ascii=False))
        return
    notes = [*(line for label in labels for line in paragraph(label)), *([DRY_RUN] if dry_run else ())]
    for line in [*notes, *([""] if notes else ()), *text]:
        typer.echo(printable(line))


def plain(value: object) -> object:
    """A value as JSON can hold it: records as objects, exact numbers and dates as text."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | frozenset | set) and not isinstance(value, bytes):
        items = [plain(item) for item in value]
        return items if isinstance(value, Sequence) else sorted(items, key=str)
    return value.isoformat() if isinstance(value, date) else str(value)


def printable(text: str) -> str:
    """Text that cannot steer a terminal: control and direction marks are shown as their code."""
    return "".join(
        mark if unicodedata.category(mark) not in ("Cc", "Cf", "Cs") or mark == "\n" else f"\\x{ord(mark):02x}"
        for mark in text
    )


def words(code: str) -> str:
    """A code as words: ``conditional_award`` becomes ``conditional award``."""
    return code.replace("_", " ")


def count(number: int, noun: str, plural: str = "") -> str:
    """A count with its noun: ``1 proposal``, ``1,200 proposals``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


class Figure(str):
    """A number as it is written; a column of figures stands right."""

    __slots__ = ()


def figure(text: str | Decimal | None, currency: str | None = None) -> Figure:
    """A number given as decimal text, with thousands marks, after its currency where given."""
    if text is None:
        return Figure(NOTHING)
    whole, point, decimals = f"{Decimal(text):f}".partition(".")
    shown = f"{int(whole):,}{point}{decimals}"
    return Figure(f"{currency} {shown}" if currency else shown)


def tally(counts: Mapping[str, int]) -> list[str]:
    """Counts under each other, by what they count."""
    names = max((len(name) for name in counts), default=0)
    numbers = max((len(f"{number:,}") for number in counts.values()), default=0)
    return [f"{words(name):<{names}}{' ' * GAP}{number:>{numbers},}" for name, number in counts.items()]


def counts(found: Mapping[str, int]) -> str:
    """Counts in one line: ``8 eligible, 2 screened out``."""
    return ", ".join(f"{number:,} {words(name)}" for name, number in found.items()) or "none"


def moment(text: str) -> str:
    """An instant of an entry, to the minute."""
    return text[:16].replace("T", " ")


def heading(title: str, lines: Sequence[str]) -> list[str]:
    """Lines under a title, after an empty line; nothing where there are none."""
    return ["", *([title] if title else ()), *(INDENT + line if line else line for line in lines)] if lines else []


def listed(title: str, sentences: Sequence[str], *, most: int | None = None) -> list[str]:
    """Sentences under a title, each from a new line on; those beyond ``most`` are counted."""
    lines = [line for sentence in sentences[:most] for line in _hanging(sentence, WIDTH - len(INDENT))]
    unlisted = len(sentences) - len(sentences[:most])
    return heading(title, [*lines, f"and {unlisted:,} more (--json lists all)"] if unlisted else lines)


def _hanging(sentence: str, width: int) -> list[str]:
    return textwrap.wrap(sentence, width, subsequent_indent=INDENT, break_on_hyphens=False) or [""]


def next_steps(*commands: str) -> list[str]:
    """The commands to go on with; what is said after one goes on below it."""
    return heading(NEXT, [line for command in commands for line in _with_commands(command, WIDTH - len(INDENT))])


def _with_commands(text: str, width: int, begin: str = "") -> list[str]:
    """Text in lines of at most ``width`` columns; a command stands whole on a line, however long, to be copied."""
    held = _COMMAND.sub(lambda found: found[0].replace(" ", _NO_BREAK), text)
    lines = textwrap.wrap(
        held,
        width,
        initial_indent=begin,
        subsequent_indent=INDENT + " " * (len(begin) - len(begin.lstrip())),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_NO_BREAK, " ") for line in lines]


def paragraph(text: str, *, width: int = WIDTH) -> list[str]:
    """Text in lines of at most ``width`` columns."""
    if len(text) <= width and "\n" not in text:
        return [text]
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def fields(pairs: Mapping[str, object], *, width: int = WIDTH - len(INDENT)) -> list[str]:
    """Names and values under each other; a long value goes on below itself."""
    names = max((len(name) for name in pairs), default=0)
    lines = []
    for name, value in pairs.items():
        first, *rest = paragraph(_cell(value), width=width - names - GAP)
        lines += [f"{name:<{names}}{' ' * GAP}{first}".rstrip(), *(" " * (names + GAP) + line for line in rest)]
    return lines


def table(titles: Sequence[str], rows: Sequence[Row], *, width: int = WIDTH - len(INDENT)) -> list[str]:
    """A table that fits ``width`` columns: long cells go on below themselves, columns of numbers stand right."""
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [_is_numeric([row[place] for row in rows]) for place in range(len(titles))]
    widths = _widths(titles, cells, numeric, width)
    return [line for row in [list(titles), *cells] for line in _lines(row, widths, numeric)]


def rows(title: str, titles: Sequence[str], found: Sequence[Row]) -> list[str]:
    """A table under a title; nothing where it has no row."""
    return heading(title, table(titles, found)) if found else []


def beginning(title: str, titles: Sequence[str], found: Sequence[Row]) -> list[str]:
    """The first rows of a long table under a title; the others are counted."""
    left = len(found) - MOST_ROWS
    more = [f"{INDENT}and {left:,} more (--json lists all)"] if left > 0 else []
    return [*rows(title, titles, found[:MOST_ROWS]), *more]


def with_recorded(text: Sequence[str], recorded: Sequence[tuple[str, str, str | None, str | None]]) -> list[str]:
    """A result with what a dry run would have recorded, above the next steps: act, subject, states before and after."""
    shown = [
        (act, subject, before and words(before), after and words(after)) for act, subject, before, after in recorded
    ]
    place = text.index(NEXT) - 1 if NEXT in text else len(text)
    found = beginning("Would be recorded", ("Act", "Of", "From", "To"), shown)
    return [*text[:place], *found, *text[place:]]


def _cell(value: object) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return figure(str(value))
    return printable(" ".join(str(plain(value)).split())) or NOTHING


def _is_numeric(column: Sequence[object]) -> bool:
    written = [value for value in column if value is not None]
    return bool(written) and all(isinstance(value, int | Decimal | Figure) for value in written)


def _widths(titles: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool], width: int) -> list[int]:
    """The width of each column: what it needs, less what the widest ones must give for the table to fit.

    A word is cut only where nothing else can give.
    """
    columns = list(zip(titles, *cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    longest_words = [max(len(word) for text in column for word in text.split()) for column in columns]
    spare = width - GAP * (len(titles) - 1)
    while sum(widths) > spare:
        wide = [place for place in range(len(titles)) if not numeric[place] and widths[place] > NARROWEST]
        if not wide:
            return widths
        whole = [place for place in wide if widths[place] > longest_words[place]]
        widest = max(whole or wide, key=lambda place: widths[place])
        widths[widest] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> Iterator[str]:
    folded = [paragraph(cell, width=width) for cell, width in zip(row, widths, strict=True)]
    for place in range(max(map(len, folded))):
        parts = [
            f"{(lines[place] if place < len(lines) else ''):{'>' if is_number else '<'}{width}}"
            for lines, width, is_number in zip(folded, widths, numeric, strict=True)
        ]
        yield (" " * GAP).join(parts).rstrip()


def confirm(question: str) -> None:
    """Asks on standard error before what cannot be undone. Raises CancelledError unless the answer is yes."""
    lines = [part for line in f"{printable(question)} [y/N]".split("\n") for part in paragraph(line)]
    typer.echo("\n".join(lines) + " ", err=True, nl=False)
    answer = sys.stdin.readline()
    if not answer:
        typer.echo(err=True)
        raise CancelledError("nobody answered, and nothing was done", next_step="add --yes to go ahead")
    if answer.strip().lower() not in ("y", "yes"):
        raise CancelledError("nothing was done")


def note(*lines: str) -> None:
    """Writes lines that are no result on standard error."""
    for line in lines:
        typer.echo(printable(line), err=True)


def unfinished(what: str, problem: str, *commands: str) -> None:
    """Notes what failed after an act that is on record, and the commands that do it again."""
    note(
        *paragraph(f"The act is on record, but {what}: {problem}"),
        *(line for command in commands for line in _with_commands(command, WIDTH, f"{INDENT}Next: ")),
    )


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int], None]]:
    """Counts on standard error: on a terminal as it goes on, elsewhere once at the end of what was not refused."""
    is_terminal = sys.stderr.isatty()
    reached = 0

    def tell(done: int) -> None:
        nonlocal reached
        reached = done
        if is_terminal:
            typer.echo(f"\r{doing}: {done:,}", err=True, nl=False)

    try:
        yield tell
    finally:
        if reached and is_terminal:
            typer.echo(err=True)
    if reached and not is_terminal:
        typer.echo(f"{doing}: {reached:,}", err=True)


def files(paths: Sequence[Path]) -> list[str]:
    """Paths as they are typed from the current folder."""
    here = Path.cwd()
    return [str(path.relative_to(here)) if path.is_relative_to(here) else str(path) for path in paths]


def show_error(error: PipgrantsError) -> None:
    """An error as one JSON object on standard output, every mistake of a file among it."""
    found: dict[str, object] = {"message": error.message, "next_step": error.next_step, "exit_code": error.exit_code}
    if isinstance(error, ProblemsError):
        found["problems"] = list(error.problems)
    typer.echo(json.dumps({"error": plain(found)}, sort_keys=True, ensure_ascii=False, indent=2))


def complaint(error: PipgrantsError, *, is_listed: bool = True) -> list[str]:
    """An error as lines: what is wrong, every mistake of a file, and the next step, whose commands stay whole.

    The mistakes are left out where they are not to be listed, for they are told elsewhere.
    """
    labels = error.labels if isinstance(error, ProblemsError) else Labels()
    lines = [line for part in f"{labels.error}: {error.message}".split("\n") for line in paragraph(part)]
    if isinstance(error, ProblemsError) and is_listed:
        listed = list(error.lines[:MOST_PROBLEMS])
        if len(error.lines) > MOST_PROBLEMS:
            listed.append(Template(labels.more).substitute(count=f"{len(error.lines) - MOST_PROBLEMS:,}"))
        lines += [INDENT + line for item in listed for line in _hanging(item, WIDTH - len(INDENT))]
    return [*lines, *_with_commands(error.next_step, WIDTH, f"{INDENT}{labels.next}: ")] if error.next_step else lines
