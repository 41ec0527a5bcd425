"""Who scores what: evaluators assigned by the rules of the call, recused, replaced, and what blocks an assignment."""

import json
from collections import Counter
from functools import partial

import pytest

from pipgrants.domain.assignment import PanelRule
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import assignment, people
from pipgrants.services.assignment import Assigned, list_recusals
from pipgrants.services.workspace import Workspace
from rounds import CALL, EVALUATORS, SCORING, Round, application, as_, edit, publish

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
    found = screened.assign()
    assert (found.proposals_count, found.evaluations_count, found.evaluators_count) == (2, 6, 3)
    assert {name: sorted(screened.evaluators(name)) for name in ("A1", "A2", "A3")} == {
        "A1": ["edna", "emilio", "eva"],
        "A2": ["edna", "emilio", "eva"],
        "A3": [],
    }
    assert assignments(screened) == [(item.proposal, item.evaluator) for item in found.given]


def test_the_work_is_shared_evenly(round_: Round) -> None:
    round_.receive([application(f"A{place}") for place in range(12)])
    round_.screen()
    for name in ("elsa", "efren", "elias"):
        round_.add_evaluator(name)
    round_.assign()
    assert set(Counter(name for _, name in assignments(round_)).values()) == {6}


def test_assigning_again_adds_nothing(assigned: Round) -> None:
    before = assigned.acts()
    assert assigned.assign().given == ()
    assert assigned.acts() == before


def test_nothing_is_assigned_where_no_proposal_is_eligible(round_: Round) -> None:
    assert round_.assign() == Assigned(0, (), (), (), 0, 0, 0)


def test_too_few_evaluators_are_refused_with_their_names(screened: Round) -> None:
    with pytest.raises(RefusedError) as refused:
        screened.assign(evaluators=("eva", "emilio", "eva"))
    assert refused.value.message == (
        "no assignment is possible: PIP1-000001 needs 3 more evaluators; only emilio and eva may score it: "
        "1 evaluation lacking"
    )


def test_who_is_no_evaluator_is_not_assigned(screened: Round) -> None:
    with pytest.raises(RefusedError, match="iris is not evaluator"):
        screened.assign(evaluators=("eva", "emilio", "iris"))
    with pytest.raises(NotFoundError, match="there is no actor 'nadie'"):
        screened.assign(evaluators=("eva", "emilio", "nadie"))


def test_an_assignment_that_names_nobody_is_refused(assigned: Round) -> None:
    with pytest.raises(RefusedError, match="no evaluator is named"):
        assigned.assign(evaluators=())


def test_the_entry_holds_the_figures_of_the_assignment(screened: Round) -> None:
    screened.profile(eva(sectors="1391", languages="es"), emilio(sectors="1392"), edna(territory="HN-CR"))
    found = screened.assign()
    (entry,) = screened.entries(act="AssignmentMade")
    figures = {name: entry["inputs"][name] for name in ("floor", "objective", "bound", "evaluations", "available")}
    assert figures == {
        "floor": 5,
        "objective": 2 * (4 * 15 + 20 + 3 * 15 + 5),
        "bound": found.bound,
        "evaluations": 6,
        "available": ["edna", "emilio", "eva"],
    }
    assert found.bound == found.objective


# Profiles and rules


def row_of(evaluator: str, **cells: str) -> dict[str, str]:
    return {"evaluator": evaluator, **cells}


eva, emilio, edna, elsa = (partial(row_of, name) for name in ("eva", "emilio", "edna", "elsa"))


def published(workspace: Workspace, **rules: object) -> Round:
    """A published call with rules of the panel, with two eligible proposals."""
    terms = json.dumps({"clause": "6.2", **rules})
    edit(workspace, "calls", CALL, {"\nrubric:": f"\nevaluators: {terms}\n\nrubric:"})
    found = publish(workspace)
    found.receive([application("A1"), application("A2")])
    found.screen()
    found.add_evaluator("elsa")
    return found


