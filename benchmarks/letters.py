"""Measures letters beside their floor: ``python benchmarks/letters.py [--letters N]``.

HTML: a letter from its data to the page, its blocks rendered in the child, beside the bare Jinja render of the same
templates with the same values; processor seconds of parent and child together.
PDF: setting a letter beside the bare compilation of the same page layout and data by the same Typst compiler; seconds
of one core. Bare and whole take turns, each letter has a number of its own, and the tables show medians.
Memory: the peak of parent and child after so many letters, made one after the other, or released as text and page by
``letters release``; each count in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import DictLoader, Environment

from round import machine

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from golden_letters import DATED, RECORD, shipped_layout, shipped_templates
from pipgrants.domain.vocabulary import Language, LetterKind
from pipgrants.letters.data import LetterData
from pipgrants.letters.document import Document
from pipgrants.letters.layout import to_html
from pipgrants.letters.letter import compose, phrasing_of, view_of
from pipgrants.letters.pdf import PdfLayout
from pipgrants.letters.sample import SAMPLE_RELEASE, sample_letter
from pipgrants.letters.templates import Templates

FEW, MANY = 1_000, 20_000
KINDS = (LetterKind.RECEIPT, LetterKind.AWARD, LetterKind.INELIGIBLE)


def main() -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=300, help="letters of each kind, half of them compiled bare")
    parser.add_argument("--most", type=int, default=MANY, help="letters after which memory is measured last")
    parser.add_argument("--memory", nargs=2, metavar=("WAY", "COUNT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory:
        print(_peak_after(given.memory[0], int(given.memory[1])))
        return
    print(machine(), end="\n\n")
    print("| PDF | pages | bare Typst | letter | letters/s | ratio |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    templates, layout = shipped_templates(), shipped_layout()
    for kind in KINDS:
        print(_pdf_row(templates, layout, kind, given.letters))
    print("\n| HTML | bare Jinja | letter | letters/s | ratio |\n| --- | ---: | ---: | ---: | ---: |")
    for kind in KINDS:
        print(_html_row(templates, kind, given.letters))
    print("\n| memory | letters | peak |\n| --- | ---: | ---: |")
    for way in WAYS:
        for count in (FEW, given.most):
            run = [sys.executable, __file__, "--memory", way, str(count)]
            peak = int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
            print(f"| {way} | {count:,} | {peak / 1024:.0f} MB |", flush=True)


def _html_row(templates: Templates, kind: LetterKind, count: int) -> str:
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(1, 2 * count + 1):
        act = _bare_page(templates, kind, number) if number % 2 else _page(templates, kind, number)
        start = _processor_seconds()
        act()
        seconds[number % 2].append(_processor_seconds() - start)
    whole, bare = map(statistics.median, seconds)
    return f"| {kind} | {bare * 1e6:.0f} µs | {whole * 1e6:.0f} µs | {1 / whole:,.0f} | {bare / whole:.2f} |"


def _page(templates: Templates, kind: LetterKind, number: int) -> Callable[[], object]:
    data = _data(kind, number)
    return lambda: to_html(templates, compose(templates, kind, "es", data, SAMPLE_RELEASE))


def _bare_page(templates: Templates, kind: LetterKind, number: int) -> Callable[[], object]:
    """The templates' own work: each block of the letter, and the page from a document that is made already."""
    document, data = _letter(templates, kind, number), _data(kind, number)
    values = view_of(data, SAMPLE_RELEASE, phrasing_of(templates, "es", data))
    template = _plain(templates).get_template(f"letters/{kind}.es.j2")
    page = templates.page

    def render() -> str:
        template.render(values)
        return page.render(document=document)

    return render


@cache
def _plain(templates: Templates) -> Environment:
    return Environment(loader=DictLoader(dict(templates.sources)))


def _peak_after(way: str, count: int) -> int:
    """The peak memory in KiB of this process and its child after letters."""
    WAYS[way](count)
    return sum(_peak(process) for process in ("self", *_children()))


def _make_pages(count: int) -> None:
    templates = shipped_templates()
    for number in range(1, count + 1):
        to_html(templates, _letter(templates, LetterKind.INELIGIBLE, number))


def _make_pdfs(count: int) -> None:
    templates, layout = shipped_templates(), shipped_layout()
    for number in range(1, count + 1):
        layout.render(_letter(templates, LetterKind.INELIGIBLE, number), RECORD, DATED)


def _release(count: int) -> None:
    """Releases receipts of applications that another process received."""
    from pipgrants.services.workspace import Workspace
    from rounds import WHILE_OPEN, Round, application, open_workspace, publish

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "agency")
        receiving = os.fork()
        if not receiving:
            publish(open_workspace(folder)).receive(application(f"A{number}") for number in range(count))
            os._exit(0)
        os.waitpid(receiving, 0)
        Round(Workspace(folder)).release(WHILE_OPEN)


WAYS: dict[str, Callable[[int], None]] = {"HTML": _make_pages, "PDF": _make_pdfs, "letters release": _release}


def _children() -> list[str]:
    return (Path("/proc/self/task") / str(os.getpid()) / "children").read_text().split()


def _processor_seconds() -> float:
    """Those of this process and of its child; what the kernel counts of the child is in nanoseconds."""
    of_children = sum(int(Path("/proc", child, "schedstat").read_text().split()[0]) for child in _children())
    return time.process_time() + of_children / 1e9


def _peak(process: str) -> int:
    status = Path("/proc", process, "status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _pdf_row(templates: Templates, layout: PdfLayout, kind: LetterKind, count: int) -> str:
    pages = len(layout.pages(_letter(templates, kind, 0), 10))
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(1, count + 1):
        document = _letter(templates, kind, number)
        seconds[number % 2].append(_seconds(_bare(layout, document) if number % 2 else _whole(layout, document)))
    whole, bare = map(statistics.median, seconds)
    return f"| {kind} | {pages} | {bare * 1000:.1f} ms | {whole * 1000:.1f} ms | {1 / whole:.0f} | {bare / whole:.2f} |"


def _data(kind: LetterKind, number: int) -> LetterData:
    data = {**sample_letter(kind, Language.SPANISH), "letter": f"L-{number:06d}"}
    data["recipient"] = {**data["recipient"], "name": f"Cooperativa {number}"}
    return data


def _letter(templates: Templates, kind: LetterKind, number: int) -> Document:
    return compose(templates, kind, "es", _data(kind, number), SAMPLE_RELEASE)


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
