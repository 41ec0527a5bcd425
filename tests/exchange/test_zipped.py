"""Archives whose bytes follow from their files alone, and that appear once they are whole."""

import zipfile
from pathlib import Path

import pytest

from pipgrants.errors import RefusedError
from pipgrants.exchange.zipped import zipped_folder


def write(path: Path) -> bytes:
    with zipped_folder(path) as folder:
        folder.add("a.txt", "año\r\n")
        with folder.file("b/c.csv") as file:
            file.write("1\n")
            file.write("2\n")
    return path.read_bytes()


def test_the_files_stand_in_a_folder_with_the_name_of_the_archive(tmp_path: Path) -> None:
    write(tmp_path / "L-000001.zip")
    with zipfile.ZipFile(tmp_path / "L-000001.zip") as archive:
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    assert held == {"L-000001/a.txt": "año\r\n", "L-000001/b/c.csv": "1\n2\n"}


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert write(tmp_path / "x.zip") == write(tmp_path / "again" / "x.zip")


@pytest.mark.parametrize(("name", "message"), [("x.zip", "exists already"), ("x.tar", "is to be a ZIP archive")])
def test_another_file_is_never_overwritten(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "x.zip").write_text("kept")
    with pytest.raises(RefusedError, match=message):
        write(tmp_path / name)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.zip", "kept")]


def test_what_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no more"), zipped_folder(tmp_path / "x.zip") as folder:
        folder.add("a.txt", "a")
        raise ValueError("no more")
    assert list(tmp_path.iterdir()) == []
