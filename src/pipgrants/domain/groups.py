"""The groups among which winners and losers are told (CBL 4.3): whom a proposal counts for, in each dimension.

A proposal counts for the groups of its lead, and for the territory where the project takes place. A lead that names
some priority groups does not belong to the others; one that names none gave no answer. What is not on record is a group
of its own, ``unknown``, and never counted as "no".
"""

from __future__ import annotations

from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.vocabulary import PriorityGroup

YES, NO, UNKNOWN = "yes", "no", "unknown"
SIZE, TERRITORY = "size_class", "territory"
DIMENSIONS = (*(group.value for group in PriorityGroup), SIZE, TERRITORY)
"""What proposals are told apart by."""

SUBDIVISION_LEVELS = 2
"""A territory is told by its country and first subdivision: ``HN-FM-0801`` counts for ``HN-FM``."""


def groups_of(proposal: Proposal) -> dict[str, str]:
    """The group of a proposal by dimension; its members must be loaded."""
    lead = next((member for member in proposal.members or () if member.is_lead), None)
    return {
        **{group.value: _belongs(lead, group) for group in PriorityGroup},
        SIZE: UNKNOWN if lead is None or lead.size_class is None else lead.size_class.value,
        TERRITORY: _subdivision(proposal.territory),
    }


def _belongs(lead: Member | None, group: PriorityGroup) -> str:
    if lead is None or not lead.priority_groups:
        return UNKNOWN
    return YES if group in lead.priority_groups else NO


def _subdivision(territory: str | None) -> str:
    return "-".join(territory.split("-")[:SUBDIVISION_LEVELS]) if territory else UNKNOWN
