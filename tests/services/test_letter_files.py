"""``letters write``: files are made again as they were released, or left as they stand where only they are."""

from pathlib import Path

import pytest

from pipgrants.errors import RefusedError
from pipgrants.services import letters
from pipgrants.services.letter_files import Written, write_letters
from rounds import WHILE_OPEN, Round, application


@pytest.fixture
def released(round_: Round) -> Round:
    round_.receive([application("A1"), application("A2")])
    round_.release(WHILE_OPEN)
    return round_


def text_of(round_: Round, number: int = 1) -> Path:
    return round_.workspace.folder / "letters" / round_.call / f"L-{number:06d}-receipt.es.txt"


def write(round_: Round) -> Written:
    return write_letters(round_.workspace, round_.call, WHILE_OPEN)


@pytest.fixture
def other_version(released: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the texts of what was released come out otherwise."""
    monkeypatch.setattr(letters, "to_text", lambda document: f"{document.title}, otherwise")


def test_files_that_were_removed_or_changed_are_made_again(released: Round) -> None:
    first, second = text_of(released, 1), text_of(released, 2)
    content = first.read_bytes(), second.read_bytes()
    first.unlink()
    second.write_text("otherwise")
    assert write(released) == (2, 0)
    assert (first.read_bytes(), second.read_bytes()) == content


@pytest.mark.usefixtures("other_version")
def test_file_that_another_version_made_is_left_as_it_stands(released: Round) -> None:
    content, page = text_of(released).read_bytes(), text_of(released).with_suffix(".html")
    whole = page.read_bytes()
    page.unlink()
    assert write(released) == (2, 0)
    assert (text_of(released).read_bytes(), page.read_bytes()) == (content, whole)


@pytest.mark.usefixtures("other_version")
@pytest.mark.parametrize("was_removed", [True, False])
def test_file_that_is_not_what_was_released_is_not_written_otherwise(released: Round, was_removed: bool) -> None:
    lost = text_of(released)
    lost.unlink() if was_removed else lost.write_text("changed")
    with pytest.raises(RefusedError) as refused:
        write(released)
    assert refused.value.message.startswith(
        "1 letter could not be made again: L-000001: L-000001-receipt.es.txt comes out otherwise than released, "
        "with pipgrants"
    )
    assert lost.exists() is not was_removed
    assert was_removed or lost.read_text() == "changed"


def test_letter_whose_template_fails_now_is_left_as_it_stands(released: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise RefusedError("the template cannot be used")

    monkeypatch.setattr(letters, "to_text", refuse)
    assert write(released) == (0, 2)
    text_of(released, 2).unlink()
    with pytest.raises(RefusedError, match="L-000002: the template cannot be used"):
        write(released)
