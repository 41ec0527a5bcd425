"""The machines that ship: sound, of one vocabulary, and with a way for every unhappy case."""

import pytest

from pipgrants.domain.vocabulary import TO_EVALUATORS, LetterKind, Outcome
from pipgrants.workflow.definition import Duty
from pipgrants.workflow.engine import Engine, Guard

ONE_STAGE, TWO_STAGES = "proposal_one_stage", "proposal_two_stage"
NAMES = ("call", "conflict", "disbursement", "programme", "project", ONE_STAGE, TWO_STAGES, "service_contract")


@pytest.fixture(scope="module")
def shipped(load_shipped):
    return {name: load_shipped(name) for name in NAMES}


def runner(definition, *false):
    guards = {name for transition in definition.transitions for name in transition.guards}
    return Engine(definition, [Guard(name, lambda _, name=name: name not in false, "no") for name in guards])


def run(engine, state, triggers):
    """The states passed when each trigger is fired by whoever may."""
    everyone = frozenset({"programme_manager", "coordination_officer", "implementing_agency"})
    passed = [state]
    for trigger in triggers.split():
        passed.append(engine.fire(passed[-1], trigger, None, roles=everyone, reason="as agreed").destination)
    return " ".join(passed)


def test_shipped_machines_are_those_of_the_folder(machines):
    assert sorted(path.stem for path in machines.glob("*.yaml")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_machine_is_named_like_its_file(shipped, name):
    assert shipped[name].machine == name


def test_shipped_machines_use_every_guard_of_the_vocabulary(shipped, vocabulary):
    used = {guard for item in shipped.values() for transition in item.transitions for guard in transition.guards}
    assert used == vocabulary.guards


def test_shipped_machines_determine_every_outcome(shipped):
    outcomes = {name: {state.outcome for state in item.states.values()} - {None} for name, item in shipped.items()}
    assert outcomes[TWO_STAGES] == set(Outcome)
    assert outcomes[ONE_STAGE] == set(Outcome) - {Outcome.PROFILE_INVITED, Outcome.PROFILE_NOT_INVITED}


def test_shipped_machines_send_every_kind_of_letter(shipped):
    sent = {transition.letter for item in shipped.values() for transition in item.transitions} - {None}
    assert sent == set(LetterKind) - TO_EVALUATORS


def test_shipped_machines_approve_in_management_and_prepare_in_coordination(shipped):
    duties = {(item.duty, item.tier) for machine in shipped.values() for item in machine.transitions if item.duty}
    assert duties == {(Duty.APPROVES, ("management",)), (Duty.PREPARES, ("coordination",))}


def test_service_contract_is_approved_where_few_offers_were_compared(shipped):
    engine, few = (runner(shipped["service_contract"], *false) for false in ((), ("offers_compared",)))
    triggers = "sign start deliver refuse deliver accept"
    assert run(engine, "selected", triggers) == ("selected signed in_progress delivered in_progress delivered accepted")
    assert run(few, "selected", "approve sign terminate") == "selected approved signed terminated"


def test_a_firm_leaves_a_group_by_the_approval_of_management_only(shipped):
    triggers = "mediate propose_departure return_departure escalate mediate propose_departure approve_departure"
    assert run(runner(shipped["conflict"]), "opened", triggers) == (
        "opened in_mediation departure_proposed in_mediation escalated escalated departure_proposed firm_left"
    )
    leading = [item for item in shipped["conflict"].transitions if item.destination == "firm_left"]
    assert [(item.trigger, item.duty, item.role) for item in leading] == [
        ("approve_departure", Duty.APPROVES, ("programme_manager",))
    ]


def test_call_in_one_stage(shipped):
    triggers = "authorise publish extend amend close screen close_scores rank prepare ratify release archive"
    assert run(runner(shipped["call"], "profile_stage"), "drafted", triggers) == (
        "drafted authorised published extended extended closed screened scores_closed ranked prepared ratified "
        "released archived"
    )


def test_call_in_two_stages_passes_through_the_invitation(shipped):
    triggers = "ratify release close screen close_scores rank prepare return_package prepare"
    assert run(runner(shipped["call"], "proposal_stage"), "prepared", triggers) == (
        "prepared invited invited closed screened scores_closed ranked prepared ranked prepared"
    )


def test_call_can_be_cancelled_before_its_deadline_and_declared_void_after(shipped):
    call = runner(shipped["call"])
    can = {
        trigger: [state for state in shipped["call"].states if trigger in call.possible(state)]
        for trigger in ("cancel", "declare_void")
    }
    assert can == {
        "cancel": ["drafted", "authorised", "published", "extended"],
        "declare_void": ["closed", "screened", "scores_closed", "ranked", "prepared", "invited"],
    }


@pytest.mark.parametrize("name", [ONE_STAGE, TWO_STAGES])
def test_proposal_can_be_withdrawn_until_a_decision_is_ratified(shipped, name):
    engine = runner(shipped[name])
    withdrawable = {state for state in shipped[name].states if "withdraw" in engine.possible(state)}
    decided = {item for item, state in shipped[name].states.items() if state.outcome not in (None, "profile_invited")}
    after = {"registered", "late", "notified", "under_appeal", "upheld", "final", "withdrawn", "call_void", "lapsed"}
    assert withdrawable == set(shipped[name].states) - decided - after


def test_proposal_awarded_and_appealed(shipped):
    triggers = "receive screen determine notify appeal settle finalise"
    assert run(runner(shipped[ONE_STAGE]), "registered", triggers) == (
        "registered received eligible awarded notified under_appeal notified final"
    )


def test_proposal_late_is_told_so(shipped):
    engine = runner(shipped[ONE_STAGE], "in_time")
    assert run(engine, "registered", "receive notify finalise") == "registered late notified final"


DECIDED = ("all_criteria_met", "some_criterion_not_met")
"""False while something is missing."""


def test_proposal_clarification_answered(shipped):
    engine = runner(shipped[ONE_STAGE], *DECIDED, "clarification_expired")
    assert run(engine, "received", "screen clarify") == "received clarification_requested received"


@pytest.mark.parametrize(
    ("false", "destination"), [("decided_on_record", "screened_out"), ("unanswered_is_ineligible", "eligible")]
)
def test_proposal_clarification_unanswered(shipped, false, destination):
    engine = runner(shipped[ONE_STAGE], *DECIDED, false)
    assert run(engine, "clarification_requested", "screen") == f"clarification_requested {destination}"


def test_proposal_in_two_stages(shipped):
    triggers = "receive screen determine receive screen determine"
    assert run(runner(shipped[TWO_STAGES]), "registered", triggers) == (
        "registered profile_received profile_eligible invited received eligible awarded"
    )


def test_profile_not_invited_is_notified(shipped):
    engine = runner(shipped[TWO_STAGES], "outcome_is_profile_invited")
    assert run(engine, "profile_eligible", "determine notify") == "profile_eligible not_invited notified"


def test_invitation_not_taken_up_lapses_without_a_letter(shipped):
    fired = runner(shipped[TWO_STAGES]).fire("invited", "lapse", None, roles=frozenset({"coordination_officer"}))
    assert (fired.destination, fired.transition.letter) == ("lapsed", None)
