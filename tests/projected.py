"""Projects for tests: two awards of a told round, one of them conditional, and one proposal in reserve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from appealed import add
from pipgrants.domain.accounts import Accounts
from pipgrants.domain.vocabulary import MemberType, Role
from pipgrants.services import disbursements, expenditure, launch, payment_redaction, projects
from pipgrants.services.project_facts import Moved, facts_of
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, Round, application, as_, edit, publish

SIGNING = datetime(2026, 8, 3, 15, 0, tzinfo=UTC)
LAUNCHING = datetime(2026, 8, 24, 15, 0, tzinfo=UTC)
RUNNING = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
TOO_OLD = datetime(2026, 11, 4, 15, 0, tzinfo=UTC)
"""More than twelve months after the design of 3 November 2025."""
CONDITION = "prerequisite.consortium_agreement"
ENVELOPE = {"envelope_amount: 9000000": "envelope_amount: 200000"}
MARKS = {"first": "5", "second": "4.5", "third": "4"}

AGREEMENT = """
signed_on: 2026-08-03
starts_on: 2026-08-03
ends_on: 2028-08-02
tranches:
  - {milestone: Firma del convenio, due_on: 2026-08-31, amount: 40000}
  - {milestone: Primer informe, due_on: 2027-02-28, amount: 35000}
  - {milestone: Informe final, due_on: 2028-08-02, amount: 25000}
"""
CONDITIONAL = AGREEMENT + f"conditions:\n  {CONDITION}: Acta notarial 14/2026\n"


def told_awards(workspace: Workspace, changes: dict[str, str] | None = None, marks: Mapping[str, str] = MARKS) -> Round:
    """Those with marks ask for 100,000 each of 200,000; the second lacks the agreement of its consortium."""
    edit(workspace, "calls", "pip-one-stage", ENVELOPE | (changes or {}))
    round_ = publish(workspace)
    round_.receive([application(name, agreement=name != "second") for name in marks])
    round_.ratify(round_.to_package(marks))
    round_.release(AFTER_DRAW)
    add(workspace, "maria", Role.PROGRAMME_MANAGER)
    return round_


def opened(round_: Round) -> projects.Opened:
    return projects.open_projects(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)


COLUMNS = "line,paid_on,amount,document,form,contract"


def write(round_: Round, name: str, text: str) -> Path:
    path = round_.workspace.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sign(round_: Round, reference: str = "first", text: str = AGREEMENT, now: datetime = SIGNING) -> Any:
    path, number = write(round_, "agreement.yaml", text), round_.numbers[reference]
    return projects.sign_agreement(round_.workspace, as_("olga"), now, project=number, path=path)


def firms(round_: Round, reference: str = "first") -> list[str]:
    """The numbers of the enterprises of a project."""
    with round_.workspace.read() as unit:
        members = unit.proposals.one(round_.numbers[reference], "USD").members or ()
    return [member.party for member in members if member.member_type is MemberType.ENTERPRISE]


def validation_text(agreed_by: Iterable[str], components: str, more: str = "") -> str:
    return f"held_on: 2026-08-20\nminutes: Acta 3\nagreed_by: [{', '.join(agreed_by)}]\ncomponents:\n{components}{more}"


KEPT = "  - {component: cooperation, change: kept}\n  - {component: markets, change: kept}\n"
SMALLER = """  - component: cooperation
    change: scaled_down
    budget:
      - {source: grant, cost_category: consultancy, amount: 80000}
  - {component: markets, change: kept}
"""
SMALLER_TRANCHES = """tranches:
  - {milestone: Inicio, due_on: 2026-09-30, amount: 40000}
  - {milestone: Informe final, due_on: 2028-08-02, amount: 40000}
