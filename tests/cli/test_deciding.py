"""``screen``, ``evaluation``, ``rank``, ``allocate``, ``ratify``, ``letters``: one refusal and one trial of each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Desk
from rounds import AFTER_DEADLINE, AFTER_DRAW, CALL, SCORING, application, hash_of_tables, tamper

Form = Callable[..., Path]


@pytest.fixture
def eligible(open_desk: Desk, form: Form) -> Desk:
    """A round with two eligible proposals."""
    open_desk.do("proposal", "import", CALL, str(form(application("A1"), application("A2"))), by="olga")
    open_desk.now = AFTER_DEADLINE
    open_desk.do("screen", CALL, "--yes", by="olga")
    open_desk.now = SCORING
    return open_desk


def unchanged(desk: Desk, *words: str, by: str = "olga") -> None:
    """Tries a command out: it answers as it would, and keeps nothing."""
    before = hash_of_tables(desk.folder)
    assert desk.do(*words, "--dry-run", "--json", by=by).json["dry_run"] is True
    assert hash_of_tables(desk.folder) == before


class TestScreen:
    def test_first_screening_asks_because_it_closes_the_call(self, open_desk: Desk) -> None:
        open_desk.now = AFTER_DEADLINE
        answer = open_desk.type("screen", CALL, by="olga", answers="n\n")
        assert answer.code == 8
        assert "close it? After that no application can be imported." in answer.err
        unchanged(open_desk, "screen", CALL)

    def test_screening_again_does_not_ask_and_changes_nothing(self, eligible: Desk) -> None:
        found = eligible.do("screen", CALL, "--json", by="olga").json
        assert (found["unchanged_count"], found["states"]) == (2, {})


class TestEvaluation:
    def test_assignment_is_tried_out(self, eligible: Desk) -> None:
        unchanged(eligible, "evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna")

    def test_too_few_evaluators_are_refused(self, eligible: Desk) -> None:
        assert eligible.type("evaluation", "assign", CALL, "--evaluators", "eva, eva,,", by="olga").code == 3

    def test_unknown_evaluator_is_6(self, eligible: Desk) -> None:
        assert eligible.type("evaluation", "assign", CALL, "--evaluators", "eva,emilio,nobody", by="olga").code == 6

    def test_conflict_of_interest_sets_an_evaluator_aside(self, eligible: Desk) -> None:
        eligible.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
        words = ("evaluation", "conflict", "PIP1-000001", "--evaluator", "eva", "--reason", "her brother leads it")
        eligible.do(*words, by="eva")
        listed = eligible.do("evaluation", "list", CALL, "--evaluator", "eva").out
        assert "conflict: her brother leads it" in listed

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
        answer = eligible.type("evaluation", "import", CALL, str(path), by="olga")
        assert answer.code == 3
        assert ("row 3" in answer.err, "row 4" in answer.err, "row 2" in answer.err) == (True, True, False)
        spanish = eligible.type("evaluation", "import", CALL, str(path), "--language", "es", by="olga")
        assert ("fila 3" in spanish.err, "row 3" in spanish.err) == (True, False)
        said = " ".join(spanish.err.split())
        assert "se espera una nota de 0 a 5, de 0.5 en 0.5, para territorial_vision (escrito: 9)" in said
        assert "eva no tiene asignada PIP1-000099, o declaró un conflicto de interés" in said
        assert hash_of_tables(eligible.folder) == before


class TestRank:
    def test_verb_may_be_left_out(self, eligible: Desk) -> None:
        short, long = (eligible.type("rank", *verb, CALL, by="olga") for verb in ([], ["run"]))
        assert (short.code, short.err) == (3, long.err)

    def test_help_of_the_group_is_not_taken_for_a_call(self, desk: Desk) -> None:
        assert "draw" in desk.do("rank", "--help").out

    def test_options_may_stand_before_the_call(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, _ = packaged_desk
        assert desk.type("rank", "--dry-run", CALL, by="olga").code == 3

    def test_ranking_that_is_not_there_is_6(self, eligible: Desk) -> None:
        assert eligible.type("rank", "show", CALL).code == 6


class TestRatify:
    def test_trial_lists_every_decision(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, package = packaged_desk
        unchanged(desk, "ratify", package, by="marcos")
        text = desk.do("ratify", package, "--dry-run", by="marcos").out
        assert [line.split() for line in text.splitlines() if "PIP1-" in line] == [
            ["1", "PIP1-000001", "award", "100,000.00"],
            ["2", "PIP1-000002", "award", "100,000.00"],
            ["3", "PIP1-000003", "award", "100,000.00"],
            ["4", "PIP1-000004", "decline", "-"],
        ]

    def test_package_is_named_by_the_beginning_of_its_hash(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, package = packaged_desk
        assert desk.type("ratify", package[:7], "--yes", by="marcos").code == 6
        assert desk.do("ratify", package[:8], "--yes", "--json", by="marcos").json["package"] == package

    def test_package_changed_since_is_refused(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, package = packaged_desk
        assert tamper(desk.folder, "UPDATE proposal SET grant_minor = grant_minor + 1 WHERE number = 'PIP1-000001'")
        answer = desk.type("ratify", package, "--yes", by="marcos")
        assert answer.code == 3
        assert "changed after it was prepared" in " ".join(answer.err.split())

    def test_package_is_ratified_once(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, package = packaged_desk
        desk.do("ratify", package, "--yes", by="marcos")
        assert desk.type("ratify", package, "--yes", by="marcos").code == 3


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
        unchanged(ratified, "letters", "release", CALL)
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
