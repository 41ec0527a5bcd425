"""Who may do what: preparing and approving lie with different roles, and what is personal is held for nobody else."""

import pytest

from pipgrants.domain.authority import DELEGABLE, PERMITTED, READS, who_may
from pipgrants.domain.vocabulary import Role


def test_no_act_of_a_manager_is_open_to_an_officer() -> None:
    both = {act for act, roles in PERMITTED.items() if {Role.PROGRAMME_MANAGER, Role.COORDINATION_OFFICER} <= roles}
    assert both == {*READS, "actor.delegate", "actor.end_delegation"}


def test_an_auditor_reads_and_delegates_the_reading_and_nothing_else() -> None:
    open_to_auditors = {act for act, roles in PERMITTED.items() if Role.AUDITOR in roles}
    assert open_to_auditors == {*READS, "actor.delegate", "actor.end_delegation"}


def test_judging_speaking_for_a_party_and_administering_are_not_delegated() -> None:
    assert set(Role) - DELEGABLE == {Role.EVALUATOR, Role.IMPLEMENTING_AGENCY, Role.ADMINISTRATOR}


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("package.ratify", "programme_manager of the management tier"),
        ("party.redact", "administrator or coordination_officer of the coordination tier"),
        (
            "evaluation.score",
            "coordination_officer of the coordination tier or evaluator of the coordination tier",
        ),
    ],
)
def test_a_refusal_names_the_roles_with_their_tiers(act: str, words: str) -> None:
    assert who_may(act) == words
