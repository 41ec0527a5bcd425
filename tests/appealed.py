"""A round whose decisions were told, for tests of appeals: two awards, one in reserve, one declined, one ineligible."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipgrants.domain.appeal import Remedy, Ruling
from pipgrants.domain.vocabulary import Role
from pipgrants.services import appeal_packages, appeal_remedies, appeals, people
from pipgrants.services.workspace import Workspace
from pipgrants.store.appeals import AppealRow
from rounds import AFTER_DRAW, Round, application, as_, criteria, edit, publish

TOLD = AFTER_DRAW
"""When the letters left: 22 June 2026. They can be contested for ten working days, until 6 July."""
IN_TIME = datetime(2026, 7, 6, 23, 0, tzinfo=UTC)
TOO_LATE = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
HEARING = datetime(2026, 7, 13, 15, 0, tzinfo=UTC)
MARKS = {"first": "5", "second": "4.5", "third": "4", "below": "2"}
ENVELOPE = {"envelope_amount: 9000000": "envelope_amount: 200000"}
WITH_MARGIN = {
    "envelope_amount: 9000000": "envelope_amount: 300000",
    "  reserve_count: 10\n": "  reserve_count: 10\n  appeal_margin_amount: 100000\n",
    'clause: "7.2"\n  working_days: 10\n': 'clause: "7.2"\n  working_days: 10\n  funded_from: margin\n',
}
"""The same money for the ranking, and a margin kept for appeals that holds one award."""
OTHER_EVALUATORS = ("elsa", "ernesto", "ester")
GROUNDS = "El acuerdo estaba en el anexo 4"


def told_round(
    workspace: Workspace,
    changes: Mapping[str, str] | None = None,
    marks: Mapping[str, str] = MARKS,
    received: Callable[[Round], object] | None = None,
) -> Round:
    """Four ask for 100,000 each of 200,000. The fifth, ``excluded``, asks for 96,000: too little counterpart."""
    edit(workspace, "calls", "pip-one-stage", ENVELOPE if changes is None else changes)
    round_ = publish(workspace)
    round_.receive([*map(application, marks), application("excluded", total="160000", counterpart="64000")])
    if received:
        received(round_)
    round_.ratify(round_.to_package(marks))
    round_.release(TOLD)
    for name in OTHER_EVALUATORS:
        add(workspace, name, Role.EVALUATOR)
    add(workspace, "maria", Role.PROGRAMME_MANAGER)
    return round_


def add(workspace: Workspace, name: str, *roles: Role) -> None:
    people.add_actor(workspace, as_("admin"), TOLD, actor=name, name=name.title(), roles=roles, os_user=None)


def file(round_: Round, reference: str, now: datetime = IN_TIME, by: str = "olga", **more: Any) -> appeals.Filed:
    given: dict[str, Any] = {"grounds": GROUNDS, **more}
    return appeals.file_appeal(round_.workspace, as_(by), now, proposal=round_.numbers[reference], **given)


def settle(
    round_: Round,
    reference: str,
    ruling: Ruling,
    remedy: Remedy | None = None,
    *,
    by: str = "maria",
    reason: str = "Consta en el folio 12",
    now: datetime = HEARING,
    met: tuple[str, ...] = (),
) -> AppealRow:
    return appeals.settle_appeal(
        round_.workspace,
        as_(by),
        now,
        proposal=round_.numbers[reference],
        ruling=ruling,
        reason=reason,
        remedy=remedy,
        met=met,
    )


def standings(round_: Round, reference: str) -> list[str]:
    with round_.workspace.read() as unit:
        return [row.standing.value for row in unit.appeals.of_proposal(round_.numbers[reference])]


def uphold(round_: Round, reference: str, remedy: Remedy, *met: str) -> AppealRow:
    """Files an appeal in time and upholds it."""
    file(round_, reference)
    return settle(round_, reference, Ruling.UPHELD, remedy, met=met)


def verify(round_: Round, reference: str, by: str = "olga", now: datetime = HEARING) -> dict[str, str]:
    """Verifies a proposal again; returns the verdict on each criterion."""
    found = appeal_remedies.verify_again(round_.workspace, as_(by), now, proposal=round_.numbers[reference])
    return {finding.criterion: finding.verdict.value for finding in found}


def score(
    round_: Round,
    reference: str,
    mark: str,
    evaluators: Iterable[str] = OTHER_EVALUATORS,
    by: str = "olga",
    now: datetime = HEARING,
) -> int:
    """Every evaluator gives every criterion the same mark."""
    number = round_.numbers[reference]
    path = sheet(round_, number, mark, evaluators)
    return appeal_remedies.score_again(round_.workspace, as_(by), now, proposal=number, path=path)


def sheet(round_: Round, number: str, mark: str, evaluators: Iterable[str] = OTHER_EVALUATORS) -> Path:
    """A file in which every evaluator gives every criterion of a proposal the same mark."""
    rows = [f"{number},{name},{code},{mark}," for name in evaluators for code in criteria(round_)]
    path = round_.workspace.folder / "notas.csv"
    path.write_text("\n".join(["proposal,evaluator,criterion,mark,comment", *rows]), encoding="utf-8")
    return path


def prepare(round_: Round, by: str = "olga", now: datetime = HEARING) -> appeal_packages.PreparedAppeals:
    return appeal_packages.prepare_appeals(round_.workspace, as_(by), now, call=round_.call)


def decide(round_: Round, now: datetime = HEARING) -> None:
    """Prepares the decisions on appeals, ratifies them and releases the letters."""
    round_.ratify(prepare(round_, now=now).proposed.package, now)
    round_.release(now)


def decisions(round_: Round) -> dict[str, tuple[str, int | None]]:
    """The decision that stands on each proposal, with its amount in minor units, by reference."""
    references = {number: name for name, number in round_.numbers.items()}
    with round_.workspace.read() as unit:
        return {
            references[line.proposal]: (line.outcome, line.amount_minor) for line in unit.packages.standing(round_.call)
        }
