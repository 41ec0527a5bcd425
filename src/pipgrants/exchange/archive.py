"""What a workbook's package may be before anything of it is opened: limits that no honest workbook meets."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import MOST_ROWS

MOST_PARTS = 1_000
LARGEST_UNPACKED_BYTES = 200_000_000
LARGEST_STRINGS_BYTES = 50_000_000
"""The shared strings are the one part that has to be held in memory."""
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
_MARKUP = re.compile(
    rb"<(?:\w+:)?(?:row\b(?P<row>[^>]*)>|(?P<value>v|f|is)\b|mergeCell\b[^>]*?\bref=[\"'](?P<merged>[^\"']+))"
)
_ROW_NUMBER = re.compile(rb"\br=[\"'](\d+)[\"']")


class Extent(NamedTuple):
    """What a sheet really holds, whatever dimension it declares."""

    last_row: int
    merged: tuple[str, ...]


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
    if name.lower().endswith("sharedstrings.xml") and part.file_size > LARGEST_STRINGS_BYTES:
        raise place.refusal("import.unpacks_too_large", seen=str(part.file_size), limit=str(LARGEST_STRINGS_BYTES))


def _refuse_entities(archive: zipfile.ZipFile, place: Place) -> None:
    """A document type can only stand before the first element."""
    for part in archive.infolist():
        if part.filename.lower().endswith((".xml", ".rels")):
            with archive.open(part) as source:
                if _DOCTYPE.search(source.read(_CHUNK_BYTES)):
                    raise place.refusal("import.xml_entities")


def extent_of(archive: zipfile.ZipFile, part: str, place: Place) -> Extent:
    """The last row with a value and the merged ranges of a sheet, from one pass over its markup in constant memory.

    Raises ImportRefusedError for rows that do not follow each other or go beyond the last row of a spreadsheet.
    """
    number, last = 0, 0
    merged: list[str] = []
    for match in _markup(archive, part):
        if match["merged"]:
            if len(merged) < MOST_MERGES_NAMED:
                merged.append(match["merged"].decode("ascii", "replace"))
        elif match["value"]:
            last = number
        else:
            written = _ROW_NUMBER.search(match["row"] or b"")
            following = int(written[1][:9]) if written else number + 1
            if following > MOST_ROWS:
                raise place.refusal("import.too_many_rows", limit=str(MOST_ROWS))
            if following <= number:
                raise place.refusal("import.rows_out_of_order", row=str(following), previous=str(number))
            number = following
    return Extent(last, tuple(merged))


def _markup(archive: zipfile.ZipFile, part: str) -> Iterator[re.Match[bytes]]:
    """The rows, values and merges of a sheet, in the order in which they stand."""
    with archive.open(part) as source:
        kept = b""
        while chunk := source.read(_CHUNK_BYTES):
            text = kept + chunk
            cut = text.rfind(b"<")
            kept = text[cut:][-_CHUNK_BYTES:] if cut >= 0 else b""
            yield from _MARKUP.finditer(text, 0, max(cut, 0))
        yield from _MARKUP.finditer(kept)
