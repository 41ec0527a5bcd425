"""Measures letters beside their floor: ``python benchmarks/letters.py [--letters N]``.

PDF: setting a letter beside the bare compilation of the same page layout and data by the same Typst compiler. Bare and
whole take turns, each letter has a number of its own, and seconds are of one core; the table shows medians.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from round import machine

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from golden_letters import DATED, RECORD, RELEASE, letter_data, shipped_layout, shipped_templates
from pipgrants.domain.vocabulary import Language, LetterKind
from pipgrants.letters.document import Document
from pipgrants.letters.letter import compose
from pipgrants.letters.pdf import PdfLayout
from pipgrants.letters.templates import Templates

KINDS = (LetterKind.RECEIPT, LetterKind.AWARD, LetterKind.INELIGIBLE)


def main() -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=300, help="letters of each kind, half of them compiled bare")
    given = parser.parse_args()
    print(machine(), end="\n\n")
    print("| PDF | pages | bare Typst | letter | letters/s | ratio |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    templates, layout = shipped_templates(), shipped_layout()
    for kind in KINDS:
        print(_pdf_row(templates, layout, kind, given.letters))


def _pdf_row(templates: Templates, layout: PdfLayout, kind: LetterKind, count: int) -> str:
    pages = len(layout.pages(_letter(templates, kind, 0), 10))
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(1, count + 1):
        document = _letter(templates, kind, number)
        seconds[number % 2].append(_seconds(_bare(layout, document) if number % 2 else _whole(layout, document)))
    whole, bare = map(statistics.median, seconds)
    return f"| {kind} | {pages} | {bare * 1000:.1f} ms | {whole * 1000:.1f} ms | {1 / whole:.0f} | {bare / whole:.2f} |"


def _letter(templates: Templates, kind: LetterKind, number: int) -> Document:
    data = {**letter_data(kind, Language.SPANISH), "letter": f"L-{number:06d}"}
    data["recipient"] = {**data["recipient"], "name": f"Cooperativa {number}"}
    return compose(templates, kind, "es", data, RELEASE)


def _whole(layout: PdfLayout, document: Document) -> Callable[[], object]:
    return lambda: layout.render(document, RECORD, DATED)


def _bare(layout: PdfLayout, document: Document) -> Callable[[], object]:
    given = {"letter": layout._input(document, RECORD)}
    return lambda: layout._compiler.compile(
        layout._source, format="pdf", sys_inputs=given, pdf_standards=["a-3a", "ua-1"], timestamp=DATED
    )


def _seconds(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


if __name__ == "__main__":
    main()
