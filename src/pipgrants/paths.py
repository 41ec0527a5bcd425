"""Paths that people give: what is read stands there, and what is written overwrites nothing."""

from __future__ import annotations

from pathlib import Path

from pipgrants.errors import NotFoundError, RefusedError


def require_existing(path: Path, next_step: str = "check its name and its folder") -> None:
    """Raises NotFoundError where no file and no folder stands at a path."""
    if not (path.is_file() or path.is_dir()):
        raise NotFoundError(f"there is no file {path}", next_step=next_step)


def refuse_existing(path: Path, next_step: str = "choose another name") -> None:
    """Raises RefusedError where something stands at a path, an empty folder apart."""
    is_free = not any(path.iterdir()) if path.is_dir() else not path.exists()
    if not is_free:
        raise RefusedError(f"{path} exists already", next_step=next_step)
