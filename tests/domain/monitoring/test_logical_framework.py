"""The logical framework: its reader, its refusals, and the shipped example of annex 2."""

from decimal import Decimal

import pytest

from conftest import PROJECT
from pipgrants.domain.monitoring.framework_consistency import framework_mistakes
from pipgrants.domain.monitoring.logical_framework import (
    AtLeast,
    AtMost,
    LessThan,
    LogicalFramework,
    MoreThan,
)
from pipgrants.domain.monitoring.ratios import Ratio
from pipgrants.domain.vocabulary import Component, Horizon
from pipgrants.errors import DefinitionError
from pipgrants.reading import read_file, read_text

ANNEX_2 = PROJECT / "examples" / "logical_framework" / "pip-annex-2.yaml"

FRAMEWORK = """
framework: coffee
title: {en: Coffee}
currency: USD
duration_months: 36
goal:
  summary: {en: Competitiveness}
  assumptions: [{en: Stability}]
purpose:
  summary: {en: Integration}
  indicators:
    - code: sales
      title: {en: Sales}
      horizon: long_term
      due_month: 36
      measure: {firm_change: {of: sales, prices: constant}}
      target: {more_than: 0.20}
    - code: trust
      title: {en: Trust among firms}
      horizon: long_term
      due_month: 18
      measure:
        mark:
          scale:
            minimum: 1
            maximum: 3
            step: 1
            anchors: {"1": {en: None}, "2": {en: Some}, "3": {en: Shares orders}}
      target: {at_least: 2}
  means_of_verification: [{en: Reports}]
  assumptions: [{en: Demand}]
components:
  - component: cooperation
    summary: {en: Cooperation}
    indicators:
      - code: trained
        title: {en: Trained}
        horizon: short_term
        due_month: 6
        measure: {level: people}
        target: {at_least: 20}
      - code: costs
        title: {en: Costs}
        horizon: short_term
        due_month: 12
        measure: {change: cost per kilo}
        baseline: 80
        target: {at_most: -0.05}
    means_of_verification: [{en: Minutes}]
    assumptions: [{en: Interest}]
    activities:
      - code: workshops
        title: {en: Workshops}
        from_month: 1
        to_month: 6
        budget_amount: 6000.00
      - code: fairs
        title: {en: Fairs}
        from_month: 7
        to_month: 12
        budget_amount: 4000
"""


def read(*changes: tuple[str, str]) -> LogicalFramework:
    text = FRAMEWORK
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return read_text(text, LogicalFramework, file="coffee.yaml")


