"""What the trail states of opportunities and best practices: the rows that their tables must hold."""

from __future__ import annotations

from collections.abc import Callable

from pipgrants.services.audit.stated import POSITIONS, Content, StatedRows
from pipgrants.services.opportunities import OPPORTUNITY_LINKED, OPPORTUNITY_NOTED
from pipgrants.services.practices import PRACTICE_RECORDED

TABLES_OF_KNOWLEDGE = ("opportunity", "opportunity_link", "practice")


def take_knowledge(rows: StatedRows, entry: Content) -> None:
    """Folds an entry about an opportunity or a best practice."""
    act = _ACTS.get(entry["act"])
    if act is not None:
        act(rows, int(entry["subject"].partition("/")[2]), entry)


def _noted(rows: StatedRows, number: int, entry: Content) -> None:
    inputs = entry["inputs"]
    noted = [inputs[name] for name in ("territory", "sector", "firms", "description")]
    rows.put("opportunity", number, entry["sequence"], [number, *noted, entry["at"], None])


def _linked(rows: StatedRows, number: int, entry: Content) -> None:
    inputs = entry["inputs"]
    key = (number, inputs["position"])
    rows.put("opportunity_link", key, entry["sequence"], [*key, inputs.get("call"), inputs.get("proposal")])


_OF_PRACTICE = tuple(POSITIONS["practice"])[1:-1]


def _recorded(rows: StatedRows, number: int, entry: Content) -> None:
    values = [number, *map(entry["inputs"].get, _OF_PRACTICE), entry["at"]]
    rows.put("practice", number, entry["sequence"], values)


_ACTS: dict[str, Callable[[StatedRows, int, Content], None]] = {
    OPPORTUNITY_NOTED: _noted,
    OPPORTUNITY_LINKED: _linked,
    PRACTICE_RECORDED: _recorded,
}
