"""``contract``: service contracts of projects, from the selection of the supplier to the acceptance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, Commands, DryRun, Reason, Run, Yes, run_of

if TYPE_CHECKING:
    from pipgrants.services.contracts import ContractMoved
    from pipgrants.services.group_views import ContractEntry, ContractView

commands = Commands(name="contract")

ProjectOfContract = Annotated[str, typer.Argument(metavar="PROJECT", help="The number of the project.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the service contract.")]
On = Annotated[
    datetime | None,
    typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="When it was done; without it, today."),
]

CONTRACT_TITLES = ("Project", "No", "Object", "State", "Amount", "Paid", "Due on")


def contract_rows(found: Iterable[ContractEntry]) -> list[tuple[object, ...]]:
    """The rows of a table of contracts."""
    return [
        (
            *(item.project, item.number, item.object, output.words(item.state)),
            *(output.figure(item.amount), output.figure(item.paid), item.due_on),
        )
        for item in found
    ]


@commands.verb()
def record(
    context: typer.Context,
    project: ProjectOfContract,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A YAML file: supplier, object, component, amount, due_on, offers, reason, agreed_on, agreed_by, "
            "minutes.",
        ),
    ],
    dry_run: DryRun = False,
) -> None:
    """Record the supplier selected for a service of a project.

    The file says which offers were compared, why one was taken, and which firms agree.
    """
    from pipgrants.domain.service_contract import OFFERS_COMPARED
    from pipgrants.services.contracts import record_contract

    run = run_of(context)
    found = record_contract(run.workspace, run.who, run.now, project=project, path=file, dry_run=dry_run)
    own = f"{project} {found.number}"
    sign, approve = f"pipgrants contract sign {own} --as OFFICER", f"pipgrants contract approve {own} --as MANAGER"
    offers = output.count(found.offers_count, "offer")
    told = f"Recorded service contract {found.number} of {project} with {found.supplier}; {offers} compared."
    _tell(run, found, told, sign if found.offers_count >= OFFERS_COMPARED else approve, dry_run=dry_run)


@commands.verb("list")
def list_all(context: typer.Context, call: CallName) -> None:
    """List the service contracts of the projects of a call."""
    from pipgrants.services.group_views import list_contracts

    run = run_of(context)
    found = list_contracts(run.workspace, call)
    empty = [
        f"No service contract is on record in {call}.",
        *output.next_steps("pipgrants contract record PROJECT FILE --as OFFICER"),
    ]
    text = output.table(CONTRACT_TITLES, contract_rows(found)) if found else empty
    run.show({"call": call, "contracts": found}, text)


@commands.verb()
def show(context: typer.Context, project: ProjectOfContract, number: Number) -> None:
    """Show a service contract and how its supplier was selected."""
    from pipgrants.services.group_views import show_contract

    run = run_of(context)
    found = show_contract(run.workspace, project, number)
    offers = [(supplier, output.figure(amount)) for supplier, amount in found.offers]
    text = [*output.fields(_facts(found)), *output.rows("Offers compared", ("Supplier", "Amount"), offers)]
    run.show(found._asdict(), text)


def _facts(found: ContractView) -> dict[str, object]:
    facts = {
        "Supplier": " ".join(filter(None, (found.supplier, found.supplier_name))),
        "Object": found.object,
        "Component": output.words(found.component),
        "State": f"{output.words(found.state)}: {found.meaning}",
        "Amount": output.figure(found.amount, found.currency),
        "Paid": output.figure(found.paid, found.currency),
        "Payments": ", ".join(map(str, found.payments)),
        "Agreed on": found.agreed_on,
        "Firms that agreed": ", ".join(found.agreed_by),
        "Why this supplier": found.reason or "redacted",
        "Minutes": found.minutes or "redacted",
        "Signed on": found.signed_on,
        "Due on": found.due_on,
        "Delivered on": found.delivered_on,
        "Ended on": found.ended_on,
    }
    return {name: value for name, value in facts.items() if value}


@commands.verb()
def approve(
    context: typer.Context, project: ProjectOfContract, number: Number, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Approve a supplier selected among few offers.

    Whoever recorded the selection may not.
    """
    run = run_of(context)
    question = "Approve the selection of {supplier} for {amount} ({offers} compared)?"
    found = _ask(run, project, number, "approve", question, dry_run=dry_run, yes=yes)
    told = f"Approved the selection of {found.supplier} for service contract {number} of {project}."
    _tell(run, found, told, f"pipgrants contract sign {project} {number} --as OFFICER", dry_run=dry_run)


