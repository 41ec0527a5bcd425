"""Scenarios of appeals that a programme officer works out by hand: a round, new totals, and what they lead to."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from contested import APPEALING, GIVEN_UP, Contested, awards, decided_round
from pipgrants.domain.allocation_terms import AllocationTerms
from pipgrants.domain.appeal import FundedFrom
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import Gathering
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.vocabulary import SizeClass, Stage
from pipgrants.reading import read_file

PROJECT = Path(__file__).resolve().parents[2]
CALL = read_file(PROJECT / "workflows" / "calls" / "participatory-budget.yaml", Call)
"""Its total is one mark of one evaluator."""


@dataclass(frozen=True)
class Competing:
    number: str
    total: int
    asks: Decimal
    territory: str | None = None
    sector: str | None = None
    size: SizeClass | None = None
    lead: str = ""

    def read(self) -> Proposal:
        return Proposal(
            self.number,
            CALL.call,
            Stage.PROPOSAL,
            "eligible",
            "",
            datetime(2026, 3, 2, tzinfo=UTC),
            territory=self.territory,
            sector=self.sector,
            grant_amount=self.asks,
            members=(Member(self.lead or f"E-{self.number}", True, size_class=self.size),),
        )


@dataclass(frozen=True)
class Step:
    """What happens after the letters, and what stands then; every step builds on those before it."""

    appeals: dict[str, int] = field(default_factory=dict)
    given_up: tuple[str, ...] = ()
    appealing: tuple[str, ...] = ()
    promote: bool = False
    awards: dict[str, Decimal] = field(default_factory=dict)
    reserve: tuple[str, ...] = ()
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    held: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    name: str
    envelope: Decimal
    allocation: AllocationTerms
    proposals: tuple[Competing, ...]
    awards: dict[str, Decimal]
    then: tuple[Step, ...]
    funded_from: FundedFrom = FundedFrom.RESERVE_LIST
    tie_breaks: tuple[str, ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    helped: dict[str, int] = field(default_factory=dict)

    def decided(self) -> Contested:
        call = replace(
            CALL,
            envelope_amount=self.envelope,
            allocation=self.allocation,
            ranking=replace(CALL.ranking, tie_breaks=self.tie_breaks),
            appeal=replace(CALL.appeal, funded_from=self.funded_from),
        )
        proposals = {item.number: item.read() for item in self.proposals}
        gathering = Gathering(call)
        for proposal in proposals.values():
            gathering.add(proposal)
        known = gathering.known(self.exclusive, self.helped)
        return decided_round(call, proposals, {item.number: str(item.total) for item in self.proposals}, known)


@dataclass(frozen=True)
class Scenarios:
    scenarios: tuple[Scenario, ...]


def written() -> Iterator[Scenario]:
    for path in sorted((PROJECT / "tests" / "scenarios" / "appeals").glob("*.yaml")):
        yield from read_file(path, Scenarios).scenarios


def take(round_: Contested, step: Step, number: int) -> dict[str, Decimal]:
    """Does what a step says; returns the money held for those who cannot be promoted."""
    round_.give_up(step.given_up)
    if step.appeals:
        round_.appeal({name: str(total) for name, total in step.appeals.items()}, number)
    round_.states |= dict.fromkeys(step.appealing, APPEALING)
    return dict(round_.promote().held) if step.promote else {}


def reserve_list(round_: Contested) -> tuple[str, ...]:
    from pipgrants.services.appealed_lines import moved_on_appeal, places_of
    from pipgrants.services.corrected_ranking import corrected
    from pipgrants.services.promotions import first_in_reserve

    on_appeal = moved_on_appeal(round_.ranking, round_.decided.values())
    rows = corrected(round_.ranking, places_of(on_appeal), first_in_reserve(on_appeal))
    return tuple(row.proposal for row in rows if row.proposal in round_.standing.waiting)


@pytest.mark.parametrize("scenario", list(written()), ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    round_ = scenario.decided()
    assert awards(round_.decided.values()) == scenario.awards
    for number, step in enumerate(scenario.then, 1):
        held = take(round_, step, number)
        given_up = {name for name, state in round_.states.items() if state == GIVEN_UP}
        assert (awards(round_.decided.values(), given_up), reserve_list(round_)) == (step.awards, step.reserve)
        told = {name: orjson.loads(round_.decided[name].detail)["reasons"] for name in step.reasons}
        assert {name: tuple(item["code"] for item in found) for name, found in told.items()} == step.reasons
        assert held == step.held
