"""Files that get their name once they are whole."""

import resource

import pytest

from pipgrants.paths import written_whole


@pytest.mark.parametrize("before", [None, b"before"])
def test_a_file_that_cannot_be_finished_leaves_what_stood_there(tmp_path, before):
    path = tmp_path / "letter.pdf"
    if before:
        path.write_bytes(before)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, most))
    try:
        with pytest.raises(OSError, match="File too large"), written_whole(path) as file:
            file.write_bytes(b"longer than there is room for")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    left = {found.name: found.read_bytes() for found in tmp_path.iterdir()}
    assert left == ({"letter.pdf": before} if before else {})


def test_a_file_has_its_name_once_it_is_whole(tmp_path):
    path = tmp_path / "letter.pdf"
    with written_whole(path) as file:
        file.write_bytes(b"whole")
        assert not path.exists()
    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {"letter.pdf": b"whole"}


def test_a_folder_that_cannot_be_finished_is_not_left(tmp_path):
    with pytest.raises(ValueError, match="no more"), written_whole(tmp_path / "form") as folder:
        folder.mkdir()
        (folder / "proposals.csv").write_bytes(b"begun")
        raise ValueError("no more")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_takes_the_place_of_an_empty_one(tmp_path):
    (tmp_path / "form").mkdir()
    with written_whole(tmp_path / "form") as folder:
        folder.mkdir()
        (folder / "proposals.csv").write_bytes(b"whole")
    assert [str(found.relative_to(tmp_path)) for found in sorted(tmp_path.rglob("*"))] == ["form", "form/proposals.csv"]


def test_a_folder_that_is_missing_is_told_by_the_name_that_was_given(tmp_path):
    path = tmp_path / "nowhere" / "letter.pdf"
    with pytest.raises(FileNotFoundError) as missing, written_whole(path) as file:
        file.write_bytes(b"")
    assert missing.value.filename == str(path)
