"""``call helped`` as a programme manager types it."""

from pathlib import Path

import pytest

from desk import Desk
from rounds import AFTER_DEADLINE, AFTER_DRAW, CALL, application, open_workspace
from supported import (
    COAST,
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


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A1 and B1 were helped; a firm of A1 won later."""
    workspace = open_workspace(tmp_path_factory.mktemp("helped") / "fund")
    support, later = published(workspace, SUPPORT, SUPPORT_FUND), later_call(workspace)
    helped = group("A1")
    support.receive([helped, group("B1", COAST)])
    support.ratify(decide(support, {"A1": "5", "B1": "4"}, AFTER_DEADLINE, AFTER_DRAW))
    later.receive([with_member_of(application("L1"), helped)], LATER_OPEN)
    later.ratify(decide(later, {"L1": "5"}, LATER_CLOSED, LATER_DRAWN), LATER_DRAWN)
    return Desk(workspace.folder, LATER_DRAWN)


def ask(desk: Desk, *words: str) -> list[str]:
    _, said, told = desk.do("call", "helped", *words, by="marcos").out.partition(f"{words[0]}")
    return (said + told).splitlines()


def test_groups_and_totals_fit_a_page(desk: Desk) -> None:
    told = ask(desk, SUPPORT)
    assert told == [
        "preparation-support: what became of the groups it helped.",
        "",
        "  Groups helped     2",
        "  Applied since     1",
        "  Won               1",
        "  Paid for support  USD 40,000.00",
        "  Won in USD        100,000.00",
        "",
        "Groups",
        "  Proposal     Institution  Locality      Support  Helped  Calls  Later",
        "                                                                  proposals",
        "  PREP-000001  Taller A1-1  HN-FM-0801  20,000.00       5      1  LATE-000001",
        "                                                                  award",
        "  PREP-000002  Taller B1-1  HN-AT-0101  20,000.00       5      0  -",
    ]
    assert max(map(len, told)) <= 80


def test_report_as_json(desk: Desk) -> None:
    found = desk.do("call", "helped", SUPPORT, "--json", by="marcos").json
    assert (found["applied_count"], found["won_count"], found["won_amounts"]) == (1, 1, {"USD": "100000.00"})
    assert found["groups"][0]["later"] == [
        {
            "proposal": "LATE-000001",
            "call": LATER_CALL,
            "state": "awarded",
            "outcome": "award",
            "amount": "100000.00",
            "currency": "USD",
        }
    ]


def test_file_is_named_where_one_was_written(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "helped.xlsx"
    assert ask(desk, SUPPORT, "--out", str(path))[-2:] == ["Written", f"  {path}"]
    assert path.read_bytes().startswith(b"PK")


def test_call_that_helps_nobody_says_so(desk: Desk) -> None:
    told = ask(desk, LATER_CALL)
    assert told[0] == "pip-later helps nobody to apply: its subsidy_type is not preparation_support."
    assert told[-1] == "  pipgrants call list"


def test_support_call_without_awards_says_what_to_do(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "fund")
    published(workspace, SUPPORT, SUPPORT_FUND)
    told = ask(Desk(workspace.folder, AFTER_DRAW), SUPPORT)
    assert (told[0], told[-1]) == (
        "preparation-support has helped nobody yet.",
        "  pipgrants status preparation-support",
    )


def test_unknown_call_is_refused(desk: Desk) -> None:
    answer = desk.type("call", "helped", CALL, by="marcos")
    assert (answer.code, "no call" in answer.err) == (6, True)