def mistakes(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    return [(item.code, item.key) for item in framework_mistakes(read(*changes))]


def test_sound_framework_has_no_mistake() -> None:
    assert mistakes() == []


def test_annex_2_is_shipped_with_its_targets() -> None:
    framework = read_file(ANNEX_2, LogicalFramework)
    assert list(framework_mistakes(framework)) == []
    targets = {item.code: (item.due_month, item.target) for item in framework.indicators}
    assert targets["sales"] == (36, MoreThan(Decimal("0.20")))
    assert targets["productivity"] == (36, MoreThan(Decimal("0.10")))
    assert targets["participants"] == (36, AtLeast(Decimal("60")))
    assert targets["officials_trained"] == (6, AtLeast(Decimal("20")))
    assert targets["entrepreneurs_trained"] == (6, AtLeast(Decimal("100")))
    assert targets["costs_of_assisted"] == (36, AtMost(Decimal("-0.05")))
    assert targets["exports"] == (36, AtLeast(Decimal("0.20")))
    assert targets["best_practices"] == (30, AtLeast(Decimal("1")))
    assert targets["workshops"] == (36, AtLeast(Decimal("4")))
    assert [item.component for item in framework.components] == [
        Component.COOPERATION,
        Component.TECHNOLOGY_AND_SERVICES,
        Component.MARKETS,
        Component.DISSEMINATION,
    ]
    assert [len(item.indicators) for item in framework.components] == [5, 8, 4, 3]
    assert {item.horizon for item in framework.indicators} == set(Horizon)


def test_unknown_key_is_refused_with_its_line_and_the_list_of_all() -> None:
    with pytest.raises(DefinitionError) as refused:
        read(("  assumptions: [{en: Demand}]", "  assumption: [{en: Demand}]"))
    problem = next(item for item in refused.value.problems if "unknown key" in item.message)
    assert (problem.file, problem.line, problem.field) == ("coffee.yaml", 31, "purpose.assumption")
    assert problem.message == (
        "unknown key, perhaps 'assumptions' is meant; allowed: summary, indicators, means_of_verification, assumptions"
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("target: {more_than: 0.20}", "target: {above: 0.20}", 17, "unknown word 'above'; allowed: at_least, at_most"),
        ("measure: {level: people}", "measure: {count: people}", 40, "unknown word 'count'; allowed: change, firm_"),
        (
            "of: sales, prices: constant",
            "of: turnover, prices: constant",
            16,
            "expected one of: production, employment",
        ),
        ("of: sales, prices: constant", "of: employment, prices: constant", 16, "employment is counted in persons"),
        ("due_month: 36", "due_month: 0", 15, "expected 1 to 180"),
        ("to_month: 6", "to_month: 0", 55, "expected 1 to 180"),
        ("from_month: 7", "from_month: 13", 60, "an activity does not end before it begins"),
        ("code: trained", "code: Trained", 36, "a code is small letters"),
        ("means_of_verification: [{en: Minutes}]", "means_of_verification: []", 49, "expected at least one"),
        ("step: 1\n", "step: 0\n", 25, "a scale rises from its minimum"),
    ],
)
def test_mistake_is_told_with_its_line(before: str, after: str, line: int, message: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read((before, after))
    found = refused.value.problems[0]
    assert found.message.startswith(message)
    assert found.line == line


@pytest.mark.parametrize("horizon", Horizon)
def test_short_and_long_term_targets_are_both_required(horizon: Horizon) -> None:
    other = next(item for item in Horizon if item is not horizon)
    text = FRAMEWORK.replace(f"horizon: {horizon}", f"horizon: {other}").replace("due_month: 6", "due_month: 18")
    framework = read_text(text.replace("due_month: 12", "due_month: 18"), LogicalFramework, file="coffee.yaml")
    assert [item.values["horizon"] for item in framework_mistakes(framework)] == [horizon]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("due_month: 18", "due_month: 17"),
            ("framework.long_term_too_early", "purpose.indicators.trust.due_month"),
        ),
        (
            ('"2": {en: Some}, ', ""),
            ("framework.mark_without_anchor", "purpose.indicators.trust.measure.mark.scale.anchors"),
        ),
        (
            ("target: {at_least: 2}", "target: {at_least: 4}"),
            ("framework.target_off_scale", "purpose.indicators.trust.target"),
        ),
        (("step: 1\n", "step: 0.1\n"), ("framework.scale_too_long", "purpose.indicators.trust.measure.mark.scale")),
        (("code: trust", "code: sales"), ("framework.code_twice", "purpose.indicators.sales")),
        (("code: fairs", "code: workshops"), ("framework.code_twice", "components.1.activities.workshops")),
        (("at_least: 20", "at_least: -1"), ("framework.negative_level", "components.1.indicators.trained.target")),
        (("at_most: -0.05", "at_most: -1.05"), ("framework.change_too_large", "components.1.indicators.costs.target")),
        (("baseline: 80", "baseline: 0"), ("framework.no_baseline", "components.1.indicators.costs.baseline")),
        (("to_month: 12", "to_month: 37"), ("framework.activity_too_late", "components.1.activities.fairs.to_month")),
        (("6000.00", "6000.005"), ("amount.unfit", "components.1.activities.workshops.budget_amount")),
        (("{en: Workshops}", "{es: Talleres}"), ("text.missing_language", "components.1.activities.workshops.title")),
        (("{en: Interest}", "{en: Interest, fr: Envie}"), ("text.unknown_language", "components.1.assumptions.1")),
        (
            ('"1": {en: None}', '"1": {en: ""}'),
            ("text.missing_language", "purpose.indicators.trust.measure.mark.scale.anchors.1"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) and "." in value[0] else "",
)
def test_parts_that_do_not_agree_are_found(change: tuple[str, str], expected: tuple[str, str]) -> None:
    assert mistakes(change) == [expected]


def test_component_that_stands_twice_is_found() -> None:
    second = FRAMEWORK.split("components:\n")[1].replace("trained", "helped").replace("costs", "prices")
    second = second.replace("workshops", "meetings").replace("fairs", "missions")
    framework = read_text(FRAMEWORK + second, LogicalFramework, file="coffee.yaml")
    assert [(item.code, item.key) for item in framework_mistakes(framework)] == [
        ("framework.component_twice", "components.2.component")
    ]


@pytest.mark.parametrize(
    ("target", "below", "at", "above"),
    [
        (MoreThan, False, False, True),
        (AtLeast, False, True, True),
        (AtMost, True, True, False),
        (LessThan, True, False, False),
    ],
)
def test_limit_itself_counts_where_the_word_says_so(target: type, below: bool, at: bool, above: bool) -> None:
    limit = target(Decimal("0.2"))
    seen = [Ratio(Decimal(text), Decimal("3")) for text in ("0.599999999", "0.6", "0.600000001")]
    assert [limit.holds(ratio) for ratio in seen] == [below, at, above]
