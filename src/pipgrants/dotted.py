"""Dotted paths into a definition: a part is a key; in a list, the ``code`` of an item, or its place from 1."""

from __future__ import annotations

from collections.abc import Iterable

import yaml


def below(node: yaml.Node, part: str) -> yaml.Node | None:
    """The node that a part of a path names, None where there is none."""
    found = _step(node, part)
    return None if found is None else found[1]


def names(node: yaml.SequenceNode) -> list[str]:
    """What the items of a list are called in a path."""
    codes = [below(item, "code") if isinstance(item, yaml.MappingNode) else None for item in node.value]
    return [str(code.value) if code is not None else str(place) for place, code in enumerate(codes, 1)]


def line_at(root: yaml.Node, path: str) -> int:
    """The line on which a path begins, or the deepest part of it that is written."""
    line, node = root.start_mark.line, root
    for part in path.split(".") if path else ():
        found = _step(node, part)
        if found is None:
            break
        begins, node = found
        line = begins.start_mark.line
    return int(line) + 1


def is_apart(path: str, others: Iterable[str]) -> bool:
    """Whether a path lies in none of the others, and none of them in it."""
    return not any(_lies_in(path, other) or _lies_in(other, path) for other in others)


def _lies_in(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def _step(node: yaml.Node, part: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Where a part of a path begins, a key or an item, and the node that it names."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode):
        item = dict(zip(names(node), node.value, strict=True)).get(part)
        return None if item is None else (item, item)
    return None
