"""``allocate``, ``ratify`` and ``return``: decisions are prepared by one person and approved by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pipgrants.analysis import SECONDS
from pipgrants.cli import output
from pipgrants.cli.announced import Seconds, optimum_lines
from pipgrants.cli.checkpoint import checkpoint_lines
from pipgrants.cli.context import CallName, Commands, DryRun, PackageHash, Reason, Run, SigningKey, Yes, run_of

if TYPE_CHECKING:
    from pipgrants.services.allocate import Proposed
    from pipgrants.services.ratify import Ratified
    from pipgrants.services.views import DecisionView, PackageView

commands = Commands()
DECISION_TITLES = ("Rank", "Proposal", "Decision", "Amount")
APPEAL_TITLES = ("Place", "Proposal", "Decision", "Amount", "Because")


@commands.verb()
def allocate(
    context: typer.Context,
    call: CallName,
    seconds: Seconds = SECONDS,
    dry_run: DryRun = False,
) -> None:
    """Prepare the decision on every proposal of a ranked call.

    The decisions are a package; its hash is what management ratifies.
    """
    from pipgrants.services.allocate import prepare_allocation
    from pipgrants.services.views import decisions

    run = run_of(context)
    with output.progress("proposals decided") as progress:
        found = prepare_allocation(
            run.workspace, run.who, run.now, call=call, seconds=seconds, dry_run=dry_run, progress=progress
        )
    proposed = decisions(found.decisions, found.currency) if dry_run else []
    rows = [
        (output.words(outcome), number, output.figure(str(amount)) if amount else None)
        for outcome, (number, amount) in found.totals.items()
    ]
    text = [
        f"Prepared the decisions of {call}.",
        *output.heading("Package", [found.package]),
        *output.heading("", output.table(("Decision", "Proposals", "Amount"), rows)),
        *output.beginning("Decisions", DECISION_TITLES, decision_rows(proposed)),
        *optimum_lines(found.optimum),
        *_quotas(found),
        *_conflicts(found),
        *output.next_steps(
            f"pipgrants ratify {found.package[:12]} --as MANAGER --dry-run",
            f"pipgrants ratify {found.package[:12]} --as MANAGER",
        ),
    ]
    run.show({"call": call, **found._asdict(), "decisions": proposed}, text, dry_run=dry_run)


@commands.verb()
def ratify(
    context: typer.Context, package: PackageHash, key: SigningKey = None, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Approve a package that another person prepared.

    What it says is done whole or not at all. With --key the hash of the package is signed; with --dry-run every
    decision in it is listed.
    """
    approve(run_of(context), package, key=key, dry_run=dry_run, yes=yes)


RATIFIED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "programme": ("The programme {} is in force.", ("pipgrants call draft FILE --as OFFICER",)),
    "authorisation": ("The call {} is authorised.", ("pipgrants call publish {} --as OFFICER",)),
    "amendment": (
        "The amendment of {} is in force.",
        ("pipgrants call notice {}", "pipgrants letters release {} --as OFFICER"),
    ),
    "rewording": (
        "The templates of {} are replaced.",
        ("pipgrants call notice {}", "pipgrants letters release {} --as OFFICER"),
    ),
    "invitation": ("The selection of profiles of {} is ratified.", ("pipgrants letters release {} --as OFFICER",)),
    "appeal": ("The decisions on appeals in {} are ratified.", ("pipgrants letters release {} --as OFFICER",)),
    "allocation": ("The allocation of {} is ratified.", ("pipgrants letters release {} --as OFFICER",)),
    "promotion": (
        "The promotions from the reserve list of {} are ratified.",
        ("pipgrants letters release {} --as OFFICER",),
    ),
}
"""By kind of package, what is said once it is ratified, and what usually follows."""


