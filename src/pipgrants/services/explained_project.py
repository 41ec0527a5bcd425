"""What ``explain`` tells of an award that is carried out: where its money is, and why less was certified than asked."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from pipgrants.domain.plain import plain_amount
from pipgrants.letters.explanation import DisbursementToldData, ProjectToldData
from pipgrants.money import from_minor
from pipgrants.services.audit.stated import Content
from pipgrants.services.letter_facts import criterion_finding
from pipgrants.services.project_facts import DISBURSEMENT, PROJECT, ProjectFacts, facts_of, reduced_by
from pipgrants.store.unit import Unit


def acts_on_project(unit: Unit, number: str) -> list[Content]:
    """The entries about the project of a proposal and about its disbursements; none where there is no project."""
    if unit.projects.find(number) is None:
        return []
    disbursements = (f"{DISBURSEMENT}{number}/{row.number}" for row in unit.projects.disbursements(number))
    subjects = [PROJECT + number, *disbursements]
    return [orjson.loads(entry.content) for subject in subjects for entry in unit.ledger.entries(subject=subject)]


def project_told(unit: Unit, number: str, language: str) -> ProjectToldData | None:
    """How the project of a proposal stands, None where there is none."""
    if unit.projects.find(number) is None:
        return None
    facts = facts_of(unit, number)
    accounts, plain = facts.accounts, facts.money.plain
    return ProjectToldData(
        state=facts.row.state,
        award=plain(accounts.award_amount),
        disbursed=plain(accounts.held_amount),
        due=plain(accounts.due_amount),
        counterpart=plain(facts.money.counterpart_amount),
        realised=plain(facts.money.realised.amount),
        disbursements=list(_disbursements(facts, language)),
    )


def _disbursements(facts: ProjectFacts, language: str) -> Iterator[DisbursementToldData]:
    """The disbursements of which less was certified than was asked for, with the rules that say so."""
    for row in facts.disbursements:
        findings = [criterion_finding(facts.terms.call, item, language) for item in reduced_by(facts.unit, row)]
        if findings:
            asked, certified = (
                plain_amount(from_minor(units or 0, facts.currency), facts.currency)
                for units in (row.asked_minor, row.certified_minor)
            )
            yield DisbursementToldData(number=row.number, asked=asked, certified=certified, findings=findings)
