"""Checking and showing what an agency changes without programming: machines, programmes, calls, mappings, templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pipgrants.domain.call import Call
from pipgrants.domain.consistency import check_consistency
from pipgrants.domain.operating_criteria import check_against, check_programme
from pipgrants.domain.programme import Programme
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import DefinitionError, NotFoundError, Problem
from pipgrants.exchange.mapping import read_mapping
from pipgrants.letters.check import check_letters
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.reading import read_file, read_source
from pipgrants.services.rulebook import vocabulary
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace
from pipgrants.workflow.definition import Machine
from pipgrants.workflow.diagram import mermaid, svg
from pipgrants.workflow.loader import load, load_text

T = TypeVar("T")


def check_workflows(workspace: Workspace | None = None) -> tuple[Problem, ...]:
    """Every mistake in the workflows of a workspace, or in the shipped ones, with file and line."""
    folder = shipped("workflows") if workspace is None else workspace.folder / "workflows"
    templates = shipped("templates") if workspace is None else workspace.folder / "templates"
    return (*_machines(folder, templates), *_definitions(folder))


def check_templates(workspace: Workspace | None = None) -> tuple[Problem, ...]:
    """Every mistake in the letter templates of a workspace, or in the shipped ones, with file and line."""
    own = None if workspace is None else workspace.folder / "templates"
    return check_letters(Templates(read_sources(shipped("templates"), own)))


def _machines(folder: Path, templates: Path) -> Iterator[Problem]:
    for path in sorted((folder / "machines").glob("*.yaml")):
        machine, problems = _attempt(lambda path: load(path, vocabulary(path.stem)), path)
        yield from problems
        if machine is not None:
            yield from _missing_letters(machine, path, templates)


def _missing_letters(machine: Machine, path: Path, templates: Path) -> Iterator[Problem]:
    for transition in machine.transitions:
        for language in Language:
            name = f"letters/{transition.letter}.{language.value}.j2"
            if transition.letter and not (templates / name).is_file() and not (shipped("templates") / name).is_file():
                yield Problem(str(path), transition.line, "letter", f"there is no template {name}", transition.letter)


def _definitions(folder: Path) -> Iterator[Problem]:
    programmes: dict[str, Programme] = {}
    for path in sorted((folder / "programmes").glob("*.yaml")):
        programme, problems = _attempt(lambda path: read_file(path, Programme), path)
        yield from problems
        if programme is not None:
            programmes[programme.programme] = programme
            for item in check_programme(programme):
                yield Problem(str(path), item.line, item.clause, item.message)
    for path in sorted((folder / "calls").glob("*.yaml")):
        call, problems = _attempt(lambda path: read_file(path, Call), path)
        yield from problems
        if call is not None:
            yield from _call(call, path, programmes.get(call.programme))
    for path in sorted((folder / "mappings").glob("*.yaml")):
        yield from _attempt(read_mapping, path)[1]


def _call(call: Call, path: Path, programme: Programme | None) -> Iterator[Problem]:
    found = [*check_consistency(call)]
    if programme is None:
        yield Problem(str(path), None, "programme", "there is no such programme", call.programme)
    else:
        found += check_against(call, programme, Decimal(0))
    for item in found:
        yield Problem(str(path), item.line, item.clause, item.message)


def _attempt(read: Callable[[Path], T], path: Path) -> tuple[T | None, tuple[Problem, ...]]:
    """What a file holds, or all its mistakes."""
    try:
        return read(path), ()
    except DefinitionError as error:
        return None, error.problems


def show_machine(workspace: Workspace | None, name: str) -> str:
    """A machine as a Mermaid diagram."""
    return mermaid(_machine(workspace, name))


def draw_machine(workspace: Workspace | None, name: str) -> str:
    """A machine as SVG. Raises RefusedError without Graphviz."""
    return svg(_machine(workspace, name))


def _machine(workspace: Workspace | None, name: str) -> Machine:
    folder = shipped("workflows") if workspace is None else workspace.folder / "workflows"
    path = folder / "machines" / f"{Path(name).stem}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in path.parent.glob("*.yaml")))
        raise NotFoundError(f"there is no machine {name!r}; there are: {known}")
    return load_text(read_source(path), vocabulary(path.stem), file=str(path))
