"""The public results of a call: of each stage, once the letters with its decisions are released."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.plain import plain_amount
from pipgrants.domain.vocabulary import LetterKind, Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.letters.results import ResultRow, ResultsCall, compose_results
from pipgrants.money import from_minor
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import (
    Terms,
    call_engine,
    first_stage,
    proposal_engine,
    templates_of,
    terms_of,
)
from pipgrants.services.letters import REDACTED
from pipgrants.services.notices import pages, write_pages
from pipgrants.services.packages import OPTIMUM, PackageKind
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.states import destinations, given_up_states, states_with
from pipgrants.services.workspace import Workspace
from pipgrants.store.packages import PackageLine
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.workflow.engine import Engine

FILES = {Stage.PROFILE: "results-profiles", Stage.PROPOSAL: "results"}
"""How the files of a stage's results are called."""


class Told(NamedTuple):
    """A decision that the public is told: the package that it stands in, and what an appeal changed of it."""

    line: PackageLine
    package: str
    appealed: Mapping[str, Any] | None = None


class ReleasedStage(NamedTuple):
    """A stage whose decisions are public: when their letters were first released, who took part, what was decided.

    ``optimum`` is the selection that the call funds, where it announced an objective.
    """

    released_at: datetime
    heads: Sequence[ProposalRow]
    decisions: Mapping[str, Told]
    rows: Sequence[ResultRow]
    optimum: Mapping[str, Any] | None


def write_results(workspace: Workspace, call: str) -> list[Path]:
    """Writes the public results of every stage that are released, in every language of a call.

    Raises RefusedError before any are released.
    """
    files: dict[str, str] = {}
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        templates = templates_of(unit.calls, terms.row.templates_hash)
        for stage in terms.call.stages:
            released = released_stage(unit, terms, stage)
            if released is None:
                continue
            for language in terms.call.languages:
                told = _told(terms, stage, released, language)
                document = compose_results(templates, told, released.rows, language)
                files |= pages(templates, document, f"{FILES[stage]}.{language}")
    if not files:
        raise RefusedError(
            f"the results of {call} are not released", next_step=f"pipgrants letters release {call}, once ratified"
        )
    return write_pages(workspace, call, files)


def released_stage(unit: Unit, terms: Terms, stage: Stage) -> ReleasedStage | None:
    """What is public of a stage, None before its letters are released."""
    package = _package(unit, terms.row.call, stage)
    released_at = package and _released_at(unit, terms, package)
    if not package or not released_at:
        return None
    heads = _heads(unit, terms, stage)
    decisions = _decisions(unit, terms, stage, heads, package)
    rows = _rows(unit, terms, stage, heads, decisions)
    return ReleasedStage(released_at, heads, decisions, rows, _optimum(unit, package))


def _package(unit: Unit, call: str, stage: Stage) -> str | None:
    """The package by which the decisions of a stage were ratified."""
    packages = unit.packages.of_call(call)
    return next((row.hash for row in packages if row.stage == stage and row.state == "ratified"), None)


def _released_at(unit: Unit, terms: Terms, package: str) -> datetime | None:
    """When letters with the decisions of a package were first released, None while none are."""
    transitions = call_engine(unit.calls, terms.row).definition.transitions
    releasing = {item.entry for item in transitions if item.trigger == "release"}
    is_ratified = False
    for entry in unit.ledger.entries(subject=f"call/{terms.row.call}"):
        content = orjson.loads(entry.content)
        is_ratified |= content["inputs"].get("package") == package
        if is_ratified and entry.act in releasing:
            return datetime.fromisoformat(content["at"])
    return None


def _optimum(unit: Unit, package: str) -> Mapping[str, Any] | None:
    """The selection that the call funds, where it announced an objective."""
    found: Mapping[str, Any] | None = orjson.loads(unit.packages.get(package).content)["facts"].get(OPTIMUM)
    return found


def _told(terms: Terms, stage: Stage, released: ReleasedStage, language: str) -> ResultsCall:
    return ResultsCall(
        call=terms.call.call,
        stage=stage,
        title=terms.call.title[language],
        programme=terms.programme.title[language],
        currency=terms.call.currency,
        released_on=local_day(released.released_at, terms.call).isoformat(),
        synthetic=terms.programme.synthetic,
        label=terms.call.label.get(language),
        optimum=released.optimum,
    )


def _heads(unit: Unit, terms: Terms, stage: Stage) -> list[ProposalRow]:
    """The proposals that took part in a stage: all in the first, then those invited."""
    heads = list(unit.proposals.rows(terms.row.call))
    if stage is first_stage(terms.call):
        return heads
    invited = _invited(unit, terms.row.call)
    return [head for head in heads if head.number in invited]


