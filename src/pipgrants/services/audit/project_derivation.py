"""What the rules make of projects, derived from the entries: what can be paid, set free and claimed back.

What counts as given: agreements, what firms agree on, payments, what is disallowed of them, requests and repayments.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from pipgrants.domain.accounts import Movement
from pipgrants.domain.project import granted
from pipgrants.money import EXACT, from_minor, to_minor
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import Content, StatedRows
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import project_engine_of
from pipgrants.services.project_facts import DISBURSEMENT, PROJECT
from pipgrants.services.project_money import ProjectMoney, money_of, said_movements
from pipgrants.services.projects import plan_from_plain
from pipgrants.services.states import has_ended
from pipgrants.store.projects import DisbursementRow, ExpenditureRow, MoneyRows, MovementRow, ProjectLineRow, TrancheRow


class ProjectDerivation:
    """Derives the entries about projects while a record takes them; ``rows`` are what those before state."""

    def __init__(self, rows: StatedRows, named: NamedDefinitions) -> None:
        self._rows = rows
        self._named = named
        self._proposed: dict[str, Content] = {}

    def derived(self, entry: Content) -> dict[str, object]:
        """The fields of an entry that follow from those before it; none where it is given."""
        subject, inputs = entry["subject"], entry["inputs"]
        if subject.startswith(DISBURSEMENT):
            project, _, number = subject.removeprefix(DISBURSEMENT).partition("/")
            row = DisbursementRow(*self._rows.of["disbursement"][project, int(number)][1])
            return self._of_disbursement(entry, row)
        project = subject.removeprefix(PROJECT)
        trigger = self._named.trigger(entry, "project_machine")
        if trigger == "validate":
            self._proposed[project] = inputs["proposed"]
        if trigger == "launch" and "budget" in inputs:
            return self._launched(project, entry)
        if trigger == "disallow":
            disallowed = {inputs["expenditure"]: Decimal(inputs["disallowed"])}
            money = self._money(project, entry, disallowed)
            return self._with_movements(
                entry, project, money.moved_by_disallowing(has_ended=self._ended(entry, "from"))
            )
        if trigger is not None and self._ended(entry, "to") and not self._ended(entry, "from"):
            return self._with_movements(entry, project, self._money(project, entry).moved_at_end())
        return {}

    def _of_disbursement(self, entry: Content, row: DisbursementRow) -> dict[str, object]:
        trigger, inputs = self._named.trigger(entry, "disbursement_machine"), entry["inputs"]
        money, currency = self._money(row.project, entry), self._named.call(entry).currency
        if trigger == "certify":
            found = money.payable(from_minor(row.asked_minor, currency))
            findings = [item.as_plain() for item in found.findings]
            certified = {"certified": money.plain(found.amount)}
            return {"inputs": {**inputs, **certified}, "findings": findings}
        if trigger == "pay":
            paid = from_minor(row.certified_minor or 0, currency)
            moved = {Movement.DISBURSED: paid}
            return self._with_movements(entry, row.project, moved, inputs["paid_on"])
        return {}

    def _launched(self, project: str, entry: Content) -> dict[str, object]:
        """A launch by a validation puts into force what that proposed."""
        proposed = self._proposed[project]
        budget, _ = plan_from_plain(proposed)
        award = self._money(project, entry).accounts.award_amount
        spare = EXACT.subtract(award, granted(item.line for item in budget))
        moved = {Movement.RELEASED: spare} if spare else {}
        return self._with_movements({**entry, "inputs": {**entry["inputs"], **proposed}}, project, moved)

    def _with_movements(
        self, entry: Content, project: str, moved: Mapping[Movement, Decimal], day: str | None = None
    ) -> dict[str, object]:
        """The inputs of an entry with other movements."""
        call, count = self._named.call(entry), len(self._rows.group("movement", project))
        on = day or local_day(datetime.fromisoformat(entry["at"]), call).isoformat()
        given = {name: value for name, value in entry["inputs"].items() if name != "movements"}
        return {"inputs": {**given, **said_movements(count, moved, on, call.currency)}}

    def _ended(self, entry: Content, name: str) -> bool:
        engine = project_engine_of(self._named.machine(entry["definitions"]["project_machine"]))
        return has_ended(engine, entry[name])

    def _money(self, project: str, entry: Content, disallowed: Mapping[int, Decimal] | None = None) -> ProjectMoney:
        call = self._named.call(entry)
        spent = [ExpenditureRow(*values) for values in self._rows.group("expenditure", project)]
        units = {number: to_minor(amount, call.currency) for number, amount in (disallowed or {}).items()}
        rows = MoneyRows(
            [ProjectLineRow(*values) for values in self._rows.group("project_line", project)],
            [TrancheRow(*values) for values in self._rows.group("tranche", project)],
            [row._replace(disallowed_minor=units.get(row.number, row.disallowed_minor)) for row in spent],
            [MovementRow(*values) for values in self._rows.group("movement", project)],
        )
        return money_of(call, rows)
