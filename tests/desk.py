"""A desk at which commands are typed: a workspace, a frozen clock, and what each command answered."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from typer.testing import CliRunner

from pipgrants.cli.app import app
from rounds import BEFORE_OPENING, hash_of_tables


@dataclass(frozen=True)
class Answer:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    @property
    def asked(self) -> str:
        """What stands on standard error, as if on one line."""
        return " ".join(self.err.split())

    @property
    def json(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.out)
        return loaded


@dataclass
class Desk:
    """Types commands in one workspace at one time, in the name of one person."""

    folder: Path
    now: datetime = BEFORE_OPENING

    def type(self, *words: str, by: str | None = None, answers: str = "") -> Answer:
        signed = [*words, *(["--as", by] if by else [])]
        with time_machine.travel(self.now, tick=False):
            result = CliRunner().invoke(app, ["--workspace", str(self.folder), *signed], input=answers)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def do(self, *words: str, by: str | None = None, answers: str = "") -> Answer:
        """Types a command that must succeed."""
        answer = self.type(*words, by=by, answers=answers)
        assert answer.code == 0, f"{' '.join(words)}: {answer.err}"
        return answer

    def try_out(self, *words: str, by: str = "olga") -> Answer:
        """Types a command with ``--dry-run``: it answers as it would, and keeps nothing."""
        before = hash_of_tables(self.folder)
        answer = self.do(*words, "--dry-run", "--json", by=by)
        assert answer.json["dry_run"] is True
        assert hash_of_tables(self.folder) == before
        return answer

    def checkpoints(self, suffix: str) -> list[Path]:
        """The files of checkpoints that end so, the smallest trail first."""
        return sorted((self.folder / "checkpoints").glob(f"*{suffix}"))

    def waiting(self) -> str:
        """The package that waits for approval."""
        packages = self.do("status", "--json").json["waiting"]
        assert len(packages) == 1
        return str(packages[0]["package"])
