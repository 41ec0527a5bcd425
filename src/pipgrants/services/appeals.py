"""Appeals against decisions: filed, heard by somebody who took no part, and until when they can be filed.

An appeal contests a letter that was released. One that arrives after its time is recorded, and its letter says that it
is not admissible; the proposal stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from pipgrants.domain.appeal import OPEN_STANDINGS, AppealStanding, Remedy, Ruling
from pipgrants.domain.vocabulary import APPEALABLE_LETTERS, Role, Verdict
from pipgrants.errors import NotAuthorisedError, RefusedError, UsageError, in_words
from pipgrants.services.appealed_lines import marks_counting
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import appeal_until, local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.holdings import standing_line
from pipgrants.services.letters import letter_number
from pipgrants.services.moves import fire, letter_kind, proposal_deed
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.segregation import refuse_who_took_part
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.appeals import AppealRow
from pipgrants.store.letters import LetterRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import instant_text
from pipgrants.trail.sealing import new_salt, seal
from pipgrants.workflow.engine import Fired

GROUNDS = "grounds"
"""The field under which the words of an appeal are sealed."""


class Filed(NamedTuple):
    """An appeal as it was filed: its number, the letter it contests, until when, and whether it came too late."""

    proposal: str
    number: int
    letter: str
    until: date
    is_late: bool


class Listed(NamedTuple):
    """An appeal as it stands, with the state of its proposal; ``grounds`` is None where it was redacted."""

    proposal: str
    number: int
    letter: str
    received_at: str
    standing: AppealStanding
    state: str
    heard_by: str | None
    remedy: Remedy | None
    grounds: str | None


def file_appeal(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    grounds: str,
    received_at: datetime | None = None,
    dry_run: bool = False,
) -> Filed:
    """Records an appeal against the last decision that was told to the applicant; a letter confirms it.

    ``received_at`` is when it arrived, in the time of the call, where an officer records it later.

    Raises RefusedError without grounds, where no decision was told, while an appeal is open, and for a time in the
    future or before the letter left; NotAuthorisedError where an agency acts for another party, or says when its own
    appeal arrived.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        head = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, head.call)
        zone = ZoneInfo(terms.call.time_zone)
        received = received_at.replace(tzinfo=received_at.tzinfo or zone) if received_at else now
        letter = _contested(act.unit, head)
        _refuse_filing(act, letter, terms, grounds, received)
        until, received_on = contestable_until(letter, terms), local_day(received, terms.call)
        case = ProposalCase(today=received_on, appeal_ends_on=until)
        engine = proposal_engine(act.unit.calls, terms.row)
        fired = fire(act, proposal, engine, head.state, "appeal", case, terms.programme.stands_in)
        act.represent(head.lead)
        _refuse_dated(act, received_at)
        is_late = received_on > until
        row = AppealRow(
            proposal=proposal,
            number=len(act.unit.appeals.of_proposal(proposal)) + 1,
            letter=letter.number,
            received_at=instant_text(received),
            standing=AppealStanding.INADMISSIBLE if is_late else AppealStanding.LODGED,
            grounds=grounds,
            salt=new_salt(),
        )
        act.unit.appeals.add(row)
        act.unit.proposals.move([(fired.destination, proposal, head.state)])
        inputs: dict[str, object] = {
            "appeal": row.number,
            "contests": row.letter,
            "received_at": row.received_at,
            "until": until.isoformat(),
            "late": is_late,
            "grounds": seal(row.salt or b"", GROUNDS, grounds),
        }
        _write(act, terms, head, row, fired, inputs, until=until)
    return Filed(proposal, row.number, letter_number(letter.number), until, is_late)


def _contested(unit: Unit, head: ProposalRow) -> LetterRow:
    """The last letter with a decision on a proposal that was released and stands."""
    letters = unit.letters.of_proposal(head.number)
    told = [row for row in letters if row.kind in APPEALABLE_LETTERS and row.release and row.superseded_by is None]
    if not told:
        raise RefusedError(
            f"{head.number} is {in_words(head.state)}; no letter with a decision on it was released that could be "
            "appealed against",
            next_step=f"pipgrants explain {head.number}",
        )
    return told[-1]


