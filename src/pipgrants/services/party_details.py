"""What is on record of a party: entered where no application brings it, and what decisions read of it corrected.

Values are written as in the members sheet of the form, and read by its rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pipgrants.domain.application import PartyDetails
from pipgrants.domain.vocabulary import PartyKind
from pipgrants.errors import RefusedError, UsageError, in_words
from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import FORM, LONGEST_TEXT, MEMBERS
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.exchange.records import read_member
from pipgrants.exchange.tabular import Row
from pipgrants.scalars import unfit_character
from pipgrants.services.definitions import call_engine, proposal_engine
from pipgrants.services.party_register import Register, write_parties
from pipgrants.services.states import is_receiving, live_states
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.parties import PartyRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

FACTS = (
    "tax_number",
    "tax_country",
    "country",
    "legal_form",
    "size_class",
    "sector",
    "territory",
    "priority_groups",
)
"""What identifies a party or is read by decisions, and can be corrected; the name stays."""


def add_party(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    kind: PartyKind,
    given: Mapping[str, str],
    dry_run: bool = False,
) -> str:
    """Enters a party that no application brought, such as a service provider; returns its number.

    ``given`` are its values by field, the name among them. It keeps the number when it appears in an application.
    Raises UsageError for a value that the form would not take, RefusedError where the party is on record.
    """
    details = read_details(given)._replace(kind=kind)
    if not details.name:
        raise UsageError("a party has a name", next_step="pipgrants party add NAME --kind KIND")
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.add")
        register = Register(act.unit)
        register.look_up([details])
        number = register.find(details)
        if number is not None:
            raise RefusedError(
                f"{details.name} is on record already, as {number}", next_step=f"pipgrants party show {number}"
            )
        party = register.add(details)
        write_parties(act, [party])
        act.record(Deed("PartyAdded", f"party/{party.number}", inputs={"party": party.as_plain()}))
    return party.number


def with_facts(act: Act, row: PartyRow, given: Mapping[str, str]) -> PartyDetails:
    """What is on record of a party with some of ``FACTS`` corrected; an empty text removes one.

    Raises UsageError for a value that the form would not take, RefusedError where another party has the tax number, and
    while a decision about the party rests on what was screened: nothing would look at it again.
    """
    country = {} if not given.get("tax_number") else {"tax_country": row.details.tax_country or ""}
    read = read_details({**country, **given})
    details = row.details._replace(**{name: getattr(read, name) for name in given})
    if details.tax_number and not details.tax_country:
        raise UsageError("a tax number needs the country that gave it", next_step="give --tax-country CODE too")
    holders = act.unit.parties.by_tax_number([details.tax_key] if details.tax_key else [])
    merged = act.unit.parties.merged()
    others = [number for numbers in holders.values() for number in numbers if merged.get(number, number) != row.number]
    if others and details.tax_key != row.details.tax_key:
        raise RefusedError(
            f"{others[0]} has that tax number; one enterprise has one number", next_step="pipgrants party list"
        )
    refuse_screened(act.unit, row.number)
    return details


def read_details(given: Mapping[str, str]) -> PartyDetails:
    """Values by field as a row of the members sheet would give them. Raises UsageError for what the form refuses."""
    log = ProblemLog("")
    refuse_unfit(given)
    cells = {name: text.strip() or None for name, text in given.items()}
    details = read_member(RowReader(Row(Place(""), cells), (), NO_MONEY, log)).details
    if log.problems():
        told = "; ".join(f"{in_words(problem.field)}: {problem.message}" for problem in log.problems())
        raise UsageError(told, next_step="write it as in the application form: pipgrants proposal template CALL")
    return details


def refuse_unfit(given: Mapping[str, str]) -> None:
    """Raises UsageError naming the first value by field that is too long, or holds a character that is not shown."""
    longest = {field.name: field.longest for field in FORM[MEMBERS]}
    for name, text in given.items():
        limit = longest.get(name, LONGEST_TEXT)
        if len(text) > limit:
            raise UsageError(
                f"{in_words(name)}: the text has {len(text):,} characters; expected at most {limit:,}",
                next_step="shorten it",
            )
        unfit = unfit_character(text)
        if unfit:
            raise UsageError(
                f"{in_words(name)}: the text holds a character that is not shown ({unfit})", next_step="type it again"
            )


def refuse_screened(unit: Unit, party: str) -> None:
    """Raises RefusedError where a proposal of a party waits for a decision and is not screened any more."""
    for row in unit.proposals.with_member(party):
        call = unit.calls.get(row.call)
        engine = call_engine(unit.calls, call)
        is_live = row.state in live_states([proposal_engine(unit.calls, call)])
        is_screened_again = is_receiving(engine, call.state) or (
            call.scores_closed_at is None and "screen" in engine.possible(call.state)
        )
        if is_live and not (is_screened_again or engine.definition.states[call.state].final):
            raise RefusedError(
                f"{row.number} is decided from what is on record of {party}: {row.call} is {in_words(call.state)}",
                next_step="do it once the decision is ratified; it stands for calls to come",
            )
