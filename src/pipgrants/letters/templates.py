"""The templates and wordings that documents are made from, read once and kept as plain text by name.

The mapping from name to text is what the record stores by hash; rendering runs from it and never from the disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipgrants.errors import RefusedError
from pipgrants.letters.sandbox import BlockTemplates
from pipgrants.letters.wording import Wording, read_wording

EDITABLE = ("letters/*.j2", "notices/*.j2", "wording/*.yaml")
LAYOUT = ("layout/*.j2",)
LARGEST_TEMPLATE_BYTES = 200_000


def read_sources(shipped: Path, workspace: Path | None = None) -> dict[str, str]:
    """The text of every template by its name inside the folder (``letters/award.es.j2``), in name order.

    Files of the workspace win over the shipped ones; the layout is always the shipped one. Raises RefusedError where a
    file cannot be read.
    """
    sources = _read(shipped, (*EDITABLE, *LAYOUT))
    if workspace is not None and workspace.is_dir():
        sources |= _read(workspace, EDITABLE)
    return dict(sorted(sources.items()))


def _read(folder: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): _read_text(path) for pattern in patterns for path in folder.glob(pattern)
    }


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_TEMPLATE_BYTES:
            raise RefusedError(f"{path} is larger than {LARGEST_TEMPLATE_BYTES:,} bytes", next_step="shorten the file")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(
            f"{path} cannot be read as UTF-8 text: {error}", next_step="save the file as UTF-8 text"
        ) from error


class Templates:
    """Everything that documents are rendered with; make one and keep it, because a new one compiles all anew."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.blocks = BlockTemplates(sources)
        self._wordings: dict[str, Wording] = {}

    def wording(self, language: str) -> Wording:
        """The catalogue of a language."""
        if language not in self._wordings:
            self._wordings[language] = read_wording(self.sources, language)
        return self._wordings[language]

    @cached_property
    def page(self) -> Template:
        """The HTML layout; it escapes everything it is given."""
        environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(dict(self.sources)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return environment.get_template("layout/document.html.j2")
