"""``screen``: asked for where it closes the call, and never again."""

from desk import Desk
from rounds import AFTER_DEADLINE, CALL


def test_first_screening_asks_because_it_closes_the_call(open_desk: Desk) -> None:
    open_desk.now = AFTER_DEADLINE
    answer = open_desk.type("screen", CALL, by="olga", answers="n\n")
    assert answer.code == 8
    assert "close it? After that no application can be imported." in answer.asked
    found = open_desk.try_out("screen", CALL).json
    closed = {"act": "CallClosed", "subject": f"call/{CALL}", "before": "published", "after": "closed"}
    screened = {"act": "CallScreened", "subject": f"call/{CALL}", "before": "closed", "after": "screened"}
    assert found["would_record"] == [closed, screened]
    shown = open_desk.do("screen", CALL, "--dry-run", by="olga").out
    assert "  CallScreened  call/pip-one-stage  closed     screened" in shown
    assert shown.index("Would be recorded") < shown.index("Next:")


def test_screening_again_does_not_ask_and_changes_nothing(eligible: Desk) -> None:
    found = eligible.do("screen", CALL, "--json", by="olga").json
    assert (found["unchanged_count"], found["states"]) == (2, {})
