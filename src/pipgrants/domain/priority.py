"""Priority: what the call favours, by points added to the total or first among equals (PIP: a priority, not a bar)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.call import Priority
from pipgrants.domain.eligibility import check_of
from pipgrants.domain.finding import Finding
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import Verdict


class Standing(NamedTuple):
    """What the priorities of a call mean for one proposal.

    ``points`` are added to its total; ``has_priority`` puts it first among equals. ``findings`` say why, one for each
    priority (``priority.CODE``); an undetermined one gives nothing.
    """

    points: Decimal
    has_priority: bool
    findings: tuple[Finding, ...]


def assess(priorities: Sequence[Priority], proposal: Proposal, currency: str, time_zone: str) -> Standing:
    """The standing of a proposal. The groups without points are equal among themselves, whatever their order."""
    findings = tuple(_check(priority, proposal, currency, time_zone) for priority in priorities)
    met = [priority for priority, finding in zip(priorities, findings, strict=True) if finding.verdict is Verdict.MET]
    points = exact_sum(priority.points for priority in met)
    return Standing(points, any(not priority.points for priority in met), findings)


def _check(priority: Priority, proposal: Proposal, currency: str, time_zone: str) -> Finding:
    verdict, required, seen = check_of(priority.rule, currency, time_zone)(proposal)
    return Finding(f"priority.{priority.code}", verdict, required, seen, priority.clause)
