"""``call what-if`` as a programme manager types it."""

import pytest

from desk import Desk
from eventful import play
from rounds import AFTER_DRAW, CALL, Round


@pytest.fixture(scope="module")
def desk(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    round_ = play(published.copy(tmp_path_factory.mktemp("played") / "agency"))
    return Desk(round_.workspace.folder, AFTER_DRAW)


def ask(desk: Desk, *changes: str) -> list[str]:
    words = [word for change in changes for word in ("--set", change)]
    _, said, told = desk.do("call", "what-if", CALL, *words, by="marcos").out.partition(f"{CALL}: ")
    return (said + told).splitlines()


def test_who_would_move_and_the_totals_fit_a_page(desk: Desk) -> None:
    told = ask(desk, "envelope_amount=450000")
    assert told == [
        "pip-one-stage: 12 proposals, derived again with other values.",
        "Nothing was changed.",
        "",
        "Values",
        "  Path             Is       Would be",
        "  envelope_amount  9000000  450000",
        "",
        "Outcomes",
        "  Outcome            Is  Would be      USD is  USD would be",
        "  award               5         3  500,000.00    300,000.00",
        "  conditional award   1         1  100,000.00    100,000.00",
        "  decline             2         2        0.00          0.00",
        "  ineligible          4         4        0.00          0.00",
        "  reserve             0         2        0.00          0.00",
        "",
        "Who would move",
        "  Proposal     Is     Would be   Amount is  Would be  Rank",
        "  PIP1-000005  award  reserve   100,000.00         -  5",
        "  PIP1-000008  award  reserve   100,000.00         -  6",
    ]
    assert max(map(len, told)) <= 80


def test_what_must_be_scored_first_and_what_is_laxer_are_told(desk: Desk) -> None:
    told = ask(desk, "counterpart.minimum_share=0.4", "grant.maximum_share=0.6")
    assert "To be scored first: they would newly compete" in told
    assert told[told.index("To be scored first: they would newly compete") + 1] == "  PIP1-000011"
    assert "  Laxer than the programme: counterpart.minimum_share: operating criterion 4.2" in told
    assert max(map(len, told)) <= 80


def test_what_still_keeps_proposals_out_is_told(desk: Desk) -> None:
    told = ask(desk, "counterpart.minimum_share=0.4")
    start = told.index("To know")
    assert told[start + 1 : start + 3] == [
        "  Some would meet a criterion that they do not, and stay ineligible for another:",
        "  grant.maximum_share (1).",
    ]


def test_nobody_moves_where_nothing_is_changed(desk: Desk) -> None:
    assert ask(desk, "counterpart.minimum_share=0.50")[-1] == "No decision would be another."


def test_what_if_as_json(desk: Desk) -> None:
    found = desk.do("call", "what-if", CALL, "--set", "envelope_amount=450000", "--json", by="marcos").json
    assert found["moves"][0] == {
        "proposal": "PIP1-000005",
        "before": {"amount": "100000.00", "outcome": "award", "rank": 5},
        "after": {"amount": None, "outcome": "reserve", "rank": 5},
    }
    assert found["changes"] == [{"after": "450000", "before": "9000000", "path": "envelope_amount"}]


@pytest.mark.parametrize("given", ["envelope_amount", "=3", "envelope_amount="])
def test_what_is_no_change_is_refused(desk: Desk, given: str) -> None:
    answer = desk.type("call", "what-if", CALL, "--set", given, by="marcos")
    assert (answer.code, f"{given!r} is no change" in answer.err) == (2, True)


def test_every_mistake_of_the_values_is_told(desk: Desk) -> None:
    changes = ("--set", "counterprt.minimum_share=0.4", "--set", "allocation.reserve_count=many")
    answer = desk.type("call", "what-if", CALL, *changes, by="marcos")
    assert answer.code == 3
    assert "perhaps 'counterpart' is meant" in " ".join(answer.err.split())
    assert "allocation.reserve_count: expected a whole number" in " ".join(answer.err.split())
