"""The package of a workbook: limits that no honest one meets, and its parts read a piece at a time."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import MOST_ROWS

MOST_PARTS = 1_000
LARGEST_UNPACKED_BYTES = 200_000_000
LARGEST_STRINGS_BYTES = 50_000_000
"""The shared strings are the one large part whose values have to be held in memory."""
LARGEST_PIECE_BYTES = 5_000_000
MOST_TAGS = 100_000
"""What is parsed at a time: a part that is read whole, a row or a shared string. A tag takes 1 to 2 kB once it is
parsed; the widest row of a spreadsheet has 16,384 cells of four tags."""
TIGHTEST_PACKING = 200
SMALLEST_BOMB_BYTES = 1_000_000
"""Parts below this size may be packed as tightly as they like."""
MOST_MERGES_NAMED = 100

DAMAGED_PACKAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, UnicodeDecodeError)
"""What reading a package raises where it is damaged: its directory or a checksum is wrong, a part cannot be unpacked or
ends too soon, needs another version of ZIP or lies outside of the file, or its name is no text."""

_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The ways of packing that a workbook may use (ECMA-376 part 2)."""
_OLD_OR_ENCRYPTED_MAGIC = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_FLAG = 0x1
_CHUNK_BYTES = 1_000_000
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\0!\0D\0O\0C|\0<\0!\0D\0O\0C")
_PREFIX = rb"(?:[^\s<>/!?:]+:)?"
_UTF_8 = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?!\?xml[^>]*\sencoding\s*=\s*[\"'](?!utf-8[\"']))", re.IGNORECASE)
"""How a part begins whose tags can be told from its bytes."""
_ROOT = re.compile(rb"<([^\s<>/!?]+)([^>]*)>")
_NAMESPACE = re.compile(rb"\sxmlns(?::[^\s=]+)?\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_VALUE = re.compile(rb"<" + _PREFIX + rb"(?:v|f|is)[\s/>]")
_MERGE = re.compile(rb"<" + _PREFIX + rb"mergeCell\s[^>]*?\bref=[\"']([^\"']+)")
_ROW_NUMBER = re.compile(rb"\br=[\"'](\d+)[\"']")


class Repeated:
    """An element that a large part repeats, in whatever prefix its names have."""

    def __init__(self, name: bytes) -> None:
        self.start = re.compile(rb"<" + _PREFIX + name + rb"(?=[\s/>])([^>]*)>")
        self.end = re.compile(rb"</" + _PREFIX + name + rb"\s*>")


ROW = Repeated(b"row")
STRING = Repeated(b"si")


class Element(NamedTuple):
    """One of the elements that a part repeats: from its tag to its end, and what stands after it."""

    namespaces: bytes
    attributes: bytes
    markup: bytes
    after: bytes

    def document(self) -> bytes:
        """The element alone in a document of its own."""
        return b"<part%b>%b</part>" % (self.namespaces, self.markup)


class Survey(NamedTuple):
    """What a sheet really holds, whatever dimension it declares."""

    is_blank: bool
    merged: tuple[str, ...]


class Package(zipfile.ZipFile):
    """The package of a workbook, of which nothing large is parsed at a time. Raises ImportRefusedError for what is."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._place = Place(path.name)

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        """A part as a whole."""
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        self.require_at_most(LARGEST_PIECE_BYTES, part.filename)
        return self._piece(_required_utf_8(super().read(name, pwd)), part.filename)

    def require_at_most(self, limit: int, part: str) -> None:
        """Raise ImportRefusedError where a part has more bytes."""
        if self.getinfo(part).file_size > limit:
            raise self._too_large(part, limit)

    def elements(self, part: str, repeated: Repeated) -> Iterator[Element]:
        """The elements that a part repeats, one at a time."""
        namespaces = b""
        for piece in self._pieces(part, repeated):
            tag = repeated.start.match(piece)
            if tag is None:
                root = _ROOT.search(piece)
                namespaces = b"".join(_NAMESPACE.findall(root[2])) if root else b""
                continue
            end = tag.end() if tag[1].endswith(b"/") else _end(repeated.end.search(piece))
            yield Element(namespaces, tag[1], piece[:end], piece[end:])

    def _pieces(self, part: str, repeated: Repeated) -> Iterator[bytes]:
        """What stands before the first element of a part, then each element with what stands before the next."""
        with self.open(part) as source:
            rest = _required_utf_8(source.read(_CHUNK_BYTES))
            root = _ROOT.search(rest)
            while rest:
                begin = 0
                for tag in repeated.start.finditer(rest, 1):
                    yield self._piece(rest[begin : tag.start()], part)
                    begin = tag.start()
                rest = self._piece(rest[begin:], part)
                chunk = source.read(_CHUNK_BYTES)
                if not chunk:
                    break
                rest += chunk
        if root is None or not (root[2].endswith(b"/") or b"</" + root[1] in rest):
            raise zipfile.BadZipFile(f"{part} breaks off")
        yield rest

    def _piece(self, markup: bytes, part: str) -> bytes:
        if len(markup) > LARGEST_PIECE_BYTES or markup.count(b"<") > MOST_TAGS:
            raise self._too_large(part, LARGEST_PIECE_BYTES)
        return markup

    def _too_large(self, part: str, limit: int) -> ImportRefusedError:
        return self._place.refusal("import.part_too_large", part=part[:100], limit=str(limit), tags=str(MOST_TAGS))


def _required_utf_8(start: bytes) -> bytes:
    if not _UTF_8.match(start):
        raise zipfile.BadZipFile("a part is not XML in UTF-8")
    return start


def _end(found: re.Match[bytes] | None) -> int:
    if found is None:
        raise zipfile.BadZipFile("an element does not end")
    return found.end()


def inspect_archive(path: Path) -> None:
    """Raise ImportRefusedError where the file is no plain, safe workbook: a bomb, encrypted, with macros or links."""
    place = Place(path.name)
    with path.open("rb") as source:
        if source.read(4) == _OLD_OR_ENCRYPTED_MAGIC:
            raise place.refusal("import.old_or_encrypted")
    try:
        with zipfile.ZipFile(path) as archive:
            _inspect_parts(archive.infolist(), place)
            _refuse_entities(archive, place)
    except DAMAGED_PACKAGE as error:
        raise place.refusal("import.not_a_workbook") from error


def _inspect_parts(parts: list[zipfile.ZipInfo], place: Place) -> None:
    if len(parts) > MOST_PARTS:
        raise place.refusal("import.too_many_parts", seen=str(len(parts)), limit=str(MOST_PARTS))
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED_BYTES:
        raise place.refusal("import.unpacks_too_large", seen=str(unpacked), limit=str(LARGEST_UNPACKED_BYTES))
    for part in parts:
        _inspect_part(part, place)


def _inspect_part(part: zipfile.ZipInfo, place: Place) -> None:
    name = part.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or ".." in name.split("/"):
        raise place.refusal("import.unsafe_path", part=part.filename[:100])
    if part.flag_bits & _ENCRYPTED_FLAG:
        raise place.refusal("import.encrypted_part", part=name[:100])
    if part.compress_type not in _PACKINGS:
        raise place.refusal("import.not_a_workbook")
    if name.lower().endswith("vbaproject.bin"):
        raise place.refusal("import.macros")
    if name.lower().startswith("xl/externallinks/"):
        raise place.refusal("import.external_links")
    ratio = part.file_size // max(part.compress_size, 1)
    if part.file_size > SMALLEST_BOMB_BYTES and ratio > TIGHTEST_PACKING:
        raise place.refusal("import.packed_too_tightly", part=name, seen=str(ratio), limit=str(TIGHTEST_PACKING))


def _refuse_entities(archive: zipfile.ZipFile, place: Place) -> None:
    """A document type can only stand before the first element."""
    for part in archive.infolist():
        if part.filename.lower().endswith((".xml", ".rels")):
            with archive.open(part) as source:
                if _DOCTYPE.search(source.read(_CHUNK_BYTES)):
                    raise place.refusal("import.xml_entities")


def survey(package: Package, part: str, place: Place) -> Survey:
    """What a sheet holds. Raises ImportRefusedError for rows that do not follow each other or are too many."""
    is_blank, merged = True, []
    for _, row in _numbered(package, part, place):
        is_blank = is_blank and not _VALUE.search(row.markup)
        merged += [found[1].decode("ascii", "replace") for found in _MERGE.finditer(row.after)]
        del merged[MOST_MERGES_NAMED:]
    return Survey(is_blank, tuple(merged))


def rows_with_values(package: Package, part: str, place: Place) -> Iterator[tuple[int, bytes]]:
    """The rows of a sheet that are not blank: the number of each, and its markup as a document."""
    for number, row in _numbered(package, part, place):
        if _VALUE.search(row.markup):
            yield number, row.document()


def _numbered(package: Package, part: str, place: Place) -> Iterator[tuple[int, Element]]:
    number = 0
    for row in package.elements(part, ROW):
        written = _ROW_NUMBER.search(row.attributes)
        following = int(written[1][:9]) if written else number + 1
        if following > MOST_ROWS:
            raise place.refusal("import.too_many_rows", limit=str(MOST_ROWS))
        if following <= number:
            raise place.refusal("import.rows_out_of_order", row=str(following), previous=str(number))
        number = following
        yield number, row
