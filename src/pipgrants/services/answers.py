"""What happens to one proposal between receipt and decision: answers, papers attached, contested papers, withdrawal."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from itertools import chain, count
from pathlib import Path

from pipgrants.domain.answer import undue_changes
from pipgrants.domain.application import Application, dates_after
from pipgrants.domain.counterpart import is_pledged_elsewhere
from pipgrants.domain.finding import Findings
from pipgrants.domain.papers import identity, with_bytes
from pipgrants.domain.proposal import Evidence, Proposal
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import EvidenceKind, Verdict
from pipgrants.errors import NotFoundError, RefusedError, UsageError, in_words
from pipgrants.paths import require_existing, written_whole
from pipgrants.services.application_records import (
    application_as_plain,
    office_values,
    paper_label,
    paper_salt,
    to_proposal,
)
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.holdings import held_outcome
from pipgrants.services.moves import fire, letter_kind, proposal_deed
from pipgrants.services.party_register import Register, write_parties
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.screen import pledges
from pipgrants.services.states import is_receiving
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.proposals import NewProposal, ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed
from pipgrants.trail.sealing import new_salt, seal

LARGEST_EVIDENCE_BYTES = 50_000_000


def clarify(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    application: Application | None,
    answer: str,
    dry_run: bool = False,
) -> None:
    """Records the answer to a clarification request: a corrected application, or words only. Screening follows.

    What a corrected application may change is said in ``domain/answer.py``. Papers on record that it leaves out stay,
    and so does what is on record of a party, whatever the answer says of it.
    Raises RefusedError where nothing was asked, the time to answer is over, or more is changed than was asked about.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        due_on = date.fromisoformat(row.clarification_due_on) if row.clarification_due_on else None
        case = ProposalCase(today=local_day(now, terms.call), clarification_due_on=due_on)
        engine = proposal_engine(act.unit.calls, terms.row)
        fired = fire(act, proposal, engine, row.state, "clarify", case, terms.programme.stands_in)
        act.represent(row.lead)
        salt = new_salt()
        inputs: dict[str, object] = {"answer": seal(salt, "answer", answer)}
        if application is not None:
            inputs |= _replace(act, terms, row, application)
        act.unit.answers.add(proposal, answer, salt)
        act.unit.proposals.move([(fired.destination, proposal, row.state)])
        act.record(proposal_deed(fired, proposal, terms, inputs=inputs))


def _replace(act: Act, terms: Terms, row: ProposalRow, application: Application) -> dict[str, object]:
    """Stores the corrected application; returns what its entry holds of it."""
    if application.reference != row.reference:
        raise RefusedError(
            f"the file answers for {application.reference!r}; {row.number} has the reference {row.reference!r}",
            next_step="correct the reference in the file",
        )
    if act.speaks_for_applicant and (office := office_values(application)):
        raise RefusedError(
            f"the answer gives {', '.join(office)}, which only the office fills in",
            next_step="leave it out of the file",
        )
    _refuse_impossible_dates(application, local_day(act.now, terms.call))
    proposals, currency = act.unit.proposals, terms.call.currency
    before = proposals.one(row.number, currency)
    application = _with_papers_on_record(application, before)
    register = Register(act.unit)
    register.look_up(member.details for member in application.members)
    numbers, registered = register.numbers(application)
    write_parties(act, registered)
    received_at = datetime.fromisoformat(row.received_at)
    salt = paper_salt(act.unit)
    corrected = to_proposal(application, row.number, row.call, row.stage, row.state, received_at, numbers, salt)
    proposals.correct(NewProposal(corrected, row.reference, row.language, row.lead), currency)
    findings = asking(act.unit, row)
    asked = lines_asked(terms, row, findings)
    _refuse_undue(row.number, undue_changes(before, proposals.one(row.number, currency), findings, asked), asked)
    return {
        "parties": [party.as_plain() for party in registered],
        "application": application_as_plain(corrected, row.reference, row.language, currency, salt),
    }


