"""What the trail states of technical teams, firms and activities: the rows of their tables, told from the entries."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pipgrants.money import to_minor
from pipgrants.services.activities import RECORDED, SEALED_OF_ACTIVITIES, VOIDED
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import POSITIONS, Content, StatedRows
from pipgrants.services.firms import REGISTERED, WITHDRAWN
from pipgrants.services.technical_team import LEFT, PERSONAL_OF_TEAMS, REDACTED, SELECTED

TABLES_OF_PARTICIPATION = (
    "team_member",
    "selection_part",
    "firm_registration",
    "activity",
    "activity_people",
    "participation",
)


def take_participation(rows: StatedRows, entry: Content, named: NamedDefinitions) -> None:
    """Folds an entry about a member of a technical team, a firm or an activity of a project; others state nothing."""
    act = _ACTS.get(entry["act"])
    if act is not None:
        _, project, name = entry["subject"].split("/", 2)
        act(rows, (project, name), entry, named)


Key = tuple[str, str]
"""The number of a project, and what its entry is about."""


def _selected(rows: StatedRows, key: Key, entry: Content, _: NamedDefinitions) -> None:
    (project, number), member = key, entry["inputs"]["member"]
    values = [project, int(number), *map(member.get, tuple(POSITIONS["team_member"])[2:])]
    rows.put("team_member", (project, int(number)), entry["sequence"], values)
    for firm, part in entry["inputs"]["firms"]:
        values = [project, int(number), firm, part]
        rows.put("selection_part", tuple(values), entry["sequence"], values)


def _left(rows: StatedRows, key: Key, entry: Content, _: NamedDefinitions) -> None:
    _change_member(rows, key, entry, left_on=entry["inputs"]["left_on"])


def _redacted(rows: StatedRows, key: Key, entry: Content, _: NamedDefinitions) -> None:
    _change_member(rows, key, entry, **dict.fromkeys(PERSONAL_OF_TEAMS))


def _change_member(rows: StatedRows, key: Key, entry: Content, **columns: object) -> None:
    project, number = key
    rows.change("team_member", (project, int(number)), entry["sequence"], **columns)


def _registered(rows: StatedRows, key: Key, entry: Content, _: NamedDefinitions) -> None:
    given = [entry["inputs"][name] for name in ("registered_on", "consent_on", "year", "figures")]
    rows.put("firm_registration", key, entry["sequence"], [*key, *given, None, None])


def _withdrawn(rows: StatedRows, key: Key, entry: Content, _: NamedDefinitions) -> None:
    rows.change("firm_registration", key, entry["sequence"], withdrawn_on=entry["inputs"]["withdrawn_on"])


def _recorded(rows: StatedRows, key: Key, entry: Content, named: NamedDefinitions) -> None:
    inputs, sequence = entry["inputs"], entry["sequence"]
    cost_minor = to_minor(Decimal(inputs["cost"]), named.call(entry).currency)
    said: list[Any] = [inputs[name] for name in ("kind", "component", "held_on")]
    sealed = [inputs[name] for name in SEALED_OF_ACTIVITIES]
    rows.put("activity", key, sequence, [*key, *said, cost_minor, inputs["people"], *sealed, None, None])
    for group, people in inputs["groups"].items():
        rows.put("activity_people", (*key, group), sequence, [*key, group, people])
    for party, *part in inputs["participants"]:
        rows.put("participation", (*key, party), sequence, [*key, party, *part, None])


def _voided(rows: StatedRows, key: Key, entry: Content, _: NamedDefinitions) -> None:
    rows.change("activity", key, entry["sequence"], voided_on=entry["inputs"]["voided_on"])


_ACTS: dict[str, Callable[[StatedRows, Key, Content, NamedDefinitions], None]] = {
    SELECTED: _selected,
    LEFT: _left,
    REDACTED: _redacted,
    REGISTERED: _registered,
    WITHDRAWN: _withdrawn,
    RECORDED: _recorded,
    VOIDED: _voided,
}
