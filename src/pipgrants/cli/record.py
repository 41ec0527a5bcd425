"""``status`` and ``explain``: where things stand, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, ProposalNumber, run_of
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipgrants.services.status import CallStatus, Waiting, WorkspaceStatus

commands = Commands()

OtherLanguage = Annotated[
    Language | None, typer.Option("--language", help="The language; without it, the proposal's own.")
]


@commands.verb()
def status(
    context: typer.Context,
    call: Annotated[str | None, typer.Argument(metavar="[CALL]", help="One call only.")] = None,
) -> None:
    """Show where the workspace or one call stands.

    It lists the packages that wait for approval, and what usually comes next.
    """
    from pipgrants.services.status import call_status, workspace_status

    run = run_of(context)
    if call is None:
        found = workspace_status(run.workspace, run.now.date())
        run.show(found._asdict(), _workspace(found))
    else:
        one = call_status(run.workspace, call)
        run.show(one._asdict(), _call(one))


def _workspace(found: WorkspaceStatus) -> list[str]:
    calls = [
        (item.call, output.words(item.state), item.closes_at[:16], sum(item.proposals.values())) for item in found.calls
    ]
    lines = [
        *output.heading("Programmes", output.fields(found.programmes)),
        *output.heading("Calls", output.table(("Call", "State", "Deadline", "Proposals"), calls) if calls else []),
        *_waiting(found.waiting),
        "",
        f"The trail has {output.count(found.entries_count, 'entry', 'entries')}.",
        *output.next_steps(*found.next_steps),
    ]
    return lines[1:]


def _call(found: CallStatus) -> list[str]:
    facts = {
        "State": f"{output.words(found.state)}: {found.meaning}",
        "Receiving" if found.is_receiving else "Selecting": f"{found.stage}s",
        "Deadline": found.closes_at,
        "Envelope": found.envelope,
    }
    letters = {output.words(kind): number for kind, number in found.letters.items()}
    return [
        *output.paragraph(f"{found.call}: {found.title}"),
        *output.heading("The call", output.fields(facts)),
        *output.heading("Proposals", output.tally(found.proposals)),
        *output.heading("Letters", output.tally(letters)),
        *_waiting(found.waiting),
        *output.next_steps(*found.next_steps),
    ]


def _waiting(packages: Sequence[Waiting]) -> list[str]:
    rows = [
        (item.package[:12], item.kind, item.subject, item.prepared_by, output.moment(item.prepared_at))
        for item in packages
    ]
    titles = ("Package", "Kind", "Of", "Prepared by", "At (UTC)")
    return output.heading("Waiting for approval", output.table(titles, rows) if rows else [])


@commands.verb()
def explain(
    context: typer.Context,
    proposal: ProposalNumber,
    language: OtherLanguage = None,
) -> None:
    """Explain why a proposal stands where it stands.

    Every criterion with its clause, what was required and seen, the scores, the rank, the decision, and who acted.
    """
    from pipgrants.services.explain import explain as explain_proposal

    run = run_of(context)
    found = explain_proposal(run.workspace, proposal, language)
    run.show(dict(found.data), found.text.splitlines(), is_labelled=True)
