"""Rounds of calls that support the preparation of proposals."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from pipgrants.domain.application import Application
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import Component, CostCategory, FundingSource, MemberType
from pipgrants.services import notices
from pipgrants.services.workspace import Workspace
from rounds import BEFORE_OPENING, Round, activate, application, approve, as_, draft

SUPPORT_FUND = "proposal-preparation-fund"
SUPPORT, SECOND, LATER_CALL = "preparation-support", "preparation-support-2", "pip-later"
DECIDED = datetime(2026, 6, 24, 15, 0, tzinfo=UTC)
LATER_OPEN = datetime(2026, 7, 10, 15, 0, tzinfo=UTC)
LATER_CLOSED = datetime(2026, 9, 7, 15, 0, tzinfo=UTC)
LATER_DRAWN = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
CAPITAL, COAST = "HN-FM-0801", "HN-AT-0101"


def group(reference: str, locality: str | None = CAPITAL, asks: str = "20000") -> Application:
    """An institution that helps five small firms, and meets every criterion of the support call."""
    made, amount = application(reference), Decimal(asks)
    lead = made.members[0]._replace(member_type=MemberType.ASSOCIATION)
    fees = BudgetLine("M1", Component.COOPERATION, "", CostCategory.FEES, FundingSource.GRANT, amount)
    return made._replace(
        members=(lead, *made.members[1:]),
        territory=locality,
        duration_months=9,
        total_amount=amount,
        grant_amount=amount,
        budget_lines=(fees,),
        counterpart_lines=(),
    )


def renamed(workspace: Workspace, call: str, name: str, prefix: str, changes: dict[str, str] | None = None) -> None:
    """Writes a call file that differs from another in its name, and in what is changed."""
    folder = workspace.folder / "workflows" / "calls"
    text = (folder / f"{call}.yaml").read_text(encoding="utf-8")
    number = next(line for line in text.splitlines() if line.startswith("number_prefix:"))
    for old, new in {f"call: {call}": f"call: {name}", number: f"number_prefix: {prefix}", **(changes or {})}.items():
        assert old in text, f"{old!r} is not in {call}.yaml"
        text = text.replace(old, new, 1)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def published(workspace: Workspace, call: str, programme: str | None = None) -> Round:
    """A published call, whose programme is put in force first where it is named."""
    if programme is not None:
        activate(workspace, programme)
    approve(workspace, draft(workspace, call))
    notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call=call)
    return Round(workspace, call)


def two_support_calls(workspace: Workspace) -> tuple[Round, Round]:
    """Two calls of the support fund, open at the same time."""
    renamed(workspace, SUPPORT, SECOND, "PREP2")
    return published(workspace, SUPPORT, SUPPORT_FUND), published(workspace, SECOND)


def later_call(workspace: Workspace, programme: str | None = "competitiveness-fund") -> Round:
    """A call for projects that opens after the support was decided."""
    changes = {
        "opens_at: 2026-01-12 09:00": "opens_at: 2026-07-06 09:00",
        "closes_at: 2026-03-31 17:00": "closes_at: 2026-08-31 17:00",
        "published_on: 2026-06-13": "published_on: 2026-10-13",
        "published_on: 2026-06-16": "published_on: 2026-10-16",
    }
    renamed(workspace, "pip-one-stage", LATER_CALL, "LATE", changes)
    return published(workspace, LATER_CALL, programme)


def with_member_of(made: Application, other: Application, place: int = 1) -> Application:
    """An application in which a member of another takes part, too."""
    members = list(made.members)
    members[place] = members[place]._replace(details=other.members[place].details)
    return made._replace(members=tuple(members))


def decide(round_: Round, marks: dict[str, str], screened: datetime, decided: datetime) -> str:
    """Screens, scores and ranks proposals received; returns the package of their decisions."""
    round_.screen(screened)
    round_.score({name: Decimal(mark) for name, mark in marks.items()}, screened)
    round_.rank(decided)
    return round_.prepare(decided).package
