"""Profiles of evaluators: their ties, row by row, and the mistakes in them located."""

from datetime import date
from pathlib import Path

from pipgrants.domain.evaluators import Organisation, Profile, Tie
from pipgrants.domain.vocabulary import TieKind
from pipgrants.exchange.evaluators import read_profiles

HEADER = "evaluator,institution,tie,organisation,organisation_tax_country,organisation_tax_number,until_on\n"


def test_rows_of_one_evaluator_are_one_profile_with_several_ties(tmp_path: Path) -> None:
    path = tmp_path / "evaluators.csv"
    path.write_text(
        f"{HEADER}eva,UNAH,board,Coop. San Juan,HN,0801-1,\neva,,employer,Taller Sol,,,2025-01-31\n", encoding="utf-8"
    )
    found = read_profiles(path)
    ties = (
        Tie(TieKind.BOARD, Organisation("Coop. San Juan", "HN", "0801-1")),
        Tie(TieKind.EMPLOYER, Organisation("Taller Sol"), date(2025, 1, 31)),
    )
    assert (found.profiles, found.problems) == ((Profile("eva", institution="UNAH", ties=ties),), ())


def test_a_load_limit_of_nothing_is_said_though_other_rows_leave_it_blank(tmp_path: Path) -> None:
    path = tmp_path / "evaluators.csv"
    rows = "eva,0,board,Coop. San Juan\neva,,board,Taller Sol\nedna,0,board,Taller Sol\nedna,3,board,Taller Luna\n"
    path.write_text(f"evaluator,load_limit,tie,organisation\n{rows}", encoding="utf-8")
    found = read_profiles(path)
    assert [(profile.evaluator, profile.load_limit) for profile in found.profiles] == [("eva", 0), ("edna", 0)]
    assert [(problem.line, problem.field, problem.code) for problem in found.problems] == [
        (5, "load_limit", "import.evaluator_otherwise")
    ]


def test_a_tie_without_what_belongs_to_it_is_located(tmp_path: Path) -> None:
    path = tmp_path / "evaluators.csv"
    path.write_text(
        f"{HEADER}eva,,board,Coop. San Juan,,0801-1,\nemilio,,board,,,,\nedna,,,Taller Sol,,,\n", encoding="utf-8"
    )
    found = read_profiles(path)
    assert [(problem.line, problem.field, problem.code) for problem in found.problems] == [
        (2, "organisation_tax_number", "import.tax_country_missing"),
        (3, "organisation", "import.required"),
        (4, "tie", "import.required"),
    ]
    assert found.profiles == ()
