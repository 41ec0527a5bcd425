"""Checking and showing what an agency changes without programming: machines, programmes, calls, mappings, templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

from pipgrants.domain.call import Call
from pipgrants.domain.consistency import check_consistency
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.operating_criteria import check_against, check_programme
from pipgrants.domain.programme import Programme
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import DefinitionError, NotFoundError, Problem
from pipgrants.exchange.mapping import read_mapping
from pipgrants.letters.check import check_templates
from pipgrants.letters.templates import read_sources
from pipgrants.reading import read_source
from pipgrants.services.definitions import CALL_MACHINE, PROGRAMME_MACHINE, PROPOSAL_MACHINES, examined
from pipgrants.services.rulebook import vocabulary
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace
from pipgrants.workflow.definition import Machine
from pipgrants.workflow.diagram import mermaid, svg
from pipgrants.workflow.loader import load, load_text

T = TypeVar("T")


def check_workflows(today: date, workspace: Workspace | None = None) -> tuple[Problem, ...]:
    """Every mistake in the workflows of a workspace, or in the shipped ones, with file and line."""
    folder = shipped("workflows") if workspace is None else workspace.folder / "workflows"
    templates = shipped("templates") if workspace is None else workspace.folder / "templates"
    return (*_machines(folder, templates), *_Definitions(folder, today).problems())


def check_texts(workspace: Workspace | None = None) -> tuple[Problem, ...]:
    """Every mistake in the letters, notices and wording of a workspace, or in the shipped ones, with file and line."""
    ours = read_sources(shipped("templates"))
    if workspace is None:
        return check_templates(ours, ours)
    own = workspace.folder / "templates"
    return (*_missing_languages(own), *check_templates(read_sources(shipped("templates"), own), ours))


def _missing_languages(own: Path) -> Iterator[Problem]:
    """The files of texts that a workspace lacks, so that the shipped text would go out in its place."""
    for folder, what in (("letters", "letter"), ("notices", "notice"), ("wording", "wording")):
        for path in sorted((shipped("templates") / folder).iterdir()):
            name, language = path.name.split(".")[:2]
            if not (own / folder / path.name).is_file():
                message = (
                    f"the workspace has no {what} {name} in {language}; the shipped text would go out: copy {path}"
                )
                yield Problem(f"{folder}/{path.name}", None, "", message)


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


class _Definitions:
    """The programmes, calls and mappings of a folder, looked at together."""

    def __init__(self, folder: Path, today: date) -> None:
        self._folder = folder
        self._today = today
        self._programmes: dict[str, Programme] = {}
        self._taken: dict[tuple[str, str], Path] = {}

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong, file after file."""
        for path in self._files("programmes"):
            yield from _examine(path, Programme, partial(self._programme, path))
        for path in self._files("calls"):
            yield from _examine(path, Call, partial(self._call, path))
        for path in self._files("mappings"):
            yield from _attempt(read_mapping, path)[1]

    def _files(self, kind: str) -> list[Path]:
        return sorted((self._folder / kind).glob("*.yaml"))

    def _programme(self, path: Path, programme: Programme) -> Iterator[DefinitionMistake]:
        self._programmes.setdefault(programme.programme, programme)
        yield from check_programme(programme, self._today)
        yield from self._given_twice(path, "programme", programme.programme)
        yield from self._absent_machine(PROGRAMME_MACHINE, "programme")

    def _call(self, path: Path, call: Call) -> Iterator[DefinitionMistake]:
        yield from check_consistency(call)
        programme = self._programmes.get(call.programme)
        if programme is not None:
            yield from check_against(call, programme, Decimal(0))
        elif not (self._folder / "programmes" / f"{call.programme}.yaml").is_file():
            message = f"there is no programme {call.programme}"
            yield DefinitionMistake("call.no_programme", message, "", "programme")
        yield from self._given_twice(path, "call", call.call)
        yield from self._given_twice(path, "number_prefix", call.number_prefix)
        yield from self._absent_machine(CALL_MACHINE, "call")
        yield from self._absent_machine(PROPOSAL_MACHINES.get(len(call.stages), CALL_MACHINE), "stages")

    def _given_twice(self, path: Path, key: str, name: str) -> Iterator[DefinitionMistake]:
        first = self._taken.setdefault((key, name), path)
        if first != path:
            message = f"{key} is {name!r} in {first.name} already; every {key} is another"
            yield DefinitionMistake("name.not_unique", message, "", key, {"key": key, "name": name})

    def _absent_machine(self, name: str, key: str) -> Iterator[DefinitionMistake]:
        if not (self._folder / "machines" / f"{name}.yaml").is_file():
            message = f"it runs by the machine {name}, and there is no machines/{name}.yaml"
            yield DefinitionMistake("machine.absent", message, "", key, {"machine": name})


def _examine(path: Path, cls: type[T], check: Callable[[T], Iterable[DefinitionMistake]]) -> Iterator[Problem]:
    text, problems = _attempt(read_source, path)
    yield from problems
    if text is not None:
        found, problems = _attempt(lambda path: examined(text, cls, str(path), check), path)
        yield from problems if found is None else found[1]


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
        raise NotFoundError(f"there is no machine {name!r}; there are: {known}", next_step="name one of them")
    return load_text(read_source(path), vocabulary(path.stem), file=str(path))
