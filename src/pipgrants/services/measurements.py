"""What is monitored of a project, put on record: its logical framework, what was measured, and its baseline.

Every act is an entry, and so is a correction: a row that states anew what is on record takes the place of the last,
with a reason. What was measured enters the trail as salted hashes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.monitoring.baseline import BaselineCheck
from pipgrants.domain.monitoring.firms import last_full_year
from pipgrants.domain.monitoring.framework_consistency import framework_mistakes
from pipgrants.domain.monitoring.logical_framework import LogicalFramework
from pipgrants.domain.monitoring.project_framework import budget_mistakes
from pipgrants.domain.monitoring.record import Measured, MonitoringRecord, as_of, as_plain, firm_of, from_plain, key_of
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.exchange.monitoring import Allowed, read_monitoring
from pipgrants.reading import read_source
from pipgrants.services.deadlines import local_day
from pipgrants.services.imports import source_of
from pipgrants.services.monitored_project import FRAMEWORK, MonitoredProject, monitored
from pipgrants.services.monitoring import unmeasured_at_baseline
from pipgrants.services.project_facts import PROJECT, ProjectFacts, facts_of, hashes_of
from pipgrants.services.projects import read_checked
from pipgrants.services.states import destinations
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import DefinitionRow
from pipgrants.store.measurements import MeasurementRow, MonitoredRow
from pipgrants.trail.canonical import canonical, text_hash
from pipgrants.trail.entry import Deed
from pipgrants.trail.sealing import new_salt, seal

FRAMEWORK_RECORDED = "FrameworkRecorded"
BASELINE_VERIFIED = "BaselineVerified"
MONITORING_RECORDED = "MonitoringRecorded"


def set_framework(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    path: Path,
    reason: str | None = None,
    dry_run: bool = False,
) -> LogicalFramework:
    """Puts the logical framework of a project in force, in the place of the last where there is one.

    Raises DefinitionError listing everything in which it is not one of the project's budget, RefusedError before the
    agreement, while a launch validation waits for approval, and without a reason where another is replaced.
    """
    text = read_source(path)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = _agreed_project(act, "monitoring.set_framework", project)
        if facts.row.state in destinations(facts.engine.definition, "validate"):
            raise RefusedError(
                f"a launch validation of {project} waits for approval; it says what the framework is after it",
                next_step=f"pipgrants project launch {project} --as MANAGER, or return-validation",
            )
        framework = read_checked(text, LogicalFramework, path.name, lambda found: framework_faults(found, facts))
        definition = framework_definition(framework, text)
        before = act.unit.measurements.find(project)
        if before is not None and before.framework_hash == definition.hash:
            raise RefusedError(
                f"this logical framework of {project} is on record already",
                next_step=f"pipgrants monitoring show {project}",
            )
        act.unit.calls.store_definitions([definition])
        baseline_year = before.baseline_year if before else None
        act.unit.measurements.put(MonitoredRow(project, definition.hash, baseline_year))
        replaced = {"replaced": before.framework_hash} if before else {}
        _record(act, facts, FRAMEWORK_RECORDED, {FRAMEWORK: definition.hash, **replaced}, definition.hash, reason)
    return framework


def framework_faults(framework: LogicalFramework, facts: ProjectFacts) -> Iterator[DefinitionMistake]:
    """Everything that is wrong with a logical framework, by itself and beside the budget of its project."""
    yield from framework_mistakes(framework)
    yield from budget_mistakes(framework, facts.money.budget, facts.currency)


def framework_definition(framework: LogicalFramework, text: str) -> DefinitionRow:
    """A logical framework as it is stored, by the hash of its text."""
    return DefinitionRow(text_hash(text), FRAMEWORK, framework.framework, text)


def _agreed_project(act: Act, did: str, project: str) -> ProjectFacts:
    """A project whose agreement is signed, for who may do something with it."""
    facts = facts_of(act.unit, project)
    act.permit(did, facts.terms.programme.stands_in)
    act.represent(facts.head.lead)
    if facts.row.signed_on is None:
        raise RefusedError(
            f"the agreement of {project} is not signed; what is monitored follows from it",
            next_step=f"pipgrants project sign {project} FILE --as OFFICER",
        )
    return facts


def _record(
    act: Act, facts: ProjectFacts, name: str, inputs: dict[str, object], framework: str, reason: str | None
) -> None:
    definitions = {**hashes_of(facts.row, facts.terms), FRAMEWORK: framework}
    subject, call = PROJECT + facts.number, facts.terms.row.call
    act.record(Deed(name, subject, reason=reason, inputs=inputs, definitions=definitions, call=call))


class Recorded(NamedTuple):
    """What was put on record: how many rows by kind, how many of them correct others, and how many stood already."""

    project: str
    rows: dict[str, int]
    corrected_count: int
    unchanged_count: int


def record_values(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    path: Path,
    reason: str | None = None,
    dry_run: bool = False,
) -> Recorded:
    """Writes down what was measured, all rows of a file or none; those on record already stay as they are.

    Raises ImportRefusedError naming each row that does not fit the project, RefusedError where nothing is new, and
    without a reason where rows correct others.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = _agreed_project(act, "monitoring.record", project)
        framework, row = required(monitored(facts))
        found = read_monitoring(path, facts.currency, allowed_for(act, facts, framework))
        _refuse_money(found, path.name, project)
        before = act.unit.measurements.of(project)
        stated, listed = _stated(before), list(found.measured)
        fresh = [(kind, item) for kind, item in listed if _last(stated, kind, item) != item]
        if not fresh:
            raise RefusedError(
                f"everything in {path.name} is on record already, or it holds nothing",
                next_step=f"pipgrants monitoring show {project}",
            )
        rows = list(_rows(project, len(before), fresh))
        act.unit.measurements.add(rows)
        replaced = [stated[key][0] for kind, item in fresh if (key := (kind, key_of(kind, item))) in stated]
        inputs: dict[str, object] = {"source": source_of(path), "measurements": list(map(_as_plain, rows))}
        inputs |= {"replaced": replaced} if replaced else {}
        _record(act, facts, MONITORING_RECORDED, inputs, row.framework_hash, reason)
    counts = Counter(kind for kind, _ in fresh)
    return Recorded(project, dict(counts), len(replaced), len(listed) - len(fresh))


