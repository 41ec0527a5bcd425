"""``opportunity`` and ``practice``, typed as an officer would."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Desk
from rounds import CALL, application

NOTED = ("--territory", "HN-FM", "--sector", "1391", "--firms", "Talleres", "--description", "Comprar hilo juntos")


@pytest.fixture
def known(open_desk: Desk, form: Callable[..., Path], tmp_path: Path) -> Desk:
    """Two proposals, an opportunity that the call follows, and a practice."""
    open_desk.do("proposal", "import", CALL, str(form(application("A1"), application("A2"))), by="olga")
    open_desk.do("opportunity", "note", *NOTED, by="olga")
    open_desk.do("opportunity", "link", "1", "--call", CALL, by="olga")
    open_desk.do("opportunity", "link", "1", "--proposal", "PIP1-000002", by="olga")
    evidence = tmp_path / "acta.txt"
    evidence.write_text("Acta 3")
    told = ("--description", "Seis talleres compran hilo", "--result", "El costo bajó", "--evidence", str(evidence))
    kind = ("--type", "cluster", "--sector", "1391", "--language", "es")
    open_desk.do("practice", "record", "Compras en común", *kind, *told, by="olga")
    return open_desk


def test_an_opportunity_is_shown_with_what_followed_and_what_may(known: Desk) -> None:
    [listed] = known.do("opportunity", "list", "--json").json["opportunities"]
    assert [item["name"] for item in listed["followed"]] == [CALL, "PIP1-000002"]
    assert "1 call, 1" in known.do("opportunity", "list").out
    shown = known.do("opportunity", "show", "1").out
    followed, fitting = shown.split("What followed")[1].split("Of the same sub-region and sector, and not linked")
    assert (CALL in followed, "PIP1-000002" in followed, "PIP1-000001" in fitting) == (True, True, True)
    assert shown.splitlines()[-1].strip() == "pipgrants opportunity link 1 --proposal PIP1-000001"
    assert known.do("opportunity", "list", "--territory", "HN-CR").out.splitlines()[2] == "No opportunity is noted."


def test_practices_are_searched_shown_and_spread(known: Desk, tmp_path: Path) -> None:
    found = known.do("practice", "search", "hilo", "--json").json["practices"]
    assert [(item["number"], item["title"]) for item in found] == [(1, "Compras en común")]
    assert known.do("practice", "search", "seda").out.splitlines()[2] == "No best practice on record is found so."
    assert "Compras en común" in known.do("practice", "show", "1").out
    digest = known.do("practice", "digest", "--language", "pt").out
    assert "Boas práticas" in digest
    assert "Aglomerado produtivo (cluster), setor 1391 (ISIC)" in digest
    page = tmp_path / "digest.html"
    told = known.do("practice", "digest", "--language", "en", "--out", str(page)).out
    assert (told.splitlines()[2], "Compras en común" in page.read_text()) == (
        "Wrote the digest of 1 best practice.",
        True,
    )


def test_what_runs_dry_is_not_kept(known: Desk, tmp_path: Path) -> None:
    known.try_out("opportunity", "note", *NOTED)
    known.try_out("opportunity", "link", "1", "--proposal", "PIP1-000001")
    told = ("--description", "Seis", "--result", "Bien", "--evidence", str(tmp_path / "acta.txt"))
    known.try_out("practice", "record", "Otra", "--type", "cluster", "--sector", "1391", "--language", "es", *told)
