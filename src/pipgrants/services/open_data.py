"""Open data out: what is public of a programme or a call, in the formats of 360Giving, CommonGrants and IATI.

Nothing leaves but calls that were published and, of their proposals, what ``call results`` tells. The same record
gives the same bytes. Whoever exports stands in the access log, as for every other export.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.domain.accounts import Movement
from pipgrants.domain.call import Call
from pipgrants.domain.programme import Programme
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.public_record import (
    Moved,
    PublicApplication,
    PublicAward,
    PublicCall,
    PublicProject,
    PublicRecord,
    Standing,
)
from pipgrants.domain.public_results import results_of
from pipgrants.domain.publisher import Publisher, unfit_for_iati
from pipgrants.domain.text import in_language
from pipgrants.domain.vocabulary import Language, Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.exchange.common_grants import common_grants
from pipgrants.exchange.iati import iati_activities
from pipgrants.exchange.listing import require_suffix
from pipgrants.exchange.three_sixty_giving import grants_csv, grants_json
from pipgrants.money import from_minor
from pipgrants.paths import refuse_existing, written_whole
from pipgrants.services.access import permitted_read
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, call_engine, project_engine, read_programme, terms_of
from pipgrants.services.history import decided_at
from pipgrants.services.project_facts import PROJECT
from pipgrants.services.results import ReleasedStage, Told, released_stage
from pipgrants.services.rulebook import AWARDS
from pipgrants.services.states import destinations, has_ended, holds_money, is_receiving, takes_requests
from pipgrants.services.views import SYNTHETIC
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.projects import ProjectRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.workflow.definition import Machine


class Exported(NamedTuple):
    """What was exported: under which name, of which calls, how many awards, and where it was written."""

    name: str
    calls: list[str]
    awards_count: int
    file: Path


def export_360giving(workspace: Workspace, who: Identity, now: datetime, *, name: str, out: Path) -> Exported:
    """Writes the awards of a call or a programme as 360Giving 1.4 data, by its suffix ``.json`` or ``.csv``.

    Raises NotFoundError for an unknown name, NotAuthorisedError for who may not, UsageError for another suffix,
    RefusedError before any award is released, where the programme names no publisher, or where something stands there.
    """
    require_suffix(out, ".json", ".csv")
    refuse_existing(out, f"pipgrants export 360giving {name} --out OTHER{out.suffix}")
    record = _public_record(workspace, who, now, "export.360giving", name)
    _require_awards(record, name)
    content = grants_json(record) if out.suffix.lower() == ".json" else grants_csv(record)
    return _written(record, name, out, content)


def export_commongrants(workspace: Workspace, who: Identity, now: datetime, *, name: str, out: Path) -> Exported:
    """Writes the public calls of a name as CommonGrants models, to a ``.json`` file, with what was released of them.

    Raises what ``export_360giving`` does, but where no award is released.
    """
    require_suffix(out, ".json")
    refuse_existing(out, f"pipgrants export commongrants {name} --out OTHER{out.suffix}")
    record = _public_record(workspace, who, now, "export.commongrants", name)
    return _written(record, name, out, common_grants(record))


def export_iati(workspace: Workspace, who: Identity, now: datetime, *, name: str, out: Path) -> Exported:
    """Writes the awards of a call or a programme as an IATI 2.03 activity file, to an ``.xml`` file.

    Raises what ``export_360giving`` does, and RefusedError where the publisher lacks what IATI needs, or has codes that
    are not on its lists.
    """
    require_suffix(out, ".xml")
    refuse_existing(out, f"pipgrants export iati {name} --out OTHER{out.suffix}")
    record = _public_record(workspace, who, now, "export.iati", name)
    _require_awards(record, name)
    unfit = ", ".join(f"publisher.{key}" for key in unfit_for_iati(record.publisher))
    if unfit:
        raise RefusedError(
            f"IATI needs {unfit} of the programme {record.programme.programme}, with a code of its lists",
            next_step=f"give them in its file, then {_redraft(record.programme)}",
        )
    return _written(record, name, out, iati_activities(record))


def _public_record(workspace: Workspace, who: Identity, now: datetime, did: str, name: str) -> PublicRecord:
    """What is public of the call of a name, or else of the programme.

    Raises NotFoundError, NotAuthorisedError, and RefusedError where nothing is public or nobody publishes it.
    """
    with workspace.read() as unit:
        call = unit.calls.find(name)
        programme = call.programme if call else unit.calls.programme(name).programme
    with permitted_read(workspace, who, now, did, f"call/{name}" if call else f"programme/{name}") as unit:
        rows = [call] if call else [row for row in unit.calls.all() if row.programme == programme]
        found = (_public_call(unit, terms_of(unit.calls, row.call)) for row in rows)
        calls = [item for item in found if item is not None]
        definition = read_programme(unit.calls.definition(unit.calls.programme(programme).definition_hash))
    if not calls:
        raise RefusedError(f"no call of {name} is public yet", next_step="pipgrants call list")
    return PublicRecord(definition, _publisher(definition), calls)


def _publisher(programme: Programme) -> Publisher:
    if programme.publisher is None:
        raise RefusedError(
            f"the programme {programme.programme} does not say who publishes its open data",
            next_step="give its file the key publisher, with name and identifier (a register of org-id.guide and the "
            f"number in it), then {_redraft(programme)}",
        )
    return programme.publisher


def _redraft(programme: Programme) -> str:
    return f"pipgrants programme draft {programme.programme} --as OFFICER"


def _public_call(unit: Unit, terms: Terms) -> PublicCall | None:
    """What is public of a call, None before it is published."""
    call, engine = terms.call, call_engine(unit.calls, terms.row)
    published_at = _published_at(unit, call.call, engine.definition)
    if published_at is None:
        return None
    label = in_language(call.label, Language.ENGLISH)
    released = released_stage(unit, terms, Stage.PROPOSAL)
    return PublicCall(
        call=call,
        labels=[*([SYNTHETIC] if terms.programme.synthetic else []), *([label] if label else [])],
        is_receiving=is_receiving(engine, terms.row.state),
        is_cancelled=not holds_money(engine, terms.row.state),
        published_at=published_at,
        published_on=local_day(published_at, call),
        released_at=released.released_at if released else None,
        applications=_applications(released) if released else [],
        awards=list(_awards(unit, terms, released)) if released else [],
    )


def _published_at(unit: Unit, call: str, machine: Machine) -> datetime | None:
    publishing = {item.entry for item in machine.transitions if item.trigger == "publish"}
    entries = unit.ledger.entries(subject=f"call/{call}")
    content = next((entry.content for entry in entries if entry.act in publishing), None)
    return None if content is None else datetime.fromisoformat(orjson.loads(content)["at"])


def _applications(released: ReleasedStage) -> list[PublicApplication]:
    """What became of every proposal that took part, in number order."""
    received = {head.number: head.received_at for head in released.heads}
    return [
        PublicApplication(
            row["number"], row["title"] or "", row["outcome"], datetime.fromisoformat(received[row["number"]])
        )
        for row in released.rows
    ]


def _awards(unit: Unit, terms: Terms, released: ReleasedStage) -> Iterator[PublicAward]:
    """The awards that stand, in number order."""
    won = {number: told for number, told in released.decisions.items() if told.line.outcome in AWARDS}
    names = {row["number"]: row["applicant"] for row in released.rows}
    needs = frozenset({"members", "objectives"})
    for batch in unit.proposals.batches(terms.row.call, terms.call.currency, needs):
        for head, proposal in batch:
            if head.number in won:
                yield _award(unit, terms.call, head, proposal, won[head.number], names[head.number])


def _award(unit: Unit, call: Call, head: ProposalRow, proposal: Proposal, told: Told, name: str) -> PublicAward:
    members = proposal.members or ()
    agreed = all(member.data_consent_on is not None for member in members)
    objectives = (proposal.objectives or ()) if agreed else ()
    awarded_at = decided_at(unit, head.number, told.package)
    awarded_on = local_day(awarded_at, call)
    counterpart = head.counterpart_minor
    return PublicAward(
        proposal=head.number,
        title=head.title,
        language=head.language,
        recipient=head.lead,
        recipient_name=name,
        recipient_type=next((member.member_type for member in members if member.is_lead), None),
        amount=from_minor(told.line.amount_minor or 0, call.currency),
        is_conditional=told.line.outcome == Outcome.CONDITIONAL_AWARD,
        awarded_at=awarded_at,
        awarded_on=awarded_on,
        counterpart_amount=None if counterpart is None else from_minor(counterpart, call.currency),
        territory=proposal.territory,
        sector=proposal.sector,
        design_on=proposal.design_on,
        duration_months=proposal.duration_months,
        results=results_of(objectives, proposal.design_on, awarded_on, measured={}),
        project=_project(unit, head.number, call.currency),
    )


def _project(unit: Unit, number: str, currency: str) -> PublicProject | None:
    row = unit.projects.find(number)
    if row is None:
        return None
    moved = [
        Moved(date.fromisoformat(item.moved_on), Movement(item.kind), from_minor(item.amount_minor, currency))
        for item in unit.projects.movements(number)
    ]
    starts_on, ends_on = (date.fromisoformat(day) if day else None for day in (row.starts_on, row.ends_on))
    return PublicProject(_standing(unit, row), starts_on, ends_on, moved)


def _standing(unit: Unit, row: ProjectRow) -> Standing:
    """How far a project has come, by what its machine says of its state and by whether it was ended before its time."""
    engine = project_engine(unit.calls, row.machine_hash)
    machine = engine.definition
    ending = {item.entry for item in machine.transitions if item.trigger in ("terminate", "abandon")}
    if any(entry.act in ending for entry in unit.ledger.entries(subject=PROJECT + row.proposal)):
        return Standing.CANCELLED
    if machine.states[row.state].final:
        return Standing.CLOSED
    if row.state in destinations(machine, "suspend"):
        return Standing.SUSPENDED
    if has_ended(engine, row.state):
        return Standing.ENDED
    return Standing.RUNNING if takes_requests(engine, row.state) else Standing.PLANNED


def _require_awards(record: PublicRecord, name: str) -> None:
    if not any(call.awards for call in record.calls):
        raise RefusedError(
            f"no award of {name} is released",
            next_step=f"pipgrants letters release {record.calls[0].call.call}, once ratified",
        )


def _written(record: PublicRecord, name: str, out: Path, content: bytes) -> Exported:
    with written_whole(out) as file:
        file.write_bytes(content)
    calls = [item.call.call for item in record.calls]
    return Exported(name, calls, sum(len(item.awards) for item in record.calls), out)
