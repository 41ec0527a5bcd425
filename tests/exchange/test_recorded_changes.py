"""Changes as an evaluation printed them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from conftest import PROJECT
from pipgrants.domain.monitoring.impact import check_changes
from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.recorded_changes import read_recorded_changes

ISABELLA = PROJECT / "examples" / "reported_results" / "isabella.csv"


def test_shipped_figures_of_isabella_are_flagged_for_2001_to_2004() -> None:
    found = read_recorded_changes(ISABELLA)
    assert [(item.period, item.production, item.employment, item.productivity) for item in found] == [
        ("2001-2004", Decimal("0.24"), Decimal("1.00"), Decimal("0.40")),
        ("2001-2005", Decimal("0.48"), None, Decimal("0.60")),
    ]
    assert [check_changes(item).agrees for item in found] == [False, None]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("2001,24 %,1,0.4", "production", "import.not_a_number"),
        ("2001,0.24,-1,0.4", "employment", "import.number_out_of_bounds"),
        (",0.24,1,0.4", "period", "import.required"),
    ],
)
def test_mistake_is_located(tmp_path: Path, row: str, field: str, code: str) -> None:
    path = tmp_path / "changes.csv"
    path.write_text(f"period,production,employment,productivity\n{row}\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError) as refused:
        read_recorded_changes(path)
    assert [(item.line, item.field, item.code) for item in refused.value.problems] == [(2, field, code)]
