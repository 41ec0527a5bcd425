"""An assignment case as arrays: one row for each proposal that lacks evaluators, one column for each available one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pipgrants.domain.assignment import COVERS, AssignmentCase, Demand, PanelRule
from pipgrants.domain.evaluators import DIVISION, Profile, Topic, distance, levels_shared, reads

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

NO_INSTITUTION = -1


@dataclass(frozen=True)
class Grid:
    """``affinity`` in points and ``allowed`` are by proposal and evaluator; the others by one of them.

    ``covers`` says, for each rule that holds, who is of the kind it asks for; ``asks`` which proposals lack one.
    ``share`` is how many an evaluator can be given before overload costs; ``institution`` numbers the employers.
    """

    demands: tuple[Demand, ...]
    names: tuple[str, ...]
    need: Array
    affinity: Array
    allowed: Array
    room: Array
    share: Array
    overload: int
    institution: Array
    covers: dict[PanelRule, Array]
    asks: dict[PanelRule, Array]


def grid_of(case: AssignmentCase) -> Grid:
    """The arrays of a case."""
    import numpy as np

    demands = tuple(demand for demand in case.demands if demand.lacking_count)
    names, weights = case.available, case.terms.affinity
    profiles = [case.profiles[name] for name in names]
    levels = _by(demands, profiles, lambda topic: topic.sector, lambda who, topic: levels_shared(who.sectors, topic))
    away = _by(demands, profiles, lambda topic: topic.territory, distance)
    understood = _by(demands, profiles, lambda topic: topic.language, reads)
    is_apart = case.applies(PanelRule.ONE_PER_INSTITUTION)
    employers = {who.institution_key or "" for who in profiles if is_apart} - {""}
    numbers = {key: place for place, key in enumerate(sorted(employers))}
    institution = np.array([numbers.get(who.institution_key or "", NO_INSTITUTION) for who in profiles], dtype=np.int64)
    allowed = _free(case, demands)
    if case.applies(PanelRule.SAME_LANGUAGE):
        allowed &= understood.astype(bool)
    _keep_institutions_apart(case, demands, allowed, institution, numbers)
    kinds = {PanelRule.SECTOR_EXPERT: levels >= DIVISION, PanelRule.OUTSIDE_TERRITORY: away > 0}
    return Grid(
        demands=demands,
        names=names,
        need=np.array([demand.lacking_count for demand in demands], dtype=np.int64),
        affinity=weights.expertise * levels + weights.language * understood + weights.distance * away,
        allowed=allowed,
        room=np.array([case.room(name) for name in names], dtype=np.int64),
        share=np.array([max(0, case.even_share - case.loads[name]) for name in names], dtype=np.int64),
        overload=weights.overload,
        institution=institution
        if case.applies(PanelRule.ONE_PER_INSTITUTION)
        else np.full_like(institution, NO_INSTITUTION),
        covers={rule: kinds[rule] for rule in COVERS if case.applies(rule)},
        asks={
            rule: np.array([case.asks_for(rule, demand) for demand in demands], dtype=bool)
            for rule in COVERS
            if case.applies(rule)
        },
    )


def _by(
    demands: tuple[Demand, ...],
    profiles: list[Profile],
    key: Callable[[Topic], object],
    value: Callable[[Profile, Topic], int],
) -> Array:
    """A value of every evaluator for every proposal, found once for each key of a topic."""
    import numpy as np

    rows: dict[object, Array] = {}
    for demand in demands:
        if key(demand.topic) not in rows:
            rows[key(demand.topic)] = np.array([value(who, demand.topic) for who in profiles], dtype=np.int64)
    found = [rows[key(demand.topic)] for demand in demands]
    return np.array(found, dtype=np.int64).reshape(len(demands), len(profiles))


def _free(case: AssignmentCase, demands: tuple[Demand, ...]) -> Array:
    """Who neither sits on a panel nor is recused from it."""
    import numpy as np

    place = {name: column for column, name in enumerate(case.available)}
    free = np.ones((len(demands), len(place)), dtype=bool)
    for row, demand in enumerate(demands):
        taken = {*demand.panel, *(demand.recused if case.applies(PanelRule.CONFLICT) else ())}
        free[row, [place[name] for name in taken if name in place]] = False
    return free


def _keep_institutions_apart(
    case: AssignmentCase, demands: tuple[Demand, ...], allowed: Array, institution: Array, numbers: dict[str, int]
) -> None:
    """Leaves out whoever is of an institution that the panel has already."""
    for row, demand in enumerate(demands):
        for name in demand.panel:
            key = case.profiles[name].institution_key
            if key in numbers:
                allowed[row, institution == numbers[key]] = False
