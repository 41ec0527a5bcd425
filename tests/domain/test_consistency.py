"""A call's definition in itself: each contradiction is found, and a sound call has none."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.call import Call, EligibleCosts, GrantLimits, Priority, RandomSource, RankingRule, Window
from pipgrants.domain.consistency import check_consistency, highest_total
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.rubric import ScoringTerms
from pipgrants.domain.rules import IsTrue
from pipgrants.domain.vocabulary import CostCategory, Language, Stage, SubsidyType
from pipgrants.reading import read_file

CALLS = Path(__file__).resolve().parents[2] / "workflows" / "calls"
CALL = read_file(CALLS / "pip-two-stage.yaml", Call)
FIRST = CALL.prerequisites[0]
TEXT = {"es": "a", "pt": "b", "en": "c"}
local = datetime.fromisoformat


def with_rubric(**changes):
    return {"rubric": replace(CALL.rubric, **changes)}


def with_criterion(**changes):
    first, *rest = CALL.rubric.criteria
    return with_rubric(criteria=(replace(first, **changes), *rest))


def with_grant(**changes):
    return {"grant": GrantLimits("4", **changes)}


def with_draw(published_on, numbers_count=5, tie_breaks=("lower_grant",), stage=Stage.PROPOSAL):
    source = RandomSource("Lottery", "national lottery", published_on, numbers_count, stage)
    return {"ranking": RankingRule("5.5", tie_breaks, (source,))}


def with_costs(*categories, in_force_from=date(2025, 1, 1)):
    return {"eligible_costs": EligibleCosts("3.9", categories, in_force_from)}


FIRST_CLOSING = CALL.window.closes_at.date()
CLOSING = CALL.second_window.closes_at.date()
HIGHEST = highest_total(CALL, Stage.PROPOSAL)
POINTS = sum(priority.points for priority in CALL.priorities)

MISTAKES = [
    ({"title": {"es": "a", "pt": " "}}, "text.missing_language"),
    ({"purpose": {**TEXT, "fr": "d"}}, "text.unknown_language"),
    ({"prerequisites": (replace(FIRST, remedy={}),)}, "text.missing_language"),
    ({"appeal": replace(CALL.appeal, addressee={})}, "text.missing_language"),
    ({"label": {"es": "datos públicos", "pt": "dados públicos"}}, "text.missing_language"),
    (with_criterion(title={"en": "only"}), "text.missing_language"),
    (with_rubric(scale=replace(CALL.rubric.scale, anchors={"0": {}})), "text.missing_language"),
    (with_rubric(scale=replace(CALL.rubric.scale, anchors={"5.5": TEXT})), "rubric.anchor_off_scale"),
    (with_rubric(scale=replace(CALL.rubric.scale, anchors={"0.3": TEXT})), "rubric.anchor_off_scale"),
    (with_rubric(scale=replace(CALL.rubric.scale, anchors={"best": TEXT})), "rubric.anchor_off_scale"),
    (with_criterion(scale=replace(CALL.rubric.scale, anchors={"-1": TEXT})), "rubric.anchor_off_scale"),
    ({"languages": (*Language, Language.ENGLISH)}, "code.not_unique"),
    (
        {"time_zone": "Europe/Madrid", "window": Window(local("2026-01-12 09:00"), local("2026-03-29 02:30"))},
        "window.skipped_time",
    ),
    (
        {"time_zone": "Europe/Madrid", "second_window": Window(local("2026-06-15 09:00"), local("2026-10-25 02:30"))},
        "window.repeated_time",
    ),
    ({"stages": (Stage.PROPOSAL, Stage.PROFILE), "second_window": None, "invitation": None}, "call.stages"),
    ({"second_window": None}, "call.no_second_window"),
    ({"invitation": None}, "call.no_invitation"),
    ({"stages": (Stage.PROPOSAL,), "invitation": None}, "call.needless_second_window"),
    ({"stages": (Stage.PROPOSAL,), "second_window": None}, "call.needless_invitation"),
    ({"second_window": CALL.window}, "call.windows_overlap"),
    ({"weekend": ("sunday", "domingo")}, "calendar.unknown_weekday"),
    (
        {"weekend": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")},
        "calendar.no_working_day",
    ),
    ({"non_working_days": (date(2025, 12, 25),)}, "calendar.year_without_holidays"),
    ({"appeal": replace(CALL.appeal, working_days=90)}, "calendar.year_without_holidays"),
    ({"prerequisites": (replace(FIRST, rule=IsTrue("proposal.colour")),)}, "rule.unknown_fact"),
    ({"priorities": (Priority("p", "7", TEXT, IsTrue("members.count")),)}, "rule.unfit_comparison"),
    ({"prerequisites": (replace(FIRST, in_force_from=date(2026, 1, 13)),)}, "criterion.not_yet_in_force"),
    ({"counterpart": replace(CALL.counterpart, in_force_from=date(2026, 1, 13))}, "criterion.not_yet_in_force"),
    (with_costs(CostCategory.STAFF, in_force_from=date(2026, 1, 13)), "criterion.not_yet_in_force"),
    ({"prerequisites": (FIRST, FIRST)}, "code.not_unique"),
    (with_costs(CostCategory.STAFF, CostCategory.STAFF), "code.not_unique"),
    (with_criterion(minimum=CALL.rubric.scale.maximum + 1), "rubric.threshold_outside_scale"),
    (with_criterion(minimum=CALL.rubric.scale.maximum, strict=True), "rubric.threshold_outside_scale"),
    (with_rubric(minimum_total=HIGHEST + 1), "rubric.threshold_out_of_reach"),
    (with_rubric(minimum_total=HIGHEST, minimum_total_strict=True), "rubric.threshold_out_of_reach"),
    (with_rubric(minimum_total_by_stage={Stage.PROFILE: HIGHEST}), "rubric.threshold_out_of_reach"),
    (with_criterion(minimum_by_stage={Stage.PROPOSAL: Decimal(6)}), "rubric.threshold_outside_scale"),
    (
        with_criterion(stages=(Stage.PROPOSAL,), minimum_by_stage={Stage.PROFILE: Decimal(3)}),
        "rubric.threshold_of_absent_stage",
    ),
    ({"scoring": ScoringTerms("5.9", due_on={Stage.PROFILE: CALL.window.closes_at.date()})}, "scoring.due_too_early"),
    ({"allocation": replace(CALL.allocation, minimum_score=HIGHEST + POINTS + 1)}, "rubric.threshold_out_of_reach"),
    ({"invitation": replace(CALL.invitation, minimum_total=Decimal(-1))}, "rubric.threshold_out_of_reach"),
    ({"ranking": replace(CALL.ranking, tie_breaks=("criterion:beauty",))}, "ranking.unknown_tie_break"),
    ({"ranking": replace(CALL.ranking, tie_breaks=("number", "number"))}, "code.not_unique"),
    (with_draw(CLOSING), "ranking.draw_too_early"),
    (with_draw(FIRST_CLOSING, stage=Stage.PROFILE), "ranking.draw_too_early"),
    (with_draw(date(2027, 1, 4)), "calendar.year_without_holidays"),
    (with_draw(CLOSING + timedelta(days=1), tie_breaks=("number", "lower_grant")), "ranking.draw_out_of_reach"),
    ({"envelope_amount": Decimal("1000000.001")}, "amount.unfit"),
    (with_grant(maximum_amount=Decimal("0.001")), "amount.unfit"),
    ({"envelope_amount": Decimal(0), **with_grant()}, "envelope.pays_no_grant"),
    (with_grant(minimum_amount=CALL.envelope_amount + 1), "envelope.pays_no_grant"),
    (with_grant(minimum_amount=Decimal(2), maximum_amount=Decimal(1)), "grant.empty_range"),
    (with_grant(maximum_share_by_size={"tiny": Decimal("0.1")}), "grant.unknown_size"),
    ({"counterpart": None}, "subsidy.nothing_to_match"),
    ({"contact": replace(CALL.contact, name={"en": "Calls desk"})}, "text.missing_language"),
]


@pytest.mark.parametrize("path", sorted(CALLS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_call_has_no_mistake(path):
    assert check_consistency(read_file(path, Call)) == ()


@pytest.mark.parametrize(("changes", "code"), MISTAKES)
def test_contradiction_is_found_and_nothing_else(changes, code):
    assert [mistake.code for mistake in check_consistency(replace(CALL, **changes))] == [code]


def test_criterion_is_scored_at_every_stage():
    at_the_end = tuple(replace(criterion, stages=(Stage.PROPOSAL,)) for criterion in CALL.rubric.criteria)
    call = replace(CALL, invitation=replace(CALL.invitation, minimum_total=None), **with_rubric(criteria=at_the_end))
    assert [mistake.code for mistake in check_consistency(call)] == ["rubric.no_criterion"]


def test_draw_after_the_close_of_its_stage_is_allowed():
    assert check_consistency(replace(CALL, **with_draw(CLOSING + timedelta(days=1)))) == ()
    assert check_consistency(replace(CALL, **with_draw(FIRST_CLOSING + timedelta(days=1), stage=Stage.PROFILE))) == ()


def test_both_stages_may_draw_from_the_same_source_on_their_own_dates():
    dates = {Stage.PROFILE: date(2026, 4, 20), Stage.PROPOSAL: date(2026, 10, 5)}
    sources = tuple(RandomSource("Lottery", "national lottery", day, 5, stage) for stage, day in dates.items())
    rule = RankingRule("5.5", ("lower_grant",), sources)
    assert check_consistency(replace(CALL, ranking=rule)) == ()
    assert [source.published_on for source in rule.of_stage(Stage.PROFILE).draw] == [dates[Stage.PROFILE]]
    twice = replace(CALL, ranking=replace(rule, draw=(*sources, sources[0])))
    assert [mistake.code for mistake in check_consistency(twice)] == ["code.not_unique"]


def test_draw_of_a_stage_that_the_call_does_not_have_is_a_mistake():
    call = read_file(CALLS / "pip-one-stage.yaml", Call)
    sources = tuple(replace(source, stage=Stage.PROFILE) for source in call.ranking.draw)
    found = check_consistency(replace(call, ranking=replace(call.ranking, draw=sources)))
    assert [mistake.code for mistake in found] == ["ranking.draw_of_absent_stage"] * 2


def test_call_without_any_holiday_reaches_any_year():
    assert check_consistency(replace(CALL, non_working_days=(), appeal=replace(CALL.appeal, working_days=90))) == ()


def test_year_without_holidays_is_named():
    windows = {"window": Window(local("2024-12-01 09:00"), local("2026-03-31 17:00"))}
    found = check_consistency(
        replace(
            CALL, **windows, prerequisites=(), counterpart=None, eligible_costs=None, subsidy_type=SubsidyType.GRANT
        )
    )
    assert [mistake.values for mistake in found] == [{"year": "2024"}, {"year": "2025"}]


def test_grant_needs_no_counterpart_and_a_call_no_label():
    assert check_consistency(replace(CALL, subsidy_type=SubsidyType.GRANT, counterpart=None)) == ()
    assert check_consistency(replace(CALL, label=TEXT)) == ()


def test_one_clause_may_carry_several_prerequisites():
    assert check_consistency(replace(CALL, prerequisites=(FIRST, replace(FIRST, code="another")))) == ()


def test_mistake_names_clause_key_and_values():
    call = replace(CALL, prerequisites=(replace(FIRST, title={"es": "a"}),))
    assert check_consistency(call) == (
        DefinitionMistake(
            "text.missing_language",
            f"prerequisites.{FIRST.code}.title is missing in: pt, en",
            FIRST.clause,
            f"prerequisites.{FIRST.code}.title",
            {"key": f"prerequisites.{FIRST.code}.title", "languages": "pt, en"},
        ),
    )


def test_all_mistakes_are_listed_together():
    call = replace(CALL, weekend=("domingo",), title={}, envelope_amount=Decimal("2000000.001"))
    assert [mistake.code for mistake in check_consistency(call)] == [
        "text.missing_language",
        "calendar.unknown_weekday",
        "amount.unfit",
    ]
