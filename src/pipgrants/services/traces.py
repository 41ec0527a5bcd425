"""What bears personal values outside the tables when they are redacted: files, the database's log, and old copies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pipgrants.errors import ConcurrentChangeError
from pipgrants.letters.outbox_settings import OutboxSettings
from pipgrants.services.after_act import problem_of
from pipgrants.services.letter_files import remove_files
from pipgrants.services.mailing import remove_mail
from pipgrants.services.results import write_results
from pipgrants.services.workspace import BACKUPS, DATABASE, Workspace
from pipgrants.store.letters import LetterRow


class Traces(NamedTuple):
    """What became of redacted values outside the tables.

    ``results`` are the calls whose public results were written anew; ``copies`` of the database in ``backups/`` hold
    the values still; ``problems`` name what could not be removed or written.
    """

    results: tuple[str, ...]
    copies: tuple[Path, ...]
    problems: tuple[str, ...]


def remove_traces(
    workspace: Workspace, settings: OutboxSettings, letters: Sequence[LetterRow], calls: Iterable[str] = ()
) -> Traces:
    """Removes the files of some letters, writes the public results of some calls anew, and empties the database's log.

    Results that were not written before are not written now.
    """
    results = tuple(call for call in sorted(set(calls)) if any((workspace.folder / "notices" / call).glob("results*")))
    steps: tuple[Callable[[], object], ...] = (
        lambda: remove_files(workspace, letters),
        lambda: remove_mail(workspace, settings, letters),
        *(partial(write_results, workspace, call) for call in results),
        lambda: _empty_log(workspace),
    )
    problems = tuple(problem for problem in map(problem_of, steps) if problem)
    return Traces(results, tuple(sorted((workspace.folder / BACKUPS).glob("*.db"))), problems)


def remove_letters(workspace: Workspace, settings: OutboxSettings, letters: Sequence[LetterRow]) -> None:
    """Removes the files of some letters, and those that were written to be sent."""
    remove_mail(workspace, settings, letters)
    remove_files(workspace, letters)


def _empty_log(workspace: Workspace) -> None:
    if not workspace.database.empty_log():
        raise ConcurrentChangeError(
            f"{DATABASE}-wal holds pages from before while other commands read or write; once they have ended, "
            "pipgrants workspace backup empties it"
        )
