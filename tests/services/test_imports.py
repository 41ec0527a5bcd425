"""Files read into the record: score sheets with all their problems at once, and territories the programme declares."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipgrants.errors import DefinitionError, ImportRefusedError
from pipgrants.exchange.export import write_applications
from pipgrants.services import answers, calls, imports
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.workspace import Workspace
from pipgrants.trail.canonical import text_hash
from rounds import (
    AFTER_DEADLINE,
    EVALUATORS,
    SCORING,
    WHILE_OPEN,
    Round,
    application,
    as_,
    criteria,
    edit,
    hash_of_tables,
    tamper,
)


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
    named = (*EVALUATORS, "olga")
    found = imports.import_scores(round_.workspace, as_("olga"), SCORING, call=round_.call, paths=[path], named=named)
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


MAPPING = """mapping: "chamber"
source: The chamber's own list
columns: {id: reference, title: title, firm: lead.name, cost: total_amount, asked: grant_amount}
blank_means: unknown
"""


def import_list(round_: Round, mapping: str, *rows: str, accept_valid: bool = False) -> None:
    """Imports a list of the chamber, read as a mapping says."""
    folder = round_.workspace.folder
    (folder / "workflows/mappings/chamber.yaml").write_text(mapping, encoding="utf-8")
    path = folder / "list.csv"
    path.write_text("\n".join(["id,title,firm,cost,asked", *rows, ""]), encoding="utf-8")
    imports.import_applications(
        round_.workspace,
        as_("olga"),
        WHILE_OPEN,
        call=round_.call,
        path=path,
        mapping="chamber",
        accept_valid=accept_valid,
    )


def test_the_mapping_that_read_a_list_is_on_record_by_its_hash(round_: Round) -> None:
    other = MAPPING.replace("blank_means: unknown", "blank_means: zero")
    import_list(round_, MAPPING, "L1,Red de pan,Panadería Sol,1000,500")
    import_list(round_, other, "L2,Red de café,Café Luna,2000,")
    named = [entry["definitions"]["mapping"] for entry in round_.entries(act="ProposalReceived")]
    assert named == [text_hash(MAPPING), text_hash(other)]
    with round_.workspace.read() as unit:
        stored = [unit.calls.definition(found) for found in named]
    assert [(row.kind, row.name, row.content) for row in stored] == [
        ("mapping", "chamber", MAPPING),
        ("mapping", "chamber", other),
    ]


def test_a_round_read_by_a_mapping_is_verified_and_derived_again(round_: Round) -> None:
    import_list(round_, MAPPING, "L1,Red de pan,Panadería Sol,1000,500")
    round_.screen()
    assert verify(round_.workspace, as_("aldo"), AFTER_DEADLINE).faults == ()
    assert replay(round_.workspace, as_("aldo"), AFTER_DEADLINE, call=round_.call).differences == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE definition SET content = replace(content, 'unknown', 'zero')", "its text no longer has the hash"),
        ("UPDATE definition SET name = 'ecsel'", "is not what its text says"),
        ("UPDATE definition SET kind = 'call'", "is not stored"),
        ("DELETE FROM definition", "is not stored"),
    ],
)
def test_a_mapping_changed_past_the_program_is_located(round_: Round, change: str, said: str) -> None:
    import_list(round_, MAPPING, "L1,Red de pan,Panadería Sol,1000,500")
    [entry] = round_.entries(act="ProposalReceived")
    tamper(round_.workspace.folder, f"{change} WHERE kind = 'mapping'")
    found = verify(round_.workspace, as_("aldo"), AFTER_DEADLINE).faults
    assert [fault.entry for fault in found if fault.message.startswith(said)] == [entry["sequence"]]


def test_a_mapping_of_which_nothing_was_stored_is_not_kept(round_: Round) -> None:
    import_list(round_, MAPPING, "L1,Red de pan,,1000,500", accept_valid=True)
    with round_.workspace.read() as unit:
        assert "mapping" not in {row[1] for row in unit.stored.all("definition")}
    assert verify(round_.workspace, as_("aldo"), WHILE_OPEN).faults == ()


@pytest.mark.parametrize("name", ["export.json", "export.xlsx", "export"])
def test_an_export_with_a_paper_that_an_answer_brought_comes_back(
    sealed_round: Callable[[str], Round], tmp_path: Path, name: str
) -> None:
    ours, theirs = sealed_round("ours"), sealed_round("theirs")
    whole, answered_on = application("A1"), date(2026, 4, 6)
    lines = tuple(line._replace(evidence=None) for line in whole.counterpart_lines)
    ours.receive([whole._replace(counterpart_lines=lines, evidence=whole.evidence[1:]), application("A2")])
    ours.screen()
    letter = whole.evidence[0]._replace(issued_on=answered_on)
    answers.clarify(
        ours.workspace,
        as_("olga"),
        AFTER_DEADLINE,
        proposal=ours.numbers["A1"],
        application=whole._replace(evidence=(letter, whole.evidence[1])),
        answer="Va",
    )
    imports.export_proposals(ours.workspace, as_("olga"), AFTER_DEADLINE, call=ours.call, path=tmp_path / name)
    back = imports.import_applications(
        theirs.workspace, as_("olga"), AFTER_DEADLINE, call=theirs.call, path=tmp_path / name
    )
    told = [(found.field.rpartition(".")[2], found.value, found.code) for found in back.warnings]
    assert told == [("issued_on", "2026-04-06", "import.after_receipt")]
    assert (back.received.late_count, set(back.received.numbers)) == (0, {"A1", "A2"})
    exports = [tmp_path / "ours.json", tmp_path / "theirs.json"]
    for found, path in zip((ours, theirs), exports, strict=True):
        imports.export_proposals(found.workspace, as_("olga"), AFTER_DEADLINE, call=found.call, path=path)
    assert exports[0].read_text(encoding="utf-8") == exports[1].read_text(encoding="utf-8")
