"""What is wrong with a call's definition in itself, beyond what its reader can see: all of it, each with its clause.

A mistake is found here when two parts of a definition do not agree: a text missing in one of the call's languages, a
tie-break by a criterion that the rubric lacks, a threshold that no mark can reach, a deadline that the clocks skip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pipgrants.domain.calendar import WEEKDAYS, add_working_days, local_time_mistake
from pipgrants.domain.call import ONE, ZERO, Call, Criterion, Scale, Text, Window
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.ranking import NUMBER, TIE_BREAKS, unknown_tie_breaks
from pipgrants.domain.rules import Rule, mistakes
from pipgrants.domain.vocabulary import Language, SizeClass, Stage, SubsidyType
from pipgrants.money import EXACT, to_minor

MOST_DECIMALS = 10
MOST_WORKING_DAYS = 365


@dataclass(frozen=True, slots=True)
class DefinitionMistake:
    """One mistake: a dotted code, the clause and line it concerns, an English sentence, the values it speaks of."""

    code: str
    message: str
    clause: str = ""
    line: int | None = None
    values: dict[str, str] = field(default_factory=dict)


def check_consistency(call: Call) -> tuple[DefinitionMistake, ...]:
    """All the ways in which a call contradicts itself."""
    checks = (
        _texts,
        _times,
        _stages,
        _calendar,
        _holidays,
        _rules,
        _codes,
        _rubric,
        _thresholds,
        _ranking,
        _draw,
        _amounts,
        _subsidy,
    )
    return tuple(mistake for check in checks for mistake in check(call))


def texts(call: Call) -> Iterator[tuple[str, Text, str, int | None]]:
    """Every text of a call for applicants: its key, the text by language, its clause and line."""
    for name in ("title", "purpose", "who_may_apply"):
        yield name, getattr(call, name), "", None
    for item in call.prerequisites:
        yield f"prerequisites.{item.code}.title", item.title, item.clause, item.line
        yield f"prerequisites.{item.code}.remedy", item.remedy, item.clause, item.line
    yield from _rubric_texts(call)
    for priority in call.priorities:
        yield f"priorities.{priority.code}.title", priority.title, priority.clause, None
    if not isinstance(call.contact.name, str):
        yield "contact.name", call.contact.name, "", None
    yield "appeal.addressee", call.appeal.addressee, call.appeal.clause, None
    if call.label:
        yield "label", call.label, "", None


def _rubric_texts(call: Call) -> Iterator[tuple[str, Text, str, int | None]]:
    scales: list[tuple[str, Scale]] = [("rubric.scale", call.rubric.scale)]
    for criterion in call.rubric.criteria:
        yield f"rubric.{criterion.code}.title", criterion.title, call.rubric.clause, None
        if criterion.scale is not None:
            scales.append((f"rubric.{criterion.code}.scale", criterion.scale))
    for name, scale in scales:
        for mark, anchor in scale.anchors.items():
            yield f"{name}.anchors.{mark}", anchor, call.rubric.clause, None


def _texts(call: Call) -> Iterator[DefinitionMistake]:
    if not call.languages:
        yield DefinitionMistake("call.no_language", "a call speaks at least one language")
    for name, text, clause, line in texts(call):
        missing = [language.value for language in call.languages if not text.get(language, "").strip()]
        if missing:
            message = f"{name} is missing in: {', '.join(missing)}"
            values = {"key": name, "languages": ", ".join(missing)}
            yield DefinitionMistake("text.missing_language", message, clause, line, values)
        for unknown in sorted(set(text) - {language.value for language in Language}):
            message = f"{name} has an unknown language {unknown!r}; allowed: {', '.join(Language)}"
            yield DefinitionMistake("text.unknown_language", message, clause, line, {"key": name, "language": unknown})


def _windows(call: Call) -> Iterator[tuple[str, Window]]:
    yield "window", call.window
    if call.second_window is not None:
        yield "second_window", call.second_window


def _times(call: Call) -> Iterator[DefinitionMistake]:
    for name, window in _windows(call):
        for key, local in (("opens_at", window.opens_at), ("closes_at", window.closes_at)):
            how = local_time_mistake(local, call.time_zone)
            if how is not None:
                written = f"{local:%Y-%m-%d %H:%M}"
                message = f"{name}.{key}: the clocks of {call.time_zone} have {written} {how}; name another time"
                yield DefinitionMistake(f"window.{how}_time", message, values={"key": f"{name}.{key}", "time": written})


def _stages(call: Call) -> Iterator[DefinitionMistake]:
    two_stages = call.stages == (Stage.PROFILE, Stage.PROPOSAL)
    if not two_stages and call.stages != (Stage.PROPOSAL,):
        yield DefinitionMistake("call.stages", "the stages are [proposal], or [profile, proposal]")
    for name, given in (("second_window", call.second_window), ("invitation", call.invitation)):
        if two_stages and given is None:
            yield DefinitionMistake(f"call.no_{name}", f"a call of two stages needs {name}")
        if not two_stages and given is not None:
            yield DefinitionMistake(f"call.needless_{name}", f"{name} belongs to a call of two stages")
    if call.second_window is not None and call.second_window.opens_at <= call.window.closes_at:
        yield DefinitionMistake("call.windows_overlap", "second_window opens after the first window closes")


def _calendar(call: Call) -> Iterator[DefinitionMistake]:
    for name in call.weekend:
        if name not in WEEKDAYS:
            message = f"unknown weekday {name!r}; allowed: {', '.join(WEEKDAYS)}"
            yield DefinitionMistake("calendar.unknown_weekday", message, values={"weekday": name})
    if set(WEEKDAYS) <= set(call.weekend):
        yield DefinitionMistake("calendar.no_working_day", "the weekend leaves no working day")
    for name, terms in (("clarification", call.clarification), ("appeal", call.appeal)):
        if not 1 <= terms.working_days <= MOST_WORKING_DAYS:
            message = f"{name}.working_days is 1 to {MOST_WORKING_DAYS}"
            yield DefinitionMistake("calendar.no_time", message, terms.clause, values={"key": name})


def _holidays(call: Call) -> Iterator[DefinitionMistake]:
    """A year without a single holiday was forgotten, where other years have some."""
    covered = {day.year for day in call.non_working_days}
    for year in _years_reached(call) if covered else ():
        if year not in covered:
            message = (
                f"non_working_days has none of {year}, which the dates of the call reach; "
                "add the holidays of that year, or give none at all"
            )
            yield DefinitionMistake("calendar.year_without_holidays", message, values={"year": str(year)})


def _years_reached(call: Call) -> range:
    """The years from the opening to the end of the time to answer and to appeal, counted from the last known date.

    Beyond the windows and the draw no date is known before it happens; the time to appeal is counted from the end of
    the time to answer a clarification.
    """
    closings = [window.closes_at.date() for _, window in _windows(call)]
    last = max([*closings, *(source.published_on for source in call.ranking.draw)])
    for terms in (call.clarification, call.appeal):
        if 1 <= terms.working_days <= MOST_WORKING_DAYS and not set(WEEKDAYS) <= set(call.weekend):
            last = add_working_days(last, terms.working_days, call.weekend, call.non_working_days)
    return range(call.window.opens_at.year, last.year + 1)


def _rules(call: Call) -> Iterator[DefinitionMistake]:
    for item in call.prerequisites:
        yield from _rule_mistakes(item.rule, f"prerequisite {item.code}", item.clause, item.line)
    for priority in call.priorities:
        yield from _rule_mistakes(priority.rule, f"priority {priority.code}", priority.clause, None)
    opening = call.window.opens_at.date()
    dated = [(f"prerequisite {item.code}", item.clause, item.line, item.in_force_from) for item in call.prerequisites]
    if call.counterpart is not None:
        dated.append(("counterpart", call.counterpart.clause, 0, call.counterpart.in_force_from))
    if call.eligible_costs is not None:
        dated.append(("eligible_costs", call.eligible_costs.clause, 0, call.eligible_costs.in_force_from))
    for name, clause, line, in_force_from in dated:
        if in_force_from > opening:
            message = f"{name} is in force from {in_force_from}, after the call opens on {opening}"
            values = {"criterion": name, "in_force_from": str(in_force_from), "opening": str(opening)}
            yield DefinitionMistake("criterion.not_yet_in_force", message, clause, line or None, values)


def _rule_mistakes(rule: Rule, name: str, clause: str, line: int | None) -> Iterator[DefinitionMistake]:
    for mistake in mistakes(rule):
        yield DefinitionMistake(mistake.code, f"{name}: {mistake.message}", clause, line, dict(mistake.values))


def _codes(call: Call) -> Iterator[DefinitionMistake]:
    lists: dict[str, Iterable[str]] = {
        "prerequisites": (item.code for item in call.prerequisites),
        "rubric": (criterion.code for criterion in call.rubric.criteria),
        "priorities": (priority.code for priority in call.priorities),
        "eligible_costs.categories": call.eligible_costs.categories if call.eligible_costs else (),
        "required_evidence": call.required_evidence,
        "languages": call.languages,
        "ranking.tie_breaks": call.ranking.tie_breaks,
        "ranking.draw": (f"{source.name} of the stage {source.stage}" for source in call.ranking.draw),
    }
    for name, listed in lists.items():
        for code in sorted(code for code, count in Counter(listed).items() if count > 1):
            message = f"{name} lists {str(code)!r} more than once"
            yield DefinitionMistake("code.not_unique", message, values={"key": name, "code": str(code)})


def _rubric(call: Call) -> Iterator[DefinitionMistake]:
    rubric = call.rubric
    if rubric.evaluators_count < 1:
        yield DefinitionMistake("rubric.no_evaluator", "evaluators_count is at least 1", rubric.clause)
    if not 0 <= rubric.decimals <= MOST_DECIMALS:
        message = f"decimals is 0 to {MOST_DECIMALS}"
        yield DefinitionMistake("rubric.decimals_outside_range", message, rubric.clause)
    for stage in call.stages:
        if not _scored(call, stage):
            message = f"no criterion of the rubric is scored at the stage {stage}"
            yield DefinitionMistake("rubric.no_criterion", message, rubric.clause, values={"stage": stage.value})
    for criterion in rubric.criteria:
        if criterion.minimum is not None and not _is_reachable(criterion, rubric.scale):
            scale = criterion.scale or rubric.scale
            message = f"the minimum {criterion.minimum} of {criterion.code} does not fit its scale"
            values = {"criterion": criterion.code, "scale": f"{scale.minimum} to {scale.maximum}"}
            yield DefinitionMistake("rubric.threshold_outside_scale", message, rubric.clause, values=values)


def _is_reachable(criterion: Criterion, default: Scale) -> bool:
    scale, minimum = criterion.scale or default, criterion.minimum or ZERO
    return scale.minimum <= minimum and (minimum < scale.maximum or (minimum == scale.maximum and not criterion.strict))


def _scored(call: Call, stage: Stage) -> list[Criterion]:
    return [criterion for criterion in call.rubric.criteria if stage in criterion.stages]


def highest_total(call: Call, stage: Stage) -> Decimal:
    """The most that a proposal's scores can add up to, priority points apart."""
    total = ZERO
    for criterion in _scored(call, stage):
        scale = criterion.scale or call.rubric.scale
        total = EXACT.add(total, EXACT.multiply(criterion.weight, scale.maximum))
    return total


