"""Monitoring on record: framework, values and baseline of a project, and what its evaluations ask for."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from measured import (
    AFTER,
    FRAMEWORK,
    PROGRESS,
    RESTATED,
    TERRITORY,
    firm_rows,
    grown,
    measure,
    measured,
    plan,
    rated,
    set_baseline,
)
from pipgrants.domain.monitoring.ratios import Reason
from pipgrants.errors import DefinitionError, ImportRefusedError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.exchange.monitoring import read_monitoring
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.monitored_project import MonitoredProject, monitored
from pipgrants.services.monitoring_views import show_monitoring, write_project_form
from pipgrants.services.parties import redact
from pipgrants.services.project_facts import PROJECT, facts_of
from projected import (
    LAUNCHING,
    RUNNING,
    SIGNING,
    SMALLER,
    SMALLER_TRANCHES,
    firms,
    go,
    opened,
    pay,
    sign,
    spend,
    start,
    told_awards,
    validate,
)
from rounds import Round, as_, open_workspace, tamper

MID_TERM = date(2026, 10, 5)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project with an agreement."""
    round_ = told_awards(open_workspace(tmp_path_factory.mktemp("measured") / "agency"))
    opened(round_)
    sign(round_)
    return round_


@pytest.fixture
def agreed(told: Round, tmp_path: Path) -> Round:
    return told.copy(tmp_path / "agency")


