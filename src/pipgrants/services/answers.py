"""What happens to one proposal between receipt and decision: answers, papers attached, contested papers, withdrawal."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

from pipgrants.domain.application import Application
from pipgrants.domain.proposal import Evidence, Proposal
from pipgrants.domain.vocabulary import EvidenceKind, LetterKind
from pipgrants.errors import NotFoundError, RefusedError, in_words
from pipgrants.paths import require_existing
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import RECEIVING_STATES, local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.moves import proposal_deed
from pipgrants.services.parties import Register, write_parties
from pipgrants.services.receive import application_as_plain, paper_label, paper_salt, to_proposal
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
        fired = fire(act, proposal, engine, row.state, "clarify", case, terms.programme.stands_in)
        act.represent(row.lead)
        inputs: dict[str, object] = {"answer": answer}
        if application is not None:
            inputs |= _replace(act, terms, row, application)
        act.unit.proposals.move([(fired.destination, proposal, row.state)])
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
    write_parties(act, registered)
    received_at = datetime.fromisoformat(row.received_at)
    salt = paper_salt(act.unit)
    corrected = to_proposal(application, row.number, row.call, row.stage, row.state, received_at, numbers, salt)
    _refuse_other_facts(act.unit.proposals.one(row.number, terms.call.currency), corrected)
    lead = next(numbers[member.key] for member in application.members if member.is_lead)
    act.unit.proposals.correct(NewProposal(corrected, row.reference, row.language, lead), terms.call.currency)
    return {
        "parties": [party.as_plain() for party in registered],
        "application": application_as_plain(corrected, row.reference, row.language, terms.call.currency, salt),
    }


ANSWERABLE = ("project_type", "territory", "sector", "design_on", "duration_months", "total_amount", "grant_amount")
"""Facts that an answer may supply where they were missing, and not change where they were on record."""


def _refuse_other_facts(before: Proposal, corrected: Proposal) -> None:
    """An answer supplies what was asked for; it does not improve what competes with others."""
    changed = [
        name
        for name in ANSWERABLE
        if getattr(before, name) is not None and getattr(before, name) != getattr(corrected, name)
    ]
    leads = [[member.party for member in found.members or () if member.is_lead] for found in (before, corrected)]
    if leads[0] != leads[1]:
        changed.append("lead")
    if changed:
        raise RefusedError(
            f"the answer changes {', '.join(changed)} of {before.number}, which stood in the application",
            next_step="an answer supplies what was missing; leave the rest as it was submitted",
        )


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

    ``evidence`` names a paper of the application, by the applicant's reference or by its identity; without it the file
    is a new paper. From then on its bytes identify it, wherever else they are pledged. Screening follows. Raises
    RefusedError once papers are not taken any more.
    """
    content = _read_paper(file)
    sha256 = hashlib.sha256(content).hexdigest()
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("proposal.attach", terms.programme.stands_in)
        act.represent(row.lead)
        _refuse_papers(act, terms, row)
        identity = f"sha256:{sha256}"
        paper = Evidence(identity, kind, issuer, file_name=file.name, sha256=sha256, reference=file.name)
        named = None if evidence is None else _paper(act, row, terms, evidence)
        if named is None:
            act.unit.evidence.add(proposal, paper, terms.call.currency)
        else:
            paper = paper._replace(kind=named.kind, issuer=named.issuer, reference=named.reference)
            act.unit.evidence.attach(proposal, named.identity, identity, file.name, sha256)
        inputs = {
            "evidence": named.identity if named else None,
            "identity": identity,
            "kind": paper.kind.value,
            "sha256": sha256,
            "label": paper_label(paper_salt(act.unit), paper.issuer, paper.file_name, paper.reference),
        }
        act.record(Deed("EvidenceAttached", f"proposal/{proposal}", inputs=inputs, call=row.call))
        _keep(workspace, content, sha256)
    return sha256


def _refuse_papers(act: Act, terms: Terms, row: ProposalRow) -> None:
    """Papers are taken while the call receives, and while a criterion of the proposal is open and screened again."""
    calls = act.unit.calls
    is_asked = "clarify" in proposal_engine(calls, terms.row).possible(row.state)
    is_open = row.has_open_findings and "screen" in call_engine(calls, terms.row).possible(terms.row.state)
    if not (is_asked or is_open or terms.row.state in RECEIVING_STATES):
        raise RefusedError(
            f"{row.number} is {in_words(row.state)} and the call {in_words(terms.row.state)}: papers are taken until "
            "the call is closed, and after that for what is still open",
            next_step=f"pipgrants explain {row.number}",
        )


def _paper(act: Act, row: ProposalRow, terms: Terms, name: str) -> Evidence:
    """A paper of a proposal by its reference or identity. Raises NotFoundError."""
    papers = act.unit.proposals.one(row.number, terms.call.currency).evidence or ()
    for paper in papers:
        if name in (paper.identity, paper.reference):
            return paper
    listed = ", ".join(sorted(paper.reference for paper in papers)) or "none"
    raise NotFoundError(f"{row.number} names no paper {name!r}; it names {listed}")


def keep_file(workspace: Workspace, file: Path, *, dry_run: bool = False) -> str:
    """Copies a file into the content-addressed store ``evidence/``, the same bytes once; returns its SHA-256."""
    content = _read_paper(file)
    sha256 = hashlib.sha256(content).hexdigest()
    if not dry_run:
        _keep(workspace, content, sha256)
    return sha256


def _read_paper(file: Path) -> bytes:
    require_existing(file)
    if file.stat().st_size > LARGEST_EVIDENCE_BYTES:
        raise RefusedError(
            f"{file.name} is larger than {LARGEST_EVIDENCE_BYTES:,} bytes", next_step="ask for a smaller scan"
        )
    return file.read_bytes()


def _keep(workspace: Workspace, content: bytes, sha256: str) -> None:
    target = workspace.folder / "evidence" / sha256[:2] / sha256
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(target)


def settle_evidence(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, evidence: str, reason: str
) -> None:
    """Writes down which proposal the source of a contested paper wants it to count for. Screening follows.

    ``evidence`` is the paper's reference in that proposal, or its identity.
    """
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("evidence.settle", terms.programme.stands_in)
        identity = _paper(act, row, terms, evidence).identity
        act.unit.evidence.settle(identity, proposal)
        inputs = {"evidence": identity}
        act.record(Deed("EvidenceSettled", f"proposal/{proposal}", reason=reason, inputs=inputs, call=row.call))


def withdraw(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, reason: str, dry_run: bool = False
) -> None:
    """Ends a proposal at the applicant's wish, before ratification; a letter confirms it."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        engine = proposal_engine(act.unit.calls, terms.row)
        stands_in = terms.programme.stands_in
        fired = fire(act, proposal, engine, row.state, "withdraw", ProposalCase(), stands_in, reason=reason)
        act.represent(row.lead)
        act.unit.proposals.move([(fired.destination, proposal, row.state)])
        letters = Correspondence(act, terms)
        facts = {"title": row.title, "reason": reason}
        letter = LetterDraft(
            LetterKind(str(fired.transition.letter)), proposal, Addressee(row.language, row.lead), facts
        )
        letters.write(proposal_deed(fired, proposal, terms, reason=reason), letter)
        letters.flush()
