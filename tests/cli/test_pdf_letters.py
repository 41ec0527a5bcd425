"""Letters as PDF from the command line: drafts into a new file, released ones beside text and page."""

from pipgrants.letters import pdf
from rounds import AFTER_DEADLINE, CALL


def number(desk):
    """The only proposal of the round."""
    return desk.do("letters", "list", CALL, "--json").json["letters"][0]["proposal"]


def test_draft_is_written_as_pdf(eligible, tmp_path):
    file = tmp_path / "draft.pdf"
    answer = eligible.do("letters", "preview", number(eligible), "--pdf", str(file))
    assert answer.out.splitlines()[-1] == f"Wrote the letter about {number(eligible)} to {file}."
    assert file.read_bytes().startswith(b"%PDF-1.7")
    again = eligible.type("letters", "preview", number(eligible), "--pdf", str(file))
    assert again.code == 3
    assert "draft.pdfexistsalready" in "".join(again.err.split())


def test_released_letters_are_written_as_pdf(eligible):
    eligible.now = AFTER_DEADLINE
    eligible.do("letters", "release", CALL, "--pdf", "--yes", by="olga")
    folder = eligible.folder / "letters" / CALL
    assert {path.stem for path in folder.glob("*.pdf")} == {path.stem for path in folder.glob("*.txt")} != set()


def test_without_the_extra_nothing_is_written_and_the_command_to_install_it_is_told(eligible, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    answer = eligible.type("letters", "preview", number(eligible), "--pdf", str(tmp_path / "draft.pdf"))
    assert (answer.code, (tmp_path / "draft.pdf").exists()) == (3, False)
    assert 'pip install "pipgrants[pdf]"' in answer.err
