"""``audit duties``, ``audit accesses`` and delegation, as they are typed and read."""

import pytest

from desk import Desk
from pipgrants.cli.output import WIDTH
from rounds import CALL, hash_of_tables


def fits(text: str) -> bool:
    return all(len(line) <= WIDTH and line == line.rstrip() for line in text.splitlines())


@pytest.fixture
def busy_desk(packaged_desk: tuple[Desk, str]) -> Desk:
    """A round with a delegation, a package returned and ratified, and a role revoked."""
    desk, package = packaged_desk
    words = "actor delegate marcos iris programme_manager --from 2026-06-20 --until 2026-06-30 --reason Vacaciones"
    desk.do(*words.split(), by="marcos")
    desk.do("return", package, "--reason", "Falta el dictamen de la comisión sobre los plazos", by="iris")
    desk.do("ratify", str(desk.do("allocate", CALL, "--json", by="olga").json["package"]), "--yes", by="iris")
    desk.do("actor", "revoke", "edna", "evaluator", "--reason", "Fin de contrato", by="admin")
    return desk


def test_the_review_is_read_at_a_glance(busy_desk: Desk) -> None:
    before = hash_of_tables(busy_desk.folder)
    answer = busy_desk.do("audit", "duties", CALL, by="aldo")
    assert fits(answer.out)
    for line in (
        "Conflicts of duties",
        "  none",
        "Overrides",
        "package returned, call pip-one-stage: Falta",
        "Marks typed for somebody else",
        "Delegations, in UTC",
        "Who holds which role",
    ):
        assert line in answer.out, answer.out
    assert hash_of_tables(busy_desk.folder) == before


def test_the_review_answers_in_json(busy_desk: Desk) -> None:
    found = busy_desk.do("audit", "duties", "--json", by="olga").json
    assert found["conflicts"] == found["unheld"] == found["late"] == []
    assert [item["act"] for item in found["overrides"]] == ["PackageReturned", "RoleRevoked"]
    [delegated] = found["delegations"]
    assert (delegated["holds"], delegated["delegation"]["delegate"]) == (True, "iris")
    assert delegated["entries_count"] > 4
    [edna] = [item for item in found["roles"] if item["actor"] == "edna"]
    assert (edna["given_by"], edna["taken_by"], edna["until"][:10]) == ("admin", "admin", "2026-06-22")


def test_what_was_read_is_shown_with_what_is_broken(busy_desk: Desk) -> None:
    busy_desk.do("audit", "explain", "PIP1-000001", by="aldo")
    busy_desk.do("audit", "explain", "PIP1-000001")
    busy_desk.do("audit", "duties", CALL, by="olga")
    log = busy_desk.folder / "access.log"
    answer = busy_desk.do("audit", "accesses", by="aldo")
    assert fits(answer.out)
    assert "Broken lines\n  none" in answer.out
    found = busy_desk.do("audit", "accesses", "--json", by="aldo").json
    assert [(line["access"]["actor"], line["access"]["did"]) for line in found["lines"]] == [
        ("aldo", "audit.explain"),
        ("olga", "audit.duties"),
        ("aldo", "audit.accesses"),
        ("aldo", "audit.accesses"),
    ]
    log.write_text(log.read_text(encoding="utf-8").replace("olga", "nora"), encoding="utf-8")
    assert busy_desk.do("audit", "accesses", "--json", by="aldo").json["broken"] == [{"line": 2, "why": "altered"}]
    told = "was altered, or lines after it were taken out or put in"
    assert f"Broken lines\n  line 2 {told}" in busy_desk.do("audit", "accesses", by="aldo").out
    assert f"access.log line 2: {told}" in busy_desk.type("audit", "verify", by="aldo").out


def test_delegations_are_listed_and_ended(busy_desk: Desk) -> None:
    assert fits(busy_desk.do("actor", "delegations").out)
    busy_desk.do("actor", "end-delegation", "1", "--reason", "Volvió", by="marcos")
    [row] = busy_desk.do("actor", "delegations", "--json").json["delegations"]
    assert row["ended_at"] == "2026-06-22T15:00:00.000000Z"
    refused = busy_desk.type("programme", "suspend", "competitiveness-fund", "--reason", "Pausa", by="iris")
    assert refused.code == 4
    assert "(delegation 1) was ended at 2026-06-22T15:00:00.000000Z" in " ".join(refused.err.split())


def test_a_delegation_holds_on_days_that_are_written_as_days(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    words = "actor delegate marcos iris programme_manager --from 20/06/2026 --until 2026-06-30 --reason Vacaciones"
    assert desk.type(*words.split(), by="marcos").code == 2


def test_somebody_is_tied_to_a_party_when_registered(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    words = "actor add ines --name Inés --role implementing_agency --party E-000001"
    desk.do(*words.split(), by="admin")
    [ines] = [item for item in desk.do("actor", "list", "--json").json["actors"] if item["actor"] == "ines"]
    assert ines["party"] == "E-000001"
    assert desk.type(*words.replace("E-000001", "E-999999").replace("ines", "nora").split(), by="admin").code == 6
    refused = desk.type("proposal", "withdraw", "PIP1-000002", "--reason", "Otro fondo", "--yes", by="ines")
    assert refused.code == 4
    assert "ines acts for the party E-000001; the applicant is E-000007" in " ".join(refused.err.split())
    desk.do("proposal", "withdraw", "PIP1-000001", "--reason", "Otro fondo", "--yes", by="ines")