def _decisions(unit: Unit, terms: Terms, stage: Stage, heads: Sequence[ProposalRow], package: str) -> dict[str, Told]:
    """The decisions that the public is told, by proposal."""
    told = {line.proposal: Told(line, package) for line in unit.packages.lines(package)}
    if stage is Stage.PROPOSAL:
        told = _standing(unit, terms, heads, told)
    return {**told, **_on_appeal(unit, terms, stage, heads)}


def _rows(
    unit: Unit, terms: Terms, stage: Stage, heads: Sequence[ProposalRow], decisions: Mapping[str, Told]
) -> list[ResultRow]:
    """What became of every proposal that took part in a stage."""
    call = terms.row.call
    totals = {row.proposal: row.total for row in unit.packages.ranking(call, stage)}
    late = unit.letters.about(call, LetterKind.LATE)
    ended = _ended(proposal_engine(unit.calls, terms.row))
    names = unit.parties.names({head.lead for head in heads})
    rows = []
    for head in heads:
        told = decisions.get(head.number)
        line, appealed = (told.line, told.appealed) if told else (None, None)
        rows.append(
            ResultRow(
                number=head.number,
                title=head.title,
                applicant=names.get(head.lead, REDACTED),
                outcome=line.outcome if line else "late" if head.number in late else ended.get(head.state, head.state),
                amount=_amount(line, terms.call.currency),
                rank=line.rank if line else None,
                total=appealed["total"] if appealed else totals.get(head.number),
                on_appeal=appealed is not None,
            )
        )
    return rows


def _ended(engine: Engine[ProposalCase]) -> dict[str, str]:
    """By state, how a proposal ended there without a decision."""
    ways = {"withdraw": "withdrawn", "renounce": "withdrawn", "lapse": "lapsed"}
    return {state: word for trigger, word in ways.items() for state in destinations(engine.definition, trigger)}


def _standing(unit: Unit, terms: Terms, heads: Sequence[ProposalRow], decided: Mapping[str, Told]) -> dict[str, Told]:
    """The decisions that stand: without what was given up, and with promotions whose letter is released."""
    engine = proposal_engine(unit.calls, terms.row)
    given_up, unreleased = given_up_states([engine]), states_with(engine, "notify")
    packages = (row for row in unit.packages.of_call(terms.row.call) if row.kind == PackageKind.PROMOTION)
    ratified = (row.hash for row in packages if row.state == "ratified")
    promoted = {line.proposal: Told(line, package) for package in ratified for line in unit.packages.lines(package)}
    told = {head.number for head in heads if head.state not in unreleased}
    kept = {head.number for head in heads if head.state not in given_up}
    standing = {**decided, **{number: line for number, line in promoted.items() if number in told}}
    return {number: line for number, line in standing.items() if number in kept}


def _on_appeal(unit: Unit, terms: Terms, stage: Stage, heads: Sequence[ProposalRow]) -> dict[str, Told]:
    """The decisions on appeal of a stage that the applicants were told, by proposal, with what they hold of it.

    Of full proposals none of those given up.
    """
    engine, is_last = proposal_engine(unit.calls, terms.row), stage is Stage.PROPOSAL
    passed_over = {*states_with(engine, "notify"), *(given_up_states([engine]) if is_last else ())}
    left_out = {head.number for head in heads if head.stage is stage and head.state in passed_over}
    packages = {head.number: head.determination_package for head in heads if head.number not in left_out}
    standing = ((packages.get(line.proposal), line) for line in unit.packages.standing(terms.row.call))
    found = {}
    for package, line in standing if is_last else _appealed(unit, terms.row.call):
        appealed = orjson.loads(line.detail).get("appeal")
        if appealed and appealed["stage"] == stage and package and line.proposal in packages:
            found[line.proposal] = Told(line, package, appealed)
    return found


def _invited(unit: Unit, call: str) -> frozenset[str]:
    """The proposals whose profiles were invited, with the others or on appeal."""
    package = _package(unit, call, Stage.PROFILE)
    on_appeal = (line for _, line in _appealed(unit, call))
    lines = chain(unit.packages.lines(package) if package else (), on_appeal)
    return frozenset(line.proposal for line in lines if line.outcome == Outcome.PROFILE_INVITED)


def _appealed(unit: Unit, call: str) -> Iterator[tuple[str, PackageLine]]:
    """Every decision on appeal with its package, the oldest first."""
    for row in unit.packages.of_call(call):
        if row.kind == PackageKind.APPEAL and row.state == "ratified":
            yield from ((row.hash, line) for line in unit.packages.lines(row.hash))


def _amount(line: PackageLine | None, currency: str) -> str | None:
    return plain_amount(from_minor(line.amount_minor, currency), currency) if line and line.amount_minor else None
