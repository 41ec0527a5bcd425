"""Approving a package that another person prepared, or returning it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.duties import Duty
from pipgrants.domain.vocabulary import Outcome
from pipgrants.errors import RefusedError, TrailIntegrityError
from pipgrants.services.after_act import problem_of
from pipgrants.services.allocate import inputs_hash
from pipgrants.services.amend import adopt_amendment
from pipgrants.services.appeal_packages import AppealRatification
from pipgrants.services.appealed_lines import place_of
from pipgrants.services.calls import authorise
from pipgrants.services.checkpoints import Kept, keep_after_act
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import proposal_engine, read_programme, terms_of
from pipgrants.services.found_conflicts import found_conflicts, told_conflicts
from pipgrants.services.holdings import held_outcome
from pipgrants.services.moves import letter_kind, move_call, proposal_deed
from pipgrants.services.notices import renew_notices, write_notices
from pipgrants.services.packages import (
    PACKAGE_PREPARED,
    PACKAGE_RETURNED,
    PackageKind,
    changed_since,
    hash_lines,
    refuse_changed,
)
from pipgrants.services.programmes import activate
from pipgrants.services.reserve import promotion_inputs
from pipgrants.services.reword import adopt_rewording
from pipgrants.services.round_facts import RoundFacts, determination_inputs
from pipgrants.services.rulebook import PreparedCase, ProposalCase
from pipgrants.services.segregation import refuse_preparer, refuse_who_judged
from pipgrants.services.signatures import require_signature, sign_approval
from pipgrants.services.unanswered import unanswered
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.packages import PackageLine, PackageRow, RankingRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import digest
from pipgrants.trail.entry import Deed

BATCH = 200


class Ratified(NamedTuple):
    """What was approved: the package, its kind, the determinations made, the letters recorded.

    ``fingerprint`` is that of the key that signed, None where the approval is unsigned; a dry run keeps no checkpoint.
    ``notice_problem`` says why the notice of an amended call could not be written.
    """

    package: str
    kind: str
    determinations: Mapping[str, int]
    letters_count: int
    fingerprint: str | None
    checkpoint: Kept | None
    notice_problem: str | None = None


def ratify(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    package: str,
    key: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Ratified:
    """Approves a package and does what it says, whole or not at all; the key in a file signs the package's hash.

    Raises NotAuthorisedError for anybody but a programme manager, and where somebody with a key on record does not sign
    with it; RefusedError where the same person prepared it, it no longer waits, or anything in it was changed since.
    """
    signature = sign_approval(workspace, package, key, dry_run=dry_run)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("package.ratify")
        row = act.unit.packages.get(package)
        _refuse(act, row)
        require_signature(act, signature)
        content = orjson.loads(row.content)
        refuse_changed(row, {"the package": digest(content) == row.hash})
        act.unit.packages.settle(row.hash, "ratified")
        counts, letters_count = _adopt(act, row, content, progress)
        checkpoint = act.unit.ledger.checkpoint()
    kept = None if dry_run else keep_after_act(workspace, checkpoint, key)
    has_new_notice = row.kind in (PackageKind.AMENDMENT, PackageKind.REWORDING) and not dry_run
    problem = problem_of(lambda: write_notices(workspace, str(row.call))) if has_new_notice else None
    fingerprint = signature.fingerprint if signature else None
    return Ratified(row.hash, row.kind, counts, letters_count, fingerprint, kept, problem)


def _adopt(
    act: Act, row: PackageRow, content: Mapping[str, Any], progress: Callable[[int], None]
) -> tuple[Mapping[str, int], int]:
    """Does what a package says; returns how many determinations it made by outcome, and how many letters."""
    letters_count = 0
    match PackageKind(row.kind):
        case PackageKind.PROGRAMME:
            activate(act, row, content["definitions"], content["inputs"])
        case PackageKind.AUTHORISATION:
            authorise(act, row, content)
        case PackageKind.AMENDMENT:
            letters_count = adopt_amendment(act, row, content)
            renew_notices(act, str(row.call))
        case PackageKind.REWORDING:
            adopt_rewording(act, row, content)
            renew_notices(act, str(row.call))
        case PackageKind.ALLOCATION | PackageKind.INVITATION | PackageKind.PROMOTION:
            ratification = _Ratification(act, row, content)
            return ratification.run(progress), ratification.letters.letters_count
        case PackageKind.APPEAL:
            on_appeal = AppealRatification(act, row, dict(content))
            return on_appeal.run(), on_appeal.letters.letters_count
    return {}, letters_count


def return_package(workspace: Workspace, who: Identity, now: datetime, *, package: str, reason: str) -> None:
    """Sends a package back to who prepared it, with the reason. Raises RefusedError without one."""
    with workspace.act(who, now) as act:
        row = act.unit.packages.get(package)
        programme = act.unit.calls.programme(str(row.programme))
        act.permit("package.ratify", read_programme(act.unit.calls.definition(programme.definition_hash)).stands_in)
        if not reason.strip():
            raise RefusedError("returning a package needs a reason", next_step="give it in words: --reason TEXT")
        act.unit.packages.settle(row.hash, "returned")
        if row.kind in (PackageKind.ALLOCATION, PackageKind.INVITATION):
            terms = terms_of(act.unit.calls, str(row.call))
            inputs: dict[str, object] = {"package": row.hash}
            move_call(act, terms, "return_package", PreparedCase(), inputs=inputs, reason=reason)
        else:
            act.record(Deed(PACKAGE_RETURNED, f"package/{row.hash}", reason=reason, call=row.call))


def _refuse(act: Act, row: PackageRow) -> None:
    if row.state != "prepared":
        raise RefusedError(f"package {row.hash[:12]} is {row.state}", next_step="pipgrants status")
    preparer = _preparer(act.unit, row)
    if row.prepared_by != preparer:
        raise TrailIntegrityError(
            f"package {row.hash[:12]} is on record as prepared by {row.prepared_by}; the trail says {preparer}",
            next_step="somebody changed the database past the program: keep a copy of it and tell the auditor",
        )
    refuse_preparer(act, row.hash)


def _preparer(unit: Unit, row: PackageRow) -> str:
    """Who prepared a package last, as the trail says."""
    entries = unit.ledger.entries(subject=f"package/{row.hash}")
    authors = [orjson.loads(entry.content)["actor"] for entry in entries if entry.act == PACKAGE_PREPARED]
    return str(authors[-1]) if authors else "nobody"


TRIGGERS = {PackageKind.PROMOTION: ("promote", "promote")}
"""By kind of package, what its approval fires on the call and on each proposal; else ratify and determine."""


class _Ratification:
    """The decisions of one stage, or the promotions from its reserve list, made."""

    def __init__(self, act: Act, package: PackageRow, content: Mapping[str, Any]) -> None:
        self._act = act
        self._package = package
        self._terms = terms_of(act.unit.calls, str(package.call))
        self._engine = proposal_engine(act.unit.calls, self._terms.row)
        self._content = content
        self._is_promotion = package.kind == PackageKind.PROMOTION
        self._of_call, self._of_proposal = TRIGGERS.get(PackageKind(package.kind), ("ratify", "determine"))
        self.letters = Correspondence(act, self._terms)

    def run(self, progress: Callable[[int], None]) -> dict[str, int]:
        """Moves the call and every proposal; returns how many by outcome."""
        terms, package = self._terms, self._package
        ranking = {row.proposal: row for row in self._act.unit.packages.ranking(terms.row.call, terms.row.stage)}
        decided = {line.proposal for line in self._act.unit.packages.lines(package.hash)}
        refuse_who_judged(self._act, terms.row.call, decided, Duty.APPROVES)
        case = PreparedCase(
            actor=self._act.actor.actor,
            prepared_by=package.prepared_by,
            package=package.hash,
            changed=changed_since(self._ground(ranking.values())),
            stage=terms.row.stage,
            today=local_day(self._act.now, terms.call),
            reserve_expires_on=terms.call.allocation.reserve_expires_on,
        )
        inputs: dict[str, object] = {"package": package.hash, **self._act.signature}
        counts: dict[str, int] = {}
        move_call(self._act, terms, self._of_call, case, inputs=inputs)
        ranking |= self._places_on_appeal()
        self._facts = RoundFacts(self._act, terms, package, ranking)
        for batch in _batches(self._act.unit.packages.lines(package.hash)):
            self._determine(batch, ranking)
            for line in batch:
                counts[line.outcome] = counts.get(line.outcome, 0) + 1
            progress(sum(counts.values()))
        return dict(sorted(counts.items()))

    def _places_on_appeal(self) -> dict[str, RankingRow]:
        """The places by number that an appeal gave to those promoted."""
        lines = self._act.unit.packages.lines(self._package.hash) if self._is_promotion else ()
        return {line.proposal: place for line in lines if (place := place_of(line)) is not None}

    def _ground(self, ranking: Iterable[RankingRow]) -> dict[str, bool]:
        """What the package was computed from, in words, and whether it still stands."""
        unit, terms, package = self._act.unit, self._terms, self._package
        hashed = promotion_inputs if self._is_promotion else inputs_hash
        return {
            "the list of decisions": hash_lines(unit.packages.lines(package.hash)) == self._content["lines"],
            "the definitions": dict(terms.hashes) == self._content["definitions"],
            "proposals, papers settled, the exclusion list, scores, the ranking or other calls of support": hashed(
                unit, terms, ranking
            )
            == self._content["inputs"],
            f"the conflicts of interest found (pipgrants evaluation recusals {package.call})": self._is_promotion
            or self._tells_conflicts(),
        }

    def _tells_conflicts(self) -> bool:
        """Whether the package tells every conflict of interest that is found now; ties that ended since may stand."""
        terms, facts = self._terms, self._content["facts"]
        found = found_conflicts(self._act.unit, terms, local_day(self._act.now, terms.call))
        return {*found} <= {*told_conflicts(facts, terms.row.call)}

    def _determine(self, lines: list[PackageLine], ranking: Mapping[str, RankingRow]) -> None:
        heads = self._act.unit.proposals.heads([line.proposal for line in lines])
        actor, prepared_by = self._act.actor.actor, self._package.prepared_by
        cases = (
            (
                heads[line.proposal].state,
                ProposalCase(actor, prepared_by, outcome=Outcome(line.outcome), held=self._held(heads[line.proposal])),
            )
            for line in lines
        )
        asked = unanswered(self._act.unit, self._engine, _ineligible(lines, heads))
        moves: list[tuple[str, str, str, str]] = []
        for line, fired in zip(
            lines, self._engine.fire_all(cases, self._of_proposal, roles=self._act.roles), strict=True
        ):
            head = heads[line.proposal]
            detail = orjson.loads(line.detail)
            inputs = determination_inputs(self._package.hash, line, detail, self._terms.call.currency)
            detail.pop("appeal", None)
            facts = self._facts.letter(head, line, detail, ranking.get(line.proposal))
            if line.proposal in asked:
                facts["asked"] = asked[line.proposal]
            kind = letter_kind(fired)
            letter = LetterDraft(kind, line.proposal, Addressee(head.language, head.lead), facts)
            self.letters.write(proposal_deed(fired, line.proposal, self._terms, inputs=inputs), letter)
            moves.append((fired.destination, self._package.hash, line.proposal, head.state))
        self.letters.flush()
        self._act.unit.proposals.determined(moves)

    def _held(self, head: ProposalRow) -> Outcome | None:
        return held_outcome(self._act.unit, head) if self._is_promotion else None


def _ineligible(lines: Iterable[PackageLine], heads: Mapping[str, ProposalRow]) -> list[ProposalRow]:
    return [heads[line.proposal] for line in lines if line.outcome == Outcome.INELIGIBLE]


def _batches(lines: Iterator[PackageLine]) -> Iterator[list[PackageLine]]:
    while batch := list(islice(lines, BATCH)):
        yield batch
