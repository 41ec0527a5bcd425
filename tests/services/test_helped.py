"""Whether the groups that a support call helped later applied and won."""

import csv
from pathlib import Path

import pytest

from pipgrants.errors import RefusedError, UsageError
from pipgrants.services.access import read_accesses
from pipgrants.services.answers import withdraw
from pipgrants.services.helped import helped_groups
from rounds import AFTER_DEADLINE, AFTER_DRAW, CALL, Round, application, as_, open_workspace
from supported import (
    CAPITAL,
    COAST,
    DECIDED,
    LATER_CALL,
    LATER_CLOSED,
    LATER_DRAWN,
    LATER_OPEN,
    SUPPORT,
    SUPPORT_FUND,
    decide,
    group,
    later_call,
    published,
    with_member_of,
)

LATE_MARKS = {"L1": "5", "L2": "2", "L3": "4"}


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Round, Round]:
    """A1, A2 and B1 were helped. A firm of A1 won with L1, firms of A1 and B1 lost with L2; L3 is of nobody helped."""
    workspace = open_workspace(tmp_path_factory.mktemp("helped") / "fund")
    support, later = published(workspace, SUPPORT, SUPPORT_FUND), later_call(workspace)
    groups = {"A1": group("A1"), "A2": group("A2"), "B1": group("B1", COAST)}
    support.receive(groups.values())
    support.ratify(decide(support, {"A1": "5", "A2": "4", "B1": "3.5"}, AFTER_DEADLINE, AFTER_DRAW))
    support.release(AFTER_DRAW)
    lost = with_member_of(with_member_of(application("L2"), groups["A1"], 2), groups["B1"], 3)
    won = with_member_of(application("L1"), groups["A1"])
    later.receive([won, lost, application("L3")], LATER_OPEN)
    later.ratify(decide(later, LATE_MARKS, LATER_CLOSED, LATER_DRAWN), LATER_DRAWN)
    return support, later


def test_report_follows_every_group(followed: tuple[Round, Round]) -> None:
    support, later = followed
    found = helped_groups(support.workspace, as_("marcos"), LATER_DRAWN, call=SUPPORT)
    told = {
        item.proposal: (item.institution, item.locality, item.amount, item.ratified_at, len(item.members))
        for item in found.groups
    }
    assert told[support.numbers["A1"]] == ("Taller A1-1", CAPITAL, "20000.00", "2026-06-22T15:00:00.000000Z", 5)
    assert {
        item.proposal: [(late.proposal, late.call, late.outcome, late.amount) for late in item.later]
        for item in found.groups
    } == {
        support.numbers["A1"]: [
            (later.numbers["L1"], LATER_CALL, "award", "100000.00"),
            (later.numbers["L2"], LATER_CALL, "decline", None),
        ],
        support.numbers["A2"]: [],
        support.numbers["B1"]: [(later.numbers["L2"], LATER_CALL, "decline", None)],
    }
    assert (len(found.groups), found.applied_count, found.won_count) == (3, 2, 1)
    assert (found.support_amount, found.won_amounts) == ("60000.00", {"USD": "100000.00"})


def test_who_asked_stands_in_the_access_log(followed: tuple[Round, Round], tmp_path: Path) -> None:
    support = followed[0].copy(tmp_path / "fund")
    helped_groups(support.workspace, as_("marcos"), LATER_DRAWN, call=SUPPORT)
    last = read_accesses(support.workspace, as_("aldo"), LATER_DRAWN).lines[-2].access
    assert (last.did, last.subject, last.actor) == ("call.helped", f"call/{SUPPORT}", "marcos")


def test_file_has_a_line_for_each_group(followed: tuple[Round, Round], tmp_path: Path) -> None:
    support, later = followed
    path = tmp_path / "helped.csv"
    helped_groups(support.workspace, as_("marcos"), LATER_DRAWN, call=SUPPORT, path=path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["proposal"]: row for row in csv.DictReader(file)}
    helped = rows[support.numbers["A1"]]
    assert helped["members"] == "; ".join(f"Taller A1-{place}" for place in range(2, 7))
    assert helped["later_proposals"] == f"{later.numbers['L1']} award; {later.numbers['L2']} decline"
    assert (helped["later_calls_count"], helped["won_count"], helped["won"]) == ("1", "1", "USD 100,000.00")
    assert rows[support.numbers["A2"]]["later_proposals"] == ""
    with pytest.raises(RefusedError, match="exists"):
        helped_groups(support.workspace, as_("marcos"), LATER_DRAWN, call=SUPPORT, path=path)


def test_file_of_another_kind_is_refused(followed: tuple[Round, Round], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lists are not written"):
        helped_groups(followed[0].workspace, as_("marcos"), LATER_DRAWN, call=SUPPORT, path=tmp_path / "helped.docx")


def test_name_that_begins_like_a_formula_is_no_formula(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "fund")
    support = published(workspace, SUPPORT, SUPPORT_FUND)
    made = group("A1")
    firm = made.members[1]._replace(details=made.members[1].details._replace(name="=HYPERLINK(1)"))
    support.receive([made._replace(members=(made.members[0], firm, *made.members[2:]))])
    support.ratify(decide(support, {"A1": "5"}, AFTER_DEADLINE, AFTER_DRAW))
    path = tmp_path / "helped.csv"
    helped_groups(workspace, as_("marcos"), AFTER_DRAW, call=SUPPORT, path=path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert not row["members"].startswith("=")


def test_group_that_gave_up_its_award_was_not_helped(followed: tuple[Round, Round], tmp_path: Path) -> None:
    support = followed[0].copy(tmp_path / "fund")
    withdraw(support.workspace, as_("olga"), DECIDED, proposal=support.numbers["A1"], reason="Otro apoyo")
    found = helped_groups(support.workspace, as_("marcos"), LATER_DRAWN, call=SUPPORT)
    assert [item.proposal for item in found.groups] == [support.numbers["A2"], support.numbers["B1"]]
    assert (found.applied_count, found.won_count) == (1, 0)


def test_call_that_helps_nobody_to_apply_has_no_groups(followed: tuple[Round, Round]) -> None:
    found = helped_groups(followed[1].workspace, as_("marcos"), LATER_DRAWN, call=LATER_CALL)
    assert (found.is_support, found.groups) == (False, [])


def test_application_from_before_the_support_does_not_count(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "fund")
    support = published(workspace, SUPPORT, SUPPORT_FUND)
    earlier = published(workspace, CALL, "competitiveness-fund")
    helped = group("A1")
    support.receive([helped])
    earlier.receive([with_member_of(application("E1"), helped)])
    support.ratify(decide(support, {"A1": "5"}, AFTER_DEADLINE, AFTER_DRAW))
    [found] = helped_groups(workspace, as_("marcos"), AFTER_DRAW, call=SUPPORT).groups
    assert found.later == []
