"""What other values in a definition would come to: who would move, and that nothing is written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
import yaml

from eventful import play
from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import SizeClass, Stage
from pipgrants.errors import DefinitionError, NotAuthorisedError, RefusedError
from pipgrants.services.audit.changed_call import DECIDING
from pipgrants.services.audit.standing import Standing
from pipgrants.services.audit.what_if import Total, WhatIf, what_if
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, CALL, Round, application, as_, copied, hash_of_tables, publish

TWO_STAGES = "pip-two-stage"
PROFILES, DECIDED = datetime(2026, 5, 4, 15, 0, tzinfo=UTC), datetime(2026, 5, 18, 15, 0, tzinfo=UTC)
SECOND_OPEN, END = datetime(2026, 7, 1, 15, 0, tzinfo=UTC), datetime(2026, 10, 20, 15, 0, tzinfo=UTC)
TO_BE_SCORED, TO_BE_CLARIFIED = Standing("to_be_scored"), Standing("to_be_clarified")
INELIGIBLE = Standing("ineligible")


@pytest.fixture(scope="module")
def played(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return play(published.copy(tmp_path_factory.mktemp("played") / "agency"))


def if_(round_: Round, changes: dict[str, str], stage: Stage | None = None) -> WhatIf:
    return what_if(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call, changes=changes, stage=stage)


def moves(round_: Round, changes: dict[str, str]) -> dict[str, tuple[Standing, Standing]]:
    """Who would move, by reference, from where to where."""
    names = {number: name for name, number in round_.numbers.items()}
    return {names[item.proposal]: (item.before, item.after) for item in if_(round_, changes).moves}


def leaves(node: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every single value of a definition with its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for place, value in enumerate(node, 1):
            name = value.get("code", place) if isinstance(value, dict) else place
            yield from leaves(value, f"{path}.{name}")
    else:
        yield path, str(node)


# As it is


@pytest.mark.parametrize("call", [CALL, TWO_STAGES])
def test_the_values_that_the_call_has_move_nobody(call: str, played: Round, selected: Round) -> None:
    round_ = played if call == CALL else selected
    text = (round_.workspace.folder / "workflows" / "calls" / f"{call}.yaml").read_text(encoding="utf-8")
    values = dict(leaves(yaml.load(text, Loader=yaml.BaseLoader)))
    own = {path: f'"{value}"' for path, value in values.items() if path.partition(".")[0] in DECIDING}
    assert len(own) > 100
    found = if_(round_, own)
    assert (found.moves, found.to_be_scored, found.to_be_clarified, found.drawn_anew) == ((), (), (), ())
    assert all(was == would_be for was, would_be in found.totals.values())


def recorded(round_: Round) -> dict[str, tuple[int, Decimal]]:
    """The determinations on record by outcome: how many and how much."""
    found: dict[str, tuple[int, Decimal]] = {}
    for entry in round_.entries(act="ProposalDetermined"):
        outcome, amount = entry["inputs"]["outcome"], Decimal(entry["inputs"]["amount"] or 0)
        count, total = found.get(outcome, (0, Decimal(0)))
        found[outcome] = (count + 1, total + amount)
    return found


def test_what_is_is_what_was_determined(played: Round) -> None:
    found = if_(played, {"envelope_amount": "1000000"})
    assert {name: (was.proposals, Decimal(was.amount)) for name, (was, _) in found.totals.items()} == recorded(played)
    assert found.proposals_count == 12


def test_nothing_is_written_but_the_access_log(played: Round) -> None:
    before = hash_of_tables(played.workspace.folder)
    if_(played, {"envelope_amount": "100000"})
    assert hash_of_tables(played.workspace.folder) == before
    last = orjson.loads((played.workspace.folder / "access.log").read_text().splitlines()[-1])
    assert (last["did"], last["subject"], last["actor"]) == ("call.what_if", f"call/{CALL}", "aldo")


# As it would be


def test_a_smaller_envelope_leaves_the_last_in_reserve(played: Round) -> None:
    assert moves(played, {"envelope_amount": "450000"}) == {
        "answered": (Standing("award", 5, "100000.00"), Standing("reserve", 5)),
        "fulfilled": (Standing("award", 6, "100000.00"), Standing("reserve", 6)),
    }
    assert if_(played, {"envelope_amount": "450000"}).totals["award"] == (Total(5, "500000.00"), Total(3, "300000.00"))


def test_a_lower_threshold_funds_who_was_below_it(played: Round) -> None:
    would_be = moves(played, {"rubric.minimum_total": "40"})
    assert would_be == {"conflict": (Standing("decline", 7), Standing("award", 7, "100000.00"))}


def medium_sized(reference: str) -> Application:
    """An application of firms that no priority favours."""
    made = application(reference)
    details = [member.details._replace(size_class=SizeClass.MEDIUM) for member in made.members]
    members = zip(made.members, details, strict=True)
    return made._replace(members=tuple(member._replace(details=of) for member, of in members))


def test_more_points_for_a_priority_change_ranks_and_decisions(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("small"), medium_sized("medium")])
    round_.ratify(round_.to_package({"small": "4", "medium": "4.5"}))
    assert moves(round_, {"priorities.small_firms.points": "12"}) == {
        "small": (Standing("award", 2, "100000.00"), Standing("award", 1, "100000.00")),
        "medium": (Standing("award", 1, "100000.00"), Standing("award", 2, "100000.00")),
    }
    decided = if_(round_, {"priorities.small_firms.points": "12", "envelope_amount": "100000"}).moves
    assert {item.proposal: item.is_decided_otherwise for item in decided} == {
        round_.numbers["small"]: False,
        round_.numbers["medium"]: True,
    }


def test_who_would_newly_compete_is_to_be_scored(played: Round) -> None:
    changes = {"counterpart.minimum_share": "0.4", "grant.maximum_share": "0.6"}
    assert moves(played, changes) == {"low counterpart": (INELIGIBLE, TO_BE_SCORED)}
    found = if_(played, changes)
    assert found.to_be_scored == (played.numbers["low counterpart"],)
    assert any("counterpart.minimum_share" in message for message in found.laxer)


def test_what_else_keeps_out_who_would_meet_a_criterion_is_counted(played: Round) -> None:
    found = if_(played, {"counterpart.minimum_share": "0.4"})
    assert (found.moves, found.still_unmet) == ((), {"grant.maximum_share": 1})
    assert if_(played, {"counterpart.minimum_share": "0.4", "grant.maximum_share": "0.6"}).still_unmet == {}


def test_who_was_never_asked_is_to_be_clarified(played: Round) -> None:
    changes = {"prerequisites.consortium_agreement.if_undetermined": "clarify"}
    assert moves(played, changes)["condition"] == (Standing("conditional_award", 1, "100000.00"), TO_BE_CLARIFIED)
    assert if_(played, changes).to_be_clarified == (played.numbers["condition"],)


def test_who_did_not_answer_in_time_is_not_asked_again(played: Round) -> None:
    changes = {"clarification.if_unanswered": "decide_on_record"}
    assert moves(played, changes) == {"lapsed": (INELIGIBLE, TO_BE_SCORED)}


def test_marks_that_another_scale_does_not_have_are_to_be_given(played: Round) -> None:
    changes = {"rubric.scale.maximum": "4", "rubric.minimum_total": "30"}
    waiting = {name for name, (_, after) in moves(played, changes).items() if after == TO_BE_SCORED}
    assert waiting == {"condition", "settled"}


def test_more_evaluators_leave_everybody_to_be_scored(played: Round) -> None:
    found = if_(played, {"rubric.evaluators_count": "4"})
    assert len(found.to_be_scored) == 8


def test_a_pool_that_was_not_drawn_so_is_ordered_by_the_key_on_record(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1"), application("A2"), medium_sized("A3")])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(4), "A3": Decimal(4)})
    round_.draw()
    round_.rank()
    assert if_(round_, {"priorities.small_firms.points": "1"}).drawn_anew == ()
    found = if_(round_, {"priorities.small_firms.points": "0", "ranking.tie_breaks": "[earlier_receipt]"})
    assert found.drawn_anew == tuple(sorted(round_.numbers.values()))
    assert found.undrawn == ()


def test_ties_without_a_draw_stand_in_number_order(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(4)})
    found = if_(round_, {"envelope_amount": "100000"})
    assert found.undrawn == tuple(sorted(round_.numbers.values()))
    assert [(item.proposal, item.after) for item in found.moves] == [
        (round_.numbers["A2"], Standing("reserve", 2)),
    ]


# Stages


@pytest.fixture(scope="module")
def selected(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A call in two stages: P1 and P2 are invited, P3 is not; P1 and P2 come back and both are awarded."""
    round_ = publish(copied(staffed, tmp_path_factory.mktemp("two") / "agency"), TWO_STAGES)
    profiles = [application(f"P{place}") for place in (1, 2, 3)]
    round_.receive([item._replace(budget_lines=(), counterpart_lines=(), evidence=()) for item in profiles])
    _select(round_, {"P1": "5", "P2": "4", "P3": "2.5"}, PROFILES, DECIDED)
    round_.release(DECIDED)
    round_.receive([application("P1"), application("P2")], SECOND_OPEN)
    _select(round_, {"P1": "4", "P2": "4.5"}, END, END)
    return round_


