"""Definitions and templates: read from files when activated, stored once by hash, and run from the store after that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, TypeVar

from pipgrants.domain.call import Call
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.programme import Programme
from pipgrants.domain.vocabulary import Stage
from pipgrants.dotted import line_at
from pipgrants.errors import Problem, RefusedError
from pipgrants.letters.templates import Templates, completed, read_sources
from pipgrants.reading import compose, examine_text, read_accepted, read_source, read_text
from pipgrants.services.group_guards import (
    CONTRACT_GUARDS,
    GROUP_CONFLICT_GUARDS,
    ContractCase,
    GroupConflictCase,
)
from pipgrants.services.project_guards import DISBURSEMENT_GUARDS, PROJECT_GUARDS, DisbursementCase, ProjectCase
from pipgrants.services.refusals import problems_of
from pipgrants.services.rulebook import (
    CALL_GUARDS,
    PROGRAMME_GUARDS,
    PROPOSAL_GUARDS,
    PreparedCase,
    ProposalCase,
    vocabulary,
)
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace
from pipgrants.store.calls import CallRow, Calls, DefinitionRow
from pipgrants.trail.canonical import text_hash
from pipgrants.workflow.definition import Machine
from pipgrants.workflow.engine import Engine
from pipgrants.workflow.loader import load_text

T = TypeVar("T")

DEFINITIONS_KEPT, TEMPLATES_KEPT = 64, 2
"""How many stored definitions stay read: an act asks for its machines and its call again and again."""
CALL_MACHINE = "call"
PROGRAMME_MACHINE = "programme"
PROJECT_MACHINE = "project"
DISBURSEMENT_MACHINE = "disbursement"
CONTRACT_MACHINE = "service_contract"
GROUP_CONFLICT_MACHINE = "conflict"
PROPOSAL_MACHINES = {1: "proposal_one_stage", 2: "proposal_two_stage"}


class Terms(NamedTuple):
    """What a call runs by: its definition, its programme's, and the hashes that entries name."""

    row: CallRow
    call: Call
    programme: Programme
    hashes: Mapping[str, str]


def file_definition(workspace: Workspace, kind: str, name: str) -> DefinitionRow:
    """The text of a definition file, named as its mistakes name it. Raises NotFoundError or DefinitionError."""
    path = workspace.definition_file(f"{kind}s", name)
    content = read_source(path)
    return DefinitionRow(text_hash(content), kind, name if str(path) == name else path.name, content)


def machine_definition(workspace: Workspace, name: str) -> DefinitionRow:
    """A state machine file, checked, ready to be stored."""
    row = file_definition(workspace, "machine", name)
    load_text(row.content, vocabulary(name), file=row.name)
    return row._replace(name=name)


