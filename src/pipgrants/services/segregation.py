"""Refuses, when somebody acts, what the segregation of duties forbids: asked of the trail, never of stored states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import chain
from typing import Any

import orjson

from pipgrants.domain.duties import DUTY_OF_ACT, Duty, Part, conflicts, part_of, people_of
from pipgrants.errors import RefusedError
from pipgrants.services.packages import PackageKind
from pipgrants.services.workspace import Act
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Entry

DECISIONS = (PackageKind.ALLOCATION, PackageKind.INVITATION, PackageKind.PROMOTION, PackageKind.APPEAL)
RATIFIED = ("AllocationRatified", "InvitationsRatified", "PromotionRatified", "AppealsRatified")


def refuse_preparer(act: Act, package: str) -> None:
    """Refuses as approver whoever prepared a package, or acts for or through who did."""
    entries = act.unit.ledger.entries(subject=f"package/{package}")
    for entry, found in _against(Part(Duty.APPROVES, act.people), entries):
        shared = " and ".join(sorted(found.people & act.people))
        raise RefusedError(
            f"{shared} prepared package {package[:12]} (entry {entry.sequence}), and {act.actor.actor} cannot approve "
            "it: preparing and approving are two persons, and a delegate is not another one than who delegates",
            next_step="let another programme manager ratify it",
        )


def preparer_of(unit: Unit, subject: str) -> str:
    """Who prepared last what is to be approved of a subject; nobody, where it was not prepared."""
    entries = (orjson.loads(entry.content) for entry in unit.ledger.entries(subject=subject))
    return next((str(entry["actor"]) for entry in reversed([*entries]) if _prepares(entry)), "")


def _prepares(entry: Mapping[str, Any]) -> bool:
    part = part_of(entry)
    return part is not None and part.duty is Duty.PREPARES


def refuse_who_prepared(act: Act, subject: str) -> None:
    """Refuses as approver whoever prepared anything of a project or disbursement, or acts for or through who did."""
    for entry, found in _against(Part(Duty.APPROVES, act.people), act.unit.ledger.entries(subject=subject)):
        shared = " and ".join(sorted(found.people & act.people))
        raise RefusedError(
            f"{shared} prepared {subject} (entry {entry.sequence}), and {act.actor.actor} cannot approve it: preparing "
            "and approving are two persons, and a delegate is not another one than who delegates",
            next_step="let another programme manager approve it",
        )


def refuse_who_judged(act: Act, call: str, proposals: Set[str], duty: Duty) -> None:
    """Refuses to prepare or approve the decision on proposals to whoever scored one, or heard an appeal of one."""
    heard = act.unit.ledger.of_act(call, "AppealSettled", '"ruling"')
    _refuse_who_heard(Part(duty, act.people), (entry for entry in heard if _proposal(entry) in proposals))
    for name in sorted(act.people):
        entries = act.unit.ledger.of_act(call, "ProposalScored", f'"evaluator":"{name}"')
        scored = (entry for entry in entries if _proposal(entry) in proposals)
        for entry, _ in _against(Part(duty, act.people), scored):
            raise RefusedError(
                f"{name} scored {_proposal(entry)} (entry {entry.sequence}); who scores a proposal neither "
                "prepares nor approves the decision on it",
                next_step="let somebody do it who has scored none of these proposals",
            )


def refuse_deciders(unit: Unit, call: str, evaluators: Set[str]) -> None:
    """Refuses as evaluators those who prepared or approved a selection among the proposals of a call."""
    for entry, found in _against(Part(Duty.SCORES, frozenset(evaluators)), _selections(unit, call)):
        shared = " and ".join(sorted(found.people & evaluators))
        raise RefusedError(
            f"{shared} {found.duty} a selection of {call} (entry {entry.sequence}); who prepares or approves what "
            "becomes of proposals does not score them",
            next_step="name another evaluator (pipgrants actor list)",
        )


def deciders(unit: Unit, call: str) -> frozenset[str]:
    """Everybody who prepared or approved a selection among the proposals of a call."""
    parts = (part_of(orjson.loads(entry.content)) for entry in _selections(unit, call))
    return frozenset(name for part in parts if part is not None for name in part.people)


def hearers(unit: Unit, call: str) -> dict[str, frozenset[str]]:
    """Who heard an appeal of each proposal of a call of which one was heard."""
    found: dict[str, frozenset[str]] = {}
    for entry in unit.ledger.of_act(call, "AppealSettled", '"ruling"'):
        found[_proposal(entry)] = found.get(_proposal(entry), frozenset()) | people_of(orjson.loads(entry.content))
    return found


def refuse_hearers(unit: Unit, call: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Refuses as evaluators of proposals those who heard an appeal of them; ``pairs`` are (proposal, evaluator)."""
    heard = hearers(unit, call)
    found = sorted((proposal, name) for proposal, name in pairs if name in heard.get(proposal, ()))
    if found:
        proposal, name = found[0]
        raise RefusedError(
            f"{name} heard the appeal of {proposal}; who hears takes no other part",
            next_step="let another evaluator score it (pipgrants evaluation reassign --help)",
        )