def refusal(round_: Round) -> str:
    with pytest.raises(RefusedError) as refused:
        round_.assign()
    return refused.value.message.removeprefix("no assignment is possible: ")


def test_only_who_reads_the_language_is_assigned(workspace: Workspace) -> None:
    round_ = published(workspace, same_language=True)
    round_.profile(*(row(languages="es; en") for row in (eva, emilio, edna)), elsa(languages="pt"))
    round_.assign()
    assert {name for _, name in assignments(round_)} == set(EVALUATORS)


def test_too_few_who_read_the_language_are_named(workspace: Workspace) -> None:
    round_ = published(workspace, same_language=True)
    round_.profile(eva(languages="es"), emilio(languages="es"), edna(languages="pt"))
    assert refusal(round_) == (
        "PIP1-000001 needs 3 more evaluators who read es; only emilio and eva may score it: 1 evaluation lacking"
    )


def test_load_limits_that_leave_too_little_are_named(workspace: Workspace) -> None:
    round_ = published(workspace, load_limit=2)
    round_.profile(eva(load_limit="1"), emilio(load_limit="1"), edna(load_limit="1"))
    assert refusal(round_) == (
        "PIP1-000001 and PIP1-000002 each need 3 more evaluators; only edna (room for 1), elsa (room for 2), "
        "emilio (room for 1) and eva (room for 1) may score any of them: 1 evaluation lacking"
    )


def test_an_expert_of_the_sector_is_on_each_panel(workspace: Workspace) -> None:
    round_ = published(workspace, sector_expert=True)
    round_.profile(eva(sectors="1071"), elsa(sectors="1392"))
    round_.assign()
    assert {number for number, name in assignments(round_) if name == "elsa"} == {"PIP1-000001", "PIP1-000002"}


def test_a_missing_expert_is_named_with_the_proposals(workspace: Workspace) -> None:
    round_ = published(workspace, sector_expert=True)
    round_.profile(elsa(sectors="1391", load_limit="1"))
    assert refusal(round_) == (
        "PIP1-000001 and PIP1-000002 each need an expert of its sector (1391); only elsa (room for 1) is one: "
        "1 evaluation lacking"
    )


def test_a_missing_outsider_is_named(workspace: Workspace) -> None:
    round_ = published(workspace, outside_territory=True)
    round_.profile(eva(territory="HN-FM-0801"), emilio(territory="HN"))
    assert refusal(round_) == (
        "PIP1-000001 needs an evaluator from outside its territory; nobody who evaluates is one: 1 evaluation lacking"
    )


def test_what_else_a_panel_needs_is_told_beside_a_missing_expert(workspace: Workspace) -> None:
    round_ = published(workspace, sector_expert=True, outside_territory=True)
    assert refusal(round_) == (
        "PIP1-000001 needs an expert of its sector (1391), and an evaluator from outside its territory; nobody who "
        "evaluates is one: 1 evaluation lacking"
    )


def test_two_of_one_institution_are_kept_apart(workspace: Workspace) -> None:
    round_ = published(workspace, one_per_institution=True)
    round_.profile(eva(institution="UNAH"), emilio(institution=" unah "), edna(institution="Zamorano"))
    round_.assign()
    assert set(Counter(number for number, name in assignments(round_) if name in ("eva", "emilio")).values()) == {1}


def test_too_few_institutions_are_named(workspace: Workspace) -> None:
    round_ = published(workspace, one_per_institution=True)
    round_.profile(eva(institution="UNAH"), emilio(institution="UNAH"), edna(institution="UNAH"))
    assert refusal(round_) == (
        "PIP1-000001 needs 3 more evaluators, no two of one institution; only edna, elsa, emilio and eva may score it"
    )


# Conflicts of interest that are detected


OTHERWISE_NAMED = {"organisation": "Otro", "organisation_tax_country": "HN", "organisation_tax_number": "A1-1"}


