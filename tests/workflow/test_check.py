"""Static verification: one spoiled line, one problem, at its line."""

import pytest

from pipgrants.reading import read_text
from pipgrants.workflow.check import check, check_names
from pipgrants.workflow.definition import Machine

RATIFY = "small.yaml:23: transitions[2]"
PREPARE = "small.yaml:15: transitions[1]"
TIERS = "coordination, implementation, management, service_provider"
ROLES = "administrator, auditor, coordination_officer, evaluator, implementing_agency, programme_manager"
OUTCOMES = "award, conditional_award, decline, ineligible, profile_invited, profile_not_invited, reserve"


LATER = """\
  - trigger: prepare
    source: [drafted]
    destination: drafted
    tier: [coordination]
    role: [coordination_officer]
    guards: [{guards}]
    entry: PackagePostponed
"""


def problems(text, vocabulary):
    return [str(problem) for problem in check(read_text(text, Machine, file="small.yaml"), vocabulary, "small.yaml")]


def test_check_sound_definition(small, vocabulary):
    assert problems(small, vocabulary) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "machine: small",
            "machine: Small Machine",
            "small.yaml:1: machine: a name is lower-case words joined by underscores (seen: 'Small Machine')",
            id="machine name",
        ),
        pytest.param(
            "initial: drafted",
            "initial: draft",
            "small.yaml:1: initial: unknown name; allowed: awarded, drafted, prepared (seen: 'draft')",
            id="initial state",
        ),
        pytest.param(
            "trigger: ratify",
            "trigger: Ratify!",
            f"{RATIFY}.trigger: a name is lower-case words joined by underscores (seen: 'Ratify!')",
            id="trigger name",
        ),
        pytest.param(
            "source: [prepared]",
            "source: [prepared, sent]",
            f"{RATIFY}.source: unknown name; allowed: awarded, drafted, prepared (seen: 'sent')",
            id="source",
        ),
        pytest.param(
            "source: [prepared]",
            'source: [prepared, "*"]',
            f"{RATIFY}.source: unknown name; allowed: awarded, drafted, prepared (seen: '*')",
            id="wildcard source",
        ),
        pytest.param(
            "outcome: award",
            "outcome: prize",
            f"small.yaml:11: states.awarded.outcome: unknown name; allowed: {OUTCOMES} (seen: 'prize')",
            id="outcome",
        ),
        pytest.param(
            "    tier: management",
            "    tier: ministry",
            f"small.yaml:8: states.prepared.tier: unknown name; allowed: {TIERS} (seen: 'ministry')",
            id="tier of a state",
        ),
        pytest.param(
            "tier: [management]",
            "tier: [management, ministry]",
            f"{RATIFY}.tier: unknown name; allowed: {TIERS} (seen: 'ministry')",
            id="tier of a transition",
        ),
        pytest.param(
            "role: [programme_manager]",
            "role: [programme_manager, minister]",
            f"{RATIFY}.role: unknown name; allowed: {ROLES} (seen: 'minister')",
            id="role",
        ),
        pytest.param(
            "role: [programme_manager]",
            "role: [programme_manager, evaluator]",
            f"{RATIFY}.role: a role of the coordination tier, not named here (seen: 'evaluator')",
            id="role of another tier",
        ),
        pytest.param(
            "role: [programme_manager]",
            "role: [programme_manager, auditor]",
            f"{RATIFY}.role: a role of no tier changes nothing (seen: 'auditor')",
            id="auditor",
        ),
        pytest.param(
            "tier: [management]",
            "tier: [management, implementation]",
            f"{RATIFY}.tier: no role of this tier is named (seen: 'implementation')",
            id="tier without a role",
        ),
        pytest.param(
            "letter: award",
            "letter: prize",
            f"{RATIFY}.letter: unknown name; allowed: abandonment, agreement, appeal_dismissed, "
            "appeal_inadmissible, appeal_receipt, appeal_upheld, appointment, award, call_cancelled, call_void, "
            "clarification_request, closure, conditional_award, corrigendum, decline, disbursement_decision, "
            "ineligible, late, launch_validation, profile_invited, profile_not_invited, receipt, reminder, reserve, "
            "termination, withdrawal (seen: 'prize')",
            id="letter",
        ),
        pytest.param(
            "    letter: award\n",
            "",
            f"{RATIFY}.letter: 'awarded' is a determination (award), and no letter tells of it",
            id="determination without a letter",
        ),
        pytest.param(
            "[prepared_by_another_person]",
            "[]",
            f"{RATIFY}.guards: an approving transition needs the guard prepared_by_another_person",
            id="approved by the same person",
        ),
        pytest.param(
            "    entry: AllocationRatified\n",
            "",
            f"{RATIFY}.entry: the trail entry is named by a past participle such as ProposalScreened",
            id="entry absent",
        ),
        pytest.param(
            "entry: AllocationRatified",
            "entry: ratify it",
            f"{RATIFY}.entry: the trail entry is named by a past participle such as ProposalScreened "
            "(seen: 'ratify it')",
            id="entry not a name",
        ),
        pytest.param(
            "meaning: Waits for approval.",
            "meaning: ' '",
            "small.yaml:8: states.prepared.meaning: a state says in words what it means",
            id="meaning",
        ),
    ],
)
def test_check_one_spoiled_line(small, vocabulary, old, new, expected):
    assert problems(small.replace(old, new, 1), vocabulary) == [expected]


def test_check_state_that_leads_to_itself(small, vocabulary):
    assert problems(small.replace("source: [drafted]", "source: [drafted, prepared]"), vocabulary) == []


