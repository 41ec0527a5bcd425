"""Conflicts within the group of a project, and what they mean for it; an evaluator's conflict of interest is none.

PIP, "How to establish the technical team": conflicts crop up through unforeseen difficulties, noncompliance by a
participant, changed expectations and differences in interpreting plans; technicians mediate the most serious ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pipgrants.errors import RefusedError, UsageError

PARTIES = "pipgrants proposal show {project} shows who belongs to the group"


def refuse_unfit_parties(parties: Sequence[str], group: Collection[str], project: str) -> None:
    """Raises UsageError where somebody is named twice, RefusedError where nobody named belongs to the group."""
    twice = sorted({number for number in parties if parties.count(number) > 1})
    if twice:
        raise UsageError(f"{', '.join(twice)} is named twice", next_step="name each party once: --party NUMBER")
    if not set(parties) & set(group):
        raise RefusedError(
            f"a conflict within the group involves one of its members; those of {project} are: "
            f"{', '.join(sorted(group)) or 'none'}",
            next_step=PARTIES.format(project=project),
        )


def refuse_unfit_departure(leaving: str, involved: Collection[str], firms: Iterable[str], project: str) -> None:
    """Raises RefusedError where a party that is to leave is no firm of the group, or not involved in the conflict."""
    leavers = sorted(set(involved) & set(firms))
    if leaving not in leavers:
        raise RefusedError(
            f"{leaving} cannot leave over this conflict: the firms of the group that it involves are "
            f"{', '.join(leavers) or 'none'}",
            next_step=PARTIES.format(project=project),
        )
