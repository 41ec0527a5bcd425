"""Scenarios that a programme officer works out by hand: marks, and what a shipped call makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import NOTHING_KNOWN
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import rank
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.reading import read_file
from pipgrants.services.determinations import Ground, decide_ranked
from pipgrants.services.rank import Scoring

PROJECT = Path(__file__).resolve().parents[2]
NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Expectation:
    total: Decimal
    rank: int
    outcome: Outcome
    ranked: Decimal | None = None
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    marks: Mapping[str, tuple[str, ...]]
    asks: Decimal
    expect: Expectation

    @property
    def sheets(self) -> list[dict[str, str | None]]:
        """The marks of each evaluator."""
        count = max(map(len, self.marks.values()))
        return [
            {code: None if given[place] == NOT_APPLICABLE else given[place] for code, given in self.marks.items()}
            for place in range(count)
        ]


@dataclass(frozen=True)
class Scenario:
    call: str
    stage: Stage
    envelope: Decimal
    because: str
    proposals: Mapping[str, Candidate] = field(default_factory=dict)


SCENARIOS = {
    path.stem: read_file(path, Scenario) for path in sorted((PROJECT / "tests/scenarios/scores").glob("*.yaml"))
}


def decided(scenario: Scenario) -> dict[str, Expectation]:
    """What becomes of each proposal of a scenario, which is named by its place."""
    call = read_file(PROJECT / f"workflows/calls/{scenario.call}.yaml", Call)
    call = replace(call, envelope_amount=scenario.envelope)
    scoring = Scoring(call, scenario.stage)
    requests = {}
    for place, candidate in enumerate(scenario.proposals.values(), 1):
        number = f"P-{place}"
        requests[number] = candidate.asks
        received_at = datetime(2026, 3, 2, tzinfo=UTC)
        proposal = Proposal(number, call.call, scenario.stage, "eligible", number, received_at, members=())
        assert scoring.score(proposal, candidate.sheets, None)
    rows = scoring.rows(rank(scoring.candidates, replace(call.ranking, draw=())))
    ground = Ground(call, scenario.stage, rows, requests, {}, NOTHING_KNOWN)
    lines = {line.proposal: line for line in decide_ranked(ground)}
    places = {f"P-{place}": name for place, name in enumerate(scenario.proposals, 1)}
    return {places[row.proposal]: told(row, lines[row.proposal]) for row in rows}


def told(row, line) -> Expectation:
    detail = orjson.loads(row.detail)
    below = [item["criterion"].rpartition(".")[2].removeprefix("minimum_") for item in detail.get("below", ())]
    total, ranked = Decimal(detail["total"]), Decimal(row.total)
    return Expectation(total, row.rank, Outcome(line.outcome), None if ranked == total else ranked, tuple(below))


def test_there_is_a_scenario_of_every_call_modelled_on_a_scored_rule() -> None:
    assert {scenario.call for scenario in SCENARIOS.values()} == {
        "cervera-centres",
        "horizon-europe-innovation",
        "horizon-europe-research",
        "horizon-europe-two-stage",
        "innterconecta-step",
        "nuble-frpd",
        "transmisiones",
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_call_decides_as_worked_out_by_hand(name: str) -> None:
    scenario = SCENARIOS[name]
    assert decided(scenario) == {name: candidate.expect for name, candidate in scenario.proposals.items()}
