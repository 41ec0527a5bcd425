"""The published lists read by the shipped mappings: counts and sums known from the lists themselves."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import MemberType
from pipgrants.exchange.applications import ImportResult, read_applications
from pipgrants.exchange.mapping import read_mapping
from pipgrants.exchange.scores import read_scores


@pytest.fixture
def real(shared_data: Path) -> Path:
    return shared_data / "real"


def read(path: Path, mappings: Path, mapping: str, currency: str) -> ImportResult:
    return read_applications(
        path, currency=currency, time_zone="Europe/Copenhagen", mapping=read_mapping(mappings / f"{mapping}.yaml")
    )


def applications(result: ImportResult) -> list[Application]:
    return [located.application for located in result.applications]


def rows_warned(result: ImportResult, code: str) -> set[int | None]:
    return {warning.line for warning in result.warnings if warning.code == code}


def test_danish_list_counts_different_entities_and_warns_of_repetitions(real: Path, mappings: Path) -> None:
    result = read(real / "dk_erdf_esf_2007-2013.csv", mappings, "denmark", "DKK")
    at_least_three = Counter(len(application.members) >= 3 for application in applications(result))
    assert (len(result.applications), result.problems) == (598, ())
    assert at_least_three == {True: 362, False: 236}
    assert len(rows_warned(result, "import.lead_repeated_as_partner")) == 32
    assert len(rows_warned(result, "import.partner_repeated")) == 28


def test_danish_list_leaves_no_name_twice_in_a_consortium(real: Path, mappings: Path) -> None:
    for application in applications(read(real / "dk_erdf_esf_2007-2013.csv", mappings, "denmark", "DKK")):
        names = [member.details.name.strip().casefold() for member in application.members]
        assert len(set(names)) == len(names)


def test_danish_amounts_with_decimal_comma_and_their_remainder_are_exact(real: Path, mappings: Path) -> None:
    first = applications(read(real / "dk_erdf_esf_2007-2013.csv", mappings, "denmark", "DKK"))[0]
    assert (first.reference, first.total_amount, first.grant_amount) == (
        "DK-2",
        Decimal("32467.02"),
        Decimal("16233.51"),
    )
    assert [(line.party, line.amount) for line in first.counterpart_lines] == [("1", Decimal("16233.51"))]


def test_danish_names_that_hold_the_separator_stay_whole(real: Path, mappings: Path) -> None:
    listed = applications(read(real / "dk_erdf_esf_2007-2013.csv", mappings, "denmark", "DKK"))
    names = {member.details.name for application in listed for member in application.members}
    assert {"P.L. Jessen & Søn ApS", "Th. Langs HF & VUC", "A/S P. Grene"} <= names
    assert names.isdisjoint({"P.L", "Th", ".", "P"})


def test_ecsel_participants_join_their_projects_and_their_grants_add_up(real: Path, mappings: Path) -> None:
    result = read(real / "ecsel_projects.csv", mappings, "ecsel", "EUR")
    listed = applications(result)
    assert (len(listed), result.problems, result.rows_read) == (96, (), 96 + 3_379)
    assert rows_warned(result, "import.grant_sum_differs") == set()
    equal = [
        sum((line.amount for line in application.budget_lines), Decimal(0)) == application.grant_amount
        for application in listed
    ]
    assert equal.count(True) == 96
    assert {sum(member.is_lead for member in application.members) for application in listed} == {1}


def test_ecsel_rows_typed_twice_are_undetermined_with_a_warning(real: Path, mappings: Path) -> None:
    result = read(real / "ecsel_projects.csv", mappings, "ecsel", "EUR")
    typed = [warning for warning in result.warnings if warning.field == "activityType"]
    assert [(warning.line, warning.code, warning.value) for warning in typed] == [
        (185, "import.undetermined", "PRC;PRC"),
        (186, "import.undetermined", "PRC;PRC"),
    ]
    types = Counter(member.member_type for application in applications(result) for member in application.members)
    assert types[None] == 1, "the two rows name the same entity"
    assert types[MemberType.PUBLIC_BODY] == 9


def test_ecsel_repeated_participant_is_counted_once_and_keeps_its_grant(real: Path, mappings: Path) -> None:
    result = read(real / "ecsel_projects.csv", mappings, "ecsel", "EUR")
    assert rows_warned(result, "import.partner_repeated") == {186, 1188, 2497, 3276}
    assert sum(len(application.members) for application in applications(result)) == 3_379 - 4


def test_lithuanian_list_keeps_its_state_and_reads_zero_as_unknown(real: Path, mappings: Path) -> None:
    result = read(real / "lt_esif_applications_2016-06-16.csv", mappings, "lithuania", "EUR")
    listed = applications(result)
    assert (len(listed), result.problems) == (1_509, ())
    assert Counter(application.source_state for application in listed) == {
        "Įgyvendinimas": 562,
        "Paraiškos vertinimas": 493,
        "Nesudaryta sutartis": 398,
        "Baigtas įgyvendinti": 56,
    }
    unknown = [a for a in listed if a.total_amount is None or a.grant_amount is None]
    assert len(unknown) == 296
    assert {application.counterpart_lines for application in unknown} == {()}


def test_participatory_budgets_are_read_call_by_call_with_their_votes(real: Path, mappings: Path) -> None:
    mapping = read_mapping(mappings / "participatory_budget.yaml")
    projects = real / "participatory_budget_projects.csv"
    with (real / "participatory_budget_calls.csv").open(encoding="utf-8") as file:
        calls = {row["call_id"]: int(row["num_projects"]) for row in csv.DictReader(file)}
    assert (len(calls), sum(calls.values())) == (349, 7_928)
    for call in calls:
        where = {"call_id": call}
        result = read_applications(
            projects, currency="PLN", time_zone="Europe/Warsaw", mapping=mapping, only_where=where
        )
        scores = read_scores(projects, mapping=mapping, only_where=where)
        assert (len(result.applications), result.problems, scores.problems) == (calls[call], (), ())
        assert {score.proposal for score in scores.scores} == {a.reference for a in applications(result)}
        assert {(score.evaluator, score.criterion) for score in scores.scores} == {("published list", "votes")}


def test_published_score_replaces_the_votes(real: Path, mappings: Path) -> None:
    mapping = read_mapping(mappings / "participatory_budget.yaml")
    where = {"call_id": "Poland_Czestochowa_2024_Czestochowka_-_Parkitka"}
    scores = read_scores(real / "participatory_budget_projects.csv", mapping=mapping, only_where=where)
    assert scores.scores[0].mark == Decimal(1844)