@commands.verb()
def reject(
    context: typer.Context,
    project: ProjectOfContract,
    number: Number,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Refuse the supplier selected; another one can be."""
    run = run_of(context)
    question = "Refuse the selection of {supplier} for {amount}?"
    found = _ask(run, project, number, "reject", question, reason, dry_run=dry_run, yes=yes)
    _tell(run, found, f"Rejected service contract {number} of {project}: {reason}", dry_run=dry_run)


@commands.verb()
def sign(
    context: typer.Context, project: ProjectOfContract, number: Number, on: On = None, dry_run: DryRun = False
) -> None:
    """Record that a service contract was signed.

    With what is contracted for its component already, it stays within the budget of the component.
    """
    found = _move(run_of(context), project, number, "sign", on=on, dry_run=dry_run)
    next_step = f"pipgrants contract start {project} {number} --as OFFICER"
    told = f"Signed service contract {number} of {project} with {found.supplier}."
    _tell(run_of(context), found, told, next_step, dry_run=dry_run)


@commands.verb()
def start(context: typer.Context, project: ProjectOfContract, number: Number) -> None:
    """Record that a contracted service is being carried out."""
    found = _move(run_of(context), project, number, "start")
    next_step = f"pipgrants contract deliver {project} {number} --as OFFICER"
    _tell(run_of(context), found, f"Service contract {number} of {project} is being carried out.", next_step)


@commands.verb()
def deliver(context: typer.Context, project: ProjectOfContract, number: Number, on: On = None) -> None:
    """Record that the supplier delivered."""
    found = _move(run_of(context), project, number, "deliver", on=on)
    next_step = f"pipgrants contract accept {project} {number} --reason TEXT --as OFFICER"
    _tell(run_of(context), found, f"Delivered: service contract {number} of {project}.", next_step)


@commands.verb()
def accept(
    context: typer.Context,
    project: ProjectOfContract,
    number: Number,
    reason: Reason,
    on: On = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Accept what a supplier delivered.

    The reason says what shows that it is what was contracted.
    """
    run = run_of(context)
    question = "Accept what {supplier} delivered for {amount}?"
    found = _ask(run, project, number, "accept", question, reason, on=on, dry_run=dry_run, yes=yes)
    _tell(run, found, f"Accepted service contract {number} of {project}: {reason}", dry_run=dry_run)


@commands.verb()
def refuse(context: typer.Context, project: ProjectOfContract, number: Number, reason: Reason) -> None:
    """Refuse what a supplier delivered: it goes on."""
    found = _move(run_of(context), project, number, "refuse", reason)
    next_step = f"pipgrants contract deliver {project} {number} --as OFFICER"
    told = f"Refused the delivery of service contract {number} of {project}: {reason}"
    _tell(run_of(context), found, told, next_step)


@commands.verb()
def terminate(
    context: typer.Context,
    project: ProjectOfContract,
    number: Number,
    reason: Reason,
    on: On = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """End a service contract before its time, or give it up."""
    run = run_of(context)
    question = "Terminate the contract with {supplier} over {amount}?"
    found = _ask(run, project, number, "terminate", question, reason, on=on, dry_run=dry_run, yes=yes)
    _tell(run, found, f"Terminated service contract {number} of {project}: {reason}", dry_run=dry_run)


def _ask(
    run: Run,
    project: str,
    number: int,
    trigger: str,
    question: str,
    reason: str | None = None,
    *,
    on: datetime | None = None,
    dry_run: bool,
    yes: bool,
) -> ContractMoved:
    return run.carry_out(
        lambda dry: _move(run, project, number, trigger, reason, on=on, dry_run=dry),
        lambda would: question.format(
            supplier=would.supplier, amount=_amount(would), offers=output.count(would.offers_count, "offer")
        ),
        yes=yes,
        dry_run=dry_run,
    )


def _move(
    run: Run,
    project: str,
    number: int,
    trigger: str,
    reason: str | None = None,
    *,
    on: datetime | None = None,
    dry_run: bool = False,
) -> ContractMoved:
    from pipgrants.services.contracts import move_contract

    return move_contract(
        run.workspace,
        run.who,
        run.now,
        project=project,
        number=number,
        trigger=trigger,
        reason=reason,
        on=on.date() if on else None,
        dry_run=dry_run,
    )


def _amount(found: ContractMoved) -> str:
    return output.figure(str(found.amount), found.currency)


def _tell(run: Run, found: ContractMoved, told: str, *next_steps: str, dry_run: bool = False) -> None:
    show = f"pipgrants contract show {found.project} {found.number}"
    text = [told, f"Amount: {_amount(found)}", *output.next_steps(*next_steps, show)]
    run.show(found._asdict(), text, dry_run=dry_run)
