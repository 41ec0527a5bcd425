"""Scores: the marks of several evaluators made one per criterion, a total, and the thresholds they must reach.

1. The combined mark of a criterion is the mean or the median of the marks of those to whom it was applicable, kept as
   an exact fraction, or the mark of the evaluators' consensus. "Not applicable" is never zero: it is left out.
2. The total is the sum of weight times combined mark over the criteria of the stage.
3. A criterion that was applicable to no evaluator is left out, and the total is scaled up to what all could reach:
   total = sum(weight x mark) x sum over all(weight x scale maximum) / sum over the applicable(weight x scale maximum).
4. The total is computed exactly and rounded once, half up, to the rubric's decimals: equal totals stay equal, however
   they are spread over the criteria. The threshold in total is compared with the rounded total, the threshold of a
   criterion with its exact combined mark.
5. Combined marks are shown, and break ties, rounded half up to the rubric's decimals.
6. Where a criterion has a weight for the ranking, a second total is computed with it by rules 2 to 4; no threshold is
   compared with that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, lcm
from typing import NamedTuple, TypeAlias

from pipgrants.domain.finding import Finding, Note, Plain, overall
from pipgrants.domain.plain import plain_number
from pipgrants.domain.rubric import Combination, CommentsRequired, Criterion, Rubric, Scale, ScoringTerms
from pipgrants.domain.vocabulary import Stage, Verdict
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT

Marks: TypeAlias = Mapping[str, Decimal | None]
"""One evaluator's marks by criterion code: None is "not applicable", an absent code is not scored yet."""

MINIMUM_TOTAL = "evaluation.minimum_total"
MINIMUM = "evaluation.minimum."


class MissingMark(NamedTuple):
    """A mark that is still to come; ``evaluator`` is the place in the sequence of evaluators, from 1."""

    evaluator: int
    criterion: str


class Score(NamedTuple):
    """The evaluation of one proposal at one stage.

    ``total`` is None while a mark is missing, and where no criterion was applicable; ``ranking_total`` is the one by
    which it is ranked, the same where the rubric has no weights for the ranking. ``by_criterion`` holds the
    rounded combined marks, None where applicable to nobody; a criterion with a missing mark is absent. ``exact_marks``
    are the same unrounded, as text: ``3.5``, or ``11/3`` where the rubric's decimals do not hold the mark.
    ``thresholds`` has a finding for each minimum of the rubric (``evaluation.minimum.CODE``,
    ``evaluation.minimum_total``); a minimum does not bind a criterion that was applicable to nobody.
    """

    total: Decimal | None
    by_criterion: dict[str, Decimal | None]
    exact_marks: dict[str, str | None]
    thresholds: tuple[Finding, ...]
    missing: tuple[MissingMark, ...]
    ranking_total: Decimal | None

    @property
    def verdict(self) -> Verdict:
        """Whether every threshold is reached."""
        return overall(self.thresholds)


class _Combined(NamedTuple):
    """The combined mark of a criterion: an exact fraction, and the mark as it is shown."""

    numerator: int
    denominator: int
    shown: Decimal


