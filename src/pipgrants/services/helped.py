"""Whether the groups that a support call helped later applied and won (PIP, "The proposal selection process").

Helped are the members other than the lead of each proposal that holds an award of the call. They applied later with any
proposal of a call that supports no preparation, received after the support was ratified, in which one of them is a
member. It won where the last decision on it is an award, conditional or not, whether it was given up after or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.call import Call
from pipgrants.domain.plain import exact_sum, plain_amount
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import SubsidyType
from pipgrants.exchange.listing import require_listing, write_listing
from pipgrants.money import Money, from_minor
from pipgrants.paths import refuse_existing
from pipgrants.services.access import permitted_read
from pipgrants.services.definitions import proposal_engine, read_call
from pipgrants.services.history import decided_at
from pipgrants.services.rulebook import AWARDS
from pipgrants.services.states import given_up_states
from pipgrants.services.views import labels
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.packages import PackageLine
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import instant_text


class Later(NamedTuple):
    """A proposal in which somebody helped is a member: ``outcome`` is None where it was not decided yet."""

    proposal: str
    call: str
    state: str
    outcome: str | None
    amount: str | None
    currency: str

    @property
    def has_won(self) -> bool:
        """Whether it received an award."""
        return self.outcome in AWARDS


class HelpedGroup(NamedTuple):
    """An award of the support call: who was paid for helping whom, where, and with which proposals they applied."""

    proposal: str
    institution: str
    locality: str | None
    amount: str
    ratified_at: str
    members: Sequence[str]
    later: Sequence[Later]


class Helped(NamedTuple):
    """The groups that a support call helped. ``won_amounts`` gives by currency what proposals won, each counted once.

    ``is_support`` says whether the call supports the preparation of proposals at all.
    """

    call: str
    currency: str
    is_support: bool
    groups: Sequence[HelpedGroup]
    applied_count: int
    won_count: int
    support_amount: str
    won_amounts: Mapping[str, str]


class Line(NamedTuple):
    """A line of the file: one for each group. Names stand as on record, those of redacted parties as their numbers."""

    proposal: str
    institution: str
    locality: str | None
    support: str
    ratified_at: str
    members_count: int
    members: str
    later_calls_count: int
    later_proposals: str
    won_count: int
    won: str
    label: str | None
    """That the data are invented, or what the call calls itself."""


def helped_groups(workspace: Workspace, who: Identity, now: datetime, *, call: str, path: Path | None = None) -> Helped:
    """Who was helped by a support call and what they applied for since, also as a CSV or XLSX file where one is named.

    The access log says who asked. Raises NotFoundError without such a call, NotAuthorisedError for who may not,
    UsageError for another kind of file, RefusedError where something stands at the path.
    """
    if path is not None:
        require_listing(path)
        refuse_existing(path)
    with permitted_read(workspace, who, now, "call.helped", f"call/{call}") as unit:
        found = _Following(unit, call).found()
    if path is not None:
        label = "; ".join(labels(workspace, call)) or None
        write_listing(
            path, "Helped groups", Line._fields, (_line(group, found.currency, label) for group in found.groups)
        )
    return found


class _Following:
    """What became of the groups that one call helped."""

    def __init__(self, unit: Unit, call: str) -> None:
        self._unit = unit
        self._row = unit.calls.get(call)
        self._calls: dict[str, tuple[Call, dict[str, PackageLine]]] = {}

    @cached_property
    def _call(self) -> Call:
        return self._known(self._row.call)[0]

    def found(self) -> Helped:
        """The groups in number order, and their totals."""
        call = self._call
        is_support = call.subsidy_type is SubsidyType.PREPARATION_SUPPORT
        groups = list(self._groups()) if is_support else []
        won = {later.proposal: later for group in groups for later in group.later if later.has_won}
        return Helped(
            call=call.call,
            currency=call.currency,
            is_support=is_support,
            groups=groups,
            applied_count=sum(bool(group.later) for group in groups),
            won_count=sum(any(later.has_won for later in group.later) for group in groups),
            support_amount=plain_amount(exact_sum(Decimal(group.amount) for group in groups), call.currency),
            won_amounts=_by_currency(won.values()),
        )

    def _groups(self) -> Iterator[HelpedGroup]:
        row, call = self._row, self._call
        lines = self._known(row.call)[1]
        engine = proposal_engine(self._unit.calls, row)
        given_up = given_up_states([engine])
        standing = [state for state in engine.definition.states if state not in given_up]
        for batch in self._unit.proposals.batches(row.call, call.currency, frozenset({"members"}), states=standing):
            for head, proposal in batch:
                line = lines.get(head.number)
                if line is not None and line.outcome in AWARDS:
                    yield self._group(head, proposal, line)

    def _group(self, head: ProposalRow, proposal: Proposal, line: PackageLine) -> HelpedGroup:
        parties = [member.party for member in proposal.members or () if not member.is_lead]
        names = self._unit.parties.names([head.lead, *parties])
        decided = decided_at(self._unit, head.number, str(head.determination_package))
        return HelpedGroup(
            proposal=head.number,
            institution=names.get(head.lead, head.lead),
            locality=proposal.territory,
            amount=plain_amount(from_minor(line.amount_minor or 0, self._call.currency), self._call.currency),
            ratified_at=instant_text(decided),
            members=[names.get(party, party) for party in parties],
            later=self._later(parties, decided),
        )

    def _later(self, parties: Iterable[str], since: datetime) -> list[Later]:
        rows = {row.number: row for party in parties for row in self._unit.proposals.with_member(party)}
        return [
            self._followed(row)
            for _, row in sorted(rows.items())
            if datetime.fromisoformat(row.received_at) > since
            and self._known(row.call)[0].subsidy_type is not SubsidyType.PREPARATION_SUPPORT
        ]

    def _followed(self, row: ProposalRow) -> Later:
        call, lines = self._known(row.call)
        line, currency = lines.get(row.number), call.currency
        amount = None if line is None or line.amount_minor is None else from_minor(line.amount_minor, currency)
        told = None if amount is None else plain_amount(amount, currency)
        return Later(row.number, row.call, row.state, line.outcome if line else None, told, currency)

    def _known(self, name: str) -> tuple[Call, dict[str, PackageLine]]:
        """A call and the lines by which its proposals were decided."""
        if name not in self._calls:
            row = self._unit.calls.get(name)
            definition = read_call(self._unit.calls.definition(row.definition_hash))
            self._calls[name] = definition, self._unit.packages.determined(name)
        return self._calls[name]


def _by_currency(won: Iterable[Later]) -> dict[str, str]:
    amounts: dict[str, list[str]] = {}
    for later in won:
        amounts.setdefault(later.currency, []).append(later.amount or "0")
    return {name: plain_amount(exact_sum(map(Decimal, listed)), name) for name, listed in sorted(amounts.items())}


def _line(group: HelpedGroup, currency: str, label: str | None) -> Line:
    won = [later for later in group.later if later.has_won]
    return Line(
        proposal=group.proposal,
        institution=group.institution,
        locality=group.locality,
        support=str(Money(Decimal(group.amount), currency)),
        ratified_at=group.ratified_at,
        members_count=len(group.members),
        members="; ".join(group.members),
        later_calls_count=len({later.call for later in group.later}),
        later_proposals="; ".join(f"{later.proposal} {later.outcome or later.state}" for later in group.later),
        won_count=len(won),
        won="; ".join(str(Money(Decimal(amount), name)) for name, amount in _by_currency(won).items()),
        label=label,
    )