def asking(unit: Unit, row: ProposalRow) -> Findings:
    """The findings of the last screening that are open, about which the applicant is asked."""
    entry = row.screening_entry or 0
    found = RecordedFindings(unit).of([entry]).get(entry, ())
    return tuple(finding for finding in found if finding.verdict is Verdict.UNDETERMINED)


def lines_asked(terms: Terms, row: ProposalRow, findings: Findings) -> frozenset[str]:
    """The line tuples of a proposal in which open findings are answered."""
    return Screener(terms.call, row.stage).lines_asked(finding.criterion for finding in findings)


def _with_papers_on_record(application: Application, before: Proposal) -> Application:
    """An answer with the papers on record that it leaves out, and the files attached to those that it names."""
    given = {paper.identity: paper for paper in application.evidence}
    kept = []
    for paper in before.evidence or ():
        named = given.pop(paper.reference, None)
        if named is None:
            kept.append(paper._replace(identity=paper.reference, reference=""))
        elif named.sha256:
            kept.append(named)
        else:
            kept.append(named._replace(file_name=paper.file_name, sha256=paper.sha256))
    return application._replace(evidence=(*kept, *given.values()))


def _refuse_impossible_dates(application: Application, today: date) -> None:
    for found in dates_after(application, today):
        raise RefusedError(
            f"{found.field} of {found.key or application.reference} is {found.day}, which is in the future",
            next_step="correct the date in the file",
        )


def _refuse_undue(number: str, changed: Sequence[str], asked: Collection[str]) -> None:
    if changed:
        raise RefusedError(
            f"the answer changes {', '.join(changed)} of {number}, which stood in the application; it was asked about "
            f"{', '.join(sorted(asked)) or 'single values'}",
            next_step="an answer supplies what was missing; leave the rest as it was submitted",
        )


def attach(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    file: Path,
    evidence: str | None = None,
    kind: EvidenceKind | None = None,
    issuer: str | None = None,
) -> str:
    """Keeps a paper's file under its SHA-256 and names it in the proposal; returns the hash.

    ``evidence`` names a paper of the application, by the applicant's reference or by its identity; without it the file
    is a new paper, of a kind and an issuer. From then on its bytes identify it, wherever else they are pledged.
    Screening follows. Raises UsageError where the paper is neither named nor described, or both, RefusedError once
    papers are not taken any more.
    """
    described = _described(evidence, kind, issuer)
    content = _read_paper(file)
    sha256 = hashlib.sha256(content).hexdigest()
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("proposal.attach", terms.programme.stands_in)
        act.represent(row.lead)
        _refuse_papers(act, terms, row)
        salt = paper_salt(act.unit)
        papers = act.unit.proposals.one(proposal, terms.call.currency).evidence or ()
        if described:
            reference = _free_reference(file.name, {paper.reference for paper in papers})
            new = described._replace(identity=reference, file_name=file.name, sha256=sha256, reference=reference)
            named, paper = None, new._replace(identity=identity(new, partial(seal, salt)))
            act.unit.evidence.add(proposal, paper, terms.call.currency)
        else:
            named = _paper(row, papers, str(evidence))
            known = with_bytes(named.identity, sha256)
            paper = named._replace(identity=known, file_name=file.name, sha256=sha256)
            act.unit.evidence.attach(proposal, named.identity, paper)
        inputs = {
            "evidence": named and named.identity,
            "identity": paper.identity,
            "kind": paper.kind.value,
            "sha256": sha256,
            "label": paper_label(salt, paper.issuer, paper.file_name, paper.reference),
        }
        act.record(Deed("EvidenceAttached", f"proposal/{proposal}", inputs=inputs, call=row.call))
        _keep(workspace, content, sha256)
    return sha256


def _described(evidence: str | None, kind: EvidenceKind | None, issuer: str | None) -> Evidence | None:
    """A new paper, None where a paper of the application is named. Raises UsageError unless it is one of the two."""
    if evidence is None and kind and issuer and issuer.strip():
        return Evidence("", kind, issuer)
    if evidence is None:
        raise UsageError(
            "a new paper has a kind and an issuer",
            next_step="--kind KIND --issuer TEXT; or --evidence ID for a paper of the application",
        )
    if kind or issuer:
        raise UsageError(
            f"the application says of {evidence} what it is and who issued it",
            next_step="leave --kind and --issuer out",
        )
    return None


