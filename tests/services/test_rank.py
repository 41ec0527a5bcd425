"""Ranking by the closed scores; what remains tied is drawn from published numbers, once."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.draw import canonical_key, select
from pipgrants.domain.vocabulary import SizeClass
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services import evaluation, rank
from pipgrants.services.workspace import Workspace
from pipgrants.store.packages import RankingRow
from rounds import AFTER_DRAW, DRAWN, EVALUATORS, SCORING, SOURCE, Round, application, as_, criteria, edit, publish

FIRST_SOURCE = datetime(2026, 6, 13, 18, 0, tzinfo=UTC)
LAST_SOURCE = datetime(2026, 6, 16, 18, 0, tzinfo=UTC)


def scored(round_: Round, marks: dict[str, str], now: datetime = SCORING) -> Round:
    round_.receive([application(reference) for reference in marks])
    round_.screen()
    round_.score({reference: Decimal(mark) for reference, mark in marks.items()}, now)
    return round_


def places(round_: Round) -> list[RankingRow]:
    with round_.workspace.read() as unit:
        return list(unit.packages.ranking(round_.call, unit.calls.get(round_.call).stage))


def order(round_: Round) -> list[str]:
    references = {number: reference for reference, number in round_.numbers.items()}
    return [references[place.proposal] for place in places(round_)]


def drawn(names: Sequence[str]) -> list[str]:
    """The order that RFC 3797 gives to tied proposals in number order."""
    key = canonical_key(list(DRAWN.values()))
    return [names[place - 1] for place in select(key, len(names), len(names))]


def test_proposals_rank_by_their_scores(round_: Round) -> None:
    ranked = scored(round_, {"A1": "3", "A2": "5", "A3": "2", "A4": "4"}).rank()
    assert order(round_) == ["A2", "A4", "A1", "A3"]
    assert (len(ranked.ranking), ranked.below_threshold_count, ranked.drawn_count) == (4, 1, 0)


def test_what_remains_tied_waits_for_the_draw(round_: Round) -> None:
    scored(round_, {"A1": "4", "A2": "4", "A3": "5"})
    with pytest.raises(RefusedError, match=r"1 group remains tied .*: PIP1-000001, PIP1-000002") as refused:
        round_.rank()
    assert "Powerball of 2026-06-13, EuroMillions of 2026-06-16" in refused.value.next_step
    round_.draw()
    assert round_.rank().drawn_count == 2
    assert order(round_) == ["A3", *drawn(["A1", "A2"])]
    assert places(round_)[1].drawn_among == "PIP1-000001 PIP1-000002"


def test_ranks_are_the_same_whenever_they_are_computed(sealed_round: Callable[[str], Round]) -> None:
    marks = {f"A{place}": "4" for place in range(1, 8)}
    first = scored(sealed_round("first"), marks)
    first.draw()
    first.rank()
    again = first.copy(first.workspace.folder.parent / "again")
    again.rank()
    assert places(again) == places(first)
    assert order(first) == drawn(list(marks))


def test_the_order_of_marks_and_evaluators_does_not_matter(sealed_round: Callable[[str], Round]) -> None:
    found = []
    for seed in (1, 2):
        round_ = sealed_round(str(seed))
        numbers = round_.receive([application(f"A{place}") for place in range(1, 5)])
        round_.screen()
        round_.assign(evaluators=EVALUATORS[:: 1 if seed == 1 else -1])
        rows = [
            SubmittedScore(number, name, code, Decimal(2) + Decimal((place + place_of + len(code)) % 7) / 2)
            for place, number in enumerate(numbers.values())
            for place_of, name in enumerate(EVALUATORS)
            for code in criteria(round_)
        ]
        random.Random(seed).shuffle(rows)
        evaluation.score(round_.workspace, as_("olga"), SCORING, call=round_.call, scores=rows, source=SOURCE)
        round_.close_scores()
        round_.rank()
        found.append(places(round_))
    assert found[0] == found[1]


def test_a_draw_comes_after_the_scores_are_closed(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="the draw comes after the scores are closed"):
        round_.draw()


def test_a_draw_uses_numbers_published_by_now(round_: Round) -> None:
    scored(round_, {"A1": "4", "A2": "4"})
    with pytest.raises(RefusedError, match=r"EuroMillions is dated 2026-06-16; .* today is 2026-06-13"):
        round_.draw(FIRST_SOURCE)
    round_.draw(LAST_SOURCE)


@pytest.mark.parametrize("closed_at", [FIRST_SOURCE, LAST_SOURCE])
def test_scores_close_before_the_numbers_of_the_draw_are_published(round_: Round, closed_at: datetime) -> None:
    with pytest.raises(RefusedError, match="the scores must be closed before that day"):
        scored(round_, {"A1": "4", "A2": "4"}, closed_at)


def test_a_draw_is_not_entered_once_the_decisions_are_prepared(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(3)})
    round_.rank()
    round_.prepare()
    with pytest.raises(RefusedError, match="is prepared, so that rank is not possible now"):
        round_.draw()


def test_a_draw_is_entered_once(round_: Round) -> None:
    scored(round_, {"A1": "4", "A2": "4"}).draw()
    with pytest.raises(RefusedError, match="it is entered once"):
        round_.draw(numbers={"Powerball": [9, 9, 9, 9, 9, 9], "EuroMillions": [9, 9, 9, 9, 9, 9, 9]})


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"Powerball": [1, 2, 3, 4, 5, 6]}, "the call draws from Powerball, EuroMillions; given: Powerball"),
        ({**DRAWN, "Quiniela": [1]}, "given: Powerball, EuroMillions, Quiniela"),
        ({**DRAWN, "Powerball": [1, 2, 3, 4, 5]}, "Powerball publishes 6 numbers; 5 were given"),
        ({**DRAWN, "Powerball": [1, 2, 3, 4, 5, -6]}, "whole numbers from zero"),
    ],
)
def test_a_draw_needs_every_source_whole(round_: Round, numbers: dict[str, list[int]], words: str) -> None:
    scored(round_, {"A1": "4", "A2": "4"})
    with pytest.raises(RefusedError, match=words):
        round_.draw(numbers=numbers)


def test_a_draw_needs_its_evidence(round_: Round) -> None:
    scored(round_, {"A1": "4", "A2": "4"})
    missing = round_.workspace.folder / "missing.pdf"
    with pytest.raises(NotFoundError, match="there is no file"):
        rank.enter_draw(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call, numbers=DRAWN, evidence=missing)


def test_the_numbers_drawn_stand_in_the_trail(round_: Round) -> None:
    key = scored(round_, {"A1": "4", "A2": "4"}).draw()
    inputs = round_.entries(act="DrawEntered")[0]["inputs"]
    assert (inputs["numbers"], inputs["key"]) == (DRAWN, key)
    assert (round_.workspace.folder / "evidence" / inputs["evidence"][:2] / inputs["evidence"]).is_file()


def test_ranking_again_replaces_the_ranking(round_: Round) -> None:
    scored(round_, {"A1": "4", "A2": "5"}).rank()
    first = places(round_)
    round_.rank()
    assert places(round_) == first
    hashes = {entry["inputs"]["ranking"] for entry in round_.entries(act="ProposalsRanked")}
    assert len(hashes) == 1


def test_priority_points_lift_a_proposal(round_: Round) -> None:
    made = application("A2")
    members = tuple(
        member._replace(details=member.details._replace(size_class=SizeClass.LARGE)) for member in made.members
    )
    round_.receive([application("A1"), made._replace(members=members)])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(4)})
    round_.rank()
    assert [(place.proposal, place.total) for place in places(round_)] == [("PIP1-000001", "82"), ("PIP1-000002", "80")]


def test_the_project_that_costs_less_in_total_comes_first_among_equals(workspace: Workspace) -> None:
    edit(workspace, "calls", "pip-one-stage", {"tie_breaks: [priority]": "tie_breaks: [lower_total_cost]"})
    round_ = publish(workspace)
    dear, cheap = application("A1", total="220000", counterpart="120000"), application("A2", total="200000")
    assert dear.grant_amount == cheap.grant_amount
    round_.receive([dear, cheap])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(4)})
    round_.rank()
    assert order(round_) == ["A2", "A1"]
    assert places(round_)[1].tie_broken_by == "lower_total_cost"
