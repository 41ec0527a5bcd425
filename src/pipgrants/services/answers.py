"""What happens to one proposal between receipt and decision: answers, papers attached, contested papers, withdrawal."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

from pipgrants.domain.application import Application
from pipgrants.domain.proposal import Evidence
from pipgrants.domain.vocabulary import EvidenceKind, LetterKind
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services.calls import proposal_deed
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.parties import Register, add_parties
from pipgrants.services.receive import application_as_plain, paper_salt, to_proposal
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.signing import fire
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.proposals import NewProposal, ProposalRow
from pipgrants.trail.entry import Deed

LARGEST_EVIDENCE_BYTES = 50_000_000


def clarify(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, application: Application | None, answer: str
) -> None:
    """Records the answer to a clarification request: a corrected application, or words only. Screening follows.

    Raises RefusedError where nothing was asked, or the time to answer is over.
    """
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        due_on = date.fromisoformat(row.clarification_due_on) if row.clarification_due_on else None
        case = ProposalCase(today=local_day(now, terms.call), clarification_due_on=due_on)
        engine = proposal_engine(act.unit.calls, terms.row)
        fired = fire(act, engine, row.state, "clarify", case, terms.programme.stands_in)
        inputs: dict[str, object] = {"answer": answer}
        if application is not None:
            inputs |= _replace(act, terms, row, application)
        act.unit.proposals.reopen(fired.destination, proposal, row.state)
        act.record(proposal_deed(fired, proposal, terms, inputs=inputs))


def _replace(act: Act, terms: Terms, row: ProposalRow, application: Application) -> dict[str, object]:
    if application.reference != row.reference:
        raise RefusedError(
            f"the file answers for {application.reference!r}; {row.number} has the reference {row.reference!r}",
            next_step="correct the reference in the file",
        )
    register = Register(act.unit)
    register.look_up([application])
    numbers, registered = register.numbers(application)
    add_parties(act, registered)
    received_at = datetime.fromisoformat(row.received_at)
    salt = paper_salt(act.unit)
    corrected = to_proposal(application, row.number, row.call, row.stage, row.state, received_at, numbers, salt)
    lead = next(numbers[member.key] for member in application.members if member.is_lead)
    act.unit.proposals.replace(NewProposal(corrected, row.reference, row.language, lead), terms.call.currency)
    return {
        "parties": [party.as_plain() for party in registered],
        "application": application_as_plain(corrected, row.reference, row.language, terms.call.currency),
    }


def attach(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    file: Path,
    kind: EvidenceKind,
    issuer: str,
    evidence: str | None = None,
) -> str:
    """Keeps a paper's file under its SHA-256 and names it in the proposal; returns the hash.

    ``evidence`` is the identity of a paper named in the application; without it the file is a new paper.
    """
    sha256 = keep_file(workspace, file)
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("proposal.attach", terms.programme.stands_in)
        papers = {paper.identity for paper in act.unit.proposals.one(proposal, terms.call.currency).evidence or ()}
        if evidence is not None and evidence not in papers:
            raise NotFoundError(
                f"{proposal} names no paper {evidence}; it names {', '.join(sorted(papers)) or 'none'}",
                next_step="leave --evidence out to add a new paper",
            )
        if evidence is None:
            paper = Evidence(f"sha256:{sha256}", kind, issuer, file_name=file.name, sha256=sha256, reference=file.name)
            act.unit.proposals.add_evidence(proposal, paper, terms.call.currency)
        else:
            act.unit.proposals.attach(proposal, evidence, file.name, sha256)
        inputs = {"evidence": evidence or f"sha256:{sha256}", "kind": kind.value, "sha256": sha256}
        act.record(Deed("EvidenceAttached", f"proposal/{proposal}", inputs=inputs, call=row.call))
    return sha256


def keep_file(workspace: Workspace, file: Path) -> str:
    """Copies a file into the content-addressed store ``evidence/``; the same bytes are kept once."""
    if not file.is_file():
        raise NotFoundError(f"there is no file {file}")
    if file.stat().st_size > LARGEST_EVIDENCE_BYTES:
        raise RefusedError(
            f"{file.name} is larger than {LARGEST_EVIDENCE_BYTES:,} bytes", next_step="ask for a smaller scan"
        )
    content = file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    target = workspace.folder / "evidence" / sha256[:2] / sha256
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(target)
    return sha256


def settle_evidence(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, evidence: str, reason: str
) -> None:
    """Writes down which proposal the source of a contested paper wants it to count for. Screening follows."""
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("evidence.settle", terms.programme.stands_in)
        lines = act.unit.proposals.one(proposal, terms.call.currency).counterpart_lines or ()
        if evidence not in {line.evidence for line in lines}:
            raise NotFoundError(f"{proposal} pledges no paper {evidence}", next_step=f"pipgrants explain {proposal}")
        act.unit.proposals.settle_evidence(evidence, proposal)
        inputs = {"evidence": evidence}
        act.record(Deed("EvidenceSettled", f"proposal/{proposal}", reason=reason, inputs=inputs, call=row.call))


def withdraw(workspace: Workspace, who: Identity, now: datetime, *, proposal: str, reason: str) -> None:
    """Ends a proposal at the applicant's wish, before ratification; a letter confirms it."""
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        engine = proposal_engine(act.unit.calls, terms.row)
        fired = fire(act, engine, row.state, "withdraw", ProposalCase(), terms.programme.stands_in, reason=reason)
        act.unit.proposals.move([(fired.destination, proposal, row.state)])
        letters = Correspondence(act, terms)
        facts = {"title": row.title, "reason": reason}
        letter = LetterDraft(
            LetterKind(str(fired.transition.letter)), proposal, Addressee(row.language, row.lead), facts
        )
        letters.write(proposal_deed(fired, proposal, terms, reason=reason), letter)
        letters.flush()