def _refuse_filing(act: Act, letter: LetterRow, terms: Terms, grounds: str, received: datetime) -> None:
    if not grounds.strip():
        raise RefusedError("an appeal says what it contests and why", next_step="give it: --grounds TEXT or FILE")
    if received > act.now:
        raise RefusedError("an appeal cannot have arrived in the future", next_step="correct --received-at")
    if local_day(received, terms.call).isoformat() < str(letter.released_on):
        raise RefusedError(
            f"{letter_number(letter.number)} was released on {letter.released_on}; an appeal comes after that",
            next_step="correct --received-at",
        )


def _refuse_dated(act: Act, received_at: datetime | None) -> None:
    if received_at is not None and Role.COORDINATION_OFFICER not in act.person.roles:
        raise NotAuthorisedError(
            "only an officer says when an appeal arrived; that of whoever files it arrives now",
            next_step="leave --received-at out",
        )


def settle_appeal(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    ruling: Ruling,
    reason: str,
    remedy: Remedy | None = None,
    met: Iterable[str] = (),
    dry_run: bool = False,
) -> AppealRow:
    """Rules on the open appeal of a proposal, with reasons that the applicant is told.

    An appeal that is upheld names its ``remedy``; ``met`` are criteria that the ruling itself finds met, whatever the
    next screening finds. Raises RefusedError where whoever rules, or for whom, took part in what is contested;
    UsageError where a remedy is missing, or given with another ruling.
    """
    stated = " ".join(dict.fromkeys(met)) or None
    _refuse_ruling(ruling, remedy, stated)
    with workspace.act(who, now, dry_run=dry_run) as act:
        head = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, head.call)
        engine = proposal_engine(act.unit.calls, terms.row)
        case, stands_in = ProposalCase(ruling=ruling), terms.programme.stands_in
        fired = fire(act, proposal, engine, head.state, "settle", case, stands_in, reason=reason)
        refuse_who_took_part(act, proposal)
        _refuse_remedy(act.unit, head, remedy)
        _refuse_stated(act.unit, head, (stated or "").split())
        row = act.unit.appeals.of_proposal(proposal)[-1]
        changes = settled_columns(ruling, act.actor.actor, remedy, stated)
        act.unit.appeals.change(row, changes)
        act.unit.proposals.move([(fired.destination, proposal, head.state)])
        inputs: dict[str, object] = {"appeal": row.number, "ruling": ruling.value}
        if remedy is not None:
            inputs |= {"remedy": remedy.value, "met": stated}
        until = contestable_until(act.unit.letters.get(row.letter), terms)
        ruled = row._replace(standing=AppealStanding(ruling), heard_by=act.actor.actor, remedy=remedy, met=stated)
        _write(act, terms, head, ruled, fired, inputs, until=until, reason=reason)
    return ruled


def settled_columns(ruling: str, actor: str, remedy: str | None, met: str | None) -> dict[str, object]:
    """What a ruling changes of an appeal's row."""
    return {"standing": AppealStanding(ruling).value, "heard_by": actor, "remedy": remedy, "met": met}


def _refuse_ruling(ruling: Ruling, remedy: Remedy | None, met: str | None) -> None:
    if (ruling is Ruling.UPHELD) != (remedy is not None):
        raise UsageError(
            "a remedy goes with an appeal that is upheld, and only with it",
            next_step=f"--remedy is one of: {', '.join(Remedy)}",
        )
    if met and remedy is not Remedy.REVERIFY:
        raise UsageError("criteria are stated as met where they are verified again", next_step="--remedy reverify")


def _refuse_remedy(unit: Unit, head: ProposalRow, remedy: Remedy | None) -> None:
    """Only what was scored is scored again; marks that are missing after a new screening are given then."""
    scored_at = marks_counting(standing_line(unit, head), head.stage)
    if remedy is Remedy.RESCORE and not any(row.marks for row in unit.evaluations.of_proposal(head.number, scored_at)):
        raise RefusedError(
            f"{head.number} was not scored, so that it cannot be scored again",
            next_step="verify it again (--remedy reverify); its marks follow once it is found eligible",
        )


