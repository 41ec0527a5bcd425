"""Screening: every criterion of a call that stands at a stage, checked on a proposal.

The order of findings is that of the call's terms: prerequisites, eligible costs, counterpart, limits of the grant,
papers required. All are checked from the stage they name onwards; the papers at the full proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pipgrants.domain import counterpart, eligible_costs, grant
from pipgrants.domain.call import Call, Prerequisite, Undetermined
from pipgrants.domain.counterpart import Contested
from pipgrants.domain.eligibility import check_of
from pipgrants.domain.finding import Finding, Plain, read_finding
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.rules import HasEvidence, needs
from pipgrants.domain.vocabulary import EvidenceKind, Stage, Verdict

REQUIRED_EVIDENCE_CLAUSE = "required_evidence"

_GRANT_LINES = {
    grant.MAXIMUM_SHARE: frozenset({"budget_lines"}),
    grant.MAXIMUM_SHARE_BY_SIZE: frozenset({"members", "budget_lines"}),
}

_BLANK = Proposal("", "", Stage.PROPOSAL, "", "", datetime.fromtimestamp(0, UTC))
"""A proposal of which nothing is known, not even when it arrived."""


class Screener:
    """The criteria of a call at one stage, made ready for many proposals.

    ``criteria`` are their codes; ``needs`` the line tuples a proposal must be loaded with.
    """

    def __init__(self, call: Call, stage: Stage) -> None:
        """Raises ValueError where a rule of the call is mistaken."""
        self._call = call
        standing = [item for item in call.prerequisites if _stands(item.stage, stage)]
        papers = call.required_evidence if stage is Stage.PROPOSAL else ()
        self._checks = [_prerequisite_check(item, call) for item in standing]
        self._papers = [_paper_check(kind, call.currency) for kind in papers]
        self._costs = call.eligible_costs if call.eligible_costs and _stands(call.eligible_costs.stage, stage) else None
        self._counterpart = call.counterpart if call.counterpart and _stands(call.counterpart.stage, stage) else None
        self._grant = call.grant if _stands(call.grant.stage, stage) and grant.codes(call.grant) else None
        self._lines = dict(self._lines_read(standing, papers))
        self.criteria = tuple(self._lines)
        self.needs = frozenset().union(*self._lines.values())

    def _lines_read(
        self, standing: list[Prerequisite], papers: tuple[EvidenceKind, ...]
    ) -> Iterator[tuple[str, frozenset[str]]]:
        """The criteria in order, each with the line tuples that it reads."""
        for item in standing:
            yield f"prerequisite.{item.code}", needs([item.rule])
        if self._costs:
            yield eligible_costs.CODE, frozenset({"budget_lines"})
        if self._counterpart:
            yield counterpart.CODE, counterpart.lines_read(self._counterpart)
        for code in grant.codes(self._grant) if self._grant else ():
            yield code, _GRANT_LINES.get(code, frozenset())
        for kind in papers:
            yield f"evidence.{kind}", frozenset({"evidence"})

    def lines_asked(self, criteria: Iterable[str]) -> frozenset[str]:
        """The line tuples in which some criteria are answered: those they read, and the papers of a counterpart."""
        asked = frozenset[str]().union(*(self._lines[code] for code in criteria))
        return asked | {"evidence"} if "counterpart_lines" in asked else asked

    def screen(self, proposal: Proposal, contested: Contested) -> tuple[Finding, ...]:
        """One finding for each of ``criteria``, in that order."""
        findings = [check(proposal) for check in self._checks]
        if self._costs is not None:
            findings.append(eligible_costs.assess(self._costs, proposal, self._call.currency))
        if self._counterpart is not None:
            findings.append(counterpart.assess(self._counterpart, proposal, contested, self._call.currency))
        if self._grant is not None:
            findings.extend(grant.assess(self._grant, proposal, self._call.currency))
        findings.extend(check(proposal) for check in self._papers)
        return tuple(findings)

    def read(self, recorded: Mapping[str, Any]) -> Finding:
        """The finding that an entry of screening holds: the inverse of ``Finding.as_recorded``."""
        return read_finding({**self._requirements[recorded["criterion"]], **recorded})

    @cached_property
    def _requirements(self) -> dict[str, dict[str, Plain]]:
        """What each criterion requires, and by which clause: the same for every proposal."""
        blank = self.screen(_BLANK, {})
        return {finding.criterion: {"required": finding.required, "clause": finding.clause} for finding in blank}


def _stands(first: Stage, stage: Stage) -> bool:
    return first is Stage.PROFILE or stage is Stage.PROPOSAL


def _prerequisite_check(prerequisite: Prerequisite, call: Call) -> Callable[[Proposal], Finding]:
    check = check_of(prerequisite.rule, call.currency, call.time_zone)
    code, clause = f"prerequisite.{prerequisite.code}", prerequisite.clause
    may_be_condition = prerequisite.if_undetermined is Undetermined.CONDITION

    def finding(proposal: Proposal) -> Finding:
        verdict, required, seen = check(proposal)
        is_condition = may_be_condition and verdict is Verdict.UNDETERMINED
        return Finding(code, verdict, required, seen, clause, (), is_condition)

    return finding


def _paper_check(kind: EvidenceKind, currency: str) -> Callable[[Proposal], Finding]:
    check = check_of(HasEvidence(kind), currency)
    code = f"evidence.{kind}"
    return lambda proposal: Finding(code, *check(proposal), REQUIRED_EVIDENCE_CLAUSE)