def required(project: MonitoredProject) -> tuple[LogicalFramework, MonitoredRow]:
    """The logical framework of a project. Raises NotFoundError where none is on record."""
    if project.framework is None or project.row is None:
        raise NotFoundError(
            f"no logical framework of {project.number} is on record",
            next_step=f"pipgrants monitoring set-framework {project.number} FILE --as OFFICER",
        )
    return project.framework, project.row


def allowed_for(act: Act, facts: ProjectFacts, framework: LogicalFramework) -> Allowed:
    """What a record of a project may speak of on the day of an act."""
    return Allowed(
        indicators=[item.code for item in framework.indicators],
        activities=[item.code for item in framework.activities],
        is_firm=cache(lambda number: number in act.unit.parties.names([number])),
        until=local_day(act.now, facts.terms.call),
        lowest=Decimal(framework.lowest_rating),
        highest=Decimal(framework.highest_rating),
    )


def _refuse_money(found: MonitoringRecord, file: str, project: str) -> None:
    """What was paid is on record as the payments and the disbursements of the project."""
    if found.payments or any(item.spent_amount is not None for item in found.progress):
        raise RefusedError(
            f"{file} says what was spent or disbursed; the record of {project} says it already: leave it out",
            next_step=f"pipgrants project record-expenditure {project} FILE",
        )


def _stated(rows: Iterable[MeasurementRow]) -> dict[object, tuple[int, Measured]]:
    """The last row on record of each kind and key, with its number."""
    found: dict[object, tuple[int, Measured]] = {}
    for row in rows:
        if row.content is not None:
            item = from_plain(row.kind, orjson.loads(row.content))
            found[row.kind, key_of(row.kind, item)] = row.number, item
    return found


