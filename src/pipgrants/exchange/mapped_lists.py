"""A published list, or an agency's own spreadsheet, read as applications by its mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pipgrants.domain.application import ApplicationMember, PartyDetails
from pipgrants.domain.proposal import BudgetLine, CounterpartLine
from pipgrants.domain.vocabulary import ContributionForm, FundingSource
from pipgrants.exchange.assembly import Draft
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import FORM, LONGEST_NAME, MEMBERS, PROPOSALS, YesOrNo
from pipgrants.exchange.files import open_table
from pipgrants.exchange.mapping import COMPANION_FIELDS, LEAD, MEMBER_GRANT, Companion, Counterpart, ListMapping
from pipgrants.exchange.problems import ProblemLog
from pipgrants.exchange.records import read_application, read_member
from pipgrants.exchange.sheets import require_columns
from pipgrants.exchange.tabular import Row
from pipgrants.money import EXACT

Cells = dict[str, str | None]


def read_listed(
    path: Path, mapping: ListMapping, notation: Notation, only_where: Mapping[str, str], log: ProblemLog
) -> tuple[list[Draft], int]:
    """The applications of a list and the number of rows read, those of its companion file included."""
    return _ListReader(mapping, notation, log).read(path, only_where)


def matches(row: Row, only_where: Mapping[str, str]) -> bool:
    """Whether the columns of a row have these values."""
    return all(row.cells.get(column) == value for column, value in only_where.items())


class _ListReader:
    def __init__(self, mapping: ListMapping, notation: Notation, log: ProblemLog) -> None:
        self.mapping = mapping
        self.log = log
        self.notation = replace(
            notation,
            decimal_mark=mapping.decimal_mark,
            thousands_mark=mapping.thousands_mark,
            dates=mapping.dates,
            zero_means=mapping.zero_means,
            blank_means=mapping.blank_means,
            lenient=True,
        )
        self.drafts: dict[str, Draft] = {}
        self.rows_read = 0

    def read(self, path: Path, only_where: Mapping[str, str]) -> tuple[list[Draft], int]:
        mapping = self.mapping
        members = [mapping.members.column] if mapping.members else []
        with open_table(path, self.log.problem, mapping.file_format, mapping.sheet, only_where.values()) as table:
            require_columns(table, [*mapping.columns, *members, *only_where])
            for row in table.rows:
                if matches(row, only_where):
                    self._application(row)
        if mapping.companion:
            self._participants(path.parent / mapping.companion.file, mapping.companion, is_whole=not only_where)
        if mapping.counterpart is Counterpart.REMAINDER:
            for draft in self.drafts.values():
                _add_remainder(draft)
        return list(self.drafts.values()), self.rows_read

    def _application(self, row: Row) -> None:
        self.rows_read += 1
        columns = {name: column for column, name in self.mapping.columns.items()}
        cells = self._cells(row, self.mapping.columns)
        cells.setdefault("reference", f"{self.mapping.reference_prefix}{row.place.row}")
        reader = RowReader(row._replace(cells=cells), FORM[PROPOSALS], self.notation, self.log, columns)
        application = read_application(reader)
        if application.reference in self.drafts:
            first = self.drafts[application.reference]
            reader.problem("reference", "import.reference_twice", row=str(first.place.row))
            first.failed.add(PROPOSALS)
            return
        draft = Draft(row.place, application, lead_expected=False)
        self.drafts[application.reference] = draft
        if reader.failed:
            draft.failed.add(PROPOSALS)
        self._lead(draft, row, cells, columns)
        self._partners(draft, row)

    def _cells(self, row: Row, columns: Mapping[str, str]) -> Cells:
        """The cells by field: constants, columns with their words translated, then what repeats another field."""
        cells: Cells = dict(self.mapping.constants)
        for column, name in columns.items():
            text = row.cells.get(column)
            translations = self.mapping.values.get(name.removeprefix(LEAD), {})
            cells[name] = translations.get(text, text) or None if text is not None else None
        for name, original in self.mapping.copied.items():
            cells[name] = cells.get(original)
        return cells

    def _lead(self, draft: Draft, row: Row, cells: Cells, columns: Mapping[str, str]) -> None:
        lead = {name.removeprefix(LEAD): text for name, text in cells.items() if name.startswith(LEAD)}
        if not lead:
            return
        lead = {"reference": draft.application.reference, "member": "1", "is_lead": YesOrNo.YES.value, **lead}
        own = {name.removeprefix(LEAD): column for name, column in columns.items() if name.startswith(LEAD)}
        reader = RowReader(row._replace(cells=lead), FORM[MEMBERS], self.notation, self.log, own)
        draft.members.append((row.place, read_member(reader)))
        if reader.failed:
            draft.failed.add(MEMBERS)

    def _partners(self, draft: Draft, row: Row) -> None:
        members = self.mapping.members
        if members is None:
            return
        for name in members.split(row.cells.get(members.column) or ""):
            if not any(character.isalnum() for character in name):
                self.log.warning(row.place.problem("import.not_a_name", members.column, name))
                continue
            if len(name) > LONGEST_NAME:
                values = {"seen": str(len(name)), "limit": str(LONGEST_NAME)}
                self.log.problem(row.place.problem("import.text_too_long", members.column, name, **values))
                draft.failed.add(MEMBERS)
            key = str(len(draft.members) + 1)
            draft.members.append((row.place, ApplicationMember(key, PartyDetails(name), is_lead=False)))

    def _participants(self, path: Path, companion: Companion, *, is_whole: bool) -> None:
        """Add the participants; a project that is not in the list is a problem where the whole list was read."""
        columns = {name: column for column, name in companion.columns.items()}
        with open_table(path, self.log.problem, self.mapping.file_format) as table:
            require_columns(table, [*companion.columns, companion.joined_by, companion.lead.column])
            for row in table.rows:
                draft = self.drafts.get(row.cells.get(companion.joined_by) or "")
                if draft is not None:
                    self.rows_read += 1
                    self._participant(draft, row, companion, columns)
                elif is_whole:
                    text = row.cells.get(companion.joined_by) or ""
                    self.log.problem(row.place.problem("import.unknown_reference", companion.joined_by, text))

    def _participant(self, draft: Draft, row: Row, companion: Companion, columns: Mapping[str, str]) -> None:
        is_lead = row.cells.get(companion.lead.column) == companion.lead.value
        cells = self._cells(row, companion.columns)
        cells.setdefault("member", str(len(draft.members) + 1))
        cells["is_lead"] = YesOrNo.YES if is_lead else YesOrNo.NO
        cells["reference"] = draft.application.reference
        reader = RowReader(row._replace(cells=cells), COMPANION_FIELDS, self.notation, self.log, columns)
        member = read_member(reader)
        draft.members.append((row.place, member))
        grant = reader.amount(MEMBER_GRANT.name)
        if reader.failed:
            draft.failed.add(MEMBERS)
        elif grant:
            line = BudgetLine(member.key, None, "", None, FundingSource.GRANT, grant)
            draft.budget_lines.append((row.place, line))


def _add_remainder(draft: Draft) -> None:
    total, grant = draft.application.total_amount, draft.application.grant_amount
    if total is None or grant is None or grant > total:
        return
    lead = next((member.key for _, member in draft.members if member.is_lead), None)
    remainder: Decimal = EXACT.subtract(total, grant)
    line = CounterpartLine(lead, ContributionForm.CASH, FundingSource.OWN_FUNDS, remainder)
    draft.counterpart_lines.append((draft.place, line))
