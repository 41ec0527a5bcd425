"""``opportunity``: what coordination finds in its sub-regions, and the calls and proposals that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, run_of

if TYPE_CHECKING:
    from pipgrants.services.opportunities import Followed, Opportunity

commands = Commands(name="opportunity")

OpportunityNumber = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The number of the opportunity.")]


@commands.verb()
def note(
    context: typer.Context,
    territory: Annotated[str, typer.Option("--territory", metavar="CODE", help="The sub-region, as in HN-FM.")],
    sector: Annotated[str, typer.Option("--sector", metavar="CODE", help="The sector (ISIC revision 4).")],
    firms: Annotated[str, typer.Option("--firms", metavar="TEXT", help="The group of firms that it is for.")],
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What the opportunity is.")],
    dry_run: DryRun = False,
) -> None:
    """Note an opportunity: where, in which sector, for whom.

    The trail holds what is said of the firms as a salted hash.
    """
    from pipgrants.services.opportunities import note_opportunity

    run = run_of(context)
    given = {"territory": territory, "sector": sector, "firms": firms, "description": description}
    number = note_opportunity(run.workspace, run.who, run.now, **given, dry_run=dry_run)
    text = [
        f"Noted opportunity {number}: {firms}.",
        *output.next_steps(f"pipgrants opportunity link {number} --call CALL, once one follows"),
    ]
    run.show({"opportunity": number, **given}, text, dry_run=dry_run)


@commands.verb()
def link(
    context: typer.Context,
    number: OpportunityNumber,
    call: Annotated[str | None, typer.Option("--call", metavar="CALL", help="The call that followed.")] = None,
    proposal: Annotated[
        str | None, typer.Option("--proposal", metavar="PROPOSAL", help="The proposal that followed.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Link a call or a proposal that followed to an opportunity."""
    from pipgrants.services.opportunities import link_opportunity

    run = run_of(context)
    count = link_opportunity(
        run.workspace, run.who, run.now, opportunity=number, call=call, proposal=proposal, dry_run=dry_run
    )
    text = [
        f"Linked {call or proposal} to opportunity {number}.",
        *output.next_steps(f"pipgrants opportunity show {number}"),
    ]
    run.show({"opportunity": number, "call": call, "proposal": proposal, "links": count}, text, dry_run=dry_run)


@commands.verb("list")
def list_all(
    context: typer.Context,
    territory: Annotated[
        str | None, typer.Option("--territory", metavar="CODE", help="Only of this territory and below it.")
    ] = None,
    sector: Annotated[
        str | None, typer.Option("--sector", metavar="CODE", help="Only of this sector and below it.")
    ] = None,
) -> None:
    """List the opportunities noted, and how much followed."""
    from pipgrants.services.opportunities import list_opportunities

    run = run_of(context)
    found = list_opportunities(run.workspace, territory=territory, sector=sector)
    titles = ("No.", "Sub-region", "Sector", "Group of firms", "Noted", "Followed")
    rows = [
        (str(item.number), item.territory, item.sector, item.firms, item.noted_at[:10], _counted(item))
        for item in found
    ]
    how = "pipgrants opportunity note --help says how one is noted"
    empty = ["No opportunity is noted.", *output.next_steps(how)]
    run.show({"opportunities": found}, output.table(titles, rows) if found else empty)


def _counted(item: Opportunity) -> str:
    kinds = [followed.kind for followed in item.followed]
    told = [output.count(kinds.count(kind), kind) for kind in ("call", "proposal") if kind in kinds]
    return ", ".join(told) or "nothing yet"


@commands.verb()
def show(context: typer.Context, number: OpportunityNumber) -> None:
    """Show an opportunity and what followed.

    Of the calls that followed, the proposals of its sub-region and sector are told that are not linked.
    """
    from pipgrants.services.opportunities import show_opportunity

    run = run_of(context)
    found = show_opportunity(run.workspace, number)
    facts = {
        "Number": str(found.number),
        "Sub-region": found.territory,
        "Sector (ISIC)": found.sector,
        "Group of firms": found.firms,
        "What it is": found.description,
        "Noted at": output.moment(found.noted_at),
    }
    more = [f"pipgrants opportunity link {number} --proposal {item.name}" for item in found.fitting[:1]]
    text = [
        *output.fields(facts),
        *_table("What followed", found.followed),
        *_table("Of the same sub-region and sector, and not linked", found.fitting),
        *(output.next_steps(*more) if more else ()),
    ]
    run.show(found._asdict(), text)


def _table(title: str, found: tuple[Followed, ...]) -> list[str]:
    rows = [(item.kind, item.name, item.title, output.words(item.state)) for item in found]
    return output.beginning(title, ("Kind", "Name", "Title", "State"), rows)
