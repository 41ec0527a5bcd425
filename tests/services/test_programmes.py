"""Programmes after activation: suspended, resumed, closed; periodic reviews of the coordinating entity."""

from datetime import UTC, date, datetime

import pytest

from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services import programmes
from pipgrants.services.status import workspace_status
from rounds import BEFORE_OPENING, Round, as_

NAME = "competitiveness-fund"
LATER = datetime(2027, 1, 11, 15, 0, tzinfo=UTC)


def move(round_: Round, trigger: str, reason: str | None = None, actor: str = "marcos") -> str:
    return programmes.move_programme(
        round_.workspace, as_(actor), BEFORE_OPENING, programme=NAME, trigger=trigger, reason=reason
    )


def test_programme_is_suspended_with_a_reason_and_resumed(published: Round) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        move(published, "suspend")
    assert [move(published, "suspend", "audit of the bank"), move(published, "resume")] == ["suspended", "active"]
    assert published.acts()[-2:] == ["ProgrammeSuspended", "ProgrammeResumed"]


def test_programme_is_moved_by_its_manager_only(published: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        move(published, "suspend", "audit of the bank", actor="olga")


def test_review_that_is_overdue_is_asked_for_until_it_is_recorded(published: Round) -> None:
    workspace = published.workspace
    with workspace.read() as unit:
        row = unit.calls.programme(NAME)
        definition = programmes.read_programme(unit.calls.definition(row.definition_hash))
        due = [review.due_on for review in programmes.open_reviews(unit, definition)]
    overdue = [day for day in due if day <= LATER.date()]
    assert len(overdue) >= 1

    def asked() -> list[str]:
        return [step for step in workspace_status(workspace, LATER.date()).next_steps if "review" in step]

    assert len(asked()) == len(overdue)
    for day in overdue:
        programmes.record_review(workspace, as_("marcos"), LATER, programme=NAME, due_on=day, result="satisfactory")
    assert asked() == []
    with pytest.raises(RefusedError, match="no review"):
        programmes.record_review(workspace, as_("marcos"), LATER, programme=NAME, due_on=date(2001, 1, 1), result="x")
