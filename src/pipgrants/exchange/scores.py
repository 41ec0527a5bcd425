"""Score sheets: one row for each mark of an evaluator, or the votes published with a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.application import SubmittedScore
from pipgrants.errors import Problem, UsageError
from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import SCORES
from pipgrants.exchange.files import open_table
from pipgrants.exchange.mapped_lists import matches
from pipgrants.exchange.mapping import ListMapping
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.exchange.sheets import data_rows, require_columns
from pipgrants.exchange.tabular import SELF_EVIDENT, Row, Table

SCORES_SHEET = "scores"
"""The name of the sheet of a workbook that holds the marks, where there are others; capitals do not matter."""
NOT_APPLICABLE = "n/a"
"""Written as a mark: the criterion does not apply to the proposal, which is never zero."""


class MissingScore(NamedTuple):
    """A row without a mark, which is still to come: never zero, nor "not applicable"."""

    proposal: str
    evaluator: str
    criterion: str


class ScoresResult(NamedTuple):
    """The marks of a file with the sheet, row and token of each, those still to come, and what is wrong otherwise.

    The token is that of the score sheet in which a mark stands, empty where the row has none.
    """

    scores: tuple[SubmittedScore, ...]
    rows: tuple[int, ...]
    tokens: tuple[str, ...]
    sheet: str
    missing: tuple[MissingScore, ...]
    problems: tuple[Problem, ...]
    rows_read: int


def read_scores(
    path: Path, *, mapping: ListMapping | None = None, only_where: Mapping[str, str] | None = None
) -> ScoresResult:
    """The marks of a score sheet, or of a list whose mapping says which columns hold them.

    A score sheet has the columns proposal, evaluator, criterion, mark (a number, or n/a), comment and token; a workbook
    with several sheets has it in the one called Scores. Raises NotFoundError where there is no such file,
    ImportRefusedError where it cannot be read as a whole or holds no row.
    """
    log = ProblemLog(path.name)
    scores: dict[tuple[str, str, str], SubmittedScore] = {}
    first_rows: dict[tuple[str, str, str], int] = {}
    tokens: list[str] = []
    rows_read = 0
    notation = replace(NO_MONEY, decimal_mark=mapping.decimal_mark, may_be_mapped=True) if mapping else NO_MONEY
    wanted = only_where or {}
    missing: list[MissingScore] = []
    file_format, sheet = (mapping.file_format, mapping.sheet) if mapping else (SELF_EVIDENT, None)
    with open_table(path, log.problem, file_format, sheet, wanted.values(), among=SCORES_SHEET) as table:
        name = table.place.sheet
        rows = _mapped_rows(table, mapping, wanted) if mapping else data_rows(table, SCORES)
        for row in rows:
            rows_read += 1
            reader = RowReader(row, SCORES, notation, log)
            score = _score(reader)
            mark_of = score[:3]
            if mark_of in first_rows and not reader.failed:
                reader.problem("mark", "import.score_twice", row=str(first_rows[mark_of]))
            if not reader.failed and reader.text("mark") is None:
                _take_missing(reader, score, missing)
            elif not reader.failed:
                scores[mark_of] = score
                first_rows[mark_of] = row.place.row or rows_read
                tokens.append(reader.text("token") or "")
    if not rows_read and not log.problems():
        raise Place(path.name).refusal("import.no_mark")
    found = tuple(scores.values()), tuple(first_rows.values()), tuple(tokens), name, tuple(missing)
    return ScoresResult(*found, log.problems(), rows_read)


def _take_missing(reader: RowReader, score: SubmittedScore, missing: list[MissingScore]) -> None:
    """A row without a mark; with a comment alone nobody could tell what is meant."""
    if score.comment:
        reader.problem("mark", "import.comment_without_mark")
    else:
        missing.append(MissingScore(*score[:3]))


def _score(reader: RowReader) -> SubmittedScore:
    applies = (reader.text("mark") or "").lower() != NOT_APPLICABLE
    return SubmittedScore(
        proposal=reader.text("proposal") or "",
        evaluator=reader.text("evaluator") or "",
        criterion=reader.text("criterion") or "",
        mark=reader.number("mark") if applies else None,
        comment=reader.text("comment") or "",
    )


def _mapped_rows(table: Table, mapping: ListMapping, only_where: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a list as rows of a score sheet."""
    published, reference = mapping.scores, mapping.reference_column
    if published is None or reference is None:
        raise UsageError(
            f"the mapping {mapping.mapping} does not say where the marks and the reference stand",
            next_step="add 'scores' (evaluator, criterion, marks) and a column for the reference to the mapping",
        )
    require_columns(table, [reference, *published.marks, *only_where])
    for row in table.rows:
        if matches(row, only_where):
            mark = next((row.cells[column] for column in published.marks if row.cells.get(column)), None)
            cells = {
                "proposal": row.cells.get(reference),
                "evaluator": published.evaluator,
                "criterion": published.criterion,
                "mark": mark,
            }
            yield row._replace(cells=cells)
