"""A state machine drawn: Mermaid text, and SVG where Graphviz is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator

from pipgrants.errors import RefusedError
from pipgrants.workflow.definition import Machine, State, Transition

_LABEL_WIDTH = 36
_DRAWING_SECONDS = 60
_MERMAID_SAFE = re.compile(r"[^\w .,()\[\]/-]")
_DOT_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;", "\n": " ", "\r": " "})


def mermaid(definition: Machine) -> str:
    """The machine as a Mermaid ``stateDiagram-v2``: states with their meaning, transitions with guards and role."""
    lines = ["stateDiagram-v2", f"    [*] --> {definition.initial}"]
    for name, state in definition.states.items():
        lines += [f"    {name} : {_mermaid_text(text)}" for text in (_title(name), *_remarks(state))]
    for source, destination, transition in _arrows(definition):
        lines.append(f"    {source} --> {destination} : {_mermaid_text(_label(transition))}")
    lines += [f"    {name} --> [*]" for name, state in definition.states.items() if state.final]
    return "\n".join(lines) + "\n"


def dot(definition: Machine) -> str:
    """The machine as Graphviz source: final states have a double edge, determinations are filled."""
    lines = [
        "digraph machine {",
        f"  label={_dot_text([definition.title or definition.machine])}; labelloc=t; fontname=sans;",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname=sans, fontsize=11];',
        "  edge [fontname=sans, fontsize=9];",
        f'  "*" [shape=point]; "*" -> {_dot_name(definition.initial)};',
    ]
    for name, state in definition.states.items():
        label = _dot_text([_title(name), *_remarks(state)])
        edges, fill = (2 if state.final else 1), ("lightyellow" if state.outcome else "white")
        lines.append(f"  {_dot_name(name)} [label={label}, peripheries={edges}, fillcolor={fill}];")
    for source, destination, transition in _arrows(definition):
        label = _dot_text([_label(transition)])
        lines.append(f"  {_dot_name(source)} -> {_dot_name(destination)} [label={label}];")
    return "\n".join([*lines, "}"]) + "\n"


def svg(definition: Machine) -> str:
    """The machine as SVG, drawn by Graphviz. Raises RefusedError where ``dot`` is not installed or fails."""
    program = shutil.which("dot")
    if program is None:
        raise RefusedError(
            "an SVG needs the program 'dot' of Graphviz, which is not installed",
            next_step="install Graphviz (Debian: apt install graphviz), or ask for Mermaid text, which needs nothing",
        )
    try:
        drawn = subprocess.run(  # noqa: S603 - a fixed command; the drawing goes in as text
            [program, "-Tsvg"],
            input=dot(definition),
            capture_output=True,
            encoding="utf-8",
            timeout=_DRAWING_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RefusedError(
            f"Graphviz could not draw {definition.machine!r}: {error}",
            next_step="ask for Mermaid text, which needs no program",
        ) from error
    return drawn.stdout


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _remarks(state: State) -> Iterator[str]:
    yield state.meaning
    if state.outcome is not None:
        yield f"[determination: {state.outcome}]"
    if state.tier is not None:
        yield f"[turn of: {state.tier}]"


def _arrows(definition: Machine) -> Iterator[tuple[str, str, Transition]]:
    for transition in definition.transitions:
        for source, destination in transition.ways:
            yield source, destination, transition


def _label(transition: Transition) -> str:
    guards = f" [{', '.join(transition.guards)}]" if transition.guards else ""
    return f"{transition.trigger}{guards} {' or '.join(transition.role)}"


def _mermaid_text(text: str) -> str:
    """Text for the right of a colon: everything that Mermaid could read as syntax becomes a character code."""
    plain = " ".join(text.split())
    return _MERMAID_SAFE.sub(lambda found: f"#{ord(found.group())};", plain)


def _dot_name(name: str) -> str:
    return f'"{name.translate(_DOT_ESCAPES)}"'


def _dot_text(parts: list[str]) -> str:
    lines = [line for part in parts for line in textwrap.wrap(part, _LABEL_WIDTH)]
    return '"' + "\\n".join(line.translate(_DOT_ESCAPES) for line in lines) + '"'