def refuse_who_took_part(act: Act, proposal: str) -> None:
    """Refuses to hear an appeal whoever screened, scored, prepared or approved anything of the proposal.

    So it does with whoever organised its evaluation, or said which proposal a contested paper of it counts for.
    """
    entries = chain(_about(act.unit, proposal), _organising(act.unit, proposal), _settling(act.unit, proposal))
    for entry, found in _against(Part(Duty.HEARS_APPEAL, act.people), entries):
        shared = " and ".join(sorted(found.people & act.people))
        raise RefusedError(
            f"{shared} {found.duty} what becomes of {proposal} (entry {entry.sequence}); who takes part in a decision "
            "does not hear the appeal against it",
            next_step="let a programme manager hear it who took no part",
        )


def refuse_who_heard(act: Act, proposal: str, duty: Duty, people: Set[str] | None = None) -> None:
    """Refuses a duty in a proposal to whoever heard an appeal of it."""
    part = Part(duty, frozenset(act.people if people is None else people))
    heard = (entry for entry in _about(act.unit, proposal) if DUTY_OF_ACT.get(entry.act) is Duty.HEARS_APPEAL)
    _refuse_who_heard(part, heard)


def _refuse_who_heard(part: Part, heard: Iterable[Entry]) -> None:
    for entry, found in _against(part, heard):
        shared = " and ".join(sorted(found.people & part.people))
        raise RefusedError(
            f"{shared} heard the appeal of {_proposal(entry)} (entry {entry.sequence}); who hears takes no other part",
            next_step="let somebody do it who did not hear the appeal",
        )


def _proposal(entry: Entry) -> str:
    """The proposal that an entry is about."""
    return entry.subject.removeprefix("proposal/")


def _about(unit: Unit, proposal: str) -> Iterator[Entry]:
    """The entries about a proposal, and about every package that decided it."""
    packages = set()
    for entry in unit.ledger.entries(subject=f"proposal/{proposal}"):
        packages.add(orjson.loads(entry.content)["inputs"].get("package"))
        yield entry
    for package in packages - {None}:
        yield from unit.ledger.entries(subject=f"package/{package}")


def _organising(unit: Unit, proposal: str) -> Iterator[Entry]:
    """The entries about its call that organised the evaluation of a proposal, if it was to be evaluated."""
    if any(entry.act == "EvaluatorAssigned" for entry in unit.ledger.entries(subject=f"proposal/{proposal}")):
        entries = unit.ledger.entries(subject=f"call/{unit.proposals.get(proposal).call}")
        yield from (entry for entry in entries if DUTY_OF_ACT.get(entry.act) is Duty.ORGANISES)


def _settling(unit: Unit, proposal: str) -> Iterator[Entry]:
    """The entries that say which other proposal a paper of this one counts for."""
    for identity, other in unit.evidence.settlements_of(proposal).items():
        for entry in unit.ledger.entries(subject=f"proposal/{other}"):
            if entry.act == "EvidenceSettled" and orjson.loads(entry.content)["inputs"]["evidence"] == identity:
                yield entry


def _selections(unit: Unit, call: str) -> Iterator[Entry]:
    """The entries that prepared or approved a selection among the proposals of a call."""
    for entry in unit.ledger.of_packages(call):
        if orjson.loads(entry.content)["inputs"].get("kind") in DECISIONS:
            yield entry
    yield from (entry for entry in unit.ledger.entries(subject=f"call/{call}") if entry.act in RATIFIED)


def _against(part: Part, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Part]]:
    """The entries whose part nobody has who has this one, each with its part."""
    for entry in entries:
        other = part_of(orjson.loads(entry.content))
        if other is not None and conflicts(part, [other]):
            yield entry, other
