"""Acts on programmes: drafting one, and activating it once management has approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.operating_criteria import check_programme
from pipgrants.domain.programme import Programme
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.services.definitions import (
    PROGRAMME_MACHINE,
    file_definition,
    machine_definition,
    programme_engine,
    read_programme,
)
from pipgrants.services.packages import PackageKind, prepare, refuse_changed
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.signing import fire
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import ProgrammeRow
from pipgrants.store.packages import PackageRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

DRAFTED = "drafted"
ACTIVE = "active"


class Draft(NamedTuple):
    """What was drafted: its name and the hash of the package to approve."""

    name: str
    package: str


def draft_programme(workspace: Workspace, who: Identity, now: datetime, *, file: str, dry_run: bool = False) -> Draft:
    """Registers a programme, or the next version of one, and prepares its approval. Raises DefinitionError."""
    stored = file_definition(workspace, "programme", file)
    programme = read_programme(stored)
    refuse_unsound(programme, stored.name)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("programme.draft", programme.stands_in)
        before = act.unit.calls.find_programme(programme.programme)
        if before and before.definition_hash == stored.hash:
            raise RefusedError(f"{programme.programme} runs by this definition already")
        machine = machine_definition(workspace, PROGRAMME_MACHINE)
        act.unit.calls.store_definitions([stored, machine])
        if before is None:
            act.unit.calls.add_programme(ProgrammeRow(programme.programme, stored.hash, DRAFTED))
        definitions = {"programme": stored.hash, "machine": machine.hash}
        act.record(Deed("ProgrammeDrafted", f"programme/{programme.programme}", definitions=definitions))
        package = prepare(
            act,
            PackageKind.PROGRAMME,
            programme=programme.programme,
            call=None,
            stage=None,
            definitions=definitions,
            inputs=_in_force(act.unit, programme.programme),
            facts={"envelope": str(programme.envelope_amount), "currency": programme.currency},
        )
    return Draft(programme.programme, package)


def _in_force(unit: Unit, programme: str) -> str:
    """The hash of the definition in force, empty where none is."""
    row = unit.calls.find_programme(programme)
    return "" if row is None or row.state == DRAFTED else row.definition_hash


def activate(act: Act, package: PackageRow, definitions: Mapping[str, str], inputs: str) -> None:
    """Puts an approved definition of a programme in force. Raises RefusedError where another is by now."""
    programme = read_programme(act.unit.calls.definition(definitions["programme"]))
    refuse_changed(package, {"the programme in force": _in_force(act.unit, programme.programme) == inputs})
    row = act.unit.calls.programme(programme.programme)
    engine = programme_engine(act.unit.calls, definitions["machine"])
    case = PreparedCase(actor=act.actor.actor, prepared_by=package.prepared_by)
    trigger = "activate" if row.state == DRAFTED else "revise"
    fired = fire(act, engine, row.state, trigger, case, programme.stands_in)
    act.unit.calls.update_programme(row.programme, row.state, fired.destination, definitions["programme"])
    act.record(
        Deed(
            fired.transition.entry,
            f"programme/{row.programme}",
            fired.source,
            fired.destination,
            inputs={"package": package.hash},
            definitions=definitions,
        )
    )


def refuse_unsound(programme: Programme, name: str) -> None:
    """Raises DefinitionError where the programme contradicts itself or the tiers' requirements."""
    mistakes = check_programme(programme)
    if mistakes:
        problems = [Problem(f"{name}.yaml", item.line, item.clause, item.message) for item in mistakes]
        raise DefinitionError(f"the programme {programme.programme} cannot be used:", problems)
