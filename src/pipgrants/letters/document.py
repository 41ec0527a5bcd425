"""A document as plain data: what a letter, a notice, an explanation or a results list says, apart from how it looks.

Layouts turn it into text and HTML; nothing in it depends on either. ``\\n`` inside a table cell separates its lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """One labelled value: a line of the summary box or of the references."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, then a list; either may be empty."""

    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading for each column; ``numeric`` columns are set flush right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part under its heading; the opening and closing parts of a letter have none."""

    name: str
    heading: str
    paragraphs: tuple[Paragraph, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show under the heading."""
        return not self.paragraphs and not any(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True)
class Code:
    """What a code for machines says (a QR code on paper), and its description for those who do not see it."""

    text: str
    description: str


@dataclass(frozen=True, slots=True)
class Document:
    """The whole document; ``banners`` (draft, synthetic) stand above everything, on paper on every page.

    ``footer`` and ``code`` are for paper: what stands at the foot of every page, and the code beside the verification.
    """

    language: str
    title: str
    draft: bool = False
    banners: tuple[str, ...] = ()
    sender: tuple[str, ...] = ()
    recipient: tuple[str, ...] = ()
    references: tuple[Pair, ...] = ()
    summary_heading: str = ""
    summary: tuple[Pair, ...] = ()
    sections: tuple[Section, ...] = ()
    footer: str = ""
    code: Code | None = None


def sections(
    blocks: Mapping[str, str], headings: Mapping[str, str], tables: Mapping[str, tuple[Table, ...]]
) -> tuple[Section, ...]:
    """The sections that have something to show, in the order of their headings."""
    every = (
        Section(name, heading, paragraphs(blocks.get(name, "")), tables.get(name, ()))
        for name, heading in headings.items()
    )
    return tuple(section for section in every if not section.is_empty)


def one_line(text: str) -> str:
    """A block that is one line: a subject, or a line of the summary box."""
    return " ".join(text.split())


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Plain text as paragraphs: blank lines separate them, lines that begin with ``- `` are the items of a list."""
    chunks: list[list[str]] = [[]]
    for line in map(str.strip, text.splitlines()):
        if line:
            chunks[-1].append(line)
        elif chunks[-1]:
            chunks.append([])
    return tuple(_paragraph(lines) for lines in chunks if lines)


def _paragraph(lines: list[str]) -> Paragraph:
    text: list[str] = []
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:].strip())
        elif items:
            items[-1] = f"{items[-1]} {line}"
        else:
            text.append(line)
    return Paragraph(" ".join(text), tuple(items))
