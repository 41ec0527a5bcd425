"""``report round``: the report of a round that people look at. It reads, decides nothing, and says so first.

Its figures are those of the analyses (``services/analysis``) of one reading, and what the package of decisions says its
envelopes cost. It is for staff and auditors, and names evaluators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from pipgrants.analysis import SEED
from pipgrants.domain.vocabulary import Language, LetterKind, Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.reports.page import Report, Section
from pipgrants.services.analysis.advice import permitted_analysis
from pipgrants.services.analysis.evaluators import DRAWS, evaluators_of
from pipgrants.services.analysis.fairness import Fairness, fairness_of
from pipgrants.services.analysis.optimum import ground_of, optimum_of
from pipgrants.services.analysis.robustness import robustness_of
from pipgrants.services.analysis.score_table import ScoreTable, decision_package, read_score_table, require_ranked
from pipgrants.services.definitions import Terms, first_stage, terms_of
from pipgrants.services.determinations import Ground
from pipgrants.services.letters import font_folders
from pipgrants.services.mutual_exclusions import mutual_exclusions
from pipgrants.services.packages import OPTIMUM
from pipgrants.services.report.decided import advisory_of, announced_of, appeals, selection
from pipgrants.services.report.funnel import envelopes, funnel
from pipgrants.services.report.money import money
from pipgrants.services.report.pages import refuse_unwritable, write_page
from pipgrants.services.report.robustness import acceptability, leniency
from pipgrants.services.report.scores import scores
from pipgrants.services.report.shown import Appealed, Beside, Funnel, Round
from pipgrants.services.report.words import report_words
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.packages import PackageRow
from pipgrants.store.unit import Unit


class Written(NamedTuple):
    """The report that was written, and what makes it again: the seed and the draws."""

    call: str
    stage: Stage
    language: str
    path: Path
    figures: Sequence[str]
    bytes_count: int
    seed: int
    draws: int


class _Read(NamedTuple):
    """What one reading of the record gives."""

    terms: Terms
    table: ScoreTable
    funnel: Funnel
    fairness: Fairness
    package: PackageRow
    appeals: Sequence[Appealed]
    has_exclusions: bool
    ground: Ground | None
    is_synthetic: bool


def round_report(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    out: Path,
    language: Language | None = None,
    stage: Stage | None = None,
    by_any_member: bool = False,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Written:
    """Writes the report of a stage whose decisions are prepared or approved, as one HTML page or as a PDF.

    It speaks the language asked for, or the first of the call. A proposal counts for the groups of its lead, or
    ``by_any_member`` for those of all. The same record, language, seed and draws give the same bytes, a PDF with the
    same date. Texts of the call that it lacks in a language stand in its first one. Raises RefusedError before the
    decisions are prepared, where a package is not installed or the file exists already, and UsageError for a file of
    another kind.
    """
    refuse_unwritable(out)
    with permitted_analysis(workspace, who, now, "report.round", call) as unit:
        read = _read(unit, terms_of(unit.calls, call), stage, by_any_member=by_any_member)
    words = report_words(workspace.folder / "templates", language or read.terms.call.languages[0])
    round_ = Round(
        words=words,
        table=read.table,
        funnel=read.funnel,
        evaluators=evaluators_of(read.table, draws=draws, seed=seed) if read.table.evaluations else None,
        robustness=robustness_of(read.table, has_exclusions=read.has_exclusions, draws=draws, seed=seed),
        fairness=read.fairness,
        quotas=_facts(read.package).get("quotas", ()),
        beside=_beside(read),
        appeals=read.appeals,
    )
    report = _report(read, round_, seed, draws)
    bytes_count = write_page(report, out, font_folders(workspace), now)
    figures = [figure.title for section in report.sections for figure in section.figures]
    return Written(call, read.table.stage, words.language, out, figures, bytes_count, seed, draws)


def _read(unit: Unit, terms: Terms, stage: Stage | None, *, by_any_member: bool) -> _Read:
    call = terms.row.call
    table = read_score_table(unit, call, stage)
    require_ranked(table)
    fairness = fairness_of(unit, terms, table.stage, by_any_member=by_any_member)
    package = decision_package(unit, call, table.stage)
    if package is None:
        raise AssertionError(f"the decisions of {call} have no package")
    return _Read(
        terms=terms,
        table=table,
        funnel=_funnel(unit, terms, table, fairness),
        fairness=fairness,
        package=package,
        appeals=list(_appeals(unit, call, table.stage)),
        has_exclusions=any(mutual_exclusions(unit, call)),
        ground=ground_of(unit, call) if _has_advisory_optimum(table) else None,
        is_synthetic=terms.programme.synthetic,
    )


def _has_advisory_optimum(table: ScoreTable) -> bool:
    """Whether an optimum may stand beside the rule: profiles receive no money, and a call may announce its own."""
    return table.stage is Stage.PROPOSAL and table.call.allocation.objective is None


def _beside(read: _Read) -> Beside | None:
    """The selection that the call announced, or the one that is advisory; None where there is neither."""
    told = _facts(read.package).get(OPTIMUM)
    if told is not None:
        return announced_of(told)
    try:
        return None if read.ground is None else advisory_of(optimum_of(read.ground))
    except RefusedError:
        return None


def _appeals(unit: Unit, call: str, stage: Stage) -> Iterator[Appealed]:
    """The appeals of the proposals of a stage, with what was decided on the last one of each."""
    stages = {row.number: row.stage for row in unit.proposals.rows(call)}
    details = {line.proposal: (line, orjson.loads(line.detail).get("appeal")) for line in unit.packages.standing(call)}
    for row in unit.appeals.of_call(call):
        line, told = details.get(row.proposal, (None, None))
        is_last = line is not None and told is not None and told["number"] == row.number
        if stages[row.proposal] is stage:
            former, outcome = (
                (Outcome(told["former"]), Outcome(line.outcome)) if line and told and is_last else (None, None)
            )
            yield Appealed(row.proposal, row.number, row.standing, former, outcome)


def _funnel(unit: Unit, terms: Terms, table: ScoreTable, fairness: Fairness) -> Funnel:
    """How many proposals came to each step; a group of any one dimension holds each of them once."""
    rows = list(unit.proposals.rows(terms.row.call))
    received = {row.number for row in rows if row.stage is table.stage or table.stage is first_stage(terms.call)}
    late = unit.letters.about(terms.row.call, LetterKind.LATE)
    groups = fairness.dimensions[0].groups
    return Funnel(
        received_count=len(received),
        late_count=len(late & {row.number for row in rows if row.stage is table.stage}),
        decided_count=fairness.decided_count,
        eligible_count=sum(group.eligible_count for group in groups),
        scored_count=len({item.proposal for item in table.evaluations}),
        ranked_count=len(table.proposals),
        passing_count=sum(group.passing_count for group in groups),
        funded_count=sum(group.funded_count for group in groups),
    )


def _facts(package: PackageRow) -> Mapping[str, Any]:
    """What the package of decisions shows to who approves it."""
    found: Mapping[str, Any] = orjson.loads(package.content)["facts"]
    return found


def _sections(round_: Round) -> list[Section]:
    found = [funnel(round_), scores(round_), acceptability(round_), money(round_)]
    if round_.evaluators is not None:
        found.append(leniency(round_.words, round_.evaluators))
    found.append(envelopes(round_))
    if round_.table.stage is Stage.PROPOSAL:
        found.append(selection(round_))
    return [*found, *([appeals(round_)] if round_.appeals else [])]


def _report(read: _Read, round_: Round, seed: int, draws: int) -> Report:
    call, words, say = read.terms.call, round_.words, round_.words.text
    made_by = round_.robustness.made_by
    return Report(
        language=words.language,
        title=say("report.title", call=call.call),
        advisory=say("report.advisory"),
        banners=words.banners(call, is_synthetic=read.is_synthetic),
        facts={
            say("report.call"): words.title(call.title),
            say("report.stage"): words.word(read.table.stage.value),
            say("report.envelope"): f"{call.currency} {words.number(call.envelope_amount)}",
            say("report.decisions"): say("report.approved" if read.package.state == "ratified" else "report.prepared"),
            say("report.for"): say("report.readers"),
        },
        sections=_sections(round_),
        made_by=say(
            "report.made_by",
            version=made_by.version,
            seed=str(seed),
            draws=draws,
            scores=made_by.inputs[:16],
            groups=read.fairness.made_by.inputs[:16],
            decisions=read.package.hash[:16],
        ),
    )
