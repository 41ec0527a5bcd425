"""``evaluator``: profiles imported, listed and redacted, and the conflicts of interest that they show."""

from pathlib import Path

import pytest

from desk import Desk
from rounds import CALL

HEADER = "evaluator,sectors,territory,languages,load_limit,institution,tie,organisation\n"
MARIA = "eva,1391;13,HN-CR,es;en,12,UNAH,,\n"
TIED = "eva,,,,,,board,Taller A1-1\n"
FOUND = "eva in PIP1-000001 (conflict.board E-000001)"


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    path = tmp_path / "evaluators.csv"
    path.write_text(HEADER + MARIA, encoding="utf-8")
    return path


def table(text: str) -> list[list[str]]:
    """The rows of a table, cells without the spaces around them."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]


def test_profiles_are_imported_and_listed(desk: Desk, profiles: Path) -> None:
    told = desk.do("evaluator", "import", str(profiles), by="olga").out
    assert "The profiles of 1 evaluator are on record." in told
    assert "pipgrants evaluation assign CALL --dry-run --as OFFICER" in told
    rows = table(desk.do("evaluator", "list").out)
    assert ["eva", "13 1391", "HN-CR", "en es", "12", "UNAH", "0"] in rows
    assert ["edna", "-", "-", "-", "-", "-", "0"] in rows


def test_who_does_not_evaluate_is_refused_with_the_row(desk: Desk, profiles: Path) -> None:
    profiles.write_text(HEADER + MARIA + "iris,,,,,,,\n", encoding="utf-8")
    answer = desk.type("evaluator", "import", str(profiles), by="olga")
    assert (answer.code, "evaluators.csv, row 3, column evaluator" in answer.err) == (3, True)
    assert desk.do("evaluator", "list", "--json").json["evaluators"][2]["institution"] is None


def test_a_tie_that_comes_in_after_the_assignment_is_told(eligible: Desk, profiles: Path) -> None:
    eligible.do("evaluation", "assign", CALL, by="olga")
    profiles.write_text(HEADER + TIED, encoding="utf-8")
    told = eligible.do("evaluator", "import", str(profiles), by="olga").out
    assert FOUND in told
    assert f"pipgrants evaluation assign {CALL} --as OFFICER" in told
    assert FOUND in eligible.do("evaluation", "recusals", CALL).out
    answer = eligible.type("evaluation", "close", CALL, "--yes", by="olga")
    assert (answer.code, FOUND in " ".join(answer.err.split())) == (3, True)


def test_a_tie_that_comes_in_after_the_close_is_told_and_nobody_is_assigned(
    packaged_desk: tuple[Desk, str], profiles: Path
) -> None:
    desk, _ = packaged_desk
    profiles.write_text(HEADER + TIED, encoding="utf-8")
    told = desk.do("evaluator", "import", str(profiles), by="olga").out
    assert "The scores are closed, so the marks stand and the decisions say so, in:" in told
    assert f"pipgrants evaluation recusals {CALL}" in told
    assert "evaluation assign" not in told


def test_a_profile_is_redacted(desk: Desk, profiles: Path) -> None:
    desk.do("evaluator", "import", str(profiles), by="olga")
    told = desk.do("evaluator", "redact", "eva", "--reason", "left", "--yes", by="olga").out
    assert "Redacted the profile of eva: left" in told
    assert ["eva", "13 1391", "HN-CR", "en es", "12", "-", "0"] in table(desk.do("evaluator", "list").out)
