"""Best practices: what was done, what came of it, and how they are searched and put in order to be spread.

Identifying and spreading them is a duty of the coordinating tier (PIP, "Identification and dissemination of best
practices").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipgrants.domain.hierarchies import sector_lies_within
from pipgrants.domain.likeness import plain_words
from pipgrants.domain.vocabulary import Component, Language, ProjectType


class Practice(NamedTuple):
    """A best practice, in the language that it is written in; ``sector`` is of ISIC revision 4.

    ``evidence_sha256`` is the hash of the file that shows it, ``proposal`` the project that it comes from.
    """

    number: int
    project_type: ProjectType
    sector: str
    component: Component | None
    language: Language
    title: str
    description: str
    result: str
    proposal: str | None
    evidence_sha256: str
    recorded_at: str


class Search(NamedTuple):
    """What is searched for: every word begins some word of the practice; None looks at all."""

    words: tuple[str, ...] = ()
    project_type: ProjectType | None = None
    sector: str | None = None
    component: Component | None = None


def found_by(practices: Iterable[Practice], search: Search) -> list[Practice]:
    """The practices that a search finds, in their order; case and accents do not count."""
    wanted = plain_words(" ".join(search.words))
    return [item for item in practices if _is_of(item, search) and _holds(item, wanted)]


def _is_of(practice: Practice, search: Search) -> bool:
    return (
        search.project_type in (None, practice.project_type)
        and search.component in (None, practice.component)
        and (search.sector is None or sector_lies_within(practice.sector, search.sector))
    )


def _holds(practice: Practice, wanted: Sequence[str]) -> bool:
    words = plain_words(f"{practice.title} {practice.description} {practice.result}")
    return all(any(word.startswith(beginning) for word in words) for beginning in wanted)


def by_type_and_sector(practices: Iterable[Practice]) -> list[tuple[ProjectType, str, list[Practice]]]:
    """The practices of each type of project and sector, in the order of the types, the sectors and the numbers."""
    order = {kind: place for place, kind in enumerate(ProjectType)}
    groups: dict[tuple[int, str], list[Practice]] = {}
    for item in sorted(practices, key=lambda item: (order[item.project_type], item.sector, item.number)):
        groups.setdefault((order[item.project_type], item.sector), []).append(item)
    return [(items[0].project_type, sector, items) for (_, sector), items in groups.items()]
