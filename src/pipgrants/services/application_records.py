"""Applications as they go on record: as proposals, as entries hold them, and back as the applicant's form would."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial

from pipgrants.domain.application import Application, ApplicationMember, PartyDetails
from pipgrants.domain.finding import Plain
from pipgrants.domain.papers import identity
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.proposal import Evidence, Member, Objective, Proposal
from pipgrants.domain.vocabulary import Language, Stage
from pipgrants.exchange.fields import FOR_OFFICE
from pipgrants.services.workspace import PAPER_SALT
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import instant_text
from pipgrants.trail.sealing import field_salt, seal


def office_values(application: Application) -> dict[str, str]:
    """What an application says in the columns that only the office fills in, by column."""
    found = {name: getattr(application, name) for name in FOR_OFFICE}
    return {name: str(value) for name, value in found.items() if value is not None}


def paper_salt(unit: Unit) -> bytes:
    """The salt of the identities of papers in this workspace."""
    return bytes.fromhex(unit.setting(PAPER_SALT))


def to_proposal(
    application: Application,
    number: str,
    call: str,
    stage: Stage,
    state: str,
    received_at: datetime,
    numbers: Mapping[str, str],
    salt: bytes,
) -> Proposal:
    """An application as it goes on record: members and papers by what identifies them there."""
    papers = {paper.identity: identity(paper, partial(seal, salt)) for paper in application.evidence}
    return Proposal(
        number=number,
        call=call,
        stage=stage,
        state=state,
        title=application.title,
        received_at=received_at,
        project_type=application.project_type,
        territory=application.territory,
        sector=application.sector,
        design_on=application.design_on,
        duration_months=application.duration_months,
        total_amount=application.total_amount,
        grant_amount=application.grant_amount,
        source_state=application.source_state,
        members=tuple(
            Member(numbers[member.key], member.is_lead, member.member_type) for member in application.members
        ),
        budget_lines=tuple(
            line._replace(party=numbers.get(line.party) if line.party else None) for line in application.budget_lines
        ),
        counterpart_lines=tuple(
            line._replace(
                party=numbers.get(line.party) if line.party else None,
                evidence=papers.get(line.evidence) if line.evidence else None,
            )
            for line in application.counterpart_lines
        ),
        objectives=application.objectives,
        evidence=tuple(
            paper._replace(identity=papers[paper.identity], reference=paper.identity) for paper in application.evidence
        ),
    )


def application_as_plain(
    proposal: Proposal, reference: str, language: str, currency: str, salt: bytes
) -> dict[str, Plain]:
    """A proposal as it stands in an entry: everything a decision can depend on, amounts and dates as text.

    ``salt`` is that of the papers of the workspace.
    """
    plain: dict[str, Plain] = {
        "reference": reference,
        "stage": proposal.stage.value,
        "title": proposal.title,
        "language": language,
        "received_at": instant_text(proposal.received_at),
        "project_type": proposal.project_type,
        "territory": proposal.territory,
        "sector": proposal.sector,
        "design_on": proposal.design_on.isoformat() if proposal.design_on else None,
        "duration_months": proposal.duration_months,
        "total_amount": amount_text(proposal.total_amount, currency),
        "grant_amount": amount_text(proposal.grant_amount, currency),
        "source_state": proposal.source_state,
    }
    lines: dict[str, Sequence[tuple[object, ...]]] = {
        "members": [(line.party, line.is_lead, line.member_type) for line in proposal.members or ()],
        "budget_lines": proposal.budget_lines or (),
        "counterpart_lines": proposal.counterpart_lines or (),
        "evidence": [_sealed_paper(paper, salt) for paper in proposal.evidence or ()],
    }
    plain.update({name: [_plain_line(line, currency) for line in found] for name, found in lines.items() if found})
    if proposal.objectives:
        plain["objectives"] = [_plain_objective(objective) for objective in proposal.objectives]
    return {name: value for name, value in plain.items() if value is not None}


def _sealed_paper(paper: Evidence, salt: bytes) -> tuple[object, ...]:
    """A paper with a salted hash in the place of its issuer and names."""
    label = paper_label(salt, paper.issuer, paper.file_name, paper.reference)
    return (paper.identity, paper.kind, paper.issued_on, paper.committed_amount, paper.sha256, label)


def paper_label(salt: bytes, issuer: str, file_name: str | None, reference: str) -> str:
    """The salted hash of what a paper is called: its issuer, its file, and the applicant's name for it."""
    return hashlib.sha256(_label_salt(salt) + canonical([issuer, file_name, reference])).hexdigest()


@lru_cache(maxsize=1)
def _label_salt(salt: bytes) -> bytes:
    """The salt of what papers are called: one for all papers of a workspace."""
    return field_salt(salt, "paper")


def _plain_line(line: Iterable[object], currency: str) -> list[Plain]:
    """The values of a line in the order of its fields: amounts with the decimals of their currency, dates as text."""
    return [_plain_value(value, currency) for value in line]


def _plain_value(value: object, currency: str) -> Plain:
    if isinstance(value, Decimal):
        return plain_amount(value, currency)
    return value if isinstance(value, str | int | None) else str(value)


def _plain_objective(objective: Objective) -> list[Plain]:
    numbers = [None if number is None else plain_number(number) for number in (objective.baseline, objective.target)]
    return [objective.description, objective.indicator, objective.horizon, *numbers, objective.due_month]


def amount_text(amount: Decimal | None, currency: str) -> str | None:
    """An amount as entries and letters hold it, None where there is none."""
    return None if amount is None else plain_amount(amount, currency)


def to_application(proposal: Proposal, row: ProposalRow, details: Mapping[str, PartyDetails]) -> Application:
    """A proposal on record as the applicant's form would hold it: the inverse of ``to_proposal``."""
    references = {paper.identity: paper.reference for paper in proposal.evidence or ()}
    return Application(
        reference=row.reference,
        title=proposal.title,
        members=tuple(
            ApplicationMember(line.party, details[line.party], line.is_lead, line.member_type)
            for line in proposal.members or ()
        ),
        received_at=proposal.received_at,
        language=Language(row.language),
        project_type=proposal.project_type,
        territory=proposal.territory,
        sector=proposal.sector,
        design_on=proposal.design_on,
        duration_months=proposal.duration_months,
        total_amount=proposal.total_amount,
        grant_amount=proposal.grant_amount,
        source_state=proposal.source_state,
        budget_lines=proposal.budget_lines or (),
        counterpart_lines=tuple(
            line._replace(evidence=references.get(line.evidence) if line.evidence else None)
            for line in proposal.counterpart_lines or ()
        ),
        objectives=proposal.objectives or (),
        evidence=tuple(paper._replace(identity=paper.reference, reference="") for paper in proposal.evidence or ()),
    )
