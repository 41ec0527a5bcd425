"""``evaluation`` and ``letters``: one refusal and one trial of each; acts out of turn."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from desk import Answer, Desk
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, CALL, Round, criteria, hash_of_tables

Form = Callable[..., Path]


def unlabelled(answer: Answer) -> list[str]:
    """The lines of an answer after the label of the workspace and the empty line below it."""
    return answer.out.splitlines()[2:]


class TestEvaluation:
    def test_assignment_is_tried_out(self, eligible: Desk) -> None:
        eligible.try_out("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna")

    def test_too_few_evaluators_are_refused(self, eligible: Desk) -> None:
        assert eligible.type("evaluation", "assign", CALL, "--evaluators", "eva, eva,,", by="olga").code == 3

    def test_unknown_evaluator_is_6(self, eligible: Desk) -> None:
        assert eligible.type("evaluation", "assign", CALL, "--evaluators", "eva,emilio,nobody", by="olga").code == 6

    def test_list_shows_no_salt(self, eligible: Desk) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        listed = eligible.do("evaluation", "list", CALL, "--evaluator", "eva", "--json").json["evaluations"]
        assert listed[0] == {
            "proposal": "PIP1-000001",
            "evaluator": "eva",
            "marks": None,
            "comments": {},
            "conflict": None,
        }

    def test_conflict_of_interest_sets_an_evaluator_aside(self, eligible: Desk) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        words = ("evaluation", "conflict", "PIP1-000001", "--evaluator", "eva", "--reason", "her brother leads it")
        answer = eligible.type(*words, by="eva", answers="n\n")
        question = "Record that eva has a conflict of interest in PIP1-000001? Marks given are set aside. [y/N]"
        assert (answer.code, question in answer.asked) == (8, True)
        assert "conflict: " not in eligible.do("evaluation", "list", CALL).out
        eligible.do(*words, by="eva", answers="y\n")
        listed = eligible.do("evaluation", "list", CALL, "--evaluator", "eva").out
        assert "conflict: her brother leads it" in listed

    def test_what_a_conflict_of_interest_leaves_is_filled_up_with_the_replacement_alone(self, eligible: Desk) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        eligible.do("actor", "add", "elsa", "--name", "Elsa", "--role", "evaluator", by="admin")
        conflict = ("evaluation", "conflict", "PIP1-000001", "--evaluator", "eva", "--reason", "her brother leads it")
        after = f"pipgrants evaluation assign {CALL} --as OFFICER"
        assert after in eligible.do(*conflict, "--yes", by="eva").out
        same = eligible.type("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        assert same.code == 3
        assert " ".join(same.err.split()).startswith(
            "Error: no assignment is possible: PIP1-000001 needs 1 more evaluator without a conflict of interest; "
            "nobody who evaluates may score it: 1 evaluation lacking. Recused: eva from PIP1-000001"
        )
        found = eligible.do("evaluation", "assign", CALL, "--evaluators", "elsa", by="olga")
        assert unlabelled(found)[:3] == [
            "Assigned 1 evaluation of pip-one-stage to 1 evaluator.",
            "No evaluator's profile matches any of them (pipgrants evaluator import FILE).",
            "Every eligible proposal has its evaluators (2 proposals).",
        ]

    def test_a_dry_run_shows_who_would_score_what(self, eligible: Desk) -> None:
        found = eligible.do("evaluation", "assign", CALL, "--dry-run", "--json", by="olga").json
        assert len(found["given"]) == found["evaluations_count"] == 6
        assert found["loads"][0] == {"evaluator": "edna", "proposals_count": 2, "added_count": 2, "limit": None}
        shown = eligible.do("evaluation", "assign", CALL, "--dry-run", by="olga").out
        assert "PIP1-000001  edna       0" in shown

    def test_recusals_are_listed(self, eligible: Desk) -> None:
        assert "Nobody was recused" in eligible.do("evaluation", "recusals", CALL).out
        eligible.do("evaluation", "assign", CALL, by="olga")
        conflict = ("evaluation", "conflict", "PIP1-000001", "--evaluator", "eva", "--reason", "her brother leads it")
        eligible.do(*conflict, "--yes", by="olga")
        (line,) = eligible.do("evaluation", "recusals", CALL, "--json").json["recusals"]
        assert (line["proposal"], line["evaluator"], line["how"], line["why"]) == (
            "PIP1-000001",
            "eva",
            "declared",
            "her brother leads it",
        )

    def test_assigning_before_screening_says_that_nothing_is_eligible(self, open_desk: Desk) -> None:
        answer = open_desk.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        assert unlabelled(answer)[0] == f"No proposal of {CALL} is eligible, so none was assigned."

    def test_scores_are_not_closed_while_some_are_missing(self, eligible: Desk) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        answer = eligible.type("evaluation", "close", CALL, "--yes", by="olga")
        assert answer.code == 3
        assert "PIP1-000001 (0 of 3)" in answer.err

    def test_bad_marks_are_listed_and_none_is_stored(self, eligible: Desk, tmp_path: Path) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        path = tmp_path / "scores.csv"
        path.write_text(
            "proposal,evaluator,criterion,mark,comment\n"
            "PIP1-000001,eva,business_ideas,4,\nPIP1-000001,eva,territorial_vision,9,\nPIP1-000099,eva,business_ideas,4,\n"
        )
        before = hash_of_tables(eligible.folder)
        nameless = eligible.type("evaluation", "import", CALL, str(path), by="olga")
        assert "nothing says that eva gave these marks" in " ".join(nameless.err.split())
        answer = eligible.type("evaluation", "import", CALL, str(path), "--for", "eva", by="olga")
        assert answer.code == 3
        assert ("row 3" in answer.err, "row 4" in answer.err, "row 2" in answer.err) == (True, True, False)
        spanish = eligible.type("evaluation", "import", CALL, str(path), "--for", "eva", "--language", "es", by="olga")
        assert ("fila 3" in spanish.err, "row 3" in spanish.err) == (True, False)
        said = " ".join(spanish.err.split())
        assert "se espera una nota de 0 a 5, de 0.5 en 0.5, para territorial_vision (escrito: 9)" in said
        assert "eva no tiene asignada PIP1-000099, o declaró un conflicto de intereses" in said
        words = ("evaluation", "import", CALL, str(path), "--for", "eva", "--language", "es", "--json")
        problems = eligible.type(*words, by="olga").json["error"]["problems"]
        assert [(problem["line"], problem["field"]) for problem in problems] == [(3, "mark"), (4, "evaluator")]
        assert problems[0]["message"] == "se espera una nota de 0 a 5, de 0.5 en 0.5, para territorial_vision"
        assert hash_of_tables(eligible.folder) == before

    def test_sheets_go_out_and_come_back(self, eligible: Desk, tmp_path: Path) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        out = tmp_path / "sheets"
        written = eligible.do("evaluation", "sheets", CALL, "--out", str(out), "--language", "pt", "--json", by="olga")
        assert (written.json["files"], written.json["language"]) == (["edna.xlsx", "emilio.xlsx", "eva.xlsx"], "pt")
        for name in written.json["files"]:
            fill(out / name, 4)
        paths = [str(out / name) for name in written.json["files"]]
        eligible.try_out("evaluation", "import", CALL, *paths)
        taken = eligible.do("evaluation", "import", CALL, *paths, by="olga")
        assert unlabelled(taken)[0] == f"Stored the marks of 6 evaluations of {CALL}."
        eligible.do("evaluation", "close", CALL, "--yes", by="olga")

    def test_marks_still_to_come_are_listed(self, eligible: Desk, tmp_path: Path) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        path = tmp_path / "scores.csv"
        rows = ("PIP1-000001,eva,business_ideas,4", "PIP1-000001,eva,collective_action,")
        path.write_text("\n".join(("proposal,evaluator,criterion,mark", *rows, "")))
        answer = eligible.do("evaluation", "import", CALL, str(path), "--for", "eva", by="olga")
        assert "1 mark still to come:" in answer.out
        assert "PIP1-000001: collective_action of eva" in answer.out

    def test_mark_that_is_off_its_scale_is_said_in_the_language_of_the_evaluator(
        self, eligible: Desk, tmp_path: Path
    ) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        eligible.do("evaluation", "sheets", CALL, "--out", str(tmp_path / "sheets"), by="olga")
        fill(tmp_path / "sheets/eva.xlsx", 9)
        words = ("evaluation", "import", CALL, str(tmp_path / "sheets/eva.xlsx"))
        for language, place in (("es", "fila 3, columna"), ("pt", "linha 3, coluna"), ("en", "row 3, column")):
            answer = eligible.type(*words, "--language", language, by="olga")
            assert answer.code == 3
            assert f"eva.xlsx, {place} Scores.mark" in answer.asked

    def test_consensus_is_recorded_and_listed(self, eligible: Desk, tmp_path: Path) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        eligible.do("evaluation", "sheets", CALL, "--out", str(tmp_path / "sheets"), by="olga")
        for path in sorted((tmp_path / "sheets").glob("*.xlsx")):
            eligible.do("evaluation", "import", CALL, str(fill(path, 4)), by="olga")
        minutes = tmp_path / "minutes.txt"
        minutes.write_text("They agreed.")
        marks = [word for code in criteria(Round(Workspace(eligible.folder))) for word in ("--mark", f"{code}=4.5")]
        held = ("--present", "eva, emilio", "--held-on", "2026-06-01", "--minutes", str(minutes))
        eligible.try_out("evaluation", "consensus", "PIP1-000001", *marks, *held)
        eligible.do("evaluation", "consensus", "PIP1-000001", *marks, *held, by="olga")
        assert eligible.do("evaluation", "list", CALL, "--json").json["consensus"] == ["PIP1-000001"]
        assert "Consensus recorded:" in eligible.do("evaluation", "list", CALL).out
        again = eligible.type("evaluation", "consensus", "PIP1-000001", *marks, *held, by="olga")
        assert (again.code, "needs a reason" in again.err) == (3, True)

    @pytest.mark.parametrize("mark", ["business_ideas", "=4", "business_ideas=four", "business_ideas=1e3"])
    def test_what_is_no_mark_is_refused(self, eligible: Desk, mark: str) -> None:
        words = ("--present", "eva", "--held-on", "2026-06-01", "--minutes", "minutes.txt")
        answer = eligible.type("evaluation", "consensus", "PIP1-000001", "--mark", mark, *words, by="olga")
        assert (answer.code, "is no criterion with its mark" in answer.err) == (2, True)


def fill(path: Path, mark: int) -> Path:
    """Gives every mark of a score sheet."""
    book = load_workbook(path)
    page = book["Scores"]
    for row in range(3, page.max_row + 1):
        page.cell(row, 5, mark)
    book.save(path)
    return path


class TestLetters:
    @pytest.fixture
    def ratified(self, packaged_desk: tuple[Desk, str]) -> Desk:
        desk, package = packaged_desk
        desk.do("ratify", package, "--yes", by="marcos")
        return desk

    def test_draft_is_marked_until_the_release(self, ratified: Desk) -> None:
        draft = ratified.do("letters", "preview", "PIP1-000001").out
        assert "BORRADOR" in draft
        ratified.do("letters", "release", CALL, "--yes", by="olga")
        assert "BORRADOR" not in ratified.do("letters", "preview", "PIP1-000001").out
        assert ratified.do("letters", "preview", "PIP1-000001", "--html").out.startswith("<!")

    def test_release_is_tried_out_and_asked_for(self, ratified: Desk) -> None:
        ratified.try_out("letters", "release", CALL)
        assert ratified.type("letters", "release", CALL, by="olga", answers="n\n").code == 8
        assert not (ratified.folder / "letters" / CALL).exists()

    def test_released_letters_are_written_again_as_they_were(self, ratified: Desk) -> None:
        ratified.do("letters", "release", CALL, "--yes", by="olga")
        folder = ratified.folder / "letters" / CALL
        first = {path.name: path.read_bytes() for path in folder.iterdir()}
        for path in folder.iterdir():
            path.unlink()
        assert ratified.do("letters", "write", CALL, "--json").json["count"] == 8
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == first

    def test_nothing_to_release_is_refused(self, ratified: Desk) -> None:
        ratified.do("letters", "release", CALL, "--yes", by="olga")
        assert ratified.type("letters", "release", CALL, "--yes", by="olga").code == 3


@pytest.mark.parametrize(
    "words", [["allocate", CALL], ["rank", CALL], ["letters", "release", CALL, "--yes"]], ids=" ".join
)
def test_acts_out_of_turn_are_refused(open_desk: Desk, words: list[str]) -> None:
    open_desk.now = AFTER_DRAW
    answer = open_desk.type(*words, by="olga")
    assert answer.code == 3
    assert answer.out == ""
