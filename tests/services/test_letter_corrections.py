"""Letters corrected: the new one leaves in the place of the old, for as long as what it says stands."""

import pytest

from pipgrants.services import letter_corrections
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from rounds import AFTER_DEADLINE, SCORING, Round, application, as_

WITHOUT_LETTER = application("A1")._replace(evidence=())


@pytest.fixture
def asking(round_: Round) -> Round:
    """A round whose only applicant is asked for a letter of commitment; the request waits for release."""
    round_.receive([WITHOUT_LETTER])
    round_.screen()
    return round_


def correct_request(round_: Round) -> int:
    last = [letter for letter in round_.letters("A1") if letter.kind == "clarification_request"][-1]
    reason = "La dirección era otra"
    corrected = letter_corrections.correct(
        round_.workspace, as_("olga"), AFTER_DEADLINE, letter=str(last.number), reason=reason
    )
    return corrected.number


def stages_of_requests(round_: Round) -> list[str]:
    return [letter.stage for letter in round_.letters("A1") if letter.kind == "clarification_request"]


def no_difference(round_: Round) -> bool:
    replayed = replay(round_.workspace, as_("aldo"), SCORING, call=round_.call)
    return not (replayed.differences or verify(round_.workspace, as_("aldo"), SCORING).faults)


def test_a_request_corrected_before_it_left_is_released_and_its_time_begins(asking: Round) -> None:
    correct_request(asking)
    correct_request(asking)
    assert asking.release().kinds["clarification_request"] == 1
    assert stages_of_requests(asking) == ["superseded", "superseded", "released"]
    assert asking.screen(SCORING).lapsed_count == 1
    assert no_difference(asking)


def test_a_request_corrected_after_it_left_is_released_with_the_time_that_began(asking: Round) -> None:
    asking.release()
    corrected = correct_request(asking)
    assert dict(asking.release().kinds) == {"clarification_request": 1}
    assert stages_of_requests(asking) == ["superseded", "released"]
    until = [
        entry["inputs"]["release"].get("answer_until")
        for entry in asking.entries(act="LetterReleased")
        if "answer_until" in entry["inputs"]["release"]
    ]
    assert (until, asking.letters()[-1].number) == (["2026-04-21"] * 2, corrected)
    assert no_difference(asking)
