"""Support for weak groups that prepare proposals: a locality is helped a limited number of times, whatever the call."""

from pathlib import Path

import pytest

from pipgrants.errors import DefinitionError, RefusedError
from pipgrants.services.amend import amend_call
from pipgrants.services.answers import withdraw
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.audit.what_if import what_if
from pipgrants.services.explain import explain
from pipgrants.services.notices import describe_call
from pipgrants.services.ratify import return_package
from pipgrants.services.reserve import prepare_promotion
from rounds import AFTER_DEADLINE, AFTER_DRAW, WHILE_OPEN, Round, as_, edit, open_workspace
from supported import (
    CAPITAL,
    COAST,
    DECIDED,
    SECOND,
    SUPPORT,
    SUPPORT_FUND,
    decide,
    group,
    published,
    two_support_calls,
)

FIRST_MARKS = {"A1": "5", "A2": "4.5", "A3": "4", "B1": "3.5"}
SECOND_MARKS = {"C1": "5", "C2": "4"}


def outcomes(round_: Round) -> dict[str, str]:
    """What was decided, by reference."""
    states = round_.states()
    return {reference: states[number] for reference, number in round_.numbers.items()}


@pytest.fixture
def both(tmp_path: Path) -> tuple[Round, Round]:
    """Two support calls of which nothing is decided: groups of the capital, A and C, and of the coast."""
    first, second = two_support_calls(open_workspace(tmp_path / "fund"))
    first.receive([group("A1"), group("A2"), group("A3"), group("B1", COAST)])
    second.receive([group("C1"), group("C2", COAST)])
    return first, second


@pytest.fixture
def prepared(both: tuple[Round, Round]) -> tuple[Round, str, Round]:
    """The package of the first call waits; the second is not prepared yet."""
    first, second = both
    return first, decide(first, FIRST_MARKS, AFTER_DEADLINE, AFTER_DRAW), second


def test_third_group_of_a_locality_is_not_helped(prepared: tuple[Round, str, Round]) -> None:
    first, package, _ = prepared
    first.ratify(package)
    assert outcomes(first) == {"A1": "awarded", "A2": "awarded", "A3": "declined", "B1": "awarded"}
    said = {
        "en": f"in one locality ({CAPITAL}) up to a highest number of times (2)",
        "es": f"en una misma localidad ({CAPITAL}) un número máximo de veces (2)",
        "pt": f"em uma mesma localidade ({CAPITAL}) um número máximo de vezes (2)",
    }
    for language, words in said.items():
        assert words in " ".join(explain(first.workspace, first.numbers["A3"], language).text.split())


def test_awards_of_another_support_call_count(prepared: tuple[Round, str, Round]) -> None:
    first, package, second = prepared
    first.ratify(package)
    second.ratify(decide(second, SECOND_MARKS, AFTER_DEADLINE, AFTER_DRAW))
    assert outcomes(second) == {"C1": "declined", "C2": "awarded"}
    for call in (SUPPORT, SECOND):
        assert replay(first.workspace, as_("aldo"), AFTER_DRAW, call=call).differences == ()
    assert verify(first.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_package_is_refused_where_another_call_helped_its_localities_since(
    prepared: tuple[Round, str, Round],
) -> None:
    first, package, second = prepared
    waiting = decide(second, SECOND_MARKS, AFTER_DEADLINE, AFTER_DRAW)
    first.ratify(package)
    with pytest.raises(RefusedError, match="changed"):
        second.ratify(waiting)
    return_package(second.workspace, as_("marcos"), AFTER_DRAW, package=waiting, reason="Otra convocatoria")
    second.ratify(second.prepare().package)
    assert outcomes(second) == {"C1": "declined", "C2": "awarded"}
    assert replay(second.workspace, as_("aldo"), AFTER_DRAW, call=SECOND).differences == ()


def test_award_that_was_given_up_counts_no_more(prepared: tuple[Round, str, Round]) -> None:
    first, package, second = prepared
    first.ratify(package)
    first.release(AFTER_DRAW)
    withdraw(first.workspace, as_("olga"), DECIDED, proposal=first.numbers["A1"], reason="Otro apoyo")
    second.ratify(decide(second, SECOND_MARKS, AFTER_DEADLINE, DECIDED), DECIDED)
    assert outcomes(second) == {"C1": "awarded", "C2": "awarded"}
    for call in (SUPPORT, SECOND):
        assert replay(first.workspace, as_("aldo"), DECIDED, call=call).differences == ()


def test_promotion_counts_the_awards_that_stand(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "fund")
    edit(workspace, "calls", SUPPORT, {"envelope_amount: 500000": "envelope_amount: 60000"})
    first = published(workspace, SUPPORT, SUPPORT_FUND)
    first.receive([group("A1"), group("B1", COAST), group("B2", COAST), group("B3", COAST), group("A2")])
    marks = {"A1": "5", "B1": "4.5", "B2": "4", "B3": "3.5", "A2": "3"}
    first.ratify(decide(first, marks, AFTER_DEADLINE, AFTER_DRAW))
    first.release(AFTER_DRAW)
    withdraw(workspace, as_("olga"), DECIDED, proposal=first.numbers["A1"], reason="Otro apoyo")
    found = prepare_promotion(workspace, as_("olga"), DECIDED, call=SUPPORT)
    assert [line.proposal for line in found.decisions] == [first.numbers["A2"]]
    first.ratify(found.package, DECIDED)
    assert replay(workspace, as_("aldo"), DECIDED, call=SUPPORT).differences == ()


def test_what_if_a_locality_were_helped_three_times(prepared: tuple[Round, str, Round]) -> None:
    first, package, second = prepared
    first.ratify(package)
    decide(second, SECOND_MARKS, AFTER_DEADLINE, AFTER_DRAW)
    changes = {"allocation.maximum_awards_per_locality": "3"}
    found = what_if(second.workspace, as_("aldo"), AFTER_DRAW, call=SECOND, changes=changes)
    assert [(move.proposal, move.before.outcome, move.after.outcome) for move in found.moves] == [
        (second.numbers["C1"], "decline", "award")
    ]
    assert "requires at most 2 for each locality; the call has 3" in found.laxer[0]


def test_locality_that_is_not_stated_is_asked_for(tmp_path: Path) -> None:
    first = published(open_workspace(tmp_path / "fund"), SUPPORT, SUPPORT_FUND)
    first.receive([group("A1", None)])
    first.screen()
    assert first.verdict("A1", "prerequisite.locality") == "undetermined"
    assert first.letter_kinds("A1")[-1] == "clarification_request"


def test_support_call_is_not_prolonged_beyond_the_first_years(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "fund")
    published(workspace, SUPPORT, SUPPORT_FUND)
    edit(workspace, "calls", SUPPORT, {"closes_at: 2026-03-31 17:00": "closes_at: 2029-01-01 17:00"})
    with pytest.raises(DefinitionError) as refused:
        amend_call(workspace, as_("olga"), WHILE_OPEN, file=SUPPORT, reason="Más tiempo")
    assert any(
        "support within the first 3 years, before 2029-01-01" in problem.message for problem in refused.value.problems
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "In one locality at most 2 proposals receive this support"),
        ("es", "En una misma localidad reciben este apoyo como máximo 2 propuestas"),
        ("pt", "Em uma mesma localidade recebem este apoio no máximo 2 propostas"),
    ],
)
def test_notice_tells_the_limit_in_every_language(tmp_path: Path, language: str, said: str) -> None:
    workspace = open_workspace(tmp_path / "fund")
    assert said in " ".join(describe_call(workspace, SUPPORT, language).split())
