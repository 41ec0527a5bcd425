"""Exclusion lists: who may not receive money, why, and until when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipgrants.domain.application import Exclusion
from pipgrants.exchange.exclusions import read_exclusions


def test_exclusion_list_is_read_and_its_mistakes_located(tmp_path: Path) -> None:
    path = tmp_path / "debarred.csv"
    path.write_text(
        "name,tax_country,tax_number,reason,until_on\n"
        "Constructora Sol,HN,0801,fraud,2027-12-31\n"
        "Consultora Luna,,,collusion,\n"
        "Sin motivo,,,,\n"
        "Sin país,,0802,fraud,soon\n",
        encoding="utf-8",
    )
    result = read_exclusions(path)
    assert result.exclusions == (
        Exclusion("Constructora Sol", "fraud", "HN", "0801", date(2027, 12, 31)),
        Exclusion("Consultora Luna", "collusion"),
    )
    assert [(problem.line, problem.field, problem.code) for problem in result.problems] == [
        (4, "reason", "import.required"),
        (5, "tax_number", "import.tax_country_missing"),
        (5, "until_on", "import.not_a_date"),
    ]
