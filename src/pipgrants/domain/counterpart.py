"""The counterpart: what the applicants bring themselves (PIP, "The proposal selection process", step 1).

The rules, in order:

1. A contribution from an ineligible source is not counted, nor one whose evidence was settled on another proposal. The
   grant itself is no counterpart, whatever the call says.
2. A contribution without the evidence (a commitment letter, no other paper) or, in kind, the valuation basis that the
   call requires, or whose evidence is contested, is not *certainly* counted: the applicant is asked.
3. In kind counts up to its cap, of the counterpart (cash included) or of the total of the proposal.
4. The lines that certainly count reach the minimum: met. With the uncertain ones they would not either: not met.
   In between the criterion is undetermined, and so it is where the amount that the share is taken of is missing or
   contradicted by the proposal's own lines.

All comparisons are exact, by cross-multiplication, unless the call declares decimals to which the share is rounded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from pipgrants.domain.amounts import contradictions_of_grant, contradictions_of_total
from pipgrants.domain.call import ONE, Base, CounterpartRule, InKindBase, InKindCap
from pipgrants.domain.finding import Finding, Note, Plain
from pipgrants.domain.papers import same_papers
from pipgrants.domain.plain import ZERO, plain_amount, plain_number, plain_share, required_share
from pipgrants.domain.proposal import CounterpartLine, Proposal
from pipgrants.domain.vocabulary import ContributionForm, EvidenceKind, FundingSource, Verdict
from pipgrants.money import EXACT, Rounding, divide, minor_digits, reaches_share


class Open(StrEnum):
    """Why a paper counts in no proposal until its source has spoken, or a paper for the whole amount came."""

    PLEDGED_TWICE = "pledged_twice"
    PLEDGED_BEYOND = "pledged_beyond"


Contested: TypeAlias = Mapping[str, "str | Open"]
"""Evidence identities that do not simply count: the number of the proposal on which each was settled, or why not."""

CODE = "counterpart"

INELIGIBLE_SOURCE = "counterpart.ineligible_source"
NO_EVIDENCE = "counterpart.no_evidence"
NO_VALUATION = "counterpart.no_valuation"
EVIDENCE_CONTESTED = "counterpart.evidence_contested"
EVIDENCE_EXCEEDED = "counterpart.evidence_exceeded"
EVIDENCE_SETTLED_ELSEWHERE = "counterpart.evidence_settled_elsewhere"
IN_KIND_ABOVE_CAP = "counterpart.in_kind_above_cap"

_FINAL = frozenset({INELIGIBLE_SOURCE, EVIDENCE_SETTLED_ELSEWHERE})
"""Reasons that no answer of the applicant removes."""


class _Sums(NamedTuple):
    cash: Decimal
    in_kind: Decimal


class _Counted(NamedTuple):
    """What counts, as an exact fraction: a cap on the counterpart divides by what is left for cash."""

    numerator: Decimal
    denominator: Decimal


def assess(rule: CounterpartRule, proposal: Proposal, contested: Contested, currency: str) -> Finding:
    """The verdict on the counterpart of a proposal, with a note for every line that is not (certainly) counted.

    Without lines on record nothing is brought; lines that were not loaded leave the criterion undetermined.
    """
    required = required_share("at_least", rule.minimum_share, rule.of, rule.tolerance_amount, currency)
    if proposal.counterpart_lines is None:
        return Finding(CODE, Verdict.UNDETERMINED, required, None, rule.clause)
    certain, possible, notes = _sort_lines(rule, proposal, contested, currency)
    base = proposal.total_amount if rule.of is Base.PROPOSAL else proposal.grant_amount
    if not base or _cap_base_is_missing(rule, proposal):
        verdict, counted = Verdict.UNDETERMINED, _counted(None, certain, ZERO)
    else:
        total = proposal.total_amount or ZERO
        counted = _counted(rule.in_kind_cap, certain, total)
        contradictions = _contradictions(rule, proposal, currency)
        verdict = Verdict.UNDETERMINED if contradictions else _verdict(rule, counted, possible, total, base)
        notes += contradictions + _cap_note(rule.in_kind_cap, certain, counted, currency)
    if len(notes) > 1:
        notes.sort(key=str)
    seen = _seen(counted, certain, base, currency)
    return Finding(CODE, verdict, required, seen, rule.clause, tuple(notes))


class Contribution(NamedTuple):
    """What counts of a contribution that was made, and what is in kind beyond the cap, which a note tells."""

    amount: Decimal
    beyond_cap_amount: Decimal = ZERO
    notes: tuple[Note, ...] = ()


def counted_contribution(
    cap: InKindCap | None, cash: Decimal, in_kind: Decimal, total: Decimal, currency: str
) -> Contribution:
    """What counts of a contribution in cash and in kind to a project that costs ``total`` in all (rule 3)."""
    made = _Sums(cash, in_kind)
    counted = _counted(cap, made, total)
    amount, notes = _amount(counted, currency), _cap_note(cap, made, counted, currency)
    return Contribution(amount, EXACT.subtract(EXACT.add(cash, in_kind), amount), tuple(notes))


def lines_read(rule: CounterpartRule) -> frozenset[str]:
    """The line tuples that a proposal must be loaded with."""
    lines = frozenset({"budget_lines", "counterpart_lines"})
    return lines | {"evidence"} if rule.evidence_required else lines


def counted_amount(finding: Finding) -> Decimal | None:
    """The amount that a finding of ``assess`` counted, None where no line was on record."""
    seen = finding.seen
    return Decimal(str(seen["amount"])) if isinstance(seen, dict) else None


def _cap_base_is_missing(rule: CounterpartRule, proposal: Proposal) -> bool:
    cap = rule.in_kind_cap
    return cap is not None and cap.of is InKindBase.TOTAL and proposal.total_amount is None


def _contradictions(rule: CounterpartRule, proposal: Proposal, currency: str) -> list[Note]:
    """What contradicts the amounts that the share, and the cap of what is in kind, are taken of."""
    cap = rule.in_kind_cap
    of_total = rule.of is Base.PROPOSAL or (cap is not None and cap.of is InKindBase.TOTAL)
    total = contradictions_of_total(proposal, currency) if of_total else []
    return total + (contradictions_of_grant(proposal, currency) if rule.of is Base.GRANT else [])


def _sort_lines(
    rule: CounterpartRule, proposal: Proposal, contested: Contested, currency: str
) -> tuple[_Sums, _Sums, list[Note]]:
    """The sums that certainly count, the sums that may at most, and a note for each line left out."""
    cash = in_kind = possible_cash = possible_in_kind = ZERO
    notes: list[Note] = []
    others = {paper.identity for paper in proposal.evidence or () if paper.kind is not EvidenceKind.COMMITMENT_LETTER}
    for line in proposal.counterpart_lines or ():
        reasons = _reasons(rule, line, proposal.number, contested, others)
        if reasons:
            notes.extend(Note(reason, _line_values(line, currency)) for reason in reasons)
            if not _FINAL.isdisjoint(reasons):
                continue
        if line.form is ContributionForm.CASH:
            possible_cash = EXACT.add(possible_cash, line.amount)
            cash = cash if reasons else EXACT.add(cash, line.amount)
        else:
            possible_in_kind = EXACT.add(possible_in_kind, line.amount)
            in_kind = in_kind if reasons else EXACT.add(in_kind, line.amount)
    return _Sums(cash, in_kind), _Sums(possible_cash, possible_in_kind), notes


def _reasons(
    rule: CounterpartRule, line: CounterpartLine, number: str, contested: Contested, others: Collection[str]
) -> list[str]:
    """Why a line is not certainly counted; ``others`` are the papers that are no commitment letters."""
    if line.source is FundingSource.GRANT or line.source in rule.ineligible_sources:
        return [INELIGIBLE_SOURCE]
    reasons = []
    if line.evidence is None or line.evidence in others:
        if rule.evidence_required:
            reasons.append(NO_EVIDENCE)
    elif line.evidence in contested:
        standing = contested[line.evidence]
        if isinstance(standing, Open):
            reasons.append(EVIDENCE_CONTESTED if standing is Open.PLEDGED_TWICE else EVIDENCE_EXCEEDED)
        elif standing != number:
            return [EVIDENCE_SETTLED_ELSEWHERE]
    if rule.valuation_required and not line.valuation_basis and line.form is ContributionForm.IN_KIND:
        reasons.append(NO_VALUATION)
    return reasons


def _line_values(line: CounterpartLine, currency: str) -> dict[str, Plain]:
    return {
        "amount": plain_amount(line.amount, currency),
        "currency": currency,
        "form": str(line.form),
        "source": str(line.source),
        "party": line.party,
        "evidence": line.evidence,
    }


def _counted(cap: InKindCap | None, sums: _Sums, total: Decimal) -> _Counted:
    """Cash and the in-kind part within its cap: ``s`` of the counterpart allows ``cash * s / (1 - s)`` in kind."""
    cash, in_kind = sums
    everything = EXACT.add(cash, in_kind)
    if cap is None:
        return _Counted(everything, ONE)
    if cap.of is InKindBase.TOTAL:
        return _Counted(EXACT.add(cash, min(in_kind, EXACT.multiply(cap.maximum_share, total))), ONE)
    cash_share = EXACT.subtract(ONE, cap.maximum_share)
    if EXACT.multiply(cash_share, everything) <= cash:
        return _Counted(everything, ONE)
    return _Counted(cash, cash_share)


def _verdict(rule: CounterpartRule, counted: _Counted, possible: _Sums, total: Decimal, base: Decimal) -> Verdict:
    if _reaches(rule, counted, base):
        return Verdict.MET
    may_reach = _reaches(rule, _counted(rule.in_kind_cap, possible, total), base)
    return Verdict.UNDETERMINED if may_reach else Verdict.NOT_MET


def _reaches(rule: CounterpartRule, counted: _Counted, base: Decimal) -> bool:
    whole = EXACT.multiply(base, counted.denominator)
    tolerance = EXACT.multiply(rule.tolerance_amount, counted.denominator)
    if rule.share_decimals is None:
        return reaches_share(counted.numerator, whole, rule.minimum_share, tolerance)
    share = divide(EXACT.add(counted.numerator, tolerance), whole, rule.share_decimals, rule.rounding)
    return share >= rule.minimum_share


def _seen(counted: _Counted, certain: _Sums, base: Decimal | None, currency: str) -> dict[str, Plain]:
    amount = _amount(counted, currency)
    return {
        "share": plain_share(counted.numerator, EXACT.multiply(base, counted.denominator), "at_least")
        if base
        else None,
        "amount": plain_amount(amount, currency),
        "currency": currency,
        "cash_amount": plain_amount(certain.cash, currency),
        "in_kind_amount": plain_amount(EXACT.subtract(amount, certain.cash), currency),
    }


def _amount(counted: _Counted, currency: str) -> Decimal:
    """What counts, for display: a fraction of the minor unit is left off."""
    return divide(counted.numerator, counted.denominator, minor_digits(currency), Rounding.DOWN)


def _cap_note(cap: InKindCap | None, certain: _Sums, counted: _Counted, currency: str) -> list[Note]:
    if cap is None or EXACT.multiply(EXACT.add(*certain), counted.denominator) <= counted.numerator:
        return []
    in_kind_counted = EXACT.subtract(_amount(counted, currency), certain.cash)
    values: dict[str, Plain] = {
        "amount": plain_amount(certain.in_kind, currency),
        "counted_amount": plain_amount(in_kind_counted, currency),
        "currency": currency,
        "maximum_share": plain_number(cap.maximum_share),
        "of": cap.of.value,
    }
    return [Note(IN_KIND_ABOVE_CAP, values)]


class Pledge(NamedTuple):
    """One contribution that a paper commits; ``committed_amount`` is what the paper commits in all, where it says."""

    evidence: str
    proposal: str
    amount: Decimal
    currency: str
    committed_amount: Decimal | None = None


def contested_evidence(pledges: Iterable[Pledge], settled: Mapping[str, str]) -> dict[str, str | Open]:
    """The evidence that live proposals pledge twice, or beyond what it commits; the order of pledges does not matter.

    ``settled`` gives the proposal on which the source of a paper settled it; it counts for as long as that proposal
    pledges the paper, live or holding an award: not once it was withdrawn. Papers that may be the same, and were not
    settled themselves, count nowhere then. The result holds that proposal, or that the source has not said, or that
    more is pledged than the paper commits, be it by the settled proposal. Amounts are compared within one currency.
    """
    pledges = list(pledges)
    pledging = {(pledge.evidence, pledge.proposal) for pledge in pledges}
    settled = {evidence: proposal for evidence, proposal in settled.items() if (evidence, proposal) in pledging}
    same = same_papers(evidence for evidence, _ in pledging)
    elsewhere = {same[evidence]: proposal for evidence, proposal in sorted(settled.items(), reverse=True)}
    decided = {evidence: elsewhere[paper] for evidence, paper in same.items() if paper in elsewhere} | settled
    papers = {evidence: (paper, decided.get(evidence)) for evidence, paper in same.items()}
    found = _pledged_twice_or_beyond(pledges, papers)
    return {**decided, **{evidence: found[paper] for evidence, paper in papers.items() if paper in found}}


def is_pledged_elsewhere(pledges: Iterable[Pledge], evidence: str, proposal: str) -> bool:
    """Whether another proposal pledges a paper, or one that may be the same."""
    others = {pledge.evidence for pledge in pledges if pledge.proposal != proposal}
    same = same_papers({*others, evidence})
    return any(same[other] == same[evidence] for other in others)


_Paper: TypeAlias = tuple[str, str | None]
"""What stands for a paper, and the proposal on which it was settled."""


def _pledged_twice_or_beyond(pledges: Iterable[Pledge], papers: Mapping[str, _Paper]) -> dict[_Paper, Open]:
    """What several proposals pledge, or more is pledged of than the least that it is said to commit."""
    pledging: dict[_Paper, str] = {}
    pledged: dict[tuple[_Paper, str], Decimal] = {}
    committed: dict[tuple[_Paper, str], Decimal] = {}
    twice: set[_Paper] = set()
    for evidence, proposal, amount, currency, committed_amount in pledges:
        paper = papers[evidence]
        in_currency = paper, currency
        if committed_amount is not None:
            committed[in_currency] = min(committed.get(in_currency, committed_amount), committed_amount)
        if paper[1] not in (None, proposal):
            continue
        pledged[in_currency] = EXACT.add(pledged.get(in_currency, ZERO), amount)
        if pledging.setdefault(paper, proposal) != proposal:
            twice.add(paper)
    beyond = {paper[0] for paper, limit in committed.items() if pledged.get(paper, ZERO) > limit}
    return {**dict.fromkeys(beyond, Open.PLEDGED_BEYOND), **dict.fromkeys(twice, Open.PLEDGED_TWICE)}
