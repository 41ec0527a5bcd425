"""One letter of each kind in each language, as an applicant of an invented round would get it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipgrants.domain.vocabulary import Language, LetterKind
from pipgrants.letters.document import Document
from pipgrants.letters.letter import compose
from pipgrants.letters.pdf import PdfLayout
from pipgrants.letters.sample import SAMPLE_RELEASE, sample_letter
from pipgrants.letters.templates import Templates, read_sources

PROJECT = Path(__file__).resolve().parents[1]
FONTS = PROJECT / "templates" / "fonts"
GOLDEN = PROJECT / "tests" / "letters" / "golden"
EVERY = tuple((kind, language) for kind in LetterKind for language in Language)
MADE_WITH = ", ".join(f"{package} {version(package)}" for package in ("typst", "segno"))
DATED = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
RECORD = b'{"definition":"0f3a","proposal":"PIP2-014"}'


def golden_documents(templates: Templates) -> dict[tuple[LetterKind, Language], Document]:
    """Each letter, released."""
    return {
        (kind, language): compose(templates, kind, language.value, sample_letter(kind, language), SAMPLE_RELEASE)
        for kind, language in EVERY
    }


def shipped_templates() -> Templates:
    """The shipped templates."""
    return Templates(read_sources(PROJECT / "templates"))


def shipped_layout() -> PdfLayout:
    """The shipped page layout with the shipped fonts."""
    return PdfLayout(read_sources(PROJECT / "templates"), [FONTS])
