"""Reads the console sessions of a document: commands after ``$``, their output below; ``...`` stands for any lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """One command and the output shown for it."""

    command: str
    output: tuple[str, ...]


def steps(document: Path) -> list[Step]:
    found: list[Step] = []
    for block in _BLOCK.findall(document.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append(Step(command, tuple(output.splitlines())))
    return found


def matches(shown: tuple[str, ...], seen: list[str]) -> bool:
    """Whether the output seen is the one shown; nothing shown means that the output does not matter."""
    if not shown:
        return True
    pattern = "\n".join(r"(?s:.*)" if line.strip() == "..." else re.escape(line) for line in shown)
    return re.fullmatch(pattern, "\n".join(seen)) is not None
