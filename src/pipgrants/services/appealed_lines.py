"""What a decision made on appeal holds of it: the place that it rests on, and what money paid it."""

from __future__ import annotations

from typing import Any

import orjson

from pipgrants.domain.appeal import Source
from pipgrants.store.packages import PackageLine, RankingRow


def told_of_appeal(line: PackageLine) -> dict[str, Any]:
    """What a decision holds of the appeal that it was made on, empty where it was made on none."""
    return dict(orjson.loads(line.detail).get("appeal", {}))


def source_of(line: PackageLine) -> Source:
    """What money paid an award."""
    return Source(told_of_appeal(line).get("funded_from") or Source.MONEY_LEFT)


def place_of(line: PackageLine) -> RankingRow | None:
    """The place that an appeal gave to what a decision is about, None where none gave it any."""
    told = told_of_appeal(line)
    if told.get("total") is None or line.rank is None:
        return None
    score = {name: told[name] for name in ("by_criterion", "points", "below")}
    return RankingRow(line.rank, line.proposal, told["total"], None, None, True, orjson.dumps(score))
