"""What entries and letters say of the decision on a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import orjson

from pipgrants.domain.plain import plain_amount
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.money import from_minor
from pipgrants.services.definitions import Terms
from pipgrants.services.letter_facts import threshold_total
from pipgrants.services.packages import ROBUSTNESS
from pipgrants.services.workspace import Act
from pipgrants.store.packages import PackageLine, PackageRow, RankingRow
from pipgrants.store.proposals import ProposalRow


class RoundFacts:
    """What entries and letters say of a decision, beyond the decision itself."""

    def __init__(self, act: Act, terms: Terms, package: PackageRow, ranking: Mapping[str, RankingRow]) -> None:
        self._currency = terms.call.currency
        robustness = orjson.loads(package.content)["facts"].get(ROBUSTNESS, {})
        self._from_line: Mapping[str, object] = robustness.get("proposals", {})
        self._ranked_count = len(ranking)
        is_selected = terms.call.allocation.objective is not None and package.stage == Stage.PROPOSAL
        self._line_total = None if is_selected else _line_total(act, package, ranking)

    def letter(
        self, head: ProposalRow, line: PackageLine, detail: Mapping[str, object], place: RankingRow | None
    ) -> dict[str, object]:
        """What the letter of a determination holds."""
        score = {} if place is None else orjson.loads(place.detail)
        return {
            "title": head.title,
            "received_at": head.received_at,
            "total_amount": self._amount(head.total_minor),
            "grant_amount": self._amount(head.grant_minor),
            "outcome": line.outcome,
            "amount": self._amount(line.amount_minor),
            "rank": line.rank,
            "ranked_count": self._ranked_count,
            "total": None if place is None else place.total,
            "line_total": self._line_total,
            "by_criterion": score.get("by_criterion", {}),
            "points": score.get("points"),
            **({"from_line": told} if (told := self._from_line.get(line.proposal)) else {}),
            **({"threshold_total": total} if (total := threshold_total(score)) else {}),
            **detail,
        }

    def _amount(self, units: int | None) -> str | None:
        return _amount(units, self._currency)


def _amount(units: int | None, currency: str) -> str | None:
    return None if units is None else plain_amount(from_minor(units, currency), currency)


def determination_inputs(
    package: str, line: PackageLine, detail: Mapping[str, object], currency: str
) -> dict[str, object]:
    """What the entry of a determination holds: the line of the package, whose ``detail`` are reasons and conditions."""
    return {
        "package": package,
        "outcome": line.outcome,
        "amount": _amount(line.amount_minor, currency),
        "rank": line.rank,
        **detail,
    }


FUNDED = (Outcome.AWARD.value, Outcome.CONDITIONAL_AWARD.value, Outcome.PROFILE_INVITED.value)


def _line_total(act: Act, package: PackageRow, ranking: Mapping[str, RankingRow]) -> str | None:
    """The lowest total that was funded or invited: the line. A selection by an objective draws none."""
    totals = [
        Decimal(ranking[line.proposal].total)
        for line in act.unit.packages.lines(package.hash)
        if line.outcome in FUNDED
    ]
    return str(min(totals)) if totals else None
