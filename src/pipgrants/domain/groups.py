"""The groups among which winners and losers are told (CBL 4.3): whom a proposal counts for, in each dimension.

A proposal counts for the groups of its lead, and for the territory where the project takes place. A lead that names
some priority groups does not belong to the others; one that names none gave no answer. What is not on record is a group
of its own, ``unknown``, and never counted as "no".

Told by any member, a proposal counts for the priority groups of each of its members, and is outside a group only where
all of them answered. Its size stays that of its lead.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.vocabulary import PriorityGroup

YES, NO, UNKNOWN = "yes", "no", "unknown"
SIZE, TERRITORY = "size_class", "territory"
DIMENSIONS = (*(group.value for group in PriorityGroup), SIZE, TERRITORY)
"""What proposals are told apart by."""

SUBDIVISION_LEVELS = 2
"""A territory is told by its country and first subdivision: ``HN-FM-0801`` counts for ``HN-FM``."""


def groups_of(proposal: Proposal, *, by_any_member: bool = False) -> dict[str, str]:
    """The group of a proposal by dimension; its members must be loaded."""
    members = proposal.members or ()
    lead = next((member for member in members if member.is_lead), None)
    asked = members if by_any_member else () if lead is None else (lead,)
    return {
        **{group.value: _belongs(asked, group) for group in PriorityGroup},
        SIZE: UNKNOWN if lead is None or lead.size_class is None else lead.size_class.value,
        TERRITORY: _subdivision(proposal.territory),
    }


def _belongs(members: Sequence[Member], group: PriorityGroup) -> str:
    if any(group in member.priority_groups for member in members):
        return YES
    return NO if members and all(member.priority_groups for member in members) else UNKNOWN


def _subdivision(territory: str | None) -> str:
    return "-".join(territory.split("-")[:SUBDIVISION_LEVELS]) if territory else UNKNOWN
