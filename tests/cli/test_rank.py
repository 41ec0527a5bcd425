"""``rank``: the verb that may be left out, and rankings that are not there."""

from desk import Desk
from rounds import CALL


def test_verb_may_be_left_out(eligible: Desk) -> None:
    short, long = (eligible.type("rank", *verb, CALL, by="olga") for verb in ([], ["run"]))
    assert (short.code, short.err) == (3, long.err)


def test_help_of_the_group_is_not_taken_for_a_call(desk: Desk) -> None:
    assert "draw" in desk.do("rank", "--help").out


def test_options_may_stand_before_the_call(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    assert desk.type("rank", "--dry-run", CALL, by="olga").code == 3


def test_ranking_that_is_not_there_is_6(eligible: Desk) -> None:
    assert eligible.type("rank", "show", CALL).code == 6
