"""An application put together from its rows: references between sheets, one lead, no entity twice, sums.

The same entity is one that has the same tax number, compared by its letters and digits alone, or the same name without
case and outer spaces unless both tax numbers are known and differ. A repetition is dropped with a warning, and its
lines count as the kept member's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias, TypeVar

from pipgrants.domain.application import Application, ApplicationMember, PartyDetails
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
from pipgrants.domain.vocabulary import FundingSource
from pipgrants.exchange.fields import BUDGET, COUNTERPART, EVIDENCE, MEMBERS
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.money import EXACT

T = TypeVar("T")
Located: TypeAlias = tuple[Place, T]
Line = TypeVar("Line", BudgetLine, CounterpartLine)


@dataclass(slots=True)
class Draft:
    """The rows of one application. ``failed`` names the sheets in which a row of it had a problem."""

    place: Place
    application: Application
    members: list[Located[ApplicationMember]] = field(default_factory=list)
    budget_lines: list[Located[BudgetLine]] = field(default_factory=list)
    counterpart_lines: list[Located[CounterpartLine]] = field(default_factory=list)
    objectives: list[Objective] = field(default_factory=list)
    evidence: list[Located[Evidence]] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    lead_expected: bool = True


def assemble(draft: Draft, log: ProblemLog) -> Application | None:
    """The whole application, or None where anything in it is a problem, all of which are reported."""
    members, keys = _consortium(draft, log)
    papers = _papers(draft, log)
    budget_lines = _with_parties(draft, BUDGET, draft.budget_lines, keys, log)
    counterpart_lines = _with_parties(draft, COUNTERPART, draft.counterpart_lines, keys, log)
    _check_evidence(draft, papers, log)
    if draft.failed:
        return None
    application = draft.application._replace(
        members=members,
        budget_lines=budget_lines,
        counterpart_lines=counterpart_lines,
        objectives=tuple(draft.objectives),
        evidence=tuple(papers.values()),
    )
    _compare_sums(application, draft.place, log)
    return application


def _consortium(draft: Draft, log: ProblemLog) -> tuple[tuple[ApplicationMember, ...], dict[str, str]]:
    """The different members, and for each key written the key of the member that it stands for."""
    seen: dict[tuple[str, ...], ApplicationMember] = {}
    keys: dict[str, str] = {}
    rows: dict[str, Place] = {}
    leads_repeated: set[str] = set()
    for place, member in sorted(draft.members, key=lambda located: not located[1].is_lead):
        twin = next((seen[mark] for mark in _marks_sought(member.details) if mark in seen), None)
        kept = twin or member
        if keys.get(member.key, kept.key) != kept.key or (twin is None and member.key in keys):
            log.problem(place.problem("import.member_twice", "member", member.key, row=str(rows[member.key].row)))
            draft.failed.add(MEMBERS)
            continue
        if twin is not None:
            is_lead_again = twin.is_lead and twin.key not in leads_repeated
            leads_repeated.add(twin.key)
            code = "import.lead_repeated_as_partner" if is_lead_again else "import.partner_repeated"
            log.warning(place.problem(code, "name", member.details.name))
        keys[member.key] = kept.key
        rows.setdefault(member.key, place)
        for mark in _marks_left(member.details):
            seen.setdefault(mark, kept)
    members = tuple(member for place, member in draft.members if rows.get(member.key) == place)
    _check_lead(draft, [member for member in members if keys[member.key] == member.key], log)
    return tuple(member for member in members if keys[member.key] == member.key), keys


def _name(details: PartyDetails) -> str:
    return details.name.strip().casefold()


def _marks_sought(details: PartyDetails) -> list[tuple[str, ...]]:
    if details.tax_key is None:
        return [("name", _name(details))]
    return [("tax number", *details.tax_key), ("name alone", _name(details))]


def _marks_left(details: PartyDetails) -> list[tuple[str, ...]]:
    if details.tax_key is None:
        return [("name", _name(details)), ("name alone", _name(details))]
    return [("name", _name(details)), ("tax number", *details.tax_key)]


def _check_lead(draft: Draft, members: Sequence[ApplicationMember], log: ProblemLog) -> None:
    leads = sum(member.is_lead for member in members)
    if MEMBERS in draft.failed or leads == 1 or not (draft.lead_expected or leads):
        return
    code, values = ("import.two_leads", {"count": str(leads)}) if leads else ("import.no_lead", {})
    log.problem(draft.place.problem(code, "reference", draft.application.reference, **values))
    draft.failed.add(MEMBERS)


def _with_parties(
    draft: Draft, sheet: str, lines: Iterable[Located[Line]], keys: dict[str, str], log: ProblemLog
) -> tuple[Line, ...]:
    """The lines with the keys of the members that are kept."""
    kept = []
    for place, line in lines:
        if line.party is not None and line.party not in keys:
            if MEMBERS not in draft.failed:
                log.problem(place.problem("import.unknown_member", "member", line.party))
            draft.failed.add(sheet)
        else:
            kept.append(line._replace(party=None if line.party is None else keys[line.party]))
    return tuple(kept)


def _papers(draft: Draft, log: ProblemLog) -> dict[str, Evidence]:
    papers: dict[str, Evidence] = {}
    rows: dict[str, str] = {}
    for place, paper in draft.evidence:
        if paper.identity in papers:
            row = rows[paper.identity]
            log.problem(place.problem("import.evidence_twice", "evidence", paper.identity, row=row))
            draft.failed.add(EVIDENCE)
        papers.setdefault(paper.identity, paper)
        rows.setdefault(paper.identity, str(place.row))
    return papers


def _check_evidence(draft: Draft, papers: dict[str, Evidence], log: ProblemLog) -> None:
    for place, line in draft.counterpart_lines:
        if line.evidence is not None and line.evidence not in papers and EVIDENCE not in draft.failed:
            log.problem(place.problem("import.unknown_evidence", "evidence", line.evidence))
            draft.failed.add(COUNTERPART)


def _compare_sums(application: Application, place: Place, log: ProblemLog) -> None:
    """Warn where lines and amounts differ; lines for the grant alone are not compared with the total.

    Counterpart and grant together make up the total; they are compared with it where all three are on record.
    """
    lines = application.budget_lines
    granted = [line.amount for line in lines if line.source is FundingSource.GRANT]
    if len(granted) < len(lines):
        stated = application.total_amount
        _compare("import.budget_sum_differs", "total_amount", [line.amount for line in lines], stated, place, log)
    if granted:
        _compare("import.grant_sum_differs", "grant_amount", granted, application.grant_amount, place, log)
    brought = [line.amount for line in application.counterpart_lines]
    if brought and application.grant_amount is not None:
        parts = [*brought, application.grant_amount]
        _compare("import.parts_differ_from_total", "total_amount", parts, application.total_amount, place, log)


def _compare(
    code: str, column: str, amounts: Sequence[Decimal], stated: Decimal | None, place: Place, log: ProblemLog
) -> None:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    if stated is not None and total != stated:
        log.warning(place.problem(code, column, f"{stated:f}", seen=f"{total:f}", expected=f"{stated:f}"))
