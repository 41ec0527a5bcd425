"""Best practices: recorded with their evidence, found again, and spread as a page in three languages."""

from pathlib import Path
from typing import Any

import pytest

from pipgrants.domain.practices import Search
from pipgrants.domain.vocabulary import Component, Language, ProjectType
from pipgrants.errors import NotFoundError, RefusedError, UsageError
from pipgrants.services.audit.verify import verify
from pipgrants.services.practices import digest, record_practice, search_practices, show_practice
from rounds import AFTER_DRAW, WHILE_OPEN, Round, application, as_

GIVEN: dict[str, Any] = {
    "project_type": ProjectType.HORIZONTAL_NETWORK,
    "sector": "1391",
    "language": Language.SPANISH,
    "title": "Compras en común",
    "description": "Seis talleres compran hilo juntos",
    "result": "El costo bajó 12 %",
    "component": Component.COOPERATION,
}


def record(round_: Round, **changes: Any) -> int:
    evidence = round_.workspace.folder / "acta.txt"
    evidence.write_text("Acta 3")
    given = {**GIVEN, "evidence": evidence, **changes}
    return record_practice(round_.workspace, as_("olga"), WHILE_OPEN, **given).number


@pytest.fixture
def recorded(round_: Round) -> Round:
    round_.receive([application("A1")])
    record(round_, proposal="PIP1-000001")
    record(round_, title="Marca coletiva", project_type=ProjectType.CLUSTER, language=Language.PORTUGUESE)
    return round_


def test_a_practice_is_kept_with_its_evidence(recorded: Round) -> None:
    found = show_practice(recorded.workspace, 1)
    assert (found.title, found.proposal, found.component) == (GIVEN["title"], "PIP1-000001", Component.COOPERATION)
    kept = recorded.workspace.folder / "evidence" / found.evidence_sha256[:2] / found.evidence_sha256
    assert kept.read_text() == "Acta 3"
    assert verify(recorded.workspace, as_("aldo"), AFTER_DRAW).faults == ()
    kept.write_text("Acta 4")
    [fault] = verify(recorded.workspace, as_("aldo"), AFTER_DRAW).faults
    assert fault.message == "does not have the bytes that its name says"


def test_practices_are_searched_by_words(recorded: Round) -> None:
    assert [item.number for item in search_practices(recorded.workspace, Search(("HILO", "comun")))] == [1]


@pytest.mark.parametrize(
    ("language", "title", "heading", "written"),
    [
        (Language.ENGLISH, "Best practices", "Cluster, sector 1391 (ISIC)", "Written in: Portuguese"),
        (
            Language.SPANISH,
            "Buenas prácticas",
            "Conglomerado productivo (clúster), sector 1391 (CIIU)",
            "Escrito en: portugués",
        ),
        (
            Language.PORTUGUESE,
            "Boas práticas",
            "Aglomerado produtivo (cluster), setor 1391 (ISIC)",
            "Escrito em: espanhol",
        ),
    ],
)
def test_the_digest_stands_by_type_and_sector_in_three_languages(
    recorded: Round, language: Language, title: str, heading: str, written: str
) -> None:
    practices, text = digest(recorded.workspace, Search(), language, AFTER_DRAW)
    assert len(practices) == 2
    assert f"\n\n{title}\n{'=' * len(title)}\n" in text
    assert text.index("1. Compras en común") < text.index(heading) < text.index("2. Marca coletiva")
    assert (written in text, "PIP1-000001" in text) == (True, True)


def test_the_digest_is_written_as_text_html_or_pdf(recorded: Round, tmp_path: Path) -> None:
    for suffix, begins in ((".txt", b"*** SINT"), (".html", b"<!doctype html>"), (".pdf", b"%PDF")):
        out = tmp_path / f"digest{suffix}"
        digest(recorded.workspace, Search(), Language.SPANISH, AFTER_DRAW, out)
        assert out.read_bytes().lower().startswith(begins.lower())
    with pytest.raises(RefusedError, match="exists already"):
        digest(recorded.workspace, Search(), Language.SPANISH, AFTER_DRAW, out)
    with pytest.raises(UsageError, match="neither a text, an HTML nor a PDF file"):
        digest(recorded.workspace, Search(), Language.SPANISH, AFTER_DRAW, tmp_path / "digest.doc")


def test_a_practice_needs_words_evidence_and_a_proposal_on_record(round_: Round) -> None:
    with pytest.raises(UsageError, match="result: there are no words"):
        record(round_, result=" ")
    with pytest.raises(NotFoundError, match="there is no file"):
        record(round_, evidence=Path("nothing.pdf"))
    with pytest.raises(NotFoundError, match="PIP1-000009"):
        record(round_, proposal="PIP1-000009")
    assert search_practices(round_.workspace, Search()) == []