def highest_ranked_total(call: Call, stage: Stage) -> Decimal:
    """The most that a proposal can be ranked by: all marks and all priority points."""
    return exact_sum([highest_total(call, stage), *(priority.points for priority in call.priorities)])


def _thresholds(call: Call) -> Iterator[DefinitionMistake]:
    points = sum((priority.points for priority in call.priorities), ZERO)
    invited = call.invitation.minimum_total if call.invitation is not None else None
    thresholds = (
        ("rubric.minimum_total", call.rubric.minimum_total, call.rubric.clause, Stage.PROPOSAL, ZERO),
        ("allocation.minimum_score", call.allocation.minimum_score, call.allocation.clause, Stage.PROPOSAL, points),
        ("invitation.minimum_total", invited, "", Stage.PROFILE, points),
    )
    for name, minimum, clause, stage, extra in thresholds:
        highest = EXACT.add(highest_total(call, stage), extra)
        if minimum is not None and not ZERO <= minimum <= highest:
            message = f"{name} is {minimum}, but totals go from 0 to {highest}"
            values = {"key": name, "minimum": str(minimum), "highest": str(highest)}
            yield DefinitionMistake("rubric.threshold_out_of_reach", message, clause, values=values)


def _ranking(call: Call) -> Iterator[DefinitionMistake]:
    for word in unknown_tie_breaks(call.ranking, call.rubric):
        known = ", ".join((*TIE_BREAKS, *(f"criterion:{criterion.code}" for criterion in call.rubric.criteria)))
        message = f"unknown tie-break {word!r}; allowed: {known}"
        yield DefinitionMistake("ranking.unknown_tie_break", message, call.ranking.clause, values={"word": word})
    if call.ranking.draw and NUMBER in call.ranking.tie_breaks:
        message = f"the tie-break {NUMBER!r} leaves no ties, so that nothing is ever drawn; leave out it or the draw"
        yield DefinitionMistake("ranking.draw_out_of_reach", message, call.ranking.clause)


