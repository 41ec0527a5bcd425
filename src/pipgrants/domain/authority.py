"""Which roles may do the acts that no state machine governs; those of a machine name their roles themselves."""

from __future__ import annotations

from collections.abc import Iterable

from pipgrants.domain.vocabulary import TIER_OF_ROLE, Role

_OFFICER = frozenset({Role.COORDINATION_OFFICER})
_MANAGER = frozenset({Role.PROGRAMME_MANAGER})
_READERS = frozenset({Role.AUDITOR}) | _MANAGER | _OFFICER

DELEGABLE = frozenset({Role.PROGRAMME_MANAGER, Role.COORDINATION_OFFICER, Role.AUDITOR})
"""Roles that one person may hold for another. An evaluator's judgement is personal, an implementing agency speaks for
one party, and who administers could give himself more than was delegated."""

READS = (
    "analysis.evaluators",
    "analysis.fairness",
    "analysis.optimum",
    "analysis.reliability",
    "analysis.robustness",
    "audit.accesses",
    "audit.dossier",
    "audit.duties",
    "audit.proof",
    "audit.replay",
    "audit.verify",
    "call.helped",
    "call.what_if",
    "conflict.show",
    "evaluation.sheets",
    "export.360giving",
    "export.commongrants",
    "export.iati",
    "letters.print",
    "letters.register",
    "letters.verify",
    "proposal.export",
    "report.programme",
    "report.project",
    "report.round",
)
"""The acts that only read, and leave a line in the access log instead of an entry in the trail."""

PERMITTED: dict[str, frozenset[Role]] = {
    "actor.add": frozenset({Role.ADMINISTRATOR}),
    "actor.map": frozenset({Role.ADMINISTRATOR}),
    "actor.grant": frozenset({Role.ADMINISTRATOR}),
    "actor.revoke": frozenset({Role.ADMINISTRATOR}),
    "actor.tie": frozenset({Role.ADMINISTRATOR}),
    "actor.delegate": DELEGABLE | {Role.ADMINISTRATOR},
    "actor.end_delegation": DELEGABLE | {Role.ADMINISTRATOR},
    "key.register": frozenset({Role.ADMINISTRATOR}),
    "key.revoke": frozenset({Role.ADMINISTRATOR}),
    "workspace.upgrade": frozenset({Role.ADMINISTRATOR}),
    "programme.draft": _OFFICER,
    "programme.review": _MANAGER,
    "call.draft": _OFFICER,
    "call.amend": _OFFICER,
    "call.reword": _OFFICER,
    "call.ask": _OFFICER,
    "call.answer": _OFFICER,
    "form.take": _OFFICER,
    "party.add": _OFFICER,
    "party.correct": _OFFICER,
    "party.exclude": _OFFICER,
    "party.merge": _OFFICER,
    "party.separate": _OFFICER,
    "opportunity.note": _OFFICER,
    "opportunity.link": _OFFICER,
    "practice.record": _OFFICER,
    "party.redact": _OFFICER | {Role.ADMINISTRATOR},
    "proposal.import": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "proposal.attach": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "proposal.exclude": _OFFICER,
    "evidence.settle": _OFFICER,
    "evaluator.import": _OFFICER,
    "evaluator.redact": _OFFICER | {Role.ADMINISTRATOR},
    "evaluation.assign": _OFFICER,
    "evaluation.reassign": _OFFICER,
    "evaluation.remind": _OFFICER,
    "evaluation.score": _OFFICER | {Role.EVALUATOR},
    "evaluation.conflict": _OFFICER | {Role.EVALUATOR},
    "evaluation.consensus": _OFFICER,
    "draw.enter": _OFFICER,
    "reserve.promote": _OFFICER,
    "reserve.record_return": _OFFICER,
    "project.open": _OFFICER,
    "project.redact": _OFFICER | {Role.ADMINISTRATOR},
    "contract.record": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "conflict.open": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "team.select": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "team.leave": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "team.redact": _OFFICER | {Role.ADMINISTRATOR},
    "firm.register": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "firm.withdraw": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "activity.import": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "activity.void": _OFFICER,
    "monitoring.set_framework": _OFFICER,
    "monitoring.set_baseline": _OFFICER,
    "monitoring.record": _OFFICER | {Role.IMPLEMENTING_AGENCY},
    "appeal.score": _OFFICER,
    "appeal.prepare": _OFFICER,
    "package.ratify": _MANAGER,
    "letters.release": _OFFICER,
    "letters.send": _OFFICER,
    "letters.settle": _OFFICER,
    "letters.correct": _OFFICER,
    **dict.fromkeys(READS, _READERS),
    "conflict.show": _READERS | {Role.IMPLEMENTING_AGENCY},
}
"""Roles by act. Who prepares never approves: no act of a manager is open to an officer."""


def beside_auditing(roles: Iterable[Role]) -> tuple[Role, ...]:
    """The roles that somebody who is auditor cannot hold besides: an auditor changes nothing, so any other.

    None of them where nobody audits. Roles that are only held by delegation count like the person's own.
    """
    held = frozenset(roles)
    return tuple(sorted(held - {Role.AUDITOR})) if Role.AUDITOR in held else ()


def who_may(act: str) -> str:
    """The roles that may do an act, in words for a refusal, each with its tier."""
    words = []
    for role in sorted(PERMITTED[act]):
        tier = TIER_OF_ROLE[role]
        words.append(f"{role.value} of the {tier.value} tier" if tier else role.value)
    return " or ".join(words)
