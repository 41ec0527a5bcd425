"""The tour of the implementation: its commands are typed, and answer as it says."""

import re
import shlex
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from conftest import PROJECT
from desk import Desk
from projected import told_awards
from rounds import open_workspace

PART = re.compile(
    r"^## (?P<day>\d{4}-\d\d-\d\d)|`(?P<name>[\w./-]+)`:\n\n```\w+\n(?P<file>.*?)```|```console\n(?P<typed>.*?)```",
    re.MULTILINE | re.DOTALL,
)


def test_the_tour_is_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Desk(told_awards(open_workspace(tmp_path / "agency")).workspace.folder)
    typed = 0
    text = (PROJECT / "docs" / "tour-implementation.md").read_text(encoding="utf-8")
    for part in PART.finditer(text):
        if part["day"]:
            desk.now = datetime.combine(date.fromisoformat(part["day"]), time(17), UTC)
        elif part["name"]:
            file = tmp_path / part["name"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(part["file"], encoding="utf-8")
        for command in (part["typed"] or "").split("$ pipgrants ")[1:]:
            words, _, said = command.strip().partition("\n")
            answer = desk.type(*shlex.split(words))
            refused = said.startswith("(refused, exit code 3) ")
            assert answer.code == (3 if refused else 0), f"{words}: {answer.err}"
            shown = " ".join((answer.err if refused else answer.out).split())
            assert " ".join(said.removeprefix("(refused, exit code 3) ").split()) in shown, f"{words}: {shown}"
            typed += 1
    assert typed == text.count("$ pipgrants ") > 0
