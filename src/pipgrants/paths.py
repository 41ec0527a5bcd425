"""Paths: what people name to be read stands there, what is written overwrites nothing of theirs, and stands whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

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


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A name to write a file or a new folder under, which gets its own once it is whole.

    Whoever is stopped in between leaves at the path what stood there before.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        if error.filename == str(unfinished):
            error.filename = str(path)
        raise
    finally:
        if unfinished.is_dir():
            rmtree(unfinished)
        unfinished.unlink(missing_ok=True)


def called(path: Path) -> str:
    """What messages call a file or folder: its name, or what was given where that has none, such as ``.``."""
    return path.name or str(path)
