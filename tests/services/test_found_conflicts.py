"""Ties that come on record after the assignment: named when they come in, and no mark of theirs decides."""

from decimal import Decimal

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import RefusedError
from pipgrants.services.assignment import list_recusals
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.found_conflicts import FoundConflict, list_found_conflicts
from pipgrants.services.imports import import_evaluators
from pipgrants.services.party_corrections import correct_party
from pipgrants.services.people import revoke_role
from pipgrants.services.ratify import return_package
from pipgrants.services.views import show_package
from rounds import AFTER_DRAW, CALL, EVALUATORS, SCORING, Round, application, as_

BOARD = {"evaluator": "eva", "tie": "board", "organisation": "Taller A1-1"}
MARKS = {"A1": Decimal(5), "A2": Decimal(4)}
NEXT = "pipgrants evaluation assign pip-one-stage recuses them, sets their marks aside and finds others"


def conflict(*, has_given_marks: bool = False) -> FoundConflict:
    return FoundConflict(CALL, "PIP1-000001", "eva", "conflict.board E-000001", has_given_marks)


@pytest.fixture
def assigned(round_: Round) -> Round:
    """Two eligible proposals with their evaluators, and one who evaluates neither."""
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.add_evaluator("elsa")
    round_.assign(evaluators=EVALUATORS)
    return round_


def test_an_import_of_profiles_names_the_conflicts_in_what_is_scored(assigned: Round) -> None:
    path = assigned.workspace.folder / "evaluators.csv"
    path.write_text("evaluator,tie,organisation\neva,board,Taller A1-1\nelsa,board,Taller A2-1\n", encoding="utf-8")
    found = import_evaluators(assigned.workspace, as_("olga"), SCORING, path=path)
    assert (found.evaluators, found.conflicts) == (("eva", "elsa"), (conflict(),))


def test_marks_of_who_is_tied_are_refused(assigned: Round) -> None:
    assigned.profile(BOARD, now=SCORING)
    with pytest.raises(RefusedError) as refused:
        assigned.give(MARKS)
    assert refused.value.message == (
        "conflicts of interest came on record after the assignment: eva in PIP1-000001 (conflict.board E-000001)"
    )
    assert refused.value.next_step == NEXT


def test_scores_do_not_close_over_marks_of_who_is_tied(assigned: Round) -> None:
    assigned.give(MARKS)
    assigned.profile(BOARD, now=SCORING)
    with pytest.raises(RefusedError, match=r"eva in PIP1-000001 \(conflict.board E-000001; has given marks\)"):
        assigned.close_scores()
    assigned.assign()
    assert [(line.evaluator, line.is_late) for line in list_recusals(assigned.workspace, CALL)] == [("eva", True)]
    assigned.give({"A1": Decimal(5)})
    assigned.close_scores()
    assert verify(assigned.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_a_party_that_is_corrected_shows_whom_it_ties(assigned: Round) -> None:
    tie = {"organisation": "Otro nombre", "organisation_tax_country": "HN", "organisation_tax_number": "0801-9"}
    assigned.profile({**BOARD, **tie}, now=SCORING)
    assert list_found_conflicts(assigned.workspace, CALL, SCORING) == []
    correct_party(
        assigned.workspace,
        as_("olga"),
        SCORING,
        party="E-000001",
        reason="Registro",
        facts={"tax_number": "0801-9", "tax_country": "HN"},
    )
    assert list_found_conflicts(assigned.workspace, CALL, SCORING) == [conflict()]
    with pytest.raises(RefusedError, match="eva in PIP1-000001"):
        assigned.close_scores()


def test_a_tie_found_once_the_scores_are_closed_is_told_with_the_ranking(assigned: Round) -> None:
    assigned.give(MARKS)
    assigned.close_scores()
    assigned.profile(BOARD, now=AFTER_DRAW)
    assert assigned.rank().conflicts == (conflict(has_given_marks=True),)
    assert list_found_conflicts(assigned.workspace, CALL, AFTER_DRAW) == [conflict(has_given_marks=True)]


def test_a_tie_found_later_stands_in_the_package_and_its_entry(assigned: Round) -> None:
    assigned.give(MARKS)
    assigned.close_scores()
    assigned.rank()
    before = assigned.prepare().package
    assigned.profile(BOARD, now=AFTER_DRAW)
    with pytest.raises(RefusedError, match="the conflicts of interest found"):
        assigned.ratify(before)
    return_package(assigned.workspace, as_("marcos"), AFTER_DRAW, package=before, reason="Conflicto")
    package = assigned.prepare().package
    assert show_package(assigned.workspace, package).conflicts == [conflict(has_given_marks=True)]
    assert package != before
    assigned.ratify(package)
    assert verify(assigned.workspace, as_("aldo"), AFTER_DRAW).faults == ()
    assert replay(assigned.workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences == ()


def test_who_evaluates_no_more_is_recused_too(assigned: Round) -> None:
    assigned.profile(BOARD, now=SCORING)
    revoke_role(assigned.workspace, as_("admin"), SCORING, actor="eva", role=Role.EVALUATOR, reason="Se jubiló")
    assigned.assign()
    assert [(line.proposal, line.evaluator) for line in list_recusals(assigned.workspace, CALL)] == [
        ("PIP1-000001", "eva")
    ]
    assert list_found_conflicts(assigned.workspace, CALL, SCORING) == []


def test_who_was_recused_is_found_no_more(assigned: Round) -> None:
    assigned.profile(BOARD, now=SCORING)
    assigned.assign()
    assert list_found_conflicts(assigned.workspace, CALL, SCORING) == []
    assigned.give(MARKS)
