"""Disbursements: asked for by the implementing agency, certified by coordination, approved by management, and paid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.accounts import Movement
from pipgrants.domain.disbursement import AWARD, PACE, Payable
from pipgrants.domain.finding import Plain
from pipgrants.domain.plain import exact_sum, plain_amount
from pipgrants.domain.project import Tranche
from pipgrants.domain.vocabulary import Verdict
from pipgrants.errors import NotFoundError, RefusedError, in_words
from pipgrants.money import EXACT, Money, from_minor, to_minor
from pipgrants.services.correspondence import Correspondence
from pipgrants.services.deadlines import local_day
from pipgrants.services.moves import fire
from pipgrants.services.project_facts import (
    DISBURSEMENT,
    ProjectFacts,
    facts_of,
    fire_project,
    hashes_of,
    letter_of,
    post,
    record_move,
    reduced_by,
)
from pipgrants.services.project_guards import DisbursementCase
from pipgrants.services.segregation import preparer_of, refuse_who_prepared
from pipgrants.services.states import takes_requests
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.projects import DisbursementRow
from pipgrants.trail.entry import Deed
from pipgrants.workflow.engine import Fired


class Disbursed(NamedTuple):
    """A disbursement after an act: what was asked for, and what of it was certified."""

    project: str
    call: str
    number: int
    tranche: int
    state: str
    currency: str
    asked: Decimal
    certified: Decimal | None
    findings: tuple[str, ...] = ()
    """The rules by which less was certified than was asked for."""


def request_disbursement(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, tranche: int, dry_run: bool = False
) -> Disbursed:
    """Asks for a tranche, or for what is left of it.

    Raises RefusedError where nothing is left of it, or a request for it is open.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, "request_disbursement")
        asked = _left_of(facts, _tranche(facts, tranche))
        number, initial = len(facts.disbursements) + 1, facts.disbursement_engine.definition.initial
        row = DisbursementRow(project, number, tranche, initial, to_minor(asked, facts.currency))
        act.unit.projects.add_disbursement(row)
        said = [number, tranche, initial, plain_amount(asked, facts.currency)]
        record_move(act, facts, fired, inputs={"disbursement": said})
    return _told(facts, row)


def _tranche(facts: ProjectFacts, number: int) -> Tranche:
    found = next((item for item in facts.money.tranches if item.number == number), None)
    if found is None:
        numbers = ", ".join(str(item.number) for item in facts.money.tranches)
        raise NotFoundError(
            f"{facts.number} has no tranche {number}; it has {numbers}",
            next_step=f"pipgrants project show {facts.number}",
        )
    return found


def _left_of(facts: ProjectFacts, tranche: Tranche) -> Decimal:
    """What is left of a tranche, and of the award. Raises RefusedError without anything, or where it is asked for."""
    of_tranche = [row for row in facts.disbursements if row.tranche == tranche.number]
    waiting = [row for row in of_tranche if row.number in facts.open_disbursements]
    if waiting:
        raise RefusedError(
            f"disbursement {waiting[0].number} of {facts.number} asks for tranche {tranche.number} already; it is "
            f"{in_words(waiting[0].state)}",
            next_step=f"pipgrants project show {facts.number}",
        )
    paid = exact_sum(from_minor(row.certified_minor or 0, facts.currency) for row in of_tranche if row.paid_on)
    left = min(EXACT.subtract(tranche.amount, paid), facts.accounts.undisbursed_amount)
    if not left:
        raise RefusedError(
            f"nothing is left of tranche {tranche.number} of {facts.number}",
            next_step=f"pipgrants project show {facts.number}",
        )
    return left


