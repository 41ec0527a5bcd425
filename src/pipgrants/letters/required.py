"""What a document must say, and the names that its template may use: shared by the checks of letters and notices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipgrants.errors import Problem, RefusedError
from pipgrants.letters.document import Document
from pipgrants.letters.sandbox import ITEM, LISTED, Used, names_used

SUMMARY = "summary"
"""The summary box, named as a place where something must be said."""
SUBJECT = "subject"
"""The subject, which is the title of the page."""

_LOCATED = re.compile(r"(?P<file>[\w./-]+\.j2)(?::(?P<line>\d+))?: (?P<message>.*)", re.DOTALL)


class Part(NamedTuple):
    """Something that a document must say: the place it is looked for in, and the words; any, where empty.

    The place is a section, the subject, the summary box, or, where empty, the whole document but its subject.
    """

    name: str
    place: str
    words: str


def is_said(document: Document, part: Part) -> bool:
    """Whether the words stand in the place; without words, whether the place says anything."""
    text = "\n".join(_texts(document, part.place))
    return bool(text.strip()) and part.words in text


def _texts(document: Document, place: str) -> Iterator[str]:
    if place == SUBJECT:
        yield document.title
    for pair in document.summary if place in ("", SUMMARY) else ():
        yield pair.value
    for found in document.sections:
        if place in ("", found.name):
            for paragraph in found.paragraphs:
                yield from (paragraph.text, *paragraph.items)
            for table in found.tables:
                yield from (cell for row in table.rows for cell in row)


def unknown_names(sources: Mapping[str, str], name: str, known: Mapping[str, object], what: str) -> Iterator[Problem]:
    """Names that a template asks for and no document has, also where no sample leads.

    ``known`` holds every name, and a list with what its items are like; ``what`` are the documents, in the plural.
    """
    for used in names_used(sources, name):
        problem = _objection(used, known, what)
        if problem:
            yield Problem(used.file, used.line, used.words, problem)


def _objection(used: Used, known: Mapping[str, object], what: str) -> str:
    here: object = known
    for depth, part in enumerate(used.path):
        if part == LISTED:
            return "" if isinstance(here, list) else "no list, so there is nothing to go through"
        if part == ITEM:
            here = here[0] if isinstance(here, list) else ""
        elif not isinstance(here, Mapping):
            return f"{_shown(used.path[:depth])} has no parts"
        elif part not in here:
            return f"{what} have no such name; here there are {', '.join(sorted(here))}"
        else:
            here = here[part]
    return ""


def _shown(path: tuple[str, ...]) -> str:
    """A path as its reader knows it: an item of a list is ``each of reasons``."""
    shown = ""
    for part in path:
        shown = f"each of {shown}" if part == ITEM else f"{shown}.{part}" if shown else part
    return shown


def located(refused: RefusedError, name: str) -> Problem:
    """What the sandbox refused, with the file and line that its message begins with."""
    found = _LOCATED.fullmatch(refused.message)
    if found is None:
        return Problem(name, None, "", refused.message)
    line = found["line"]
    return Problem(found["file"], int(line) if line else None, "", found["message"])
