"""``party``: enterprises, institutions and public bodies, one number each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, PartyNumber, Reason, RowLanguage, Yes, run_of, storing
from pipgrants.cli.duplicates import duplicates, merge, separate
from pipgrants.domain.vocabulary import Language, PartyKind, PriorityGroup, SizeClass

if TYPE_CHECKING:
    from pipgrants.services.party_corrections import Corrected
    from pipgrants.services.traces import Traces

commands = Commands(name="party")
commands.verb("duplicates")(duplicates)
commands.verb("merge")(merge)
commands.verb("separate")(separate)


@commands.verb("list")
def list_all(context: typer.Context) -> None:
    """List the parties on record in number order."""
    from pipgrants.services.parties import list_merged, list_parties

    run = run_of(context)
    found, merged = list_parties(run.workspace), list_merged(run.workspace)
    rows = [
        (item.number, _name(item.number, item.details.name, merged), item.details.size_class, item.details.territory)
        for item in found
    ]
    parties = [
        {
            "number": item.number,
            "merged_into": merged.get(item.number),
            "redacted_at": item.redacted_at,
            **item.details._asdict(),
        }
        for item in found
    ]
    titles = ("Party", "Name", "Size", "Territory")
    run.show({"parties": parties}, output.table(titles, rows) if rows else ["No party is on record."])


def _name(number: str, name: str, merged: Mapping[str, str]) -> str:
    shown = name or "(redacted)"
    return f"{shown} (is {merged[number]})" if number in merged else shown


@commands.verb()
def show(context: typer.Context, party: PartyNumber) -> None:
    """Show everything on record of a party."""
    from pipgrants.services.parties import list_merged, show_party

    run = run_of(context)
    found, merged = show_party(run.workspace, party), list_merged(run.workspace)
    details, others = found.details, [number for number, kept in merged.items() if kept == party]
    facts = {
        "Number": found.number,
        "Kind": output.words(details.kind or ""),
        "Name": details.name,
        "Tax number": " ".join(filter(None, (details.tax_country, details.tax_number))),
        "Country": details.country,
        "Legal form": details.legal_form,
        "Size": details.size_class,
        "Sector (ISIC)": details.sector,
        "Territory": details.territory,
        "Language": details.language,
        "E-mail": details.email,
        "Postal address": details.postal_address,
        "Priority groups": output.words(", ".join(sorted(details.priority_groups))),
        "Agreed to give data on": details.data_consent_on,
        "Redacted at": output.moment(found.redacted_at or ""),
        **({"Merged into": merged[party]} if party in merged else {}),
        **({"Stands for": ", ".join(others)} if others else {}),
    }
    data = {
        "number": found.number,
        "merged_into": merged.get(party),
        "stands_for": others,
        "redacted_at": found.redacted_at,
        **details._asdict(),
    }
    run.show(data, output.fields(facts))


TaxNumber = Annotated[str | None, typer.Option("--tax-number", metavar="TEXT", help="Its number with the tax office.")]
TaxCountry = Annotated[str | None, typer.Option("--tax-country", metavar="CODE", help="The country of that number.")]
Country = Annotated[str | None, typer.Option("--country", metavar="CODE", help="Where it is, as in HN (ISO 3166-1).")]
LegalForm = Annotated[str | None, typer.Option("--legal-form", metavar="TEXT", help="Its legal form.")]
Size = Annotated[str | None, typer.Option("--size-class", metavar="SIZE", help=f"One of: {', '.join(SizeClass)}.")]
Sector = Annotated[str | None, typer.Option("--sector", metavar="CODE", help="Its sector (ISIC revision 4).")]
Territory = Annotated[str | None, typer.Option("--territory", metavar="CODE", help="Where it is, as in HN-FM.")]
PriorityGroups = Annotated[
    str | None,
    typer.Option("--priority-groups", metavar="WORDS", help=f"Among, with commas: {', '.join(PriorityGroup)}."),
]


@commands.verb()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the party is called.")],
    kind: Annotated[PartyKind, typer.Option("--kind", metavar="KIND", help=f"One of: {', '.join(PartyKind)}.")],
    tax_number: TaxNumber = None,
    tax_country: TaxCountry = None,
    country: Country = None,
    legal_form: LegalForm = None,
    sector: Sector = None,
    territory: Territory = None,
    language: Annotated[Language | None, typer.Option("--language", help="The language of its letters.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="The address of its e-mail.")] = None,
    postal_address: Annotated[
        str | None, typer.Option("--postal-address", metavar="LINES", help="Where its post goes.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Enter a party that no application brought.

    A service provider, an implementing agency or a public body: it keeps its number when it appears in an application.
    """
    from pipgrants.services.party_details import add_party

    run = run_of(context)
    given = {
        "name": name,
        "tax_number": tax_number,
        "tax_country": tax_country,
        "country": country,
        "legal_form": legal_form,
        "sector": sector,
        "territory": territory,
        "language": language,
        "email": email,
        "postal_address": postal_address,
    }
    number = add_party(run.workspace, run.who, run.now, kind=kind, given=_given(given), dry_run=dry_run)
    text = [f"{name} is on record as {number}.", *output.next_steps(f"pipgrants party show {number}")]
    run.show({"party": number, "kind": kind}, text, dry_run=dry_run)


