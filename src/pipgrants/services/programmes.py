"""Acts on programmes: drafting one, and activating it once management has approved."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.operating_criteria import check_programme
from pipgrants.domain.programme import Programme
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.services.definitions import file_definition, programme_engine, read_programme
from pipgrants.services.packages import PackageKind, prepare
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.signing import fire
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import ProgrammeRow
from pipgrants.store.packages import PackageRow
from pipgrants.trail.entry import Deed


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
        act.unit.calls.store_definitions([stored])
        if before is None:
            act.unit.calls.add_programme(ProgrammeRow(programme.programme, stored.hash, "drafted"))
        definitions = {"programme": stored.hash}
        act.record(Deed("ProgrammeDrafted", f"programme/{programme.programme}", definitions=definitions))
        package = prepare(
            act,
            PackageKind.PROGRAMME,
            programme=programme.programme,
            call=None,
            stage=None,
            definitions=definitions,
            inputs=stored.hash,
            facts={"envelope": str(programme.envelope_amount), "currency": programme.currency},
        )
    return Draft(programme.programme, package)


def activate(act: Act, workspace: Workspace, package: PackageRow, definition_hash: str) -> None:
    """Puts an approved definition of a programme in force."""
    stored = act.unit.calls.definition(definition_hash)
    programme = read_programme(stored)
    row = act.unit.calls.programme(programme.programme)
    machine, engine = programme_engine(workspace)
    act.unit.calls.store_definitions([machine])
    case = PreparedCase(actor=act.actor.actor, prepared_by=package.prepared_by)
    trigger = "activate" if row.state == "drafted" else "revise"
    fired = fire(act, engine, row.state, trigger, case, programme.stands_in)
    act.unit.calls.update_programme(row.programme, row.state, fired.destination, definition_hash)
    act.record(
        Deed(
            fired.transition.entry,
            f"programme/{row.programme}",
            fired.source,
            fired.destination,
            inputs={"package": package.hash},
            definitions={"programme": definition_hash, "machine": machine.hash},
        )
    )


def refuse_unsound(programme: Programme, name: str) -> None:
    """Raises DefinitionError where the programme contradicts itself or the tiers' requirements."""
    mistakes = check_programme(programme)
    if mistakes:
        problems = [Problem(f"{name}.yaml", item.line, item.clause, item.message) for item in mistakes]
        raise DefinitionError(f"the programme {programme.programme} cannot be used:", problems)