def _refuse_papers(act: Act, terms: Terms, row: ProposalRow) -> None:
    """Papers are taken while the call receives, and while a criterion of the proposal is open and screened again."""
    call, proposal = call_engine(act.unit.calls, terms.row), proposal_engine(act.unit.calls, terms.row)
    is_asked = "clarify" in proposal.possible(row.state)
    can_screen = "screen" in call.possible(terms.row.state)
    is_open = row.has_open_findings and can_screen and terms.row.scores_closed_at is None
    is_reopened = "verify" in proposal.possible(row.state)
    if not (is_asked or is_open or is_reopened or is_receiving(call, terms.row.state)):
        raise RefusedError(
            f"{row.number} is {in_words(row.state)} and the call {in_words(terms.row.state)}: papers are taken until "
            "the call is closed, and after that for what is still open",
            next_step=f"pipgrants explain {row.number}",
        )


def _free_reference(name: str, taken: Collection[str]) -> str:
    """What a new paper is called: its file, with a number where another paper of the proposal has that name."""
    numbered = (f"{name} ({number})" for number in count(2))
    return next(reference for reference in chain([name], numbered) if reference not in taken)


def _paper(row: ProposalRow, papers: Sequence[Evidence], name: str) -> Evidence:
    """A paper of a proposal by its reference or identity. Raises NotFoundError."""
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
        with written_whole(target) as file:
            file.write_bytes(content)


def settle_evidence(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, evidence: str, reason: str
) -> None:
    """Writes down which proposal the source of a contested paper wants it to count for. Screening follows.

    ``evidence`` is the paper's reference in that proposal, or its identity. Raises RefusedError where no other live
    proposal pledges the paper, or the proposal is at its end.
    """
    with workspace.act(who, now) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("evidence.settle", terms.programme.stands_in)
        if proposal_engine(act.unit.calls, terms.row).definition.states[row.state].final:
            raise RefusedError(
                f"{proposal} is {in_words(row.state)}; no paper counts for it any more",
                next_step="settle the paper on a proposal that can still be decided, or holds an award",
            )
        papers = act.unit.proposals.one(row.number, terms.call.currency).evidence or ()
        paper = _paper(row, papers, evidence).identity
        if not is_pledged_elsewhere(pledges(act.unit), paper, proposal):
            raise RefusedError(
                f"no other live proposal pledges {evidence}, so that nothing is to be settled",
                next_step=f"pipgrants explain {proposal}",
            )
        act.unit.evidence.settle(paper, proposal)
        inputs = {"evidence": paper}
        act.record(Deed("EvidenceSettled", f"proposal/{proposal}", reason=reason, inputs=inputs, call=row.call))


def withdraw(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, reason: str, dry_run: bool = False
) -> None:
    """Ends a proposal at the applicant's wish; a letter confirms it.

    Once the letter with the decision is released, it gives up the award or the place on the reserve list.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        engine = proposal_engine(act.unit.calls, terms.row)
        stands_in = terms.programme.stands_in
        trigger = "renounce" if "renounce" in engine.possible(row.state) else "withdraw"
        case = ProposalCase(held=held_outcome(act.unit, row))
        fired = fire(act, proposal, engine, row.state, trigger, case, stands_in, reason=reason)
        act.represent(row.lead)
        _refuse_project(act, proposal)
        act.unit.proposals.move([(fired.destination, proposal, row.state)])
        letters = Correspondence(act, terms)
        facts = {"title": row.title, "reason": reason}
        letter = LetterDraft(letter_kind(fired), proposal, Addressee(row.language, row.lead), facts)
        letters.write(proposal_deed(fired, proposal, terms, reason=reason), letter)
        letters.flush()


def _refuse_project(act: Act, proposal: str) -> None:
    """Who carries out a project abandons that."""
    if act.unit.projects.find(proposal) is not None:
        raise RefusedError(
            f"{proposal} is a project already",
            next_step=f"pipgrants project abandon {proposal} --reason TEXT --as OFFICER",
        )
