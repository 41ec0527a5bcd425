"""What is wrong with a call's definition in itself, beyond what its reader can see: all of it, each with its clause.

A mistake is found here when two parts of a definition do not agree: a text missing in one of the call's languages, a
tie-break by a criterion that the rubric lacks, a threshold that no mark can reach, a deadline that the clocks skip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from pipgrants.domain.allocation_consistency import check_allocation
from pipgrants.domain.calendar import WEEKDAYS, add_working_days, local_time_mistake
from pipgrants.domain.call import ZERO, Call, Window
from pipgrants.domain.mistakes import DefinitionMistake, rule_mistakes, unfit_amounts
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.ranking import NUMBER, TIE_BREAKS, unknown_tie_breaks
from pipgrants.domain.rubric import Criterion, Scale
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Language, SizeClass, Stage, SubsidyType
from pipgrants.money import EXACT
from pipgrants.scalars import parse_scalar

ANCHOR_OFF_SCALE = "rubric.anchor_off_scale"


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
        _anchors,
        _thresholds,
        _scoring,
        _ranking,
        _draw,
        _amounts,
        _subsidy,
        check_allocation,
    )
    return tuple(mistake for check in checks for mistake in check(call))


def texts(call: Call) -> Iterator[tuple[str, Text, str]]:
    """Every text of a call for applicants: its key, the text by language, its clause."""
    for name in ("title", "purpose", "who_may_apply"):
        yield name, getattr(call, name), ""
    for item in call.prerequisites:
        yield f"prerequisites.{item.code}.title", item.title, item.clause
        yield f"prerequisites.{item.code}.remedy", item.remedy, item.clause
    yield from _rubric_texts(call)
    for priority in call.priorities:
        yield f"priorities.{priority.code}.title", priority.title, priority.clause
    if not isinstance(call.contact.name, str):
        yield "contact.name", call.contact.name, ""
    for envelope in call.allocation.envelopes:
        yield f"allocation.envelopes.{envelope.code}.title", envelope.title, envelope.clause
    yield "appeal.addressee", call.appeal.addressee, call.appeal.clause
    if call.label:
        yield "label", call.label, ""


def _rubric_texts(call: Call) -> Iterator[tuple[str, Text, str]]:
    for criterion in call.rubric.criteria:
        yield f"rubric.criteria.{criterion.code}.title", criterion.title, call.rubric.clause
    for name, scale in _scales(call):
        for mark, anchor in scale.anchors.items():
            yield f"{name}.anchors.{mark}", anchor, call.rubric.clause


def _scales(call: Call) -> Iterator[tuple[str, Scale]]:
    yield "rubric.scale", call.rubric.scale
    for criterion in call.rubric.criteria:
        if criterion.scale is not None:
            yield f"rubric.criteria.{criterion.code}.scale", criterion.scale


def _texts(call: Call) -> Iterator[DefinitionMistake]:
    for name, text, clause in texts(call):
        missing = [language.value for language in call.languages if not text.get(language, "").strip()]
        if missing:
            message = f"{name} is missing in: {', '.join(missing)}"
            values = {"key": name, "languages": ", ".join(missing)}
            yield DefinitionMistake("text.missing_language", message, clause, name, values)
        for unknown in sorted(set(text) - {language.value for language in Language}):
            message = f"{name} has an unknown language {unknown!r}; allowed: {', '.join(Language)}"
            yield DefinitionMistake("text.unknown_language", message, clause, name, {"key": name, "language": unknown})


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
                values = {"key": f"{name}.{key}", "time": written}
                yield DefinitionMistake(f"window.{how}_time", message, "", f"{name}.{key}", values)


def _stages(call: Call) -> Iterator[DefinitionMistake]:
    two_stages = call.stages == (Stage.PROFILE, Stage.PROPOSAL)
    if not two_stages and call.stages != (Stage.PROPOSAL,):
        yield DefinitionMistake("call.stages", "the stages are [proposal], or [profile, proposal]", "", "stages")
    for name, given in (("second_window", call.second_window), ("invitation", call.invitation)):
        if two_stages and given is None:
            yield DefinitionMistake(f"call.no_{name}", f"a call of two stages needs {name}", "", name)
        if not two_stages and given is not None:
            yield DefinitionMistake(f"call.needless_{name}", f"{name} belongs to a call of two stages", "", name)
    if call.second_window is not None and call.second_window.opens_at <= call.window.closes_at:
        message = "second_window opens after the first window closes"
        yield DefinitionMistake("call.windows_overlap", message, "", "second_window.opens_at")


def _calendar(call: Call) -> Iterator[DefinitionMistake]:
    for name in call.weekend:
        if name not in WEEKDAYS:
            message = f"unknown weekday {name!r}; allowed: {', '.join(WEEKDAYS)}"
            yield DefinitionMistake("calendar.unknown_weekday", message, "", "weekend", {"weekday": name})
    if set(WEEKDAYS) <= set(call.weekend):
        yield DefinitionMistake("calendar.no_working_day", "the weekend leaves no working day", "", "weekend")


def _holidays(call: Call) -> Iterator[DefinitionMistake]:
    """A year without a single holiday was forgotten, where other years have some."""
    covered = {day.year for day in call.non_working_days}
    for year in _years_reached(call) if covered else ():
        if year not in covered:
            message = (
                f"non_working_days has none of {year}, which the dates of the call reach; "
                "add the holidays of that year, or give none at all"
            )
            values = {"year": str(year)}
            yield DefinitionMistake("calendar.year_without_holidays", message, "", "non_working_days", values)


def _years_reached(call: Call) -> range:
    """The years from the opening to the end of the time to answer and to appeal, counted from the last known date.

    Beyond the windows and the draw no date is known before it happens; the time to appeal is counted from the end of
    the time to answer a clarification.
    """
    closings = [window.closes_at.date() for _, window in _windows(call)]
    last = max([*closings, *(source.published_on for source in call.ranking.draw)])
    for terms in (call.clarification, call.appeal):
        if not set(WEEKDAYS) <= set(call.weekend):
            last = add_working_days(last, terms.working_days, call.weekend, call.non_working_days)
    return range(call.window.opens_at.year, last.year + 1)


def _rules(call: Call) -> Iterator[DefinitionMistake]:
    for item in call.prerequisites:
        yield from rule_mistakes(item.rule, f"prerequisite {item.code}", item.clause, f"prerequisites.{item.code}.rule")
    for priority in call.priorities:
        key = f"priorities.{priority.code}.rule"
        yield from rule_mistakes(priority.rule, f"priority {priority.code}", priority.clause, key)
    opening = call.window.opens_at.date()
    dated = [(f"prerequisites.{item.code}", item.clause, item.in_force_from) for item in call.prerequisites]
    if call.counterpart is not None:
        dated.append(("counterpart", call.counterpart.clause, call.counterpart.in_force_from))
    if call.eligible_costs is not None:
        dated.append(("eligible_costs", call.eligible_costs.clause, call.eligible_costs.in_force_from))
    for name, clause, in_force_from in dated:
        if in_force_from > opening:
            message = f"{name} is in force from {in_force_from}, after the call opens on {opening}"
            values = {"criterion": name, "in_force_from": str(in_force_from), "opening": str(opening)}
            yield DefinitionMistake("criterion.not_yet_in_force", message, clause, f"{name}.in_force_from", values)


def _codes(call: Call) -> Iterator[DefinitionMistake]:
    lists: dict[str, Iterable[str]] = {
        "prerequisites": (item.code for item in call.prerequisites),
        "rubric.criteria": (criterion.code for criterion in call.rubric.criteria),
        "priorities": (priority.code for priority in call.priorities),
        "eligible_costs.categories": call.eligible_costs.categories if call.eligible_costs else (),
        "required_evidence": call.required_evidence,
        "languages": call.languages,
        "allocation.envelopes": (envelope.code for envelope in call.allocation.envelopes),
        "ranking.tie_breaks": call.ranking.tie_breaks,
        "ranking.draw": (f"{source.name} of the stage {source.stage}" for source in call.ranking.draw),
    }
    for name, listed in lists.items():
        for code in sorted(code for code, count in Counter(listed).items() if count > 1):
            message = f"{name} lists {str(code)!r} more than once"
            yield DefinitionMistake("code.not_unique", message, "", name, {"key": name, "code": str(code)})


def _rubric(call: Call) -> Iterator[DefinitionMistake]:
    rubric = call.rubric
    for stage in call.stages:
        if not rubric.scored_at(stage):
            message = f"no criterion of the rubric is scored at the stage {stage}"
            values = {"stage": stage.value}
            yield DefinitionMistake("rubric.no_criterion", message, rubric.clause, "rubric.criteria", values)
    for criterion in rubric.criteria:
        yield from _minimums(call, criterion)


def _minimums(call: Call, criterion: Criterion) -> Iterator[DefinitionMistake]:
    """The thresholds of a criterion that no mark reaches, or that belong to a stage at which it is not scored."""
    key, scale, clause = f"rubric.criteria.{criterion.code}", criterion.scale or call.rubric.scale, call.rubric.clause
    minimums = {f"{key}.minimum_by_stage.{stage}": minimum for stage, minimum in criterion.minimum_by_stage.items()}
    if criterion.minimum is not None:
        minimums[f"{key}.minimum"] = criterion.minimum
    for at, minimum in minimums.items():
        if not _is_reachable(minimum, scale, strict=criterion.strict):
            message = f"the minimum {minimum} of {criterion.code} does not fit its scale"
            values = {"criterion": criterion.code, "scale": f"{scale.minimum} to {scale.maximum}"}
            yield DefinitionMistake("rubric.threshold_outside_scale", message, clause, at, values)
    for stage in criterion.minimum_by_stage:
        if stage not in criterion.stages or stage not in call.stages:
            message = f"{criterion.code} is not scored at the stage {stage}, for which it has a minimum"
            at, values = f"{key}.minimum_by_stage.{stage}", {"criterion": criterion.code, "stage": str(stage)}
            yield DefinitionMistake("rubric.threshold_of_absent_stage", message, clause, at, values)


def _anchors(call: Call) -> Iterator[DefinitionMistake]:
    for name, scale in _scales(call):
        for mark in scale.anchors:
            if not _is_mark(mark, scale):
                key = f"{name}.anchors.{mark}"
                message = f"{key}: an anchor is a mark of its scale, {scale.minimum} to {scale.maximum} by {scale.step}"
                yield DefinitionMistake(ANCHOR_OFF_SCALE, message, call.rubric.clause, key, {"mark": mark})


def _is_mark(text: str, scale: Scale) -> bool:
    try:
        mark = parse_scalar(text, Decimal)
    except ValueError:
        return False
    return isinstance(mark, Decimal) and scale.allows(mark)


def _is_reachable(minimum: Decimal, scale: Scale, *, strict: bool) -> bool:
    return scale.minimum <= minimum and (minimum < scale.maximum or (minimum == scale.maximum and not strict))


def highest_total(call: Call, stage: Stage) -> Decimal:
    """The most that a proposal's scores can add up to, weights for the ranking and priority points apart."""
    return exact_sum(
        EXACT.multiply(criterion.weight, (criterion.scale or call.rubric.scale).maximum)
        for criterion in call.rubric.scored_at(stage)
    )


