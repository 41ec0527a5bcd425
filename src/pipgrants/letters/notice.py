"""The call notice: what applicants read before they apply, made from the definition of the call alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipgrants.domain.call import Call
from pipgrants.domain.rubric import Criterion, Scale
from pipgrants.domain.text import Text, in_language
from pipgrants.domain.vocabulary import SizeClass
from pipgrants.letters import formatting
from pipgrants.letters.call_words import CallWords
from pipgrants.letters.document import Document, Pair, Table, one_line, sections
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.notice_view import notice_view
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates
from pipgrants.letters.wording import NOTHING

SECTION_BLOCKS = (
    "purpose",
    "who_may_apply",
    "prerequisites",
    "counterpart",
    "grant",
    "rubric",
    "priorities",
    "ranking",
    "allocation",
    "dates",
    "evidence",
    "clarification",
    "appeal",
    "implementation",
    "contact",
    "about",
)
BLOCKS = ("subject", *SECTION_BLOCKS)
"""What a notice template is made of; the order is that of the notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in its two forms; its hash is recorded at publication."""

    html: str
    text: str


def render_notice(
    templates: Templates, call: Call, programme_title: Text, language: str, *, synthetic: bool = False
) -> Notice:
    """The notice of a call in one language; ``synthetic`` labels the call of a demonstration.

    Raises RefusedError naming the template, line and reason where the template cannot be used.
    """
    document = compose_notice(templates, call, programme_title, language, synthetic=synthetic)
    return Notice(html=to_html(templates, document), text=to_text(document))


def compose_notice(
    templates: Templates, call: Call, programme_title: Text, language: str, *, synthetic: bool = False
) -> Document:
    """The notice as a document, apart from how it looks."""
    words = call_words(templates, call, language)
    wording, parts = words.wording, _NoticeParts(words)
    view = {**notice_view(words), "programme": in_language(programme_title, language)}
    blocks = templates.blocks.render(f"notices/notice.{language}.j2", view, allowed=BLOCKS)
    return Document(
        language=language,
        title=one_line(blocks.get("subject", "")),
        banners=wording.banners(synthetic=synthetic, own=clean(call.label.get(language, ""))),
        sender=(clean(in_language(programme_title, language)), clean(words.text(call.contact.name))),
        references=(Pair(wording.label("call"), call.call),),
        summary_heading=wording.label("summary"),
        summary=tuple(parts.summary()),
        sections=sections(
            blocks, {block: wording.label(f"section_{block}") for block in SECTION_BLOCKS}, parts.tables()
        ),
    )


def call_words(templates: Templates, call: Call, language: str) -> CallWords:
    """The values of a call in the words of a language."""
    phrasing = Phrasing(templates.wording(language), call.currency)
    phrasing.learn({criterion.code: in_language(criterion.title, language) for criterion in call.rubric.criteria})
    return CallWords(call, phrasing)


class _NoticeParts:
    """The summary box and the tables of a notice."""

    def __init__(self, words: CallWords) -> None:
        self.words = words
        self.call = words.call

    def summary(self) -> Iterator[Pair]:
        """The summary box: the money, what the applicant brings, and until when."""
        label, call = self.words.wording.label, self.call
        yield Pair(label("envelope"), self.words.amount(call.envelope_amount) or "")
        yield Pair(label("support"), self.words.wording.word(call.subsidy_type))
        if limits := self._grant_range():
            yield Pair(label("grant_per_proposal"), limits)
        if call.counterpart is not None:
            minimum, of = (
                self.words.share(call.counterpart.minimum_share) or "",
                self.words.phrasing.base(call.counterpart.of),
            )
            yield Pair(label("counterpart"), self.words.wording.sentence("notice_counterpart", share=minimum, of=of))
        yield Pair(label("closes"), self.words.instant(call.window.closes_at))

    def _grant_range(self) -> str:
        minimum, maximum = (
            self.words.amount(self.call.grant.minimum_amount),
            self.words.amount(self.call.grant.maximum_amount),
        )
        if minimum and maximum:
            return self.words.wording.sentence("notice_grant_between", minimum=minimum, maximum=maximum)
        if maximum:
            return self.words.wording.sentence("notice_grant_up_to", maximum=maximum)
        return self.words.wording.sentence("notice_grant_from", minimum=minimum) if minimum else ""

    def tables(self) -> dict[str, tuple[Table, ...]]:
        """The tables that stand in each section."""
        return {
            "prerequisites": (self._prerequisites_table(),),
            "grant": (self._sizes_table(),),
            "rubric": (self._criteria_table(), *self._anchors_tables()),
            "priorities": (self._priorities_table(),),
            "dates": (self._dates_table(),),
        }

    def _table(self, caption: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], *numeric: int) -> Table:
        label = self.words.wording.label
        return Table(label(caption) if caption else "", tuple(map(label, columns)), tuple(rows), numeric)

    def _prerequisites_table(self) -> Table:
        staged = len(self.call.stages) > 1
        rows = [
            (
                clean(self.words.text(item.title)),
                clean(item.clause),
                *((self.words.wording.word(item.stage),) if staged else ()),
                clean(self.words.text(item.remedy)),
            )
            for item in self.call.prerequisites
        ]
        return self._table("", ("prerequisite", "clause", *(("checked_at",) if staged else ()), "how_to_meet"), rows)

    def _sizes_table(self) -> Table:
        shares = self.call.grant.maximum_share_by_size
        rows = [
            (self.words.wording.word(size), self.words.share(shares[size]) or "")
            for size in SizeClass
            if size in shares
        ]
        return self._table("", ("size", "maximum_grant_share"), rows, 1)

    def _criteria_table(self) -> Table:
        rubric = self.call.rubric
        staged = len(self.call.stages) > 1
        reweighed = rubric.has_ranking_weights
        rows = [
            (
                clean(self.words.text(criterion.title)),
                *((", ".join(self.words.wording.word(stage) for stage in criterion.stages),) if staged else ()),
                self.words.number(criterion.weight) or "",
                *((self.words.number(criterion.weight_in_ranking) or "",) if reweighed else ()),
                self._minimum(criterion),
                self._scale(criterion.scale or rubric.scale),
            )
            for criterion in rubric.criteria
        ]
        columns = ("criterion", *(("checked_at",) if staged else ()), "weight")
        columns += (*(("ranking_weight",) if reweighed else ()), "minimum_mark", "scale")
        return self._table("criteria_and_weights", columns, rows)

    def _minimum(self, criterion: Criterion) -> str:
        """The minimum mark, by stage where the stages have different ones."""
        stages = [stage for stage in self.call.stages if stage in criterion.stages]
        minimums = {stage: self._at_least(criterion, criterion.minimum_at(stage)) for stage in stages}
        if len(set(minimums.values())) == 1:
            return minimums[stages[0]]
        return "; ".join(f"{self.words.wording.word(stage)}: {minimum}" for stage, minimum in minimums.items())

    def _at_least(self, criterion: Criterion, minimum: Decimal | None) -> str:
        if minimum is None:
            return NOTHING
        sentence = "notice_minimum_strict" if criterion.strict else "notice_minimum"
        return self.words.wording.sentence(sentence, minimum=self.words.number(minimum) or "")

    def _scale(self, scale: Scale) -> str:
        minimum, maximum, step = (
            self.words.number(value) or "" for value in (scale.minimum, scale.maximum, scale.step)
        )
        return self.words.wording.sentence("notice_scale", minimum=minimum, maximum=maximum, step=step)

    def _anchors_tables(self) -> Iterator[Table]:
        rubric = self.call.rubric
        yield self._anchors_table(self.words.wording.label("anchors"), rubric.scale)
        for criterion in rubric.criteria:
            if criterion.scale is not None:
                yield self._anchors_table(
                    f"{self.words.wording.label('anchors')}: {clean(self.words.text(criterion.title))}", criterion.scale
                )

    def _anchors_table(self, caption: str, scale: Scale) -> Table:
        label = self.words.wording.label
        rows = tuple(
            (formatting.number(mark, self.words.language), clean(self.words.text(meaning)))
            for mark, meaning in scale.anchors.items()
        )
        return Table(caption, (label("mark"), label("meaning")), rows)

    def _priorities_table(self) -> Table:
        rows = [
            (
                clean(self.words.text(priority.title)),
                clean(priority.clause),
                self.words.wording.sentence("notice_points", points=self.words.number(priority.points) or "")
                if priority.points
                else self.words.wording.sentence("notice_first_among_equals"),
            )
            for priority in self.call.priorities
        ]
        return self._table("", ("priority", "clause", "effect"), rows)

    def _dates_table(self) -> Table:
        windows = (("", self.call.window), ("second_", self.call.second_window))
        rows = [
            (self.words.wording.label(f"{prefix}{event}_event"), self.words.instant(moment))
            for prefix, window in windows
            if window is not None
            for event, moment in (("opens", window.opens_at), ("closes", window.closes_at))
        ]
        return self._table("", ("event", "when"), rows)
