"""The texts of reports: the same in three languages, and one for every code that a figure can name."""

from pathlib import Path
from string import Template

import pytest

from conftest import PROJECT
from pipgrants.analysis.hierarchy import NotEstimable
from pipgrants.domain.allocation_terms import AllocationRule
from pipgrants.domain.appeal import AppealStanding
from pipgrants.domain.groups import NO, UNKNOWN, YES
from pipgrants.domain.monitoring.portfolio import ALL, DIMENSIONS, REGIONAL, Implementation, Instrument
from pipgrants.domain.ranking import TERRITORY_NOT_YET_FUNDED
from pipgrants.domain.vocabulary import Language, Outcome, Stage
from pipgrants.reading import read_text
from pipgrants.services.analysis.evaluators import Zone
from pipgrants.services.report.words import ReportWords, report_words


def texts(language: Language) -> dict[str, str]:
    path = PROJECT / "templates" / "wording" / f"report.{language.value}.yaml"
    return read_text(path.read_text(encoding="utf-8"), dict[str, str], file=path.name)


@pytest.fixture
def words() -> ReportWords:
    return report_words(PROJECT / "templates", Language.SPANISH)


@pytest.mark.parametrize("language", [Language.SPANISH, Language.PORTUGUESE])
def test_languages_have_the_same_texts_with_the_same_placeholders(language: Language) -> None:
    def placeholders(found: dict[str, str]) -> list[tuple[str, list[str]]]:
        return [(code, sorted(set(Template(text).get_identifiers()))) for code, text in found.items()]

    assert placeholders(texts(language)) == placeholders(texts(Language.ENGLISH))


@pytest.mark.parametrize("language", [*Language])
def test_no_placeholder_is_malformed(language: Language) -> None:
    assert [text for text in texts(language).values() if not Template(text).is_valid()] == []


def test_every_code_that_a_figure_can_name_has_a_text() -> None:
    left_out = (
        f"allocation.rule.{AllocationRule.OPTIMISE}",
        "allocation.envelopes",
        "allocation.one_award_per_applicant",
        "allocation.maximum_awards_per_locality",
        "allocation.ties_at_line",
        f"ranking.tie_breaks.{TERRITORY_NOT_YET_FUNDED}",
        "invitation.requests_times_envelope",
        "mutual_exclusions",
    )
    named = {
        *(f"outcome.{item.value}" for item in Outcome),
        *(f"zone.{item.name.lower()}" for item in Zone),
        *(f"not_computable.{item.name.lower()}" for item in NotEstimable),
        *(f"standing.{item.value}" for item in AppealStanding),
        *(f"{item.value}{code}" for item in Stage for code in ("s", ".funded", ".not_funded", ".lowest")),
        *(f"group.{item}" for item in (YES, NO, UNKNOWN)),
        *(f"left_out.{item}" for item in left_out),
        *(f"portfolio.of.{item}" for item in (*Instrument, *Implementation, REGIONAL, ALL)),
        *(f"portfolio.{item}" for item in DIMENSIONS),
        *(f"portfolio.by.{item}" for item in DIMENSIONS),
    }
    assert named - texts(Language.ENGLISH).keys() == set()


def test_of_many_numbers_the_first_are_named(words: ReportWords) -> None:
    assert words.named([]) == "ninguna"
    assert words.named(["P-1", "P-2"]) == "P-1, P-2"
    assert words.named([f"P-{place}" for place in range(1, 11)]) == "P-1, P-2, P-3, P-4, P-5, P-6, P-7, P-8 y 2 más"


def test_texts_of_the_workspace_win_and_what_they_lack_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording" / "report.es.yaml").write_text('nobody: "nadie"\n', encoding="utf-8")
    words = report_words(tmp_path, Language.SPANISH)
    assert (words.text("nobody"), words.text("proposals")) == ("nadie", "propuestas")