def _draw(call: Call) -> Iterator[DefinitionMistake]:
    for source in call.ranking.draw:
        if source.stage not in call.stages:
            message = f"the source {source.name!r} is of the stage {source.stage}, which the call does not have"
            values = {"source": source.name, "stage": source.stage.value}
            yield DefinitionMistake("ranking.draw_of_absent_stage", message, call.ranking.clause, values=values)
            continue
        closing = _closing_day(call, source.stage)
        values = {"source": source.name, "published_on": str(source.published_on), "closing": str(closing)}
        if source.published_on <= closing:
            message = f"the source {source.name!r} is drawn on {source.published_on}, not after the close on {closing}"
            yield DefinitionMistake("ranking.draw_too_early", message, call.ranking.clause, values=values)
        if source.numbers_count < 1:
            message = f"the source {source.name!r} gives at least one number"
            yield DefinitionMistake("ranking.draw_without_numbers", message, call.ranking.clause, values=values)


def _closing_day(call: Call, stage: Stage) -> date:
    """The day on which the applications of a stage stop arriving."""
    window = call.window if stage is Stage.PROFILE else call.second_window or call.window
    return window.closes_at.date()


def _amounts(call: Call) -> Iterator[DefinitionMistake]:
    grant = call.grant
    amounts = {
        "envelope_amount": call.envelope_amount,
        "grant.minimum_amount": grant.minimum_amount,
        "grant.maximum_amount": grant.maximum_amount,
        "grant.tolerance_amount": grant.tolerance_amount,
        "counterpart.tolerance_amount": call.counterpart.tolerance_amount if call.counterpart else None,
    }
    for name, amount in amounts.items():
        if amount is not None and not _is_amount(amount, call.currency):
            message = f"{name} is {amount:,}; an amount of {call.currency} is not negative, in its minor units"
            yield DefinitionMistake("amount.unfit", message, values={"key": name, "amount": str(amount)})
    if (grant.minimum_amount or ZERO) > (grant.maximum_amount or grant.minimum_amount or ZERO):
        message = "grant.minimum_amount is above grant.maximum_amount"
        yield DefinitionMistake("grant.empty_range", message, grant.clause)
    for name in sorted(set(grant.maximum_share_by_size) - set(SizeClass)):
        message = f"grant.maximum_share_by_size: unknown size {str(name)!r}; allowed: {', '.join(SizeClass)}"
        yield DefinitionMistake("grant.unknown_size", message, grant.clause, values={"size_class": str(name)})
    shares = {"maximum_share": grant.maximum_share} | {
        f"maximum_share_by_size.{size}": share for size, share in grant.maximum_share_by_size.items()
    }
    for name, share in shares.items():
        if share is not None and not ZERO <= share <= ONE:
            message = f"grant.{name} is {share}; a share lies between 0 and 1"
            yield DefinitionMistake("grant.share_outside_range", message, grant.clause, values={"key": name})


def _is_amount(amount: Decimal, currency: str) -> bool:
    try:
        return to_minor(amount, currency) >= 0
    except ValueError:
        return False


def _subsidy(call: Call) -> Iterator[DefinitionMistake]:
    if call.subsidy_type is SubsidyType.MATCHING_GRANT and call.counterpart is None:
        message = "a matching grant is paid against a counterpart; the call asks for none"
        yield DefinitionMistake("subsidy.nothing_to_match", message, call.grant.clause)
