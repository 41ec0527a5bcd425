"""Parties on record: shown, redacted for good, and debarred by the exclusion list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import orjson

from pipgrants.domain.application import Exclusion, PartyDetails
from pipgrants.domain.evaluators import Organisation
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services.correspondence import recipient_of
from pipgrants.services.evaluators import redact_ties
from pipgrants.services.letters import REDACTED
from pipgrants.services.mailing import outbox_settings
from pipgrants.services.party_register import PERSONAL_FIELDS
from pipgrants.services.traces import Traces, remove_letters, remove_traces
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import FormTaker
from pipgrants.store.letters import LetterRow
from pipgrants.store.parties import PartyRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal

CORRECTED = "PartyCorrected"
"""The act that corrects how a party is reached, and tells which letters and forms bear what was on record before."""

PARTY_MERGED, PARTY_SEPARATED = "PartyMerged", "PartySeparated"
"""The acts by which a party stands for another one, and by which this one stands for itself again."""

MERGING = {PARTY_MERGED: "merged", PARTY_SEPARATED: "separated"}
"""What these acts do, in a word."""

REDACTED_PARTY = "PartyRedacted"
"""The act that redacts a party, and tells which letters bore its values."""

EXCLUSIONS_SALT = "exclusions_salt"
"""The setting with the salt of the exclusion list as last imported."""


def redact(
    workspace: Workspace, who: Identity, now: datetime, *, party: str, reason: str, dry_run: bool = False
) -> Traces | None:
    """Removes a party's personal values: its own, those of its letters, papers, answers, appeals, payments and forms.

    So are the ties of evaluators to it; who was recused for one stays so. So is what was said in the conflicts within
    groups that involve it, and why it was selected as a supplier, or not. The numbers that were merged into it are
    redacted with it, each with an entry of its own.

    The trail stays, with hashes that say nothing any more. Returns what became of the values outside the tables; a dry
    run removes nothing there. Repeating it for a redacted party removes there what is left, without an entry. Raises
    RefusedError without a reason, while the party stands on the exclusion list: nobody would find it there by its
    name, and where it was merged: the one that stands for it is redacted.
    """
    settings = outbox_settings(workspace)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.redact")
        refuse_merged(act.unit, party)
        led = act.unit.proposals.led_by(party)
        rows = map(act.unit.parties.get, [party, *merged_into(act.unit, party)])
        letters = [letter for row in rows for letter in _redact_number(act, row, led, reason)]
    return None if dry_run else remove_traces(workspace, settings, letters, {proposal.call for proposal in led})


def refuse_merged(unit: Unit, party: str) -> None:
    """Raises RefusedError where another party stands for one."""
    kept = unit.parties.merged().get(party)
    if kept is not None:
        raise RefusedError(f"{party} was merged into {kept}", next_step=f"name {kept}: pipgrants party show {kept}")


def merged_into(unit: Unit, party: str) -> list[str]:
    """The numbers that a party stands for besides its own."""
    return [number for number, kept in unit.parties.merged().items() if kept == party]


def _redact_number(act: Act, row: PartyRow, led: Sequence[ProposalRow], reason: str) -> list[LetterRow]:
    """The letters that bear the values of one number, which are removed unless they were."""
    return _letters_redacted(act.unit, row.number) if row.redacted_at else _redact(act, row, led, reason)


def _redact(act: Act, row: PartyRow, led: Sequence[ProposalRow], reason: str) -> list[LetterRow]:
    """Removes a party's personal values from the tables; returns the letters that bore them."""
    _refuse_redaction(act, row, reason)
    act.unit.parties.redact(row.number, instant_text(act.now))
    papers = act.unit.evidence.redact_issuer(row.details.name, REDACTED)
    letters = _redact_letters(act, row, reason)
    evaluators = redact_ties(act, row.number, _organisation(row.details), reason)
    numbers = [proposal.number for proposal in led]
    answers, appeals = act.unit.answers.redact(numbers), act.unit.appeals.redact(numbers)
    payments = act.unit.projects.redact_payments(numbers)
    contracts = act.unit.contracts.redact(row.number, row.details.name)
    conflicts = act.unit.group_conflicts.redact(row.number)
    inputs: dict[str, object] = {
        "fields": [field for field in PERSONAL_FIELDS if getattr(row.details, field)],
        "letters": [letter.number for letter in letters],
        "papers": [list(paper) for paper in papers],
        "answers": [list(answer) for answer in answers],
        "appeals": [list(appeal) for appeal in appeals],
        "payments": [list(payment) for payment in payments],
        "contracts": [list(contract) for contract in contracts],
        "conflicts": [list(conflict) for conflict in conflicts],
        "measurements": [list(measured) for measured in act.unit.measurements.redact(row.number)],
        "evaluators": [*evaluators],
    }
    act.record(Deed(REDACTED_PARTY, f"party/{row.number}", reason=reason, inputs=inputs))
    return letters


