"""The application form of a call, to be filled in: a workbook, a folder of CSV files, or a JSON skeleton.

Row 1 holds the field names, row 2 the headings for people in square brackets, which reading skips.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipgrants.domain.call import Call, Window
from pipgrants.domain.text import in_language
from pipgrants.exchange.export import unknown_suffix
from pipgrants.exchange.fields import FORM, INSTRUCTIONS, PROPOSALS, Field, Kind
from pipgrants.exchange.wording import FormWording
from pipgrants.paths import written_whole

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LAST_VALIDATED_ROW = 5_000
_COLUMN_WIDTH = 22
_INSTRUCTIONS_WIDTH = 110


def write_template(
    call: Call,
    window: Window,
    path: Path,
    language: str,
    wording: FormWording,
    words: Mapping[str, str],
    labels: Sequence[str] = (),
) -> None:
    """Write the empty form of a call to an ``.xlsx`` or ``.json`` file, or as CSV files into a folder.

    ``window`` is the one in which it is handed in; ``words`` explains the words of the closed lists in the language;
    ``labels`` stand above the instructions. Raises UsageError for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".json", ""):
        raise unknown_suffix(path)
    lines = [*labels, *instructions(call, window, language, wording, words)]
    with written_whole(path) as unfinished:
        if suffix == ".xlsx":
            _workbook(lines, wording, words).save(unfinished)
        elif suffix == ".json":
            form = {INSTRUCTIONS: lines, PROPOSALS: [_skeleton()]}
            unfinished.write_text(json.dumps(form, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        else:
            _write_folder(unfinished, lines, wording)


def applicant_fields(sheet: str) -> list[Field]:
    """The columns of a sheet that applicants fill in."""
    return [field for field in FORM[sheet] if not field.for_office]


def instructions(
    call: Call, window: Window, language: str, wording: FormWording, words: Mapping[str, str]
) -> list[str]:
    """What an applicant must know to fill in and send the form, one paragraph each."""
    closes_at = f"{window.closes_at:%Y-%m-%d %H:%M}"
    lines = [
        call.title[language],
        wording.sentence("deadline", closes_at=closes_at, time_zone=call.time_zone),
        wording.sentence("currency", currency=call.currency),
        wording.sentence("languages", languages=", ".join(call.languages)),
        wording.sentence("who_may_apply", text=call.who_may_apply[language]),
    ]
    if call.prerequisites:
        lines.append(wording.sentence("prerequisites"))
        lines.extend(
            wording.sentence("prerequisite", clause=item.clause, title=item.title[language])
            for item in call.prerequisites
        )
    if costs := call.eligible_costs:
        categories = ", ".join(words.get(category, category) for category in costs.categories)
        lines.append(wording.sentence("eligible_costs", clause=costs.clause, categories=categories))
    if call.counterpart:
        share = f"{call.counterpart.minimum_share * 100:f}"
        share = share.rstrip("0").rstrip(".") if "." in share else share
        code = f"counterpart_of_{call.counterpart.of}"
        lines.append(wording.sentence(code, share=share, clause=call.counterpart.clause))
    lines.extend(wording.sentence("sheet", sheet=sheet.capitalize(), text=wording.sheets[sheet]) for sheet in FORM)
    lines.append(wording.sentence("filling"))
    lines.append(wording.sentence("contact", name=in_language(call.contact.name, language), email=call.contact.email))
    return lines


def field_help(field: Field, wording: FormWording, words: Mapping[str, str]) -> str:
    """The help behind a heading, with the words of its closed list."""
    lines = [wording.fields[field.name].help]
    if field.required:
        lines.append(wording.sentence("required"))
    listed = [word.value for word in field.words or ()]
    lines.extend(f"{word} = {words[word]}" if word in words else word for word in listed)
    return "\n".join(lines)


def heading_of(field: Field, wording: FormWording) -> str:
    """The heading of a column for people, as reading skips it."""
    return f"[{wording.fields[field.name].heading}]"


def _workbook(lines: list[str], wording: FormWording, words: Mapping[str, str]) -> Workbook:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    guide: Worksheet = workbook.create_sheet(INSTRUCTIONS.capitalize())
    guide.column_dimensions["A"].width = _INSTRUCTIONS_WIDTH
    for number, line in enumerate(lines, 1):
        cell = guide.cell(number, 1, line)
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    guide["A1"].font = Font(bold=True, size=14)
    for sheet in FORM:
        page: Worksheet = workbook.create_sheet(sheet.capitalize())
        page.freeze_panes = "B3"
        for column, field in enumerate(applicant_fields(sheet), 1):
            write_column(page, column, field, wording, words)
    return workbook


def write_column(page: Worksheet, column: int, field: Field, wording: FormWording, words: Mapping[str, str]) -> None:
    """Write the name and the heading of a column, with its help and the choice of its words."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(column)
    page.column_dimensions[letter].width = _COLUMN_WIDTH
    page.cell(1, column, field.name).font = Font(bold=True)
    heading = page.cell(2, column, heading_of(field, wording))
    heading.comment = Comment(field_help(field, wording, words), "pipgrants", height=160, width=320)
    if field.kind is Kind.TEXT:
        page.column_dimensions[letter].number_format = "@"
    if field.words and field.kind is not Kind.WORDS:
        choices = DataValidation("list", formula1=f'"{",".join(field.words)}"', allow_blank=not field.required)
        choices.add(f"{letter}3:{letter}{LAST_VALIDATED_ROW}")
        page.add_data_validation(choices)


def _write_folder(path: Path, lines: list[str], wording: FormWording) -> None:
    path.mkdir(parents=True)
    (path / f"{INSTRUCTIONS}.txt").write_text("\n\n".join(lines) + "\n", encoding="utf-8-sig")
    for sheet in FORM:
        fields = applicant_fields(sheet)
        with (path / f"{sheet}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields])
            writer.writerow([heading_of(field, wording) for field in fields])


def _skeleton() -> dict[str, object]:
    skeleton: dict[str, object] = {field.name: None for field in applicant_fields(PROPOSALS)}
    for sheet in FORM:
        if sheet != PROPOSALS:
            skeleton[sheet] = [{field.name: None for field in applicant_fields(sheet) if field.name != "reference"}]
    return skeleton
