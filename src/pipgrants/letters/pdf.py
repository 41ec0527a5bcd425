"""The third layout: a document as PDF, set by Typst from a page layout that is ours.

A PDF claims PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1). What a letter says reaches Typst as JSON, never as
source, and only the fonts of the folders named are used. The same document, record and date give the same bytes as long
as ``renderer`` says the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from pipgrants.errors import RefusedError
from pipgrants.letters.document import Document
from pipgrants.letters.logo import LOGO
from pipgrants.letters.phrasing import BULLETS

if TYPE_CHECKING:
    from typst import TypstError

LAYOUT = "layout/letter.typ"
FAMILIES = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Math", "Noto Emoji")
"""The shipped families, in the order in which a character is looked for; an agency's own follow."""

_QUIET_ZONE = 4
_MASK = 3
"""One of the eight patterns of QR codes; trying all of them takes as long as setting the page."""
_END = re.compile(b"%%EOF")
"""With this, and nothing after it, Typst ends a PDF; what others write after it ends so, too (ISO 32000-1, 7.5.5)."""
_SIGNED_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
"""What a signature is over: from the first byte on, and from behind its own hex digits on (ISO 32000-1, 12.8.1)."""
_HEX = re.compile(rb"<[0-9A-Fa-f]*>")
_DARK = re.compile(b"\1+")
_UNSET_TEXT = re.compile(r"the text (?:contains the disallowed codepoint )?`\"(.+?)\"`")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def has_extra() -> bool:
    """Whether what PDFs are made with is installed."""
    return find_spec("typst") is not None and find_spec("segno") is not None


def require_pdf() -> None:
    """Raises RefusedError where what PDFs are made with is not installed."""
    if not has_extra():
        raise RefusedError(
            "PDF letters need the extra `pdf`, which is not installed",
            next_step='pip install "pipgrants[pdf]"; letters as text and as HTML need nothing more',
        )


def require_sign() -> None:
    """Raises RefusedError where what PDFs are signed with is not installed."""
    if find_spec("pyhanko") is None:
        raise RefusedError(
            "signing PDF letters needs the extra `sign`, which is not installed",
            next_step='pip install "pipgrants[sign]"; without `signature` in workflows/outbox.yaml nothing is signed',
        )


def revisions(pdf: bytes) -> Iterator[bytes]:
    """A PDF as it was before each update that was written after it, such as a signature: the oldest first."""
    return (pdf[: end.end()] for end in _END.finditer(pdf))


def is_one_signature(pdf: bytes, size: int) -> bool:
    """Whether what follows the first ``size`` bytes of a PDF is one update, with one signature over the whole file.

    Looks at where the signature says that it lies; whether it holds is for who knows the certificate.
    """
    tail = pdf[size:]
    ranges = [tuple(map(int, found.groups())) for found in _SIGNED_RANGE.finditer(tail)]
    if len(ranges) != 1 or len(_END.findall(tail)) != 1 or not tail.rstrip().endswith(b"%%EOF"):
        return False
    ((first, second, length),) = ranges
    is_whole = size <= first < second and second + length == len(pdf)
    return is_whole and _HEX.fullmatch(pdf, first, second) is not None


def renderer(fonts: Sequence[Path]) -> str:
    """What makes PDFs: the versions of Typst and segno, and a hash of the fonts in some folders.

    Raises RefusedError where they are not installed.
    """
    require_pdf()
    files = (path for folder in fonts for path in sorted(folder.glob("*.[ot]tf")))
    digests = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
    return f"typst {version('typst')}, segno {version('segno')}, fonts {hashlib.sha256(digests).hexdigest()[:16]}"