def _select(round_: Round, marks: dict[str, str], now: datetime, decided: datetime) -> None:
    round_.screen(now)
    round_.score({name: Decimal(mark) for name, mark in marks.items()}, now)
    round_.rank(decided)
    round_.ratify(round_.prepare(decided).package, decided)


def test_the_profiles_can_be_derived_after_the_full_proposals(selected: Round) -> None:
    found = if_(selected, {"invitation.maximum_count": "1"}, Stage.PROFILE)
    assert [(item.proposal, item.before.outcome, item.after.outcome) for item in found.moves] == [
        (selected.numbers["P2"], "profile_invited", "profile_not_invited")
    ]


def test_the_stage_is_the_one_being_selected_unless_given(selected: Round) -> None:
    found = if_(selected, {"envelope_amount": "100000"})
    assert (found.stage, found.proposals_count) == (Stage.PROPOSAL, 2)
    assert [(item.proposal, item.after) for item in found.moves] == [(selected.numbers["P1"], Standing("reserve", 2))]


def test_a_round_that_is_not_scored_says_who_would_be_eligible(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1"), application("A2", counterpart="80000")])
    round_.screen()
    assert moves(round_, {"counterpart.minimum_share": "0.4", "grant.maximum_share": "0.6"}) == {
        "A2": (INELIGIBLE, TO_BE_SCORED)
    }
    assert moves(round_, {"counterpart.minimum_share": "0.6"}) == {"A1": (TO_BE_SCORED, INELIGIBLE)}


# Refusals


def test_a_call_that_was_not_screened_is_refused(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1")])
    with pytest.raises(RefusedError, match="the proposals of pip-one-stage were not screened yet"):
        if_(round_, {"envelope_amount": "100000"})


def test_a_mistaken_value_is_refused(played: Round) -> None:
    with pytest.raises(DefinitionError, match="with these values pip-one-stage has 1 mistake"):
        if_(played, {"counterpart.minimum_share": "40 %"})


def test_an_applicant_does_not_ask_what_if(played: Round) -> None:
    with pytest.raises(NotAuthorisedError, match=r"call what if is for"):
        what_if(played.workspace, as_("iris"), AFTER_DRAW, call=CALL, changes={"envelope_amount": "1"})