def _refuse_stated(unit: Unit, head: ProposalRow, met: Sequence[str]) -> None:
    """Only criteria that the screening left unmet or open can be stated as met."""
    entry = head.screening_entry or 0
    findings = RecordedFindings(unit).of([entry]).get(entry, ()) if met else ()
    unmet = [finding.criterion for finding in findings if finding.verdict is not Verdict.MET]
    wrong = sorted(set(met) - set(unmet))
    if wrong:
        raise RefusedError(
            f"{', '.join(wrong)} of {head.number} {'was' if len(wrong) == 1 else 'were'} not found unmet or open; "
            f"those are: {', '.join(unmet) or 'none'}",
            next_step=f"pipgrants explain {head.number}",
        )


def _write(
    act: Act,
    terms: Terms,
    head: ProposalRow,
    row: AppealRow,
    fired: Fired,
    inputs: dict[str, object],
    *,
    until: date,
    reason: str | None = None,
) -> None:
    """Writes the entry about an appeal, and the letter that the machine sends with it."""
    told = {
        "number": row.number,
        "received_at": row.received_at,
        "letter": letter_number(row.letter),
        "until": until.isoformat(),
        "is_late": row.heard_by is None and row.standing is AppealStanding.INADMISSIBLE,
        "remedy": row.remedy,
    }
    facts = {"title": head.title, "appeal": told, "reason": reason}
    letters = Correspondence(act, terms)
    draft = LetterDraft(letter_kind(fired), head.number, Addressee(head.language, head.lead), facts)
    letters.write(proposal_deed(fired, head.number, terms, inputs=inputs, reason=reason), draft)
    letters.flush()


def list_appeals(workspace: Workspace, call: str) -> list[Listed]:
    """The appeals of a call, by proposal, oldest first."""
    with workspace.read() as unit:
        unit.calls.get(call)
        rows = unit.appeals.of_call(call)
        heads = unit.proposals.heads([row.proposal for row in rows]) if rows else {}
        return [
            Listed(
                row.proposal,
                row.number,
                letter_number(row.letter),
                row.received_at,
                row.standing,
                heads[row.proposal].state,
                row.heard_by,
                row.remedy,
                row.grounds,
            )
            for row in rows
        ]


def contestable_until(letter: LetterRow, terms: Terms) -> date:
    """The last day to appeal against a letter that was released.

    It is the day that the letter names, and a later one where the call was amended so since.
    """
    promised = date.fromisoformat(orjson.loads(letter.release or b"{}")["appeal_until"])
    return max(promised, appeal_until(date.fromisoformat(str(letter.released_on)), terms.call))


def appeals_ended_on(unit: Unit, terms: Terms, today: date) -> date:
    """The last day on which any letter of a call could be appealed against.

    Raises RefusedError naming the appeal that is open, the letter that waits for release, or whose time runs, and until
    when.
    """
    call = terms.row.call
    _refuse_open(unit, call)
    letter = unit.letters.last_to_leave(call, APPEALABLE_LETTERS)
    named = f"{letter_number(letter.number)} ({in_words(letter.kind)})" if letter else "any letter"
    if letter is None or letter.released_on is None or letter.release is None:
        raise RefusedError(
            f"the decisions of {call} are not final: {named} waits for release, where the time to appeal begins",
            next_step=f"pipgrants letters release {call} --as OFFICER",
        )
    until = contestable_until(letter, terms)
    if today <= until:
        raise RefusedError(
            f"appeals can still be filed: {named}, released on {letter.released_on}, can be appealed against "
            f"until {until}",
            next_step=f"pipgrants call archive {call} --as OFFICER, after {until}",
        )
    return until


def open_appeals(unit: Unit, call: str) -> list[AppealRow]:
    """The appeals of a call that are not ruled on, or upheld and not decided anew."""
    return [row for row in unit.appeals.of_call(call) if row.standing in OPEN_STANDINGS]


def _refuse_open(unit: Unit, call: str) -> None:
    found = open_appeals(unit, call)
    if found:
        listed = ", ".join(f"{row.proposal} ({row.standing})" for row in found[:5])
        raise RefusedError(
            f"{len(found)} {'appeal is' if len(found) == 1 else 'appeals are'} open: {listed}",
            next_step=f"pipgrants appeal list {call}",
        )
