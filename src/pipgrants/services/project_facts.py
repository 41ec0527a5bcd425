"""A project as it stands on record, and how an act on it is fired, stored and written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.accounts import Accounts, Movement
from pipgrants.domain.launch_validation import due_after, is_mandatory
from pipgrants.domain.plain import plain_amount
from pipgrants.domain.project import Tranche
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import Verdict
from pipgrants.money import Money, to_minor
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, disbursement_engine, project_engine, read_machine, terms_of
from pipgrants.services.evaluation_gaps import gaps_at_end, gaps_at_mid_term
from pipgrants.services.moves import fire, letter_kind
from pipgrants.services.project_guards import DisbursementCase, ProjectCase
from pipgrants.services.project_money import ProjectMoney, money_of, said_movements
from pipgrants.services.returned_money import MONEY_RETURNED
from pipgrants.services.segregation import preparer_of
from pipgrants.services.workspace import Act
from pipgrants.store.contracts import ContractRow
from pipgrants.store.group_conflicts import GroupConflictRow
from pipgrants.store.projects import DisbursementRow, MovementRow, ProjectRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed
from pipgrants.workflow.engine import Engine, Fired

CERTIFIED = "DisbursementCertified"

PROJECT, DISBURSEMENT = "project/", "disbursement/"
"""How the subjects of entries about a project and about one of its disbursements begin."""
CONTRACT, GROUP_CONFLICT = "contract/", "conflict/"
"""The same of its service contracts, and of the conflicts within its group."""


class Moved(NamedTuple):
    """What an act left of a project: its state, and what it moved of the money, by kind of movement."""

    project: str
    call: str
    state: str
    currency: str
    moved: Mapping[str, Decimal]


@dataclass(frozen=True)
class ProjectFacts:
    """What is on record of a project."""

    unit: Unit
    row: ProjectRow
    head: ProposalRow
    terms: Terms

    @property
    def number(self) -> str:
        """The number of the project, which is that of its proposal."""
        return self.row.proposal

    @property
    def currency(self) -> str:
        """The currency of the call."""
        return self.terms.call.currency

    @cached_property
    def engine(self) -> Engine[ProjectCase]:
        """The machine that the project runs by."""
        return project_engine(self.unit.calls, self.row.machine_hash)

    @cached_property
    def disbursement_engine(self) -> Engine[DisbursementCase]:
        """The machine that its disbursements run by."""
        return disbursement_engine(self.unit.calls, self.row.disbursement_machine_hash)

    @cached_property
    def proposal(self) -> Proposal:
        """The proposal that was awarded."""
        return self.unit.proposals.one(self.number, self.currency)

    @cached_property
    def money(self) -> ProjectMoney:
        """Its budget, tranches, payments and accounts."""
        return money_of(self.terms.call, self.unit.projects.money(self.number))

    @property
    def accounts(self) -> Accounts:
        """What was moved of the award."""
        return self.money.accounts

    @cached_property
    def disbursements(self) -> Sequence[DisbursementRow]:
        """The disbursements asked for."""
        return self.unit.projects.disbursements(self.number)

    @property
    def open_disbursements(self) -> list[int]:
        """The numbers of disbursements that are neither paid nor rejected."""
        states = self.disbursement_engine.definition.states
        return [row.number for row in self.disbursements if not states[row.state].final]

    @property
    def open_contracts(self) -> list[int]:
        """The numbers of service contracts that have not ended."""
        rows = self.unit.contracts.of_project(self.number)
        return [row.number for row in rows if not self._has_ended(row)]

    @property
    def open_conflicts(self) -> list[int]:
        """The numbers of conflicts within the group that have not ended."""
        rows = self.unit.group_conflicts.of_project(self.number)
        return [row.number for row in rows if not self._has_ended(row)]

    def _has_ended(self, row: ContractRow | GroupConflictRow) -> bool:
        """Whether what runs by a machine of its own is where nothing leads on."""
        return read_machine(self.unit.calls.definition(row.machine_hash)).states[row.state].final

    def must_validate(self, first_on: date) -> bool:
        """Whether a first disbursement on a day needs a launch validation that is not on record."""
        if self.row.validated_on is not None or self.accounts.disbursed_amount:
            return False
        return is_mandatory(self.proposal.design_on, first_on, self.terms.call.implementation.launch_validation_months)

    def case(self, act: Act) -> ProjectCase:
        """What the guards of the project's machine look at."""
        design_on, months = self.proposal.design_on, self.terms.call.implementation.launch_validation_months
        due = self.accounts.due_amount
        plan, last_days = self.unit.measurements.find(self.number), self.unit.measurements.last_days(self.number)
        return ProjectCase(
            project=self.number,
            actor=act.actor.actor,
            prepared_by=preparer_of(self.unit, PROJECT + self.number),
            today=local_day(act.now, self.terms.call),
            design_is_due_on=due_after(design_on, months) if design_on else None,
            has_moved_money=bool(self.money.spent or self.accounts.disbursed_amount),
            open_disbursements=self.open_disbursements,
            open_contracts=self.open_contracts,
            open_conflicts=self.open_conflicts,
            due=Money(due, self.currency) if due else None,
            mid_term_gaps=tuple(gaps_at_mid_term(plan, last_days)),
            final_gaps=tuple(gaps_at_end(plan, last_days)),
        )


def facts_of(unit: Unit, project: str) -> ProjectFacts:
    """What is on record of a project. Raises NotFoundError."""
    row = unit.projects.get(project)
    head = unit.proposals.get(project)
    return ProjectFacts(unit, row, head, terms_of(unit.calls, head.call))