def lead_of(reference: str) -> dict[str, str]:
    return {"organisation": f"TALLER  {reference}-1"}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"institution": "Taller A1-1"}, "conflict.employer"),
        ({"tie": "board", **lead_of("A1")}, "conflict.board"),
        ({"tie": "applicant_group", **lead_of("A1")}, "conflict.applicant_group"),
        ({"tie": "prior_grant", "until_on": "2023-06-01", **lead_of("A1")}, "conflict.prior_grant"),
        ({"tie": "common_project", "until_on": "2025-01-31", **lead_of("A1")}, "conflict.common_project"),
        ({"tax_country": "HN", "tax_number": "a1 1"}, "conflict.same_tax_number"),
        ({"tie": "board", **OTHERWISE_NAMED}, "conflict.board"),
    ],
)
def test_who_is_tied_to_a_member_is_recused(screened: Round, cells: dict[str, str], code: str) -> None:
    screened.add_evaluator("elsa")
    screened.profile(eva(**cells))
    found = screened.assign()
    assert [(item.proposal, item.evaluator, item.conflict.code) for item in found.recused] == [
        ("PIP1-000001", "eva", code)
    ]
    assert ("PIP1-000001", "eva") not in assignments(screened)
    (line,) = list_recusals(screened.workspace, CALL)
    assert (line.proposal, line.evaluator, line.how, line.why) == ("PIP1-000001", "eva", "detected", f"{code} E-000001")


def test_a_tie_that_ended_before_the_years_declared_is_no_conflict(screened: Round) -> None:
    """Assigned on June 1, 2026; three years are declared."""
    screened.profile(eva(tie="common_project", until_on="2023-05-31", **lead_of("A1")))
    assert screened.assign().recused == ()


def test_a_conflict_found_later_sets_aside_what_was_assigned(assigned: Round) -> None:
    assigned.add_evaluator("elsa")
    assigned.profile(eva(institution="Taller A1-1"))
    found = assigned.assign()
    assert assignments(assigned)[-1] == ("PIP1-000001", "elsa")
    assert assigned.evaluators("A1")["eva"] == "conflict.employer E-000001"
    assert [item.evaluator for item in found.recused] == ["eva"]
    assert assigned.assign().recused == ()


def test_too_many_conflicts_are_named(screened: Round) -> None:
    screened.profile(eva(institution="Taller A2-1"))
    assert refusal(screened) == (
        "PIP1-000002 needs 3 more evaluators without a conflict of interest; only edna and emilio may score it: "
        "1 evaluation lacking. Recused: eva from PIP1-000002"
    )
    assert screened.entries(act="EvaluatorRecused") == []


# Replacing


def test_one_evaluator_takes_the_place_of_another(assigned: Round) -> None:
    assigned.add_evaluator("elsa")
    assert assigned.reassign("A1", "eva", "elsa").broken == ()
    assert assigned.evaluators("A1") == {"elsa": None, "emilio": None, "edna": None}
    (entry,) = assigned.entries(act="EvaluatorReassigned")
    assert (entry["reason"], entry["inputs"]["leaving"], entry["inputs"]["evaluator"]) == (
        "Licencia médica",
        "eva",
        "elsa",
    )


def test_a_replacement_says_which_rules_it_breaks(workspace: Workspace) -> None:
    round_ = published(workspace, same_language=True)
    round_.profile(*(row(languages="es") for row in (eva, emilio, edna)), elsa(languages="pt"))
    round_.assign()
    assert {fault.rule for fault in round_.reassign("A1", "eva", "elsa").broken} == {PanelRule.SAME_LANGUAGE}
    (entry,) = round_.entries(act="EvaluatorReassigned")
    assert entry["inputs"]["breaks"] == ["same_language"]