class PdfLayout:
    """Sets documents as PDF; make one and keep it, because a new compiler reads all fonts anew.

    ``sources`` are the templates by name, with the layout and, where there is one, the logo; ``fonts`` are folders, the
    shipped one first.
    """

    def __init__(self, sources: Mapping[str, str], fonts: Sequence[Path]) -> None:
        require_pdf()
        import typst

        folders = [folder for folder in fonts if folder.is_dir()]
        found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*folders])
        self._families = (*FAMILIES, *sorted(set(found.families()) - set(FAMILIES)))
        self._compiler = typst.Compiler(root=folders[0], font_paths=found, ignore_system_fonts=True)
        self._source = sources[LAYOUT].encode()
        self._logo = sources.get(LOGO, "")

    def render(self, document: Document, record: bytes, dated: datetime) -> bytes:
        """The document as PDF dated ``dated``, with the record (JSON) attached as ``record.json``.

        Raises RefusedError naming the field and the character that no font has.
        """
        (pdf,) = self._set(document, record, dated=dated)
        return pdf

    def pages(self, document: Document, dots_per_inch: int) -> list[bytes]:
        """The pages of the document as PNG images."""
        return self._set(document, b"", dots_per_inch=dots_per_inch)

    def _set(
        self, document: Document, record: bytes, dated: datetime | None = None, dots_per_inch: int | None = None
    ) -> list[bytes]:
        from typst import TypstError

        given = {"letter": self._input(document, record)}
        try:
            found = self._compiler.compile(
                self._source,
                sys_inputs=given,
                format="png" if dots_per_inch else "pdf",
                ppi=dots_per_inch,
                pdf_standards=[] if dots_per_inch else ["a-3a", "ua-1"],
                timestamp=dated,
            )
        except TypstError as error:
            raise _refusal(document, error) from error
        return [found] if isinstance(found, bytes) else found or []

    def _input(self, document: Document, record: bytes) -> str:
        """All that the page layout is told, as JSON."""
        return orjson.dumps(
            {
                "document": document,
                "record": record.decode(),
                "logo": self._logo,
                "code": qr_code(document.code.text) if document.code else "",
                "fonts": self._families,
                "bullets": BULLETS,
            }
        ).decode()


def qr_code(text: str) -> str:
    """A QR code (ISO/IEC 18004, level M) as an SVG drawing."""
    import segno

    rows = segno.make_qr(text, error="m", mask=_MASK, boost_error=False).matrix
    side = len(rows) + 2 * _QUIET_ZONE
    runs = ((run.start(), y, len(run[0])) for y, row in enumerate(rows) for run in _DARK.finditer(row))
    dark = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in runs)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{_QUIET_ZONE} -{_QUIET_ZONE} {side} {side}">'
        f'<path d="{dark}"/></svg>'
    )


def _refusal(document: Document, error: TypstError) -> RefusedError:
    """Why a document cannot be set: the first character that no font has, and where it stands."""
    text_and_page = "the letter as text and as HTML is not affected"
    found = _UNSET_TEXT.search(error.message)
    if found is None:
        return RefusedError(f"the PDF cannot be set: {error.message}", next_step=text_and_page)
    unset = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), found[1])
    field = next((field for field, text in _fields(document) if unset in text), "letter")
    named = " ".join(f"U+{ord(character):04X}" for character in unset)
    return RefusedError(
        f"{field}: the PDF has no font for {named}",
        next_step=f"correct the value, or add a font that has it to templates/fonts of the workspace; {text_and_page}",
    )


def _fields(document: Document) -> Iterator[tuple[str, str]]:
    """Every text of a document with the name of its field."""
    yield "subject", document.title
    yield from (("banner", text) for text in document.banners)
    yield from (("sender", text) for text in document.sender)
    yield from (("recipient", text) for text in document.recipient)
    for pair in (*document.references, *document.summary):
        yield pair.label, pair.value
    for section in document.sections:
        name = section.heading or section.name
        yield from ((name, text) for paragraph in section.paragraphs for text in (paragraph.text, *paragraph.items))
        for table in section.tables:
            for row in table.rows:
                yield from ((f"{name}, {column}", text) for column, text in zip(table.columns, row, strict=True))
