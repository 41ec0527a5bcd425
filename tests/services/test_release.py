"""Releasing: a letter that cannot be made waits and holds up no other; repeating releases nothing twice."""

from pathlib import Path

import pytest

from pipgrants.errors import RefusedError
from pipgrants.services import letter_files
from pipgrants.services.audit.verify import verify
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, WHILE_OPEN, Round, application, as_, publish

ENGLISH_RECEIPT = "letters/receipt.en.j2"


@pytest.fixture
def spoilt(workspace: Workspace) -> Round:
    """A round whose Spanish receipts come from a template with a mistake, and whose Portuguese ones do not."""
    path = workspace.folder / "templates" / "letters" / "receipt.es.j2"
    fails = "{% block decision %}{% if proposal.number == 'PIP1-000001' %}{% for one in 1 %}{% endfor %}{% endif %}"
    path.write_text(path.read_text(encoding="utf-8").replace("{% block decision %}", fails), encoding="utf-8")
    return publish(workspace)


def portuguese(reference: str):
    from pipgrants.domain.vocabulary import Language

    return application(reference, language=Language.PORTUGUESE)


def test_a_bad_template_stops_its_own_letters_and_no_others(spoilt: Round) -> None:
    spoilt.receive([application("A1"), portuguese("A2")])
    released = spoilt.release(WHILE_OPEN)
    ((number, message),) = released.refused
    assert (dict(released.kinds), number) == ({"receipt": 1}, "L-000001")
    assert message == "letters/receipt.es.j2:6: the template cannot be used: 'int' object is not iterable"
    assert [(letter.language, letter.stage) for letter in spoilt.letters()] == [("es", "pending"), ("pt", "released")]
    files = sorted(path.name for path in (spoilt.workspace.folder / "letters" / spoilt.call).iterdir())
    assert files == ["L-000002-receipt.pt.html", "L-000002-receipt.pt.txt"]
    assert verify(spoilt.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_nothing_is_released_where_no_letter_can_be_made(spoilt: Round) -> None:
    spoilt.receive([application("A1")])
    before = spoilt.acts()
    with pytest.raises(RefusedError, match=r"1 letter could not be made: L-000001: letters/receipt\.es\.j2:6:"):
        spoilt.release(WHILE_OPEN)
    assert spoilt.acts() == before


def test_repeating_releases_nothing_twice(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    round_.release(WHILE_OPEN)
    written = {path.name: path.read_bytes() for path in folder(round_).iterdir()}
    with pytest.raises(RefusedError, match="no letter of pip-one-stage waits for release"):
        round_.release(AFTER_DRAW)
    assert len(round_.entries(act="LetterReleased")) == 2
    assert {path.name: path.read_bytes() for path in folder(round_).iterdir()} == written


def test_repeating_writes_the_files_that_whoever_was_stopped_left_out(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    round_.release(WHILE_OPEN)
    written = {path.name: path.read_bytes() for path in folder(round_).iterdir()}
    (folder(round_) / "L-000002-receipt.es.html").unlink()
    acts = round_.acts()
    again = round_.release(AFTER_DRAW)
    assert (dict(again.kinds), again.unwritten_count) == ({}, 1)
    assert {path.name: path.read_bytes() for path in folder(round_).iterdir()} == written
    assert round_.acts() == acts


def test_releasing_leaves_the_files_of_letters_released_before_as_they_are(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.release(WHILE_OPEN)
    first = folder(round_) / "L-000001-receipt.es.txt"
    first.write_text("made by an older version")
    round_.receive([application("A2")])
    assert dict(round_.release(AFTER_DRAW).kinds) == {"receipt": 1}
    assert first.read_text() == "made by an older version"


def test_letters_whose_files_cannot_be_written_are_released_and_said_to_be(round_: Round) -> None:
    round_.receive([application("A1")])
    blocked = round_.workspace.folder / "letters"
    blocked.rmdir()
    blocked.touch()
    released = round_.release(WHILE_OPEN)
    assert (dict(released.kinds), released.problem) == ({"receipt": 1}, f"{blocked}/pip-one-stage: Not a directory")
    assert [letter.stage for letter in round_.letters()] == ["released"]
    blocked.unlink()
    assert letter_files.write_letters(round_.workspace, round_.call, WHILE_OPEN) == (1, 0)


def folder(round_: Round) -> Path:
    return round_.workspace.folder / "letters" / round_.call
