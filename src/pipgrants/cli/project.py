"""``project``: awards carried out, from the agreement to the closure."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.conflict import CONFLICT_TITLES, conflict_rows
from pipgrants.cli.context import CallName, Commands, DryRun, Reason, RowLanguage, Run, Yes, rows_told, run_of
from pipgrants.cli.contract import CONTRACT_TITLES, contract_rows
from pipgrants.cli.party import traces_left
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import UsageError
from pipgrants.money import Money
from pipgrants.scalars import parse_scalar

if TYPE_CHECKING:
    from pipgrants.services.project_facts import Moved
    from pipgrants.services.project_views import ProjectView

commands = Commands(name="project")

ProjectNumber = Annotated[
    str, typer.Argument(metavar="PROJECT", help="The number of the project, which is that of its proposal.")
]
AmountText = Annotated[str, typer.Option("--amount", metavar="AMOUNT", help="How much, in the currency of the call.")]


@commands.verb("open")
def open_all(context: typer.Context, call: CallName, dry_run: DryRun = False) -> None:
    """Make a project of each award of a call that was told.

    One that is contested waits for the decision on the appeal.
    """
    from pipgrants.services.projects import open_projects

    run = run_of(context)
    found = open_projects(run.workspace, run.who, run.now, call=call, dry_run=dry_run)
    awards = {number: award.amount for number, award in found.awards.items()}
    text = [
        f"Opened {output.count(len(awards), 'project')} of {call}.",
        *output.rows("Awards", ("Project", "Award"), list(awards.items())),
        *output.next_steps("pipgrants project sign PROJECT FILE --as OFFICER"),
    ]
    run.show({"call": call, "awards": awards}, text, dry_run=dry_run)


@commands.verb("list")
def list_all(context: typer.Context, call: CallName) -> None:
    """List the projects of a call with their money."""
    from pipgrants.services.project_views import list_projects

    run = run_of(context)
    found = list_projects(run.workspace, call)
    rows = [
        (
            item.project,
            output.words(item.state),
            *map(output.figure, (item.award, item.disbursed, item.balance, item.realised)),
        )
        for item in found
    ]
    titles = ("Project", "State", "Award", "Disbursed", "Balance", "Counterpart realised")
    empty = [f"No project of {call} is on record.", *output.next_steps(f"pipgrants project open {call} --as OFFICER")]
    run.show({"call": call, "projects": found}, output.table(titles, rows) if rows else empty)


@commands.verb()
def show(context: typer.Context, project: ProjectNumber) -> None:
    """Show a project as it stands.

    Its money, budget, tranches, disbursements and payments.
    """
    from pipgrants.services.project_views import show_project

    run = run_of(context)
    found = show_project(run.workspace, project, run.now)
    text = [*output.fields(_facts(found)), *_tables(found)]
    run.show(found._asdict(), text)


def _facts(found: ProjectView) -> dict[str, object]:
    """Where a project stands, and its money."""
    money = {
        "Award": found.award,
        "Disbursed": found.disbursed,
        "Balance": found.balance,
        "Due back": found.due_back,
        "Counterpart": found.counterpart,
        "Counterpart realised": found.realised,
    }
    if Decimal(found.beyond_cap):
        money["Beyond the cap in kind"] = found.beyond_cap
    facts = {
        "Title": found.title,
        "State": f"{output.words(found.state)}: {found.meaning}",
        **{name: output.figure(amount, found.currency) for name, amount in money.items()},
        "Agreement signed on": found.signed_on,
        "Runs": f"{found.starts_on} to {found.ends_on}" if found.starts_on else None,
        "Launch validated on": found.validated_on or ("mandatory, and to be done" if found.must_validate else None),
        "Conditions to meet": ", ".join(found.open_conditions),
    }
    return {name: value for name, value in facts.items() if value}


PAYMENT_TITLES = ("No", "Line", "Paid on", "Amount", "Disallowed", "Form", "Contract", "Document")


def _tables(found: ProjectView) -> list[str]:
    """The budget, the tranches, the disbursements and the payments of a project."""
    budget = [
        (
            item.number,
            *map(_words, (item.component, item.cost_category, item.source)),
            *_figures(item.amount, item.spent),
        )
        for item in found.lines
    ]
    tranches = [
        (item.number, item.milestone, item.due_on, *_figures(item.amount, item.paid)) for item in found.tranches
    ]
    disbursements = [
        (item.number, item.tranche, item.state, *_figures(item.asked, item.certified), item.paid_on)
        for item in found.disbursements
    ]
    payments = [
        (
            item.number,
            item.line,
            item.paid_on,
            *_figures(item.amount, item.disallowed),
            output.words(item.form),
            item.contract,
            item.document or "(redacted)",
        )
        for item in found.payments
    ]
    return [
        *output.rows("Budget", ("Line", "Component", "Category", "Source", "Amount", "Spent"), budget),
        *output.rows("Tranches", ("No", "Milestone", "Due on", "Amount", "Paid"), tranches),
        *output.rows("Disbursements", ("No", "Tranche", "State", "Asked", "Certified", "Paid on"), disbursements),
        *output.rows("Payments", PAYMENT_TITLES, payments),
        *output.rows("Service contracts", CONTRACT_TITLES[1:], [row[1:] for row in contract_rows(found.contracts)]),
        *output.rows("Conflicts", CONFLICT_TITLES[1:], [row[1:] for row in conflict_rows(found.conflicts)]),
    ]


def _words(code: str | None) -> str | None:
    return code and output.words(code)


def _figures(*amounts: str | None) -> list[output.Figure]:
    return [output.figure(amount) for amount in amounts]


@commands.verb()
def ledger(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="NAME", help="The name of a call, or of a programme.")],
) -> None:
    """Show where the money of a call or programme is.

    An envelope is what was disbursed, the balance of what was promised, what other awards hold, and what is free. The
    counterpart is what was realised of it, as far as it counts.
    """
    from pipgrants.services.project_views import show_ledger

    run = run_of(context)
    found = show_ledger(run.workspace, subject)
    calls = [
        (item.call, *_figures(item.envelope, item.disbursed, item.balance, item.other_awards, item.free))
        for item in (*found.calls, *([found.total] if len(found.calls) > 1 else []))
    ]
    projects = [
        (item.project, *_figures(item.award, item.disbursed, item.balance, item.due_back, item.realised))
        for item in found.projects
    ]
    text = [
        f"Amounts are in {found.currency}. Counterpart realised: {output.figure(found.total.realised)}.",
        *output.rows("Calls", ("Call", "Envelope", "Disbursed", "Balance", "Other awards", "Free"), calls),
        *output.rows("Projects", ("Project", "Award", "Disbursed", "Balance", "Due back", "Counterpart"), projects),
    ]
    run.show(found._asdict(), text)


@commands.verb()
def sign(
    context: typer.Context,
    project: ProjectNumber,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A YAML file: the days, tranches and conditions of the agreement.")
    ],
    dry_run: DryRun = False,
) -> None:
    """Record the grant agreement of a project.

    It says how each condition of the award was met, and at which milestone each tranche is paid.
    """
    from pipgrants.services.projects import sign_agreement

    run = run_of(context)
    found = sign_agreement(run.workspace, run.who, run.now, project=project, path=file, dry_run=dry_run)
    rows = [(number, item.milestone, item.due_on, item.amount) for number, item in enumerate(found.tranches, 1)]
    text = [
        f"Recorded the agreement of {project}, signed on {found.signed_on}.",
        *output.rows("Tranches", ("No", "Milestone", "Due on", "Amount"), rows),
        *output.next_steps(
            f"pipgrants project validate {project} FILE --as OFFICER",
            f"pipgrants project launch {project} --as MANAGER",
        ),
    ]
    run.show({"project": project, "agreement": found}, text, dry_run=dry_run)


@commands.verb()
def validate(
    context: typer.Context,
    project: ProjectNumber,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A YAML file: what becomes of each component, and who agrees.")
    ],
    dry_run: DryRun = False,
) -> None:
    """Record the launch validation of a project.

    Each component is kept, updated, abandoned, scaled up, scaled down or added, with the firms' agreement.
    """
    from pipgrants.services.launch import validate_launch

    run = run_of(context)
    found = validate_launch(run.workspace, run.who, run.now, project=project, path=file, dry_run=dry_run)
    rows = [(output.words(item.component), output.words(item.change), item.reason) for item in found.components]
    text = [
        f"Recorded the launch validation of {project}; {output.count(len(found.agreed_by), 'firm')} agreed.",
        *output.rows("Components", ("Component", "Change", "Reason"), rows),
        *output.next_steps(f"pipgrants project launch {project} --as MANAGER"),
    ]
    run.show({"project": project, "validation": found}, text, dry_run=dry_run)


@commands.verb("return-validation")
def return_validation(context: typer.Context, project: ProjectNumber, reason: Reason) -> None:
    """Return a launch validation to who recorded it."""
    _move(run_of(context), project, "return_validation", f"Returned the launch validation of {project}.", reason)


@commands.verb()
def launch(context: typer.Context, project: ProjectNumber, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Launch a project.

    Where a launch validation waits for approval, what it says is put into force.
    """
    from pipgrants.services.launch import launch as launch_project

    run = run_of(context)
    moved = run.carry_out(
        lambda dry: launch_project(run.workspace, run.who, run.now, project=project, dry_run=dry),
        lambda would: f"Launch {project}? {_what_moves(would)}",
        yes=yes,
        dry_run=dry_run,
    )
    _tell(run, moved, f"Launched {project}.", f"pipgrants disbursement request {project} --tranche 1", dry_run=dry_run)


