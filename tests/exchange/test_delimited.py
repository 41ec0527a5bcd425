"""CSV files in the encodings and with the marks that people's spreadsheets write."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from pipgrants.errors import ImportRefusedError, NotFoundError, Problem
from pipgrants.exchange.files import open_table
from pipgrants.exchange.tabular import SELF_EVIDENT, FileFormat

HEADER = "name,amount\n"


@pytest.fixture
def list_of(tmp_path: Path):
    def read(content: bytes | str, file_format: FileFormat = SELF_EVIDENT) -> tuple[list, list[Problem]]:
        path = tmp_path / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        problems: list[Problem] = []
        with open_table(path, problems.append, file_format) as table:
            return [(row.place.row, *row.cells.values(), row.sound) for row in table.rows], problems

    return read


@pytest.fixture
def refusal_of(list_of):
    def read(content: bytes | str) -> Problem:
        with pytest.raises(ImportRefusedError) as refused:
            list_of(content)
        [problem] = refused.value.problems
        return problem

    return read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encoding_is_told_by_the_byte_order_mark(list_of, encoding: str) -> None:
    rows, problems = list_of(f"{HEADER}Peña & Ķekava,1\nĊ,2\n".encode(encoding))
    assert (rows, problems) == ([(2, "Peña & Ķekava", "1", True), (3, "Ċ", "2", True)], [])


def test_declared_encoding_is_used(list_of) -> None:
    rows, _ = list_of(f"{HEADER}Peña – €,1\n".encode("cp1252"), FileFormat("cp1252"))
    assert rows == [(2, "Peña – €", "1", True)]


def test_byte_that_is_not_utf8_is_located_and_the_way_out_named(refusal_of) -> None:
    problem = refusal_of(f"{HEADER}Coop,1\nPeña,2\n".encode("cp1252"))
    assert (problem.line, problem.code) == (3, "import.not_text")
    assert dict(problem.values) == {"encoding": "UTF-8", "byte": "21"}
    assert "save it as CSV UTF-8" in problem.message


def test_byte_that_is_not_utf8_is_located_far_into_the_file(refusal_of) -> None:
    problem = refusal_of(HEADER.encode() + b"ab,1\n" * 40_000 + b"\xff,1\n")
    assert (problem.line, dict(problem.values)["byte"]) == (40_002, str(12 + 5 * 40_000))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_read_from_the_header(list_of, delimiter: str) -> None:
    rows, _ = list_of(f'"a,b;c"{delimiter}amount\n1{delimiter}2\n')
    assert rows == [(2, "1", "2", True)]


def test_declared_delimiter_wins(list_of) -> None:
    rows, _ = list_of("a,b|c\n1,2|3\n", FileFormat(delimiter="|"))
    assert rows == [(2, "1,2", "3", True)]


def test_row_with_too_many_or_too_few_cells_is_reported(list_of) -> None:
    rows, problems = list_of(f"{HEADER}Coop,1,2\nUnion\nBank,3\n")
    assert [(problem.line, problem.code, dict(problem.values)) for problem in problems] == [
        (2, "import.too_many_cells", {"seen": "3", "expected": "2"}),
        (3, "import.too_few_cells", {"seen": "1", "expected": "2"}),
    ]
    assert [row[-1] for row in rows] == [False, False, True]


def test_blank_rows_are_counted_and_skipped(list_of) -> None:
    rows, problems = list_of(f"{HEADER}\n , \n,\nCoop,1\n")
    assert (rows, problems) == ([(5, "Coop", "1", True)], [])


def test_cell_with_line_ends_is_one_row(list_of) -> None:
    rows, _ = list_of(f'{HEADER}"Coop\r\nSan Juan",1\nUnion,2\n')
    assert rows == [(2, "Coop\nSan Juan", "1", True), (3, "Union", "2", True)]


def test_quotation_marks_that_do_not_balance_are_located(refusal_of) -> None:
    never_closed = refusal_of(f'{HEADER}Coop,1\n"Union,2\nBank,3\n')
    closed_early = refusal_of(f'{HEADER}Coop,1\n"Uni"on,2\n')
    assert (never_closed.line, never_closed.code) == (3, "import.broken_quotes")
    assert (closed_early.line, closed_early.code) == (3, "import.broken_quotes")


def test_nul_byte_is_a_problem_of_its_cell(list_of) -> None:
    rows, problems = list_of(f"{HEADER}Co\0op,1\n")
    assert [(p.line, p.field, p.code, dict(p.values)) for p in problems] == [
        (2, "name", "import.control_character", {"character": "U+0000"})
    ]
    assert [row[-1] for row in rows] == [False]


def test_line_without_end_is_refused_in_bounded_memory(tmp_path: Path, refusal_of) -> None:
    content = HEADER.encode() + b"x" * 30_000_000
    tracemalloc.start()
    problem = refusal_of(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (problem.line, problem.code) == (2, "import.line_too_long")
    assert peak < 20_000_000


def test_many_rows_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(f"Cooperativa {number},{number}\n" for number in range(50_000))
    tracemalloc.start()
    with open_table(path, print) as table:
        count = sum(1 for _ in table.rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 3_000_000


def test_workbook_with_the_name_of_a_text_file_is_refused(refusal_of) -> None:
    assert refusal_of(b"PK\x03\x04....").code == "import.is_a_workbook"


def test_empty_file_is_refused(refusal_of) -> None:
    assert refusal_of("").code == "import.no_header"


@pytest.mark.parametrize("name", ["absent.csv", "absent.xlsx", "absent"])
def test_absent_file_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match=f"there is no file .*{name}"), open_table(tmp_path / name, print):
        pass


def test_file_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "form.pdf").touch()
    with pytest.raises(ImportRefusedError) as refused, open_table(tmp_path / "form.pdf", print):
        pass
    assert [problem.code for problem in refused.value.problems] == ["import.unknown_format"]
