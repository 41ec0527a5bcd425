"""The two layouts that are ours: a document as wrapped text, and as one self-contained HTML page."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from pipgrants.letters.document import Document, Pair, Paragraph, Section, Table
from pipgrants.letters.phrasing import BULLETS
from pipgrants.letters.templates import Templates

WIDTH = 78
_GAP = "  "
_NARROWEST_COLUMN = 21
_UNBROKEN = "\x1f"
"""Stands for a space at which no line ends; no document holds this character."""
_IN_AMOUNT = re.compile(r"(?<=\b[A-Z]{3}) (?=[0-9])")


def to_html(templates: Templates, document: Document) -> str:
    """The document as one HTML page: headings, table scopes, language, styles for print and for phones."""
    return templates.page.render(document=document)


def to_text(document: Document) -> str:
    """The document as text of at most 78 columns; a table that is wider becomes a list of its rows."""
    parts = [
        "\n".join(_wrapped(f"*** {banner} ***" for banner in document.banners)),
        "\n".join(_wrapped(document.sender)),
        "\n".join(_wrapped(document.recipient)),
        "\n".join(_pairs(document.references)),
        _underlined(document.title, "="),
        _summary(document),
        *(_section(section) for section in document.sections),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(document: Document) -> str:
    if not document.summary:
        return ""
    rule = "-" * WIDTH
    return "\n".join([rule, document.summary_heading.upper(), *_pairs(document.summary), rule])


def _section(section: Section) -> str:
    parts = [
        _underlined(section.heading, "-") if section.heading else "",
        *(_paragraph(paragraph) for paragraph in section.paragraphs),
        *(_table(table) for table in section.tables if table.rows),
    ]
    heading, *rest = parts
    body = "\n\n".join(rest)
    return f"{heading}\n{body}" if heading and body else heading or body


def _underlined(text: str, rule: str) -> str:
    lines = _wrapped([text])
    return "\n".join([*lines, rule * max(map(display_width, lines), default=0)])


def _paragraph(paragraph: Paragraph) -> str:
    lines = _wrapped([paragraph.text]) if paragraph.text else []
    for item in paragraph.items:
        lines += _fill(item, first="- ", following="  ")
    return "\n".join(lines)


def _pairs(pairs: Iterable[Pair]) -> Iterator[str]:
    listed = list(pairs)
    width = max((display_width(pair.label) for pair in listed), default=0) + 1
    for pair in listed:
        label = f"{pair.label}:".ljust(width + 1)
        yield from _fill(pair.value, first=label, following=" " * (width + 1))


def _table(table: Table) -> str:
    """A grid whose wide columns are wrapped, or, where that leaves them too narrow, a list of the rows."""
    natural = [max(display_width(row[column]) for row in (table.columns, *table.rows)) for column in _columns(table)]
    room = WIDTH - len(_GAP) * (len(natural) - 1)
    widest = _widest(natural, room)
    has_lines = any("\n" in cell for row in table.rows for cell in row)
    if has_lines or widest < min(max(natural), _NARROWEST_COLUMN):
        body = _records(table)
    else:
        body = _grid(table, [min(width, widest) for width in natural])
    return "\n\n".join(part for part in ("\n".join(_wrapped([table.caption])), body) if part)


def _widest(natural: list[int], room: int) -> int:
    """How wide a column can be at most, so that all fit: what narrow ones leave is shared among the wide ones."""
    narrow = 0
    for place, width in enumerate(sorted(natural)):
        share = (room - narrow) // (len(natural) - place)
        if width > share:
            return share
        narrow += width
    return max(natural)


def _columns(table: Table) -> range:
    return range(len(table.columns))


def _grid(table: Table, widths: list[int]) -> str:
    rule = _GAP.join("-" * width for width in widths)
    head = _grid_row(table, table.columns, widths)
    rows = (line for row in table.rows for line in _grid_row(table, row, widths))
    return "\n".join([*head, rule, *rows])


def _grid_row(table: Table, row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    """The row on as many lines as its longest cell needs."""
    wrapped = (_lines_of(cell, width) for cell, width in zip(row, widths, strict=True))
    for line in zip_longest(*wrapped, fillvalue=""):
        yield _GAP.join(
            _padded(cell, widths[column], right=column in table.numeric) for column, cell in enumerate(line)
        ).rstrip()


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - display_width(cell))
    return space + cell if right else cell + space


def _records(table: Table) -> str:
    """Each row as its first cell, then its other cells under their column headings."""
    width = max(map(display_width, table.columns[1:]), default=0) + 1
    records = []
    for number, row in enumerate(table.rows, 1):
        marker = f"{number}. "
        lines = _fill(row[0], first=marker, following=" " * len(marker))
        for heading, cell in zip(table.columns[1:], row[1:], strict=True):
            label = f"   {heading}:".ljust(width + 4)
            for part in cell.split("\n") if cell else ():
                hanging = 2 if part.startswith(BULLETS) else 0
                lines += _fill(part, first=label, following=" " * (width + 4 + hanging))
                label = " " * (width + 4)
        records.append("\n".join(lines))
    return "\n\n".join(records)


def _wrapped(lines: Iterable[str]) -> list[str]:
    return [part for line in lines for part in _fill(line, first="", following="")]


def _fill(text: str, *, first: str, following: str) -> list[str]:
    return _lines_of(text, WIDTH, first, following) or [first.rstrip()]


def _lines_of(text: str, width: int, first: str = "", following: str = "") -> list[str]:
    """The text on lines of some width; the code of a currency and its amount stay on one."""
    wrapper = textwrap.TextWrapper(
        width=width, initial_indent=first, subsequent_indent=following, break_on_hyphens=False, drop_whitespace=True
    )
    return [line.replace(_UNBROKEN, " ") for line in wrapper.wrap(_IN_AMOUNT.sub(_UNBROKEN, text))]


def display_width(text: str) -> int:
    """Columns that the text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
