"""A folder of text files as one ZIP archive whose bytes follow from its files alone: no dates, no names of users."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pipgrants.errors import RefusedError
from pipgrants.paths import refuse_existing, written_whole

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date that every file bears, the first one that ZIP can hold."""
READABLE = 0o644
UNIX = 3


class ZippedFolder:
    """An archive being written, whose files all stand in one folder."""

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        self._archive = archive
        self._folder = folder

    @contextmanager
    def file(self, name: str) -> Iterator[TextIO]:
        """A file to write into as it comes; one at a time."""
        entry = zipfile.ZipInfo(f"{self._folder}/{name}", EARLIEST)
        entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, UNIX, READABLE << 16
        with (
            self._archive.open(entry, "w") as packed,
            io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
        ):
            yield text

    def add(self, name: str, text: str) -> None:
        """Adds a whole file."""
        with self.file(name) as file:
            file.write(text)


@contextmanager
def zipped_folder(path: Path) -> Iterator[ZippedFolder]:
    """A new archive with a folder of its own name; it appears once it is whole.

    Raises RefusedError where the file exists, or its name does not end in ``.zip``.
    """
    if path.suffix.lower() != ".zip":
        raise RefusedError(f"{path.name} is to be a ZIP archive", next_step="name a file that ends in .zip")
    refuse_existing(path)
    with written_whole(path) as unfinished, zipfile.ZipFile(unfinished, "w") as archive:
        yield ZippedFolder(archive, path.stem)
