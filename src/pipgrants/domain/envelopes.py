"""Envelopes within a call's envelope: who belongs to each, and how much is left to whom while the money is spent.

The money stands in accounts: the call's, and one for each earmark, carved out of the account it lies within. An award
is drawn from the earmarks that the proposal belongs to, the last listed first, and then from the call's account; every
cent is drawn from one account only. A cap is no account: it bounds what its group draws, from wherever. A floor keeps
money of its account from everybody outside its group until the group has received that much, from wherever; a floor
inside a floor keeps its part of it. When nobody more can be funded, floors and earmarks are released one by one, the
last listed first (``Purse.release``); nested ones stand after those they lie within, so theirs falls to those first.

The margin kept for appeals is an account of its own. It pays an award whole or not at all, of those only that it may
pay; caps and floors count what it pays like any other money.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.allocation_terms import ZERO, EnvelopeKind, SubEnvelope
from pipgrants.domain.eligibility import evaluate
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import Verdict
from pipgrants.money import EXACT

CALL = ""
"""The account of the call itself."""

MARGIN = "*"
"""Among the codes of a proposal's envelopes: the margin kept for appeals may pay it. No envelope has this code."""

Groups = frozenset[str]
"""The codes of the envelopes that a proposal belongs to."""


def groups_of(envelopes: Sequence[SubEnvelope], proposal: Proposal, currency: str) -> Groups:
    """The envelopes that a proposal belongs to.

    Where a fact is missing, it counts towards a cap, and has no part in a floor or an earmark: what is not on record
    neither escapes a limit nor takes the money of others.
    """
    found: set[str] = set()
    for envelope in envelopes:
        verdict, _, _ = evaluate(envelope.rule, proposal, currency)
        counts = verdict is Verdict.MET or (verdict is Verdict.UNDETERMINED and envelope.kind is EnvelopeKind.CAP)
        if counts and (envelope.within is None or envelope.within in found):
            found.add(envelope.code)
    return frozenset(found)


def accounts_of(envelopes: Sequence[SubEnvelope]) -> dict[str, str]:
    """By code, the account in which the money of an envelope stands: the nearest earmark it lies within, or the call's.

    Raises KeyError where an envelope names one that is not listed before it.
    """
    accounts: dict[str, str] = {}
    is_earmark = {envelope.code: envelope.kind is EnvelopeKind.EARMARK for envelope in envelopes}
    for envelope in envelopes:
        outer = envelope.within
        accounts[envelope.code] = CALL if outer is None else outer if is_earmark[outer] else accounts[outer]
    return accounts


def outer_floors(envelopes: Sequence[SubEnvelope]) -> dict[str, str | None]:
    """By the code of a floor, the nearest floor that it lies within, in the same account."""
    listed = {envelope.code: envelope for envelope in envelopes}
    found: dict[str, str | None] = {}
    for envelope in envelopes:
        outer = envelope.within
        while outer is not None and listed[outer].kind is EnvelopeKind.CAP:
            outer = listed[outer].within
        if envelope.kind is EnvelopeKind.FLOOR:
            found[envelope.code] = outer if outer in found else None
    return found


class _View(NamedTuple):
    """Where a proposal of some groups draws from, in that order, and what bounds it."""

    groups: Groups
    accounts: tuple[str, ...]
    caps: tuple[str, ...]
    floors: tuple[str, ...]


