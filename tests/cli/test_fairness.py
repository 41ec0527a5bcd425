"""``analysis fairness`` as an auditor types it."""

import pytest

from desk import Desk
from grouped import grouped
from pipgrants import __version__
from rounds import AFTER_DRAW, CALL, Round

ADVISORY = "Advisory: this analysis decides nothing; the published rule of the call does."


@pytest.fixture(scope="module")
def desk(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    round_ = grouped(published.copy(tmp_path_factory.mktemp("grouped") / "agency"))
    return Desk(round_.workspace.folder, AFTER_DRAW)


def test_groups_fit_a_page(desk: Desk) -> None:
    _, first, rest = desk.do("analysis", "fairness", CALL, by="aldo").out.partition(ADVISORY)
    lines = (first + rest).splitlines()
    assert lines[0] == ADVISORY
    assert lines[-1].startswith(f"Made by pipgrants {__version__} from the inputs ")
    assert max(map(len, lines)) <= 80
    assert lines[2 : lines.index("Indigenous") - 1] == WOMEN.strip("\n").splitlines()


def test_json_tells_every_step_of_every_dimension(desk: Desk) -> None:
    """One of three women-led and both others are funded: 3 / (3 + 6 x + x^2) is 0.025 at x = 8.225."""
    found = desk.do("analysis", "fairness", CALL, "--json", by="aldo").json
    assert (found["advisory"], found["decided_count"], found["made_by"]["seed"]) == (ADVISORY, 7, None)
    assert [item["dimension"] for item in found["dimensions"]][::6] == ["women_led", "size_class"]
    overall = found["dimensions"][0]["steps"][3]
    assert (overall["step"], overall["compared_with"]) == ("overall", "no")
    assert overall["rates"][1] == {
        "group": "yes",
        "passed_count": 1,
        "total_count": 3,
        "rate": "0.3333",
        "ratio": "0.3333",
        "is_below_four_fifths": True,
        "odds_ratio": {"value": "0.000", "low": "0.000", "high": "8.225", "not_computable": None},
        "p_value": "0.400",
        "has_small_counts": True,
        "turns_with_one": True,
    }


def test_groups_of_any_member_are_asked_for_by_an_option(desk: Desk) -> None:
    text = " ".join(desk.do("analysis", "fairness", CALL, "--any-member", by="aldo").out.split())
    assert "the groups of any of its members, for the size of its lead, and for the territory of the project." in text


WOMEN = """
pip-one-stage: 7 proposals decided on.
32 rates beside the highest of their step.

To know
  A proposal counts for the groups of its lead and for the territory of the
  project. Unknown is what is not on record, and never no.
  Below four fifths of the highest rate is a rule of thumb (29 CFR 1607.4(D)),
  and proves nothing by itself.
  In brackets is the exact 95 % interval of the odds ratio (Fisher); the ratio
  of rates has none. The highest rate is known only afterwards, and many are
  compared: a small p says less than it seems.
  Counts are small where fewer than 5 are expected to pass, or not to.

Women led
  Group    Decided  Eligible  Passing  Funded     Rate  USD awarded  Of asked
  no             2         2        2       2  100.0 %   200,000.00   100.0 %
  yes            3         2        2       1   33.3 %    90,000.00    24.3 %
  unknown        2         1        0       0    0.0 %         0.00     0.0 %

  Below 4/5  Group      Rate  Beside      Ratio  Odds ratio  p
  amount     yes      24.3 %  no 100.0 %   0.24  -           -
  amount     unknown   0.0 %  no 100.0 %   0.00  -           -
  and 6 more of small counts (--json lists all)
"""
