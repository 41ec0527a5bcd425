"""A call's definition as it would be with other values at some dotted paths, read and checked like any other.

A value is written as in the file; a key that the file leaves out is added. The anchors of a scale decide nothing: they
may lie off another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import yaml

from pipgrants.domain.call import Call
from pipgrants.domain.consistency import ANCHOR_OFF_SCALE, check_consistency
from pipgrants.dotted import below, names
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.reading import compose, examine

DECIDING = (
    "prerequisites",
    "eligible_costs",
    "counterpart",
    "grant",
    "required_evidence",
    "rubric",
    "priorities",
    "ranking",
    "allocation",
    "invitation",
    "clarification",
    "envelope_amount",
)
"""The parts of a call by which applications received are decided."""


def changed_call(text: str, changes: Mapping[str, str], name: str) -> Call:
    """The call that a definition would describe with ``changes``: values as text by path.

    Raises RefusedError for a part of the call that decides nothing, DefinitionError listing every mistake by its path.
    """
    root = compose(text, name)
    _refuse_other_parts(root, changes)
    misplaced = [problem for path, value in changes.items() if (problem := _put(root, path, compose(value, path)))]
    call, problems = examine(root, Call, file=name)
    found = [*misplaced, *(replace(problem, line=None) for problem in problems)]
    if call is not None and not found:
        found = [
            Problem(name, None, item.key, item.message, code=item.code)
            for item in check_consistency(call)
            if item.code != ANCHOR_OFF_SCALE
        ]
    if call is None or found:
        raise DefinitionError(
            f"with these values {name} has {len(found)} mistake{'s' if len(found) > 1 else ''}:",
            found,
            next_step="correct the paths or values given with --set",
        )
    return call


def _refuse_other_parts(root: yaml.Node, changes: Mapping[str, str]) -> None:
    known = [key.value for key, _ in root.value] if isinstance(root, yaml.MappingNode) else []
    others = {part for path in changes if (part := path.partition(".")[0]) in known and part not in DECIDING}
    if others:
        raise RefusedError(
            f"{', '.join(sorted(others))} of a call {'decides' if len(others) == 1 else 'decide'} nothing among the "
            "applications that were received",
            next_step=f"change a value of {', '.join(DECIDING)}",
        )


def _put(root: yaml.Node, path: str, value: yaml.Node) -> Problem | None:
    """Writes a value at a path; what is wrong where it cannot."""
    node = root
    *above, last = path.split(".")
    for part in above:
        inner = below(node, part)
        if inner is None and isinstance(node, yaml.MappingNode):
            inner = yaml.MappingNode("tag:yaml.org,2002:map", [], value.start_mark, value.end_mark)
            node.value.append((_key(part, value), inner))
        if inner is None:
            return _misplaced(node, path, part)
        node = inner
    before = below(node, last)
    if isinstance(node, yaml.MappingNode):
        node.value = [(key, value if item is before else item) for key, item in node.value]
        node.value += [] if before is not None else [(_key(last, value), value)]
    elif isinstance(node, yaml.SequenceNode) and before is not None:
        node.value = [value if item is before else item for item in node.value]
    else:
        return _misplaced(node, path, last)
    return None


def _key(name: str, value: yaml.Node) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", name, value.start_mark, value.end_mark)


def _misplaced(node: yaml.Node, path: str, part: str) -> Problem:
    if isinstance(node, yaml.SequenceNode):
        return Problem("--set", None, path, f"the list has no {part!r}; it has: {', '.join(names(node))}")
    return Problem("--set", None, path, f"{part!r} stands below a single value")


def value_at(text: str, path: str) -> str | None:
    """The value of a definition at a path, as it is written; None where there is none, or more than a single one."""
    node: yaml.Node | None = compose(text, path)
    for part in path.split("."):
        node = None if node is None else below(node, part)
    return node.value if isinstance(node, yaml.ScalarNode) else None