def test_check_dead_end_that_is_not_final(small, vocabulary):
    assert problems(small.replace("    final: true\n", ""), vocabulary) == [
        "small.yaml:5: states.drafted: no final state can be reached from here",
        "small.yaml:8: states.prepared: no final state can be reached from here",
        "small.yaml:11: states.awarded: a dead end: nothing leads on from here and it is not final",
    ]


def test_check_unknown_guard_names_the_allowed_ones(small, vocabulary):
    (problem,) = check(
        read_text(small.replace("all_scores_in", "os.system"), Machine, file="small.yaml"), vocabulary, "small.yaml"
    )
    assert (problem.line, problem.field, problem.value) == (15, "transitions[1].guards", "os.system")
    assert problem.message == "unknown name; allowed: " + ", ".join(sorted(vocabulary.guards))


def test_check_unreachable_state(small, vocabulary):
    text = small.replace("transitions:\n", "  lost:\n    meaning: Nobody comes here.\n    final: true\ntransitions:\n")
    assert problems(text, vocabulary) == ["small.yaml:15: states.lost: no transition leads here from 'drafted'"]


def test_check_states_that_go_round_for_ever(small, vocabulary):
    text = small.replace("destination: awarded", "destination: drafted")
    assert problems(text, vocabulary) == [
        "small.yaml:5: states.drafted: no final state can be reached from here",
        "small.yaml:8: states.prepared: no final state can be reached from here",
        "small.yaml:11: states.awarded: no transition leads here from 'drafted'",
    ]


def test_check_a_transition_that_stays_leads_to_no_end(small, vocabulary):
    text = small.replace("destination: awarded", "destination: stays")
    assert problems(text, vocabulary) == [
        "small.yaml:5: states.drafted: no final state can be reached from here",
        "small.yaml:8: states.prepared: no final state can be reached from here",
        "small.yaml:11: states.awarded: no transition leads here from 'drafted'",
    ]


def test_check_staying_in_a_determination_sends_a_letter(small, vocabulary):
    correct = LATER.format(guards="").replace("trigger: prepare", "trigger: correct")
    text = small + correct.replace("[drafted]", "[drafted, awarded]").replace(": drafted", ": stays")
    assert problems(text, vocabulary) == [
        "small.yaml:11: states.awarded: a final state has no transition out of it",
        "small.yaml:33: transitions[3].letter: 'awarded' is a determination (award), and no letter tells of it",
    ]


def test_check_a_state_called_stays(small, vocabulary):
    text = small.replace("    final: true\n", "    final: true\n  stays:\n    meaning: Stays.\n    final: true\n")
    assert problems(text, vocabulary)[0] == (
        "small.yaml:15: states: as a destination this word leaves a record where it is; no state is called so "
        "(seen: 'stays')"
    )


def test_check_final_state_with_an_exit(small, vocabulary):
    text = small.replace("source: [drafted]", "source: [drafted, awarded]")
    assert problems(text, vocabulary) == ["small.yaml:11: states.awarded: a final state has no transition out of it"]


def test_check_one_role_prepares_and_approves(small, vocabulary):
    text = small.replace("tier: [management]", "tier: [coordination]").replace(
        "programme_manager", "coordination_officer"
    )
    assert problems(text, vocabulary) == [
        f"{RATIFY}.role: one role both prepares and approves (seen: 'coordination_officer')"
    ]


def test_check_later_transition_with_other_guards(small, vocabulary):
    assert problems(small + LATER.format(guards="draw_recorded"), vocabulary) == []


@pytest.mark.parametrize("guards", ["all_scores_in", "draw_recorded, all_scores_in"])
def test_check_later_transition_in_the_shadow_of_an_earlier(small, vocabulary, guards):
    assert problems(small + LATER.format(guards=guards), vocabulary) == [
        "small.yaml:33: transitions[3]: can never fire from 'drafted': the transition of line 15 always goes first "
        "(seen: 'prepare')"
    ]


def test_check_later_transition_after_one_without_guards(small, vocabulary):
    text = small.replace("guards: [all_scores_in]", "guards: []") + LATER.format(guards="draw_recorded")
    assert [problem.split(": ", 2)[1] for problem in problems(text, vocabulary)] == ["transitions[3]"]


def test_check_nobody_and_nowhere(small, vocabulary):
    text = small.replace("role: [coordination_officer]", "role: []").replace("tier: [coordination]", "tier: []")
    assert problems(text, vocabulary) == [
        f"{PREPARE}.tier: name at least one",
        f"{PREPARE}.role: name at least one",
    ]


def test_check_lists_all_problems_in_the_order_of_lines(small, vocabulary):
    text = (
        small.replace("initial: drafted", "initial: draft")
        .replace("outcome: award", "outcome: prize")
        .replace("    letter: award\n", "")
        .replace("role: [programme_manager]", "role: [minister]")
        .replace("PackagePrepared", "prepared")
    )
    places = [(problem.line, problem.field) for problem in check(read_text(text, Machine, file="x"), vocabulary, "x")]
    assert places == [
        (1, "initial"),
        (11, "states.awarded.outcome"),
        (15, "transitions[1].entry"),
        (23, "transitions[2].role"),
        (23, "transitions[2].letter"),
    ]


def test_check_names_finds_what_cannot_run(small):
    text = small.replace("destination: awarded", "destination: '='").replace("all_scores_in", "somewhere.check")
    definition = read_text(text, Machine, file="small.yaml")
    found = check_names(definition, ["prepared_by_another_person"], "small.yaml")
    assert [str(problem) for problem in found] == [
        f"{PREPARE}.guards: unknown name; allowed: prepared_by_another_person (seen: 'somewhere.check')",
        f"{RATIFY}.destination: unknown name; allowed: awarded, drafted, prepared, stays (seen: '=')",
    ]