def highest_ranked_total(call: Call, stage: Stage) -> Decimal:
    """The most that a proposal can be ranked by: all marks by their ranking weights, and all priority points."""
    marks = (
        EXACT.multiply(criterion.weight_in_ranking, (criterion.scale or call.rubric.scale).maximum)
        for criterion in call.rubric.scored_at(stage)
    )
    return exact_sum([*marks, *(priority.points for priority in call.priorities)])


def _thresholds(call: Call) -> Iterator[DefinitionMistake]:
    rubric, invited = call.rubric, call.invitation.minimum_total if call.invitation is not None else None
    of_full, of_profiles = (highest_ranked_total(call, stage) for stage in (Stage.PROPOSAL, Stage.PROFILE))
    thresholds = {
        "allocation.minimum_score": (call.allocation.minimum_score, call.allocation.clause, of_full),
        "invitation.minimum_total": (invited, "", of_profiles),
    }
    for stage in sorted(call.stages, key=lambda stage: highest_total(call, stage), reverse=True):
        key = f"minimum_total_by_stage.{stage}" if stage in rubric.minimum_total_by_stage else "minimum_total"
        thresholds[f"rubric.{key}"] = (rubric.minimum_total_at(stage), rubric.clause, highest_total(call, stage))
    for stage in rubric.minimum_total_by_stage:
        if stage not in call.stages:
            key = f"rubric.minimum_total_by_stage.{stage}"
            message, values = f"{key}: the call does not have the stage {stage}", {"stage": str(stage)}
            yield DefinitionMistake("rubric.threshold_of_absent_stage", message, rubric.clause, key, values)
    for name, (minimum, clause, highest) in thresholds.items():
        strict = name.startswith("rubric.") and rubric.minimum_total_strict
        if minimum is not None and (minimum < ZERO or minimum > highest or (strict and minimum == highest)):
            exceeded = ", and it is to be exceeded" if strict else ""
            message = f"{name} is {minimum}, but totals go from 0 to {highest}{exceeded}"
            values = {"key": name, "minimum": str(minimum), "highest": str(highest)}
            yield DefinitionMistake("rubric.threshold_out_of_reach", message, clause, name, values)


