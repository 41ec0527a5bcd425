"""Preparing the decisions of a stage: money over the ranking, or invitations, with every proposal's determination."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

import orjson

from pipgrants.domain.allocation import allocate
from pipgrants.domain.determination import Determination, decide, invite, screen_out
from pipgrants.domain.finding import Finding, read_finding
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Stage, Verdict
from pipgrants.errors import RefusedError
from pipgrants.money import Money, from_minor, to_minor
from pipgrants.services.calls import move_call
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.packages import PackageKind, prepare
from pipgrants.services.rank import hash_ranking
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.states import competing_states, excluded_states
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical, digest

BATCH = 2_000


class Proposed(NamedTuple):
    """What was prepared: the package, and for each outcome how many and how much."""

    package: str
    totals: Mapping[str, tuple[int, Decimal]]


class _Competing(NamedTuple):
    """What the allocation asks of a ranked proposal: its grant, and the entry of its findings where some are open."""

    grant_minor: int | None
    open_entry: int | None


def prepare_allocation(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, dry_run: bool = False
) -> Proposed:
    """Determines every proposal of the stage and stores the package that management ratifies.

    Full proposals are allocated the envelope by the call's rule; profiles are invited or not. Raises RefusedError where
    the ranking is no longer that of the proposals that compete.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        if terms.row.stage is Stage.PROFILE and terms.call.invitation is None:
            raise RefusedError(f"{call} does not say how many profiles are invited")
        ranking = list(act.unit.packages.ranking(call, terms.row.stage))
        move_call(act, terms, "prepare", PreparedCase(actor=act.actor.actor))
        lines = sorted([*_ranked_lines(act, terms, ranking), *_excluded_lines(act, terms)], key=itemgetter(0))
        totals = _totals(lines, terms.call.currency)
        package = prepare(
            act,
            PackageKind.INVITATION if terms.row.stage is Stage.PROFILE else PackageKind.ALLOCATION,
            programme=terms.row.programme,
            call=call,
            stage=terms.row.stage,
            definitions=terms.hashes,
            inputs=inputs_hash(act.unit, terms, ranking),
            facts={
                "currency": terms.call.currency,
                "envelope": str(terms.call.envelope_amount),
                "totals": {name: [count, str(amount)] for name, (count, amount) in totals.items()},
            },
            lines=lines,
        )
    return Proposed(package, totals)


def inputs_hash(unit: Unit, terms: Terms, ranking: Iterable[RankingRow]) -> str:
    """The hash of all that decisions rest on: proposals, parties, papers, evaluations, ranking, draw, programme."""
    call, stage = terms.row.call, terms.row.stage
    draw = unit.packages.draw(call, stage)
    parts = (
        unit.proposals.fingerprint(call),
        hash_ranking(ranking),
        draw.key if draw else "",
        unit.calls.programme(terms.row.programme).definition_hash,
        digest([list(item) for item in sorted(unit.proposals.settlements().items())]),
        digest(sorted(unit.parties.exclusions())),
    )
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def _ranked_lines(act: Act, terms: Terms, ranking: Sequence[RankingRow]) -> Iterator[PackageLine]:
    competing = _competing(act, terms)
    _refuse_stale(terms, {row.proposal for row in ranking}, competing.keys())
    ranked = [RankedProposal(row.rank, row.proposal, Decimal(row.total)) for row in ranking]
    below = {
        row.proposal: [read_finding(item) for item in orjson.loads(row.detail)["below"]]
        for row in ranking
        if not row.passes_thresholds
    }
    decided = _decide(act, terms, ranked, competing, below)
    for place, determination in zip(ranking, decided, strict=True):
        yield _line(place.rank, determination, terms.call.currency)


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


def _decide(
    act: Act,
    terms: Terms,
    ranked: Sequence[RankedProposal],
    competing: Mapping[str, _Competing],
    below: Mapping[str, Sequence[Finding]],
) -> Iterator[Determination]:
    call = terms.call
    if terms.row.stage is Stage.PROFILE:
        if call.invitation is not None:
            yield from invite(ranked, call.invitation, below)
        return
    requests = {
        number: from_minor(grant_minor, call.currency)
        for number, (grant_minor, _) in competing.items()
        if grant_minor is not None
    }
    envelope = Money(call.envelope_amount, call.currency)
    open_entries = ((number, entry) for number, (_, entry) in competing.items() if entry is not None)
    conditions = {
        number: [finding for finding in findings if finding.verdict is Verdict.UNDETERMINED]
        for number, findings in _findings(act, open_entries)
    }
    for line in allocate(ranked, requests, envelope, call.allocation, below.keys()):
        yield decide(line, conditions.get(line.number, ()), below.get(line.number, ()))


def _findings(act: Act, entries: Iterator[tuple[str, int]]) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The findings of the last screening of some proposals, by number, each read from the entry named."""
    while batch := list(islice(entries, BATCH)):
        found = act.unit.ledger.findings([entry for _, entry in batch])
        for number, entry in batch:
            yield number, tuple(map(read_finding, found[entry]))


def _excluded_lines(act: Act, terms: Terms) -> Iterator[PackageLine]:
    states = excluded_states(proposal_engine(act.unit.calls, terms.row))
    rows = act.unit.proposals.rows(terms.row.call, states)
    entries = ((row.number, row.screening_entry) for row in rows if row.screening_entry is not None)
    for number, findings in _findings(act, entries):
        determination = screen_out(number, findings, terms.call.clarification.if_unanswered)
        if determination is None:
            raise RefusedError(f"{number} is excluded, and its findings do not say why", next_step="screen again")
        yield _line(None, determination, terms.call.currency)


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


def _totals(lines: Sequence[PackageLine], currency: str) -> dict[str, tuple[int, Decimal]]:
    counts = Counter(line.outcome for line in lines)
    units = Counter[str]()
    for line in lines:
        units[line.outcome] += line.amount_minor or 0
    return {outcome: (count, from_minor(units[outcome], currency)) for outcome, count in sorted(counts.items())}
