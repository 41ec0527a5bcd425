"""The public list of results of a stage, written after its letters are released."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from pipgrants.domain.vocabulary import Objective, Stage
from pipgrants.letters import formatting
from pipgrants.letters.document import Document, Pair, Paragraph, Section, Table
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates
from pipgrants.letters.wording import NOTHING

OUTCOMES = (
    "profile_invited",
    "profile_not_invited",
    "award",
    "conditional_award",
    "reserve",
    "decline",
    "ineligible",
    "late",
    "lapsed",
    "withdrawn",
)
"""The order in which outcomes are counted: what was decided, then how proposals ended without a decision."""


class ResultRow(TypedDict):
    """One proposal of the list; amounts and totals as decimal text, None where there is none.

    ``outcome`` is what was decided, or the state in which the proposal ended without a decision. What was decided
    ``on_appeal`` has its new place beside the published ones, which stay.
    """

    number: str
    title: str | None
    applicant: str
    outcome: str
    amount: str | None
    rank: int | None
    total: str | None
    on_appeal: NotRequired[bool]


class ResultsCall(TypedDict):
    """The call and the stage whose results they are, in the language of the list.

    ``optimum`` is the selection that a call funds which announced its objective (``announced.as_plain``).
    """

    call: str
    stage: Stage
    title: str
    programme: str
    currency: str
    released_on: str
    synthetic: bool
    label: NotRequired[str | None]
    optimum: NotRequired[Mapping[str, Any] | None]


def compose_results(templates: Templates, call: ResultsCall, rows: Sequence[ResultRow], language: str) -> Document:
    """The public list: ranked proposals in their order, then the others by number."""
    wording = templates.wording(language)
    phrasing = Phrasing(wording, call["currency"])
    label = wording.label
    of_profiles = call["stage"] is Stage.PROFILE
    told = "profile_results" if of_profiles else "results"
    return Document(
        language=language,
        title=wording.sentence(f"{told}_title", title=clean(call["title"])),
        banners=wording.banners(synthetic=call["synthetic"], own=clean(call.get("label") or "")),
        sender=(clean(call["programme"]),),
        references=(
            Pair(label("call"), clean(call["call"])),
            Pair(label("date"), phrasing.day(call["released_on"]) or ""),
        ),
        summary_heading=label("summary"),
        summary=tuple(_counts(rows, phrasing)),
        sections=(
            Section(
                "results",
                label("results"),
                (
                    Paragraph(wording.sentence(f"{told}_intro", count=phrasing.number(len(rows)) or "")),
                    *map(Paragraph, _selection(call.get("optimum"), phrasing)),
                ),
                (_table(rows, phrasing, has_amounts=not of_profiles),),
            ),
        ),
    )


def _selection(optimum: Mapping[str, Any] | None, phrasing: Phrasing) -> Iterator[str]:
    """What is told of the selection, and beside it of the order of the ranking."""
    if optimum is None:
        return
    wording = phrasing.wording
    for name, of in (("results_selected", optimum), ("results_by_ranking", optimum["plain"])):
        figures = {"value": phrasing.number(of["value"]) or "", "awards": phrasing.number(of["awards"]) or ""}
        yield wording.sentence(name, objective=wording.word(optimum["objective"]), **figures)
    if optimum["proved"]:
        yield wording.sentence("results_proved")
    else:
        bound, gap = phrasing.number(optimum["bound"]) or "", formatting.share(optimum["gap"], wording.language, "0")
        yield wording.sentence("results_unproved", bound=bound, gap=gap)
    if optimum["objective"] == Objective.SUM_OF_SCORES:
        yield wording.sentence("results_small_projects")


def _counts(rows: Sequence[ResultRow], phrasing: Phrasing) -> Iterator[Pair]:
    """How many proposals have each outcome."""
    outcomes = [row["outcome"] for row in rows]
    for outcome in dict.fromkeys((*OUTCOMES, *outcomes)):
        if count := outcomes.count(outcome):
            word = phrasing.wording.word(outcome)
            yield Pair(word[:1].upper() + word[1:], phrasing.number(count) or "")


def _table(rows: Sequence[ResultRow], phrasing: Phrasing, *, has_amounts: bool) -> Table:
    columns = ("title", "number", "applicant", "result", *(("amount",) if has_amounts else ()), "rank", "total")
    ordered = sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["number"]))
    cells = tuple(tuple(_cell(row, column, phrasing) for column in columns) for row in ordered)
    return Table("", tuple(map(phrasing.wording.label, columns)), cells, numeric=tuple(range(4, len(columns))))


def _cell(row: ResultRow, column: str, phrasing: Phrasing) -> str:
    match column:
        case "title":
            return clean(row["title"] or row["number"])
        case "result":
            word = phrasing.wording.word(row["outcome"])
            return f"{word} ({phrasing.wording.word('on_appeal')})" if row.get("on_appeal") else word
        case "amount":
            return phrasing.amount(row["amount"]) or NOTHING
        case "rank":
            return phrasing.number(row["rank"]) or NOTHING
        case "total":
            return phrasing.number(row["total"]) or NOTHING
    return clean(row["number"] if column == "number" else row["applicant"])
