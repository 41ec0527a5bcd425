"""Letters: made from their records alone, shown as drafts, written to files once they are released."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import orjson

from pipgrants.domain.call import Call
from pipgrants.domain.programme import Programme
from pipgrants.domain.vocabulary import LetterKind
from pipgrants.errors import NotFoundError, RefusedError, UsageError
from pipgrants.letters import pdf as pdf_letters
from pipgrants.letters.data import LetterData, Release
from pipgrants.letters.document import Document
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.letter import compose
from pipgrants.letters.pdf import PdfLayout, require_pdf
from pipgrants.letters.templates import Templates
from pipgrants.paths import refuse_existing, written_whole
from pipgrants.services.definitions import (
    read_call,
    read_programme,
    templates_of,
    templates_of_today,
)
from pipgrants.services.letter_facts import LetterFacts
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit

REDACTED = "[redacted]"
MOST_NAMED = 20
_NUMBER = re.compile(r"(?:L-)?0*([1-9][0-9]{0,8})", re.IGNORECASE)


Parts: TypeAlias = Mapping[str, str | bytes]


class Rendered(NamedTuple):
    """One letter as it is read."""

    number: int
    kind: str
    language: str
    title: str
    text: str
    html: str
    pdf: bytes | None = None

    @property
    def parts(self) -> Parts:
        """What the letter consists of, by name; the entry of its release holds the salted hash of each part."""
        paper = {} if self.pdf is None else {"pdf": self.pdf}
        return {"text": self.text, "html": self.html, **paper}


class Renderer:
    """Turns letters' records into text, HTML and PDF; a pure function of the record and what it names by hash.

    A PDF depends on the fonts of some folders as well, as ``pdf.renderer`` tells them apart. With ``templates`` letters
    are made from those, and not from what their records name.
    """

    def __init__(self, unit: Unit, fonts: Sequence[Path] = (), templates: Templates | None = None) -> None:
        self._unit = unit
        self._fonts = fonts
        self._instead = templates
        self._templates: dict[str, Templates] = {}
        self._pdf_layouts: dict[str, PdfLayout] = {}
        self._calls: dict[str, tuple[Call, Programme]] = {}

    def render(self, row: LetterRow, release: Release | None) -> Rendered:
        """The letter; without a release it is marked draft. Raises RefusedError naming a template that fails."""
        return self._read(row, self._composed(row, release, self.data(row)))

    def whole(self, row: LetterRow, release: Release) -> Rendered:
        """A released letter, with its PDF where it was released with one. Raises what ``render`` and ``pdf`` raise."""
        data = self.data(row)
        document = self._composed(row, release, data)
        letter = self._read(row, document)
        return letter._replace(pdf=self._set(row, release, data, document)) if has_pdf(release) else letter

    def pdf(self, row: LetterRow, release: Release | None) -> bytes:
        """The letter as PDF with its record attached, dated as it was released; a draft, as it was recorded.

        Raises RefusedError naming a template that fails, or a character that no font has with its field, and where the
        extra is not installed.
        """
        data = self.data(row)
        return self._set(row, release, data, self._composed(row, release, data))

    def _templates_of(self, row: LetterRow) -> Templates:
        if self._instead is not None:
            return self._instead
        templates = self._templates.get(row.template_hash)
        if templates is None:
            templates = self._templates[row.template_hash] = templates_of(self._unit.calls, row.template_hash)
        return templates

    def _composed(self, row: LetterRow, release: Release | None, data: LetterData) -> Document:
        return compose(self._templates_of(row), LetterKind(row.kind), row.language, data, release)

    def _read(self, row: LetterRow, document: Document) -> Rendered:
        text, html = to_text(document), to_html(self._templates_of(row), document)
        return Rendered(row.number, row.kind, row.language, document.title, text, html)

    def _set(self, row: LetterRow, release: Release | None, data: LetterData, document: Document) -> bytes:
        layout = self._pdf_layouts.get(row.template_hash)
        if layout is None:
            sources = self._templates_of(row).sources
            layout = self._pdf_layouts[row.template_hash] = PdfLayout(sources, self._fonts)
        return layout.render(document, row.data, self._dated(row, release, data["call"].get("time_zone") or "UTC"))

    def _dated(self, row: LetterRow, release: Release | None, time_zone: str) -> datetime:
        if release is None:
            return datetime.fromisoformat(self._unit.ledger.contents([row.entry])[row.entry]["at"])
        return datetime.combine(date.fromisoformat(release["released_on"]), time(), ZoneInfo(time_zone)).astimezone(UTC)

    def data(self, row: LetterRow) -> LetterData:
        """Everything the letter says, from its record and the definitions it names."""
        facts = orjson.loads(row.data)
        call, programme = self._call(facts["definition"])
        replaces = letter_number(facts["corrects"]) if "corrects" in facts else None
        return LetterFacts(row, facts, call, programme).letter(letter_number(row.number), replaces)

    def _call(self, definition_hash: str) -> tuple[Call, Programme]:
        found = self._calls.get(definition_hash)
        if found is None:
            calls = self._unit.calls
            call = read_call(calls.definition(definition_hash))
            programme = read_programme(calls.definition(calls.programme(call.programme).definition_hash))
            found = self._calls[definition_hash] = (call, programme)
        return found


def letter_number(number: int) -> str:
    """The number of a letter as it is written on it."""
    return f"L-{number:06d}"


def number_of(letter: str) -> int:
    """The number of a letter, given as ``L-000123`` or ``123``. Raises UsageError for anything else."""
    found = _NUMBER.fullmatch(letter)
    if found is None:
        raise UsageError(f"{letter!r} is no number of a letter", next_step="give it as it stands on it, as L-000123")
    return int(found[1])


def file_name(row: LetterRow) -> str:
    """What the files of a letter are called, without their suffix."""
    return f"{letter_number(row.number)}-{row.kind}.{row.language}"


def preview(workspace: Workspace, proposal: str, *, edited: bool = False) -> Rendered:
    """The last letter about a proposal, marked draft while it is not released. Raises NotFoundError without one.

    Where ``edited``, it is made from the templates as they stand in the workspace, and is a draft in any case. Raises
    RefusedError or DefinitionError naming file and line of one that cannot be used.
    """
    with workspace.read() as unit:
        row = _last_letter(unit, proposal)
        renderer, release = _previewer(workspace, unit, row, edited)
        return renderer.render(row, release)


def preview_pdf(workspace: Workspace, proposal: str, path: Path, *, edited: bool = False) -> Rendered:
    """Writes the last letter about a proposal as PDF and returns it, made as by ``preview``.

    Raises RefusedError where the file exists, and what ``preview`` raises.
    """
    require_pdf()
    refuse_existing(path)
    with workspace.read() as unit:
        row = _last_letter(unit, proposal)
        renderer, release = _previewer(workspace, unit, row, edited)
        with written_whole(path) as file:
            file.write_bytes(renderer.pdf(row, release))
        return renderer.render(row, release)


def _previewer(workspace: Workspace, unit: Unit, row: LetterRow, edited: bool) -> tuple[Renderer, Release | None]:
    """What makes a letter, and its release, which is not that of a letter made from other templates."""
    fonts = font_folders(workspace)
    if edited:
        return Renderer(unit, fonts, templates_of_today(workspace)), None
    return Renderer(unit, fonts), _release_of(row)


def _last_letter(unit: Unit, proposal: str) -> LetterRow:
    unit.proposals.get(proposal)
    rows = unit.letters.of_proposal(proposal)
    if not rows:
        raise NotFoundError(f"no letter about {proposal} is on record yet")
    return rows[-1]


def _release_of(row: LetterRow) -> Release | None:
    release: Release | None = None if row.release is None else orjson.loads(row.release)
    return release


def has_pdf(release: Release) -> bool:
    """Whether a letter was released as PDF, too."""
    return "pdf" in release.get("renderers", {})


def renderers(fonts: Sequence[Path], *, pdf: bool) -> dict[str, str]:
    """What makes letters here: the versions that text and page depend on, and those of PDFs where asked for."""
    made = ", ".join(f"{package} {version(package)}" for package in ("pipgrants", "jinja2", "babel"))
    return {"letter": made, **({"pdf": pdf_letters.renderer(fonts)} if pdf else {})}


def font_folders(workspace: Workspace) -> tuple[Path, ...]:
    """Where the fonts of PDF letters are: the shipped ones, then the agency's own."""
    return shipped("templates") / "fonts", workspace.folder / "templates" / "fonts"


def list_letters(workspace: Workspace, call: str) -> list[LetterRow]:
    """The letters of a call."""
    with workspace.read() as unit:
        unit.calls.get(call)
        return list(unit.letters.of_call(call))


def letters_refused(call: str, refused: Sequence[tuple[str, str]], what: str, others: str) -> RefusedError:
    """Says which letters failed, and why; the first of them where they are many."""
    listed = "; ".join(f"{number}: {message}" for number, message in refused[:MOST_NAMED])
    more = f"; and {len(refused) - MOST_NAMED} more" if len(refused) > MOST_NAMED else ""
    return RefusedError(
        f"{len(refused)} letter{'s' if len(refused) > 1 else ''} {what}: {listed}{more}",
        next_step=f"correct what is named, and run the command again (a template that the call keeps is replaced by: "
        f"pipgrants call reword {call} --reason TEXT); {others}",
    )