@pytest.fixture(scope="module")
def rated_project(told: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project in execution, its mid-term measured, with money paid and spent."""
    round_ = told.copy(tmp_path_factory.mktemp("rated") / "agency")
    start(round_)
    pay(round_, 1)
    spend(round_, "1,2026-09-10,15000,F-1", "2,2026-09-12,20000,F-2")
    return measured(round_)


@pytest.fixture
def project(rated_project: Round, tmp_path: Path) -> Round:
    return rated_project.copy(tmp_path / "agency")


def faults(round_: Round) -> tuple[object, ...]:
    return verify(round_.workspace, as_("aldo"), AFTER).faults


def last_entry(round_: Round, act: str) -> dict[str, object]:
    with round_.workspace.read() as unit:
        entries = unit.ledger.entries(subject=PROJECT + round_.numbers["first"])
        content: dict[str, object] = orjson.loads([entry for entry in entries if entry.act == act][-1].content)
    return content


def found(round_: Round) -> MonitoredProject:
    """What is monitored, read while the record is open."""
    with round_.workspace.read() as unit:
        project = monitored(facts_of(unit, round_.numbers["first"]))
        assert project.record is not None and (project.framework is not None) is (project.row is not None)
        return project


def test_nothing_is_monitored_before_the_agreement(agreed: Round) -> None:
    with pytest.raises(RefusedError, match="the agreement of PIP1-000002 is not signed"):
        plan(agreed, reference="second")


def test_framework_is_that_of_the_budget(agreed: Round) -> None:
    other = FRAMEWORK.replace("component: markets", "component: dissemination").replace(
        "budget_amount: 40000", "budget_amount: 100001"
    )
    with pytest.raises(DefinitionError) as refused:
        plan(agreed, other)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("components", "framework.component_missing"),
        ("components.1.activities", "framework.above_budget"),
        ("components.2.component", "framework.unknown_component"),
    ]


def test_framework_is_replaced_with_a_reason(agreed: Round) -> None:
    plan(agreed)
    with pytest.raises(RefusedError, match="is on record already"):
        plan(agreed)
    other = FRAMEWORK.replace("at_least: 2", "at_least: 3")
    with pytest.raises(RefusedError, match="sets aside what was on record"):
        plan(agreed, other)
    plan(agreed, other, reason="El grupo acordó tres ferias")
    assert set(last_entry(agreed, "FrameworkRecorded")["inputs"]) == {"framework", "replaced"}
    assert faults(agreed) == ()


def test_values_need_a_framework_and_an_agency_speaks_for_its_own(agreed: Round) -> None:
    with pytest.raises(NotFoundError, match="no logical framework of PIP1-000001 is on record"):
        measure(agreed, SIGNING, territory=TERRITORY)
    plan(agreed)
    agreed.tie("second")
    with pytest.raises(NotAuthorisedError):
        measure(agreed, SIGNING, by="iris", territory=TERRITORY)


def test_what_was_paid_is_not_measured_again(agreed: Round) -> None:
    plan(agreed)
    with pytest.raises(RefusedError, match="says what was spent or disbursed"):
        measure(agreed, SIGNING, payments="reference,on,amount\nT-1,2026-08-01,1\n")


def test_rows_that_do_not_fit_the_project_are_located(agreed: Round) -> None:
    plan(agreed)
    with pytest.raises(ImportRefusedError) as refused:
        measure(
            agreed,
            SIGNING,
            firms="firm,year,group,sales\nE-999999,2025,beneficiary,1\n",
            ratings="activity,firm,kind,mark\nworkshops,E-000001,micro,6\n",
        )
    assert [(problem.line, problem.field) for problem in refused.value.problems] == [(2, "firm"), (2, "mark")]


def test_one_workbook_grows_and_corrections_need_a_reason(agreed: Round) -> None:
    plan(agreed)
    measure(agreed, SIGNING, territory=TERRITORY)
    with pytest.raises(RefusedError, match="is on record already"):
        measure(agreed, SIGNING, territory=TERRITORY)
    more = TERRITORY + "2024,1,1,1,1,98\n"
    assert measure(agreed, SIGNING, territory=more)[1:] == ({"territory": 1}, 0, 1)
    corrected = more.replace("2024,1,", "2024,2,")
    with pytest.raises(RefusedError, match="MonitoringRecorded of project/PIP1-000001 sets aside"):
        measure(agreed, SIGNING, territory=corrected)
    assert measure(agreed, SIGNING, reason="Cifra del instituto", territory=corrected)[1:] == ({"territory": 1}, 1, 1)
    assert {item.year: item.gdp for item in found(agreed).record.territory}[2024] == 2
    assert last_entry(agreed, "MonitoringRecorded")["inputs"]["replaced"] == [2]
    assert faults(agreed) == ()


def test_no_value_stands_in_the_trail(project: Round) -> None:
    with project.workspace.read() as unit:
        written = b"".join(entry.content for entry in unit.ledger.entries())
        stored = unit.measurements.of(project.numbers["first"])
    assert b"10000" in b"".join((row.content or "").encode() for row in stored)
    assert b'"10000"' not in written
    assert all(len(row[-1]) == 64 for row in last_entry(project, "MonitoringRecorded")["inputs"]["measurements"])


def test_baseline_with_an_outlier_is_explained(agreed: Round) -> None:
    plan(agreed)
    wrong = firm_rows(agreed, 2025, 10_000).replace(",10000,", ",10000000,", 1)
    measure(agreed, SIGNING, firms=wrong, territory=TERRITORY)
    with pytest.raises(RefusedError, match=r"sales of E-00000\d is 1,000.00 times the median"):
        set_baseline(agreed, now=SIGNING)
    with pytest.raises(NotFoundError, match="nothing of 2024 is on record in the sheet firms"):
        set_baseline(agreed, 2024, SIGNING)
    set_baseline(agreed, now=SIGNING, reason="La empresa exporta por todas")
    inputs = last_entry(agreed, "BaselineVerified")["inputs"]
    assert inputs["outliers"] == [[firms(agreed)[0], "sales", "micro"]]
    assert faults(agreed) == ()


def test_baseline_is_of_a_year_before_the_launch(project: Round) -> None:
    measure(project, AFTER, firms=firm_rows(project, 2026, 1), territory="year,gdp\n2026,1\n")
    with pytest.raises(RefusedError, match="was launched on 2026-08-24: its baseline is of 2025 or before"):
        set_baseline(project, 2026, AFTER)


def test_progress_takes_its_money_from_the_record(project: Round) -> None:
    shown = show_monitoring(project.workspace, project.numbers["first"], MID_TERM)
    assert [(item.component, item.budget_amount, item.spent_amount) for item in shown.components] == [
        ("cooperation", Decimal(100_000), Decimal(15_000)),
        ("markets", Decimal(100_000), Decimal(20_000)),
    ]
    assert [(item.activity.code, item.delay) for item in shown.activities] == [
        ("workshops", "on_time"),
        ("fairs", "not_due"),
    ]
    before = show_monitoring(project.workspace, project.numbers["first"], date(2026, 9, 1))
    assert [item.spent_amount for item in before.components] == [None, None]


def test_targets_count_from_the_launch(project: Round) -> None:
    grown(project)
    shown = show_monitoring(project.workspace, project.numbers["first"], date(2028, 10, 2))
    assert [(item.indicator.code, item.verdict, item.reason) for item in shown.targets] == [
        ("sales", "met", None),
        ("strategy", "met", None),
        ("fairs_attended", "undetermined", Reason.NOT_RECORDED),
    ]
    assert {item.fact: item.real.value for item in shown.impacts}["sales"] == Decimal("0.25")


def test_evaluations_ask_for_what_is_on_record(agreed: Round) -> None:
    start(agreed)
    missing = "the logical framework; a baseline; the progress of activities; ratings of the activities by firms"
    with pytest.raises(RefusedError, match=missing):
        go(agreed, "evaluate", "olga", "Tomo 1")
    measured(agreed)
    go(agreed, "evaluate", "olga", "Tomo 1")
    inputs = last_entry(agreed, "MidTermEvaluated")["inputs"]["evaluation"]
    assert inputs["ratings"] == [["workshops", 6, "3.00", False, False]]
    assert inputs["targets"] == [1, 0, 2]
    go(agreed, "complete", "olga")
    with pytest.raises(RefusedError, match="what firms reported of a year after 2025"):
        go(agreed, "evaluate", "olga", "Tomo 2")
    grown(agreed)
    go(agreed, "evaluate", "olga", "Tomo 2", now=AFTER)
    inputs = last_entry(agreed, "FinallyEvaluated")["inputs"]["evaluation"]
    assert inputs["targets"][0] == ["sales", "met", "0.250000", None]
    assert faults(agreed) == ()
    assert replay(agreed.workspace, as_("aldo"), AFTER, call=agreed.call).differences == ()


def test_indicators_follow_the_launch_validation(agreed: Round) -> None:
    plan(agreed)
    with pytest.raises(DefinitionError, match="say under 'framework' what its indicators, targets and activities are"):
        validate(agreed, SMALLER, SMALLER_TRANCHES)
    smaller = SMALLER.replace("    budget:", f"{RESTATED}    budget:")
    validate(agreed, smaller, SMALLER_TRANCHES)
    with pytest.raises(RefusedError, match="waits for approval"):
        plan(agreed, FRAMEWORK.replace("at_least: 2", "at_least: 3"), LAUNCHING, reason="Otra")
    assert found(agreed).framework.indicators[1].target.limit == 1
    start(agreed)
    after = found(agreed).framework
    assert after is not None
    assert [(item.code, item.due_month, item.target.limit) for item in after.indicators] == [
        ("sales", 24, Decimal("0.20")),
        ("strategy", 2, Decimal("0.5")),
        ("fairs_attended", 12, Decimal(2)),
    ]
    assert faults(agreed) == ()
    assert replay(agreed.workspace, as_("aldo"), AFTER, call=agreed.call).differences == ()


def test_what_is_kept_is_not_restated(agreed: Round) -> None:
    plan(agreed)
    kept = "  - component: cooperation\n    change: kept\n"
    with pytest.raises(DefinitionError, match="its indicators and activities stay as they are"):
        validate(agreed, f"{kept}{RESTATED}  - {{component: markets, change: kept}}\n")


def test_what_a_redacted_firm_stated_is_removed(project: Round) -> None:
    firm = firms(project)[-1]
    redact(project.workspace, as_("olga"), RUNNING, party=firm, reason="Lo pidió")
    assert firm not in {item.firm for item in found(project).record.firms}
    assert faults(project) == ()


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE measurement SET content = replace(content, '10000', '20000')", "measurement"),
        ("UPDATE measurement SET as_of = '2024-12-31' WHERE number = 1", "measurement"),
        ("DELETE FROM measurement WHERE number = 1", "measurement"),
        ("UPDATE monitored_project SET baseline_year = 2024", "monitored_project"),
        ("UPDATE definition SET content = replace(content, '0.20', '0.10') WHERE kind = 'framework'", "definition"),
    ],
)
def test_what_is_stored_of_monitoring_is_what_the_trail_states(
    rated_project: Round, tmp_path: Path, statement: str, place: str
) -> None:
    copy = rated_project.copy(tmp_path / "agency")
    assert tamper(copy.workspace.folder, statement)
    assert {str(fault[0]).split(" ")[0] for fault in verify(copy.workspace, as_("aldo"), AFTER).faults} == {place}


def test_form_of_a_project_asks_its_firms_and_comes_back(agreed: Round, tmp_path: Path) -> None:
    plan(agreed)
    out, number = tmp_path / "form", agreed.numbers["first"]
    write_project_form(agreed.workspace, out, project=number, language="es", on=MID_TERM)
    rows = (out / "firms.csv").read_text(encoding="utf-8-sig").splitlines()[2:]
    assert [row.split(",")[:3] for row in rows] == [[firm, "2025", "beneficiary"] for firm in firms(agreed)]
    assert "spent_amount" not in (out / "progress.csv").read_text(encoding="utf-8-sig")
    assert not any(read_monitoring(out, "USD"))
    path = out / "indicators.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("strategy,2026-10-05,", "strategy,2026-10-05,1"))
    assert [item.value for item in read_monitoring(out, "USD").indicators] == [1]


def test_ratings_and_progress_are_on_record(project: Round) -> None:
    measure(project, progress=PROGRESS.replace("09-30,0.5", "10-01,0.6"))
    with pytest.raises(RefusedError, match="is on record already"):
        measure(project, ratings=rated(project))
    shown = show_monitoring(project.workspace, project.numbers["first"], MID_TERM)
    assert [(item.kind, item.rows_count) for item in shown.recorded] == [
        ("firms", 6),
        ("territory", 1),
        ("indicators", 1),
        ("progress", 2),
        ("ratings", 6),
    ]
