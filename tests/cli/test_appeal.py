"""``appeal`` as it is typed: what a manager reads before ruling, and before approving what follows."""

from collections.abc import Mapping
from pathlib import Path

from appealed import GROUNDS
from desk import Desk
from rounds import AFTER_DRAW, CALL, Round


def test_what_waits_for_a_ruling_is_listed_with_its_grounds(ready: Mapping[str, Round], tmp_path: Path) -> None:
    desk = Desk(ready["appealed"].copy(tmp_path / "agency").workspace.folder, AFTER_DRAW)
    assert desk.do("appeal", "list", CALL, by="marcos").out.split("To be heard:")[1].split("\n")[1:] == [
        f"  PIP1-000001: {GROUNDS}",
        "",
    ]


def test_decisions_on_appeal_tell_why_to_who_approves(ready: Mapping[str, Round], tmp_path: Path) -> None:
    desk = Desk(ready["to_decide"].copy(tmp_path / "agency").workspace.folder, AFTER_DRAW)
    prepared = desk.do("appeal", "prepare", CALL, by="olga").out
    asked = desk.type("ratify", desk.waiting(), by="maria", answers="n\n").err
    for told in (prepared, asked):
        assert "former decision stands" in " ".join(told.split())