@commands.verb("record-expenditure")
def record_expenditure(
    context: typer.Context,
    project: ProjectNumber,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Columns: line, paid_on, amount, document, description, form, contract."),
    ],
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import the payments of a project.

    Each is for a line of its budget, whose source says whether the grant paid it or the counterpart; one made under a
    service contract names it. The form is cash or, for what was given at its value, in_kind.
    """
    from pipgrants.services.expenditure import record_expenditure as record

    run = run_of(context)
    with rows_told(run, language):
        found = record(run.workspace, run.who, run.now, project=project, path=file, dry_run=dry_run)
    text = [f"Recorded {output.count(found.payments_count, 'payment')} of {project}, {found.amount} in all."]
    data = {"project": project, "payments_count": found.payments_count, "amount": found.amount.amount}
    run.show(data, text, dry_run=dry_run)


@commands.verb()
def disallow(
    context: typer.Context,
    project: ProjectNumber,
    expenditure: Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the payment.")],
    reason: Reason,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help="How much of it; without it, all that counts.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Disallow a payment of a project.

    The share of the counterpart is asked again; what the award is then too large by is set free, or claimed back.
    """
    from pipgrants.services.expenditure import disallow as act

    run, wanted = run_of(context), None if amount is None else amount_of(amount)
    moved = run.carry_out(
        lambda dry: act(
            run.workspace,
            run.who,
            run.now,
            project=project,
            expenditure=expenditure,
            amount=wanted,
            reason=reason,
            dry_run=dry,
        ),
        lambda would: f"Disallow payment {expenditure} of {project}? {_what_moves(would)}",
        yes=yes,
        dry_run=dry_run,
    )
    _tell(run, moved, f"Disallowed payment {expenditure} of {project}: {reason}", dry_run=dry_run)