def _scoring(call: Call) -> Iterator[DefinitionMistake]:
    if call.scoring is None:
        return
    for stage, due_on in call.scoring.due_on.items():
        key, values = f"scoring.due_on.{stage}", {"stage": str(stage), "due_on": str(due_on)}
        if stage not in call.stages:
            message = f"{key}: the call does not have the stage {stage}"
            yield DefinitionMistake("scoring.absent_stage", message, call.scoring.clause, key, values)
        elif due_on <= _closing_day(call, stage):
            message = f"{key}: marks are due on {due_on}, before there is anything to score"
            yield DefinitionMistake("scoring.due_too_early", message, call.scoring.clause, key, values)


def _ranking(call: Call) -> Iterator[DefinitionMistake]:
    clause, key = call.ranking.clause, "ranking.tie_breaks"
    for word in unknown_tie_breaks(call.ranking, call.rubric):
        known = ", ".join((*TIE_BREAKS, *(f"criterion:{criterion.code}" for criterion in call.rubric.criteria)))
        message = f"unknown tie-break {word!r}; allowed: {known}"
        yield DefinitionMistake("ranking.unknown_tie_break", message, clause, key, {"word": word})
    if call.ranking.draw and NUMBER in call.ranking.tie_breaks:
        message = f"the tie-break {NUMBER!r} leaves no ties, so that nothing is ever drawn; leave out it or the draw"
        yield DefinitionMistake("ranking.draw_out_of_reach", message, clause, key)


