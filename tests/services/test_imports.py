"""Files read into the record: score sheets with all their problems at once, and territories the programme declares."""

import csv
from pathlib import Path

import pytest

from pipgrants.errors import DefinitionError, ImportRefusedError
from pipgrants.exchange.export import write_applications
from pipgrants.services import calls, imports
from pipgrants.services.workspace import Workspace
from rounds import SCORING, WHILE_OPEN, Round, application, as_, criteria, edit, hash_of_tables


@pytest.fixture
def assigned(round_: Round) -> Round:
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    return round_


def sheet(round_: Round, rows: list[tuple[str, str, str, str]]) -> Path:
    """A score sheet of (reference, evaluator, criterion, mark), with a blank line before the last row."""
    path = round_.workspace.folder / "scores.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("proposal", "evaluator", "criterion", "mark", "comment"))
        for place, (reference, *cells) in enumerate(rows, 1):
            if place == len(rows):
                file.write("\n")
            writer.writerow((round_.numbers.get(reference, reference), *cells, ""))
    return path


def import_scores(round_: Round, path: Path) -> int:
    found = imports.import_scores(round_.workspace, as_("olga"), SCORING, call=round_.call, paths=[path])
    return found.evaluations_count


def test_a_score_sheet_is_stored_whole(assigned: Round) -> None:
    rows = [("A1", "eva", code, "4") for code in criteria(assigned)]
    assert import_scores(assigned, sheet(assigned, rows)) == 1


def test_all_that_is_wrong_with_a_score_sheet_is_said_at_once_with_its_rows(assigned: Round) -> None:
    first, second, *_ = criteria(assigned)
    rows = [
        ("A1", "eva", first, "high"),
        ("A1", "eva", second, "9"),
        ("A1", "olga", first, "3"),
        ("A1", "eva", "beauty", "3"),
        ("A1", "emilio", first, "4.25"),
    ]
    path, before = sheet(assigned, rows), hash_of_tables(assigned.workspace.folder)
    with pytest.raises(ImportRefusedError, match=r"scores\.csv has 5 problems; nothing was stored") as refused:
        import_scores(assigned, path)
    assert [(problem.line, problem.field, problem.code) for problem in refused.value.problems] == [
        (2, "mark", "import.not_a_number"),
        (3, "mark", "import.mark_off_scale"),
        (4, "evaluator", "import.not_assigned"),
        (5, "criterion", "import.unknown_criterion"),
        (7, "mark", "import.mark_off_scale"),
    ]
    assert "expected a mark from 0 to 5 in steps of 0.5" in str(refused.value)
    assert hash_of_tables(assigned.workspace.folder) == before


def test_a_problem_of_reading_keeps_the_sound_marks_out_too(assigned: Round) -> None:
    first, second, *_ = criteria(assigned)
    before = hash_of_tables(assigned.workspace.folder)
    with pytest.raises(ImportRefusedError, match="has 1 problem; nothing was stored"):
        import_scores(assigned, sheet(assigned, [("A1", "eva", first, "4"), ("A1", "eva", second, "four")]))
    assert hash_of_tables(assigned.workspace.folder) == before


def test_a_territory_that_the_programme_does_not_declare_is_kept_with_a_warning(round_: Round, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    declared = application("A1")._replace(territory="HN-FM-0801")
    write_applications([declared, application("A2")._replace(territory="HN-99")], path)
    found = imports.import_applications(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, path=path)
    assert [(warning.code, warning.value) for warning in found.warnings] == [("import.unknown_territory", "HN-99")]
    assert found.received.numbers.keys() == {"A1", "A2"}


@pytest.mark.parametrize("zone", ["Mars/X", "''", "America"])
def test_a_time_zone_that_there_is_not_is_a_mistake_of_the_file(workspace: Workspace, zone: str) -> None:
    edit(workspace, "calls", "pip-one-stage", {"time_zone: America/Tegucigalpa": f"time_zone: {zone}"})
    lines = (workspace.folder / "workflows/calls/pip-one-stage.yaml").read_text(encoding="utf-8").splitlines()
    with pytest.raises(DefinitionError) as refused:
        calls.check_file(workspace, "pip-one-stage")
    [problem] = refused.value.problems
    assert (problem.field, lines[(problem.line or 0) - 1]) == ("time_zone", f"time_zone: {zone}")
    assert problem.message == "there is no such time zone; expected an IANA name such as America/Tegucigalpa"


def test_a_name_that_leaves_the_workspace_is_a_mistake_of_the_file(workspace: Workspace) -> None:
    edit(workspace, "calls", "pip-one-stage", {"call: pip-one-stage": "call: ../../evil"})
    with pytest.raises(DefinitionError, match=r"call is 1 to 60 small letters .*'\.\./\.\./evil'"):
        calls.check_file(workspace, "pip-one-stage")
