"""What is on record, for showing: lists and single records, read and never computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.plain import plain_amount
from pipgrants.domain.programme import Programme
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import ImportRefusedError, NotFoundError, Problem
from pipgrants.exchange.wording import describe, read_messages, reworded
from pipgrants.letters.changes import change_sentences
from pipgrants.letters.data import ChangeData
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.templates import read_sources
from pipgrants.money import from_minor
from pipgrants.services.definitions import (
    call_engine,
    read_call,
    read_programme,
    templates_of,
    terms_of,
)
from pipgrants.services.found_conflicts import FoundConflict, told_conflicts
from pipgrants.services.letters import REDACTED
from pipgrants.services.packages import OPTIMUM
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit


class ProgrammeView(NamedTuple):
    """A programme on record with its state, and the definition it runs by."""

    programme: str
    state: str
    definition: Programme


class ProposalView(NamedTuple):
    """One line of the list of proposals; amounts as decimal text, None where not given."""

    number: str
    reference: str
    title: str
    applicant: str
    state: str
    received_at: str
    total_amount: str | None
    grant_amount: str | None
    clarification_due_on: str | None


class RecordView(NamedTuple):
    """One proposal with all its lines, the currency of its call, and the names of its members by number."""

    summary: ProposalView
    currency: str
    proposal: Proposal
    names: Mapping[str, str]


class EvaluationView(NamedTuple):
    """Who scores what: the marks by criterion, None for "not applicable", or None if not in yet."""

    proposal: str
    evaluator: str
    marks: Mapping[str, str | None] | None
    comments: Mapping[str, str]
    conflict: str | None


class PlaceView(NamedTuple):
    """One place of a ranking."""

    rank: int
    proposal: str
    total: str
    passes_thresholds: bool
    tie_broken_by: str | None
    drawn_among: tuple[str, ...]


class DecisionView(NamedTuple):
    """One decision that a package proposes; the amount as decimal text, the reasons as codes."""

    proposal: str
    rank: int | None
    outcome: str
    amount: str | None
    reasons: Sequence[str]


class PackageView(NamedTuple):
    """What one person prepared and another approves.

    ``totals`` has how many and how much for each outcome; ``changed`` says in English what an amendment changes, or
    names the files of a rewording; ``free`` is the money that promotions and appeals are paid from, ``margin`` what is
    left of the money kept for appeals, ``held`` what is held for those who cannot be promoted now; ``quotas`` what
    envelopes within the call's cost in merit; ``optimum`` is the selection of a call that announced its objective;
    ``conflicts`` are those of interest found since the scores were closed.
    """

    package: str
    kind: str
    subject: str
    state: str
    prepared_by: str
    prepared_at: str
    currency: str | None
    envelope: str | None
    changed: tuple[str, ...]
    reason: str | None
    free: str | None
    margin: str | None
    held: Mapping[str, str]
    quotas: Sequence[Mapping[str, Any]]
    optimum: Mapping[str, Any] | None
    conflicts: Sequence[FoundConflict]
    totals: Mapping[str, tuple[int, str]]
    decisions: Sequence[DecisionView]


SYNTHETIC = "SYNTHETIC: this workspace holds invented data."


def labels(workspace: Workspace, call: str | None = None) -> list[str]:
    """What must stand above everything shown: that data are invented, and the label that a call gives itself."""
    with workspace.read() as unit:
        found = [SYNTHETIC] if holds_invented(unit) else []
        row = unit.calls.find(call) if call else None
        if row is not None:
            terms = read_call(unit.calls.definition(row.definition_hash))
            found += [terms.label.get(Language.ENGLISH) or text for text in list(terms.label.values())[:1]]
    return found


def holds_invented(unit: Unit) -> bool:
    """Whether any programme on record says that its data are invented."""
    rows = unit.calls.programmes()
    return any(read_programme(unit.calls.definition(row.definition_hash)).synthetic for row in rows)


def list_programmes(workspace: Workspace) -> list[ProgrammeView]:
    """All programmes."""
    with workspace.read() as unit:
        rows = unit.calls.programmes()
        return [
            ProgrammeView(row.programme, row.state, read_programme(unit.calls.definition(row.definition_hash)))
            for row in rows
        ]


def show_programme(workspace: Workspace, programme: str) -> ProgrammeView:
    """One programme. Raises NotFoundError."""
    with workspace.read() as unit:
        row = unit.calls.programme(programme)
        return ProgrammeView(row.programme, row.state, read_programme(unit.calls.definition(row.definition_hash)))


def list_proposals(workspace: Workspace, call: str, states: Sequence[str] | None = None) -> list[ProposalView]:
    """The proposals of a call in number order, in some states where given."""
    with workspace.read() as unit:
        currency = unit.calls.get(call).currency
        rows = list(unit.proposals.rows(call, states))
        return _proposals(unit, rows, currency)


def call_of(workspace: Workspace, proposal: str) -> str:
    """The call to which a proposal applies. Raises NotFoundError."""
    with workspace.read() as unit:
        return unit.proposals.get(proposal).call


def show_proposal(workspace: Workspace, proposal: str) -> RecordView:
    """One proposal as it stands on record. Raises NotFoundError."""
    with workspace.read() as unit:
        row = unit.proposals.get(proposal)
        currency = unit.calls.get(row.call).currency
        found = unit.proposals.one(proposal, currency)
        names = unit.parties.names(member.party for member in found.members or ())
        return RecordView(_proposals(unit, [row], currency)[0], currency, found, names)


def _proposals(unit: Unit, rows: Sequence[ProposalRow], currency: str) -> list[ProposalView]:
    names = unit.parties.names(sorted({row.lead for row in rows}))
    return [
        ProposalView(
            number=row.number,
            reference=row.reference,
            title=row.title,
            applicant=names.get(row.lead, REDACTED),
            state=row.state,
            received_at=row.received_at,
            total_amount=_amount(row.total_minor, currency),
            grant_amount=_amount(row.grant_minor, currency),
            clarification_due_on=row.clarification_due_on,
        )
        for row in rows
    ]


def _amount(units: int | None, currency: str) -> str | None:
    return None if units is None else plain_amount(from_minor(units, currency), currency)


def list_evaluations(workspace: Workspace, call: str, evaluator: str | None = None) -> list[EvaluationView]:
    """Who scores what in the stage being selected, with the marks given so far."""
    with workspace.read() as unit:
        rows = unit.evaluations.of_call(call, unit.calls.get(call).stage)
        return [
            EvaluationView(row.proposal, row.evaluator, row.marks, row.comments, row.conflict)
            for row in rows
            if evaluator in (None, row.evaluator)
        ]


def list_agreed(workspace: Workspace, call: str) -> list[str]:
    """The proposals of the stage being selected on which the evaluators recorded a consensus."""
    with workspace.read() as unit:
        return sorted(unit.evaluations.agreed(call, unit.calls.get(call).stage))


def list_ranking(workspace: Workspace, call: str) -> list[PlaceView]:
    """The ranking of the stage being selected, best first. Raises NotFoundError before there is one."""
    with workspace.read() as unit:
        rows = list(unit.packages.ranking(call, unit.calls.get(call).stage))
    if not rows:
        raise NotFoundError(f"{call} is not ranked yet", next_step=f"pipgrants status {call}")
    return places(rows)


def places(rows: Iterable[RankingRow]) -> list[PlaceView]:
    """The places of a ranking, as they are shown."""
    return [
        PlaceView(
            row.rank,
            row.proposal,
            row.total,
            row.passes_thresholds,
            row.tie_broken_by,
            tuple((row.drawn_among or "").split()),
        )
        for row in rows
    ]


def decisions(lines: Iterable[PackageLine], currency: str) -> list[DecisionView]:
    """The decisions of a package, in rank order, as they are shown."""
    shown = [
        DecisionView(
            line.proposal,
            line.rank,
            line.outcome,
            _amount(line.amount_minor, currency),
            [item["code"] for item in orjson.loads(line.detail)["reasons"]],
        )
        for line in lines
    ]
    return sorted(shown, key=lambda item: (item.rank is None, item.rank or 0, item.proposal))


def show_changes(workspace: Workspace, call: str, changes: Sequence[ChangeData]) -> tuple[str, ...]:
    """What the corrigendum of a call will say, in English, one sentence for each change."""
    with workspace.read() as unit:
        return _changed(unit, call, changes)


def show_package(workspace: Workspace, package: str) -> PackageView:
    """A package with every decision it proposes, in rank order. Raises NotFoundError."""
    with workspace.read() as unit:
        row = unit.packages.get(package)
        facts = orjson.loads(row.content)["facts"]
        currency = facts.get("currency")
        proposed = decisions(unit.packages.lines(row.hash), currency)
        changed = _changed(unit, row.call, facts.get("changes", ())) or tuple(facts.get("files", ()))
    return PackageView(
        package=row.hash,
        kind=row.kind,
        subject=row.call or row.programme or "",
        state=row.state,
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        currency=currency,
        envelope=facts.get("envelope"),
        changed=changed,
        reason=facts.get("reason"),
        free=facts.get("free", facts.get("money_left")),
        margin=facts.get("margin_left"),
        held=facts.get("held", {}),
        quotas=facts.get("quotas", ()),
        optimum=facts.get(OPTIMUM),
        conflicts=told_conflicts(facts, row.call or ""),
        totals=_totals(proposed),
        decisions=proposed,
    )


def _changed(unit: Unit, call: str | None, changes: Sequence[ChangeData]) -> tuple[str, ...]:
    """What the corrigendum will say, in English."""
    if call is None or not changes:
        return ()
    terms = terms_of(unit.calls, call)
    wording = templates_of(unit.calls, terms.row.templates_hash).wording(Language.ENGLISH)
    return change_sentences(changes, Phrasing(wording, terms.call.currency, terms.call.time_zone))


def _totals(lines: Sequence[DecisionView]) -> dict[str, tuple[int, str]]:
    outcomes = sorted({line.outcome for line in lines})
    return {
        outcome: (
            sum(line.outcome == outcome for line in lines),
            str(sum((Decimal(line.amount or 0) for line in lines if line.outcome == outcome), Decimal(0))),
        )
        for outcome in outcomes
    }


def would_close(workspace: Workspace, call: str) -> bool:
    """Whether screening a call would first end the reception of its applications."""
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        return "close" in call_engine(unit.calls, terms.row).possible(terms.row.state)


def describer(workspace: Workspace, language: str) -> Callable[[Sequence[Problem]], list[str]]:
    """Says what is wrong with the rows of a file, in the language of those who must correct them.

    Ask for it before the act: raises what reading its sentences raises, which must not follow what is on record.
    """
    messages = _messages(workspace, language)
    return lambda problems: [describe(problem, messages) for problem in problems]


def told_in(workspace: Workspace | None, refused: ImportRefusedError, language: str) -> ImportRefusedError:
    """The refusal of a file in the language of those who must correct it; without a workspace, by the shipped words."""
    return reworded(refused, _messages(workspace, language))


def _messages(workspace: Workspace | None, language: str) -> dict[str, str]:
    own, ours = workspace.roots("templates") if workspace else (None, shipped("templates"))
    return read_messages(read_sources(ours, own), language)