class _Weighing:
    """The weights of some criteria, made ready to total many combined marks."""

    def __init__(self, weights: Mapping[str, Decimal], maximums: Mapping[str, Decimal], decimals: int) -> None:
        exact = {code: Fraction(weight) for code, weight in weights.items()}
        self._unit = lcm(*(weight.denominator for weight in exact.values()))
        self._weights = {code: int(weight * self._unit) for code, weight in exact.items()}
        self._reach = {code: weight * Fraction(maximums[code]) for code, weight in exact.items()}
        self._full_reach = sum(self._reach.values(), Fraction())
        self._decimals = decimals

    def total(self, combined: Mapping[str, _Combined | None]) -> Decimal | None:
        """The sum over a common denominator, rounded once; None where no criterion was applicable."""
        applicable = [(code, mark) for code, mark in combined.items() if mark is not None]
        if not applicable:
            return None
        common = lcm(*[mark.denominator for _, mark in applicable])
        numerator = sum(
            [self._weights[code] * mark.numerator * (common // mark.denominator) for code, mark in applicable]
        )
        denominator = common * self._unit
        if len(applicable) < len(combined):
            scale_up = self._full_reach / sum((self._reach[code] for code, _ in applicable), Fraction())
            numerator, denominator = numerator * scale_up.numerator, denominator * scale_up.denominator
        return half_up(numerator, denominator, self._decimals)


class Scorer:
    """The rubric of one stage, made ready to score many proposals."""

    def __init__(self, rubric: Rubric, stage: Stage) -> None:
        """Raises RefusedError where the stage has no criterion."""
        criteria = rubric.scored_at(stage)
        if not criteria:
            raise RefusedError(f"the rubric has no criterion for the stage {stage.value}")
        self._rubric = rubric
        self._sheets_count = 1 if rubric.combination is Combination.CONSENSUS else rubric.evaluators_count
        self._codes = tuple(criterion.code for criterion in criteria)
        self._wanted = frozenset(self._codes)
        maximums = {criterion.code: scale_of(rubric, criterion).maximum for criterion in criteria}
        weights = {criterion.code: criterion.weight for criterion in criteria}
        in_ranking = {criterion.code: criterion.weight_in_ranking for criterion in criteria}
        self._weighing = _Weighing(weights, maximums, rubric.decimals)
        self._ranking_weighing = None if in_ranking == weights else _Weighing(in_ranking, maximums, rubric.decimals)
        self._minimums = {
            criterion.code: _threshold(MINIMUM + criterion.code, minimum, criterion.strict, rubric)
            for criterion in criteria
            if (minimum := criterion.minimum_at(stage)) is not None
        }
        minimum_total = rubric.minimum_total_at(stage)
        self._minimum_total = (
            _threshold(MINIMUM_TOTAL, minimum_total, rubric.minimum_total_strict, rubric)
            if minimum_total is not None
            else None
        )

    def score(self, marks: Sequence[Marks]) -> Score:
        """The score of one proposal from the marks of its evaluators, or from those of their consensus alone.

        Evaluators fewer than the rubric asks for are missing all their marks.
        """
        rubric = self._rubric
        expected: list[Marks] = [*marks, *[{}] * (self._sheets_count - len(marks))]
        missing = tuple(self._missing(expected))
        open_criteria = {mark.criterion for mark in missing}
        combined = {
            code: _combine(tuple([given[code] for given in expected]), rubric.combination, rubric.decimals)
            for code in self._codes
            if code not in open_criteria
        }
        total = None if missing else self._weighing.total(combined)
        reweighed = self._ranking_weighing
        ranking_total = total if total is None or reweighed is None else reweighed.total(combined)
        shown = {code: mark and mark.shown for code, mark in combined.items()}
        exact = {code: mark and _exact_text(mark) for code, mark in combined.items()}
        return Score(total, shown, exact, tuple(self._check_thresholds(combined, total)), missing, ranking_total)

    def _missing(self, expected: Sequence[Marks]) -> Iterator[MissingMark]:
        for evaluator, given in enumerate(expected, 1):
            if not given.keys() >= self._wanted:
                yield from (MissingMark(evaluator, code) for code in self._codes if code not in given)

    def _check_thresholds(self, combined: Mapping[str, _Combined | None], total: Decimal | None) -> Iterator[Finding]:
        for code, check in self._minimums.items():
            if code not in combined or combined[code] is not None:
                yield check(combined.get(code))
        if self._minimum_total is not None:
            yield self._minimum_total(None if total is None else _Combined(*total.as_integer_ratio(), total))


def _threshold(criterion: str, minimum: Decimal, strict: bool, rubric: Rubric) -> Callable[[_Combined | None], Finding]:
    """A threshold: reached from its value on, or, when strict, only above it. The same marks come again and again."""
    comparison = "more_than" if strict else "at_least"
    required: Plain = {"comparison": comparison, "number": plain_number(minimum)}

    @lru_cache(maxsize=4_096)
    def check(seen: _Combined | None) -> Finding:
        if seen is None:
            return Finding(criterion, Verdict.UNDETERMINED, required, None, rubric.clause)
        exact = Fraction(seen.numerator, seen.denominator)
        reached = exact > Fraction(minimum) if strict else exact >= Fraction(minimum)
        verdict = Verdict.MET if reached else Verdict.NOT_MET
        number = plain_number(_shown_beside(minimum, seen, rubric.decimals))
        return Finding(criterion, verdict, required, {"number": number}, rubric.clause)

    return check


def scale_of(rubric: Rubric, criterion: Criterion) -> Scale:
    """The scale on which a criterion is marked: its own, or the rubric's."""
    return criterion.scale or rubric.scale


@lru_cache(maxsize=16_384)
def _combine(marks: tuple[Decimal | None, ...], combination: Combination, decimals: int) -> _Combined | None:
    """The mean or median of the applicable marks, None where there are none; on a scale the same ones come again."""
    applicable = [Fraction(mark) for mark in marks if mark is not None]
    if not applicable:
        return None
    if combination is Combination.MEDIAN:
        applicable = sorted(applicable)[(len(applicable) - 1) // 2 : len(applicable) // 2 + 1]
    mark = sum(applicable) / Fraction(len(applicable))
    return _Combined(mark.numerator, mark.denominator, half_up(mark.numerator, mark.denominator, decimals))


@lru_cache(maxsize=16_384)
def _exact_text(mark: _Combined) -> str:
    is_shown_whole = (mark.numerator, mark.denominator) == mark.shown.as_integer_ratio()
    return plain_number(mark.shown) if is_shown_whole else f"{mark.numerator}/{mark.denominator}"


def half_up(numerator: int, denominator: int, decimals: int) -> Decimal:
    """A quotient that is not negative, rounded half up to ``decimals``."""
    return _scaled((2 * numerator * 10**decimals + denominator) // (2 * denominator), decimals)


def _scaled(units: int, decimals: int) -> Decimal:
    return Decimal(units).scaleb(-decimals, EXACT)


def _shown_beside(minimum: Decimal, mark: _Combined, decimals: int) -> Decimal:
    """The mark as it is shown, cut towards its own side of the minimum where rounding would carry it to or across."""
    exact, limit = Fraction(mark.numerator, mark.denominator), Fraction(minimum)
    units = exact * 10**decimals
    if exact < limit <= Fraction(mark.shown):
        return _scaled(floor(units), decimals)
    return _scaled(ceil(units), decimals) if Fraction(mark.shown) <= limit < exact else mark.shown


def check_mark(rubric: Rubric, stage: Stage, code: str, mark: Decimal | None) -> Note | None:
    """What is wrong with a mark, or None: the criterion is not scored at the stage, or the mark lies off its scale."""
    criteria = {criterion.code: criterion for criterion in rubric.scored_at(stage)}
    if code not in criteria:
        return Note("evaluation.unknown_criterion", {"seen": {"code": code}, "allowed": {"codes": [*criteria]}})
    scale = scale_of(rubric, criteria[code])
    if mark is None or (mark.is_finite() and scale.allows(mark)):
        return None
    return Note(
        "evaluation.mark_off_scale",
        {
            "criterion": {"code": code},
            "seen": {"text": str(mark)},
            "minimum": {"number": plain_number(scale.minimum)},
            "maximum": {"number": plain_number(scale.maximum)},
            "step": {"number": plain_number(scale.step)},
        },
    )


def needs_comment(scoring: ScoringTerms | None, rubric: Rubric, stage: Stage, code: str, mark: Decimal | None) -> bool:
    """Whether the call asks for a comment on a mark, which lies on the scale of its criterion."""
    required = CommentsRequired.NONE if scoring is None else scoring.comments_required
    if required is not CommentsRequired.BELOW_THRESHOLD:
        return required is CommentsRequired.ALL
    criterion = next(criterion for criterion in rubric.criteria if criterion.code == code)
    minimum = criterion.minimum_at(stage)
    if mark is None or minimum is None:
        return False
    return mark <= minimum if criterion.strict else mark < minimum
