"""How a checkpoint is shown, by every command that writes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipgrants.cli import output

if TYPE_CHECKING:
    from pipgrants.services.checkpoints import Kept


def checkpoint_lines(kept: Kept | None) -> list[str]:
    """The three lines, who signed them, and their files; why they could not be written or signed is noted apart."""
    if kept is None:
        return []
    if kept.problem:
        output.unfinished("its checkpoint was not finished", kept.problem, "pipgrants trail checkpoint --key FILE")
    signed = f"signed by {kept.signed_by}" if kept.signed_by else "unsigned"
    files = [path for path in (kept.path, kept.signature) if path is not None and path.is_file()]
    return output.heading(f"Checkpoint, {signed}", [*kept.text.splitlines(), *output.files(files)])