def _draw(call: Call) -> Iterator[DefinitionMistake]:
    for place, source in enumerate(call.ranking.draw, 1):
        clause, key = call.ranking.clause, f"ranking.draw.{place}"
        if source.stage not in call.stages:
            message = f"the source {source.name!r} is of the stage {source.stage}, which the call does not have"
            values = {"source": source.name, "stage": source.stage.value}
            yield DefinitionMistake("ranking.draw_of_absent_stage", message, clause, f"{key}.stage", values)
            continue
        closing = _closing_day(call, source.stage)
        values = {"source": source.name, "published_on": str(source.published_on), "closing": str(closing)}
        if source.published_on <= closing:
            message = f"the source {source.name!r} is drawn on {source.published_on}, not after the close on {closing}"
            yield DefinitionMistake("ranking.draw_too_early", message, clause, f"{key}.published_on", values)


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
    yield from unfit_amounts(amounts, call.currency)
    if (grant.minimum_amount or ZERO) > (grant.maximum_amount or grant.minimum_amount or ZERO):
        message = "grant.minimum_amount is above grant.maximum_amount"
        yield DefinitionMistake("grant.empty_range", message, grant.clause, "grant.minimum_amount")
    if not call.envelope_amount or call.envelope_amount < (grant.minimum_amount or ZERO):
        message = (
            f"the envelope of {call.envelope_amount:,} pays no grant; it is above zero and no less than the smallest"
        )
        yield DefinitionMistake("envelope.pays_no_grant", message, "", "envelope_amount")
    for name in sorted(set(grant.maximum_share_by_size) - set(SizeClass)):
        message = f"grant.maximum_share_by_size: unknown size {str(name)!r}; allowed: {', '.join(SizeClass)}"
        key = f"grant.maximum_share_by_size.{name}"
        yield DefinitionMistake("grant.unknown_size", message, grant.clause, key, {"size_class": str(name)})


def _subsidy(call: Call) -> Iterator[DefinitionMistake]:
    if call.subsidy_type is SubsidyType.MATCHING_GRANT and call.counterpart is None:
        message = "a matching grant is paid against a counterpart; the call asks for none"
        yield DefinitionMistake("subsidy.nothing_to_match", message, call.grant.clause, "counterpart")
