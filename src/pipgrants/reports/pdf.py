"""A report as PDF, set by Typst from the same plain data; it claims PDF/UA-1 (ISO 14289-1).

What a report says reaches Typst as JSON, never as source, and only the fonts of the folders named are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson

from pipgrants.errors import RefusedError
from pipgrants.reports.page import Figure, Report


def to_pdf(report: Report, fonts: Sequence[Path], families: Sequence[str], dated: datetime) -> bytes:
    """The report as PDF, dated to the second, in the fonts of some folders; ``families`` in the order of their turn.

    Raises RefusedError where it cannot be set, such as for a character that no font has.
    """
    import typst

    folders = [folder for folder in fonts if folder.is_dir()]
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*folders])
    compiler = typst.Compiler(root=folders[0], font_paths=found, ignore_system_fonts=True)
    source = Path(__file__).with_name("page.typ").read_bytes()
    given = {"report": orjson.dumps({"report": _plain(report), "fonts": [*families]}).decode()}
    second = dated.replace(microsecond=0)
    try:
        pdf = compiler.compile(source, sys_inputs=given, format="pdf", pdf_standards=["ua-1"], timestamp=second)
    except typst.TypstError as error:
        raise RefusedError(
            f"the PDF cannot be set: {error.message}", next_step="write the report as .html, which a browser prints"
        ) from error
    if not isinstance(pdf, bytes):
        raise AssertionError("Typst wrote no single PDF")
    return pdf


def _plain(report: Report) -> dict[str, object]:
    return {
        "language": report.language,
        "title": report.title,
        "advisory": report.advisory,
        "banners": [*report.banners],
        "facts": [*report.facts.items()],
        "sections": [
            {
                "heading": section.heading,
                "paragraphs": [*section.paragraphs],
                "figures": [_figure(figure, report.language) for figure in section.figures],
            }
            for section in report.sections
        ],
        "made_by": report.made_by,
    }


def _figure(figure: Figure, language: str) -> dict[str, object]:
    table = figure.table
    return {
        "title": figure.title,
        "says": figure.says,
        "svg": figure.svg(language),
        "table": {"columns": [*table.columns], "numeric": sorted(table.numeric), "rows": table.written(language)},
    }
