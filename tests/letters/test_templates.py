"""Which files templates are read from, and which win."""

import pytest

from pipgrants.errors import RefusedError
from pipgrants.letters.templates import read_sources


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_workspace_wins_over_shipped_but_not_for_the_layout(tmp_path):
    shipped, workspace = tmp_path / "shipped", tmp_path / "workspace"
    for folder, text in ((shipped, "shipped"), (workspace, "workspace")):
        write(folder, "letters/award.en.j2", text)
        write(folder, "layout/document.html.j2", text)
    write(shipped, "letters/late.en.j2", "shipped")
    assert read_sources(shipped, workspace) == {
        "layout/document.html.j2": "shipped",
        "letters/award.en.j2": "workspace",
        "letters/late.en.j2": "shipped",
    }


def test_other_files_are_not_read(tmp_path):
    for name in ("letters/notes.txt", "wording/words.en.json", "letters/deep/x.j2", "../outside.j2"):
        write(tmp_path / "shipped", name, "x")
    assert read_sources(tmp_path / "shipped") == {}


def test_workspace_without_templates_takes_the_shipped_ones(tmp_path):
    write(tmp_path, "letters/late.en.j2", "shipped")
    assert read_sources(tmp_path, tmp_path / "absent") == {"letters/late.en.j2": "shipped"}


def test_file_that_is_not_text_is_refused_with_its_name(tmp_path):
    write(tmp_path, "letters/late.en.j2", "")
    (tmp_path / "letters/late.en.j2").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RefusedError, match=r"late\.en\.j2 cannot be read as UTF-8 text"):
        read_sources(tmp_path)


def test_huge_file_is_refused(tmp_path):
    write(tmp_path, "letters/late.en.j2", "x" * 200_001)
    with pytest.raises(RefusedError, match="larger than 200,000 bytes"):
        read_sources(tmp_path)
