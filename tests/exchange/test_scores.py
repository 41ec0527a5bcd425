"""Score sheets: a mark is a number or not applicable, and never given twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.errors import ImportRefusedError, UsageError
from pipgrants.exchange.mapping import read_mapping
from pipgrants.exchange.scores import MissingScore, read_scores

HEADER = "proposal,evaluator,criterion,mark,comment\n"


@pytest.fixture
def sheet(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "scores.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_marks_and_not_applicable_are_read(sheet) -> None:
    result = read_scores(sheet(HEADER + "P-1,ana,C1,4.5,good\nP-1,ana,C2,N/A,\n"))
    assert result.scores == (
        SubmittedScore("P-1", "ana", "C1", Decimal("4.5"), "good"),
        SubmittedScore("P-1", "ana", "C2", None, ""),
    )
    assert (result.problems, result.rows, result.rows_read) == ((), (2, 3), 2)


def test_mark_that_is_no_number_or_given_twice_is_a_problem(sheet) -> None:
    text = 'P-1,ana,C1,4,\nP-1,ana,C1,5,\nP-1,ana,C2,high,\nP-1,ana,C3,,\nP-1,ana,C4,"4,5",\n'
    result = read_scores(sheet(HEADER + text))
    assert [(problem.line, problem.code) for problem in result.problems] == [
        (3, "import.score_twice"),
        (4, "import.not_a_number"),
        (6, "import.decimal_point"),
    ]
    assert [score.mark for score in result.scores] == [Decimal(4)]


def test_blank_mark_is_still_to_come_and_never_zero(sheet) -> None:
    result = read_scores(sheet(HEADER + "P-1,ana,C1,0,\nP-1,ana,C2,,\nP-1,ana,C3,n/a,\n"))
    assert [(score.criterion, score.mark) for score in result.scores] == [("C1", Decimal(0)), ("C3", None)]
    assert result.missing == (MissingScore("P-1", "ana", "C2"),)
    assert result.problems == ()


def test_comment_without_a_mark_is_a_problem(sheet) -> None:
    result = read_scores(sheet(HEADER + "P-1,ana,C1,,weak\n"))
    assert [(problem.line, problem.code) for problem in result.problems] == [(2, "import.comment_without_mark")]


def test_each_mark_has_its_own_row(sheet) -> None:
    result = read_scores(sheet(HEADER + "P-1,ana,C1,high,\n\nP-1,ana,C2,4,\nP-1,ana,C3,5,\n"))
    assert result.rows == (4, 5)


def test_sheet_without_a_needed_column_is_refused(sheet) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        read_scores(sheet("proposal,evaluator,mark\nP-1,ana,4\n"))
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("criterion", "import.missing_column")
    ]


def test_mapping_without_scores_cannot_read_them(sheet, mappings: Path) -> None:
    with pytest.raises(UsageError, match="lithuania"):
        read_scores(sheet(HEADER), mapping=read_mapping(mappings / "lithuania.yaml"))
