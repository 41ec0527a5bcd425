"""``analysis robustness`` as an auditor types it."""

from decimal import Decimal

import pytest

from desk import Desk
from marked import decided, marked
from pipgrants import __version__
from pipgrants.services import amend
from rounds import AFTER_DRAW, CALL, WHILE_OPEN, Round, as_, edit

ADVISORY = "Advisory: this analysis decides nothing; the published rule of the call does."


def marking(reference: str, _: str, code: str) -> Decimal:
    """A1 is the best everywhere, A4 the worst; A2 is good at business, A3 at credibility."""
    good_at = {"A2": code in ("business_ideas", "collective_action"), "A3": code.startswith("institution")}
    base = {"A1": "5", "A2": "3.5", "A3": "3", "A4": "2.5"}[reference]
    return Decimal(base) + (1 if good_at.get(reference) else 0)


@pytest.fixture(scope="module")
def desk(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Four proposals, of which the envelope funds two."""
    round_ = published.copy(tmp_path_factory.mktemp("robust") / "agency")
    edit(round_.workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 200000"})
    edit(round_.workspace, "calls", CALL, {"  minimum_total: 60\n": "  minimum_total: 55\n"})
    amended = amend.amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Menos fondos")
    round_.ratify(amended.package, WHILE_OPEN)
    return Desk(decided(marked(round_, 4, marking)).workspace.folder, AFTER_DRAW)


def told(desk: Desk, *words: str) -> list[str]:
    """What is told below the labels of the workspace."""
    _, first, rest = desk.do("analysis", "robustness", CALL, *words, by="aldo").out.partition(ADVISORY)
    return (first + rest).splitlines()


def test_sheet_fits_a_page(desk: Desk) -> None:
    lines = told(desk, "--draws", "1000")
    assert lines[0] == ADVISORY
    assert lines[-1].startswith(f"Made by pipgrants {__version__}, seed ")
    place = lines.index("Around the line")
    assert lines[2:place] == [*FACTS.strip("\n").splitlines(), ""]
    assert lines[lines.index("Where a weight changes who is funded") : -2] == CHANGES.strip("\n").splitlines()
    assert [line.split()[:4] for line in lines[place + 2 : place + 6]] == [
        ["1", "PIP1-000001", "102", "yes"],
        ["2", "PIP1-000002", "78", "yes"],
        ["3", "PIP1-000003", "68", "no"],
        ["4", "PIP1-000004", "52", "no"],
    ]
    assert max(map(len, lines)) <= 80


def test_weights_near_the_published_ones_are_said(desk: Desk) -> None:
    lines = told(desk, "--draws", "1000", "--spread", "0.25")
    assert "each within 25 % of the published" in " ".join(" ".join(lines).split())


def test_json_bears_the_advice_and_what_makes_it_again(desk: Desk) -> None:
    found = desk.do("analysis", "robustness", CALL, "--draws", "500", "--seed", "7", "--json", by="aldo").json
    assert (found["advisory"], found["made_by"]["seed"], found["draws"]) == (ADVISORY, 7, 500)
    assert [item["is_funded"] for item in found["proposals"]] == [True, True, False, False]
    first = found["proposals"][0]
    assert (first["funded_share"], first["rank_shares"], first["points_from_line"]) == ("1.0000", {"1": "1.0000"}, "34")
    assert found["without_criteria"][0] == {
        "left_out": "institution_credibility",
        "enters": [],
        "leaves": [],
        "alone_count": 0,
    }


def test_spread_that_is_none_is_refused(desk: Desk) -> None:
    answer = desk.type("analysis", "robustness", CALL, "--spread", "2", by="aldo")
    assert (answer.code, "a share above 0 and up to 1" in answer.err) == (2, True)


FACTS = """
pip-one-stage: 2 funded of 4 proposals ranked.

  Weights drawn                     1,000, any weights
  Always funded                     1
  Never funded                      1
  Funded, under less than half      0
  Not funded, under more than half  0

To know
  Equal totals stand in the order of the published ranking.
"""

CHANGES = """
Where a weight changes who is funded
  Criterion                 Weight  Down to    Up to
  institution_credibility  10.00 %     none  55.00 %
  institution_capacity     10.00 %     none  55.00 %
  institution_commitment   10.00 %     none  55.00 %
  enterprise_leadership    15.00 %     none     none
  sector_viability         15.00 %     none     none
  business_ideas           15.00 %     none     none
  collective_action        15.00 %     none     none
  territorial_vision       10.00 %     none     none

The smallest changes
  institution_credibility at 55.00 %: PIP1-000003 passes PIP1-000002; enter:
    PIP1-000003; leave: PIP1-000002.
  institution_capacity at 55.00 %: PIP1-000003 passes PIP1-000002; enter:
    PIP1-000003; leave: PIP1-000002.
  institution_commitment at 55.00 %: PIP1-000003 passes PIP1-000002; enter:
    PIP1-000003; leave: PIP1-000002.

Without any one criterion the same are funded.

Without any one evaluator the same are funded.
"""
