"""A programme as a whole: targets counted by project and component, money summed, nothing averaged."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from conftest import PROJECT
from monitored import END_YEAR, LAUNCH_YEAR, firms, grown
from pipgrants.domain.monitoring.firms import FirmFact
from pipgrants.domain.monitoring.impact import impact
from pipgrants.domain.monitoring.logical_framework import LogicalFramework
from pipgrants.domain.monitoring.programme_evaluation import EvaluatedProject, Tally, evaluate_programme
from pipgrants.domain.monitoring.progress import Report, by_component, progress_of
from pipgrants.domain.monitoring.targets import MonitoringValues, Reported, evaluate_targets
from pipgrants.domain.vocabulary import Component
from pipgrants.reading import read_file

ANNEX_2 = read_file(PROJECT / "examples" / "logical_framework" / "pip-annex-2.yaml", LogicalFramework)
LAUNCH, AFTER = date(2004, 1, 15), date(2007, 6, 30)
SIX_MONTHS = date(2004, 7, 15)


def project(name: str, framework: LogicalFramework, trained: str, *spent: str) -> EvaluatedProject:
    values = MonitoringValues(reported=[Reported("officials_trained", SIX_MONTHS, Decimal(trained))])
    reports = [
        Report(activity.code, SIX_MONTHS, Decimal("0.5"), Decimal(amount))
        for activity, amount in zip(framework.activities, spent, strict=False)
    ]
    records: Sequence = firms(3, 6)
    return EvaluatedProject(
        name,
        framework,
        evaluate_targets(framework, LAUNCH, values, AFTER),
        by_component(progress_of(framework, LAUNCH, reports, AFTER), "USD"),
        impact([*records, *grown(records, Decimal(2))], FirmFact.PRODUCTIVITY, LAUNCH_YEAR, END_YEAR, {}),
    )


ONE = project("one", ANNEX_2, "20", "100", "10", "5")
COOPERATION_ONLY = replace(ANNEX_2, components=ANNEX_2.components[:1])
OTHER = project("other", COOPERATION_ONLY, "19")


def test_targets_are_counted_by_project_and_by_component() -> None:
    found = evaluate_programme([ONE, OTHER])
    assert [item.targets for item in found.projects] == [Tally(1, 0, 22), Tally(0, 1, 7)]
    assert found.targets == Tally(1, 1, 29)
    assert {item.component: (item.projects_count, item.targets) for item in found.components} == {
        Component.COOPERATION: (2, Tally(1, 1, 8)),
        Component.TECHNOLOGY_AND_SERVICES: (1, Tally(0, 0, 8)),
        Component.MARKETS: (1, Tally(0, 0, 4)),
        Component.DISSEMINATION: (1, Tally(0, 0, 3)),
    }


def test_money_is_that_of_the_projects_that_reported() -> None:
    found = evaluate_programme([ONE, OTHER])
    assert (ONE.spent_amount, OTHER.spent_amount, found.spent_amount) == (Decimal(115), None, Decimal(115))
    assert {item.component: item.spent_amount for item in found.components} == {
        Component.COOPERATION: Decimal(110),
        Component.TECHNOLOGY_AND_SERVICES: Decimal(5),
        Component.MARKETS: None,
        Component.DISSEMINATION: None,
    }


def test_share_of_met_targets_is_of_those_decided() -> None:
    assert Tally(3, 1, 40).met_share.value == Decimal("0.75")
    assert Tally(0, 0, 40).met_share.value is None


def test_programme_without_projects_has_nothing_to_say() -> None:
    found = evaluate_programme([])
    assert (found.targets, found.components, found.spent_amount) == (Tally(), (), None)