def fire_project(act: Act, facts: ProjectFacts, trigger: str, reason: str | None = None) -> Fired:
    """Fires a trigger of the project's machine, for its own agency only where an agency acts."""
    see, stands_in = f"pipgrants project show {facts.number}", facts.terms.programme.stands_in
    fired = fire(
        act, facts.number, facts.engine, facts.row.state, trigger, facts.case(act), stands_in, reason=reason, see=see
    )
    act.represent(facts.head.lead)
    return fired


def record_move(
    act: Act,
    facts: ProjectFacts,
    fired: Fired,
    *,
    inputs: Mapping[str, object] | None = None,
    columns: Mapping[str, object] | None = None,
    moved: Mapping[Movement, Decimal] | None = None,
    told: Mapping[str, object] | None = None,
    reason: str | None = None,
    definitions: Mapping[str, str] | None = None,
) -> Moved:
    """Stores the state of a project with some of its columns and movements of money, and writes the entry of it.

    Money that is free again goes back to the call, for its reserve list. Where the machine sends a letter, it says how
    the project stands, and what is ``told`` besides. ``definitions`` are hashes that the entry names besides its own.
    """
    changed = {"state": fired.destination, **(columns or {})}
    act.unit.projects.change(facts.row, changed)
    given = {**(inputs or {}), **({"project": dict(columns)} if columns else {})}
    deed = Deed(
        fired.transition.entry,
        PROJECT + facts.number,
        fired.source,
        fired.destination,
        reason,
        {**given, **post(act, facts, moved or {})},
        definitions={**hashes_of(facts.row, facts.terms), **(definitions or {})},
        call=facts.terms.row.call,
    )
    letters = Correspondence(act, facts.terms)
    letters.write(deed, letter_of(act, facts, fired, told or {}, reason))
    for freed in _freed(facts, moved or {}, reason):
        letters.write(freed)
    letters.flush()
    amounts = {movement.value: amount for movement, amount in (moved or {}).items()}
    return Moved(facts.number, facts.terms.row.call, fired.destination, facts.currency, amounts)


def letter_of(
    act: Act,
    facts: ProjectFacts,
    fired: Fired,
    told: Mapping[str, object],
    reason: str | None,
    findings: Sequence[Mapping[str, Any]] = (),
) -> LetterDraft | None:
    """The letter that a transition sends to who leads a project, None where it sends none."""
    if fired.transition.letter is None:
        return None
    now, head = facts_of(act.unit, facts.number), facts.head
    plain, due = now.money.plain, now.accounts.due_amount
    project = {
        "award": plain(now.accounts.award_amount),
        "disbursed": plain(now.accounts.held_amount),
        "realised": plain(now.money.realised.amount),
        "due": plain(due) if due else None,
        "starts_on": now.row.starts_on,
        "ends_on": now.row.ends_on,
        "tranches": [
            dict(zip(Tranche._fields, (*row[:2], row.due_on.isoformat(), plain(row.amount)), strict=True))
            for row in now.money.tranches
        ],
        "components": [],
        "disbursement": None,
        **told,
    }
    data = {"title": head.title, "project": project, "reason": reason, "findings": [*findings]}
    return LetterDraft(letter_kind(fired), head.number, Addressee(head.language, head.lead), data)


def reduced_by(unit: Unit, row: DisbursementRow) -> list[Mapping[str, Any]]:
    """The rules by which less was certified of a disbursement than was asked for, as the last certificate says."""
    entries = unit.ledger.entries(subject=f"{DISBURSEMENT}{row.project}/{row.number}")
    certified = [orjson.loads(entry.content) for entry in entries if entry.act == CERTIFIED]
    return [item for item in certified[-1]["findings"] if item["verdict"] != Verdict.MET] if certified else []


def hashes_of(row: ProjectRow, terms: Terms) -> dict[str, str]:
    """The hashes of what a project runs by, as entries name them."""
    return {
        "call": terms.row.definition_hash,
        "project_machine": row.machine_hash,
        "disbursement_machine": row.disbursement_machine_hash,
        "templates": terms.row.templates_hash,
    }


def post(act: Act, facts: ProjectFacts, moved: Mapping[Movement, Decimal], on: date | None = None) -> dict[str, object]:
    """Stores movements of a project's money; returns what its entry says of them. Raises RefusedError beyond what is
    there."""
    accounts = facts.accounts
    for movement, amount in moved.items():
        accounts = accounts.after(movement, amount)
    day = (on or local_day(act.now, facts.terms.call)).isoformat()
    count = len(act.unit.projects.movements(facts.number))
    rows = [
        MovementRow(facts.number, number, movement.value, to_minor(amount, facts.currency), day)
        for number, (movement, amount) in enumerate(moved.items(), count + 1)
    ]
    act.unit.projects.add_movements(rows)
    return said_movements(count, moved, day, facts.currency)


def _freed(facts: ProjectFacts, moved: Mapping[Movement, Decimal], reason: str | None) -> list[Deed]:
    """What the call's record says of money that came back of an award."""
    call, definitions = facts.terms.row.call, {"call": facts.terms.row.definition_hash}
    return [
        Deed(
            MONEY_RETURNED,
            f"call/{call}",
            reason=reason,
            inputs={"proposal": facts.number, "amount": plain_amount(moved[movement], facts.currency)},
            definitions=definitions,
            call=call,
        )
        for movement in (Movement.RELEASED, Movement.REPAID)
        if moved.get(movement)
    ]
