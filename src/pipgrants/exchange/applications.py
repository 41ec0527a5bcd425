"""Applications read from the form (workbook, folder of CSV files, JSON) or from a list with a mapping.

A row with a problem makes its application unusable; the other applications of the file are read all the same, and the
caller decides whether any are stored. Warnings block nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import Problem
from pipgrants.exchange import records
from pipgrants.exchange.assembly import Draft, assemble
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import BUDGET, COUNTERPART, EVIDENCE, FORM, INSTRUCTIONS, MEMBERS, OBJECTIVES, PROPOSALS
from pipgrants.exchange.files import open_form, plain_name
from pipgrants.exchange.mapped_lists import read_listed
from pipgrants.exchange.mapping import ListMapping
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.exchange.sheets import data_rows
from pipgrants.exchange.tabular import Table
from pipgrants.paths import called


class LocatedApplication(NamedTuple):
    """An application and where its row stands; ``lines`` gives the rows of its members and papers by list and key."""

    application: Application
    place: Place
    lines: Mapping[tuple[str, str], Place] = MappingProxyType({})

    def place_of(self, lines: str, key: str) -> Place:
        """Where a member or a paper stands, or else the application itself."""
        return self.lines.get((lines, key), self.place)


class ImportResult(NamedTuple):
    """What a file holds: the applications without a problem, what is wrong with the others, and warnings."""

    applications: tuple[LocatedApplication, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    rows_read: int


def read_applications(
    path: Path,
    *,
    currency: str,
    time_zone: str,
    languages: Sequence[Language] = tuple(Language),
    mapping: ListMapping | None = None,
    only_where: Mapping[str, str] | None = None,
    territories: Collection[str] | None = None,
) -> ImportResult:
    """The applications of a form, or of a list where ``mapping`` says how it is written.

    Amounts are in ``currency``, local times in ``time_zone``; ``only_where`` takes the rows of a list whose columns
    have these values. A territory that is not among ``territories`` is kept with a warning, where they are given.
    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read as a whole or holds no
    application.
    """
    log = ProblemLog(called(path))
    notation = Notation(currency, ZoneInfo(time_zone), tuple(languages), territories=territories)
    if mapping is None:
        drafts, rows_read = _read_form(path, notation, log)
    else:
        drafts, rows_read = read_listed(path, mapping, notation, only_where or {}, log)
    if not drafts and not log.problems():
        raise Place(called(path)).refusal("import.no_application")
    located = []
    for draft in drafts:
        application = assemble(draft, log)
        if application is not None:
            located.append(LocatedApplication(application, draft.place, dict(_lines_of(draft))))
    return ImportResult(tuple(located), log.problems(), log.warnings(), rows_read)


def _lines_of(draft: Draft) -> Iterator[tuple[tuple[str, str], Place]]:
    """The rows of members and papers; of several with one key, the last."""
    for place, member in draft.members:
        yield (MEMBERS, member.key), place
    for place, paper in draft.evidence:
        yield (EVIDENCE, paper.identity), place


def _read_form(path: Path, notation: Notation, log: ProblemLog) -> tuple[list[Draft], int]:
    drafts: dict[str, Draft] = {}
    rows_read = 0
    with open_form(path, tuple(FORM), INSTRUCTIONS, log.problem) as opened:
        tables = _by_sheet(opened, path)
        for sheet, fields in FORM.items():
            if sheet not in tables:
                continue
            for row in data_rows(tables[sheet], fields):
                rows_read += 1
                reader = RowReader(row, fields, notation, log)
                if sheet == PROPOSALS:
                    _begin(drafts, reader)
                else:
                    _add(drafts, sheet, reader)
    return list(drafts.values()), rows_read


def _by_sheet(tables: Sequence[Table], path: Path) -> dict[str, Table]:
    """The tables by the sheet of the form they are; the one without a name is the outer list of a JSON document."""
    found: dict[str, Table] = {}
    for table in tables:
        first = found.setdefault(plain_name(table.name) or PROPOSALS, table)
        if first is not table:
            raise Place(called(path)).refusal("import.sheet_twice", names=f"{first.name or PROPOSALS}, {table.name}")
    found.pop(INSTRUCTIONS, None)
    if PROPOSALS not in found or not found.keys() <= FORM.keys():
        seen = ", ".join(table.name for table in tables) or "none"
        raise Place(called(path)).refusal("import.unexpected_sheets", expected=", ".join(FORM), seen=seen)
    return found


def _begin(drafts: dict[str, Draft], reader: RowReader) -> None:
    application = records.read_application(reader)
    if application.reference in drafts:
        first = drafts[application.reference].place
        reader.problem("reference", "import.reference_twice", row=str(first.row))
        drafts[application.reference].failed.add(PROPOSALS)
    elif application.reference:
        draft = Draft(reader.row.place, application)
        drafts[application.reference] = draft
        if reader.failed:
            draft.failed.add(PROPOSALS)


def _add(drafts: dict[str, Draft], sheet: str, reader: RowReader) -> None:
    """Add a row of another sheet to the application that it belongs to."""
    draft = drafts.get(reader.text("reference") or "")
    if draft is None:
        if reader.text("reference"):
            reader.problem("reference", "import.unknown_reference")
        draft = Draft(reader.row.place, Application("", "", ()))
    _read_line(draft, sheet, reader)
    if reader.failed:
        draft.failed.add(sheet)


def _read_line(draft: Draft, sheet: str, reader: RowReader) -> None:
    place = reader.row.place
    if sheet == MEMBERS:
        member = records.read_member(reader)
        draft.members.append((place, member))
    elif sheet == BUDGET:
        draft.budget_lines.append((place, records.read_budget_line(reader)))
    elif sheet == COUNTERPART:
        draft.counterpart_lines.append((place, records.read_counterpart_line(reader)))
    elif sheet == OBJECTIVES:
        draft.objectives.append(records.read_objective(reader))
    elif sheet == EVIDENCE:
        draft.evidence.append((place, records.read_evidence(reader)))
