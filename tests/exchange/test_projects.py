"""The projects of a programme, and where their files are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.projects import ListedProject, read_projects

HEAD = "project,framework,record,launched_on,baseline_year,end_year\n"


def test_files_are_named_from_the_folder_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "programme.csv"
    path.write_text(f"{HEAD}PIP-1,frame.yaml,records/one,2004-01-15,2003,2006\n", encoding="utf-8")
    assert read_projects(path) == (
        ListedProject("PIP-1", tmp_path / "frame.yaml", tmp_path / "records/one", date(2004, 1, 15), 2003, 2006),
    )


def test_mistakes_are_located(tmp_path: Path) -> None:
    path = tmp_path / "programme.csv"
    rows = ["PIP-1,f,r,2004-01-15,2003,2006", "PIP-1,f,r,2004-01-15,2003,2006", "PIP-2,,r,soon,03,2006"]
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError) as refused:
        read_projects(path)
    assert [(item.line, item.field, item.code) for item in refused.value.problems] == [
        (3, "project", "import.stated_twice"),
        (4, "framework", "import.required"),
        (4, "launched_on", "import.not_a_date"),
        (4, "baseline_year", "import.not_a_year"),
    ]