def approve(run: Run, package: str, *, key: Path | None, dry_run: bool, yes: bool) -> None:
    """Approves a package of any kind, after showing what it holds."""
    from pipgrants.services.ratify import ratify as ratify_package
    from pipgrants.services.views import show_package

    found = show_package(run.workspace, package)
    short = found.package[:12]

    def question(would: Ratified) -> str:
        letters = f", and record {output.count(would.letters_count, 'letter')}" if would.letters_count else ""
        return "\n".join([*describe(found), "", f"Ratify package {short}{letters}?"])

    def act(dry: bool) -> Ratified:
        with output.progress("proposals determined") as progress:
            return ratify_package(
                run.workspace, run.who, run.now, package=package, key=key, dry_run=dry, progress=progress
            )

    done = run.carry_out(
        act,
        question,
        yes=yes,
        dry_run=dry_run,
    )
    said, commands = RATIFIED[found.kind]
    letters = ["", f"{output.count(done.letters_count, 'letter')} recorded."] if done.letters_count else []
    if dry_run:
        text = describe(found, with_decisions=True)
        steps = output.next_steps(f"pipgrants ratify {short} --as MANAGER")
    else:
        signed = f"signed with {done.fingerprint}" if done.fingerprint else "unsigned"
        text = [
            said.format(found.subject),
            f"The approval is {signed}.",
            *output.heading("Package", [found.package]),
            *_totals(found),
        ]
        steps = output.next_steps(*(command.format(found.subject) for command in commands))
    if done.notice_problem:
        unwritten_notice(found.subject, done.notice_problem)
    data = {**done._asdict(), "subject": found.subject, "decisions": found.decisions, "conflicts": found.conflicts}
    run.show(data, [*text, *letters, *checkpoint_lines(done.checkpoint), *steps], dry_run=dry_run)


def unwritten_notice(call: str, problem: str) -> None:
    """Notes that the public pages of a call were not all written."""
    output.unfinished("its public pages were not all written", problem, f"pipgrants call notice {call}")


def describe(found: PackageView, *, with_decisions: bool = False) -> list[str]:
    """What a package holds."""
    facts = {
        "Package": found.package,
        "Kind": found.kind,
        "Of": found.subject,
        "Prepared by": f"{found.prepared_by} at {output.moment(found.prepared_at)} UTC",
        "Free": output.figure(found.free, found.currency) if found.free else None,
        "For appeals": output.figure(found.margin, found.currency) if found.margin else None,
        "Envelope": output.figure(found.envelope, found.currency) if found.envelope else None,
        "Changes": output.words(", ".join(found.changed)),
        "Reason": found.reason,
    }
    is_of_appeal = found.kind == "appeal"
    titles, rows = (APPEAL_TITLES, appeal_rows) if is_of_appeal else (DECISION_TITLES, decision_rows)
    decisions = rows(found.decisions) if with_decisions or is_of_appeal else []
    return [
        *output.fields({name: value for name, value in facts.items() if value}),
        *_totals(found),
        *optimum_lines(found.optimum),
        *_quotas(found),
        *_conflicts(found),
        *output.rows("Decisions", titles, decisions),
        *output.rows(
            "Money held",
            ("Proposal", "Amount"),
            [(number, output.figure(amount)) for number, amount in found.held.items()],
        ),
    ]


def decision_rows(found: Sequence[DecisionView]) -> list[tuple[object, ...]]:
    """Decisions as the rows of a table."""
    return [(item.rank, item.proposal, output.words(item.outcome), output.figure(item.amount)) for item in found]


def appeal_rows(found: Sequence[DecisionView]) -> list[tuple[object, ...]]:
    """Decisions on appeals as the rows of a table, each with its reasons."""
    return [
        (*row, ", ".join(output.words(code.partition(".")[2]) for code in item.reasons))
        for row, item in zip(decision_rows(found), found, strict=True)
    ]


def _totals(found: PackageView) -> list[str]:
    rows = [
        (output.words(outcome), number, output.figure(money if Decimal(money) else None))
        for outcome, (number, money) in found.totals.items()
    ]
    return output.rows("Totals", ("Decision", "Proposals", "Amount"), rows)


QUOTA_TITLES = ("Envelope", "Funded without it", "Funded by it", "Totals lost", "Mean lost")


def _quotas(found: Proposed | PackageView) -> list[str]:
    """What each envelope within the call's costs in merit."""
    by = f", by {found.optimum['plain']['rule']}" if found.optimum else ""
    rows = [
        (
            item["code"],
            ", ".join(item["displaced"]) or "nobody",
            ", ".join(item["advanced"]) or "nobody",
            output.figure(item["total"]),
            output.figure(item["mean"]),
        )
        for item in found.quotas
    ]
    return output.rows(f"Cost of the envelopes in merit{by}", QUOTA_TITLES, rows)


def _conflicts(found: Proposed | PackageView) -> list[str]:
    """The conflicts of interest of those whose marks the decisions rest on."""
    title = "Conflicts of interest found since the scores were closed; the marks stand:"
    return output.listed(title, [*map(str, found.conflicts)])


@commands.verb("return")
def return_package(context: typer.Context, package: PackageHash, reason: Reason) -> None:
    """Send a package back to the person who prepared it."""
    from pipgrants.services.ratify import return_package as send_back

    run = run_of(context)
    send_back(run.workspace, run.who, run.now, package=package, reason=reason)
    run.show({"package": package, "reason": reason}, [f"Returned package {package}: {reason}"])
