"""Scenarios that a programme officer writes: a proposal, and what the shipped one-stage call decides on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipgrants.domain.application import Application
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence
from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    LetterKind,
    ProjectType,
    Verdict,
)
from pipgrants.reading import read_file
from rounds import AFTER_DEADLINE, Round, application

DESK = ZoneInfo("America/Tegucigalpa")


@dataclass(frozen=True)
class Contribution:
    amount: Decimal
    form: ContributionForm = ContributionForm.CASH
    source: FundingSource = FundingSource.OWN_FUNDS
    letter: str = "own"
    valuation: str | None = None


@dataclass(frozen=True)
class Cost:
    category: CostCategory
    amount: Decimal


@dataclass(frozen=True)
class Situation:
    type: ProjectType = ProjectType.HORIZONTAL_NETWORK
    firms: int = 6
    total: Decimal = Decimal(200_000)
    grant: Decimal | None = None
    months: int = 24
    received: datetime = field(default_factory=lambda: datetime.fromisoformat("2026-03-02 09:00"))
    counterpart: tuple[Contribution, ...] = ()
    costs: tuple[Cost, ...] = ()
    consent: bool = True
    agreement: bool = True
    short_term: bool = True
    long_term: bool = True


@dataclass(frozen=True)
class Expectation:
    state: str
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    letter: LetterKind | None = None


@dataclass(frozen=True)
class Scenario:
    name: str
    expect: Expectation
    proposal: Situation = field(default_factory=Situation)
    line: int = 0


@dataclass(frozen=True)
class Scenarios:
    scenarios: tuple[Scenario, ...]


def written() -> Iterator[tuple[str, Scenario]]:
    for path in sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml")):
        for scenario in read_file(path, Scenarios).scenarios:
            yield f"{path.name}:{scenario.line}", scenario


WRITTEN = dict(written())


def submitted(reference: str, told: Situation) -> Application:
    """The application of a situation."""
    offered = told.counterpart or (Contribution(told.total / 2),)
    made = application(reference, total=str(told.total), firms=told.firms, agreement=told.agreement)
    lead, *others = made.members
    if not told.consent:
        lead = lead._replace(details=lead.details._replace(data_consent_on=None))
    lines, letters = [], {}
    for contribution in offered:
        shared = contribution.letter not in ("own", "none")
        paper = Evidence(
            contribution.letter if shared else f"{reference}/CL",
            EvidenceKind.COMMITMENT_LETTER,
            "Issuer" if shared else lead.details.name,
        )
        letters[paper.identity] = paper
        evidence = None if contribution.letter == "none" else paper.identity
        lines.append(
            CounterpartLine(
                "M1", contribution.form, contribution.source, contribution.amount, evidence, contribution.valuation
            )
        )
    grant = told.total - sum(line.amount for line in lines) if told.grant is None else told.grant
    agreements = tuple(paper for paper in made.evidence if paper.kind is EvidenceKind.CONSORTIUM_AGREEMENT)
    return made._replace(
        members=(lead, *others),
        received_at=told.received.replace(tzinfo=DESK),
        project_type=told.type,
        duration_months=told.months,
        grant_amount=grant,
        budget_lines=tuple(_budget(told, grant)),
        counterpart_lines=tuple(lines),
        objectives=tuple(
            objective
            for objective in made.objectives
            if (told.short_term if objective.horizon is Horizon.SHORT_TERM else told.long_term)
        ),
        evidence=(*letters.values(), *agreements),
    )


def _budget(told: Situation, grant: Decimal) -> Iterator[BudgetLine]:
    own = told.total - grant
    for cost in told.costs:
        own -= cost.amount
        yield BudgetLine("M1", Component.MARKETS, "", cost.category, FundingSource.OWN_FUNDS, cost.amount)
    yield BudgetLine("M1", Component.MARKETS, "", CostCategory.CONSULTANCY, FundingSource.OWN_FUNDS, own)
    yield BudgetLine("M1", Component.MARKETS, "", CostCategory.CONSULTANCY, FundingSource.GRANT, grant)


@pytest.fixture(scope="module")
def screened(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """All scenarios in one round."""
    round_ = published.copy(tmp_path_factory.mktemp("scenarios") / "agency")
    round_.receive([submitted(place, scenario.proposal) for place, scenario in WRITTEN.items()], AFTER_DEADLINE)
    round_.screen()
    return round_


@pytest.mark.parametrize("place", WRITTEN, ids=[scenario.name.replace(" ", "_") for scenario in WRITTEN.values()])
def test_scenario(screened: Round, place: str) -> None:
    expected = WRITTEN[place].expect
    findings = screened.findings(place) if expected.verdicts or expected.notes else {}
    assert screened.state(place) == expected.state, place
    assert {name: findings[name]["verdict"] for name in expected.verdicts} == dict(expected.verdicts), place
    noted = {note["code"] for finding in findings.values() for note in finding.get("notes", ())}
    assert noted == set(expected.notes), place
    if expected.letter is not None:
        assert screened.letter_kinds(place)[-1] == expected.letter, place


def test_every_criterion_that_fails_in_a_scenario_is_named_there(screened: Round) -> None:
    for place, scenario in WRITTEN.items():
        if scenario.expect.state == "screened_out":
            failed = {name for name, finding in screened.findings(place).items() if finding["verdict"] == "not_met"}
            named = {name for name, verdict in scenario.expect.verdicts.items() if verdict is Verdict.NOT_MET}
            assert named == failed, place
