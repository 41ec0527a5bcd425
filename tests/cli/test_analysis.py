"""``analysis`` as an auditor types it."""

import random
from decimal import Decimal

import pytest

from desk import Desk
from marked import decided, marked
from pipgrants import __version__
from rounds import AFTER_DRAW, CALL, SCORING, Round

ADVISORY = "Advisory: this analysis decides nothing; the published rule of the call does."
LENIENCY = {"edna": Decimal(-1), "emilio": Decimal(0), "eva": Decimal(1)}


def marks(reference: str, who: str, code: str) -> Decimal:
    chance = random.Random(f"{reference} {who} {code}")
    mark = Decimal(int(reference[1:]) + 2) / 2 + LENIENCY[who] + Decimal(chance.choice((-1, 0, 1))) / 2
    return min(max(mark, Decimal(0)), Decimal(5))


@pytest.fixture(scope="module")
def desk(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    round_ = marked(published.copy(tmp_path_factory.mktemp("marked") / "agency"), 6, marks)
    return Desk(decided(round_).workspace.folder, AFTER_DRAW)


def told(desk: Desk, *words: str) -> list[str]:
    """What is told below the labels of the workspace."""
    _, first, rest = desk.do("analysis", *words, by="aldo").out.partition(ADVISORY)
    return (first + rest).splitlines()


@pytest.mark.parametrize("words", [("reliability", CALL), ("evaluators", CALL), ("evaluators", CALL, "--places", "3")])
def test_an_analysis_says_first_that_it_is_advisory_and_last_how_it_was_made(
    desk: Desk, words: tuple[str, ...]
) -> None:
    lines = told(desk, *words)
    assert lines[0] == ADVISORY
    assert lines[-1].startswith(f"Made by pipgrants {__version__}")
    assert max(map(len, lines)) <= 80


def test_reliability_fits_a_page(desk: Desk) -> None:
    assert told(desk, "reliability", CALL)[2:-2] == RELIABILITY.strip("\n").splitlines()


def test_evaluators_and_the_grey_zone_fit_a_page(desk: Desk) -> None:
    assert told(desk, "evaluators", CALL, "--places", "3")[2:-2] == EVALUATORS.strip("\n").splitlines()


def test_reliability_as_json_says_why_a_figure_is_not_computable(desk: Desk) -> None:
    found = desk.do("analysis", "reliability", CALL, "--json", by="aldo").json
    assert found["advisory"] == ADVISORY
    assert found["made_by"].keys() == {"version", "inputs", "seed"}
    assert found["in_total"]["alpha"]["interval"].keys() == {"value", "low", "high", "not_computable"}
    assert len(found["made_by"]["inputs"]) == 64


def test_evaluators_as_json_bear_their_seed(desk: Desk) -> None:
    found = desk.do("analysis", "evaluators", CALL, "--seed", "7", "--json", by="aldo").json
    assert (found["advisory"], found["made_by"]["seed"]) == (ADVISORY, 7)
    assert found["proposals"][0]["place"].keys() >= {"expected_rank", "percentile", "rank_low", "rank_high", "zone"}


def test_what_is_measured_before_the_ranking_says_so(
    published: Round, tmp_path_factory: pytest.TempPathFactory
) -> None:
    round_ = marked(published.copy(tmp_path_factory.mktemp("open") / "agency"), 2, lambda *_: Decimal(3))
    desk = Desk(round_.workspace.folder, SCORING)
    for verb in ("reliability", "evaluators"):
        assert "Not ranked yet: these are the marks given so far." in told(desk, verb, CALL)
    lines = told(desk, "evaluators", CALL)
    assert "Expected ranks are not computable: all marks are equal." in lines
    assert "nan" not in " ".join(lines)


def test_a_review_graph_that_is_not_connected_is_told(
    published: Round, tmp_path_factory: pytest.TempPathFactory
) -> None:
    round_ = published.copy(tmp_path_factory.mktemp("parts") / "agency")
    for name in ("elio", "elsa", "ema"):
        round_.add_evaluator(name)
    marked(round_, 2, lambda *_: Decimal(3))
    desk = Desk(round_.workspace.folder, SCORING)
    lines = told(desk, "reliability", CALL)
    place = lines.index("Parts")
    assert lines[place - 3 : place + 4] == [
        "The review graph is not connected: no evaluator joins its 2 parts. Nothing in",
        "the marks tells a part that was marked leniently from one with better proposals.",
        "",
        "Parts",
        "  Part  Proposals  Evaluators  Who",
        "  1             1           3  elio, ema, eva",
        "  2             1           3  edna, elsa, emilio",
    ]
    assert any("The review graph is not connected" in line for line in told(desk, "evaluators", CALL))


RELIABILITY = """
pip-one-stage: 18 evaluations of 6 proposals by 3 evaluators.

Krippendorff's alpha
  Criterion                nominal  ordinal  interval  ratio
  institution_credibility    0.010    0.390     0.363  0.238
  institution_capacity       0.056    0.548     0.503  0.361
  institution_commitment     0.125    0.189     0.216  0.182
  enterprise_leadership      0.047    0.316     0.274  0.102
  sector_viability           0.125    0.169     0.228  0.006
  business_ideas             0.138    0.621     0.518  0.142
  collective_action          0.062    0.200     0.206  0.172
  territorial_vision         0.040    0.525     0.530  0.179
  in total                   0.007    0.370     0.372  0.223

Intraclass correlation
  Criterion                ICC(1)  ICC(2)  ICC(3)  ICC(1,k)  ICC(2,k)  ICC(3,k)
  institution_credibility   0.392   0.479   0.834     0.659     0.734     0.938
  institution_capacity      0.534   0.583   0.857     0.774     0.808     0.947
  institution_commitment    0.238   0.384   0.901     0.484     0.652     0.965
  enterprise_leadership     0.299   0.421   0.882     0.561     0.686     0.957
  sector_viability          0.251   0.394   0.929     0.501     0.662     0.975
  business_ideas            0.549   0.595   0.856     0.785     0.815     0.947
  collective_action         0.227   0.366   0.790     0.469     0.634     0.919
  territorial_vision        0.561   0.612   0.946     0.793     0.826     0.981
  in total                  0.401   0.500   0.991     0.668     0.750     0.997

In total, with 95 % intervals
  Form      Estimate   From     To
  ICC(1)       0.401  0.082  0.861
  ICC(2)       0.500  0.024  0.894
  ICC(3)       0.991  0.963  0.999
  ICC(1,k)     0.668  0.293  0.949
  ICC(2,k)     0.750  0.068  0.962
  ICC(3,k)     0.997  0.987  1.000

Evaluators differ where their mean marks lie 2 steps of the scale apart or more.
Where one of three or more alone stands apart, a discussion is recommended, else
one more evaluator.

They differ on
  Proposal     Rank  Steps  Most in                  Recommended
  PIP1-000004     3   4.05  sector_viability         discussion with eva
  PIP1-000006     1   3.80  institution_credibility  discussion with eva
  PIP1-000003     4   3.75  institution_credibility  discussion with edna
  PIP1-000005     2   3.65  institution_commitment   discussion with eva
  PIP1-000002     5   3.60  institution_capacity     discussion with eva
  PIP1-000001     6   3.50  sector_viability         discussion with edna

The review graph is connected.
"""
EVALUATORS = """
pip-one-stage: 6 proposals by 3 evaluators.

  Variance of proposals     349.661
  Variance of evaluators    346.397
  Variance of errors        3.131
  Reliability of one total  0.500

Leniency, the strictest first
  Evaluator  Marked    Mean  Leniency
  edna            6  35.917   -18.694
  emilio          6  54.833     0.194
  eva             6  73.167    18.500

Proposals
  Proposal     Rank     Raw  Corrected  Expected  90 %   In 3  Zone
  PIP1-000006     1  78.167     78.167      1.00  1-1   1.000  above
  PIP1-000005     2  71.167     71.167      2.00  2-2   1.000  above
  PIP1-000004     3  60.167     60.167      3.00  3-3   1.000  above
  PIP1-000003     4  48.667     48.667      4.00  4-4   0.000  below
  PIP1-000002     5  41.000     41.000      5.00  5-5   0.000  below
  PIP1-000001     6  28.667     28.667      6.00  6-6   0.000  below

To know
  In the grey zone are proposals whose 50 % credible interval of the rank holds
  the line. Published ranks count priority points, expected ranks the marks
  alone.
  The variances are the likeliest; that they are uncertain counts in expected
  ranks and intervals.
"""
