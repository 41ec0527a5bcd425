"""The templates and wordings that documents are made from, read once and kept as plain text by name.

The mapping from name to text is what the record stores by hash. Rendering runs from it; only what a newer program asks
for and it lacks is the shipped one's (``completed``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import yaml
from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipgrants.errors import DefinitionError, RefusedError
from pipgrants.letters.child import ChildTemplates
from pipgrants.letters.logo import LOGO, read_logo
from pipgrants.letters.wording import Wording, read_wording
from pipgrants.reading import compose

EDITABLE = ("letters/*.j2", "notices/*.j2", "wording/*.yaml")
LAYOUT = ("layout/*.j2", "layout/*.typ")
LARGEST_TEMPLATE_BYTES = 200_000


def read_sources(shipped: Path, workspace: Path | None = None) -> dict[str, str]:
    """The text of every template by its name inside the folder (``letters/award.es.j2``), in name order.

    Files of the workspace win over the shipped ones; the layout is always the shipped one, the logo the workspace's.
    Raises RefusedError where a file cannot be read, or the logo cannot be used.
    """
    sources = _read(shipped, (*EDITABLE, *LAYOUT))
    if workspace is not None and workspace.is_dir():
        logo = read_logo(workspace)
        sources |= _read(workspace, EDITABLE) | ({LOGO: logo} if logo else {})
    return dict(sorted(sources.items()))


def _read(folder: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): _read_text(path) for pattern in patterns for path in folder.glob(pattern)
    }


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_TEMPLATE_BYTES:
            raise RefusedError(f"{path} is larger than {LARGEST_TEMPLATE_BYTES:,} bytes", next_step="shorten the file")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(
            f"{path} cannot be read as UTF-8 text: {error}", next_step="save the file as UTF-8 text"
        ) from error


def completed(sources: Mapping[str, str], shipped: Mapping[str, str]) -> dict[str, str]:
    """Sources that an older program stored, with what they lack of the shipped ones: files, and keys of the wording.

    What they have stands as it was stored.
    """
    own = {
        name: _completed(name, text, shipped[name]) if name.endswith(".yaml") and name in shipped else text
        for name, text in sources.items()
    }
    return {**shipped, **own}


def _completed(name: str, text: str, shipped: str) -> str:
    if text == shipped:
        return text
    try:
        node = compose(text, name)
    except DefinitionError:
        return text
    return str(yaml.serialize(node, allow_unicode=True)) if _add_missing(node, compose(shipped, name)) else text


def _add_missing(node: yaml.Node, shipped: yaml.Node) -> bool:
    """Adds the keys that a mapping lacks, at every depth; whether there were any."""
    if not (isinstance(node, yaml.MappingNode) and isinstance(shipped, yaml.MappingNode)):
        return False
    own = {key.value: value for key, value in node.value}
    missing = [(key, value) for key, value in shipped.value if key.value not in own]
    below = [_add_missing(own[key.value], value) for key, value in shipped.value if key.value in own]
    node.value.extend(missing)
    return bool(missing) or any(below)


class Templates:
    """Everything that documents are rendered with; make one and keep it, because a new one compiles all anew."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.blocks = ChildTemplates(sources)
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
