"""The shipped programmes and calls: complete, consistent with each other, and saying what they are meant to say."""

import csv
import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipgrants.domain.allocation_terms import AllocationRule
from pipgrants.domain.call import Base, Call, InKindBase, InKindCap
from pipgrants.domain.eligibility import evaluate
from pipgrants.domain.evaluation import scale_of
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.implementation_terms import NOT_GIVEN
from pipgrants.domain.operating_criteria import check_call, check_programme
from pipgrants.domain.programme import Programme
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.ranking import unknown_tie_breaks
from pipgrants.domain.rubric import Combination, Rubric
from pipgrants.domain.rules import mistakes
from pipgrants.domain.vocabulary import (
    CostCategory,
    FundingSource,
    Language,
    MemberType,
    Objective,
    ProjectType,
    SizeClass,
    Stage,
    SubsidyType,
    Tier,
    Verdict,
)
from pipgrants.reading import read_file

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
CALLS = {path.stem: read_file(path, Call) for path in sorted((WORKFLOWS / "calls").glob("*.yaml"))}
PROGRAMMES = {path.stem: read_file(path, Programme) for path in sorted((WORKFLOWS / "programmes").glob("*.yaml"))}
LANGUAGES = {language.value for language in Language}
SILENT = (EvaluatorTerms(), NOT_GIVEN)

SUPPORT_COSTS = {
    CostCategory.FEES,
    CostCategory.TRAVEL,
    CostCategory.JOINT_MISSION,
    CostCategory.PRE_FEASIBILITY_STUDY,
    CostCategory.SAMPLES,
}
PROJECT_COSTS = {
    CostCategory.STAFF,
    CostCategory.CONSULTANCY,
    CostCategory.TRAINING,
    CostCategory.TRAVEL,
    CostCategory.EQUIPMENT,
    CostCategory.MATERIALS,
    CostCategory.ADMINISTRATION,
}

every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
every_programme = pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=PROGRAMMES.keys())


