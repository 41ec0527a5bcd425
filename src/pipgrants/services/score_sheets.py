"""Writing the score sheets of a stage: a workbook for each evaluator, with what is on record of the marks already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.call import Call
from pipgrants.domain.evaluation import scale_of
from pipgrants.domain.plain import plain_number
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.rubric import CommentsRequired, Criterion
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import RefusedError
from pipgrants.exchange.fields import SCORES
from pipgrants.exchange.score_sheets import SheetRow, SheetText, write_score_sheet
from pipgrants.exchange.scores import NOT_APPLICABLE
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.letters.wording import Wording
from pipgrants.paths import refuse_existing
from pipgrants.services.access import permitted_read
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, language_of, terms_of
from pipgrants.services.found_conflicts import refuse_found_conflicts
from pipgrants.services.scores_open import refuse_closed
from pipgrants.services.sheet_tokens import SheetTokens
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.evaluations import EvaluationRow
from pipgrants.store.unit import Unit


class WrittenSheets(NamedTuple):
    """The files written, one for each evaluator, and their language."""

    folder: Path
    files: tuple[str, ...]
    language: str


def write_score_sheets(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, folder: Path, language: str | None = None
) -> WrittenSheets:
    """Writes the sheets into a new folder, in the call's first language unless another is asked for.

    The access log says who did. Where the call says so, they show proposals by their number, without what tells who
    applies. Raises NotAuthorisedError, RefusedError where something stands at the path, nobody is assigned, somebody
    assigned has a conflict of interest, or the scores are closed.
    """
    refuse_existing(folder, f"pipgrants evaluation sheets {call} --out OTHER")
    own, ours = workspace.roots("templates")
    with permitted_read(workspace, who, now, "evaluation.sheets", f"call/{call}") as unit:
        terms = terms_of(unit.calls, call)
        refuse_closed(terms)
        rows = [row for row in unit.evaluations.of_call(call, terms.row.stage) if row.conflict is None]
        if not rows:
            raise RefusedError(
                f"nobody is assigned to {call} yet", next_step=f"pipgrants evaluation assign {call} --evaluators A,B,C"
            )
        refuse_found_conflicts(unit, terms, local_day(now, terms.call))
        wording = Templates(read_sources(ours, own)).wording(language_of(terms.call, language))
        tokens = SheetTokens(unit, call, terms.row.stage)
        sheets = _Sheets(terms, wording, _facts(unit, terms, {row.proposal for row in rows}, wording), tokens)
    folder.mkdir(parents=True)
    rows.sort(key=attrgetter("evaluator", "proposal"))
    files = [
        sheets.write(folder / f"{evaluator}.xlsx", [*given])
        for evaluator, given in groupby(rows, key=attrgetter("evaluator"))
    ]
    return WrittenSheets(folder, tuple(files), wording.language)


def _facts(unit: Unit, terms: Terms, numbers: set[str], wording: Wording) -> dict[str, list[str]]:
    """What a sheet tells of each proposal, by number, under the columns of ``_columns``."""
    call, is_anonymous = terms.call, is_anonymous_at(terms.call, terms.row.stage)
    phrasing = Phrasing(wording, call.currency)
    found: dict[str, list[str]] = {}
    for batch in unit.proposals.batches(call.call, call.currency, frozenset({"members"})):
        proposals = [proposal for _, proposal in batch if proposal.number in numbers]
        parties = {member.party for proposal in proposals for member in proposal.members or ()}
        names = {} if is_anonymous else unit.parties.names(sorted(parties))
        for proposal in proposals:
            told = [] if is_anonymous else _who(proposal, names)
            amounts = (proposal.total_amount, proposal.grant_amount)
            told += [phrasing.amount(None if amount is None else f"{amount:f}") or "" for amount in amounts]
            found[proposal.number] = [proposal.number, *told]
    return found


def _who(proposal: Proposal, names: Mapping[str, str]) -> list[str]:
    """What tells who applies: the title and the members, the lead first."""
    members = sorted(proposal.members or (), key=lambda member: not member.is_lead)
    return [proposal.title, "; ".join(names.get(member.party, "") for member in members)]


def is_anonymous_at(call: Call, stage: Stage) -> bool:
    """Whether evaluators see the proposals of a stage by their number alone."""
    return call.scoring is not None and stage in call.scoring.anonymous_at


class _Sheets:
    """The sheets of one stage of a call, in one language."""

    def __init__(self, terms: Terms, wording: Wording, facts: Mapping[str, list[str]], tokens: SheetTokens) -> None:
        self._terms = terms
        self._tokens = tokens
        self._wording = wording
        self._facts = facts
        self._criteria = terms.call.rubric.scored_at(terms.row.stage)

    def write(self, path: Path, rows: Sequence[EvaluationRow]) -> str:
        """Writes the sheet of one evaluator; returns the name of its file."""
        scales = {item.code: scale_of(self._terms.call.rubric, item) for item in self._criteria}
        text = SheetText(
            guide=self._guide(rows[0].evaluator),
            headings=[self._wording.label(f"sheet_{field.name}") for field in SCORES],
            criteria=self._meanings(),
            proposals=[self._columns(), *(self._facts[row.proposal] for row in rows)],
            off_scale=self._wording.sentence("sheet_off_scale"),
        )
        write_score_sheet(path, [*self._rows(rows)], scales, text)
        return path.name

    def _rows(self, rows: Iterable[EvaluationRow]) -> Iterable[SheetRow]:
        for row in rows:
            given, token = row.marks or {}, self._tokens.token(row.evaluator)
            for item in self._criteria:
                mark = (given[item.code] or NOT_APPLICABLE) if item.code in given else None
                title, comment = item.title[self._wording.language], row.comments.get(item.code, "")
                yield SheetRow(row.proposal, row.evaluator, item.code, title, mark, comment, token)

    def _guide(self, evaluator: str) -> list[str]:
        """What an evaluator must know, one paragraph each, under the labels of invented and public data."""
        call, sentence, stage = self._terms.call, self._wording.sentence, self._terms.row.stage
        own = call.label.get(self._wording.language)
        labels = self._wording.banners(synthetic=self._terms.programme.synthetic, own=own)
        scoring = call.scoring
        lines = [
            *labels,
            call.title[self._wording.language],
            sentence("sheet_of", evaluator=evaluator, stage=self._wording.word(stage)),
            sentence("sheet_filling", not_applicable=NOT_APPLICABLE),
            sentence("sheet_conflict"),
        ]
        if scoring is not None and (due_on := scoring.due_on.get(stage)):
            lines.append(sentence("sheet_due", day=f"{due_on:%Y-%m-%d}"))
        if scoring is not None and scoring.comments_required is not CommentsRequired.NONE:
            lines.append(sentence(f"sheet_comments_{scoring.comments_required}"))
        if is_anonymous_at(call, stage):
            lines.append(sentence("sheet_anonymous"))
        return lines

    def _columns(self) -> list[str]:
        label = self._wording.label
        who = [] if is_anonymous_at(self._terms.call, self._terms.row.stage) else [label("title"), label("applicant")]
        return [label("number"), *who, label("sheet_total_amount"), label("sheet_grant_amount")]

    def _meanings(self) -> list[list[str]]:
        """What the marks of each criterion mean, under a header."""
        label = self._wording.label
        header = [label(name) for name in ("sheet_criterion", "criterion", "minimum", "mark", "meaning")]
        return [header, *(line for item in self._criteria for line in self._meaning(item))]

    def _meaning(self, item: Criterion) -> Iterable[list[str]]:
        language, stage = self._wording.language, self._terms.row.stage
        minimum = item.minimum_at(stage)
        shown = "" if minimum is None else plain_number(minimum)
        for mark, meaning in scale_of(self._terms.call.rubric, item).anchors.items():
            yield [item.code, item.title[language], shown, mark, meaning[language]]
