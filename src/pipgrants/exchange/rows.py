"""An application as rows of the form: the inverse of reading it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from pipgrants.domain.application import Application, ApplicationMember
from pipgrants.exchange.fields import BUDGET, COUNTERPART, EVIDENCE, MEMBERS, OBJECTIVES, PROPOSALS, YesOrNo

Value: TypeAlias = "str | Decimal | int | None"
Record: TypeAlias = "dict[str, Value]"


def rows_of(application: Application) -> Iterator[tuple[str, Record]]:
    """The rows of an application, each with the name of its sheet."""
    yield PROPOSALS, _proposal(application)
    joined: Record = {"reference": application.reference}
    for member in application.members:
        yield MEMBERS, _member(member) | joined
    for line in application.budget_lines:
        yield BUDGET, {"member": line.party, **_without(line._asdict(), "party")} | joined
    for contribution in application.counterpart_lines:
        yield COUNTERPART, {"member": contribution.party, **_without(contribution._asdict(), "party")} | joined
    for objective in application.objectives:
        yield OBJECTIVES, objective._asdict() | joined
    for paper in application.evidence:
        renamed = {"evidence": paper.identity, **_without(paper._asdict(), "identity")}
        yield EVIDENCE, renamed | {"issued_on": _iso(paper.issued_on)} | joined


def _proposal(application: Application) -> Record:
    received_at = application.received_at
    return {
        "reference": application.reference,
        "title": application.title,
        "language": application.language,
        "project_type": application.project_type,
        "territory": application.territory,
        "sector": application.sector,
        "design_on": _iso(application.design_on),
        "duration_months": application.duration_months,
        "total_amount": application.total_amount,
        "grant_amount": application.grant_amount,
        "received_at": received_at.isoformat(" ") if received_at else None,
        "source_state": application.source_state,
    }


def _member(member: ApplicationMember) -> Record:
    details = member.details
    return {
        "member": member.key,
        "is_lead": YesOrNo.YES if member.is_lead else YesOrNo.NO,
        "member_type": member.member_type,
        **_without(details._asdict(), "kind"),
        "priority_groups": "; ".join(sorted(details.priority_groups)) or None,
        "data_consent_on": _iso(details.data_consent_on),
    }


def _without(record: Record, name: str) -> Record:
    return {key: value for key, value in record.items() if key != name}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