def _given(options: Mapping[str, str | None]) -> dict[str, str]:
    """The options that were given."""
    return {name: text for name, text in options.items() if text is not None}


@commands.verb()
def correct(
    context: typer.Context,
    party: PartyNumber,
    reason: Reason,
    language: Annotated[Language | None, typer.Option("--language", help="The language of its letters.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="The address of its e-mail; '' removes it.")] = None,
    postal_address: Annotated[
        str | None, typer.Option("--postal-address", metavar="LINES", help="Where its post goes; '' removes it.")
    ] = None,
    tax_number: TaxNumber = None,
    tax_country: TaxCountry = None,
    country: Country = None,
    legal_form: LegalForm = None,
    size_class: Size = None,
    sector: Sector = None,
    territory: Territory = None,
    priority_groups: PriorityGroups = None,
    dry_run: DryRun = False,
) -> None:
    """Correct how a party is reached, or what decisions read of it.

    Letters written from now on say so. Those on record stay as they are, released or not, until letters correct writes
    them anew. What decisions read can be corrected while its proposals are screened again; '' removes it. The name
    stays.
    """
    from pipgrants.services.party_corrections import correct_party

    run = run_of(context)
    facts = {
        "tax_number": tax_number,
        "tax_country": tax_country,
        "country": country,
        "legal_form": legal_form,
        "size_class": size_class,
        "sector": sector,
        "territory": territory,
        "priority_groups": priority_groups,
    }
    found = correct_party(
        run.workspace,
        run.who,
        run.now,
        party=party,
        reason=reason,
        language=language,
        email=email,
        postal_address=postal_address,
        facts=_given(facts),
        dry_run=dry_run,
    )
    text = [
        f"Corrected {output.words(', '.join(found.fields)) or 'the language of letters'} of {party}: {reason}",
        *_what_follows(found, is_screened_again=bool(_given(facts))),
    ]
    run.show({"party": party, "reason": reason, **found._asdict()}, text, dry_run=dry_run)


def _what_follows(found: Corrected, *, is_screened_again: bool) -> list[str]:
    steps = [
        *(["pipgrants screen CALL --as OFFICER"] if is_screened_again else []),
        *(["pipgrants letters correct NUMBER --reason TEXT"] if found.letters else []),
    ]
    return [
        *output.listed("Letters in another language from now on", found.proposals),
        *output.listed("Have not arrived, and say what was on record before", found.letters),
        *(output.next_steps(*steps) if steps else ()),
    ]


@commands.verb()
def redact(
    context: typer.Context,
    party: Annotated[
        str,
        typer.Argument(metavar="PARTY", help="The number of the party, or the e-mail of somebody who took a form."),
    ],
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove a party's personal values for good.

    Somebody who only took a form is named by e-mail. The trail keeps hashes that say nothing without the values. Copies
    of the database taken before, and files that were exported, hold the values until somebody removes them.
    """
    from pipgrants.services.parties import redact as redact_party
    from pipgrants.services.parties import redact_form_taker

    run = run_of(context)

    def act(dry: bool) -> Traces | None:
        if "@" in party:
            return redact_form_taker(run.workspace, run.who, run.now, email=party, reason=reason, dry_run=dry)
        return redact_party(run.workspace, run.who, run.now, party=party, reason=reason, dry_run=dry)

    question = f"Redact {party}? Its name, numbers and addresses cannot be brought back."
    traces = run.carry_out(act, lambda _: question, yes=yes, dry_run=dry_run)
    text = [f"Redacted {party}: {reason}", *(traces_left(traces) if traces else ())]
    run.show({"party": party, "reason": reason, **(traces._asdict() if traces else {})}, text, dry_run=dry_run)


def traces_left(found: Traces) -> list[str]:
    """What became of the values outside the tables; what could not be removed is noted apart."""
    if found.problems:
        output.unfinished("not everything was removed", "; ".join(found.problems))
    return [
        *output.heading("Public results written anew", found.results),
        *output.heading("These copies hold the values until you remove them", output.files(found.copies)),
    ]


@commands.verb()
def exclude(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Columns: name, tax_country, tax_number, reason, until_on."),
    ],
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import the list of excluded parties.

    It takes the place of the last one.
    """
    from pipgrants.services.imports import import_exclusion_list

    run = run_of(context)
    with storing("parties", run, language) as progress:
        count = import_exclusion_list(run.workspace, run.who, run.now, path=file, dry_run=dry_run, progress=progress)
    text = [f"The exclusion list in force names {output.count(count, 'party', 'parties')}."]
    run.show({"count": count}, text, dry_run=dry_run)
