"""What states mean to the acts follows from what machines declare, whatever an agency calls them."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import yaml

from pipgrants.services import answers, calls
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.inquiries import ask
from pipgrants.services.programmes import open_calls
from pipgrants.services.release import release
from pipgrants.services.results import write_results
from pipgrants.services.status import call_status
from pipgrants.services.workspace import Workspace
from rounds import FUND, WHILE_OPEN, application, as_, copied, publish

CALL = "pip-two-stage"
PROFILES_SCORED = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
INVITED = datetime(2026, 5, 18, 15, 0, tzinfo=UTC)
SECOND_OPEN = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
SECOND_SCORED = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)
END = datetime(2026, 10, 20, 15, 0, tzinfo=UTC)


def rename_states(workspace: Workspace) -> None:
    """Gives every state of every machine another name."""
    for path in (workspace.folder / "workflows" / "machines").glob("*.yaml"):
        machine = yaml.safe_load(path.read_text("utf-8"))
        others = {name: f"estado_{place}" for place, name in enumerate(machine["states"])} | {"stays": "stays"}
        machine["initial"] = others[machine["initial"]]
        machine["states"] = {others[name]: state for name, state in machine["states"].items()}
        for transition in machine["transitions"]:
            transition["source"] = [others[name] for name in transition["source"]]
            transition["destination"] = others[transition["destination"]]
        path.write_text(yaml.safe_dump(machine, sort_keys=False), "utf-8")


def what_is_seen(workspace: Workspace) -> list[object]:
    """A call in two stages from its programme to its public results, looked at after each act."""
    round_ = publish(workspace, CALL)
    seen: list[object] = []

    def look() -> None:
        found = call_status(workspace, CALL)
        steps = [re.sub(r"[0-9a-f]{12}", "PACKAGE", step) for step in found.next_steps]
        seen.append((found.meaning, found.stage, found.is_receiving, found.closes_at, steps, dict(found.letters)))

    look()
    ask(workspace, as_("olga"), WHILE_OPEN, call=CALL, question="¿Cuántas empresas?")
    round_.receive(application(f"P{place}")._replace(budget_lines=(), evidence=()) for place in (1, 2, 3, 4))
    answers.withdraw(workspace, as_("olga"), WHILE_OPEN, proposal=round_.numbers["P4"], reason="Otro fondo")
    look()
    for marks, now, decided in (
        ({"P1": "5", "P2": "4", "P3": "2.5"}, PROFILES_SCORED, INVITED),
        ({"P1": "5"}, SECOND_SCORED, END),
    ):
        round_.screen(now)
        look()
        round_.score({name: Decimal(mark) for name, mark in marks.items()}, now)
        look()
        round_.rank(decided)
        look()
        package = round_.prepare(decided).package
        look()
        round_.ratify(package, decided)
        look()
        release(workspace, as_("olga"), decided, call=CALL)
        look()
        if decided == INVITED:
            round_.receive([application("P1")], SECOND_OPEN)
    seen += [path.read_text("utf-8") for path in write_results(workspace, CALL) if path.suffix == ".txt"]
    return seen


def test_a_round_goes_the_same_way_whatever_its_states_are_called(staffed: Workspace, tmp_path: Path) -> None:
    shipped, renamed = (copied(staffed, tmp_path / name) for name in ("shipped", "renamed"))
    rename_states(renamed)
    assert what_is_seen(renamed) == what_is_seen(shipped)
    assert verify(renamed, as_("aldo"), END).faults == ()
    assert replay(renamed, as_("aldo"), END, call=CALL).differences == ()


def test_a_cancelled_call_gives_its_money_back_whatever_its_states_are_called(workspace: Workspace) -> None:
    rename_states(workspace)
    publish(workspace, CALL)
    with workspace.read() as unit:
        assert [row.call for row in open_calls(unit, FUND)] == [CALL]
    calls.end_call(workspace, as_("marcos"), WHILE_OPEN, call=CALL, trigger="cancel", reason="Sin fondos")
    with workspace.read() as unit:
        assert open_calls(unit, FUND) == []