@commands.verb()
def redact(
    context: typer.Context,
    project: ProjectNumber,
    payment: Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the payment.")],
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove what the paper of a payment is called, for good.

    Its line, day and amount stay. The trail keeps hashes that say nothing without the values.
    """
    from pipgrants.services.payment_redaction import redact_payment

    run = run_of(context)
    traces = run.carry_out(
        lambda dry: redact_payment(
            run.workspace, run.who, run.now, project=project, payment=payment, reason=reason, dry_run=dry
        ),
        lambda _: f"Redact payment {payment} of {project}? Its document and description cannot be brought back.",
        yes=yes,
        dry_run=dry_run,
    )
    text = [f"Redacted payment {payment} of {project}: {reason}", *(traces_left(traces) if traces else ())]
    data = {"project": project, "payment": payment, "reason": reason, **(traces._asdict() if traces else {})}
    run.show(data, text, dry_run=dry_run)


@commands.verb("record-return")
def record_return(
    context: typer.Context, project: ProjectNumber, amount: AmountText, reason: Reason, dry_run: DryRun = False
) -> None:
    """Record that money of the grant was paid back.

    It is free for the reserve list of the call.
    """
    from pipgrants.services.expenditure import record_repayment

    run = run_of(context)
    moved = record_repayment(
        run.workspace, run.who, run.now, project=project, amount=amount_of(amount), reason=reason, dry_run=dry_run
    )
    _tell(run, moved, f"Recorded that {_moved(moved, 'repaid')} came back from {project}.", dry_run=dry_run)


@commands.verb()
def evaluate(context: typer.Context, project: ProjectNumber, reason: Reason) -> None:
    """Record the evaluation of a project.

    It is the mid-term evaluation or, once the project is completed, the final one. It rests on what monitoring put on
    record, and the trail says what that came to. The reason says what was concluded, and where the report is kept.
    """
    told = f"Recorded the evaluation of {project}."
    _move(run_of(context), project, "evaluate", told, reason, f"pipgrants monitoring show {project}")


@commands.verb()
def suspend(context: typer.Context, project: ProjectNumber, reason: Reason) -> None:
    """Suspend a project: no tranche is asked for or paid."""
    _move(run_of(context), project, "suspend", f"Suspended {project}.", reason)


@commands.verb()
def resume(context: typer.Context, project: ProjectNumber) -> None:
    """Resume a suspended project."""
    _move(run_of(context), project, "resume", f"Resumed {project}.")


@commands.verb()
def complete(context: typer.Context, project: ProjectNumber, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Complete a project.

    What was not paid is free again; what it did not spend, or its counterpart does not cover, is due back.
    """
    _end(run_of(context), project, "complete", "Completed", None, yes=yes, dry_run=dry_run)


@commands.verb()
def terminate(
    context: typer.Context, project: ProjectNumber, reason: Reason, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Terminate a project before its time."""
    _end(run_of(context), project, "terminate", "Terminated", reason, yes=yes, dry_run=dry_run)


@commands.verb()
def abandon(
    context: typer.Context, project: ProjectNumber, reason: Reason, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Record that the group gave a project up."""
    _end(run_of(context), project, "abandon", "Abandoned", reason, yes=yes, dry_run=dry_run)


@commands.verb()
def close(context: typer.Context, project: ProjectNumber, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Close a project, once nothing is due back."""
    _end(run_of(context), project, "close", "Closed", None, yes=yes, dry_run=dry_run)


def _move(run: Run, project: str, trigger: str, told: str, reason: str | None = None, *next_steps: str) -> None:
    from pipgrants.services.projects import move_project

    moved = move_project(run.workspace, run.who, run.now, project=project, trigger=trigger, reason=reason)
    _tell(run, moved, told, *next_steps)


def _end(run: Run, project: str, trigger: str, done: str, reason: str | None, *, yes: bool, dry_run: bool) -> None:
    from pipgrants.services.projects import move_project

    moved = run.carry_out(
        lambda dry: move_project(
            run.workspace, run.who, run.now, project=project, trigger=trigger, reason=reason, dry_run=dry
        ),
        lambda would: f"{trigger.capitalize()} {project}? {_what_moves(would)}",
        yes=yes,
        dry_run=dry_run,
    )
    _tell(run, moved, f"{done} {project}.", dry_run=dry_run)


def _moved(moved: Moved, kind: str) -> str:
    return str(Money(moved.moved[kind], moved.currency))


_KINDS = {"claimed": "due back", "repaid": "free again", "released": "free again"}
"""What becomes of money, by the kind of its movement."""


def _what_moves(moved: Moved) -> str:
    words = [f"{_moved(moved, kind)} is {_KINDS[kind]}" for kind in moved.moved]
    return f"{'; '.join(words)}." if words else "No money moves."


def _tell(run: Run, moved: Moved, told: str, *next_steps: str, dry_run: bool = False) -> None:
    released = "released" in moved.moved or "repaid" in moved.moved
    steps = (*next_steps, *([f"pipgrants reserve promote {moved.call} --as OFFICER"] if released else []))
    text = [told, _what_moves(moved), *output.next_steps(*steps, f"pipgrants project show {moved.project}")]
    run.show(moved._asdict(), text, dry_run=dry_run)


def amount_of(text: str) -> Decimal:
    """An amount as typed. Raises UsageError where it is none."""
    try:
        amount = parse_scalar(text, Decimal)
    except ValueError:
        amount = None
    if not isinstance(amount, Decimal):
        raise UsageError(f"{text!r} is no amount", next_step="write it as 25000 or 25000.50")
    return amount
