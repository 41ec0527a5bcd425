"""``actor``: people registered, given and losing roles, and roles held for somebody else."""

from collections.abc import Callable
from pathlib import Path

from desk import Desk
from rounds import CALL, FUND, application


def test_person_may_hold_several_roles(desk: Desk) -> None:
    roles = ("--role", "evaluator", "--role", "administrator")
    desk.do("actor", "add", "ines", "--name", "Inés Paz", *roles, by="admin")
    listed = {item["actor"]: item["roles"] for item in desk.do("actor", "list", "--json").json["actors"]}
    assert listed["ines"] == ["administrator", "evaluator"]


def test_name_stays_out_of_the_trail(desk: Desk) -> None:
    desk.do("actor", "add", "ines", "--name", "Inés Paz", by="admin")
    assert "Paz" not in desk.do("trail", "show", "--subject", "actor/ines", "--json").out


def test_role_is_given_and_taken(desk: Desk) -> None:
    desk.do("actor", "grant", "olga", "evaluator", by="admin")
    desk.do("actor", "revoke", "olga", "evaluator", "--reason", "moved on", by="admin")
    assert desk.type("actor", "revoke", "olga", "evaluator", "--reason", "again", by="admin").code == 3
    entry = desk.do("trail", "show", "--subject", "actor/olga", "--json").json["entries"][-1]
    assert (entry["act"], entry["reason"]) == ("RoleRevoked", "moved on")


def test_only_an_administrator_registers_people(desk: Desk) -> None:
    assert desk.type("actor", "add", "ines", "--name", "Inés", by="olga").code == 4


def test_odd_short_name_is_usage(desk: Desk) -> None:
    assert desk.type("actor", "add", "Inés Paz", "--name", "Inés", by="admin").code == 2


def test_person_is_mapped_and_tied_as_the_list_shows(open_desk: Desk, form: Callable[..., Path]) -> None:
    open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
    open_desk.do("actor", "tie", "iris", "E-000001", by="admin")
    open_desk.do("actor", "map", "admin", "tester", by="admin")
    listed = [line.split() for line in open_desk.do("actor", "list").out.splitlines()]
    assert [line for line in listed if line and line[0] in ("admin", "iris")] == [
        ["admin", "Ada", "Ministro", "administrator", "tester", "-"],
        ["iris", "Iris", "implementing", "agency", "-", "E-000001"],
    ]


class TestDelegation:
    WORDS = ("actor", "delegate", "marcos", "edna", "programme_manager")
    DAYS = ("--from", "2026-01-05", "--until", "2026-01-09", "--reason", "on leave")

    def test_delegate_acts_in_the_name_of_both_until_it_is_ended(self, desk: Desk) -> None:
        assert desk.do("actor", "delegations").out == "Nothing was delegated.\n"
        answer = desk.do(*self.WORDS, *self.DAYS, by="marcos")
        assert "pipgrants actor end-delegation 1 --reason TEXT ends it early" in answer.out
        desk.do("programme", "draft", FUND, by="olga")
        desk.do("ratify", desk.waiting(), "--yes", by="edna")
        entry = desk.do("trail", "show", "--subject", f"programme/{FUND}", "--json").json["entries"][-1]
        assert (entry["actor"], entry["on_behalf_of"]) == ("edna", "marcos")
        desk.do("actor", "end-delegation", "1", "--reason", "back", by="marcos")
        [row] = [line for line in desk.do("actor", "delegations").out.splitlines() if "marcos" in line]
        assert row.split()[:3] == ["1", "marcos", "edna"]
        assert row.split()[-4:] == ["2026-01-05", "2026-01-09", "2026-01-05", "15:00"]

    def test_day_that_is_none_is_usage(self, desk: Desk) -> None:
        words = (*self.WORDS, "--from", "5.1.2026", "--until", "2026-01-09", "--reason", "on leave")
        answer = desk.type(*words, by="marcos")
        assert (answer.code, "5.1.2026" in answer.err) == (2, True)