def _organisation(details: PartyDetails) -> Organisation:
    return Organisation(details.name, details.tax_country, details.tax_number)


def _letters_redacted(unit: Unit, party: str) -> list[LetterRow]:
    """The letters that bore the values of a redacted party, as the entry of its redaction names them."""
    entries = (entry for entry in unit.ledger.entries(subject=f"party/{party}") if entry.act == REDACTED_PARTY)
    return [
        unit.letters.get(number) for entry in entries for number in orjson.loads(entry.content)["inputs"]["letters"]
    ]


def redact_form_taker(
    workspace: Workspace, who: Identity, now: datetime, *, email: str, reason: str, dry_run: bool = False
) -> Traces | None:
    """Removes somebody who only took forms: the name and the address, from every call and the letters about it.

    Each form has its entry; no amendment is told to them any more. The files of letters are removed before it is kept:
    nobody would be found by the address to remove them later. Raises NotFoundError where nobody took a form under the
    address, RefusedError without a reason, and where a party on record has the address: it is redacted whole; OSError
    where a file cannot be removed.
    """
    settings = outbox_settings(workspace)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.redact")
        refuse_without_reason(reason)
        for row in act.unit.parties.all():
            if _is_same_address(row.details.email, email):
                raise RefusedError(
                    f"{email} is the address of {row.number}, whose forms are redacted with it",
                    next_step=f"pipgrants party redact {row.number} --reason TEXT",
                )
        taken = _forms_taken(act.unit, email)
        if not taken:
            raise NotFoundError(f"nobody took a form under {email}", next_step="pipgrants party list shows the parties")
        letters = _redact_forms(act, taken, reason)
        if not dry_run:
            remove_letters(workspace, settings, letters)
    return None if dry_run else remove_traces(workspace, settings, letters)


def refuse_without_reason(reason: str) -> None:
    """Raises RefusedError where a redaction has no reason."""
    if not reason.strip():
        raise RefusedError("a redaction needs a reason", next_step="give it in words: --reason TEXT")


def _refuse_redaction(act: Act, row: PartyRow, reason: str) -> None:
    refuse_without_reason(reason)
    if row.number in act.unit.parties.excluded(act.now.date()):
        raise RefusedError(
            f"{row.number} stands on the exclusion list; without its name and tax number it would not be found there",
            next_step="redact it once the exclusion is over",
        )


def _redact_letters(act: Act, row: PartyRow, reason: str) -> list[LetterRow]:
    """Removes a party from the letters sent to it, also as one who took forms, and from those that name it."""
    own, taken = _ever_bearing(act.unit, row)
    act.unit.letters.redact(own)
    forms = _redact_forms(act, taken, reason)
    return own + forms + act.unit.letters.redact_cited(row.number)


