"""An act that is on record is never said to be refused: which of its files could not be written is noted apart."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Answer, Desk
from pipgrants.services.workspace import Workspace
from rounds import CALL, application, approve, call_state, draft, edit


def block(folder: Path) -> None:
    """Puts a file where a folder must stand."""
    shutil.rmtree(folder)
    folder.touch()


def assert_noted(answer: Answer, what: str, next_step: str = "") -> None:
    """The note is the last on standard error; its lines break anywhere in a long path."""
    note = f"The act is on record, but {what}{f' Next: {next_step}' if next_step else ''}"
    assert "".join(answer.err.split()).endswith("".join(note.split())), answer.err


def assert_pages_noted(answer: Answer, desk: Desk) -> None:
    what = f"its public pages were not all written: {desk.folder}/notices/{CALL}: Not a directory"
    assert_noted(answer, what, f"pipgrants call notice {CALL}")


def test_letters_are_released(open_desk: Desk, form: Callable[..., Path]) -> None:
    open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
    block(open_desk.folder / "letters")
    answer = open_desk.do("letters", "release", CALL, "--yes", "--json", by="olga")
    problem = f"{open_desk.folder}/letters/{CALL}: Not a directory"
    assert (answer.json["kinds"], answer.json["problem"]) == ({"receipt": 1}, problem)
    assert_noted(answer, f"its letters were not all written: {problem}", f"pipgrants letters write {CALL}")
    (open_desk.folder / "letters").unlink()
    assert open_desk.do("letters", "write", CALL, "--json").json["count"] == 1


def test_call_is_published(authorised_desk: Desk) -> None:
    block(authorised_desk.folder / "notices")
    answer = authorised_desk.do("call", "publish", CALL, "--yes", by="olga")
    assert_pages_noted(answer, authorised_desk)
    assert "Written" not in answer.out
    assert call_state(Workspace(authorised_desk.folder)) == "published"


def test_amendment_is_ratified(open_desk: Desk) -> None:
    edit(Workspace(open_desk.folder), "calls", CALL, {"reserve_count: 10": "reserve_count: 11"})
    open_desk.do("call", "amend", CALL, "--reason", "Errata", by="olga")
    block(open_desk.folder / "notices")
    answer = open_desk.do("ratify", open_desk.waiting(), "--yes", by="marcos")
    assert_pages_noted(answer, open_desk)
    assert f"The amendment of {CALL} is in force." in answer.out


def test_question_is_asked_and_answered(open_desk: Desk) -> None:
    block(open_desk.folder / "notices")
    assert_pages_noted(open_desk.do("call", "ask", CALL, "¿Plazo?", "--yes", by="olga"), open_desk)
    assert_pages_noted(open_desk.do("call", "answer", CALL, "1", "No.", "--yes", by="olga"), open_desk)


def test_party_is_redacted(open_desk: Desk, form: Callable[..., Path]) -> None:
    open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
    open_desk.do("letters", "release", CALL, "--yes", by="olga")
    copy = open_desk.do("workspace", "backup", "--json").json["copy"]
    [letter, _] = sorted((open_desk.folder / "letters" / CALL).iterdir())
    letter.unlink()
    letter.mkdir()
    answer = open_desk.do("party", "redact", "E-000001", "--reason", "asked for it", "--yes", by="olga")
    assert_noted(answer, f"not everything was removed: {letter}: Is a directory")
    assert answer.out.splitlines()[-2:] == ["These copies hold the values until you remove them", f"  {copy}"]
    assert open_desk.do("party", "show", "E-000001", "--json").json["redacted_at"]


@pytest.fixture
def authorised_desk(desk: Desk) -> Desk:
    """A workspace whose call is authorised and not public."""
    desk.do("programme", "draft", "competitiveness-fund", by="olga")
    desk.do("ratify", desk.waiting(), "--yes", by="marcos")
    approve(Workspace(desk.folder), draft(Workspace(desk.folder)))
    return desk