def test_who_has_a_conflict_of_interest_replaces_nobody(assigned: Round) -> None:
    assigned.add_evaluator("elsa")
    assigned.profile(elsa(institution="Taller A1-1"))
    with pytest.raises(RefusedError, match=r"elsa is recused from PIP1-000001 \(conflict.employer E-000001\)"):
        assigned.reassign("A1", "eva", "elsa")


def test_who_was_recused_is_replaced_once(assigned: Round) -> None:
    for name in ("elsa", "ernesto"):
        assigned.add_evaluator(name)
    assigned.declare_conflict("A1", "eva")
    assigned.assign(evaluators=("elsa",))
    with pytest.raises(RefusedError, match="eva was recused from PIP1-000001, and replaced already"):
        assigned.reassign("A1", "eva", "ernesto")


def test_a_replacement_needs_a_reason_and_somebody_to_replace(assigned: Round) -> None:
    assigned.add_evaluator("elsa")
    with pytest.raises(RefusedError, match="needs a reason"):
        assigned.reassign("A1", "eva", "elsa", reason=" ")
    with pytest.raises(RefusedError, match="elsa was not assigned PIP1-000001"):
        assigned.reassign("A1", "elsa", "eva")
    with pytest.raises(RefusedError, match="emilio is on the panel of PIP1-000001"):
        assigned.reassign("A1", "eva", "emilio")


def test_a_conflict_declared_is_filled_up_by_assigning_again(assigned: Round) -> None:
    assigned.declare_conflict("A1", "eva")
    assigned.add_evaluator("elsa")
    assert [(item.proposal, item.evaluator) for item in assigned.assign().given] == [("PIP1-000001", "elsa")]
    assert assigned.evaluators("A1") == {"eva": REASON, "emilio": None, "edna": None, "elsa": None}
    assert assigned.evaluators("A2") == dict.fromkeys(EVALUATORS)


def test_who_declared_a_conflict_of_interest_is_not_assigned_again(assigned: Round) -> None:
    assigned.declare_conflict("A1", "eva")
    assert refusal(assigned) == (
        "PIP1-000001 needs 1 more evaluator without a conflict of interest; nobody who evaluates may score it: "
        "1 evaluation lacking. Recused: eva from PIP1-000001"
    )
    assert assigned.evaluators("A1")["eva"] == REASON


# Conflicts of interest


def test_an_evaluator_declares_only_own_conflicts(assigned: Round) -> None:
    with pytest.raises(NotAuthorisedError, match="eva cannot declare a conflict of interest of emilio"):
        assigned.declare_conflict("A1", "emilio", by="eva")
    assigned.declare_conflict("A1", "emilio", by="olga")
    assert assigned.evaluators("A1")["emilio"] == REASON


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_conflict_of_interest_needs_a_reason_in_words(assigned: Round, reason: str) -> None:
    with pytest.raises(RefusedError, match="a conflict of interest needs a reason"):
        assignment.declare_conflict(
            assigned.workspace, as_("eva"), SCORING, proposal=assigned.numbers["A1"], evaluator="eva", reason=reason
        )
    assert assigned.evaluators("A1") == dict.fromkeys(EVALUATORS)


def test_who_acts_for_a_party_of_a_proposal_does_not_score_it(screened: Round) -> None:
    people.grant_role(screened.workspace, as_("admin"), SCORING, actor="eva", role=Role.IMPLEMENTING_AGENCY)
    screened.tie("A1", "eva")
    screened.add_evaluator("elsa")
    found = screened.assign(evaluators=(*EVALUATORS, "elsa"))
    assert [(item.proposal, item.evaluator, item.conflict.code) for item in found.recused] == [
        ("PIP1-000001", "eva", "conflict.acts_for_member")
    ]
    assert "eva" not in screened.evaluators("A1")


def test_a_conflict_is_declared_by_who_was_assigned(assigned: Round) -> None:
    assigned.add_evaluator("elsa")
    with pytest.raises(RefusedError, match="elsa was not assigned PIP1-000001"):
        assigned.declare_conflict("A1", "elsa")
