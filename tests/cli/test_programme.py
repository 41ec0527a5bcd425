"""``programme``: what a definition says, and what is wrong in it."""

from desk import Desk
from pipgrants.services.workspace import Workspace
from rounds import FUND, edit


def test_programme_is_explained(desk: Desk) -> None:
    text = desk.do("programme", "check", FUND).out
    assert "Money: USD 40,000,000" in text
    assert text.splitlines()[-1] == "No mistake was found."


def test_unsound_programme_is_refused(desk: Desk) -> None:
    edit(Workspace(desk.folder), "programmes", FUND, {"      continuity: ": "      continuance: "})
    answer = desk.type("programme", "check", FUND)
    assert answer.code == 3
    assert "continuity" in answer.err


def test_draft_tried_out_keeps_nothing(desk: Desk) -> None:
    desk.try_out("programme", "draft", FUND)
    assert "Dry run: nothing was kept." in desk.do("programme", "draft", FUND, "--dry-run", by="olga").out
