"""Lists written for people."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import pytest

from pipgrants.exchange.listing import write_listing


class FullDisk:
    """Writes half of a list."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def writerows(self, rows: Iterable[object]) -> None:
        self._file.write("half")
        self._file.flush()
        raise OSError("No space left on device")


def test_list_that_was_not_finished_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "writer", FullDisk)
    with pytest.raises(OSError, match="No space left"):
        write_listing(tmp_path / "register.csv", "Letters", ["letter"], [["L-000001"]])
    assert list(tmp_path.iterdir()) == []
