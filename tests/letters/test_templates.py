"""Which files templates are read from, and which win."""

import pytest

from pipgrants.errors import RefusedError
from pipgrants.letters.templates import completed, read_sources
from pipgrants.reading import read_text


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


def test_mark_that_some_editors_put_first_is_no_part_of_the_text(tmp_path):
    write(tmp_path, "letters/late.en.j2", "")
    (tmp_path / "letters/late.en.j2").write_bytes(b"\xef\xbb\xbf{% extends 'letters/base.en.j2' %}")
    assert read_sources(tmp_path) == {"letters/late.en.j2": "{% extends 'letters/base.en.j2' %}"}


def test_huge_file_is_refused(tmp_path):
    write(tmp_path, "letters/late.en.j2", "x" * 200_001)
    with pytest.raises(RefusedError, match="larger than 200,000 bytes"):
        read_sources(tmp_path)


# Templates that an older program stored

STORED = "labels:\n  date: Fecha\nwords:\n  award: sí\n"
SHIPPED = "labels:\n  date: Día\n  letter: Carta\nwords: {}\nfacts:\n  'no': n.º 5\n"


def test_what_stored_templates_lack_is_the_shipped_ones_and_what_they_have_stands():
    name, letter = "wording/words.es.yaml", "letters/late.es.j2"
    found = completed({name: STORED, letter: "own"}, {name: SHIPPED, letter: "shipped", "letters/new.es.j2": "new"})
    assert read_text(found.pop(name), dict[str, dict[str, str]], file=name) == {
        "labels": {"date": "Fecha", "letter": "Carta"},
        "words": {"award": "sí"},
        "facts": {"no": "n.º 5"},
    }
    assert found == {letter: "own", "letters/new.es.j2": "new"}


@pytest.mark.parametrize(
    "text", [SHIPPED, "# ours\n" + SHIPPED + "extra:\n  key: more\n", "labels: [unclosed", "- a\n"]
)
def test_stored_wording_that_lacks_nothing_or_is_no_wording_stays_to_the_byte(text):
    assert completed({"wording/words.es.yaml": text}, {"wording/words.es.yaml": SHIPPED}) == {
        "wording/words.es.yaml": text
    }
