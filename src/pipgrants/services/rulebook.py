"""Binds the guard names used in ``workflows/machines/*.yaml`` to checks on what is known when a trigger is fired.

A case holds the facts a guard may look at; the act that fires the trigger gathers them. Each guard says in words what
is wrong when it does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from pipgrants.domain.appeal import Ruling
from pipgrants.domain.authority import PERMITTED
from pipgrants.domain.call import RandomSource
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.operating_criteria import EXCEEDS_ENVELOPE
from pipgrants.domain.vocabulary import TIER_OF_ROLE, TO_EVALUATORS, LetterKind, Outcome, Stage, Tier, Verdict
from pipgrants.errors import PipgrantsError, RefusedError
from pipgrants.services.group_guards import CONTRACT_GUARDS, GROUP_CONFLICT_GUARDS
from pipgrants.services.project_guards import DISBURSEMENT_GUARDS, PROJECT_GUARDS, WHO_PREPARED
from pipgrants.services.refusals import (
    changed_package,
    laxer_call,
    proposals_without_consensus,
    undrawn_groups,
    unscored_proposals,
    unscreened_proposals,
)
from pipgrants.workflow.check import Vocabulary
from pipgrants.workflow.demands import DEMANDS
from pipgrants.workflow.engine import Guard


class PreparedCase(NamedTuple):
    """A programme or a call whose package is being approved, or a call whose state is being moved on.

    ``mistakes``: how the call is laxer than its programme or contradicts itself. ``changed``: what the package rests on
    and no longer stands. ``unscreened`` and ``unscored``: proposals with how they stand; ``unagreed`` lack a consensus.
    ``undrawn``: tied groups; ``sources``: of the numbers that order them.
    """

    actor: str = ""
    prepared_by: str = ""
    call: str = ""
    mistakes: Sequence[DefinitionMistake] = ()
    package: str = ""
    changed: Sequence[str] = ()
    now: datetime | None = None
    ends_at: datetime | None = None
    unscreened: Sequence[str] = ()
    unscored: Sequence[str] = ()
    unagreed: Sequence[str] = ()
    undrawn: Sequence[Sequence[str]] = ()
    sources: Sequence[RandomSource] = ()
    stage: Stage = Stage.PROPOSAL
    today: date | None = None
    appeal_ends_on: date | None = None
    reserve_expires_on: date | None = None


class ProposalCase(NamedTuple):
    """A proposal that is received, screened, clarified, determined, or whose appeal is settled.

    ``held`` is what it was determined to before.
    """

    actor: str = ""
    prepared_by: str = ""
    in_time: bool = True
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    held: Outcome | None = None
    today: date | None = None
    clarification_due_on: date | None = None
    decided_on_record: bool = False
    deadline_is_past: bool = False
    appeal_ends_on: date | None = None
    ruling: Ruling | None = None


def _after(today: date | None, day: date | None) -> bool:
    return today is not None and day is not None and today > day


def _is_before(now: datetime | None, instant: datetime | None) -> bool:
    return now is not None and instant is not None and now < instant


def _exceeds_envelope(mistake: DefinitionMistake) -> bool:
    return mistake.code == EXCEEDS_ENVELOPE


def _refuse_mistakes(case: PreparedCase) -> PipgrantsError:
    return laxer_call(case.call, f"{case.call}.yaml", case.mistakes)


def _refuse_missing_marks(case: PreparedCase) -> PipgrantsError:
    return unscored_proposals(case.call, case.unscored) if case.unscored else proposals_without_consensus(case.unagreed)


PROGRAMME_GUARDS: tuple[Guard[PreparedCase], ...] = (Guard(*WHO_PREPARED),)

CALL_GUARDS: tuple[Guard[PreparedCase], ...] = (
    Guard(*WHO_PREPARED),
    Guard(
        "within_operating_criteria",
        lambda case: all(map(_exceeds_envelope, case.mistakes)),
        _refuse_mistakes,
    ),
    Guard(
        "within_envelope",
        lambda case: not any(map(_exceeds_envelope, case.mistakes)),
        _refuse_mistakes,
    ),
    Guard(
        "closes_in_future",
        lambda case: _is_before(case.now, case.ends_at),
        "the deadline is past; amend the window first",
    ),
    Guard(
        "deadline_passed",
        lambda case: case.ends_at is not None and not _is_before(case.now, case.ends_at),
        "applications can still arrive: the deadline is not past",
    ),
    Guard("all_scores_in", lambda case: not (case.unscored or case.unagreed), _refuse_missing_marks),
    Guard(
        "nothing_undetermined_open",
        lambda case: not case.unscreened,
        lambda case: unscreened_proposals(case.call, case.unscreened),
    ),
    Guard(
        "draw_recorded",
        lambda case: not case.undrawn,
        lambda case: undrawn_groups(case.call, case.undrawn, case.sources),
    ),
    Guard(
        "package_unchanged",
        lambda case: not case.changed,
        lambda case: changed_package(case.package, case.changed),
    ),
    Guard("proposal_stage", lambda case: case.stage is Stage.PROPOSAL, "profiles are being selected"),
    Guard("profile_stage", lambda case: case.stage is Stage.PROFILE, "full proposals are being selected"),
    Guard(
        "appeal_window_over",
        lambda case: _after(case.today, case.appeal_ends_on),
        "appeals can still be filed",
    ),
    Guard(
        "reserve_in_force",
        lambda case: not _after(case.today, case.reserve_expires_on),
        "the reserve list has expired",
    ),
    Guard(
        "reserve_over",
        lambda case: case.reserve_expires_on is None or _after(case.today, case.reserve_expires_on),
        "the reserve list has not expired yet",
    ),
)

AWARDS = frozenset({Outcome.AWARD, Outcome.CONDITIONAL_AWARD})
"""The outcomes by which a proposal receives money."""


def _outcome_is(outcome: Outcome) -> Guard[ProposalCase]:
    words = outcome.value.replace("_", " ")
    return Guard(f"outcome_is_{outcome.value}", lambda case: case.outcome is outcome, f"the decision is not {words}")


def _appeal_is(ruling: Ruling) -> Guard[ProposalCase]:
    return Guard(f"appeal_is_{ruling.value}", lambda case: case.ruling is ruling, f"the appeal is not {ruling.value}")


def _refuse_late_answer(case: ProposalCase) -> PipgrantsError:
    return RefusedError(
        f"the time to answer ended on {case.clarification_due_on}",
        next_step="what is on record is decided by the next screening: pipgrants screen CALL",
    )


PROPOSAL_GUARDS: tuple[Guard[ProposalCase], ...] = (
    Guard(*WHO_PREPARED),
    Guard("in_time", lambda case: case.in_time, "it arrived outside the window"),
    Guard("out_of_time", lambda case: not case.in_time, "it arrived within the window"),
    Guard("all_criteria_met", lambda case: case.verdict is Verdict.MET, "a criterion is not met or undetermined"),
    Guard("some_criterion_not_met", lambda case: case.verdict is Verdict.NOT_MET, "no criterion is unmet"),
    Guard(
        "some_criterion_undetermined",
        lambda case: case.verdict is Verdict.UNDETERMINED,
        "no criterion is undetermined",
    ),
    Guard(
        "clarification_open",
        lambda case: case.today is not None and not _after(case.today, case.clarification_due_on),
        _refuse_late_answer,
    ),
    Guard(
        "clarification_expired",
        lambda case: _after(case.today, case.clarification_due_on),
        "the time to answer is not over",
    ),
    Guard("decided_on_record", lambda case: case.decided_on_record, "the call makes an unanswered request ineligible"),
    Guard(
        "unanswered_is_ineligible",
        lambda case: not case.decided_on_record,
        "the call decides on what is on record",
    ),
    Guard("deadline_passed", lambda case: case.deadline_is_past, "the deadline is not past"),
    Guard(
        "appeal_window_over",
        lambda case: _after(case.today, case.appeal_ends_on),
        "appeals can still be filed",
    ),
    Guard(
        "appeal_window_open",
        lambda case: not _after(case.today, case.appeal_ends_on),
        "the time to appeal is over",
    ),
    Guard("holds_place", lambda case: case.held is Outcome.RESERVE, "it does not stand on the reserve list"),
    Guard(
        "holds_award_or_place",
        lambda case: case.held in AWARDS or case.held is Outcome.RESERVE,
        "it holds neither an award nor a place on the reserve list",
    ),
    *map(_appeal_is, Ruling),
    *(_outcome_is(outcome) for outcome in Outcome),
)

GUARDS: Mapping[str, frozenset[str]] = {
    "programme": frozenset(guard.name for guard in PROGRAMME_GUARDS),
    "call": frozenset(guard.name for guard in CALL_GUARDS),
    "project": frozenset(guard.name for guard in PROJECT_GUARDS),
    "disbursement": frozenset(guard.name for guard in DISBURSEMENT_GUARDS),
    "service_contract": frozenset(guard.name for guard in CONTRACT_GUARDS),
    "conflict": frozenset(guard.name for guard in GROUP_CONFLICT_GUARDS),
}
"""The guards that a machine may name; every machine that stands not here is that of a proposal."""

_DRAFTING = ("programme.draft", "call.draft", "call.amend")
"""The acts outside the machines by which what they approve is prepared."""

_OF_PROPOSALS = frozenset(guard.name for guard in PROPOSAL_GUARDS)


def vocabulary(machine: str) -> Vocabulary:
    """The words that the machine of that name may use, for ``workflow check``."""
    return Vocabulary(
        machine=machine,
        guards=GUARDS.get(machine, _OF_PROPOSALS),
        roles={role.value: tier.value if tier else None for role, tier in TIER_OF_ROLE.items()},
        letters=frozenset(kind.value for kind in set(LetterKind) - TO_EVALUATORS),
        outcomes=frozenset(outcome.value for outcome in Outcome),
        tiers=frozenset(tier.value for tier in Tier),
        preparers=frozenset(role.value for act in _DRAFTING for role in PERMITTED[act]),
        demands=DEMANDS.get(machine, {}),
    )
