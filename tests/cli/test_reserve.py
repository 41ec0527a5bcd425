"""``reserve`` and ``proposal exclude`` as they are typed, and what they say."""

from pathlib import Path

import pytest

from desk import Desk
from points import CALL, PROPOSAL, given_up
from rounds import AFTER_DEADLINE, AFTER_DRAW, Round, application


@pytest.fixture
def waiting(published: Round, tmp_path: Path) -> Desk:
    """The one award of 100,000 was given up, and one proposal waits."""
    return Desk(given_up(published.copy(tmp_path / "agency")).workspace.folder, AFTER_DRAW)


def test_promotion_is_prepared_ratified_and_released(waiting: Desk) -> None:
    listed = waiting.do("reserve", "list", CALL, by="olga").out
    assert "USD 100,000.00" in listed
    assert "PIP1-000002" in listed
    waiting.do("reserve", "promote", CALL, "--dry-run", by="olga")
    prepared = waiting.do("reserve", "promote", CALL, by="olga").out
    assert "PIP1-000002" in prepared
    said = waiting.do("ratify", waiting.waiting(), "--yes", by="marcos").out
    assert f"The promotions from the reserve list of {CALL} are ratified." in said
    assert "letters release" in waiting.do("status", CALL).out
    waiting.do("letters", "release", CALL, "--yes", by="olga")
    assert "Nobody waits." in waiting.do("reserve", "list", CALL, by="olga").out


def test_amount_that_is_none_is_refused(waiting: Desk) -> None:
    answer = waiting.type("reserve", "record-return", PROPOSAL, "--amount", "some", "--reason", "Sobró", by="olga")
    assert answer.code == 2
    assert "'some' is no amount" in answer.err


@pytest.mark.parametrize(
    ("numbers", "code", "told"),
    [
        ([PROPOSAL], 2, "one proposal excludes nobody"),
        ([PROPOSAL, "PIP1-000009"], 6, "there is no proposal PIP1-000009"),
    ],
)
def test_exclusion_that_names_no_two_proposals_is_refused(
    published: Round, tmp_path: Path, numbers: list[str], code: int, told: str
) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1")])
    desk = Desk(round_.workspace.folder, AFTER_DEADLINE)
    answer = desk.type("proposal", "exclude", *numbers, "--reason", "Igual", by="olga")
    assert (answer.code, told in answer.err) == (code, True)
