"""Monitoring of projects for tests: a logical framework, what was measured, and a baseline of the first project."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipgrants.services import measurements
from pipgrants.services.workspace import Workspace
from projected import RUNNING, SIGNING, firms, write
from rounds import Round, as_

FRAMEWORK = """
framework: integration-first
title: {es: Integración productiva}
languages: [es]
currency: USD
duration_months: 24
goal:
  summary: {es: Competitividad del sector}
  assumptions: [{es: Escenario estable}]
purpose:
  summary: {es: Programa instalado}
  indicators:
    - code: sales
      title: {es: Las ventas aumentan más de 20 %}
      horizon: long_term
      due_month: 24
      measure: {firm_change: {of: sales, prices: constant}}
      target: {more_than: 0.20}
  means_of_verification: [{es: Informes}]
  assumptions: [{es: Demanda estable}]
components:
  - component: cooperation
    summary: {es: Cooperación}
    indicators:
      - code: strategy
        title: {es: Una estrategia diseñada}
        horizon: short_term
        due_month: 1
        measure: {level: strategies}
        target: {at_least: 1}
    means_of_verification: [{es: Actas}]
    assumptions: [{es: Interés de las empresas}]
    activities:
      - {code: workshops, title: {es: Talleres}, from_month: 1, to_month: 6, budget_amount: 40000}
  - component: markets
    summary: {es: Mercados}
    indicators:
      - code: fairs_attended
        title: {es: Dos ferias}
        horizon: short_term
        due_month: 12
        measure: {level: fairs}
        target: {at_least: 2}
    means_of_verification: [{es: Actas}]
    assumptions: [{es: Ferias abiertas}]
    activities:
      - {code: fairs, title: {es: Ferias}, from_month: 4, to_month: 12}
"""
RESTATED = """    framework:
      component: cooperation
      summary: {es: Cooperación menor}
      indicators:
        - code: strategy
          title: {es: Media estrategia}
          horizon: short_term
          due_month: 2
          measure: {level: strategies}
          target: {at_least: 0.5}
      means_of_verification: [{es: Actas}]
      assumptions: [{es: Interés de las empresas}]
      activities:
        - {code: workshops, title: {es: Talleres}, from_month: 1, to_month: 3, budget_amount: 30000}
"""
"""The row of a component in a launch validation: a smaller target, later."""

TERRITORY = "year,gdp,population,production,exports,price_index\n2025,90000000,40000,90000000,9000000,100\n"
PROGRESS = "activity,on,done_share,started_on\nworkshops,2026-09-30,0.5,2026-09-01\n"
AFTER = datetime(2028, 10, 2, 15, 0, tzinfo=UTC)
"""After the end of the project, when firms have reported of 2027."""


def plan(
    round_: Round,
    text: str = FRAMEWORK,
    now: datetime = SIGNING,
    reason: str | None = None,
    reference: str = "first",
    by: str = "olga",
) -> Any:
    """Records the logical framework of a project."""
    path, number = write(round_, "framework.yaml", text), round_.numbers[reference]
    return measurements.set_framework(round_.workspace, as_(by), now, project=number, path=path, reason=reason)


def measure(
    round_: Round,
    now: datetime = RUNNING,
    reason: str | None = None,
    by: str = "olga",
    reference: str = "first",
    **sheets: str,
) -> Any:
    """Records what was measured of a project, the text of each sheet as CSV."""
    folder = round_.workspace.folder / "record"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in sheets.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    number = round_.numbers[reference]
    return measurements.record_values(round_.workspace, as_(by), now, project=number, path=folder, reason=reason)


def firm_rows(round_: Round, year: int, sales: int, reference: str = "first") -> str:
    """What every firm of a project reported of a year."""
    rows = [f"{firm},{year},beneficiary,micro,{sales},4" for firm in firms(round_, reference)]
    return "\n".join(["firm,year,group,size_class,sales,employment", *rows]) + "\n"


def set_baseline(
    round_: Round, year: int = 2025, now: datetime = RUNNING, reason: str | None = None, by: str = "olga"
) -> Any:
    own: dict[str, Any] = {"project": round_.numbers["first"], "year": year, "reason": reason}
    return measurements.set_baseline(round_.workspace, as_(by), now, **own)


def other_framework(workspace: Workspace) -> Path:
    """A framework with another target."""
    path = workspace.folder / "other.yaml"
    path.write_text(FRAMEWORK.replace("at_least: 2", "at_least: 3"), encoding="utf-8")
    return path


def progress_of(workspace: Workspace) -> Path:
    """The progress of an activity before the agreement."""
    path = workspace.folder / "progress"
    path.mkdir(exist_ok=True)
    (path / "progress.csv").write_text("activity,on,done_share\nfairs,2026-07-31,0.1\n", encoding="utf-8")
    return path


def rated(round_: Round) -> str:
    """Ratings of the workshops by every firm: two, three and four in turn."""
    rows = [f"workshops,{firm},micro,{2 + place % 3}" for place, firm in enumerate(firms(round_))]
    return "\n".join(["activity,firm,kind,mark", *rows]) + "\n"


def measured(round_: Round, now: datetime = RUNNING) -> Round:
    """The first project has all that its mid-term evaluation rests on."""
    plan(round_, now=now)
    measure(
        round_,
        now,
        firms=firm_rows(round_, 2025, 10_000),
        territory=TERRITORY,
        indicators="indicator,on,value\nstrategy,2026-09-20,1\n",
        progress=PROGRESS,
        ratings=rated(round_),
    )
    set_baseline(round_, now=now)
    return round_


def grown(round_: Round, now: datetime = AFTER) -> Round:
    """The firms sold a quarter more in 2027, at the prices of 2025."""
    measure(round_, now, firms=firm_rows(round_, 2027, 12_500), territory="year,price_index\n2027,100\n")
    return round_


def monitor(workspace: Workspace, call: str, project: str, officer: str, now: datetime) -> None:
    """Records a framework of markets alone, values and a baseline of a project of any call."""
    round_ = Round(workspace, call, {"first": project})
    components = FRAMEWORK.index("  - component: cooperation"), FRAMEWORK.index("  - component: markets")
    plan(round_, FRAMEWORK[: components[0]] + FRAMEWORK[components[1] :], now, by=officer)
    measure(round_, now, by=officer, firms=firm_rows(round_, 2025, 10_000), territory=TERRITORY)
    set_baseline(round_, now=now, by=officer)
