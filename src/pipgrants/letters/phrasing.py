"""Findings, notes and marks put into words: typed values, requirements, and the rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipgrants.domain.text import Text, in_language
from pipgrants.domain.vocabulary import Verdict
from pipgrants.letters import formatting
from pipgrants.letters.data import FindingData, NoteData, ScoreData, TypedValue
from pipgrants.letters.document import Table
from pipgrants.letters.sandbox import clean
from pipgrants.letters.wording import NOTHING, CriterionText, Wording, filled

NONE_OF = "none_of"
PARTS_COMPARISONS = ("all_of", "any_of", NONE_OF)
VALUE_KINDS = (
    "share",
    "amount",
    "number",
    "date",
    "dates",
    "instant",
    "flag",
    "code",
    "codes",
    "tie_breaks",
    "text",
    "texts",
)
MEMBER_CHARACTERISTICS = ("member_type", "size_class", "legal_form", "territory", "sector", "priority_group")
AMOUNT_NAMES = frozenset({"amount", "asked", "left"})
"""Values of notes that are amounts where they are plain text, besides those that end in ``_amount``."""

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
BULLETS = ("– ", "· ")
"""What the parts of a combined rule begin with, at the outer and at the inner levels."""


class Totals(NamedTuple):
    """The total of a proposal, the highest possible, and that of the last proposal funded or profile invited."""

    reached: str | None
    maximum: str | None
    line: str | None
    of_profiles: bool = False
    points: str | None = None
    """Priority points, which the total includes."""
    threshold: str | None = None
    """The total that thresholds are compared with, where the ranking weighs otherwise."""


class Phrasing:
    """The words of one language for values in one currency, and for instants in one time zone."""

    def __init__(self, wording: Wording, currency: str, time_zone: str = "UTC") -> None:
        self.wording = wording
        self.currency = currency
        self.time_zone = time_zone
        self._names: dict[str, str] = {}

    def amount(self, text: str | None) -> str | None:
        """An amount in the call's currency."""
        return None if text is None else formatting.amount(text, self.currency, self.wording.language)

    def number(self, text: str | int | None) -> str | None:
        """A number such as a mark or a rank."""
        return None if text is None else formatting.number(str(text), self.wording.language)

    def day(self, text: str | None) -> str | None:
        """A date in words."""
        return None if text is None else formatting.day(text, self.wording.language)

    def value(self, typed: TypedValue | None, limit: TypedValue | None = None) -> str:
        """A typed value in words; ``limit`` is the requirement it is compared with, which it never seems to equal."""
        if typed is None:
            return self.wording.label("not_on_record")
        bound = limit.get("share") if limit else None
        shown = [
            self._one(kind, typed, None if bound is None else str(bound))
            for kind in VALUE_KINDS
            if typed.get(kind) is not None
        ]
        if "cash_amount" in typed:
            cash, in_kind = (self.amount(str(typed.get(name))) or "" for name in ("cash_amount", "in_kind_amount"))
            shown.append(self.wording.sentence("counterpart_split", cash=cash, in_kind=in_kind))
        first, *rest = shown or [NOTHING]
        return f"{first} ({'; '.join(rest)})" if rest else first

    def _one(self, kind: str, typed: TypedValue, limit: str | None) -> str:
        value, language, wording = typed[kind], self.wording.language, self.wording
        match kind:
            case "share":
                return formatting.share(str(value), language, limit)
            case "amount":
                return formatting.amount(str(value), str(typed.get("currency") or self.currency), language)
            case "number":
                return self._count(str(value), typed.get("possible_number"))
            case "date":
                return formatting.day(str(value), language)
            case "instant":
                return formatting.instant(str(value), self.time_zone, language)
            case "flag":
                return wording.label("yes" if value else "no")
            case "texts" if isinstance(value, Mapping):
                return clean(in_language(value, language))
            case "codes" | "dates" | "tie_breaks" if isinstance(value, Sequence) and not isinstance(value, str):
                self.learn({code: in_language(title, language) for code, title in _titles(typed).items()})
                return self._listed(kind, [str(item) for item in value])
        return self._word(str(value)) if kind == "code" else clean(str(value))

    def _listed(self, kind: str, items: Sequence[str]) -> str:
        if kind == "dates":
            return "; ".join(formatting.day(item, self.wording.language) for item in items)
        if kind == "tie_breaks":
            return "; ".join(map(self.tie_break, items))
        return ", ".join(map(self._word, items))

    def rule(self, requirement: TypedValue) -> str:
        """What a rule requires that has seen nothing, in one line for each of its parts."""
        return "\n".join(self._parts(requirement, wanted=True))

    def _count(self, number: str, possible: object) -> str:
        counted = formatting.number(number, self.wording.language)
        if possible is None:
            return counted
        most = formatting.number(str(possible), self.wording.language)
        return self.wording.sentence("possible_number", number=counted, possible=most)

    def _word(self, code: str) -> str:
        return clean(self._names.get(code) or self.wording.word(code))

    def required(self, required: TypedValue | None, seen: TypedValue | None) -> str:
        """A requirement in words: ``at least 50 %``; a combined rule has one line for each of its parts."""
        if required is None:
            return NOTHING
        comparison = str(required.get("comparison", ""))
        if comparison in PARTS_COMPARISONS:
            return "\n".join([self.wording.label(comparison), *self._parts(seen, wanted=True)])
        is_paper = comparison == "present" and "code" in required
        sentence = self.wording.comparisons.get("attached" if is_paper else comparison, "$value")
        text = filled(sentence, {"value": self.value(required)}) + self._of(required) + self._among(required)
        if "tolerance_amount" not in required:
            return text
        tolerance = self.amount(str(required["tolerance_amount"])) or ""
        return self.wording.sentence("tolerance", text=text, tolerance=tolerance)

    def _of(self, typed: TypedValue) -> str:
        """What a share is a share of."""
        of = typed.get("of")
        return f" {self.base(of)}" if isinstance(of, str) else ""

    def base(self, of: str) -> str:
        """``of the proposal``, ``of the grant``, or of a fact."""
        known = self.wording.words.get(f"of.{of}")
        return known or self.wording.sentence("share_of", of=self._word(of))

    def _among(self, required: TypedValue) -> str:
        """The characteristics that members must have to be counted."""
        groups = [required[name] for name in MEMBER_CHARACTERISTICS if name in required]
        words = [" / ".join(self._word(str(code)) for code in group) for group in groups if isinstance(group, list)]
        return f" ({'; '.join(words)})" if words else ""

    def seen(self, seen: TypedValue | None, required: TypedValue | None) -> str:
        """What was seen, in words; a combined rule has one line for each of its parts."""
        if seen is not None and "parts" in seen:
            is_negated = required is not None and required.get("comparison") == NONE_OF
            return "\n".join(self._parts(seen, wanted=False, has_verdicts=not is_negated))
        return self.value(seen, required)

    def _parts(self, seen: TypedValue | None, *, wanted: bool, has_verdicts: bool = True, depth: int = 0) -> list[str]:
        """A line for each part; inside ``none_of`` a part that is met is what must not be, so no verdict is shown."""
        parts = seen.get("parts") if seen else None
        lines: list[str] = []
        for part in parts if isinstance(parts, Sequence) else ():
            if isinstance(part, Mapping):
                lines += self._part(part, wanted, has_verdicts, depth)
        return lines

    def _part(self, part: TypedValue, wanted: bool, has_verdicts: bool, depth: int) -> list[str]:
        required, seen = _typed(part.get("required")), _typed(part.get("seen"))
        bullet = BULLETS[min(depth, 1)]
        name = self._word(str(part.get("party") or part.get("fact") or part.get("rule") or ""))
        if part.get("size_class"):
            name = f"{name} ({self._word(str(part['size_class']))})"
        if seen is not None and "parts" in seen:
            comparison = str((required or {}).get("comparison", ""))
            has_verdicts = has_verdicts and comparison != NONE_OF
            inner = self._parts(seen, wanted=wanted, has_verdicts=has_verdicts, depth=depth + 1)
            return [f"{bullet}{self.wording.label(comparison)}", *inner]
        text = self.required(required, seen) if wanted else self.value(seen, required)
        verdict = "" if wanted or not has_verdicts else f" ({self.wording.word(str(part.get('verdict', '')))})"
        return [f"{bullet}{name}: {text}{verdict}"]

    def title(self, finding: FindingData) -> str:
        """The name of a criterion: the call's, or that of pipgrants, or its code."""
        return clean(finding["title"] or self._own_text(finding["criterion"], "title") or finding["criterion"])

    def remedy(self, finding: FindingData) -> str:
        """What would meet the criterion: the call's words, else what each note asks for, else those of pipgrants.

        A criterion that would not be met even then has the general remedy too.
        """
        if finding["remedy"] and self._is_bound_of_missing(finding):
            return clean(self.wording.sentence("if_not_met", remedy=finding["remedy"]))
        if finding["remedy"]:
            return clean(finding["remedy"])
        texts = self.wording.remedies
        asked = dict.fromkeys(texts[note["code"]] for note in finding["notes"] if note["code"] in texts)
        general = self._own_text(finding["criterion"], "remedy")
        is_enough = asked and finding["verdict"] == Verdict.UNDETERMINED
        return clean(" ".join(asked if is_enough else [general, *asked]))

    @staticmethod
    def _is_bound_of_missing(finding: FindingData) -> bool:
        """Whether what is to be compared with a bound is not on record: nobody knows yet what is to be remedied."""
        required = finding["required"]
        has_bound = isinstance(required, Mapping) and required.get("comparison") in ("at_least", "at_most")
        return has_bound and finding["verdict"] == Verdict.UNDETERMINED and finding["seen"] is None

    def _own_text(self, criterion: str, part: str) -> str:
        group, _, code = criterion.rpartition(".")
        texts = self.wording.criteria
        found: CriterionText | None = texts.get(criterion) or texts.get(group)
        if found is None:
            return ""
        return (found.title if part == "title" else found.remedy).replace("$code", self._word(code))

    def notes(self, notes: Iterable[NoteData]) -> tuple[str, ...]:
        """Each note or reason as a sentence."""
        return tuple(self.wording.note(note["code"], self._note_values(note)) for note in notes)

    def _note_values(self, note: NoteData) -> dict[str, str]:
        return {name: self._note_value(name, note) for name in note["values"]}

    def _note_value(self, name: str, note: NoteData) -> str:
        values = note["values"]
        value = values[name]
        if isinstance(value, Mapping):
            seen = _typed(values.get("seen"))
            return (
                self.required(value, seen)
                if "comparison" in value
                else self.seen(value, _typed(values.get("required")))
            )
        if value is None:
            return NOTHING
        if isinstance(value, list | tuple):
            return ", ".join(self._word(str(item)) for item in value)
        return self._plain_note_value(name, str(value), str(values.get("currency") or self.currency))

    def _plain_note_value(self, name: str, text: str, currency: str) -> str:
        if name == "criterion":
            return clean(self._names.get(text) or self._own_text(text, "title") or text)
        if name == "evidence":
            return clean(self._names.get(text) or self.wording.word("has_evidence"))
        if name == "of":
            return self.base(text)
        if name == "clause" or not _PLAIN_NUMBER.fullmatch(text):
            return self._word(text)
        if name in AMOUNT_NAMES or name.endswith("_amount"):
            return formatting.amount(text, currency, self.wording.language)
        if name.endswith("_share"):
            return formatting.share(text, self.wording.language)
        return formatting.number(text, self.wording.language)

    def learn(self, names: Mapping[str, str | None]) -> None:
        """Learn what codes stand for, so that notes name them: criteria, parties by number, papers by identity."""
        self._names.update({code: name for code, name in names.items() if name})

    def tie_break(self, word: str) -> str:
        """A tie-break of the ranking in words."""
        kind, _, code = word.partition(":")
        if kind != "criterion":
            return self.wording.word(word)
        return self.wording.sentence("notice_by_criterion", criterion=self._word(code))

    def findings_table(
        self, findings: Iterable[FindingData], caption: str, *, verdicts: bool = False, seen: str = "seen"
    ) -> Table:
        """Criterion, clause, what is required, what was seen (with its notes) and the remedy of each finding.

        ``seen`` is the label of what was seen: where it was no proposal, another.
        """
        label = self.wording.label
        columns = ("criterion", "clause", *(("verdict",) if verdicts else ()), "required", seen, "remedy")
        rows = []
        for finding in findings:
            found = "\n".join(
                [self.seen(finding["seen"], finding["required"]), *map(clean, self.notes(finding["notes"]))]
            )
            verdict = (self.verdict(finding),) if verdicts else ()
            needs_remedy = finding["verdict"] != Verdict.MET
            rows.append(
                (
                    self.title(finding),
                    self._word(finding["clause"]),
                    *verdict,
                    self.required(finding["required"], finding["seen"]),
                    found,
                    self.remedy(finding) if needs_remedy else "",
                )
            )
        return Table(caption, tuple(map(label, columns)), tuple(rows))

    def reasons_table(self, reasons: Iterable[NoteData], caption: str) -> Table:
        """Criterion, clause, what was required and what was found for each reason of a decision."""
        rows = []
        for reason in reasons:
            title, required, seen = self.wording.reason(reason["code"], self._note_values(reason))
            rows.append((clean(title), self._word(str(reason["values"].get("clause") or NOTHING)), required, seen))
        columns = ("criterion", "clause", "required", "found")
        return Table(caption, tuple(map(self.wording.label, columns)), tuple(rows))

    def verdict(self, finding: FindingData) -> str:
        """The verdict in a word; an open criterion may be a condition of the award."""
        is_open_condition = finding["is_condition"] and finding["verdict"] != Verdict.MET
        return self.wording.word("condition" if is_open_condition else finding["verdict"])

    def scores_table(self, scores: Sequence[ScoreData], totals: Totals) -> Table:
        """Weight, mark, minimum and points of each criterion, then their total and that of the last one selected.

        The marks given stand before the one that they were combined to, where the scores tell them.
        """
        label = self.wording.label
        given = ("marks_given",) if any("given" in score for score in scores) else ()
        columns = ("criterion", "weight", *given, "mark", "minimum", "points")
        blank = ("",) * (len(columns) - 2)
        rows = [self._score_row(score, has_given=bool(given)) for score in scores]
        if scores and totals.points not in (None, "0"):
            rows.append((label("priority_points"), *blank, self.number(totals.points) or ""))
        if scores and totals.threshold is not None:
            rows.append((label("threshold_total"), *blank, self.number(totals.threshold) or ""))
        if scores and totals.reached is not None:
            rows.append((label("total"), *blank, self._mark(totals.reached, totals.maximum)))
        if scores and totals.line is not None:
            selected = "last_invited_total" if totals.of_profiles else "last_funded_total"
            rows.append((label(selected), *blank, self.number(totals.line) or ""))
        caption = label("scores" if all(score["mark"] for score in scores) else "scores_in_proportion")
        return Table(caption, tuple(map(label, columns)), tuple(rows), numeric=tuple(range(1, len(columns))))

    def _mark(self, mark: str, maximum: str | None) -> str:
        shown = self.number(mark) or ""
        if maximum is None:
            return shown
        return self.wording.sentence("mark_of", mark=shown, maximum=self.number(maximum) or "")

    def _score_row(self, score: ScoreData, *, has_given: bool) -> tuple[str, ...]:
        mark, given = score["mark"], score.get("given", ())
        return (
            clean(score["title"]),
            self.number(score["weight"]) or "",
            *(["; ".join(self.number(item) or "" for item in given)] if has_given else []),
            self.wording.label("not_applicable") if mark is None else self._mark(mark, score["maximum"]),
            self.number(score["minimum"]) or NOTHING,
            self.number(score["points"]) or NOTHING,
        )


def _titles(typed: TypedValue) -> Mapping[str, Text]:
    """What criteria are called that a value speaks of, by code."""
    titles = typed.get("titles", {})
    return titles if isinstance(titles, Mapping) else {}


def _typed(value: object) -> TypedValue | None:
    return value if isinstance(value, Mapping) else None
