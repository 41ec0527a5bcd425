"""What the parts of a logical framework say against each other, each mistake at its dotted key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from pipgrants.domain.mistakes import DefinitionMistake, unfit_amounts
from pipgrants.domain.monitoring.logical_framework import (
    Change,
    FrameworkComponent,
    FrameworkRow,
    Indicator,
    Level,
    LogicalFramework,
    Mark,
)
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Horizon, Language

EARLIEST_LONG_TERM_MONTH = 18
"""Change that lasts takes upward of 18 months (PIP, "Balance between short- and long-term objectives")."""

_MOST_ANCHORS = 11
_PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,10})?")


def framework_mistakes(framework: LogicalFramework) -> Iterator[DefinitionMistake]:
    """Everything that its reader does not see, from the top down."""
    yield from _texts(framework)
    yield from _twice(framework)
    yield from _horizons(framework)
    for key, row in _rows(framework):
        for indicator in row.indicators:
            yield from _indicator(indicator, f"{key}.indicators.{indicator.code}")
    yield from _activities(framework)


def _rows(framework: LogicalFramework) -> Iterator[tuple[str, FrameworkRow]]:
    yield "goal", framework.goal
    yield "purpose", framework.purpose
    for place, component in enumerate(framework.components, 1):
        yield f"components.{place}", component


def _all_texts(framework: LogicalFramework) -> Iterator[tuple[str, Text]]:
    yield "title", framework.title
    for key, row in _rows(framework):
        yield f"{key}.summary", row.summary
        for name, listed in (
            ("means_of_verification", row.means_of_verification),
            ("assumptions", row.assumptions),
        ):
            yield from ((f"{key}.{name}.{place}", text) for place, text in enumerate(listed, 1))
        for item in row.indicators:
            yield f"{key}.indicators.{item.code}.title", item.title
            if isinstance(item.measure, Mark):
                at = f"{key}.indicators.{item.code}.measure.mark.scale.anchors"
                yield from ((f"{at}.{mark}", text) for mark, text in item.measure.scale.anchors.items())
        for activity in row.activities if isinstance(row, FrameworkComponent) else ():
            yield f"{key}.activities.{activity.code}.title", activity.title


def _texts(framework: LogicalFramework) -> Iterator[DefinitionMistake]:
    for key, text in _all_texts(framework):
        missing = [language.value for language in framework.languages if not text.get(language, "").strip()]
        if missing:
            yield DefinitionMistake("text.missing_language", f"missing in: {', '.join(missing)}", key=key)
        for unknown in sorted(set(text) - set(Language)):
            message = f"unknown language {unknown!r}; allowed: {', '.join(Language)}"
            yield DefinitionMistake("text.unknown_language", message, key=key)


def _twice(framework: LogicalFramework) -> Iterator[DefinitionMistake]:
    seen: set[tuple[str, str]] = set()
    for key, row in _rows(framework):
        activities = row.activities if isinstance(row, FrameworkComponent) else ()
        for kind, items in (("indicators", row.indicators), ("activities", activities)):
            for item in items:
                if (kind, item.code) in seen:
                    message = f"the code {item.code!r} stands twice; periodic values are told apart by it"
                    yield DefinitionMistake("framework.code_twice", message, key=f"{key}.{kind}.{item.code}")
                seen.add((kind, item.code))
    components = [item.component for item in framework.components]
    for place, component in enumerate(components, 1):
        if component in components[: place - 1]:
            message = f"the component {component} stands twice; put its activities and indicators together"
            yield DefinitionMistake("framework.component_twice", message, key=f"components.{place}.component")


def _horizons(framework: LogicalFramework) -> Iterator[DefinitionMistake]:
    present = {indicator.horizon for indicator in framework.indicators}
    for horizon in Horizon:
        if horizon not in present:
            words = horizon.value.replace("_", "-")
            message = f"there is no {words} target; firms need results soon, and lasting change takes longer"
            yield DefinitionMistake("framework.no_horizon", message, key="components", values={"horizon": horizon})


def _indicator(indicator: Indicator, key: str) -> Iterator[DefinitionMistake]:
    if indicator.horizon is Horizon.LONG_TERM and indicator.due_month < EARLIEST_LONG_TERM_MONTH:
        message = f"a long-term target is due {EARLIEST_LONG_TERM_MONTH} months after the launch or later"
        yield DefinitionMistake("framework.long_term_too_early", message, key=f"{key}.due_month")
    measure, limit = indicator.measure, indicator.target.limit
    if isinstance(measure, Mark):
        yield from _scale(measure, limit, key)
    elif isinstance(measure, Level) and limit < 0:
        yield DefinitionMistake("framework.negative_level", "what is counted is never below zero", key=f"{key}.target")
    elif not isinstance(measure, Level) and limit < -1:
        message = "a change is a share of the baseline: nothing falls by more than 1"
        yield DefinitionMistake("framework.change_too_large", message, key=f"{key}.target")
    if isinstance(measure, Change) and indicator.baseline is not None and indicator.baseline <= 0:
        message = "a change is a share of the baseline, which is above zero"
        yield DefinitionMistake("framework.no_baseline", message, key=f"{key}.baseline")


def _scale(measure: Mark, limit: Decimal, key: str) -> Iterator[DefinitionMistake]:
    scale = measure.scale
    steps = (scale.maximum - scale.minimum) / scale.step + 1
    at = f"{key}.measure.mark.scale"
    if steps > _MOST_ANCHORS:
        message = f"the scale has {steps:f} marks; {_MOST_ANCHORS} at most can be told apart in words"
        yield DefinitionMistake("framework.scale_too_long", message, key=at)
    else:
        anchored = {Decimal(mark) for mark in scale.anchors if _PLAIN_NUMBER.fullmatch(mark)}
        marks = [scale.minimum + scale.step * place for place in range(int(steps))]
        missing = [f"{mark:f}" for mark in marks if mark not in anchored]
        if missing:
            message = f"every mark says in words what it stands for; missing: {', '.join(missing)}"
            yield DefinitionMistake("framework.mark_without_anchor", message, key=f"{at}.anchors")
    if not scale.minimum <= limit <= scale.maximum:
        message = f"the target lies on the scale, from {scale.minimum:f} to {scale.maximum:f}"
        yield DefinitionMistake("framework.target_off_scale", message, key=f"{key}.target")


def _activities(framework: LogicalFramework) -> Iterator[DefinitionMistake]:
    for place, component in enumerate(framework.components, 1):
        for activity in component.activities:
            key = f"components.{place}.activities.{activity.code}"
            if activity.to_month > framework.duration_months:
                message = f"the project lasts {framework.duration_months} months; an activity ends within them"
                yield DefinitionMistake("framework.activity_too_late", message, key=f"{key}.to_month")
            yield from unfit_amounts({f"{key}.budget_amount": activity.budget_amount}, framework.currency)
