"""How far a decision can be trusted, as letters tell it: the points from the line, and the share of weights.

Weights are drawn when the decisions are prepared, from a seed that the package and its entry name. The points follow
from the ranking and the decisions; the shares are given for whoever derives them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from pipgrants.analysis import SEED
from pipgrants.domain.line import RankedPlace, points_from_line
from pipgrants.domain.plain import plain_number
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import RefusedError
from pipgrants.services.analysis.advice import rounded
from pipgrants.services.analysis.competition import competition_of
from pipgrants.services.analysis.robustness import DRAWS
from pipgrants.services.analysis.score_table import read_score_table
from pipgrants.services.rulebook import AWARDS
from pipgrants.store.packages import PackageLine
from pipgrants.store.unit import Unit

if TYPE_CHECKING:
    from pipgrants.services.determinations import Ground


class Shares(NamedTuple):
    """The share of the weights drawn from a seed under which each proposal is funded, as text, by number.

    None where the published weights decide otherwise in the analysis than on record.
    """

    seed: int
    draws: int
    by_proposal: Mapping[str, str | None]


def is_told(ground: Ground) -> bool:
    """Whether the letters of a stage tell it."""
    return ground.call.allocation.robustness_in_letters and ground.stage is Stage.PROPOSAL


def drawn_shares(unit: Unit, ground: Ground, lines: Sequence[PackageLine]) -> Shares:
    """The shares of the ranked proposals of a stage. Raises RefusedError without the extra that draws them."""
    if find_spec("scipy") is None:
        raise RefusedError(
            "the letters of the call tell shares of weights, which need the package scipy",
            next_step="pip install 'pipgrants[analysis]'",
        )
    from pipgrants.analysis.acceptability import acceptability
    from pipgrants.analysis.competition import funded_under

    competition = competition_of(read_score_table(unit, ground.call.call, ground.stage))
    published = funded_under(competition, competition.weights[None, :])[0]
    found = acceptability(competition, seed=SEED, draws=DRAWS)
    awarded = _awarded(lines)
    shares = {
        number: plain_number(rounded(found.funded[place], 4)) if bool(published[place]) is (number in awarded) else None
        for place, number in enumerate(competition.numbers)
    }
    return Shares(SEED, DRAWS, shares)


def recorded_shares(told: Mapping[str, Any] | None) -> Shares:
    """The shares that an entry tells of. Raises RefusedError where it tells of none."""
    if told is None:
        raise RefusedError("the entry tells no shares of weights, and the letters of the call do")
    shares = {number: item["share"] for number, item in told["proposals"].items()}
    return Shares(told["seed"], told["draws"], shares)


def robustness_facts(ground: Ground, lines: Sequence[PackageLine], shares: Shares) -> dict[str, Any]:
    """What the package and its entry hold: the points from the line and the share of each that can be funded."""
    least, awarded = ground.call.allocation.minimum_score, _awarded(lines)
    places = {
        place.number: RankedPlace(
            place.total,
            place.number in awarded,
            row.passes_thresholds and (least is None or place.total >= least),
        )
        for place, row in zip(ground.ranked, ground.ranking, strict=True)
    }
    points = dict(zip(places, points_from_line(list(places.values())), strict=True))
    return {
        "seed": shares.seed,
        "draws": shares.draws,
        "proposals": {
            number: {
                "points": None if (own := points[number]) is None else plain_number(own),
                "share": shares.by_proposal.get(number),
            }
            for number, place in sorted(places.items())
            if place.can_be_funded
        },
    }


def _awarded(lines: Sequence[PackageLine]) -> frozenset[str]:
    return frozenset(line.proposal for line in lines if line.outcome in AWARDS)