class Purse:
    """The envelope of a call while it is being spent."""

    def __init__(self, amount: Decimal, envelopes: Sequence[SubEnvelope] = (), margin: Decimal = ZERO) -> None:
        self._envelopes = envelopes
        self._listed = {envelope.code: envelope for envelope in envelopes}
        self.margin = margin
        self._accounts = {CALL: amount}
        self._caps: dict[str, Decimal] = {}
        self._needs: dict[str, Decimal] = {}
        self._closed: dict[str, int] = {}
        self._views: dict[Groups, _View] = {}
        self._available: dict[Groups, Decimal] = {}
        """What was found available since the purse changed last: most proposals ask once the money is gone."""
        self._standing = accounts_of(envelopes)
        self._floors_in: dict[str, list[str]] = {}
        self._floors_of: dict[str, list[str]] = {}
        self._open(outer_floors(envelopes))

    def _open(self, outer: Mapping[str, str | None]) -> None:
        for envelope in self._envelopes:
            code, account = envelope.code, self._standing[envelope.code]
            match envelope.kind:
                case EnvelopeKind.CAP:
                    self._caps[code] = envelope.amount
                case EnvelopeKind.EARMARK:
                    self._accounts[account] = EXACT.subtract(self._accounts[account], envelope.amount)
                    self._accounts[code] = envelope.amount
                case EnvelopeKind.FLOOR:
                    self._needs[code] = envelope.amount
                    above = outer[code]
                    listed = self._floors_in if above is None else self._floors_of
                    listed.setdefault(account if above is None else above, []).append(code)

    def available(self, groups: Groups) -> Decimal:
        """The most that a proposal of these groups can receive now."""
        if groups not in self._available:
            self._available[groups] = self._find_available(groups)
        return self._available[groups]

    def _find_available(self, groups: Groups) -> Decimal:
        margin = self.margin if MARGIN in groups else ZERO
        if not self._envelopes:
            return max(ZERO if self._closed else self._accounts[CALL], margin)
        view = self._view(groups)
        if any(cap in self._closed for cap in view.caps):
            return ZERO
        free = exact_sum(self._free(account, view) for account in view.accounts)
        return min((max(free, margin), *(max(self._caps[cap], ZERO) for cap in view.caps)))

    def is_paid_by_margin(self, amount: Decimal, groups: Groups) -> bool:
        """Whether the margin kept for appeals pays an award that is available."""
        return MARGIN in groups and amount <= self.margin

    def _view(self, groups: Groups) -> _View:
        if groups not in self._views:
            accounts = [code for code in self._accounts if code in groups]
            self._views[groups] = _View(
                groups,
                (*reversed(accounts), CALL),
                tuple(code for code in self._caps if code in groups),
                tuple(code for code in self._needs if code in groups),
            )
        return self._views[groups]

    def _free(self, account: str, view: _View) -> Decimal:
        """What an account holds for a proposal, beyond what floors keep for others."""
        if account in self._closed:
            return ZERO
        kept = exact_sum(self._kept(floor, view) for floor in self._floors_in.get(account, ()))
        return max(EXACT.subtract(self._accounts[account], kept), ZERO)

    def _kept(self, floor: str, view: _View) -> Decimal:
        """What a floor, and those inside it, keep from a proposal."""
        own = ZERO if floor in view.floors else max(self._needs[floor], ZERO)
        inside = self._floors_of.get(floor)
        return max(own, exact_sum(self._kept(inner, view) for inner in inside)) if inside else own

    def spend(self, amount: Decimal, groups: Groups) -> None:
        """Draws an award that is available."""
        view, rest = self._view(groups), amount
        if self.is_paid_by_margin(amount, groups):
            self.margin, rest = EXACT.subtract(self.margin, amount), ZERO
        for account in view.accounts:
            drawn = min(rest, self._free(account, view)) if self._envelopes else rest
            self._accounts[account] = EXACT.subtract(self._accounts[account], drawn)
            rest = EXACT.subtract(rest, drawn)
        self._count(amount, view)

    def charge(self, amount: Decimal, groups: Groups, by_margin: Decimal = ZERO) -> None:
        """Draws an award that stands whatever is left: first where it may, then from what others would leave.

        The margin kept for appeals bears the part that it paid, the account of the call what no account holds.
        """
        view, rest = self._view(groups), EXACT.subtract(amount, by_margin)
        self.margin = EXACT.subtract(self.margin, by_margin)
        others = [code for code in reversed(self._accounts) if code not in view.accounts]
        for account in (*view.accounts, *others):
            drawn = min(rest, max(self._accounts[account], ZERO))
            self._accounts[account] = EXACT.subtract(self._accounts[account], drawn)
            rest = EXACT.subtract(rest, drawn)
        self._accounts[CALL] = EXACT.subtract(self._accounts[CALL], rest)
        self._count(amount, view)

    def _count(self, amount: Decimal, view: _View) -> None:
        self._available.clear()
        for bounds, codes in ((self._caps, view.caps), (self._needs, view.floors)):
            for code in codes:
                bounds[code] = EXACT.subtract(bounds[code], amount)

    def short_cap(self, asked: Decimal, groups: Groups) -> SubEnvelope | None:
        """The first cap that has less left than is asked for, None where it is not a cap that is short."""
        short = (cap for cap in self._view(groups).caps if self._caps[cap] < asked)
        return next((self._listed[cap] for cap in short), None)

    def ended_by(self, asked: Decimal, groups: Groups) -> tuple[str, ...]:
        """What does not cover a proposal: its caps that are short, its accounts where they are short together."""
        view = self._view(groups)
        short = (cap for cap in view.caps if self._caps[cap] < asked)
        free = exact_sum(self._free(account, view) for account in view.accounts)
        return (*short, *(view.accounts if free < asked else ()))

    def close(self, codes: Iterable[str], rank: int) -> None:
        """Ends the spending of what did not cover the proposal ranked there."""
        self._available.clear()
        for code in codes:
            self._closed.setdefault(code, rank)

    def close_all(self, rank: int) -> None:
        """Ends the spending for everybody below a rank."""
        self.close(self._accounts, rank)

    def close_like(self, other: Purse) -> None:
        """Ends the spending of what is ended in another purse."""
        self._available.clear()
        self._closed.update(other._closed)

    def closed_at(self, groups: Groups) -> int | None:
        """The rank at which the spending ended that a proposal of these groups could have had a part in."""
        if not self._closed:
            return None
        view = self._view(groups)
        caps = [self._closed[cap] for cap in view.caps if cap in self._closed]
        accounts = [self._closed.get(account) for account in view.accounts]
        ranks = [*caps, *(() if None in accounts else [max(rank for rank in accounts if rank is not None)])]
        return min(ranks, default=None)

    def releases(self) -> Iterator[str]:
        """Releases floors and earmarks, the last listed first; yields the code of each that may have freed money.

        A floor that was reached since the spending ended keeps nothing any more of what it kept then.
        """
        for envelope in reversed(self._envelopes):
            code = envelope.code
            if envelope.kind is EnvelopeKind.FLOOR and self._needs[code] > ZERO:
                self._needs[code] = ZERO
            elif envelope.kind is EnvelopeKind.EARMARK and self._accounts[code] > ZERO:
                target = envelope.leftovers_to or self._standing[code]
                self._accounts[target] = EXACT.add(self._accounts[target], self._accounts[code])
                self._accounts[code] = ZERO
            elif envelope.kind is EnvelopeKind.CAP or not self._closed:
                continue
            self._closed.clear()
            self._available.clear()
            yield code

    def copy(self) -> Purse:
        """A purse with as much in it, for a trial."""
        other = copy(self)
        other._accounts, other._caps = dict(self._accounts), dict(self._caps)
        other._needs, other._closed = dict(self._needs), dict(self._closed)
        other._available = dict(self._available)
        return other
