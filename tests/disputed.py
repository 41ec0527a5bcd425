"""Service contracts and conflicts within the group of a project in execution, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pipgrants.domain.vocabulary import ConflictCause, ConflictConsequence, PartyKind
from pipgrants.services import contracts, expenditure, group_conflicts, party_details
from pipgrants.services.contracts import ContractMoved
from pipgrants.services.group import standing_firms
from pipgrants.services.group_conflicts import GroupConflictMoved, Step
from pipgrants.services.project_facts import facts_of
from pipgrants.services.workspace import Workspace
from projected import RUNNING, write
from rounds import Round, as_

SUPPLIER = "E-000019"
LATER = datetime(2026, 10, 20, 15, 0, tzinfo=UTC)

CONTRACT = """supplier: E-000019
object: Estudio de mercado
component: markets
amount: 12000
due_on: 2026-12-15
offers:
  - {supplier: E-000019, amount: 12000}
  - {supplier: Consultores del Valle, amount: 15000}
  - {supplier: Mercados SA, amount: 13500.50}
reason: El precio más bajo
agreed_on: 2026-09-01
agreed_by: [E-000002, E-000003]
minutes: Acta 5 de la asamblea
"""
ONE_OFFER = CONTRACT.replace("  - {supplier: Consultores del Valle, amount: 15000}\n", "").replace(
    "  - {supplier: Mercados SA, amount: 13500.50}\n", ""
)


def with_supplier(round_: Round) -> Round:
    """Puts a service provider on record."""
    given = {"name": "Estudios Lempira", "email": "lempira@example.org"}
    kind = PartyKind.SERVICE_PROVIDER
    number = party_details.add_party(round_.workspace, as_("olga"), RUNNING, kind=kind, given=given)
    assert number == SUPPLIER
    return round_


def record(round_: Round, text: str = CONTRACT, by: str = "olga", now: datetime = RUNNING) -> ContractMoved:
    path, number = write(round_, "contract.yaml", text), round_.numbers["first"]
    return contracts.record_contract(round_.workspace, as_(by), now, project=number, path=path)


def carry(
    round_: Round,
    trigger: str,
    number: int = 1,
    by: str = "olga",
    reason: str | None = None,
    on: date | None = None,
    now: datetime = RUNNING,
) -> ContractMoved:
    given: dict[str, Any] = {"project": round_.numbers["first"], "number": number, "trigger": trigger}
    return contracts.move_contract(round_.workspace, as_(by), now, **given, reason=reason, on=on)


def signed(round_: Round, on: date = date(2026, 9, 10)) -> Round:
    """A contract recorded and signed."""
    record(round_)
    carry(round_, "sign", on=on)
    return round_


def fall_out(
    round_: Round,
    *parties: str,
    by: str = "olga",
    about: str = "La segunda empresa no entregó su aporte",
    opened_on: date | None = date(2026, 9, 15),
) -> GroupConflictMoved:
    """Opens a conflict between firms of the group."""
    return group_conflicts.open_conflict(
        round_.workspace,
        as_(by),
        RUNNING,
        project=round_.numbers["first"],
        cause=ConflictCause.NON_COMPLIANCE,
        parties=parties or ("E-000002", "E-000003"),
        about=about,
        opened_on=opened_on,
    )


def step(round_: Round, trigger: str, said: Step, number: int = 1, by: str = "olga") -> GroupConflictMoved:
    given: dict[str, Any] = {"project": round_.numbers["first"], "number": number, "trigger": trigger}
    return group_conflicts.move_conflict(round_.workspace, as_(by), RUNNING, **given, step=said)


MEDIATION = Step("Acordaron un nuevo plazo", mediator="Rosa Paz", done_on=date(2026, 9, 20))
DEPARTURE = Step("No cumple", leaving="E-000002", consequence=ConflictConsequence.PLAN_CHANGES)
SETTLEMENT = Step("Nuevo plazo aceptado", consequence=ConflictConsequence.GOES_ON)

AMOUNT = Decimal(12_000)


def disputed(workspace: Workspace, project: str, officer: str, manager: str, now: datetime) -> None:
    """A service contract paid in part, and a conflict over which a firm leaves, in any project in execution."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        lead, firms, component = facts.head.lead, standing_firms(facts), facts.money.lines[0].line.component
    supplier, leaving = firms[0], next(number for number in firms[1:] if number != lead)
    today, path = now.date().isoformat(), workspace.folder / "contract.yaml"
    text = f"supplier: {supplier}\nobject: Market study\ncomponent: {component}\namount: 90\ndue_on: {today}\n"
    text += f"offers: [{{supplier: {supplier}, amount: 90}}]\nreason: Nobody else offered\nagreed_on: {today}\n"
    path.write_text(f"{text}agreed_by: [{firms[1]}]\nminutes: Minutes 5\n", encoding="utf-8")
    own: dict[str, Any] = {"project": project}
    contracts.record_contract(workspace, as_(officer), now, **own, path=path)
    for trigger, who, reason in (("approve", manager, None), ("sign", officer, None), ("terminate", officer, "Left")):
        contracts.move_contract(workspace, as_(who), now, **own, number=1, trigger=trigger, reason=reason)
    paid = workspace.folder / "payments.csv"
    paid.write_text(f"line,paid_on,amount,document,contract\n1,{today},40,F-2,1\n", encoding="utf-8")
    expenditure.record_expenditure(workspace, as_(officer), now, **own, path=paid)
    involved: dict[str, Any] = {"cause": ConflictCause.OTHER, "parties": [leaving], "about": "Dues not paid"}
    group_conflicts.open_conflict(workspace, as_(officer), now, **own, **involved)
    departure = Step("It leaves", leaving=leaving, consequence=ConflictConsequence.GOES_ON)
    steps = (
        ("escalate", officer, Step("Nobody talks")),
        ("mediate", officer, Step("Minutes 6", mediator="Rosa Paz")),
        ("propose_departure", officer, departure),
        ("approve_departure", manager, Step()),
    )
    for trigger, who, said in steps:
        group_conflicts.move_conflict(workspace, as_(who), now, **own, number=1, trigger=trigger, step=said)
