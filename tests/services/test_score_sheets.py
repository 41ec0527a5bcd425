"""Score sheets: out as a workbook for each evaluator, and back in, whole, in part, late, and without comments."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipgrants.domain.rubric import Scale
from pipgrants.errors import ImportRefusedError, NotAuthorisedError, RefusedError
from pipgrants.exchange.score_sheets import allowed_marks
from pipgrants.exchange.scores import read_scores
from pipgrants.services.access import read_accesses
from pipgrants.services.appointments import remind
from pipgrants.services.audit.duties import Typed, review_duties
from pipgrants.services.imports import ImportedScores, import_scores
from pipgrants.services.score_sheets import WrittenSheets, write_score_sheets
from pipgrants.services.workspace import Workspace
from rounds import CALL, SCORING, Round, application, as_, criteria, edit, publish

DUE = "2026-06-02"
LATE = datetime(2026, 6, 3, 15, 0, tzinfo=UTC)
LAST_DAY = datetime(2026, 6, 3, 5, 59, tzinfo=UTC)
"""The last minute of the second of June in Tegucigalpa."""


def begin(workspace: Workspace, scoring: str = "") -> Round:
    """A round of the one-stage call with scoring terms, two eligible proposals and their evaluators."""
    if scoring:
        edit(workspace, "calls", CALL, {"rubric:\n": f'scoring:\n  clause: "5.9"\n{scoring}rubric:\n'})
    round_ = publish(workspace)
    round_.receive([application("A1"), application("A2")._replace(title="=2+2 talleres")])
    round_.screen()
    round_.assign()
    return round_


def sheets(round_: Round, folder: Path, language: str | None = None, by: str = "olga") -> WrittenSheets:
    return write_score_sheets(round_.workspace, as_(by), SCORING, call=round_.call, folder=folder, language=language)


def fill(path: Path, change: Callable[[Worksheet, int], None]) -> Path:
    """Fills a sheet as somebody would: ``change`` is given the sheet and the number of each row to mark."""
    book = load_workbook(path)
    page = book["Scores"]
    for number in range(3, page.max_row + 1):
        change(page, number)
    book.save(path)
    return path


def give(mark: float | str, comment: str | None = None) -> Callable[[Worksheet, int], None]:
    def change(page: Worksheet, number: int) -> None:
        page.cell(number, 5, mark)
        page.cell(number, 6, comment)

    return change


def take_in(
    round_: Round, *paths: Path, now: datetime = SCORING, by: str = "olga", named: tuple[str, ...] = ()
) -> ImportedScores:
    return import_scores(round_.workspace, as_(by), now, call=round_.call, paths=paths, named=named)


def texts(path: Path) -> str:
    """Every text of a workbook."""
    book = load_workbook(path)
    return "\n".join(str(cell.value) for page in book for row in page.iter_rows() for cell in row if cell.value)


class TestWritten:
    def test_there_is_a_workbook_for_each_evaluator_with_the_proposals_assigned(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        written = sheets(round_, tmp_path / "sheets")
        assert (written.files, written.language) == (("edna.xlsx", "emilio.xlsx", "eva.xlsx"), "es")
        page = load_workbook(tmp_path / "sheets/eva.xlsx")["Scores"]
        rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=3)]
        numbers = sorted(round_.numbers.values())
        assert [row[:3] for row in rows] == [[number, "eva", code] for number in numbers for code in criteria(round_)]
        assert {tuple(row[4:6]) for row in rows} == {(None, None)}
        others = load_workbook(tmp_path / "sheets/edna.xlsx")["Scores"]
        tokens = {row[6] for row in rows} | {cell.value for cell in others["G"][2:]}
        assert {len(str(token)) for token in tokens} == {20}
        assert len(tokens) == 2

    def test_cells_take_the_marks_of_the_scale_and_not_applicable(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")
        book = load_workbook(tmp_path / "sheets/eva.xlsx")
        code = criteria(round_)[0]
        marks = [cell.value for cell in next(iter(book["Marks"].columns)) if cell.value is not None]
        assert marks == [code, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, "n/a"]
        rules = {str(rule.sqref): rule for rule in book["Scores"].data_validations.dataValidation}
        rule = next(rule for cells, rule in rules.items() if "E3" in cells.split())
        assert (rule.type, rule.formula1, rule.errorStyle) == ("list", "Marks!$A$2:$A$13", "stop")
        assert len(rules) == len(criteria(round_))

    def test_scale_too_long_to_list_asks_for_a_number_between_its_ends(self, workspace, tmp_path) -> None:
        edit(workspace, "calls", CALL, {"    maximum: 5\n    step: 0.5": "    maximum: 5\n    step: 0.001"})
        sheets(begin(workspace), tmp_path / "sheets")
        page = load_workbook(tmp_path / "sheets/eva.xlsx")["Scores"]
        told = {
            (rule.type, rule.operator, rule.formula1, rule.formula2, rule.errorStyle)
            for rule in page.data_validations.dataValidation
        }
        assert told == {("decimal", "between", "0", "5", "warning")}

    def test_anchors_titles_and_amounts_stand_in_the_language_asked_for(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        assert sheets(round_, tmp_path / "sheets", "pt").language == "pt"
        told = texts(tmp_path / "sheets/eva.xlsx")
        assert "Ficha de avaliação de eva. Etapa: proposta." in told
        assert "Taller A1-1; Taller A1-2" in told
        assert "'=2+2 talleres" in told

    def test_invented_data_is_labelled(self, workspace, tmp_path) -> None:
        sheets(begin(workspace), tmp_path / "sheets", "en")
        guide = load_workbook(tmp_path / "sheets/eva.xlsx")["Instructions"]
        assert str(guide["A1"].value).startswith("SYNTHETIC")

    def test_anonymous_sheets_tell_nothing_of_who_applies(self, workspace, tmp_path) -> None:
        round_ = begin(workspace, "  anonymous_at: [proposal]\n")
        sheets(round_, tmp_path / "sheets")
        told = texts(tmp_path / "sheets/eva.xlsx")
        assert round_.numbers["A1"] in told
        assert [word for word in ("Taller", "talleres", "Red de", "Tegucigalpa", "example.org") if word in told] == []

    def test_letters_about_anonymous_proposals_name_them_by_number_only(self, workspace) -> None:
        round_ = begin(workspace, "  anonymous_at: [proposal]\n")
        round_.profile({"evaluator": "eva", "email": "eva@example.org"}, now=SCORING)
        remind(round_.workspace, as_("olga"), SCORING, call=round_.call)
        (letter,) = [letter for letter in round_.letters() if letter.kind == "reminder"]
        assigned = orjson.loads(letter.data)["assigned"]
        assert assigned == [{"number": number, "title": ""} for number in sorted(round_.numbers.values())]

    def test_marks_on_record_already_stand_in_it(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        round_.give({"A1": Decimal("4.5")})
        sheets(round_, tmp_path / "sheets")
        found = read_scores(tmp_path / "sheets/eva.xlsx")
        assert {(item.proposal, item.mark) for item in found.scores} == {(round_.numbers["A1"], Decimal("4.5"))}
        assert {item.proposal for item in found.missing} == {round_.numbers["A2"]}

    def test_who_conflicts_gets_no_row(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        round_.declare_conflict("A1", "eva")
        sheets(round_, tmp_path / "sheets")
        assert round_.numbers["A1"] not in texts(tmp_path / "sheets/eva.xlsx")

    def test_no_sheet_is_written_while_a_tie_found_since_is_not_on_record(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        round_.add_evaluator("elsa")
        round_.profile({"evaluator": "eva", "tie": "board", "organisation": "Taller A1-1"}, now=SCORING)
        with pytest.raises(RefusedError, match=r"eva in PIP1-000001 \(conflict.board E-000001\)"):
            sheets(round_, tmp_path / "sheets")
        assert not (tmp_path / "sheets").exists()
        round_.assign()
        sheets(round_, tmp_path / "sheets")
        assert round_.numbers["A1"] not in texts(tmp_path / "sheets/eva.xlsx")
        assert round_.numbers["A1"] in texts(tmp_path / "sheets/elsa.xlsx")

    def test_writing_leaves_a_line_in_the_access_log(self, workspace, tmp_path) -> None:
        sheets(begin(workspace), tmp_path / "sheets")
        line = read_accesses(workspace, as_("aldo"), SCORING).lines[-2]
        assert (line.access.did, line.access.subject) == ("evaluation.sheets", f"call/{CALL}")

    def test_evaluators_write_no_sheets_and_nothing_is_overwritten(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        with pytest.raises(NotAuthorisedError):
            sheets(round_, tmp_path / "sheets", by="eva")
        sheets(round_, tmp_path / "sheets")
        with pytest.raises(RefusedError, match="sheets"):
            sheets(round_, tmp_path / "sheets")

    def test_nobody_assigned_is_said(self, workspace, tmp_path) -> None:
        with pytest.raises(RefusedError, match="nobody is assigned"):
            sheets(publish(workspace), tmp_path / "sheets")


class TestTakenIn:
    def test_filled_sheets_of_all_evaluators_are_stored_together(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        written = sheets(round_, tmp_path / "sheets")
        paths = [fill(tmp_path / "sheets" / name, give(4.5, "Bien fundada")) for name in written.files]
        found = take_in(round_, *paths)
        assert found == ImportedScores(6, ("edna", "emilio", "eva"), is_late=False, missing=())
        entries = round_.entries(act="ProposalScored")
        assert {entry["inputs"]["source"]["file"] for entry in entries} == set(written.files)
        assert {mark for entry in entries for mark in entry["inputs"]["marks"].values()} == {"4.5"}
        round_.close_scores()

    def test_blank_cells_are_still_to_come_and_scores_cannot_close(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")
        path = tmp_path / "sheets/eva.xlsx"
        fill(path, lambda page, number: give(3)(page, number) if number == 3 else None)
        found = take_in(round_, path)
        assert (found.evaluations_count, len(found.missing)) == (1, 2 * len(criteria(round_)) - 1)
        with pytest.raises(RefusedError, match="2 eligible proposals lack evaluations"):
            round_.close_scores()

    def test_a_cell_left_blank_is_not_to_come_where_its_mark_is_on_record(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")
        path = tmp_path / "sheets/eva.xlsx"
        blank = shutil.copy(path, tmp_path / "blank.xlsx")
        take_in(round_, fill(path, give(4)))
        assert take_in(round_, fill(blank, lambda page, number: None)).missing == ()

    def test_sheet_that_changes_nothing_writes_no_entry(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")
        path = fill(tmp_path / "sheets/eva.xlsx", give(4))
        assert take_in(round_, path).evaluations_count == 2
        assert take_in(round_, path).evaluations_count == 0
        assert len(round_.entries(act="ProposalScored")) == 2

    def test_what_is_wrong_is_said_with_its_place_and_nothing_is_stored(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")
        sound = fill(tmp_path / "sheets/eva.xlsx", give(4))
        wrong = fill(tmp_path / "sheets/emilio.xlsx", lambda page, n: give(4.2)(page, n) if n == 4 else None)
        with pytest.raises(ImportRefusedError) as refused:
            take_in(round_, sound, wrong)
        (problem,) = refused.value.problems
        assert (problem.file, problem.line, problem.field) == ("emilio.xlsx", 4, "Scores.mark")
        assert problem.code == "import.mark_off_scale"
        assert round_.entries(act="ProposalScored") == []

    def test_formula_in_place_of_a_mark_is_refused(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")
        path = fill(tmp_path / "sheets/eva.xlsx", lambda page, n: give("=2+2")(page, n) if n == 3 else None)
        with pytest.raises(ImportRefusedError) as refused:
            take_in(round_, path)
        assert [problem.code for problem in refused.value.problems] == ["import.formula"]

    def test_workbook_without_such_a_sheet_among_several_is_refused(self, workspace, tmp_path) -> None:
        book, path = Workbook(), tmp_path / "other.xlsx"
        for name in ("One", "Two"):
            book.create_sheet(name).append(["proposal", "evaluator", "criterion", "mark"])
        book.save(path)
        with pytest.raises(ImportRefusedError, match="expected one sheet"):
            take_in(begin(workspace), path)

    def test_evaluator_brings_in_only_their_own(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")
        paths = [fill(tmp_path / f"sheets/{name}.xlsx", give(4)) for name in ("eva", "emilio")]
        assert take_in(round_, paths[0], by="eva").evaluations_count == 2
        with pytest.raises(ImportRefusedError, match="another evaluator"):
            take_in(round_, paths[1], by="eva")

    def test_sheet_of_one_evaluator_holds_no_marks_of_another(self, workspace, tmp_path) -> None:
        """Not even where an officer brings it in, who may bring in those of all."""
        round_ = begin(workspace)
        sheets(round_, tmp_path / "sheets")

        def also_for_emilio(page: Worksheet, number: int) -> None:
            give(4)(page, number)
            if number == 4:
                page.cell(number, 2, "emilio")

        with pytest.raises(ImportRefusedError) as refused:
            take_in(round_, fill(tmp_path / "sheets/eva.xlsx", also_for_emilio))
        assert [(item.line, item.field, item.code) for item in refused.value.problems] == [
            (4, "Scores.evaluator", "import.another_evaluator")
        ]
        assert round_.entries(act="ProposalScored") == []


class TestSenders:
    """A sheet is renamed and rewritten by whoever sends it; its token is not."""

    def renamed(self, round_: Round, folder: Path, *, as_emilio: bool) -> Path:
        """The sheet of eva under another name, where asked for with emilio in the place of her."""
        sheets(round_, folder)

        def mark(page: Worksheet, number: int) -> None:
            give(4)(page, number)
            if as_emilio:
                page.cell(number, 2, "emilio")

        return fill(folder / "eva.xlsx", mark).rename(folder / "final.xlsx")

    def test_sheet_under_another_name_is_that_of_its_token(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        assert take_in(round_, self.renamed(round_, tmp_path / "sheets", as_emilio=False)).evaluators == ("eva",)

    def test_sheet_that_names_another_evaluator_is_refused(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        with pytest.raises(ImportRefusedError) as refused:
            take_in(round_, self.renamed(round_, tmp_path / "sheets", as_emilio=True))
        assert [(item.line, item.field, item.code) for item in refused.value.problems] == [
            (3, "Scores.token", "import.token_of_another")
        ]
        assert round_.entries(act="ProposalScored") == []

    def test_marks_without_a_token_are_taken_where_it_is_said_whose_they_are(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        path = tmp_path / "emilio.csv"
        rows = [f"{round_.numbers['A1']},emilio,{code},4" for code in criteria(round_)]
        path.write_text("\n".join(["proposal,evaluator,criterion,mark", *rows]), encoding="utf-8")
        with pytest.raises(ImportRefusedError) as refused:
            take_in(round_, path)
        assert [(item.line, item.field, item.code) for item in refused.value.problems] == [
            (2, "evaluator", "import.no_token")
        ]
        assert take_in(round_, path, named=("emilio",)).evaluations_count == 1
        assert [entry["inputs"]["source"]["named"] for entry in round_.entries(act="ProposalScored")] == ["emilio"]
        found = review_duties(round_.workspace, as_("aldo"), SCORING, call=round_.call)
        assert found.typed == [Typed(round_.call, "olga", "emilio", 1, 1)]

    def test_evaluator_needs_no_token_for_marks_of_their_own(self, workspace, tmp_path) -> None:
        round_ = begin(workspace)
        path = tmp_path / "marks.csv"
        path.write_text(f"proposal,evaluator,criterion,mark\n{round_.numbers['A1']},eva,{criteria(round_)[0]},4\n")
        assert take_in(round_, path, by="eva").evaluators == ("eva",)


class TestComments:
    def test_call_that_asks_for_all_comments_refuses_each_mark_without_one(self, workspace, tmp_path) -> None:
        round_ = begin(workspace, "  comments_required: all\n")
        sheets(round_, tmp_path / "sheets")
        path = fill(tmp_path / "sheets/eva.xlsx", lambda page, n: give(4, "Sólida" if n > 3 else None)(page, n))
        with pytest.raises(ImportRefusedError) as refused:
            take_in(round_, path)
        assert [(item.line, item.field, item.code) for item in refused.value.problems] == [
            (3, "Scores.comment", "import.comment_required")
        ]

    def test_below_the_minimum_alone_a_comment_is_needed(self, workspace, tmp_path) -> None:
        round_ = begin(workspace, "  comments_required: below_threshold\n")
        sheets(round_, tmp_path / "sheets")
        path = fill(tmp_path / "sheets/eva.xlsx", lambda page, n: give(1.5 if n == 3 else 2)(page, n))
        with pytest.raises(ImportRefusedError) as refused:
            take_in(round_, path)
        assert [item.line for item in refused.value.problems] == [3]


class TestDue:
    def test_marks_of_the_last_day_are_in_time(self, workspace, tmp_path) -> None:
        round_ = begin(workspace, f"  due_on:\n    proposal: {DUE}\n")
        sheets(round_, tmp_path / "sheets")
        path = fill(tmp_path / "sheets/eva.xlsx", give(4))
        assert take_in(round_, path, now=LAST_DAY).is_late is False

    def test_late_marks_are_refused_by_default(self, workspace, tmp_path) -> None:
        round_ = begin(workspace, f"  due_on:\n    proposal: {DUE}\n")
        sheets(round_, tmp_path / "sheets")
        path = fill(tmp_path / "sheets/eva.xlsx", give(4))
        with pytest.raises(RefusedError, match=r"due on 2026-06-02 \(clause 5\.9\)"):
            take_in(round_, path, now=LATE)

    def test_late_marks_are_flagged_where_the_call_says_so(self, workspace, tmp_path) -> None:
        round_ = begin(workspace, f"  due_on:\n    proposal: {DUE}\n  if_late: flagged\n")
        sheets(round_, tmp_path / "sheets")
        path = fill(tmp_path / "sheets/eva.xlsx", give(4))
        assert take_in(round_, path, now=LATE).is_late is True
        assert {entry["inputs"].get("late") for entry in round_.entries(act="ProposalScored")} == {True}


def test_scale_of_too_many_marks_is_not_listed() -> None:
    assert allowed_marks(Scale(Decimal(0), Decimal(100_000), Decimal(1), {})) == ()
    assert allowed_marks(Scale(Decimal(1), Decimal(7), Decimal(2), {})) == (1, 3, 5, 7)
