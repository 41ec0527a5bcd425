"""Technical teams, firms and activities for tests, on a project in execution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from pipgrants.domain.vocabulary import PartyKind
from pipgrants.services import activities, firms, party_details, technical_team
from pipgrants.services.workspace import Workspace
from rounds import as_

ACTIVITY_COLUMNS = "activity,kind,component,held_on,title,cost,result,minutes,people,women"
FIRM_COLUMNS = "activity,firm,agreed,year,employment,sales"
ACTOR_COLUMNS = "activity,actor,agreed"
REGISTRATION_COLUMNS = "firm,registered_on,consent_on,year,employment,sales"


def selection_text(firm: str, day: date, ends_on: str = "2028-08-02", name: str = "Ana Paz") -> str:
    """The selection of a coordinator, all on one day."""
    return f"""
position: Coordinadora
engagement: permanent
published_on: {day}
published_in: La Tribuna
criteria: [Cinco años con empresas asociadas, Conoce el sector]
candidates_count: 7
selected_on: {day}
minutes: Acta 4 del comité
name: {name}
email: ana@example.org
starts_on: {day}
ends_on: {ends_on}
firms:
  {firm}: [interviews, choice]
"""


def listed(folder: Path, name: str, columns: str, rows: Iterable[str]) -> Path:
    """A CSV file; blanks at the end of a row may be left out."""
    count = columns.count(",")
    lines = [row + "," * (count - row.count(",")) for row in rows]
    path = folder / name
    path.write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")
    return path


def activity_folder(parent: Path, sheets: Mapping[str, Iterable[str]]) -> Path:
    """A folder with the sheets of activities."""
    folder = parent / "activities"
    folder.mkdir(exist_ok=True)
    columns = {"activities": ACTIVITY_COLUMNS, "firms": FIRM_COLUMNS, "actors": ACTOR_COLUMNS}
    for sheet, names in columns.items():
        listed(folder, f"{sheet}.csv", names, sheets.get(sheet, ()))
    return folder


def register(workspace: Workspace, project: str, rows: Iterable[str], now: datetime, by: str = "olga") -> None:
    path = listed(workspace.folder, "firms.csv", REGISTRATION_COLUMNS, rows)
    firms.register_firms(workspace, as_(by), now, project=project, path=path)


def select(workspace: Workspace, project: str, text: str, now: datetime, by: str = "olga") -> int:
    path = workspace.folder / "selection.yaml"
    path.write_text(text, encoding="utf-8")
    return technical_team.select_member(workspace, as_(by), now, project=project, path=path).number


def take_part(workspace: Workspace, project: str, own: list[str], now: datetime, by: str) -> None:
    """Two members of the team are selected, one leaves; firms register; activities are held, and one is voided."""
    day, last = now.date(), "2029-12-31"
    for name in ("Ana Paz", "Rosa Gil"):
        select(workspace, project, selection_text(own[0], day, last, name), now, by)
    one = {"project": project, "number": 1}
    technical_team.record_leave(workspace, as_(by), now, **one, left_on=day, reason="Otro empleo")
    technical_team.redact_member(workspace, as_(by), now, **one, reason="Solicitud")
    register(workspace, project, [f"{firm},{day},{day},2025,12,23637" for firm in own[:2]], now, by)
    chamber = party_details.add_party(
        workspace,
        as_(by),
        now,
        kind=PartyKind.ASSOCIATION,
        given={"name": "Cámara de Comercio", "email": "camara@example.org"},
    )
    sheets = {
        "activities": [
            f"A1,service_use,markets,{day},Sello,1000,Dos sellos,Acta 5,20,12",
            f"A2,meeting,markets,{day},Asamblea,0,Plan,,30,10",
        ],
        "firms": [f"A1,{firm},yes,2025,13,24000" for firm in own[:2]],
        "actors": [f"A1,{chamber},no", f"A2,{chamber}"],
    }
    path = activity_folder(workspace.folder, sheets)
    activities.import_activities(workspace, as_(by), now, project=project, path=path)
    activities.void_activity(workspace, as_(by), now, project=project, code="A2", reason="No se reunió")
    firms.withdraw_consent(workspace, as_(by), now, project=project, firm=own[1], reason="Se va")