def move_disbursement(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    number: int,
    trigger: str,
    reason: str | None = None,
    paid_on: date | None = None,
    dry_run: bool = False,
) -> Disbursed:
    """Certifies, returns, resubmits, approves, rejects or pays a disbursement, as its machine allows.

    Certifying computes what the award and the pace of the counterpart let be paid. Raises RefusedError for a day of
    payment in the future, and for who certified what is to be approved.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        row = act.unit.projects.disbursement(project, number)
        today = local_day(now, facts.terms.call)
        on = paid_on or today
        if not date.fromisoformat(facts.row.signed_on or "") <= on <= today:
            raise RefusedError(f"nothing is paid on {on}", next_step=f"--paid-on DATE, {today} at the latest")
        found = facts.money.payable(from_minor(row.asked_minor, facts.currency))
        fired = _fire(act, facts, row, trigger, _case(act, facts, row, found, on), reason)
        subject = f"{DISBURSEMENT}{project}/{number}"
        if trigger == "approve":
            refuse_who_prepared(act, subject)
        return _store(act, facts, row, fired, found, on, reason)


def _case(act: Act, facts: ProjectFacts, row: DisbursementRow, found: Payable, on: date) -> DisbursementCase:
    state = facts.row.state
    return DisbursementCase(
        project=facts.number,
        number=row.number,
        actor=act.actor.actor,
        prepared_by=preparer_of(act.unit, f"{DISBURSEMENT}{row.project}/{row.number}"),
        project_state=None if takes_requests(facts.engine, state) else state,
        must_validate=facts.must_validate(on),
        payable=Money(found.amount, facts.currency),
        certified=Money(from_minor(row.certified_minor or 0, facts.currency), facts.currency),
        held=_why_held(facts, found),
    )


_HELD = {
    PACE: "the counterpart is behind its agreed pace ({clause}): {required} must be realised for this, and {seen} is"
    "{more}",
    AWARD: "{seen} is asked for, and the award leaves {required} ({clause})",
}
"""Why less can be paid than is asked for, by the rule."""


def _why_held(facts: ProjectFacts, found: Payable) -> str:
    """The rules that let nothing, or less, be paid, in words."""
    clause, beyond = facts.terms.call.implementation.clause, facts.money.realised.beyond_cap_amount
    more = f"; {Money(beyond, facts.currency)} besides is in kind, beyond its cap" if beyond else ""
    return "; ".join(
        _HELD[item.criterion].format(clause=clause, required=_amount(item.required), seen=_amount(item.seen), more=more)
        for item in found.findings
        if item.verdict is not Verdict.MET
    )


def _amount(plain: Plain) -> str:
    return str(Money(Decimal(str(plain["amount"])), str(plain["currency"]))) if isinstance(plain, dict) else ""


def _fire(
    act: Act, facts: ProjectFacts, row: DisbursementRow, trigger: str, case: DisbursementCase, reason: str | None
) -> Fired:
    subject, see = f"disbursement {row.number} of {facts.number}", f"pipgrants project show {facts.number}"
    engine, stands_in = facts.disbursement_engine, facts.terms.programme.stands_in
    fired = fire(act, subject, engine, row.state, trigger, case, stands_in, reason=reason, see=see)
    act.represent(facts.head.lead)
    return fired


def _store(
    act: Act,
    facts: ProjectFacts,
    row: DisbursementRow,
    fired: Fired,
    found: Payable,
    on: date,
    reason: str | None,
) -> Disbursed:
    """Stores the state of a disbursement, with what was certified or paid, and writes the entry of it."""
    inputs: dict[str, object] = {}
    columns: dict[str, object] = {"state": fired.destination}
    findings = None
    if fired.transition.trigger == "certify":
        columns["certified_minor"] = to_minor(found.amount, facts.currency)
        inputs["certified"] = plain_amount(found.amount, facts.currency)
        findings = [item.as_plain() for item in found.findings]
    elif fired.transition.trigger == "pay":
        columns["paid_on"] = inputs["paid_on"] = on.isoformat()
        paid = from_minor(row.certified_minor or 0, facts.currency)
        inputs |= post(act, facts, {Movement.DISBURSED: paid}, on)
    act.unit.projects.change_disbursement(row, columns)
    deed = Deed(
        fired.transition.entry,
        f"{DISBURSEMENT}{row.project}/{row.number}",
        fired.source,
        fired.destination,
        reason,
        inputs,
        findings,
        hashes_of(facts.row, facts.terms),
        facts.terms.row.call,
    )
    letters = Correspondence(act, facts.terms)
    findings_told = reduced_by(act.unit, row) if fired.transition.trigger == "approve" else []
    letters.write(deed, letter_of(act, facts, fired, _as_letter(facts, row, fired), reason, findings_told))
    letters.flush()
    after = act.unit.projects.disbursement(row.project, row.number)
    short = (item.criterion for item in found.findings if item.verdict is not Verdict.MET)
    return _told(facts, after, tuple(short) if findings else ())


_DECISIONS = {"approve": "approved", "return": "returned", "reject": "rejected"}


def _as_letter(facts: ProjectFacts, row: DisbursementRow, fired: Fired) -> dict[str, object]:
    """What a letter tells of a disbursement."""
    asked, certified = (
        None if units is None else plain_amount(from_minor(units, facts.currency), facts.currency)
        for units in (row.asked_minor, row.certified_minor)
    )
    decision = _DECISIONS.get(fired.transition.trigger, fired.destination)
    named = {"number": row.number, "tranche": row.tranche, "decision": decision}
    return {"disbursement": {**named, "asked": asked, "certified": certified}}


def _told(facts: ProjectFacts, row: DisbursementRow, findings: tuple[str, ...] = ()) -> Disbursed:
    certified = None if row.certified_minor is None else from_minor(row.certified_minor, facts.currency)
    asked = from_minor(row.asked_minor, facts.currency)
    call = facts.terms.row.call
    return Disbursed(row.project, call, row.number, row.tranche, row.state, facts.currency, asked, certified, findings)
