"""What the answer to a clarification request may change: it completes what was asked, and improves nothing else.

1. A single value may be supplied where it was missing. One that the budget contradicts may become what its lines on
   record add up to.
2. Lines may change where an open criterion reads them; the others say what is on record. No contribution grows: what
   each member brings in each form from each source is at most what it pledged, so that in kind never becomes cash, nor
   other public money the applicants' own.
3. The members stay who they are, with what is known of them; what is not may be supplied where they are asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal

from pipgrants.domain.amounts import GRANT_DIFFERS, TOTAL_DIFFERS
from pipgrants.domain.finding import Findings
from pipgrants.domain.plain import ZERO
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import MemberType, Verdict
from pipgrants.money import EXACT

VALUES = (
    "title",
    "project_type",
    "territory",
    "sector",
    "design_on",
    "duration_months",
    "total_amount",
    "grant_amount",
    "source_state",
)
LINES = ("budget_lines", "counterpart_lines", "objectives", "evidence")
CONTRADICTED = {TOTAL_DIFFERS: "total_amount", GRANT_DIFFERS: "grant_amount"}
"""The single value that the note of an open finding asks about."""


def undue_changes(before: Proposal, after: Proposal, findings: Findings, asked: Collection[str]) -> list[str]:
    """What an answer changes and may not; both proposals hold all their lines.

    ``findings`` are those that asked, and ``asked`` the line tuples that their open criteria read.
    """
    return [*_values(before, after, findings), *_members(before, after, asked), *_lines(before, after, asked)]


def _values(before: Proposal, after: Proposal, findings: Findings) -> Iterator[str]:
    corrections = {
        CONTRADICTED[note.code]: Decimal(str(note.values["amount"]))
        for finding in findings
        if finding.verdict is Verdict.UNDETERMINED
        for note in finding.notes
        if note.code in CONTRADICTED
    }
    for name in VALUES:
        known, given = getattr(before, name), getattr(after, name)
        if known is not None and given not in (known, corrections.get(name, known)):
            yield name


def _members(before: Proposal, after: Proposal, asked: Collection[str]) -> Iterator[str]:
    known, given = _entities(before), _entities(after)
    if {party: is_lead for party, (is_lead, _) in known.items()} != {party: lead for party, (lead, _) in given.items()}:
        yield "members"
    elif "members" not in asked:
        if Counter(before.members or ()) != Counter(after.members or ()):
            yield "members"
    elif any(kind not in (None, given[party][1]) for party, (_, kind) in known.items()):
        yield "member_type"


def _entities(proposal: Proposal) -> dict[str, tuple[bool, MemberType | None]]:
    """Who takes part: whether each leads, and what kind of entity it is."""
    return {member.party: (member.is_lead, member.member_type) for member in proposal.members or ()}


def _lines(before: Proposal, after: Proposal, asked: Collection[str]) -> Iterator[str]:
    for name in LINES:
        if name not in asked and Counter(getattr(before, name) or ()) != Counter(getattr(after, name) or ()):
            yield name
    pledged = _pledged(before)
    is_more = any(amount > pledged.get(kind, ZERO) for kind, amount in _pledged(after).items())
    if "counterpart_lines" in asked and is_more:
        yield "counterpart amount"


def _pledged(proposal: Proposal) -> dict[tuple[str | None, str, str], Decimal]:
    """What each party brings in each form from each source."""
    pledged: dict[tuple[str | None, str, str], Decimal] = {}
    for line in proposal.counterpart_lines or ():
        kind = (line.party, line.form, line.source)
        pledged[kind] = EXACT.add(pledged.get(kind, ZERO), line.amount)
    return pledged
