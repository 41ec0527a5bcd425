"""The README is true: its commands run, in their order, and print what it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from readme import matches, steps

PROJECT = Path(__file__).resolve().parents[1]
PREPARED_BY_THE_TEST = ("make demo", ". .venv/bin/activate")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demonstration was run, as ``make demo`` runs it."""
    pytest.importorskip("faker", reason="needs the extra demo")
    where = tmp_path_factory.mktemp("reader")
    run("pipgrants demo demo-workspace", where)
    return where


def run(command: str, where: Path) -> list[str]:
    """What a command prints."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout.splitlines()


def test_readme_commands_print_what_it_shows(folder: Path) -> None:
    where = folder
    wrong = []
    for step in steps(PROJECT / "README.md"):
        if step.command in PREPARED_BY_THE_TEST:
            continue
        if step.command.startswith("cd "):
            where = where / step.command.removeprefix("cd ")
            continue
        if step.command.startswith("pipgrants init"):
            where = folder
        seen = run(step.command, where)
        if not matches(step.output, seen):
            wrong.append((step.command, seen))
    assert wrong == []
