"""The full vocabulary of the shipped machines, and a small machine to spoil."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipgrants.domain.vocabulary import TIER_OF_ROLE, LetterKind, Outcome, Tier
from pipgrants.workflow.check import Vocabulary
from pipgrants.workflow.definition import Machine
from pipgrants.workflow.demands import DEMANDS
from pipgrants.workflow.loader import load

PROJECT = Path(__file__).resolve().parents[2]

GUARDS = frozenset(
    {
        "prepared_by_another_person",
        "within_operating_criteria",
        "within_envelope",
        "closes_in_future",
        "deadline_passed",
        "all_scores_in",
        "nothing_undetermined_open",
        "draw_recorded",
        "package_unchanged",
        "profile_stage",
        "proposal_stage",
        "appeal_is_dismissed",
        "appeal_is_inadmissible",
        "appeal_is_upheld",
        "appeal_window_open",
        "appeal_window_over",
        "holds_award_or_place",
        "holds_place",
        "reserve_in_force",
        "reserve_over",
        "in_time",
        "out_of_time",
        "all_criteria_met",
        "some_criterion_not_met",
        "some_criterion_undetermined",
        "clarification_open",
        "clarification_expired",
        "decided_on_record",
        "unanswered_is_ineligible",
        "outcome_is_award",
        "outcome_is_ineligible",
        "outcome_is_conditional_award",
        "outcome_is_reserve",
        "outcome_is_decline",
        "outcome_is_profile_invited",
        "outcome_is_profile_not_invited",
        "no_money_moved",
        "design_is_recent",
        "no_disbursement_open",
        "nothing_due",
        "mid_term_measured",
        "results_measured",
        "project_in_execution",
        "something_payable",
        "certificate_stands",
        "launch_validated_in_time",
        "no_contract_open",
        "no_conflict_open",
        "offers_compared",
        "within_component_budget",
        "lead_stays",
    }
)

SMALL = """\
machine: small
initial: drafted
states:
  drafted:
    meaning: Written down.
    tier: coordination
  prepared:
    meaning: Waits for approval.
    tier: management
  awarded:
    meaning: Receives the grant.
    outcome: award
    final: true
transitions:
  - trigger: prepare
    source: [drafted]
    destination: prepared
    tier: [coordination]
    role: [coordination_officer]
    duty: prepares
    guards: [all_scores_in]
    entry: PackagePrepared
  - trigger: ratify
    source: [prepared]
    destination: awarded
    tier: [management]
    role: [programme_manager]
    duty: approves
    guards: [prepared_by_another_person]
    reason_required: true
    letter: award
    entry: AllocationRatified
"""


@pytest.fixture(scope="session")
def machines() -> Path:
    return PROJECT / "workflows" / "machines"


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary(
        machine="small",
        guards=GUARDS,
        roles={role.value: None if tier is None else tier.value for role, tier in TIER_OF_ROLE.items()},
        letters=[kind.value for kind in LetterKind],
        outcomes=[outcome.value for outcome in Outcome],
        tiers=[tier.value for tier in Tier],
        preparers=[],
        demands={},
    )


@pytest.fixture(scope="session")
def load_shipped(machines: Path, vocabulary: Vocabulary) -> Callable[[str], Machine]:
    """Reads a machine that ships, with all that its acts demand of it."""

    def read(name: str) -> Machine:
        words = replace(vocabulary, machine=name, preparers=["coordination_officer"], demands=DEMANDS[name])
        return load(machines / f"{name}.yaml", words)

    return read


@pytest.fixture(scope="session")
def small() -> str:
    """A sound definition: a package is prepared by coordination and ratified by management."""
    return SMALL
