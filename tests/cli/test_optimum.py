"""``analysis optimum`` as an auditor types it."""

from decimal import Decimal

import pytest

from desk import Desk
from pipgrants.analysis.optimum import Best
from rounds import AFTER_DRAW, CALL, application, edit, open_workspace, publish

ADVISORY = "Advisory: this analysis decides nothing; the published rule of the call does."
MARKS = {"A1": "5", "B1": "4.5", "B2": "4", "B3": "3.5"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A ranked round whose best proposal asks for all the money, and three others for a third of it each."""
    workspace = open_workspace(tmp_path_factory.mktemp("large") / "fund")
    edit(workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 240000"})
    round_ = publish(workspace)
    round_.receive([application(name, total="480000" if name == "A1" else "160000") for name in MARKS])
    round_.screen()
    round_.score({name: Decimal(mark) for name, mark in MARKS.items()})
    round_.rank()
    return Desk(workspace.folder, AFTER_DRAW)


def told(desk: Desk, *words: str) -> list[str]:
    _, first, rest = desk.do("analysis", "optimum", CALL, *words, by="aldo").out.partition(ADVISORY)
    return (first + rest).splitlines()


def test_the_optimum_stands_beside_the_rule_on_a_page(desk: Desk) -> None:
    lines = told(desk)
    assert lines[:2] == [ADVISORY, ""]
    assert lines[2:-2] == PAGE.strip("\n").splitlines()
    assert lines[-1].startswith("Made by pipgrants")
    assert max(map(len, lines)) <= 80


def test_by_score_times_amount_the_best_one_stays(desk: Desk) -> None:
    text = " ".join(" ".join(told(desk, "--objective", "sum_of_score_times_amount")).split())
    assert "Funded by the" not in text
    assert "no selection has a greater sum of score times amount" in text
    assert "Score times amount counts every unit of money by the score of what it funds: 1 award" in text


def test_the_optimum_as_json_and_nothing_else(desk: Desk) -> None:
    found = desk.do("analysis", "optimum", CALL, "--json", by="aldo").json
    assert (found["advisory"], found["objective"], found["is_proved"]) == (ADVISORY, "sum_of_scores", True)
    assert (found["by_rule"]["awards_count"], found["by_optimum"]["awards_count"]) == (1, 3)
    assert (found["by_optimum"]["value"], found["bound"], found["gap"]) == ("246", "246", "0")
    assert [item["rank"] for item in found["only_by_optimum"]] == [2, 3, 4]


def test_what_is_not_proved_says_so_with_its_bound(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    best = Best(frozenset({0}), 102, 250, is_settled=False)
    monkeypatch.setattr("pipgrants.analysis.optimum.maximise", lambda *_: best)
    text = " ".join(" ".join(told(desk, "--seconds", "1")).split())
    assert (
        "Not proved optimal by searches of 1 second: the greatest sum of scores is at most 250, 59.2000 % of it above "
        "the one found. Another run may find another selection." in text
    )


def test_equals_that_are_not_settled_are_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    best = Best(frozenset({1, 2, 3}), 246, 246, is_settled=False)
    monkeypatch.setattr("pipgrants.analysis.optimum.maximise", lambda *_: best)
    assert "was not settled in 60 seconds" in " ".join(" ".join(told(desk)).split())


def test_an_objective_that_is_none_is_refused(desk: Desk) -> None:
    answer = desk.type("analysis", "optimum", CALL, "--objective", "most_awards", by="aldo")
    assert (answer.code, "sum_of_score_times_amount" in answer.err) == (2, True)


PAGE = """
pip-one-stage: 4 proposals can be funded. The rule is skip_and_fill.

Objective: sum of scores
  Selection    Sum of scores  Awards         USD  Mean award
  by the rule            102       1  240,000.00  240,000.00
  optimum                246       3  240,000.00   80,000.00

Proved optimal: no selection has a greater sum of scores, and none that reaches
it is ranked better.

Funded by the rule only, 1
  Proposal     Rank  Total      Amount
  PIP1-000001     1    102  240,000.00

Funded by the optimum only, 3
  Proposal     Rank  Total     Amount
  PIP1-000002     2     92  80,000.00
  PIP1-000003     3     82  80,000.00
  PIP1-000004     4     72  80,000.00

To know
  Maximising the sum of scores funds many small projects, for a small one adds
  as many points as a large one and leaves more money: 3 awards by the optimum,
  1 award by the rule.
  The optimum keeps to the envelopes, thresholds and exclusions of the call, and
  gives the groups of floors and earmarks what the rule gives them. A proposal
  is funded whole, or with the part that the rule gives it.
  The call announced no objective: its rule decides.
"""
