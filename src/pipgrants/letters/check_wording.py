"""What is wrong in an agency's wording: files that cannot be read, and placeholders that nothing fills.

A placeholder that the shipped text of the same key lacks would stand in the letter as a dash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Template

import yaml

from pipgrants.errors import DefinitionError, Problem
from pipgrants.reading import compose


def check_wording(sources: Mapping[str, str], shipped: Mapping[str, str]) -> Iterator[Problem]:
    """Every mistake of the wording files that differ from the shipped ones, with file and line."""
    for name, text in shipped.items():
        if name.endswith(".yaml") and sources.get(name, text) != text:
            try:
                yield from _unfilled(name, compose(sources[name], name), compose(text, name))
            except DefinitionError as error:
                yield from error.problems


def _unfilled(name: str, own: yaml.Node, shipped: yaml.Node) -> Iterator[Problem]:
    known = {key: _placeholders(text) for key, text in _texts(shipped)}
    for key, text in _texts(own):
        for placeholder in sorted(_placeholders(text) - known.get(key, set())):
            allowed = ", ".join(f"${item}" for item in sorted(known.get(key, ()))) or "none"
            message = f"nothing fills ${placeholder}; allowed: {allowed}"
            yield Problem(name, text.start_mark.line + 1, key, message)


def _texts(node: yaml.Node, key: str = "") -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Every text of a file by its dotted key."""
    match node:
        case yaml.ScalarNode():
            yield key, node
        case yaml.MappingNode():
            for name, below in node.value:
                yield from _texts(below, f"{key}.{name.value}" if key else name.value)


def _placeholders(text: yaml.ScalarNode) -> set[str]:
    return set(Template(text.value).get_identifiers())
