"""The public list of results, written after the letters are released."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from pipgrants.letters.document import Document, Pair, Paragraph, Section, Table
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates
from pipgrants.letters.wording import NOTHING


class ResultRow(TypedDict):
    """One proposal of the list; amounts and totals as decimal text, None where there is none."""

    number: str
    title: str | None
    applicant: str
    outcome: str
    amount: str | None
    rank: int | None
    total: str | None


class ResultsCall(TypedDict):
    """The call whose results they are, in the language of the list."""

    call: str
    title: str
    programme: str
    currency: str
    released_on: str
    synthetic: bool
    label: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class Results:
    """The list in its two forms."""

    html: str
    text: str


def render_results(templates: Templates, call: ResultsCall, rows: Sequence[ResultRow], language: str) -> Results:
    """The public list: ranked proposals in their order, then the others by number."""
    document = compose_results(templates, call, rows, language)
    return Results(html=to_html(templates, document), text=to_text(document))


def compose_results(templates: Templates, call: ResultsCall, rows: Sequence[ResultRow], language: str) -> Document:
    """The public list as a document, apart from how it looks."""
    wording = templates.wording(language)
    phrasing = Phrasing(wording, call["currency"])
    label = wording.label
    columns = ("title", "number", "applicant", "result", "amount", "rank", "total")
    ordered = sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["number"]))
    table = Table("", tuple(map(label, columns)), tuple(_cells(row, phrasing) for row in ordered), numeric=(4, 5, 6))
    intro = Paragraph(wording.sentence("results_intro", count=phrasing.number(len(rows)) or ""))
    return Document(
        language=language,
        title=wording.sentence("results_title", title=clean(call["title"])),
        banners=wording.banners(synthetic=call["synthetic"], own=clean(call.get("label") or "")),
        sender=(clean(call["programme"]),),
        references=(
            Pair(label("call"), clean(call["call"])),
            Pair(label("date"), phrasing.day(call["released_on"]) or ""),
        ),
        summary_heading=label("summary"),
        summary=tuple(_counts(rows, phrasing)),
        sections=(Section("results", label("results"), (intro,), (table,)),),
    )


def _counts(rows: Sequence[ResultRow], phrasing: Phrasing) -> Iterator[Pair]:
    """How many proposals have each outcome."""
    outcomes = [row["outcome"] for row in rows]
    for outcome in dict.fromkeys(outcomes):
        word = phrasing.wording.word(outcome)
        yield Pair(word[:1].upper() + word[1:], phrasing.number(outcomes.count(outcome)) or "")


def _cells(row: ResultRow, phrasing: Phrasing) -> tuple[str, ...]:
    return (
        clean(row["title"] or row["number"]),
        clean(row["number"]),
        clean(row["applicant"]),
        phrasing.wording.word(row["outcome"]),
        phrasing.amount(row["amount"]) or NOTHING,
        phrasing.number(row["rank"]) or NOTHING,
        phrasing.number(row["total"]) or NOTHING,
    )
