"""Every command that only reads: 80 columns of text, one JSON object, and nothing changed."""

import pytest

from desk import Desk
from pipgrants.cli.output import WIDTH
from pipgrants.trail.access_log import lines as lines_of
from rounds import CALL, hash_of_tables

READING = [
    ["status"],
    ["status", CALL],
    ["explain", "PIP1-000001"],
    ["explain", "PIP1-000001", "--language", "pt"],
    ["programme", "list"],
    ["programme", "show", "competitiveness-fund"],
    ["programme", "check", "local-productive-development"],
    ["call", "list"],
    ["call", "check", CALL],
    ["call", "check", "pip-two-stage", "--language", "es"],
    ["call", "questions", CALL],
    ["party", "list"],
    ["party", "show", "E-000001"],
    ["party", "duplicates"],
    ["opportunity", "list"],
    ["practice", "search"],
    ["practice", "digest", "--language", "es"],
    ["actor", "list"],
    ["proposal", "list", CALL],
    ["proposal", "list", CALL, "--state", "late"],
    ["proposal", "show", "PIP1-000001"],
    ["evaluation", "list", CALL],
    ["evaluation", "list", CALL, "--evaluator", "eva"],
    ["rank", "show", CALL],
    ["contract", "list", CALL],
    ["conflict", "list", CALL],
    ["letters", "list", CALL],
    ["letters", "preview", "PIP1-000001"],
    ["trail", "show"],
    ["trail", "show", "--proposal", "PIP1-000001"],
    ["trail", "show", "--call", CALL, "--after", "30"],
    ["trail", "show", "--subject", "actor/olga"],
    ["workflow", "check"],
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_fits_the_screen(packaged_desk: tuple[Desk, str], words: list[str]) -> None:
    desk, _ = packaged_desk
    before = hash_of_tables(desk.folder)
    answer = desk.do(*words)
    lines = answer.out.splitlines()
    shown = lines[: lines.index("Next:")] if "Next:" in lines else lines
    assert [line for line in shown if len(line) > WIDTH and str(desk.folder) not in line] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert answer.err == ""
    assert hash_of_tables(desk.folder) == before


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_answers_in_json(packaged_desk: tuple[Desk, str], words: list[str]) -> None:
    desk, _ = packaged_desk
    assert desk.do(*words, "--json").json


def test_every_read_of_an_auditor_is_one_line_of_the_access_log(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    for words in (["explain", "PIP1-000001"], ["party", "show", "E-000001"], ["status", CALL], ["actor", "list"]):
        desk.do(*words, by="aldo")
        desk.do(*words, by="olga")
    desk.do("audit", "verify", by="aldo")
    found = [(line.access.actor, line.access.did, line.access.subject) for line in lines_of(desk.folder / "access.log")]
    assert found == [
        ("aldo", "explain", "proposal/PIP1-000001"),
        ("aldo", "party.show", "party/E-000001"),
        ("aldo", "status", f"call/{CALL}"),
        ("aldo", "actor.list", "workspace"),
        ("aldo", "audit.verify", "workspace"),
    ]


def test_nothing_is_shown_to_an_auditor_that_cannot_be_written_down(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    (desk.folder / "access.log").mkdir()
    answer = desk.type("party", "show", "E-000001", by="aldo")
    assert (answer.code, answer.out) == (3, "")
