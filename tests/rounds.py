"""Builds rounds for tests: a workspace, its people, applications, and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from pipgrants.domain.application import Application, ApplicationMember, PartyDetails, SubmittedScore
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    Language,
    MemberType,
    ProjectType,
    Role,
    SizeClass,
)
from pipgrants.services import calls, evaluation, people, programmes, ratify, receive
from pipgrants.services.workspace import Identity, Workspace, init

CALL = "pip-one-stage"
BEFORE_OPENING = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
WHILE_OPEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
AFTER_DEADLINE = datetime(2026, 4, 6, 15, 0, tzinfo=UTC)
SCORING = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
AFTER_DRAW = datetime(2026, 6, 22, 15, 0, tzinfo=UTC)
SOURCE = {"file": "applications.xlsx", "sha256": "0" * 64}
EVALUATORS = ("eva", "emilio", "edna")
PEOPLE = {
    "olga": Role.COORDINATION_OFFICER,
    "marcos": Role.PROGRAMME_MANAGER,
    "iris": Role.IMPLEMENTING_AGENCY,
    **dict.fromkeys(EVALUATORS, Role.EVALUATOR),
}


def as_(actor: str) -> Identity:
    """Somebody acting under the test's operating-system user."""
    return Identity(actor, "tester", "testhost")


@dataclass
class Round:
    """A workspace with a published call."""

    workspace: Workspace
    call: str = CALL
    numbers: dict[str, str] = field(default_factory=dict)

    def receive(self, applications: Iterable[Application], now: datetime = WHILE_OPEN) -> dict[str, str]:
        received = receive.receive_applications(
            self.workspace, as_("olga"), now, call=self.call, applications=applications, source=SOURCE
        )
        self.numbers.update(received.numbers)
        return dict(received.numbers)

    def score(self, marks: dict[str, Decimal], now: datetime = SCORING) -> None:
        """Gives every criterion of every proposal the same mark by every evaluator, and closes the scores."""
        evaluation.assign(self.workspace, as_("olga"), now, call=self.call, evaluators=EVALUATORS)
        with self.workspace.read() as unit:
            rows = list(unit.evaluations.of_call(self.call, unit.calls.get(self.call).stage))
            codes = criteria(self)
        scores = [
            SubmittedScore(row.proposal, row.evaluator, code, marks[row.proposal]) for row in rows for code in codes
        ]
        evaluation.score(self.workspace, as_("olga"), now, call=self.call, scores=scores, source=SOURCE)
        evaluation.close_scores(self.workspace, as_("olga"), now, call=self.call)

    def states(self) -> dict[str, str]:
        with self.workspace.read() as unit:
            return {row.number: row.state for row in unit.proposals.rows(self.call)}

    def acts(self) -> list[str]:
        with self.workspace.read() as unit:
            return [entry.act for entry in unit.ledger.entries()]


def criteria(round_: Round) -> list[str]:
    from pipgrants.services.definitions import terms_of

    with round_.workspace.read() as unit:
        terms = terms_of(unit.calls, round_.call)
        return [item.code for item in terms.call.rubric.criteria if terms.row.stage in item.stages]


def open_workspace(folder: Path) -> Workspace:
    """A workspace with its people."""
    workspace = init(folder, "admin", "Ada Ministro", as_("admin"), BEFORE_OPENING)
    for actor, role in PEOPLE.items():
        people.add_actor(
            workspace, as_("admin"), BEFORE_OPENING, actor=actor, name=actor.title(), roles=(role,), os_user=None
        )
    return workspace


def publish(workspace: Workspace, call: str = CALL, programme: str = "competitiveness-fund") -> Round:
    """An active programme and a published call."""
    drafted = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=programme)
    ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=drafted.package)
    prepared = calls.draft_call(workspace, as_("olga"), BEFORE_OPENING, file=call)
    ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=prepared.package)
    calls.publish(workspace, as_("olga"), BEFORE_OPENING, call=call, notices={})
    return Round(workspace, call)


def application(
    reference: str,
    *,
    total: str = "200000",
    counterpart: str | None = None,
    language: Language = Language.SPANISH,
    firms: int = 6,
    evidence: str | None = None,
    agreement: bool = True,
) -> Application:
    """An application that meets every criterion of the one-stage call unless told otherwise."""
    amount = Decimal(total)
    own = amount / 2 if counterpart is None else Decimal(counterpart)
    members = tuple(
        ApplicationMember(
            f"M{place}",
            PartyDetails(
                name=f"Taller {reference}-{place}",
                tax_number=f"{reference}-{place}",
                tax_country="HN",
                size_class=SizeClass.SMALL,
                territory="HN-FM",
                sector="1391",
                language=language,
                email=f"{reference.lower()}-{place}@example.org",
                postal_address=f"Calle {place}, Tegucigalpa",
                data_consent_on=date(2026, 1, 10),
            ),
            place == 1,
            MemberType.ENTERPRISE,
        )
        for place in range(1, firms + 1)
    )
    letter = Evidence(evidence or f"{reference}/CL", EvidenceKind.COMMITMENT_LETTER, f"Taller {reference}-1")
    agreed = Evidence(f"{reference}/CA", EvidenceKind.CONSORTIUM_AGREEMENT, f"Taller {reference}-1")
    grant = amount - own
    return Application(
        reference=reference,
        title=f"Red de talleres {reference}",
        members=members,
        language=language,
        project_type=ProjectType.HORIZONTAL_NETWORK,
        territory="HN-FM",
        sector="1391",
        design_on=date(2025, 11, 3),
        duration_months=24,
        total_amount=amount,
        grant_amount=grant,
        budget_lines=(
            BudgetLine("M1", Component.COOPERATION, "", CostCategory.CONSULTANCY, FundingSource.GRANT, grant),
            BudgetLine("M1", Component.MARKETS, "", CostCategory.TRAINING, FundingSource.OWN_FUNDS, own),
        ),
        counterpart_lines=(
            CounterpartLine("M1", ContributionForm.CASH, FundingSource.OWN_FUNDS, own, letter.identity),
        ),
        objectives=(
            Objective("Ventas", "sales", Horizon.SHORT_TERM, Decimal(100), Decimal(110), 12),
            Objective("Empleo", "employment", Horizon.LONG_TERM, Decimal(40), Decimal(50), 36),
        ),
        evidence=(letter, agreed) if agreement else (letter,),
    )
