"""Conflicts of interest by the agency's own record: who applied, or holds a grant, with an evaluator's organisation."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipgrants.services.answers import withdraw
from pipgrants.services.assignment import assign, list_recusals
from rounds import AFTER_DRAW, CALL, Round, application, as_, edit, open_workspace, publish
from supported import LATER_CALL, LATER_CLOSED, LATER_OPEN, later_call, with_member_of

EMPLOYER = {"evaluator": "eva", "institution": "TALLER  A1-1"}
Begun = Callable[[str], tuple[Round, Round]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Round, Round]:
    """A1 holds an award of the former call, B1 none. A2 of the later call has a firm of A1, B2 one of B1."""
    workspace = open_workspace(tmp_path_factory.mktemp("former") / "fund")
    edit(workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 100000"})
    former = publish(workspace)
    first = {name: application(name) for name in ("A1", "B1")}
    former.receive(first.values())
    former.ratify(former.to_package({"A1": "5", "B1": "4"}))
    former.release()
    later = later_call(workspace, None)
    later.receive([with_member_of(application(f"{name}2"), first[f"{name}1"]) for name in "AB"], LATER_OPEN)
    later.screen(LATER_CLOSED)
    later.add_evaluator("elsa")
    return former, later


@pytest.fixture
def rounds(told: tuple[Round, Round], tmp_path: Path) -> tuple[Round, Round]:
    former = told[0].copy(tmp_path / "fund")
    return former, Round(former.workspace, LATER_CALL, dict(told[1].numbers))


def found(later: Round, now: datetime = LATER_CLOSED) -> list[tuple[str, str, str, str | None]]:
    """Who is recused from what when evaluators are assigned: the proposal, the evaluator, and why until when."""
    references = {number: name for name, number in later.numbers.items()}
    recused = assign(later.workspace, as_("olga"), now, call=LATER_CALL).recused
    return [(references[item.proposal], item.evaluator, item.reason, str(item.conflict.until_on)) for item in recused]


def test_who_holds_a_grant_with_the_employer_is_tied_by_it(rounds: tuple[Round, Round]) -> None:
    """Decided on June 22, 2026, and the project takes 24 months."""
    _, later = rounds
    later.profile(EMPLOYER)
    assert found(later) == [("A2", "eva", "conflict.prior_grant E-000002", "2028-06-22")]
    (line,) = list_recusals(later.workspace, LATER_CALL)
    assert (line.evaluator, line.why) == ("eva", "conflict.prior_grant E-000002")


def test_who_only_applied_with_the_employer_is_of_its_applicant_group(rounds: tuple[Round, Round]) -> None:
    _, later = rounds
    later.profile({"evaluator": "eva", "tie": "board", "organisation": "Taller B1-1", "until_on": "2024-01-31"})
    assert found(later) == [("B2", "eva", "conflict.applicant_group E-000008", "2026-03-02")]


def test_an_award_that_was_given_up_leaves_the_applicant_group(rounds: tuple[Round, Round]) -> None:
    former, later = rounds
    withdraw(former.workspace, as_("olga"), AFTER_DRAW, proposal=former.numbers["A1"], reason="Otro fondo")
    later.profile(EMPLOYER)
    assert found(later) == [("A2", "eva", "conflict.applicant_group E-000002", "2026-03-02")]


@pytest.mark.parametrize(
    "cells",
    [
        {"institution": "Taller A2-1"},
        {"tie": "prior_grant", "organisation": "Taller A1-1"},
        {"tie": "board", "organisation": "Taller A1-1", "until_on": "2020-12-31"},
    ],
    ids=["of this proposal alone", "only a partner itself", "long ago"],
)
def test_what_says_nothing_of_a_partner_ties_nobody_to_it(rounds: tuple[Round, Round], cells: dict[str, str]) -> None:
    _, later = rounds
    later.profile({"evaluator": "eva", **cells})
    assert [line for line in found(later) if "prior_grant" in line[2] or "applicant_group" in line[2]] == []


def test_a_joint_application_counts_for_the_years_declared(rounds: tuple[Round, Round]) -> None:
    """Three years are declared; the former call received on March 2, 2026."""
    _, later = rounds
    later.profile({"evaluator": "eva", "institution": "Taller B1-1"})
    assert found(later, datetime(2029, 3, 3, 15, 0, tzinfo=UTC)) == []