"""


def validate(
    round_: Round,
    components: str = KEPT,
    more: str = "",
    reference: str = "first",
    now: datetime = LAUNCHING,
    agreed_by: Sequence[str] | None = None,
) -> Any:
    text = validation_text(firms(round_, reference) if agreed_by is None else agreed_by, components, more)
    path, number = write(round_, "validation.yaml", text), round_.numbers[reference]
    return launch.validate_launch(round_.workspace, as_("olga"), now, project=number, path=path)


def start(round_: Round, reference: str = "first", now: datetime = LAUNCHING, by: str = "marcos") -> Moved:
    return launch.launch(round_.workspace, as_(by), now, project=round_.numbers[reference])


def running(round_: Round) -> Round:
    """The first award is a project in execution, as it was designed."""
    opened(round_)
    sign(round_)
    start(round_)
    return round_


def spend(round_: Round, *rows: str, now: datetime = RUNNING, by: str = "olga") -> expenditure.Spent:
    """Records payments, each written as line, day, amount, document, and where it has them form and contract."""
    full = (row + "," * (COLUMNS.count(",") - row.count(",")) for row in rows)
    path = write(round_, "payments.csv", "\n".join([COLUMNS, *full]))
    number = round_.numbers["first"]
    return expenditure.record_expenditure(round_.workspace, as_(by), now, project=number, path=path)


def ask(round_: Round, tranche: int, now: datetime = RUNNING, by: str = "olga") -> disbursements.Disbursed:
    number = round_.numbers["first"]
    return disbursements.request_disbursement(round_.workspace, as_(by), now, project=number, tranche=tranche)


def move(
    round_: Round,
    trigger: str,
    number: int = 1,
    by: str = "olga",
    now: datetime = RUNNING,
    reason: str | None = None,
    paid_on: date | None = None,
) -> disbursements.Disbursed:
    return disbursements.move_disbursement(
        round_.workspace,
        as_(by),
        now,
        project=round_.numbers["first"],
        number=number,
        trigger=trigger,
        reason=reason,
        paid_on=paid_on,
    )


def pay(round_: Round, tranche: int, now: datetime = RUNNING) -> disbursements.Disbursed:
    """Asks for a tranche, certifies, approves and pays it."""
    number = ask(round_, tranche, now).number
    move(round_, "certify", number, now=now, reason="Informe recibido")
    move(round_, "approve", number, by="marcos", now=now)
    return move(round_, "pay", number, now=now)


def disallow(round_: Round, number: int, amount: str | None = None, by: str = "marcos") -> Moved:
    return expenditure.disallow(
        round_.workspace,
        as_(by),
        RUNNING,
        project=round_.numbers["first"],
        expenditure=number,
        amount=None if amount is None else Decimal(amount),
        reason="Sin factura",
    )


def repay(round_: Round, amount: str) -> Moved:
    return expenditure.record_repayment(
        round_.workspace,
        as_("olga"),
        RUNNING,
        project=round_.numbers["first"],
        amount=Decimal(amount),
        reason="Transferencia 8",
    )


def go(
    round_: Round,
    trigger: str,
    by: str = "marcos",
    reason: str | None = None,
    reference: str = "first",
    now: datetime = RUNNING,
) -> Moved:
    number = round_.numbers[reference]
    return projects.move_project(round_.workspace, as_(by), now, project=number, trigger=trigger, reason=reason)


def state(round_: Round, reference: str = "first") -> str:
    with round_.workspace.read() as unit:
        return unit.projects.get(round_.numbers[reference]).state


def accounts(round_: Round, reference: str = "first") -> Accounts:
    with round_.workspace.read() as unit:
        return facts_of(unit, round_.numbers[reference]).accounts


def carry_out(workspace: Workspace, call: str, officer: str, manager: str, now: datetime) -> str:
    """Takes a conditional award of any call to a payment that is redacted; returns its number."""
    found = projects.open_projects(workspace, as_(officer), now, call=call)
    with workspace.read() as unit:
        of_awards = [facts_of(unit, number) for number in found.awards]
        number, conditions = next((of.number, met) for of in of_awards if (met := projects.open_conditions(of)))
        members = unit.proposals.one(number, "USD").members or ()
    award, today = found.awards[number].amount, now.date().isoformat()
    firms = [member.party for member in members if member.member_type is MemberType.ENTERPRISE]
    round_ = Round(workspace, call, {"first": number})
    lines = ", ".join(
        f"{{source: {source}, component: markets, cost_category: training, amount: {award}}}"
        for source in ("grant", "own_funds")
    )
    agreement = (
        f"signed_on: {today}\nstarts_on: {today}\nends_on: 2029-12-31\nbudget: [{lines}]\n"
        f"tranches: [{{milestone: Signed, due_on: {today}, amount: {award}}}]\nconditions:\n"
        + "".join(f"  {code}: delivered\n" for code in conditions)
    )
    validation = f"held_on: {today}\nminutes: Minutes 3\nagreed_by: [{', '.join(firms)}]\n"
    validation += "components: [{component: markets, change: kept}]\n"
    own: dict[str, Any] = {"project": number}
    path = write(round_, "agreement.yaml", agreement)
    projects.sign_agreement(workspace, as_(officer), now, **own, path=path)
    path = write(round_, "validation.yaml", validation)
    launch.validate_launch(workspace, as_(officer), now, **own, path=path)
    launch.launch(workspace, as_(manager), now, **own)
    disbursements.request_disbursement(workspace, as_(officer), now, **own, tranche=1)
    for trigger, who, reason in (("certify", officer, "signed"), ("approve", manager, None), ("pay", officer, None)):
        given = {**own, "number": 1, "trigger": trigger, "reason": reason}
        disbursements.move_disbursement(workspace, as_(who), now, **given)
    paid = f"{COLUMNS}\n1,{today},100,F-1,cash,\n2,{today},50,F-2,in_kind,\n"
    path = write(round_, "payments.csv", paid)
    expenditure.record_expenditure(workspace, as_(officer), now, **own, path=path)
    payment_redaction.redact_payment(workspace, as_(officer), now, **own, payment=2, reason="names a person")
    return number