def templates_definition(workspace: Workspace) -> DefinitionRow:
    """All templates, wordings and the layout that documents are made of, as one definition."""
    own, ours = workspace.roots("templates")
    content = json.dumps(read_sources(ours, own), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return DefinitionRow(text_hash(content), "templates", "templates", content)


def call_in_file(row: DefinitionRow) -> Call:
    """The call that a definition file describes. Raises DefinitionError listing every mistake."""
    return read_text(row.content, Call, file=row.name)


def programme_in_file(row: DefinitionRow) -> Programme:
    """The programme that a definition file describes. Raises DefinitionError listing every mistake."""
    return read_text(row.content, Programme, file=row.name)


@lru_cache(DEFINITIONS_KEPT)
def read_call(row: DefinitionRow) -> Call:
    """The call that a stored definition describes, accepted by the bounds of its day."""
    return read_accepted(row.content, Call, file=f"{row.name}.yaml")


@lru_cache(DEFINITIONS_KEPT)
def read_programme(row: DefinitionRow) -> Programme:
    """The programme that a stored definition describes, accepted by the bounds of its day."""
    return read_accepted(row.content, Programme, file=f"{row.name}.yaml")


def located(mistakes: Iterable[DefinitionMistake], text: str) -> tuple[DefinitionMistake, ...]:
    """The mistakes of a definition, each with the line of its text that it concerns."""
    root = compose(text, "")
    return tuple(replace(mistake, line=line_at(root, mistake.key)) for mistake in mistakes)


def examined(
    text: str, cls: type[T], file: str, check: Callable[[T], Iterable[DefinitionMistake]]
) -> tuple[T | None, tuple[Problem, ...]]:
    """What a definition describes, None where it cannot be told, and everything that is wrong with it.

    ``check`` finds what is wrong beyond what the reader sees. Raises DefinitionError where the text is not YAML.
    """
    value, problems = examine_text(text, cls, file=file)
    found = () if value is None else problems_of(located(check(value), text), file, besides=problems)
    return value, (*problems, *found)


@lru_cache(DEFINITIONS_KEPT)
def read_machine(row: DefinitionRow) -> Machine:
    """The state machine that a stored definition describes, accepted by the rules of its day; it is not checked again.

    ``Engine`` refuses what it cannot run.
    """
    return read_accepted(row.content, Machine, file=row.name)


def proposal_engine(calls: Calls, row: CallRow) -> Engine[ProposalCase]:
    """The machine that the proposals of a call run by."""
    return _proposal_engine(calls.definition(row.proposal_machine_hash))


@lru_cache(DEFINITIONS_KEPT)
def _proposal_engine(machine: DefinitionRow) -> Engine[ProposalCase]:
    return Engine(read_machine(machine), PROPOSAL_GUARDS)


def call_engine(calls: Calls, row: CallRow) -> Engine[PreparedCase]:
    """The machine that a call runs by."""
    return _call_engine(calls.definition(row.machine_hash))


@lru_cache(DEFINITIONS_KEPT)
def _call_engine(machine: DefinitionRow) -> Engine[PreparedCase]:
    return Engine(read_machine(machine), CALL_GUARDS)


def programme_engine(calls: Calls, machine_hash: str) -> Engine[PreparedCase]:
    """The machine that a programme was drafted with."""
    return _programme_engine(calls.definition(machine_hash))


@lru_cache(DEFINITIONS_KEPT)
def _programme_engine(machine: DefinitionRow) -> Engine[PreparedCase]:
    return Engine(read_machine(machine), PROGRAMME_GUARDS)


def project_engine(calls: Calls, machine_hash: str) -> Engine[ProjectCase]:
    """The machine that a project was opened with."""
    return project_engine_of(read_machine(calls.definition(machine_hash)))


def project_engine_of(machine: Machine) -> Engine[ProjectCase]:
    """A machine of projects, as it runs."""
    return Engine(machine, PROJECT_GUARDS)


def disbursement_engine(calls: Calls, machine_hash: str) -> Engine[DisbursementCase]:
    """The machine that the disbursements of a project run by."""
    return Engine(read_machine(calls.definition(machine_hash)), DISBURSEMENT_GUARDS)


def contract_engine(calls: Calls, machine_hash: str) -> Engine[ContractCase]:
    """The machine that a service contract was recorded with."""
    return Engine(read_machine(calls.definition(machine_hash)), CONTRACT_GUARDS)


def group_conflict_engine(calls: Calls, machine_hash: str) -> Engine[GroupConflictCase]:
    """The machine that a conflict within a group was opened with."""
    return Engine(read_machine(calls.definition(machine_hash)), GROUP_CONFLICT_GUARDS)


def terms_of(calls: Calls, name: str) -> Terms:
    """What a call on record runs by. Raises NotFoundError."""
    row = calls.get(name)
    programme = calls.programme(row.programme)
    return Terms(
        row=row,
        call=read_call(calls.definition(row.definition_hash)),
        programme=read_programme(calls.definition(programme.definition_hash)),
        hashes={"call": row.definition_hash, "machine": row.proposal_machine_hash, "templates": row.templates_hash},
    )


def definitions_of(row: CallRow) -> dict[str, str]:
    """The hashes of everything a call is drafted, amended and run with, as entries about it name them."""
    return {
        "call": row.definition_hash,
        "call_machine": row.machine_hash,
        "machine": row.proposal_machine_hash,
        "templates": row.templates_hash,
    }


def templates_of(calls: Calls, templates_hash: str) -> Templates:
    """The templates stored under a hash, ready to render; what they lack is the shipped ones'."""
    return _templates(calls.definition(templates_hash).content)


@lru_cache(TEMPLATES_KEPT)
def _templates(content: str) -> Templates:
    return Templates(completed(json.loads(content), read_sources(shipped("templates"))))


def templates_of_today(workspace: Workspace) -> Templates:
    """The templates as they stand in the workspace, whatever a call keeps; what they lack is the shipped ones'."""
    own, ours = workspace.roots("templates")
    return Templates(completed(read_sources(ours, own), read_sources(ours)))


def language_of(call: Call, asked: str | None) -> str:
    """The language asked for, or the first of the call. Raises RefusedError where the call does not speak it."""
    if asked is not None and asked not in call.languages:
        raise RefusedError(
            f"{call.call} does not speak {str(asked)!r}; its languages are {', '.join(call.languages)}",
            next_step="ask for one of them",
        )
    return asked or call.languages[0].value


def first_stage(call: Call) -> Stage:
    """The stage that a call begins with."""
    return call.stages[0]
