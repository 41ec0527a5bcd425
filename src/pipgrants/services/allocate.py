"""Preparing the decisions of a stage: money over the ranking, or invitations, with every proposal's determination."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from operator import itemgetter
from typing import NamedTuple

import orjson

from pipgrants.domain.allocation import allocate
from pipgrants.domain.call import Call
from pipgrants.domain.determination import Determination, decide, invite, screen_out
from pipgrants.domain.duties import Duty
from pipgrants.domain.finding import Finding, read_finding
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Stage, Verdict
from pipgrants.errors import RefusedError
from pipgrants.money import Money, from_minor, to_minor
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.moves import move_call, require
from pipgrants.services.packages import PackageKind, prepare
from pipgrants.services.rank import hash_ranking
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.screen import debarred_at_screening
from pipgrants.services.segregation import refuse_scorer
from pipgrants.services.states import competing_states, excluded_states
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical, digest

BATCH = 2_000


class Proposed(NamedTuple):
    """What was prepared: the package with its decisions in a currency, and for each outcome how many and how much."""

    package: str
    decisions: Sequence[PackageLine]
    currency: str
    totals: Mapping[str, tuple[int, Decimal]]


class _Competing(NamedTuple):
    """What the allocation asks of a ranked proposal: its grant, and the entry of its findings where some are open."""

    grant_minor: int | None
    open_entry: int | None


def prepare_allocation(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Proposed:
    """Determines every proposal of the stage and stores the package that management ratifies.

    Full proposals are allocated the envelope by the call's rule; profiles are invited or not. Raises RefusedError where
    the ranking is no longer that of the proposals that compete, or a party of one was debarred since the screening.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        if terms.row.stage is Stage.PROFILE and terms.call.invitation is None:
            raise RefusedError(f"{call} does not say how many profiles are invited")
        ranking = list(act.unit.packages.ranking(call, terms.row.stage))
        require(act, terms, "prepare")
        _refuse_debarred_since(act, terms)
        move_call(act, terms, "prepare", PreparedCase(actor=act.actor.actor))
        lines = _decide(act, terms, ranking)
        if not lines:
            raise RefusedError(
                f"there is nothing to decide in {call}: nobody applied in time, or all withdrew",
                next_step=f"end it without a decision: pipgrants call void {call} --reason TEXT",
            )
        progress(len(lines))
        refuse_scorer(act, call, {line.proposal for line in lines}, Duty.PREPARES)
        package = prepare(
            act,
            decision_kind(terms.row.stage),
            programme=terms.row.programme,
            call=call,
            stage=terms.row.stage,
            definitions=terms.hashes,
            inputs=inputs_hash(act.unit, terms, ranking),
            facts=decision_facts(terms.call, lines),
            lines=lines,
        )
    return Proposed(package, lines, terms.call.currency, totals(lines, terms.call.currency))


def inputs_hash(unit: Unit, terms: Terms, ranking: Iterable[RankingRow]) -> str:
    """The hash of all that decisions rest on: proposals, parties, papers, evaluations, ranking, draw, programme."""
    call, stage = terms.row.call, terms.row.stage
    draw = unit.packages.draw(call, stage)
    parts = (
        unit.proposals.fingerprint(call),
        hash_ranking(ranking),
        draw.key if draw else "",
        unit.calls.programme(terms.row.programme).definition_hash,
        digest([list(item) for item in sorted(unit.evidence.settlements_in(call).items())]),
        digest(sorted(unit.parties.exclusions())),
    )
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def _decide(act: Act, terms: Terms, ranking: Sequence[RankingRow]) -> list[PackageLine]:
    """The determination of every proposal of the stage, from what is on record."""
    competing = _competing(act, terms)
    _refuse_stale(terms, {row.proposal for row in ranking}, competing.keys())
    requests = {
        number: from_minor(grant_minor, terms.call.currency)
        for number, (grant_minor, _) in competing.items()
        if grant_minor is not None
    }
    open_entries = ((number, entry) for number, (_, entry) in competing.items() if entry is not None)
    conditions = {number: undetermined(findings) for number, findings in _findings(act, open_entries)}
    ranked = decide_ranked(terms.call, terms.row.stage, ranking, requests, conditions)
    return in_order(ranked, decide_excluded(terms.call, _excluded(act, terms)))


def _competing(act: Act, terms: Terms) -> dict[str, _Competing]:
    states = competing_states(proposal_engine(act.unit.calls, terms.row))
    return {
        row.number: _Competing(row.grant_minor, row.screening_entry if row.has_open_findings else None)
        for row in act.unit.proposals.rows(terms.row.call, states)
    }


def _refuse_stale(terms: Terms, ranked: Set[str], competing: Set[str]) -> None:
    changed = sorted(ranked ^ competing)
    if changed:
        raise RefusedError(
            f"{', '.join(changed[:5])} {'is' if len(changed) == 1 else 'are'} no longer as ranked",
            next_step=f"pipgrants rank {terms.row.call} again, then pipgrants allocate {terms.row.call}",
        )


