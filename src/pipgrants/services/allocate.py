"""Preparing the decisions of a stage: money over the ranking, or invitations, with every proposal's determination."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from pipgrants.analysis import SECONDS
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import Circumstances, Gathering
from pipgrants.domain.duties import Duty
from pipgrants.domain.finding import Finding
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import RefusedError
from pipgrants.money import from_minor
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.determinations import (
    Ground,
    decide_excluded,
    decide_ranked,
    decision_facts,
    in_order,
    totals,
    undetermined,
)
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.found_conflicts import FoundConflict, found_conflicts
from pipgrants.services.localities import helped_localities
from pipgrants.services.moves import move_call, require
from pipgrants.services.mutual_exclusions import mutual_exclusions
from pipgrants.services.optimiser import Optimiser, search
from pipgrants.services.packages import decision_kind, prepare
from pipgrants.services.rank import hash_ranking
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.screen import contested, debarred_at_screening
from pipgrants.services.segregation import refuse_who_judged
from pipgrants.services.states import competing_states, excluded_states
from pipgrants.services.told_robustness import drawn_shares, is_told
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import digest

BATCH = 2_000


class Held(NamedTuple):
    """Money that is free and held for somebody on the reserve list who cannot be promoted now, and why."""

    proposal: str
    amount: str
    reason: str


class Proposed(NamedTuple):
    """What was prepared: the package with its decisions in a currency, and for each outcome how many and how much."""

    package: str
    decisions: Sequence[PackageLine]
    currency: str
    totals: Mapping[str, tuple[int, Decimal]]
    quotas: Sequence[Mapping[str, Any]] = ()
    """What each envelope within the call's costs in merit."""
    held: Sequence[Held] = ()
    """The money held for those on the reserve list who cannot be promoted now."""
    optimum: Mapping[str, Any] | None = None
    """The selection that the call funds, where it announced an objective, beside that of the plain rule."""
    conflicts: Sequence[FoundConflict] = ()
    """The conflicts of interest found since the scores were closed."""


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
    seconds: int = SECONDS,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Proposed:
    """Determines every proposal of the stage and stores the package that management ratifies.

    Full proposals are allocated the envelope by the call's rule; profiles are invited or not. Where the call announced
    an objective, each search for the best selection may take some ``seconds``. Raises RefusedError where the ranking is
    no longer that of the proposals that compete, a party of one was debarred since the screening, or the best selection
    is not proved.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        if terms.row.stage is Stage.PROFILE and terms.call.invitation is None:
            raise RefusedError(f"{call} does not say how many profiles are invited")
        ranking = list(act.unit.packages.ranking(call, terms.row.stage))
        require(act, terms, "prepare")
        _refuse_debarred_since(act, terms)
        _refuse_contested_since(act, terms)
        move_call(act, terms, "prepare", PreparedCase(actor=act.actor.actor))
        optimiser = Optimiser(search(seconds))
        ground = _ground(act, terms, ranking).optimised(optimiser)
        lines = _decisions(act, terms, ground)
        progress(len(lines))
        shares = drawn_shares(act.unit, ground, lines) if is_told(ground) else None
        conflicts = found_conflicts(act.unit, terms, local_day(now, terms.call))
        facts = decision_facts(ground, lines, optimiser.told, shares, [item.as_plain() for item in conflicts])
        package = prepare(
            act,
            decision_kind(terms.row.stage),
            programme=terms.row.programme,
            call=call,
            stage=terms.row.stage,
            definitions=terms.hashes,
            inputs=inputs_hash(act.unit, terms, ranking),
            facts=facts,
            lines=lines,
        )
    currency, quotas = terms.call.currency, facts.get("quotas", ())
    counted = totals(lines, currency)
    return Proposed(package, lines, currency, counted, quotas, optimum=optimiser.told, conflicts=conflicts)


def _decisions(act: Act, terms: Terms, ground: Ground) -> list[PackageLine]:
    """The determination of every proposal.

    Raises RefusedError where there is none, and where who prepares them scored one or heard an appeal of one.
    """
    call = terms.row.call
    lines = in_order(decide_ranked(ground), decide_excluded(terms.call, _excluded(act, terms)))
    if not lines:
        raise RefusedError(
            f"there is nothing to decide in {call}: nobody applied in time, or all withdrew",
            next_step=f"end it without a decision: pipgrants call void {call} --reason TEXT",
        )
    refuse_who_judged(act, call, {line.proposal for line in lines}, Duty.PREPARES)
    return lines


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
        *(digest(sorted(group)) for group in mutual_exclusions(unit, call)),
        *_helped_hash(unit, terms.call),
    )
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def _helped_hash(unit: Unit, call: Call) -> Iterator[str]:
    """The hash of what other calls of support gave, where the call limits awards by locality."""
    if call.allocation.maximum_awards_per_locality is not None:
        counts = ([locality or "", count] for locality, count in helped_localities(unit, call).items())
        yield digest(sorted(counts))


def _ground(act: Act, terms: Terms, ranking: Sequence[RankingRow]) -> Ground:
    """What the determination of ranked proposals rests on, from what is on record."""
    competing = _competing(act, terms)
    _refuse_stale(terms, {row.proposal for row in ranking}, competing.keys())
    requests = {
        number: from_minor(grant_minor, terms.call.currency)
        for number, (grant_minor, _) in competing.items()
        if grant_minor is not None
    }
    open_entries = ((number, entry) for number, (_, entry) in competing.items() if entry is not None)
    conditions = {number: undetermined(findings) for number, findings in open_findings(act.unit, open_entries)}
    states = competing_states(proposal_engine(act.unit.calls, terms.row))
    return Ground(
        terms.call, terms.row.stage, ranking, requests, conditions, circumstances(act.unit, terms.call, states)
    )


def circumstances(unit: Unit, call: Call, states: Sequence[str]) -> Circumstances:
    """What the rules of a call ask of its proposals in some states."""
    gathering = Gathering(call)
    if gathering.is_needed:
        for batch in unit.proposals.batches(call.call, call.currency, gathering.needs, states=states):
            for _, proposal in batch:
                gathering.add(proposal)
    return gathering.known(mutual_exclusions(unit, call.call), helped_localities(unit, call))


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


def _refuse_contested_since(act: Act, terms: Terms) -> None:
    """Raises RefusedError naming the proposals of which a paper was contested, in any call, since they were screened.

    Without it the order in which calls are screened would decide for whom a paper counts.
    """
    if terms.call.counterpart is None:
        return
    open_papers = contested(act.unit)
    states = competing_states(proposal_engine(act.unit.calls, terms.row))
    pledged = act.unit.evidence.pledged_in(terms.row.call, states, sorted(open_papers))
    entries = {row.number: row.screening_entry or 0 for row in act.unit.proposals.heads(list(pledged)).values()}
    found = RecordedFindings(act.unit).of([*entries.values()])
    since = sorted(
        f"{number} ({act.unit.evidence.references([number])[number].get(paper, paper)})"
        for number, papers in pledged.items()
        for paper in papers
        if open_papers[paper] != number and paper not in _noted(found[entries[number]])
    )
    if since:
        call = terms.row.call
        raise RefusedError(
            f"a paper was contested after the screening: {', '.join(since)}",
            next_step=f"pipgrants screen {call}, then pipgrants rank run {call} and pipgrants allocate {call}",
        )


def _noted(findings: Iterable[Finding]) -> set[object]:
    """The papers of which a screening said that they do not count for certain."""
    return {note.values.get("evidence") for finding in findings for note in finding.notes}


def _excluded(act: Act, terms: Terms) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The proposals that screening excluded, with the findings that say why."""
    states = excluded_states(proposal_engine(act.unit.calls, terms.row))
    rows = act.unit.proposals.rows(terms.row.call, states)
    return open_findings(
        act.unit, ((row.number, row.screening_entry) for row in rows if row.screening_entry is not None)
    )


def open_findings(unit: Unit, entries: Iterator[tuple[str, int]]) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The findings of the last screening of some proposals, by number, each read from the entry named."""
    recorded = RecordedFindings(unit)
    while batch := list(islice(entries, BATCH)):
        found = recorded.of([entry for _, entry in batch])
        for number, entry in batch:
            yield number, found[entry]
