"""Profiles of evaluators: one row for each, and one more for each tie to an organisation after the first."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.evaluators import Organisation, Profile, Tie
from pipgrants.domain.hierarchies import is_sector_code
from pipgrants.domain.vocabulary import Language, TieKind
from pipgrants.errors import Problem
from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import EVALUATORS
from pipgrants.exchange.files import open_table
from pipgrants.exchange.problems import ProblemLog
from pipgrants.exchange.sheets import data_rows


class ProfilesResult(NamedTuple):
    """The profiles of a file with the first row of each, and what is wrong with the other rows."""

    profiles: tuple[Profile, ...]
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]


def read_profiles(path: Path) -> ProfilesResult:
    """The profiles of a file with the columns of ``EVALUATORS``.

    Rows of one evaluator are one profile: what stands in several of them is the same in all, ties apart. Raises
    ImportRefusedError where the file as a whole cannot be read.
    """
    log = ProblemLog(path.name)
    found: dict[str, Profile] = {}
    rows: dict[str, int] = {}
    with open_table(path, log.problem) as table:
        for place, row in enumerate(data_rows(table, EVALUATORS), 2):
            reader = RowReader(row, EVALUATORS, NO_MONEY, log)
            profile = _profile(reader)
            known = found.get(profile.evaluator, profile._replace(ties=()))
            for name in _differing(known, profile):
                reader.problem(name, "import.evaluator_otherwise", row=str(rows[profile.evaluator]))
            if not reader.failed:
                found[profile.evaluator] = _joined(known, profile)
                rows.setdefault(profile.evaluator, row.place.row or place)
    return ProfilesResult(tuple(found.values()), tuple(rows.values()), log.problems())


_FACTS = tuple(name for name in Profile._fields if name != "ties")


def _differing(known: Profile, profile: Profile) -> list[str]:
    """The facts that a row says otherwise than the rows before it; a blank says nothing."""
    return [
        name
        for name in _FACTS
        if _says(profile, name) and _says(known, name) and getattr(profile, name) != getattr(known, name)
    ]


def _says(profile: Profile, name: str) -> bool:
    """Whether a row says a fact; a load limit of 0 is one."""
    return getattr(profile, name) not in (None, ())


def _joined(known: Profile, profile: Profile) -> Profile:
    facts = {name: getattr(known if _says(known, name) else profile, name) for name in _FACTS}
    return Profile(**facts, ties=(*known.ties, *profile.ties))


def _profile(reader: RowReader) -> Profile:
    if reader.text("tax_number") and not reader.text("tax_country"):
        reader.problem("tax_number", "import.tax_country_missing")
    return Profile(
        evaluator=reader.text("evaluator") or "",
        sectors=_sectors(reader),
        territory=reader.text("territory"),
        languages=tuple(sorted(reader.words("languages", Language))),
        load_limit=reader.whole_number("load_limit"),
        institution=reader.text("institution"),
        tax_country=reader.country("tax_country"),
        tax_number=reader.text("tax_number"),
        email=reader.email("email"),
        postal_address=reader.text("postal_address"),
        ties=_ties(reader),
    )


def _sectors(reader: RowReader) -> tuple[str, ...]:
    codes = [code.strip().upper() for code in (reader.text("sectors") or "").replace(",", ";").split(";")]
    if any(code and not is_sector_code(code) for code in codes):
        reader.problem("sectors", "import.not_isic")
    return tuple(sorted({code for code in codes if code}))


def _ties(reader: RowReader) -> tuple[Tie, ...]:
    """The tie of a row: its kind and the organisation go together."""
    kind, name = reader.word("tie", TieKind), reader.text("organisation")
    if reader.text("tie") and not name:
        reader.problem("organisation", "import.required")
    if name and not reader.text("tie"):
        reader.problem("tie", "import.required")
    if reader.text("organisation_tax_number") and not reader.text("organisation_tax_country"):
        reader.problem("organisation_tax_number", "import.tax_country_missing")
    organisation = Organisation(
        name or "", reader.country("organisation_tax_country"), reader.text("organisation_tax_number")
    )
    until_on = reader.date("until_on")
    return (Tie(kind, organisation, until_on),) if kind and name else ()
