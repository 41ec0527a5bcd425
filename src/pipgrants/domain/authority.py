"""Which roles may do the acts that no state machine governs; those of a machine name their roles themselves."""

from __future__ import annotations

from pipgrants.domain.vocabulary import TIER_OF_ROLE, Role

_OFFICER = frozenset({Role.COORDINATION_OFFICER})
_MANAGER = frozenset({Role.PROGRAMME_MANAGER})

PERMITTED: dict[str, frozenset[Role]] = {
    "actor.add": frozenset({Role.ADMINISTRATOR}),
    "actor.map": frozenset({Role.ADMINISTRATOR}),
    "actor.grant": frozenset({Role.ADMINISTRATOR}),
    "actor.revoke": frozenset({Role.ADMINISTRATOR}),
    "programme.draft": _OFFICER,
    "programme.review": _MANAGER,
    "call.draft": _OFFICER,
    "call.amend": _OFFICER,
    "call.ask": _OFFICER,
    "call.answer": _OFFICER,
    "form.take": _OFFICER,
    "party.exclude": _OFFICER,
    "party.redact": _OFFICER | {Role.ADMINISTRATOR},
    "proposal.import": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "proposal.attach": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "evidence.settle": _OFFICER,
    "evaluation.assign": _OFFICER,
    "evaluation.score": _OFFICER | {Role.EVALUATOR},
    "evaluation.conflict": _OFFICER | {Role.EVALUATOR},
    "draw.enter": _OFFICER,
    "package.ratify": _MANAGER,
    "letters.release": _OFFICER,
}
"""Roles by act. Who prepares never approves: no act of a manager is open to an officer."""


def who_may(act: str) -> str:
    """The roles that may do an act, in words for a refusal, each with its tier."""
    words = []
    for role in sorted(PERMITTED[act]):
        tier = TIER_OF_ROLE[role]
        words.append(f"{role.value} of the {tier.value} tier" if tier else role.value)
    return " or ".join(words)
