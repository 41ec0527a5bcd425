"""Scenarios that a programme officer writes: a ranking and how the call spends its envelope, and who receives what."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.allocation import AllocationLine, Standing, allocate
from pipgrants.domain.allocation_terms import AllocationTerms
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import Gathering
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.ranking import Candidate, rank
from pipgrants.domain.vocabulary import Outcome, SizeClass, Stage
from pipgrants.money import Money
from pipgrants.reading import read_file

PROJECT = Path(__file__).resolve().parents[2]
CALL = read_file(PROJECT / "workflows" / "calls" / "pip-one-stage.yaml", Call)
RECEIVED = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Competing:
    number: str
    total: Decimal
    asks: Decimal
    territory: str | None = None
    sector: str | None = None
    size: SizeClass | None = None
    lead: str = ""

    def read(self) -> Proposal:
        lead = Member(self.lead or f"E-{self.number}", True, size_class=self.size)
        return Proposal(
            self.number,
            CALL.call,
            Stage.PROPOSAL,
            "eligible",
            "",
            RECEIVED,
            territory=self.territory,
            sector=self.sector,
            members=(lead,),
        )


@dataclass(frozen=True)
class Expected:
    awards: dict[str, Decimal]
    reserve: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    name: str
    envelope: Decimal
    allocation: AllocationTerms
    proposals: tuple[Competing, ...]
    expect: Expected
    tie_breaks: tuple[str, ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)
    given_up: tuple[str, ...] = ()
    returned: dict[str, Decimal] = field(default_factory=dict)
    promoted: dict[str, Decimal] = field(default_factory=dict)
    helped: dict[str, int] = field(default_factory=dict)

    def lines(self, standing: Standing | None = None) -> tuple[AllocationLine, ...]:
        """What the proposals receive, or those that wait where an allocation stands."""
        rule = replace(CALL.ranking, tie_breaks=self.tie_breaks, draw=())
        candidates = [Candidate(item.number, item.total, grant_amount=item.asks) for item in self.proposals]
        gathering = Gathering(replace(CALL, ranking=rule, allocation=self.allocation))
        for item in self.proposals:
            gathering.add(item.read())
        return allocate(
            rank(candidates, rule),
            {item.number: item.asks for item in self.proposals},
            Money(self.envelope, CALL.currency),
            self.allocation,
            known=gathering.known(self.exclusive, self.helped),
            standing=standing,
        )


@dataclass(frozen=True)
class Scenarios:
    scenarios: tuple[Scenario, ...]


def written() -> Iterator[Scenario]:
    for path in sorted((PROJECT / "tests" / "scenarios" / "allocation").glob("*.yaml")):
        yield from read_file(path, Scenarios).scenarios


def awarded(lines: tuple[AllocationLine, ...]) -> dict[str, Decimal]:
    return {line.number: line.amount for line in lines if line.outcome is Outcome.AWARD}


def in_reserve(lines: tuple[AllocationLine, ...]) -> tuple[str, ...]:
    """The numbers on the reserve list, in the order of their positions."""
    positions = {line.reserve_position or 0: line.number for line in lines if line.outcome is Outcome.RESERVE}
    return tuple(positions[position] for position in range(1, len(positions) + 1))


@pytest.mark.parametrize("scenario", list(written()), ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    lines = scenario.lines()
    assert awarded(lines) == scenario.expect.awards
    waiting = in_reserve(lines)
    assert waiting == scenario.expect.reserve
    reasons = {line.number: line.reason.code for line in lines}
    assert {number: reasons[number] for number in scenario.reasons} == scenario.reasons
    if scenario.given_up or scenario.returned:
        frozen = {
            number: amount - scenario.returned.get(number, Decimal(0))
            for number, amount in awarded(lines).items()
            if number not in scenario.given_up
        }
        assert awarded(scenario.lines(Standing(frozen, frozenset(waiting)))) == scenario.promoted
