"""What acts rely on in a machine: each piece taken out of one that ships is missed, at its line."""

import re
from dataclasses import replace

import pytest

from pipgrants.reading import read_text
from pipgrants.workflow.check import check
from pipgrants.workflow.definition import Machine
from pipgrants.workflow.demands import DEMANDS

ONE_STAGE, TWO_STAGES = "proposal_one_stage", "proposal_two_stage"
BOTH = "    tier: [management, coordination]\n    role: [programme_manager, coordination_officer]\n"
MANAGERS = "    tier: [management]\n    role: [programme_manager]\n"


@pytest.fixture
def spoil(machines, vocabulary):
    """What ``workflow check`` says of a shipped machine in which the transitions of a trigger are changed."""

    def said(name, trigger, changes):
        head, *transitions = re.split(r"(?m)^(?=  - trigger: )", (machines / f"{name}.yaml").read_text("utf-8"))
        for place, transition in enumerate(transitions):
            if transition.startswith(f"  - trigger: {trigger}\n"):
                for old, new in changes.items():
                    transition = re.sub(old, new, transition)
                transitions[place] = transition
        words = replace(vocabulary, machine=name, preparers=["coordination_officer"], demands=DEMANDS[name])
        text = head + "".join(transitions)
        definition = read_text(text, Machine, file="x.yaml")
        found = check(definition, words, "x.yaml")
        assert all(problem.line for problem in found)
        return sorted({problem.message for problem in found})

    return said


@pytest.mark.parametrize("name", DEMANDS)
def test_shipped_machine_meets_every_demand(spoil, name):
    assert spoil(name, "nothing", {}) == []


@pytest.mark.parametrize(("name", "trigger"), [(name, trigger) for name in DEMANDS for trigger in DEMANDS[name]])
def test_the_trail_tells_of_a_trigger_by_a_name_that_duties_are_known_by(spoil, name, trigger):
    told = f"{trigger} is told in the trail as {' or '.join(DEMANDS[name][trigger].entries)}"
    assert spoil(name, trigger, {"    entry: .*": "    entry: SomethingDone"}) == [told]


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("programme", "activate"),
        ("programme", "revise"),
        ("call", "authorise"),
        ("call", "extend"),
        ("call", "amend"),
        ("call", "ratify"),
        (ONE_STAGE, "determine"),
        (TWO_STAGES, "determine"),
        ("service_contract", "approve"),
        ("conflict", "approve_departure"),
    ],
)
class TestApproving:
    """Who prepared never approves, whether or not the machine marks the duty."""

    def test_the_role_that_prepares_is_refused(self, spoil, name, trigger):
        assert spoil(name, trigger, {re.escape(MANAGERS): BOTH}) == ["one role both prepares and approves"]

    def test_the_role_that_prepares_is_refused_without_the_mark_too(self, spoil, name, trigger):
        changes = {re.escape(MANAGERS): BOTH, "    duty: approves\n": ""}
        assert spoil(name, trigger, changes) == sorted(
            ["one role both prepares and approves", f"{trigger} needs duty: approves"]
        )

    def test_the_guard_is_missed_without_the_mark_too(self, spoil, name, trigger):
        changes = {"prepared_by_another_person(, )?": "", "    duty: approves\n": ""}
        assert spoil(name, trigger, changes) == sorted(
            ["an approving transition needs the guard prepared_by_another_person", f"{trigger} needs duty: approves"]
        )


def test_preparing_is_marked(spoil):
    assert spoil("call", "prepare", {"    duty: prepares\n": ""}) == ["prepare needs duty: prepares"]


def test_role_that_prepares_the_package_does_not_ratify_it(spoil):
    officers = "    tier: [coordination]\n    role: [coordination_officer]\n"
    assert spoil("call", "prepare", {re.escape(officers): BOTH, "    duty: prepares\n": ""}) == [
        "one role both prepares and approves",
        "prepare needs duty: prepares",
    ]


@pytest.mark.parametrize(
    ("name", "trigger", "guard"),
    [
        ("call", "authorise", "within_operating_criteria"),
        ("call", "authorise", "within_envelope"),
        ("call", "publish", "closes_in_future"),
        ("call", "close", "deadline_passed"),
        ("call", "close_scores", "nothing_undetermined_open"),
        ("call", "close_scores", "all_scores_in"),
        ("call", "rank", "nothing_undetermined_open"),
        ("call", "rank", "draw_recorded"),
        ("call", "ratify", "package_unchanged"),
        ("call", "promote", "reserve_in_force"),
        ("call", "archive", "appeal_window_over"),
        (ONE_STAGE, "renounce", "holds_award_or_place"),
        (TWO_STAGES, "promote", "holds_place"),
        (ONE_STAGE, "clarify", "clarification_open"),
        (TWO_STAGES, "finalise", "appeal_window_over"),
        (TWO_STAGES, "lapse", "deadline_passed"),
        ("service_contract", "sign", "project_in_execution"),
        ("service_contract", "sign", "within_component_budget"),
        ("conflict", "propose_departure", "lead_stays"),
    ],
)
def test_guard_that_an_act_relies_on_is_missed(spoil, name, trigger, guard):
    assert spoil(name, trigger, {f"{guard}(, )?": ""}) == [f"{trigger} needs the guard {guard}"]