def _last(stated: Mapping[object, tuple[int, Measured]], kind: str, item: Measured) -> Measured | None:
    """What is on record of what a row speaks of."""
    return stated.get((kind, key_of(kind, item)), (0, None))[1]


def _rows(project: str, count: int, fresh: Sequence[tuple[str, Measured]]) -> Iterator[MeasurementRow]:
    for number, (kind, item) in enumerate(fresh, count + 1):
        day, content = as_of(item), canonical(as_plain(item)).decode()
        on = None if day is None else day.isoformat()
        yield MeasurementRow(project, number, kind, on, firm_of(item), content, new_salt())


def _as_plain(row: MeasurementRow) -> list[object]:
    """A row as its entry holds it: what was measured is a salted hash."""
    return [row.number, row.kind, row.as_of, row.firm, seal(row.salt or b"", "content", row.content)]


class BaselineSet(NamedTuple):
    """The baseline of a project, and what its verifications found."""

    project: str
    year: int
    check: BaselineCheck
    unmeasured: tuple[str, ...]


def set_baseline(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    year: int,
    reason: str | None = None,
    dry_run: bool = False,
) -> BaselineSet:
    """Verifies what firms reported of a year, and makes it the baseline of the project.

    Raises RefusedError where values are to be explained, or sums are impossible in the territory, and no reason
    explains them; NotFoundError where nothing is on record of the year.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = _agreed_project(act, "monitoring.set_baseline", project)
        found = monitored(facts)
        framework, row = required(found)
        _refuse_year(found, year)
        check = found.verified(year)
        unexplained = _to_explain(check)
        if unexplained and not (reason or "").strip():
            raise RefusedError(
                f"the baseline of {year} is to be explained: {'; '.join(unexplained)}",
                next_step=f"correct it (pipgrants monitoring record {project} FILE --reason TEXT), or explain it: "
                "--reason TEXT",
            )
        unmeasured = unmeasured_at_baseline(framework, found.record, year)
        act.unit.measurements.put(row._replace(baseline_year=year))
        another = row.baseline_year not in (None, year)
        inputs = {**_told(check, year), "unmeasured": list(unmeasured)}
        inputs |= {"replaced": row.baseline_year} if another else {}
        _record(act, facts, BASELINE_VERIFIED, inputs, row.framework_hash, reason)
    return BaselineSet(project, year, check, unmeasured)


def _refuse_year(found: MonitoredProject, year: int) -> None:
    for kind, rows in (("firms", found.record.firms), ("territory", found.record.territory)):
        if not any(item.year == year for item in rows):
            raise NotFoundError(
                f"nothing of {year} is on record in the sheet {kind} of {found.number}",
                next_step=f"pipgrants monitoring record {found.number} FILE",
            )
    if found.launched_on is not None and year > last_full_year(found.launched_on):
        raise RefusedError(
            f"{found.number} was launched on {found.launched_on}: its baseline is of {year - 1} or before",
            next_step=f"name a year until {last_full_year(found.launched_on)}",
        )


def _to_explain(check: BaselineCheck) -> list[str]:
    values = [f"{item.fact} of {item.firm} is {item.times:,f} times the median" for item in check.outliers]
    sums = [
        f"the {item.fact} of all firms beside the {item.figure} of the territory"
        for item in check.aggregates
        if item.is_consistent is False
    ]
    return [*values, *sums]


def _told(check: BaselineCheck, year: int) -> dict[str, object]:
    """What the verifications found, as the entry holds it: which values and sums, and never how much."""
    return {
        "year": year,
        "firms_count": check.firms_count,
        "outliers": [[item.firm, item.fact, item.size_class] for item in check.outliers],
        "aggregates": [[item.fact, item.figure, item.is_consistent] for item in check.aggregates],
    }
