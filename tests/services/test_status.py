"""Where a workspace and a call stand, and which command comes next."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.errors import NotFoundError
from pipgrants.services import evaluation
from pipgrants.services.release import release
from pipgrants.services.status import CallStatus, call_status, workspace_status
from pipgrants.services.workspace import Workspace, init
from rounds import (
    AFTER_DRAW,
    BEFORE_OPENING,
    CALL,
    EVALUATORS,
    FUND,
    SCORING,
    SOURCE,
    WHILE_OPEN,
    Round,
    activate,
    application,
    as_,
    criteria,
    draft,
)

TODAY = BEFORE_OPENING.date()
ADD_PEOPLE = "pipgrants actor add NAME --name 'FULL NAME' --role coordination_officer --as ADMINISTRATOR"
DRAFT_PROGRAMME = "pipgrants programme draft competitiveness-fund --as OFFICER"


def next_steps(workspace: Workspace) -> list[str]:
    return list(workspace_status(workspace, TODAY).next_steps)


def test_a_new_workspace_needs_people_and_then_a_programme(tmp_path: Path) -> None:
    workspace = init(tmp_path / "agency", "admin", "Ada", as_("admin"), BEFORE_OPENING)
    assert next_steps(workspace) == [ADD_PEOPLE, DRAFT_PROGRAMME]


def test_with_its_people_it_needs_a_programme_and_then_a_call(workspace: Workspace) -> None:
    assert next_steps(workspace) == [DRAFT_PROGRAMME]
    activate(workspace)
    assert workspace_status(workspace, TODAY).programmes == {FUND: "active"}
    assert next_steps(workspace) == ["pipgrants call draft FILE --as OFFICER"]


def test_what_waits_for_approval_comes_first(workspace: Workspace) -> None:
    activate(workspace)
    package = draft(workspace)
    approve = f"pipgrants call authorise {package[:12]} --as MANAGER"
    assert next_steps(workspace) == [approve]
    found = call_status(workspace, CALL)
    assert (found.next_steps, [item.package for item in found.waiting]) == ([approve], [package])


def test_an_allocation_that_waits_is_ratified(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    assert next_steps(round_.workspace) == [f"pipgrants ratify {package[:12]} --as MANAGER"]


def test_a_call_counts_its_proposals_and_letters(round_: Round) -> None:
    round_.receive([application("A1"), application("A2"), application("A3", counterpart="80000")])
    assert _counted(call_status(round_.workspace, CALL)) == ({"received": 3}, {"receipt pending": 3})
    release(round_.workspace, as_("olga"), WHILE_OPEN, call=CALL)
    round_.screen()
    assert _counted(call_status(round_.workspace, CALL)) == (
        {"eligible": 2, "screened_out": 1},
        {"receipt released": 3},
    )


def _counted(found: CallStatus) -> tuple[dict[str, int], dict[str, int]]:
    return dict(found.proposals), dict(found.letters)


def test_what_usually_follows_the_state_of_a_call_comes_next(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.release(WHILE_OPEN)
    round_.screen()
    assert call_status(round_.workspace, CALL).next_steps == [
        f"pipgrants evaluation assign {CALL} --as OFFICER",
        f"pipgrants evaluation import {CALL} FILE --as OFFICER",
        f"pipgrants evaluation close {CALL} --as OFFICER",
    ]


ASSIGN = f"pipgrants evaluation assign {CALL} --as OFFICER"
IMPORT = f"pipgrants evaluation import {CALL} FILE --as OFFICER"
RELEASE = f"pipgrants letters release {CALL} --as OFFICER"
CLOSE = f"pipgrants evaluation close {CALL} --as OFFICER"


def of_call(round_: Round) -> list[str]:
    return list(call_status(round_.workspace, CALL).next_steps)


def test_what_is_done_already_does_not_come_next(round_: Round) -> None:
    round_.receive([application("A1"), application("A2"), application("A3", counterpart="80000")])
    round_.screen()
    round_.assign()
    round_.release()
    assert of_call(round_) == [IMPORT, CLOSE]
    round_.give({"A1": Decimal(4)})
    assert of_call(round_) == [IMPORT, CLOSE]
    round_.give({"A2": Decimal(4)})
    assert of_call(round_) == [CLOSE]
    round_.declare_conflict("A2", "eva")
    assert of_call(round_) == [ASSIGN, IMPORT, CLOSE]


def test_an_evaluation_that_is_not_complete_still_comes_next(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    round_.release()
    first, *others = criteria(round_)
    for codes, steps in ((others, [IMPORT, CLOSE]), ([first], [CLOSE])):
        scores = [
            SubmittedScore(round_.numbers["A1"], actor, code, Decimal(4)) for actor in EVALUATORS for code in codes
        ]
        evaluation.score(round_.workspace, as_("olga"), SCORING, call=CALL, scores=scores, source=SOURCE)
        assert of_call(round_) == steps


def test_letters_are_released_next_only_where_one_waits(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    step = f"pipgrants letters release {CALL} --as OFFICER"
    assert of_call(round_) == [step, f"pipgrants call results {CALL}, once the letters are released"]
    round_.release(AFTER_DRAW)
    assert step not in of_call(round_)


def test_a_request_that_was_not_released_comes_before_everything(round_: Round) -> None:
    """Until its letter leaves, nobody's time to answer runs, and the scores cannot be closed."""
    made = application("A1")
    round_.receive([made._replace(duration_months=None), application("A2")])
    round_.release(WHILE_OPEN)
    assert of_call(round_)[0] != RELEASE
    round_.screen()
    assert of_call(round_) == [RELEASE, ASSIGN, IMPORT, CLOSE]


def test_a_deadline_is_told_in_the_time_of_the_call_and_in_utc(round_: Round) -> None:
    found = call_status(round_.workspace, CALL)
    assert found.closes_at == "2026-03-31 17:00 America/Tegucigalpa (2026-03-31T23:00Z)"
    assert (found.state, found.stage, found.is_receiving) == ("published", "proposal", True)


def test_a_call_that_is_not_on_record_is_not_found(round_: Round) -> None:
    with pytest.raises(NotFoundError, match=f"there is no call 'other'; on record: {CALL}"):
        call_status(round_.workspace, "other")
