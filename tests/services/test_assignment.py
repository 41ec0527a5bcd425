"""Who scores what: evaluators assigned, replaced where they have a conflict of interest, and what still lacks some."""

from collections import Counter

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import people
from pipgrants.services.assignment import Assigned, Lacking, declare_conflict
from rounds import EVALUATORS, SCORING, Round, application, as_

REASON = "Asesoró a la red en 2025"


@pytest.fixture
def screened(round_: Round) -> Round:
    """Two eligible proposals, and one that is screened out."""
    round_.receive([application("A1"), application("A2"), application("A3", counterpart="80000")])
    round_.screen()
    return round_


@pytest.fixture
def assigned(screened: Round) -> Round:
    screened.assign()
    return screened


def assignments(round_: Round) -> list[tuple[str, str]]:
    """Every assignment in the order of the trail: the proposal and its evaluator."""
    entries = round_.entries(act="EvaluatorAssigned")
    return [(entry["subject"].removeprefix("proposal/"), entry["inputs"]["evaluator"]) for entry in entries]


# Assigning


def test_every_eligible_proposal_has_as_many_evaluators_as_the_rubric_asks(screened: Round) -> None:
    assert screened.assign() == Assigned(proposals_count=2, evaluations_count=6, evaluators_count=3, lacking=())
    assert {name: sorted(screened.evaluators(name)) for name in ("A1", "A2", "A3")} == {
        "A1": ["edna", "emilio", "eva"],
        "A2": ["edna", "emilio", "eva"],
        "A3": [],
    }
    assert len(assignments(screened)) == 6


def test_the_work_is_shared_evenly(round_: Round) -> None:
    round_.receive([application(f"A{place}") for place in range(12)])
    round_.screen()
    for name in ("elsa", "efren", "elias"):
        round_.add_evaluator(name)
    round_.assign(evaluators=(*EVALUATORS, "elsa", "efren", "elias"))
    assert set(Counter(name for _, name in assignments(round_)).values()) == {6}


def test_assigning_again_adds_nothing(assigned: Round) -> None:
    before = assignments(assigned)
    assert assigned.assign() == Assigned(2, 0, 0, ())
    assert assignments(assigned) == before


def test_nothing_is_assigned_where_no_proposal_is_eligible(round_: Round) -> None:
    assert round_.assign() == Assigned(0, 0, 0, ())


def test_too_few_evaluators_for_the_first_assignment_are_refused(screened: Round) -> None:
    with pytest.raises(RefusedError, match="3 different evaluators are needed for each proposal; 2 named"):
        screened.assign(evaluators=("eva", "emilio", "eva"))


def test_who_is_no_evaluator_is_not_assigned(screened: Round) -> None:
    with pytest.raises(RefusedError, match="iris is not evaluator"):
        screened.assign(evaluators=("eva", "emilio", "iris"))
    with pytest.raises(NotFoundError, match="there is no actor 'nadie'"):
        screened.assign(evaluators=("eva", "emilio", "nadie"))


# Replacing


def test_a_replacement_named_alone_fills_up_what_a_conflict_of_interest_left(assigned: Round) -> None:
    assigned.declare_conflict("A1", "eva")
    assigned.add_evaluator("elsa")
    assert assigned.assign(evaluators=["elsa"]) == Assigned(2, 1, 1, ())
    assert assigned.evaluators("A1") == {"eva": REASON, "emilio": None, "edna": None, "elsa": None}
    assert assigned.evaluators("A2") == dict.fromkeys(EVALUATORS)


def test_proposals_that_still_lack_evaluators_are_named(assigned: Round) -> None:
    for evaluator in ("eva", "emilio"):
        assigned.declare_conflict("A1", evaluator)
    assigned.declare_conflict("A2", "edna")
    first = Lacking("PIP1-000001", assigned_count=1, wanted_count=3, conflicts=("emilio", "eva"))
    second = Lacking("PIP1-000002", assigned_count=2, wanted_count=3, conflicts=("edna",))
    none_to_assign = assigned.assign()
    assert none_to_assign == Assigned(2, 0, 0, (first, second))
    assert none_to_assign.lacking_count == 3
    assigned.add_evaluator("elsa")
    assert assigned.assign(evaluators=["elsa"]) == Assigned(2, 2, 1, (first._replace(assigned_count=2),))


def test_who_declared_a_conflict_of_interest_is_not_assigned_again(assigned: Round) -> None:
    assigned.declare_conflict("A1", "eva")
    assert assigned.assign(evaluators=["eva"]).evaluations_count == 0
    assert assigned.evaluators("A1")["eva"] == REASON


def test_replacements_share_the_work_evenly_in_number_order(round_: Round) -> None:
    """Who replaced somebody before has more to score already, and cannot score the same proposal twice."""
    references = ("A1", "A2", "A3", "A4")
    round_.receive([application(reference) for reference in references])
    round_.screen()
    round_.assign()
    for name in ("elsa", "efren"):
        round_.add_evaluator(name)
    for reference in ("A1", "A3"):
        round_.declare_conflict(reference, "emilio")
    round_.assign(evaluators=["elsa"])
    for reference in references:
        round_.declare_conflict(reference, "eva")
    round_.assign(evaluators=["elsa", "efren"])
    assert assignments(round_)[-6:] == [
        ("PIP1-000001", "elsa"),
        ("PIP1-000003", "elsa"),
        ("PIP1-000001", "efren"),
        ("PIP1-000002", "efren"),
        ("PIP1-000003", "efren"),
        ("PIP1-000004", "elsa"),
    ]


def test_an_assignment_that_names_nobody_is_refused(assigned: Round) -> None:
    with pytest.raises(RefusedError, match="no evaluator is named"):
        assigned.assign(evaluators=())


# Conflicts of interest


def test_an_evaluator_declares_only_own_conflicts(assigned: Round) -> None:
    with pytest.raises(NotAuthorisedError, match="eva cannot declare a conflict of interest of emilio"):
        assigned.declare_conflict("A1", "emilio", by="eva")
    assigned.declare_conflict("A1", "emilio", by="olga")
    assert assigned.evaluators("A1")["emilio"] == REASON


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_conflict_of_interest_needs_a_reason_in_words(assigned: Round, reason: str) -> None:
    with pytest.raises(RefusedError, match="a conflict of interest needs a reason"):
        declare_conflict(
            assigned.workspace, as_("eva"), SCORING, proposal=assigned.numbers["A1"], evaluator="eva", reason=reason
        )
    assert assigned.evaluators("A1") == dict.fromkeys(EVALUATORS)


def test_who_acts_for_a_party_of_a_proposal_does_not_score_it(screened: Round) -> None:
    people.grant_role(screened.workspace, as_("admin"), SCORING, actor="eva", role=Role.IMPLEMENTING_AGENCY)
    screened.tie("A1", "eva")
    found = screened.assign()
    assert found.lacking == (Lacking("PIP1-000001", assigned_count=2, wanted_count=3, conflicts=("eva",)),)
    assert "eva" not in screened.evaluators("A1") and "eva" in screened.evaluators("A2")


def test_a_conflict_is_declared_by_who_was_assigned(assigned: Round) -> None:
    assigned.add_evaluator("elsa")
    with pytest.raises(RefusedError, match="elsa was not assigned PIP1-000001"):
        assigned.declare_conflict("A1", "elsa")
