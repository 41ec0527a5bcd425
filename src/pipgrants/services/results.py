"""The public results of a call: of each stage, once the letters with its decisions are released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

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
from pipgrants.services.packages import PackageKind
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.states import destinations, given_up_states, states_with
from pipgrants.services.workspace import Workspace
from pipgrants.store.packages import PackageLine
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.workflow.engine import Engine

FILES = {Stage.PROFILE: "results-profiles", Stage.PROPOSAL: "results"}
"""How the files of a stage's results are called."""


def write_results(workspace: Workspace, call: str) -> list[Path]:
    """Writes the public results of every stage that are released, in every language of a call.

    Raises RefusedError before any are released.
    """
    files: dict[str, str] = {}
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        templates = templates_of(unit.calls, terms.row.templates_hash)
        for stage in terms.call.stages:
            package = _package(unit, call, stage)
            released_on = package and _released_on(unit, terms, package)
            if not package or not released_on:
                continue
            rows = _rows(unit, terms, stage, package)
            for language in terms.call.languages:
                told = _told(terms, stage, released_on, language)
                document = compose_results(templates, told, rows, language)
                files |= pages(templates, document, f"{FILES[stage]}.{language}")
    if not files:
        raise RefusedError(
            f"the results of {call} are not released", next_step=f"pipgrants letters release {call}, once ratified"
        )
    return write_pages(workspace, call, files)


def _package(unit: Unit, call: str, stage: Stage) -> str | None:
    """The package by which the decisions of a stage were ratified."""
    packages = unit.packages.of_call(call)
    return next((row.hash for row in packages if row.stage == stage and row.state == "ratified"), None)


def _released_on(unit: Unit, terms: Terms, package: str) -> date | None:
    """The day on which letters with the decisions of a package were first released, None while none are."""
    transitions = call_engine(unit.calls, terms.row).definition.transitions
    releasing = {item.entry for item in transitions if item.trigger == "release"}
    is_ratified = False
    for entry in unit.ledger.entries(subject=f"call/{terms.row.call}"):
        content = orjson.loads(entry.content)
        is_ratified |= content["inputs"].get("package") == package
        if is_ratified and entry.act in releasing:
            return local_day(datetime.fromisoformat(content["at"]), terms.call)
    return None


def _told(terms: Terms, stage: Stage, released_on: date, language: str) -> ResultsCall:
    return ResultsCall(
        call=terms.call.call,
        stage=stage,
        title=terms.call.title[language],
        programme=terms.programme.title[language],
        currency=terms.call.currency,
        released_on=released_on.isoformat(),
        synthetic=terms.programme.synthetic,
        label=terms.call.label.get(language),
    )


def _rows(unit: Unit, terms: Terms, stage: Stage, package: str) -> list[ResultRow]:
    """What became of every proposal that took part in a stage: all in the first, then those invited."""
    call = terms.row.call
    lines = {line.proposal: line for line in unit.packages.lines(package)}
    totals = {row.proposal: row.total for row in unit.packages.ranking(call, stage)}
    late = unit.letters.about(call, LetterKind.LATE)
    heads = list(unit.proposals.rows(call))
    if stage is not first_stage(terms.call):
        invited = _invited(unit, call)
        heads = [head for head in heads if head.number in invited]
    if stage is Stage.PROPOSAL:
        lines = _standing(unit, terms, heads, lines)
    on_appeal = _on_appeal(unit, terms, stage)
    ended = _ended(proposal_engine(unit.calls, terms.row))
    names = unit.parties.names({head.lead for head in heads})
    rows = []
    for head in heads:
        line, appealed = on_appeal.get(head.number, (lines.get(head.number), None))
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


def _standing(
    unit: Unit, terms: Terms, heads: Sequence[ProposalRow], lines: Mapping[str, PackageLine]
) -> dict[str, PackageLine]:
    """The decisions that stand: without what was given up, and with promotions whose letter is released."""
    engine = proposal_engine(unit.calls, terms.row)
    given_up, unreleased = given_up_states([engine]), states_with(engine, "notify")
    packages = (row for row in unit.packages.of_call(terms.row.call) if row.kind == PackageKind.PROMOTION)
    ratified = (row.hash for row in packages if row.state == "ratified")
    promoted = {line.proposal: line for package in ratified for line in unit.packages.lines(package)}
    told = {head.number for head in heads if head.state not in unreleased}
    kept = {head.number for head in heads if head.state not in given_up}
    standing = {**lines, **{number: line for number, line in promoted.items() if number in told}}
    return {number: line for number, line in standing.items() if number in kept}


def _on_appeal(unit: Unit, terms: Terms, stage: Stage) -> dict[str, tuple[PackageLine, Mapping[str, Any]]]:
    """The decisions on appeal of a stage that the applicants were told, by proposal, with what they hold of it.

    None of those given up.
    """
    engine = proposal_engine(unit.calls, terms.row)
    passed_over = sorted({*states_with(engine, "notify"), *given_up_states([engine])})
    left_out = {row.number for row in unit.proposals.rows(terms.row.call, passed_over)}
    found = {}
    for line in unit.packages.standing(terms.row.call):
        told = orjson.loads(line.detail).get("appeal")
        if told and told["stage"] == stage and line.proposal not in left_out:
            found[line.proposal] = line, told
    return found


def _invited(unit: Unit, call: str) -> frozenset[str]:
    """The proposals whose profiles were invited."""
    package = _package(unit, call, Stage.PROFILE)
    lines = unit.packages.lines(package) if package else ()
    return frozenset(line.proposal for line in lines if line.outcome == Outcome.PROFILE_INVITED)


def _amount(line: PackageLine | None, currency: str) -> str | None:
    return plain_amount(from_minor(line.amount_minor, currency), currency) if line and line.amount_minor else None