def _refuse_debarred_since(act: Act, terms: Terms) -> None:
    """Raises RefusedError naming the proposals that compete with a party debarred since they were screened."""
    call = terms.row.call
    debarred = act.unit.parties.excluded(local_day(act.now, terms.call))
    since = sorted(debarred - debarred_at_screening(act.unit, call))
    states = competing_states(proposal_engine(act.unit.calls, terms.row))
    found = {
        f"{row.number} ({party})"
        for party in since
        for row in act.unit.proposals.with_member(party)
        if row.call == call and row.state in states
    }
    if found:
        can_screen = "screen" in call_engine(act.unit.calls, terms.row).possible(terms.row.state)
        raise RefusedError(
            f"a party was put on the exclusion list after the screening: {', '.join(sorted(found))}",
            next_step=f"pipgrants screen {call}, then pipgrants rank run {call} and pipgrants allocate {call}"
            if can_screen
            else f"its machine does not let {call} be screened again; pipgrants call void {call} --reason TEXT",
        )


def _excluded(act: Act, terms: Terms) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The proposals that screening excluded, with the findings that say why."""
    states = excluded_states(proposal_engine(act.unit.calls, terms.row))
    rows = act.unit.proposals.rows(terms.row.call, states)
    return _findings(act, ((row.number, row.screening_entry) for row in rows if row.screening_entry is not None))


def _findings(act: Act, entries: Iterator[tuple[str, int]]) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The findings of the last screening of some proposals, by number, each read from the entry named."""
    recorded = RecordedFindings(act.unit)
    while batch := list(islice(entries, BATCH)):
        found = recorded.of([entry for _, entry in batch])
        for number, entry in batch:
            yield number, found[entry]


def undetermined(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that are open."""
    return [finding for finding in findings if finding.verdict is Verdict.UNDETERMINED]


def decide_ranked(
    call: Call,
    stage: Stage,
    ranking: Sequence[RankingRow],
    requests: Mapping[str, Decimal],
    conditions: Mapping[str, Sequence[Finding]],
) -> Iterator[PackageLine]:
    """The determinations of ranked proposals: profiles are invited or not, full proposals allocated the envelope.

    ``requests`` are the grants asked for by number; ``conditions`` the findings that are open, where some are.
    """
    ranked = [RankedProposal(row.rank, row.proposal, Decimal(row.total)) for row in ranking]
    below = {
        row.proposal: [read_finding(item) for item in orjson.loads(row.detail)["below"]]
        for row in ranking
        if not row.passes_thresholds
    }
    decided: Iterable[Determination] = ()
    if stage is Stage.PROPOSAL:
        envelope = Money(call.envelope_amount, call.currency)
        lines = allocate(ranked, requests, envelope, call.allocation, below.keys())
        decided = (decide(line, conditions.get(line.number, ()), below.get(line.number, ())) for line in lines)
    elif call.invitation is not None:
        decided = invite(ranked, call.invitation, below)
    for place, determination in zip(ranking, decided, strict=True):
        yield _line(place.rank, determination, call.currency)


def decide_excluded(call: Call, findings: Iterable[tuple[str, tuple[Finding, ...]]]) -> Iterator[PackageLine]:
    """The determinations of proposals that screening excluded, given with their findings.

    Raises RefusedError where findings exclude nobody.
    """
    for number, found in findings:
        determination = screen_out(number, found, call.clarification.if_unanswered)
        if determination is None:
            raise RefusedError(f"{number} is excluded, and its findings do not say why", next_step="screen again")
        yield _line(None, determination, call.currency)


def in_order(*lines: Iterable[PackageLine]) -> list[PackageLine]:
    """Lines in proposal order."""
    return sorted(chain(*lines), key=itemgetter(0))


def _line(rank: int | None, determination: Determination, currency: str) -> PackageLine:
    detail: dict[str, object] = {
        "reasons": [{"code": note.code, "values": note.values} for note in determination.reasons]
    }
    if determination.conditions:
        detail["conditions"] = [finding.as_plain() for finding in determination.conditions]
    if determination.reserve_position is not None:
        detail["reserve_position"] = determination.reserve_position
    amount = to_minor(determination.amount, currency) if determination.amount else None
    return PackageLine(determination.number, rank, str(determination.outcome), amount, canonical(detail))


def decision_facts(call: Call, lines: Sequence[PackageLine]) -> dict[str, object]:
    """What the package of decisions shows to who approves it."""
    return {
        "currency": call.currency,
        "envelope": str(call.envelope_amount),
        "totals": {name: [count, str(amount)] for name, (count, amount) in totals(lines, call.currency).items()},
    }


def decision_kind(stage: Stage) -> PackageKind:
    """The kind of the package with the decisions of a stage."""
    return PackageKind.INVITATION if stage is Stage.PROFILE else PackageKind.ALLOCATION


def totals(lines: Sequence[PackageLine], currency: str) -> dict[str, tuple[int, Decimal]]:
    """For each outcome: how many, and how much."""
    counts = Counter(line.outcome for line in lines)
    units = Counter[str]()
    for line in lines:
        units[line.outcome] += line.amount_minor or 0
    return {outcome: (count, from_minor(units[outcome], currency)) for outcome, count in sorted(counts.items())}
