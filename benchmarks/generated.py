"""A generated round: a workspace with a published call, applications received and marks given, ready to be screened."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.application import Application, ApplicationMember, PartyDetails
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
    SizeClass,
)
from pipgrants.services import receive
from pipgrants.services.assignment import assigned_deed
from pipgrants.services.definitions import terms_of
from pipgrants.services.evaluation import scored_deed
from pipgrants.services.workspace import Workspace
from pipgrants.store.evaluations import EvaluationRow
from rounds import EVALUATORS, WHILE_OPEN, as_, open_workspace, publish

SOURCE = {"file": "generated.csv", "sha256": "0" * 64}
BENCHMARK = "benchmark"
ENVELOPE_PER_PROPOSAL = 300
SHARE_CLAIMED = Decimal("0.45")


class Typical(NamedTuple):
    """What the applications to a call typically look like: whole cost in a range, and how many members."""

    lowest_total: int
    highest_total: int
    members_count: int


TYPICAL = {BENCHMARK: Typical(1_200, 3_600, 3), "pip-one-stage": Typical(60_000, 400_000, 6)}


def set_up(folder: Path, call: str, size: int) -> None:
    """A workspace whose call has received ``size`` applications, with three evaluators' marks for each of them.

    The marks are put on record, with their entries, before screening says which proposals need any.
    """
    _mark(receive_generated(folder, call, size), call, random.Random(-size))


def receive_generated(folder: Path, call: str, size: int) -> Workspace:
    """A workspace whose call has received ``size`` applications."""
    workspace = open_workspace(folder)
    if call == BENCHMARK:
        _write_call(workspace, size)
    publish(workspace, call)
    draws = random.Random(size)
    applications = (_application(draws, serial, TYPICAL[call]) for serial in range(1, size + 1))
    receive.receive_applications(
        workspace, as_("olga"), WHILE_OPEN, call=call, applications=applications, source=SOURCE
    )
    return workspace


def _write_call(workspace: Workspace, size: int) -> None:
    text = (Path(__file__).parent / "call.yaml").read_text(encoding="utf-8")
    path = workspace.folder / "workflows" / "calls" / f"{BENCHMARK}.yaml"
    path.write_text(text.replace("ENVELOPE", str(ENVELOPE_PER_PROPOSAL * size)), encoding="utf-8")


def _mark(workspace: Workspace, call: str, draws: random.Random) -> None:
    """Three evaluators' marks for every proposal, better or worse as a whole."""
    with workspace.act(as_("olga"), WHILE_OPEN) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("evaluation.score")
        codes = [criterion.code for criterion in terms.call.rubric.criteria]
        stage = terms.row.stage
        numbers = [row.number for row in act.unit.proposals.rows(call)]
        for start in range(0, len(numbers), 2_000):
            rows = [
                EvaluationRow(number, evaluator, {code: mark_around(draws, quality) for code in codes}, {}, None, None)
                for number in numbers[start : start + 2_000]
                for quality in [draws.gauss(6.5, 1.5)]
                for evaluator in EVALUATORS
            ]
            act.unit.evaluations.assign(stage, [(row.proposal, row.evaluator) for row in rows])
            act.record(*(assigned_deed(terms, row.proposal, row.evaluator) for row in rows))
            act.unit.evaluations.score(stage, rows)
            act.record(*(scored_deed(terms, row, row._replace(marks=None), SOURCE, None) for row in rows))


def mark_around(draws: random.Random, quality: float) -> str:
    """A mark in half points from 0 to 5, better or worse with the quality of the proposal in half points."""
    halves = min(10, max(0, round(draws.gauss(quality, 1.2))))
    return f"{halves // 2}.5" if halves % 2 else str(halves // 2)


def _application(draws: random.Random, serial: int, typical: Typical) -> Application:
    """One in ten brings too little; one in twelve has no consortium agreement; the others meet every criterion."""
    total = Decimal(draws.randrange(typical.lowest_total * 100, typical.highest_total * 100, 200)) / 100
    own = total / 2 if draws.random() > 0.1 else (total * SHARE_CLAIMED).quantize(Decimal("0.01"))
    in_kind = (own / 4).quantize(Decimal("0.01"))
    grant = min(total - own, total / 2)
    reference = f"A{serial}"
    letter = Evidence(f"{reference}/letter", EvidenceKind.COMMITMENT_LETTER, f"Workshop {reference}-1")
    agreement = Evidence(f"{reference}/agreement", EvidenceKind.CONSORTIUM_AGREEMENT, f"Workshop {reference}-1")
    return Application(
        reference=reference,
        title=f"Network of the workshops of valley {serial}",
        members=tuple(_member(reference, place, draws) for place in range(1, typical.members_count + 1)),
        language=Language.ENGLISH,
        project_type=ProjectType.HORIZONTAL_NETWORK,
        territory="HN-FM",
        sector="1391",
        design_on=date(2025, 11, 3),
        duration_months=draws.choice((12, 18, 24, 36)),
        total_amount=total,
        grant_amount=grant,
        budget_lines=_budget(grant, total - grant),
        counterpart_lines=(
            CounterpartLine("M1", ContributionForm.CASH, FundingSource.OWN_FUNDS, own - in_kind, letter.identity),
            CounterpartLine(
                "M2", ContributionForm.IN_KIND, FundingSource.OWN_FUNDS, in_kind, letter.identity, "market prices"
            ),
        ),
        objectives=(
            Objective("Sell more", "sales", Horizon.SHORT_TERM, Decimal(100), Decimal(110), 12),
            Objective("Employ more", "employment", Horizon.LONG_TERM, Decimal(40), Decimal(50), 36),
        ),
        evidence=(letter, agreement) if draws.random() > 1 / 12 else (letter,),
    )


def _budget(grant: Decimal, own: Decimal) -> tuple[BudgetLine, ...]:
    half_grant, half_own = (grant / 2).quantize(Decimal("0.01")), (own / 2).quantize(Decimal("0.01"))
    return (
        BudgetLine("M1", Component.COOPERATION, "", CostCategory.CONSULTANCY, FundingSource.GRANT, half_grant),
        BudgetLine("M2", Component.MARKETS, "", CostCategory.TRAINING, FundingSource.GRANT, grant - half_grant),
        BudgetLine("M1", Component.MARKETS, "", CostCategory.TRAVEL, FundingSource.OWN_FUNDS, half_own),
        BudgetLine("M2", Component.COOPERATION, "", CostCategory.STAFF, FundingSource.OWN_FUNDS, own - half_own),
    )


def _member(reference: str, place: int, draws: random.Random) -> ApplicationMember:
    details = PartyDetails(
        name=f"Workshop {reference}-{place}",
        tax_number=f"{reference}-{place}",
        tax_country="HN",
        size_class=draws.choice((SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM)),
        territory="HN-FM",
        sector="1391",
        language=Language.ENGLISH,
        email=f"{reference.lower()}-{place}@example.org",
        postal_address=f"Street {place}, Tegucigalpa",
        data_consent_on=date(2026, 1, 10),
    )
    return ApplicationMember(f"M{place}", details, place == 1, MemberType.ENTERPRISE)