def _ever_bearing(unit: Unit, row: PartyRow) -> tuple[list[LetterRow], list[tuple[str, FormTaker]]]:
    """What bears a party's name and addresses, also those that were on record before they were corrected."""
    letters, forms = bearing(unit, row)
    numbers, taken = {letter.number for letter in letters}, {(call, taker.number) for call, taker in forms}
    for entry in unit.ledger.entries(subject=f"party/{row.number}"):
        if entry.act == CORRECTED:
            inputs = orjson.loads(entry.content)["inputs"]
            numbers |= set(inputs["letters"])
            taken |= set(map(tuple, inputs["forms"]))
    return (
        [letter for letter in map(unit.letters.get, sorted(numbers)) if letter.recipient],
        [(call, taker) for call, taker in _forms(unit) if (call, taker.number) in taken and taker.email],
    )


def bearing(unit: Unit, row: PartyRow) -> tuple[list[LetterRow], list[tuple[str, FormTaker]]]:
    """What bears a party's name and addresses as on record: the letters to it, and the forms of calls that it took."""
    recipient = recipient_of(row.details)
    return unit.letters.sent_to(recipient) if recipient else [], _forms_taken(unit, row.details.email)


def _forms_taken(unit: Unit, email: str | None) -> list[tuple[str, FormTaker]]:
    """The calls whose form somebody took under an address, each with what is kept of it."""
    return [(call, taker) for call, taker in _forms(unit) if _is_same_address(taker.email, email)]


def _forms(unit: Unit) -> Iterator[tuple[str, FormTaker]]:
    for call in unit.calls.all():
        yield from ((call.call, taker) for taker in unit.calls.form_takers(call.call))


def _is_same_address(one: str | None, other: str | None) -> bool:
    return bool(one and other) and str(one).casefold() == str(other).casefold()


def _redact_forms(act: Act, taken: Iterable[tuple[str, FormTaker]], reason: str) -> list[LetterRow]:
    """Removes who took some forms, and from the letters that told them of amendments; returns those letters."""
    letters: list[LetterRow] = []
    for call, taker in taken:
        act.unit.calls.redact_form_taker(call, taker.number)
        recipient = recipient_of(PartyDetails(taker.name or "", email=taker.email))
        redacted = act.unit.letters.sent_to(recipient) if recipient else []
        act.unit.letters.redact(redacted)
        letters += redacted
        inputs = {
            "number": taker.number,
            "fields": ["name", "email"],
            "letters": [letter.number for letter in redacted],
        }
        act.record(Deed("FormTakerRedacted", f"call/{call}", reason=reason, inputs=inputs, call=call))
    return letters


def import_exclusions(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    exclusions: Sequence[Exclusion],
    source: dict[str, str],
    dry_run: bool = False,
) -> None:
    """Replaces the list of debarred parties; the list's content enters the trail as one salted hash."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.exclude")
        act.unit.parties.replace_exclusions(exclusions)
        salt = new_salt()
        act.unit.set(EXCLUSIONS_SALT, salt.hex())
        inputs = {"count": len(exclusions), "content": sealed_exclusions(act.unit, salt), "source": source}
        act.record(Deed("ExclusionsImported", "exclusions", inputs=inputs))


def sealed_exclusions(unit: Unit, salt: bytes) -> str | None:
    """The salted hash of the exclusion list as it is stored."""
    return seal(salt, "exclusions", canonical(unit.parties.exclusions()).decode())


def list_parties(workspace: Workspace) -> list[PartyRow]:
    """All parties in number order."""
    with workspace.read() as unit:
        return unit.parties.all()


def show_party(workspace: Workspace, party: str) -> PartyRow:
    """One party. Raises NotFoundError."""
    with workspace.read() as unit:
        return unit.parties.get(party)


def list_merged(workspace: Workspace) -> dict[str, str]:
    """The numbers that were merged, each with the one that stands for it."""
    with workspace.read() as unit:
        return unit.parties.merged()