def texts(value: object) -> Iterator[Mapping[str, str]]:
    """Every text by language inside a definition."""
    if isinstance(value, Mapping):
        if LANGUAGES & value.keys():
            yield value
        else:
            for item in value.values():
                yield from texts(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def clauses(value: object) -> Iterator[str]:
    """Every clause number inside a definition; rules of evaluators or projects that a call does not give have none."""
    if isinstance(value, tuple):
        for item in value:
            yield from clauses(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name == "clause" and value not in SILENT:
                yield value.clause
            yield from clauses(getattr(value, field.name))


def highest_total(rubric: Rubric) -> Decimal:
    return sum((item.weight * scale_of(rubric, item).maximum for item in rubric.criteria), Decimal(0))


def consortium(*kinds: MemberType | None, project_type: ProjectType | None = None, **facts) -> Proposal:
    """A proposal whose members are different parties of these kinds."""
    members = tuple(Member(f"party-{place}", place == 1, kind) for place, kind in enumerate(kinds, 1))
    return proposal(project_type=project_type, members=members, **facts)


def proposal(**facts) -> Proposal:
    received_at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    return Proposal("P-1", "call", Stage.PROPOSAL, "received", "A project", received_at, **facts)


def verdict(call: str, code: str, on: Proposal) -> Verdict:
    prerequisite = next(item for item in CALLS[call].prerequisites if item.code == code)
    return evaluate(prerequisite.rule, on, CALLS[call].currency)[0]


@pytest.fixture(scope="module")
def real_rules(shared_data):
    """The numeric rules of real calls by their identity."""
    rules = json.loads((shared_data / "real/real_call_rules.json").read_text(encoding="utf-8"), parse_float=Decimal)
    return {rule["id"]: rule for rule in rules}


class TestEveryProgramme:
    def test_shipped_programmes_are_these(self):
        assert list(PROGRAMMES) == [
            "competitiveness-fund",
            "danish-structural-funds",
            "innovation-facility",
            "local-productive-development",
            "participatory-budget",
            "proposal-preparation-fund",
            "regional-productivity-fund",
            "research-framework",
            "structural-funds",
        ]

    @every_programme
    def test_programme_is_named_as_its_file(self, programme):
        assert PROGRAMMES[programme.programme] is programme

    @every_programme
    def test_programme_has_no_mistake(self, programme):
        assert check_programme(programme, date(2026, 1, 12)) == ()

    @every_programme
    def test_programme_speaks_three_languages(self, programme):
        assert {frozenset(text) for text in texts(programme)} == {frozenset(LANGUAGES)}
        assert all(all(words.strip() for words in text.values()) for text in texts(programme))

    @every_programme
    def test_clauses_are_numbered(self, programme):
        numbers = [criterion.clause for criterion in programme.operating_criteria]
        assert [number for number in numbers if not re.fullmatch(r"[1-9]\d*\.[1-9]\d*", number)] == []

    @every_programme
    def test_calls_together_stay_within_the_envelope(self, programme):
        spent = sum(call.envelope_amount for call in CALLS.values() if call.programme == programme.programme)
        assert Decimal(0) < spent <= programme.envelope_amount

    def test_competitiveness_fund_has_three_tiers_and_asks_half_by_clause_4_2(self):
        fund = PROGRAMMES["competitiveness-fund"]
        by_clause = {criterion.clause: criterion for criterion in fund.operating_criteria}
        assert set(fund.tiers) == {"management", "coordination", "implementation"}
        assert (fund.envelope_amount, fund.currency) == (Decimal(40_000_000), "USD")
        assert by_clause["4.2"].minimum_counterpart_share == Decimal("0.5")
        assert {criterion.in_force_from.isoformat() for criterion in by_clause.values()} == {"2025-01-01"}

    def test_local_productive_development_has_one_tier_that_stands_in_for_two(self):
        programme = PROGRAMMES["local-productive-development"]
        assert set(programme.tiers) == {"implementation"}
        assert programme.stands_in == {"management": Tier.IMPLEMENTATION, "coordination": Tier.IMPLEMENTATION}


class TestEveryCall:
    def test_shipped_calls_are_these(self):
        assert list(CALLS) == [
            "cervera-centres",
            "compete-caribbean-clusters",
            "danish-structural-funds",
            "ecsel",
            "horizon-europe-innovation",
            "horizon-europe-research",
            "horizon-europe-two-stage",
            "innterconecta-step",
            "lithuania",
            "matching-grant-facility",
            "nuble-frpd",
            "participatory-budget-most-votes",
            "participatory-budget",
            "pip-one-stage",
            "pip-two-stage",
            "preparation-support",
            "territorial-initiatives",
            "transmisiones",
        ]
        assert len({call.number_prefix for call in CALLS.values()}) == len(CALLS)

    @every_call
    def test_call_is_named_as_its_file_and_shares_the_currency_of_its_programme(self, call):
        assert CALLS[call.call] is call
        assert PROGRAMMES[call.programme].currency == call.currency

    @every_call
    def test_call_is_consistent_and_not_laxer_than_its_programme_with_all_its_calls_open(self, call):
        others = (other for other in CALLS.values() if other.programme == call.programme and other is not call)
        open_envelopes = sum((other.envelope_amount for other in others), Decimal(0))
        assert check_call(call, PROGRAMMES[call.programme], open_envelopes) == ()

    @every_call
    def test_every_text_stands_in_every_language_of_the_call(self, call):
        assert set(call.languages) == set(Language)
        assert {frozenset(text) for text in texts(call)} == {frozenset(call.languages)}
        assert all(all(words.strip() for words in text.values()) for text in texts(call))

    @every_call
    def test_languages_are_not_copies_of_each_other(self, call):
        assert [text for text in texts(call) if len(set(text.values())) == 1] == []

    @every_call
    def test_clauses_are_numbered_and_stand_once(self, call):
        numbers = list(clauses(call))
        assert all(re.fullmatch(r"[1-9]\d*\.[1-9]\d*", number) for number in numbers)
        assert [number for number, count in Counter(numbers).items() if count > 1] == []

    @every_call
    def test_rules_name_documented_facts(self, call):
        assert [mistake for item in (*call.prerequisites, *call.priorities) for mistake in mistakes(item.rule)] == []

    @every_call
    def test_scales_are_anchored_at_both_ends_and_at_each_minimum(self, call):
        for criterion in call.rubric.criteria:
            scale = scale_of(call.rubric, criterion)
            anchored = [Decimal(mark) for mark in scale.anchors]
            assert anchored == sorted(anchored)
            assert (anchored[0], anchored[-1]) == (scale.minimum, scale.maximum)
            assert all(scale.allows(mark) for mark in anchored)
            minimums = {criterion.minimum, *criterion.minimum_by_stage.values()} - {None}
            assert minimums <= set(anchored)

    @every_call
    def test_codes_stand_once_and_tie_breaks_are_known(self, call):
        for items in (call.prerequisites, call.rubric.criteria, call.priorities):
            assert len({item.code for item in items}) == len(items)
        assert unknown_tie_breaks(call.ranking, call.rubric) == ()

    @every_call
    def test_ties_end_in_a_draw_after_the_close_or_in_the_number(self, call):
        closes_on = (call.second_window or call.window).closes_at.date()
        assert bool(call.ranking.draw) != (call.ranking.tie_breaks[-1] == "number")
        assert all(source.published_on > closes_on for source in call.ranking.draw)

    @every_call
    def test_window_lies_in_a_known_time_zone_and_the_calendar_has_no_day_twice(self, call):
        assert call.window.closes_at.replace(tzinfo=ZoneInfo(call.time_zone)).utcoffset() is not None
        assert list(call.non_working_days) == sorted(set(call.non_working_days))

    @every_call
    def test_call_in_two_stages_has_a_second_window_and_terms_of_invitation(self, call):
        in_two_stages = call.stages == (Stage.PROFILE, Stage.PROPOSAL)
        assert in_two_stages == call.call.endswith("two-stage")
        assert in_two_stages == (call.second_window is not None) == (call.invitation is not None)
        assert not in_two_stages or call.second_window.opens_at > call.window.closes_at

    @every_call
    def test_call_with_a_counterpart_is_a_matching_grant_and_the_others_are_grants_or_support(self, call):
        expected = SubsidyType.GRANT if call.counterpart is None else SubsidyType.MATCHING_GRANT
        assert call.subsidy_type is (
            SubsidyType.PREPARATION_SUPPORT if call.call == "preparation-support" else expected
        )

    @every_call
    def test_costs_are_limited_where_the_programme_limits_them_and_to_the_same(self, call):
        limits = [
            set(criterion.eligible_costs)
            for criterion in PROGRAMMES[call.programme].operating_criteria
            if criterion.eligible_costs
        ]
        named = [] if call.eligible_costs is None else [set(call.eligible_costs.categories)]
        assert named == limits
        assert all(costs == (SUPPORT_COSTS if call.call == "preparation-support" else PROJECT_COSTS) for costs in named)

    def test_only_the_calls_of_the_three_funds_for_enterprises_limit_costs(self):
        assert [name for name, call in CALLS.items() if call.eligible_costs is not None] == [
            "compete-caribbean-clusters",
            "matching-grant-facility",
            "pip-one-stage",
            "pip-two-stage",
            "preparation-support",
            "territorial-initiatives",
        ]


class TestPreparationSupport:
    @pytest.mark.parametrize(
        ("lead", "expected"),
        [
            (MemberType.ASSOCIATION, Verdict.MET),
            (MemberType.PUBLIC_BODY, Verdict.MET),
            (MemberType.KNOWLEDGE_INSTITUTION, Verdict.MET),
            (MemberType.ENTERPRISE, Verdict.NOT_MET),
            (None, Verdict.UNDETERMINED),
        ],
    )
    def test_lead_is_an_institution(self, lead, expected):
        group = consortium(lead, *[MemberType.ENTERPRISE] * 5)
        assert verdict("preparation-support", "lead_institution", group) is expected

    @pytest.mark.parametrize(
        ("sizes", "expected"),
        [
            ([SizeClass.MICRO] * 3 + [SizeClass.SMALL] * 2, Verdict.MET),
            ([SizeClass.MICRO] * 4 + [SizeClass.MEDIUM], Verdict.NOT_MET),
            ([SizeClass.MICRO] * 4 + [None], Verdict.UNDETERMINED),
        ],
    )
    def test_group_is_of_at_least_five_micro_or_small_enterprises(self, sizes, expected):
        firms = tuple(
            Member(f"firm-{place}", False, MemberType.ENTERPRISE, size_class=size) for place, size in enumerate(sizes)
        )
        helped = proposal(members=(Member("institution", True, MemberType.ASSOCIATION), *firms))
        assert verdict("preparation-support", "weak_group", helped) is expected

    def test_locality_that_is_not_stated_is_asked_for(self):
        assert verdict("preparation-support", "locality", proposal()) is Verdict.UNDETERMINED
        assert verdict("preparation-support", "locality", proposal(territory="HN-FM-0801")) is Verdict.MET

    def test_support_is_given_twice_in_a_locality_and_in_the_first_three_years(self):
        fund = {item.clause: item for item in PROGRAMMES["proposal-preparation-fund"].operating_criteria}
        assert (fund["4.3"].support_awards_per_locality, fund["4.4"].support_first_years) == (2, 3)
        assert CALLS["preparation-support"].allocation.maximum_awards_per_locality == 2
        assert CALLS["preparation-support"].counterpart is None


class TestPipCalls:
    @pytest.mark.parametrize("name", ["pip-one-stage", "pip-two-stage"])
    def test_counterpart_is_half_of_the_proposal_with_in_kind_capped(self, name):
        rule = CALLS[name].counterpart
        assert (rule.clause, rule.minimum_share, rule.of) == ("4.2", Decimal("0.5"), Base.PROPOSAL)
        assert rule.in_kind_cap == InKindCap(Decimal("0.4"), InKindBase.COUNTERPART)
        assert rule.ineligible_sources == (FundingSource.OTHER_PUBLIC_GRANT,)

    @pytest.mark.parametrize("name", ["pip-one-stage", "pip-two-stage"])
    def test_rubric_has_eight_criteria_under_three_headings_and_a_hundred_points(self, name):
        rubric = CALLS[name].rubric
        assert Counter(criterion.heading for criterion in rubric.criteria) == {
            "promoting_institution": 3,
            "context_and_sector": 2,
            "proposal": 3,
        }
        assert highest_total(rubric) == 100
        assert {criterion.minimum for criterion in rubric.criteria} == {Decimal(2)}
        assert list(rubric.scale.anchors) == ["0", "1", "2", "3", "4", "5"]

    def test_sixty_points_are_needed_in_either_form(self):
        assert CALLS["pip-one-stage"].rubric.minimum_total == 60
        assert CALLS["pip-two-stage"].allocation.minimum_score == 60

    def test_profile_needs_six_tenths_of_what_a_profile_can_reach(self):
        call = CALLS["pip-two-stage"]
        early = tuple(item for item in call.rubric.criteria if Stage.PROFILE in item.stages)
        reach = highest_total(dataclasses.replace(call.rubric, criteria=early))
        assert call.invitation.minimum_total == Decimal("0.6") * reach

    @pytest.mark.parametrize(
        ("project_type", "enterprises_count", "expected"),
        [
            (ProjectType.HORIZONTAL_NETWORK, 4, Verdict.NOT_MET),
            (ProjectType.HORIZONTAL_NETWORK, 5, Verdict.MET),
            (ProjectType.VERTICAL_NETWORK, 3, Verdict.NOT_MET),
            (ProjectType.VERTICAL_NETWORK, 4, Verdict.MET),
            (ProjectType.CLUSTER, 1, Verdict.MET),
            (None, 1, Verdict.UNDETERMINED),
        ],
    )
    def test_networks_need_a_minimum_of_enterprises(self, project_type, enterprises_count, expected):
        group = consortium(*[MemberType.ENTERPRISE] * enterprises_count, project_type=project_type)
        assert verdict("pip-one-stage", "minimum_enterprises", group) is expected

    def test_enterprise_that_stands_twice_counts_once(self):
        group = consortium(*[MemberType.ENTERPRISE] * 4, project_type=ProjectType.HORIZONTAL_NETWORK)
        repeated = group._replace(members=(*group.members, group.members[-1]))
        assert verdict("pip-one-stage", "minimum_enterprises", repeated) is Verdict.NOT_MET

    def test_excluded_member_bars_the_group(self):
        group = consortium(MemberType.ENTERPRISE, MemberType.ENTERPRISE)
        assert verdict("pip-one-stage", "not_excluded", group) is Verdict.MET
        barred = group._replace(members=(group.members[0], group.members[1]._replace(excluded=True)))
        assert verdict("pip-one-stage", "not_excluded", barred) is Verdict.NOT_MET


class TestTerritorialCalls:
    @pytest.mark.parametrize(
        ("kinds", "expected"),
        [
            ((MemberType.ENTERPRISE, MemberType.KNOWLEDGE_INSTITUTION), Verdict.NOT_MET),
            ((MemberType.ENTERPRISE, MemberType.ENTERPRISE, MemberType.KNOWLEDGE_INSTITUTION), Verdict.MET),
            ((MemberType.ENTERPRISE, MemberType.ENTERPRISE, MemberType.PUBLIC_BODY), Verdict.NOT_MET),
            ((MemberType.ENTERPRISE, MemberType.ENTERPRISE, None), Verdict.UNDETERMINED),
        ],
    )
    def test_initiative_needs_three_entities_with_enterprise_and_knowledge_institution(self, kinds, expected):
        assert verdict("territorial-initiatives", "three_entities", consortium(*kinds)) is expected

    @pytest.mark.parametrize(
        ("kinds", "expected"),
        [
            ((MemberType.ENTERPRISE, MemberType.PUBLIC_BODY), Verdict.MET),
            ((MemberType.ENTERPRISE, MemberType.KNOWLEDGE_INSTITUTION), Verdict.NOT_MET),
        ],
    )
    def test_matching_grant_needs_a_private_and_a_public_body(self, kinds, expected):
        assert verdict("matching-grant-facility", "private_and_public", consortium(*kinds)) is expected

    def test_real_ecsel_consortia_meet_the_two_rules_96_and_9_times(self, shared_data):
        kinds = {
            "PRC": MemberType.ENTERPRISE,
            "HES": MemberType.KNOWLEDGE_INSTITUTION,
            "REC": MemberType.KNOWLEDGE_INSTITUTION,
            "PUB": MemberType.PUBLIC_BODY,
            "OTH": MemberType.OTHER,
        }
        members: dict[str, list[Member]] = {}
        with (shared_data / "real/ecsel_participants.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                member = Member(row["organisationID"], row["role"] == "coordinator", kinds.get(row["activityType"]))
                members.setdefault(row["projectID"], []).append(member)
        groups = [proposal(members=tuple(group)) for group in members.values()]
        assert Counter(verdict("ecsel", "three_entities", group) for group in groups) == {Verdict.MET: 96}
        mixed = Counter(verdict("matching-grant-facility", "private_and_public", group) for group in groups)
        assert mixed[Verdict.MET] == 9

    def test_ecsel_carries_the_rule_of_territorial_initiatives(self):
        rules = [
            next(item.rule for item in CALLS[name].prerequisites if item.code == "three_entities")
            for name in ("ecsel", "territorial-initiatives")
        ]
        assert rules[0] == rules[1]


class TestModelledCalls:
    def test_modelled_calls_name_their_source_and_its_kind(self, real_rules):
        sources = {
            "innterconecta-step": "cdti-innterconecta-step-2025",
            "cervera-centres": "cdti-cervera-centros",
            "compete-caribbean-clusters": "ccpf-cluster-2017",
            "transmisiones": "cdti-transmisiones-2024",
            "nuble-frpd": "nuble-frpd-2025",
        }
        published = {name for name in CALLS if name.startswith("horizon-europe")}
        assert {name for name, call in CALLS.items() if call.modelled_on} == set(sources) | published
        assert all("Horizon Europe Work Programme, General Annexes" in CALLS[name].modelled_on for name in published)
        for name, source in sources.items():
            assert CALLS[name].modelled_on.startswith("Modelled on ")
            assert " ".join(real_rules[source]["source"].split()[:2]) in CALLS[name].modelled_on

    @pytest.mark.parametrize(
        ("name", "source"),
        [("innterconecta-step", "cdti-innterconecta-step-2025"), ("transmisiones", "cdti-transmisiones-2024")],
    )
    def test_share_of_the_grant_follows_the_size_of_the_member(self, real_rules, name, source):
        rule, call = real_rules[source], CALLS[name]
        shares = {SizeClass(size): share for size, share in rule["grant_share_max"].items()}
        assert call.grant.maximum_share_by_size == shares | {SizeClass.MICRO: shares[SizeClass.SMALL]}
        assert call.envelope_amount == rule["call_budget"]

    @pytest.mark.parametrize(
        ("name", "source"),
        [
            ("innterconecta-step", "cdti-innterconecta-step-2025"),
            ("cervera-centres", "cdti-cervera-centros"),
            ("transmisiones", "cdti-transmisiones-2024"),
        ],
    )
    def test_criteria_have_the_maxima_and_minima_of_the_source(self, real_rules, name, source):
        rubric = CALLS[name].rubric
        seen = [(scale_of(rubric, item).maximum, item.minimum, item.weight) for item in rubric.criteria]
        assert seen == [(item["max"], item.get("min"), 1) for item in real_rules[source]["criteria"]]
        assert highest_total(rubric) == 100

    def test_cervera_asks_a_minimum_in_total_strictly_exceeded(self, real_rules):
        rule, rubric = real_rules["cdti-cervera-centros"], CALLS["cervera-centres"].rubric
        assert (rubric.minimum_total, rubric.minimum_total_strict) == (rule["total_min"], rule["total_min_strict"])
        assert sum(criterion.minimum for criterion in rubric.criteria) == rubric.minimum_total

    @pytest.mark.parametrize(
        ("name", "source"),
        [
            ("innterconecta-step", "cdti-innterconecta-step-2025"),
            ("cervera-centres", "cdti-cervera-centros"),
            ("transmisiones", "cdti-transmisiones-2024"),
        ],
    )
    def test_members_and_amounts_outside_the_ranges_of_the_source_are_not_admitted(self, real_rules, name, source):
        rule = real_rules[source]
        for count in (rule["members_min"] - 1, rule["members_min"], rule["members_max"], rule["members_max"] + 1):
            expected = rule["members_min"] <= count <= rule["members_max"]
            group = consortium(*[MemberType.ENTERPRISE] * count)
            assert (verdict(name, "consortium_size", group) is Verdict.MET) == expected
        for amount in (rule["project_min"] - 1, rule["project_min"], rule["project_max"], rule["project_max"] + 1):
            expected = rule["project_min"] <= amount <= rule["project_max"]
            assert (verdict(name, "project_size", proposal(total_amount=Decimal(amount))) is Verdict.MET) == expected
        assert CALLS[name].envelope_amount == rule["call_budget"]

    def test_transmisiones_asks_half_of_the_points(self, real_rules):
        rubric = CALLS["transmisiones"].rubric
        assert (rubric.minimum_total, rubric.minimum_total_strict) == (
            real_rules["cdti-transmisiones-2024"]["total_min"],
            False,
        )

    def test_nuble_weighs_marks_of_its_scale_by_tenths(self, real_rules):
        rule, rubric = real_rules["nuble-frpd-2025"], CALLS["nuble-frpd"].rubric
        assert [mark for mark in range(9) if rubric.scale.allows(Decimal(mark))] == rule["scale"]
        assert [item.weight for item in rubric.criteria] == [item["weight"] for item in rule["criteria"]]
        assert (rubric.minimum_total, rubric.combination, rubric.evaluators_count) == (
            rule["total_min"],
            Combination.MEAN,
            6,
        )
        assert (highest_total(rubric), sum(item.weight for item in rubric.criteria)) == (7, 1)

    def test_nuble_limits_duration_staff_and_administration(self, real_rules):
        rule = real_rules["nuble-frpd-2025"]
        longest = rule["duration_max_months"]
        assert verdict("nuble-frpd", "maximum_duration", proposal(duration_months=longest)) is Verdict.MET
        assert verdict("nuble-frpd", "maximum_duration", proposal(duration_months=longest + 1)) is Verdict.NOT_MET
        shares = {
            item.code: item.rule.at_most for item in CALLS["nuble-frpd"].prerequisites if item.code.endswith("_costs")
        }
        assert shares == {"staff_costs": rule["staff_share_max"], "administration_costs": rule["admin_share_max"]}

    @pytest.mark.parametrize("name", ["horizon-europe-research", "horizon-europe-innovation"])
    def test_horizon_asks_three_in_each_and_ten_of_fifteen(self, name):
        rubric = CALLS[name].rubric
        assert [item.minimum for item in rubric.criteria] == [3, 3, 3]
        assert (rubric.minimum_total, highest_total(rubric)) == (10, 15)
        assert rubric.scale.allows(Decimal("4.5"))
        assert not rubric.scale.allows(Decimal("4.2"))

    def test_horizon_innovation_weighs_impact_for_the_ranking_only(self):
        weights = {
            item.code: (item.weight, item.weight_in_ranking)
            for item in CALLS["horizon-europe-innovation"].rubric.criteria
        }
        assert weights == {"excellence": (1, 1), "impact": (1, Decimal("1.5")), "implementation": (1, 1)}

    def test_horizon_asks_four_of_two_criteria_at_the_first_stage(self):
        rubric = CALLS["horizon-europe-two-stage"].rubric
        first = {item.code: item.minimum_at(Stage.PROFILE) for item in rubric.scored_at(Stage.PROFILE)}
        assert first == {"excellence": 4, "impact": 4}
        assert [item.minimum_at(Stage.PROPOSAL) for item in rubric.scored_at(Stage.PROPOSAL)] == [3, 3, 3]
        assert rubric.minimum_total_at(Stage.PROPOSAL) == 10

    def test_compete_caribbean_caps_in_kind_as_a_share_of_the_counterpart(self, real_rules):
        rule, call = real_rules["ccpf-cluster-2017"], CALLS["compete-caribbean-clusters"]
        assert call.counterpart.minimum_share == rule["counterpart_min"]
        assert call.counterpart.in_kind_cap == InKindCap(
            rule["in_kind_share_of_counterpart_max"], InKindBase.COUNTERPART
        )
        assert (call.grant.maximum_share, call.grant.maximum_amount) == (rule["grant_share_max"], rule["grant_max"])


class TestCallsForRealLists:
    def test_danish_call_grants_exactly_half_at_most(self):
        grant = CALLS["danish-structural-funds"].grant
        assert (grant.maximum_share, grant.tolerance_amount) == (Decimal("0.5"), Decimal(0))

    def test_real_lithuanian_requests_meet_half_of_the_value_583_times(self, shared_data):
        def known(text: str) -> Decimal | None:
            return Decimal(text) or None

        with (shared_data / "real/lt_esif_applications_2016-06-16.csv").open(encoding="utf-8") as file:
            requests = [
                proposal(
                    total_amount=known(row["Projekto vertė paraiškoje"]),
                    grant_amount=known(row["Prašomas finansavimas"]),
                )
                for row in csv.DictReader(file)
            ]
        verdicts = Counter(verdict("lithuania", "grant_within_half", request) for request in requests)
        assert verdicts == {Verdict.MET: 583, Verdict.NOT_MET: 630, Verdict.UNDETERMINED: 296}

    def test_participatory_budget_counts_votes_and_pays_whole_costs(self):
        call = CALLS["participatory-budget"]
        assert [(item.code, item.weight) for item in call.rubric.criteria] == [("votes", 1)]
        assert call.rubric.scale.allows(Decimal(20_175))
        assert call.counterpart is None
        assert call.ranking.tie_breaks == ("lower_grant", "number")
        assert call.allocation.rule is AllocationRule.SKIP_AND_FILL

    def test_one_call_announces_an_objective_and_its_counterpart_the_plain_rule(self):
        announced = {name: call.allocation for name, call in CALLS.items() if call.allocation.objective is not None}
        assert list(announced) == ["participatory-budget-most-votes"]
        terms = announced["participatory-budget-most-votes"]
        assert (terms.rule, terms.objective) == (AllocationRule.OPTIMISE, Objective.SUM_OF_SCORES)
        assert terms.largest_gap_share == 0
        assert terms.plain.rule is CALLS["participatory-budget"].allocation.rule
        assert CALLS["participatory-budget-most-votes"].rubric == CALLS["participatory-budget"].rubric
