"""What a decision made on appeal holds of it: the place that it rests on, and what paid it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from pipgrants.domain.allocation import FUNDED_IN_PART
from pipgrants.domain.appeal import LARGER_NOT_COVERED
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.store.packages import PackageLine, RankingRow


def told_of_appeal(line: PackageLine) -> dict[str, Any]:
    """What a decision holds of the appeal that it was made on, empty where it was made on none."""
    return dict(orjson.loads(line.detail).get("appeal", {}))


def paid_by_margin(line: PackageLine) -> Decimal:
    """How much of an award the margin kept for appeals pays."""
    return Decimal(told_of_appeal(line).get("paid_by_margin") or 0)


def is_in_part(line: PackageLine) -> bool:
    """Whether an award is less than what was asked for, as its decision says."""
    codes = {reason["code"] for reason in orjson.loads(line.detail)["reasons"]}
    return not codes.isdisjoint((FUNDED_IN_PART, LARGER_NOT_COVERED))


def is_first_in_reserve(line: PackageLine) -> bool:
    """Whether an appeal put a proposal before the others of the reserve list."""
    return bool(told_of_appeal(line).get("is_first_in_reserve"))


def place_of(line: PackageLine) -> RankingRow | None:
    """The place that an appeal gave to what a decision is about, None where none gave it any."""
    told = told_of_appeal(line)
    if told.get("total") is None or line.rank is None:
        return None
    score = {name: told[name] for name in ("by_criterion", "points", "below")}
    return RankingRow(line.rank, line.proposal, told["total"], None, None, True, orjson.dumps(score))


def former_of_stage(line: PackageLine | None, stage: Stage) -> PackageLine | None:
    """The decision contested, None where it is that of the profile and the full proposal was not decided yet."""
    is_of_profile = line is not None and line.outcome == Outcome.PROFILE_INVITED
    return None if is_of_profile and stage is Stage.PROPOSAL else line


def marks_counting(former: PackageLine | None, stage: Stage) -> str:
    """The stage under which the marks stand that count: of an appeal that the decision rests on, or of the round."""
    told = told_of_appeal(former) if former else {}
    return str(told["scored_at"]) if told.get("stage") == stage else stage.value


def moved_on_appeal(
    ranking: Iterable[RankingRow], decided: Iterable[PackageLine], stage: Stage = Stage.PROPOSAL
) -> dict[str, PackageLine]:
    """The decisions on appeal of a stage, by number, that gave another place, or a turn before others."""
    published = {row.proposal: (row.rank, row.total) for row in ranking}
    moved: dict[str, PackageLine] = {}
    for line in decided:
        place = place_of(line) if told_of_appeal(line).get("stage") == stage else None
        if place and (is_first_in_reserve(line) or (place.rank, place.total) != published.get(line.proposal)):
            moved[line.proposal] = line
    return moved


def places_of(lines: Mapping[str, PackageLine]) -> list[RankingRow]:
    """The places that appeals gave, in proposal order."""
    return [place for number in sorted(lines) if (place := place_of(lines[number])) is not None]