def test_reception_looks_at_the_time(spoil):
    assert "receive needs one of the guards in_time, out_of_time" in spoil(ONE_STAGE, "receive", {"in_time": ""})


@pytest.mark.parametrize(
    ("name", "trigger", "letter"),
    [
        ("call", "amend", "corrigendum"),
        (ONE_STAGE, "receive", "receipt or late"),
        (ONE_STAGE, "screen", "clarification_request"),
        (TWO_STAGES, "screen", "clarification_request"),
        (ONE_STAGE, "withdraw", "withdrawal"),
        (ONE_STAGE, "renounce", "withdrawal"),
        (TWO_STAGES, "cancel", "call_cancelled"),
        (TWO_STAGES, "declare_void", "call_void"),
    ],
)
def test_letter_that_an_act_sends_is_missed(spoil, name, trigger, letter):
    assert spoil(name, trigger, {"    letter: .*\n": ""}) == [f"{trigger} needs the letter {letter}"]
    assert spoil(name, trigger, {"    letter: .*\n": "    letter: reserve\n"}) == [
        f"{trigger} needs the letter {letter}"
    ]


def test_screening_that_decides_sends_no_letter(spoil):
    found = spoil(
        ONE_STAGE, "screen", {"    entry: ProposalScreened": "    letter: decline\n    entry: ProposalScreened"}
    )
    assert found == ["screen sends a letter only where the applicant is asked (clarification_request)"]


def test_determination_has_an_outcome_with_its_own_letter_and_guard(spoil):
    found = spoil(ONE_STAGE, "determine", {"destination: awarded": "destination: received"})
    assert "determine leads to a state with an outcome" in found
    assert spoil(ONE_STAGE, "determine", {"letter: award\n": "letter: decline\n"}) == [
        "the letter of a determination is that of its outcome, award"
    ]
    swapped = {"outcome_is_award": "x_x", "outcome_is_decline": "outcome_is_award", "x_x": "outcome_is_decline"}
    assert spoil(ONE_STAGE, "determine", swapped) == [
        "it leads to the outcome award",
        "it leads to the outcome decline",
    ]


@pytest.mark.parametrize(
    ("name", "trigger", "guard"),
    [
        (ONE_STAGE, "receive", "out_of_time"),
        (ONE_STAGE, "screen", "some_criterion_not_met"),
        (TWO_STAGES, "screen", "all_criteria_met"),
        ("call", "ratify", "profile_stage"),
    ],
)
def test_what_an_act_may_meet_has_a_way(spoil, name, trigger, guard):
    other = next(word for word in DEMANDS[name][trigger].one_of if word != guard)
    assert f"no transition of {trigger} has the guard {guard}" in spoil(name, trigger, {guard: other})


@pytest.mark.parametrize(("name", "outcome"), [(ONE_STAGE, "reserve"), (TWO_STAGES, "profile_not_invited")])
def test_every_outcome_has_a_way(spoil, name, outcome):
    state = {"reserve": "reserved", "profile_not_invited": "not_invited"}[outcome]
    found = spoil(name, "determine", {f"destination: {state}\n": "destination: eligible\n"})
    assert f"no transition of determine leads to the outcome {outcome}" in found


@pytest.mark.parametrize(("name", "trigger"), [("call", "cancel"), (ONE_STAGE, "notify"), ("programme", "revise")])
def test_a_letter_that_no_act_sends_is_refused(spoil, name, trigger):
    assert spoil(name, trigger, {"    entry: ": "    letter: receipt\n    entry: "}) == [f"{trigger} sends no letter"]


@pytest.mark.parametrize("name", DEMANDS)
def test_trigger_of_an_act_is_missed_and_one_of_no_act_is_refused(spoil, name):
    for trigger, demand in DEMANDS[name].items():
        found = spoil(name, trigger, {f"  - trigger: {trigger}\n": "  - trigger: elsewhere\n"})
        missed = [message for message in found if message == f"no transition has the trigger {trigger}"]
        assert bool(missed) is not demand.optional
        assert any(message.startswith("unknown name; allowed: ") for message in found)


def test_machine_is_called_like_its_file(machines, vocabulary):
    text = (machines / "call.yaml").read_text("utf-8").replace("machine: call", "machine: appeal")
    words = replace(vocabulary, machine="call", demands=DEMANDS["call"])
    assert [str(problem) for problem in check(read_text(text, Machine, file="x.yaml"), words, "x.yaml")] == [
        "x.yaml:4: machine: a machine is called like its file: call (seen: 'appeal')"
    ]
