"""``report round`` as an auditor types it."""

from pathlib import Path

import pikepdf
import pytest

from desk import Desk
from grouped import grouped
from paged import read_page
from rounds import AFTER_DRAW, CALL, Round

ADVISORY = "Advisory: this analysis decides nothing; the published rule of the call does."


@pytest.fixture(scope="module")
def desk(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    round_ = grouped(published.copy(tmp_path_factory.mktemp("grouped") / "agency"))
    return Desk(round_.workspace.folder, AFTER_DRAW)


def test_report_is_written_and_its_figures_are_named(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    _, first, rest = desk.do("report", "round", CALL, "--out", str(out), "--draws", "100", by="aldo").out.partition(
        ADVISORY
    )
    shown = (first + rest).splitlines()
    assert shown[:3] == [ADVISORY, "", f"Wrote the report of {CALL} ({out.stat().st_size:,} bytes)."]
    assert max(len(line) for line in shown if str(tmp_path) not in line) <= 80
    named = [line.strip() for line in shown[shown.index("Figures") + 1 : shown.index("Figures") + 10]]
    assert named == [*read_page(out).tables]


def test_pdf_is_dated_by_the_clock_to_the_second(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "report.pdf"
    at = Desk(desk.folder, AFTER_DRAW.replace(second=7, microsecond=123_456))
    at.do("report", "round", CALL, "--out", str(out), "--draws", "100", by="aldo")
    with pikepdf.open(out) as pdf:
        assert str(pdf.docinfo["/CreationDate"]).startswith(f"D:{AFTER_DRAW:%Y%m%d%H%M}07")


def test_json_tells_what_makes_it_again(desk: Desk, tmp_path: Path) -> None:
    words = ("report", "round", CALL, "--out", str(tmp_path / "report.html"), "--draws", "100", "--seed", "7", "--json")
    found = desk.do(*words, by="aldo").json
    assert (found["advisory"], found["seed"], found["draws"]) == (ADVISORY, 7, 100)
    assert (found["call"], found["stage"]) == (CALL, "proposal")
