"""Firms that take part in a project: they register with their consent and data, and may withdraw their consent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from pipgrants.domain.activities import NO_PARTY, NOT_A_FIRM
from pipgrants.domain.firm_data import FirmData, data_fault
from pipgrants.errors import NotFoundError, Problem, RefusedError
from pipgrants.exchange.firm_data import RegisteringFirm, read_registrations
from pipgrants.exchange.problems import CORRECT_ROWS, refusal_of_rows
from pipgrants.services.imports import source_of
from pipgrants.services.participation import (
    FIRM,
    deed_of,
    known_as_firms,
    parties_on_record,
    permitted_facts,
    registered,
    today_of,
)
from pipgrants.services.project_facts import ProjectFacts
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.participation import RegistrationRow, figures_text
from pipgrants.trail.sealing import new_salt, seal

REGISTERED, WITHDRAWN = "FirmRegistered", "FirmConsentWithdrawn"


def register_firms(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, path: Path, dry_run: bool = False
) -> tuple[str, ...]:
    """Registers the firms of a file with a project, all or none; returns their numbers.

    A registration takes the place of the one before. Raises ImportRefusedError naming each firm without consent or
    data, with its row.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = permitted_facts(act, "firm.register", project)
        found, problems = read_registrations(path, facts.currency)
        consents = _consents(facts, found)
        faults = [*problems, *_faults(facts, found, consents, today_of(act, facts))]
        if faults:
            raise refusal_of_rows(path.name, faults, CORRECT_ROWS)
        rows = [_row(project, item, item.data, consents[item.firm]) for item in found if item.data is not None]
        act.unit.participation.put_registrations(rows)
        source = source_of(path)
        act.record(
            *(
                deed_of(facts, REGISTERED, f"{FIRM}{project}/{row.party}", {**_as_plain(row), "source": source})
                for row in rows
            )
        )
    return tuple(row.party for row in rows)


def _consents(facts: ProjectFacts, found: Iterable[RegisteringFirm]) -> dict[str, date]:
    """The day on which each firm agreed to give data: that of the file, or the one that its application told."""
    items = list(found)
    told = parties_on_record(facts.unit, [item.firm for item in items])
    days = {item.firm: item.consent_on or told[item.firm].data_consent_on for item in items if item.firm in told}
    return {firm: day for firm, day in days.items() if day is not None}


def _faults(
    facts: ProjectFacts, found: Sequence[RegisteringFirm], consents: Mapping[str, date], today: date
) -> Iterator[Problem]:
    parties = known_as_firms(facts, [item.firm for item in found])
    before = registered(facts)
    for item in found:
        firm, place = item.firm, item.place
        if firm not in parties:
            yield place.problem(NO_PARTY, "firm", firm, party=firm)
            continue
        if parties[firm] is False:
            yield place.problem(NOT_A_FIRM, "firm", firm, party=firm)
        if item.registered_on > today:
            day = item.registered_on.isoformat()
            yield place.problem("import.registered_in_future", "registered_on", day, day=today.isoformat())
        yield from _consent_faults(item, consents.get(firm), before.get(firm))
        fault = data_fault(firm, item.data, item.registered_on)
        if fault is not None:
            yield place.problem(fault.code, fault.field, **fault.values)


def _consent_faults(
    item: RegisteringFirm, consent_on: date | None, before: RegistrationRow | None
) -> Iterator[Problem]:
    """Whether a firm agrees to give data when it registers: anew, where it withdrew its consent."""
    withdrawn_on = before.withdrawn_on if before else None
    if consent_on is None:
        yield item.place.problem("import.consent_missing", "consent_on", firm=item.firm)
    elif consent_on > item.registered_on:
        yield item.place.problem("import.consent_after_registration", "consent_on", consent_on.isoformat())
    elif withdrawn_on is not None and consent_on.isoformat() < withdrawn_on:
        yield item.place.problem("import.consent_withdrawn", "consent_on", firm=item.firm, day=withdrawn_on)


def _row(project: str, item: RegisteringFirm, data: FirmData, consent_on: date) -> RegistrationRow:
    days = item.registered_on.isoformat(), consent_on.isoformat()
    return RegistrationRow(project, item.firm, *days, data.year, figures_text(data), new_salt())


def _as_plain(row: RegistrationRow) -> dict[str, object]:
    """A registration as the entry holds it: what the firm gave is confidential, and a salted hash."""
    return {
        "registered_on": row.registered_on,
        "consent_on": row.consent_on,
        "year": row.year,
        "figures": seal(row.salt, "figures", row.figures),
    }


def withdraw_consent(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    firm: str,
    from_on: date | None = None,
    reason: str,
    dry_run: bool = False,
) -> date:
    """Writes down from which day (without one, today) the consent of a firm holds no longer; returns the day.

    From then on it receives no benefit, until it registers again. Raises RefusedError without a reason, where the
    consent was withdrawn before, and for a day before the consent or to come.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = permitted_facts(act, "firm.withdraw", project)
        row = registered(facts).get(firm)
        if row is None:
            raise NotFoundError(f"{firm} is not registered with {project}", next_step=f"pipgrants firm list {project}")
        if row.withdrawn_on is not None:
            raise RefusedError(
                f"{firm} withdrew its consent on {row.withdrawn_on}", next_step=f"pipgrants firm show {project} {firm}"
            )
        today = today_of(act, facts)
        day = from_on or today
        if not row.registration.consent_on <= day <= today:
            raise RefusedError(
                f"{firm} cannot have withdrawn its consent on {day}",
                next_step=f"give a day from {row.consent_on}, when it agreed, to {today}",
            )
        act.unit.participation.withdraw_consent(row, day.isoformat())
        inputs = {"withdrawn_on": day.isoformat()}
        act.record(deed_of(facts, WITHDRAWN, f"{FIRM}{project}/{row.party}", inputs, reason))
    return day
