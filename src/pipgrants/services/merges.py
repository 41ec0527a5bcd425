"""Parties that turn out to be one: found, merged by a recorded act, and separated where that was wrong.

A merge rewrites nothing that applications or decisions said. From then on the number that was merged is read as the one
that is kept, wherever it stands: in consortia, budgets and projects, for whom somebody acts, and on the exclusion list.
What the kept one lacks on record is supplied from the other, as an application would; the row of this one stays, so
that both its names are known. Separating lets every row say again what it said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.duplicates import Duplicate, find_duplicates
from pipgrants.errors import RefusedError
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import call_engine, terms_of
from pipgrants.services.found_conflicts import found_conflicts
from pipgrants.services.packages import PackageKind
from pipgrants.services.parties import PARTY_MERGED, PARTY_SEPARATED, merged_into, refuse_merged
from pipgrants.services.party_details import refuse_screened, refuse_unfit
from pipgrants.services.party_register import SUPPLIED_LATER, Registered, completed, differences
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.parties import PartyRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

DECIDING = frozenset({PackageKind.INVITATION, PackageKind.ALLOCATION, PackageKind.PROMOTION, PackageKind.APPEAL})
"""The packages that decide on proposals, and rest on who their members are."""


class Merged(NamedTuple):
    """What a merge did: what it supplied, and what stays otherwise on record as (field, merged, kept).

    ``proposals`` are all of the party now, those in ``calls`` wait to be screened again; ``conflicts`` of interest came
    on record with it.
    """

    kept: str
    merged: tuple[str, ...]
    supplied: tuple[str, ...]
    differences: tuple[tuple[str, str, str], ...]
    proposals: tuple[str, ...]
    calls: tuple[str, ...]
    conflicts: tuple[str, ...]


class Separated(NamedTuple):
    """Who stands for itself again, beside whom, and the proposals that are its own."""

    party: str
    kept: str
    proposals: tuple[str, ...]


def list_duplicates(workspace: Workspace) -> list[Duplicate]:
    """The pairs of parties on record that may be one."""
    with workspace.read() as unit:
        return find_duplicates(unit.parties.known())


def merge_parties(
    workspace: Workspace, who: Identity, now: datetime, *, kept: str, merged: str, reason: str, dry_run: bool = False
) -> Merged:
    """Lets one party stand for another, and for all that this one stands for.

    Raises NotFoundError for a number that was never given; RefusedError without a reason, where either was merged or
    redacted, where tax numbers tell them apart, and while a decision that is not ratified rests on either.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.merge")
        refuse_unfit({"reason": reason})
        one, other = act.unit.parties.get(kept), act.unit.parties.get(merged)
        salt = _refuse(act.unit, one, other)
        before = _conflicts(act, kept, merged)
        details = completed(one.details, other.details)
        act.unit.parties.complete([(kept, details)])
        numbers = (merged, *merged_into(act.unit, merged))
        act.unit.parties.merge(merged, kept)
        supplied = tuple(name for name in SUPPLIED_LATER if getattr(details, name) != getattr(one.details, name))
        inputs: dict[str, object] = {
            "kept": kept,
            "supplied": list(supplied),
            "party": Registered(kept, details, salt).as_plain(),
        }
        act.record(Deed(PARTY_MERGED, f"party/{merged}", reason=reason, inputs=inputs))
        rows = act.unit.proposals.with_member(kept)
        return Merged(
            kept,
            numbers,
            supplied,
            tuple(differences(details, other.details)),
            tuple(row.number for row in rows),
            tuple(_screened_again(act.unit, dict.fromkeys(row.call for row in rows))),
            tuple(item for item in _conflicts(act, kept) if item not in before),
        )


def separate_party(
    workspace: Workspace, who: Identity, now: datetime, *, party: str, reason: str, dry_run: bool = False
) -> Separated:
    """Lets a party that was merged stand for itself again; what the merge supplied to the other stays there.

    Raises RefusedError without a reason, where the party was not merged, where both have one tax number, and while a
    decision that is not ratified rests on either.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.separate")
        refuse_unfit({"reason": reason})
        other, kept = act.unit.parties.get(party), act.unit.parties.merged().get(party)
        if kept is None:
            raise RefusedError(f"{party} was not merged", next_step=f"pipgrants party show {party}")
        key = other.details.tax_key
        if key is not None and key == act.unit.parties.get(kept).details.tax_key:
            raise RefusedError(
                f"{party} and {kept} have one tax number on record; one enterprise has one number",
                next_step=f"pipgrants party correct {kept} --tax-number NUMBER --reason TEXT",
            )
        _refuse_undecided(act.unit, kept)
        act.unit.parties.separate(party)
        act.record(Deed(PARTY_SEPARATED, f"party/{party}", reason=reason, inputs={"kept": kept}))
        return Separated(party, kept, tuple(row.number for row in act.unit.proposals.with_member(party)))


def _refuse(unit: Unit, one: PartyRow, other: PartyRow) -> bytes:
    """Raises RefusedError where two parties cannot be merged; returns the salt of the first."""
    if one.number == other.number:
        raise RefusedError(f"{one.number} is one party already", next_step="name another one to merge into it")
    for row in (one, other):
        refuse_merged(unit, row.number)
        if row.salt is None:
            raise RefusedError(f"{row.number} was redacted on {row.redacted_at}; nothing says any more who it was")
    keys = [row.details.tax_key for row in (one, other)]
    if None not in keys and keys[0] != keys[1]:
        raise RefusedError(
            f"{one.number} and {other.number} have two tax numbers; one enterprise has one number",
            next_step=f"correct the wrong one first: pipgrants party correct {other.number} --tax-number '' "
            "--reason TEXT",
        )
    for row in (one, other):
        _refuse_undecided(unit, row.number)
    return one.salt or b""


def _refuse_undecided(unit: Unit, party: str) -> None:
    """Raises RefusedError while a package that waits, or a screening that is not done again, rests on a party."""
    rows = unit.proposals.with_member(party)
    for package in unit.packages.waiting():
        numbers = [row.number for row in rows if row.call == package.call]
        if package.kind in DECIDING and numbers:
            raise RefusedError(
                f"the package {package.hash[:8]} awaits approval, and {', '.join(numbers)} in {package.call} is of "
                f"{party}: who it is would change what was prepared",
                next_step=f"let it be approved or sent back first: pipgrants ratify {package.hash[:8]}, or pipgrants "
                f"return {package.hash[:8]} --reason TEXT",
            )
    refuse_screened(unit, party)


def _screened_again(unit: Unit, calls: Iterable[str]) -> Iterator[str]:
    """Those of some calls whose proposals are screened, and can be screened again."""
    for name in calls:
        row = unit.calls.get(name)
        if row.scores_closed_at is None and "screen" in call_engine(unit.calls, row).possible(row.state):
            yield name


def _conflicts(act: Act, *parties: str) -> tuple[str, ...]:
    """The conflicts of interest of those who score what some parties take part in, that are no recusals yet."""
    calls = {row.call: None for party in parties for row in act.unit.proposals.with_member(party)}
    found: list[str] = []
    for call in calls:
        terms = terms_of(act.unit.calls, call)
        if terms.row.scores_closed_at is None:
            found += map(str, found_conflicts(act.unit, terms, local_day(act.now, terms.call)))
    return tuple(found)
