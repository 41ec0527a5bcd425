"""Opportunities that coordination finds in its sub-regions, and the calls and proposals that follow them.

Finding them is a duty of the coordinating tier (PIP, "Institutional implementation plan", table 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.hierarchies import sector_lies_within, territory_lies_within
from pipgrants.domain.text import in_language
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import RefusedError, UsageError, in_words
from pipgrants.services.definitions import terms_of
from pipgrants.services.party_details import read_details, refuse_unfit
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.knowledge import LinkRow, OpportunityRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal

OPPORTUNITY_NOTED, OPPORTUNITY_LINKED = "OpportunityNoted", "OpportunityLinked"


class Followed(NamedTuple):
    """A call or a proposal that followed: its name or number, its title and its state."""

    kind: str
    name: str
    title: str
    state: str


class Opportunity(NamedTuple):
    """An opportunity with what followed; ``fitting`` are other proposals of those calls, of its sub-region and sector.

    What it says of the group of firms is not for the public: entries hold it as salted hashes.
    """

    number: int
    territory: str
    sector: str
    firms: str
    description: str
    noted_at: str
    followed: tuple[Followed, ...]
    fitting: tuple[Followed, ...]


def note_opportunity(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    territory: str,
    sector: str,
    firms: str,
    description: str,
    dry_run: bool = False,
) -> int:
    """Writes down an opportunity and returns its number: the sub-region, the sector (ISIC), the group, what it is.

    Raises UsageError for an empty value, and for a sector that is none of ISIC revision 4.
    """
    given = {"territory": territory, "sector": sector, "firms": firms, "description": description}
    require_words(given)
    read = read_details({"territory": territory, "sector": sector})
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("opportunity.note")
        number, salt = len(act.unit.knowledge.opportunities()) + 1, new_salt()
        row = OpportunityRow(
            number, read.territory or "", read.sector or "", firms.strip(), description.strip(), instant_text(now), salt
        )
        act.unit.knowledge.note(row)
        inputs: dict[str, object] = {
            "territory": row.territory,
            "sector": row.sector,
            "firms": seal(salt, "firms", row.firms),
            "description": seal(salt, "description", row.description),
        }
        act.record(Deed(OPPORTUNITY_NOTED, _subject(number), inputs=inputs))
    return number


def require_words(given: dict[str, str]) -> None:
    """Raises UsageError for the first value by field that is empty, too long, or holds what is not shown."""
    for name, text in given.items():
        if not text.strip():
            raise UsageError(f"{in_words(name)}: there are no words", next_step="say it in words, or give the code")
    refuse_unfit(given)


def link_opportunity(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    opportunity: int,
    call: str | None = None,
    proposal: str | None = None,
    dry_run: bool = False,
) -> int:
    """Links a call or a proposal that followed to an opportunity; returns how many are linked to it now.

    Raises UsageError unless one of both is given, NotFoundError for what is not on record, RefusedError where it is
    linked already.
    """
    if (call is None) == (proposal is None):
        raise UsageError("one call or one proposal is linked", next_step="give --call CALL or --proposal PROPOSAL")
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("opportunity.link")
        act.unit.knowledge.opportunity(opportunity)
        followed = _followed(act.unit, call, proposal)
        links = [row for row in act.unit.knowledge.links() if row.opportunity == opportunity]
        if (call, proposal) in {(row.call, row.proposal) for row in links}:
            raise RefusedError(
                f"{followed.name} is linked to opportunity {opportunity} already",
                next_step=f"pipgrants opportunity show {opportunity}",
            )
        row = LinkRow(opportunity, len(links) + 1, call, proposal)
        act.unit.knowledge.link(row)
        named: dict[str, object] = {"call": call} if call else {"proposal": proposal}
        act.record(Deed(OPPORTUNITY_LINKED, _subject(opportunity), inputs={"position": row.position, **named}))
    return row.position


def _subject(number: int) -> str:
    return f"opportunity/{number}"


def list_opportunities(
    workspace: Workspace, *, territory: str | None = None, sector: str | None = None
) -> list[Opportunity]:
    """The opportunities on record, those within a territory and a sector where given."""
    with workspace.read() as unit:
        links = unit.knowledge.links()
        return [
            _with_followed(unit, row, links)
            for row in unit.knowledge.opportunities()
            if (territory is None or territory_lies_within(row.territory, territory))
            and (sector is None or sector_lies_within(row.sector, sector))
        ]


def show_opportunity(workspace: Workspace, number: int) -> Opportunity:
    """One opportunity with what followed. Raises NotFoundError."""
    with workspace.read() as unit:
        return _with_followed(unit, unit.knowledge.opportunity(number), unit.knowledge.links())


def _with_followed(unit: Unit, row: OpportunityRow, links: Iterable[LinkRow]) -> Opportunity:
    own = [link for link in links if link.opportunity == row.number]
    followed = tuple(_followed(unit, link.call, link.proposal) for link in own)
    linked = {item.name for item in followed}
    fitting = tuple(
        _followed(unit, None, number)
        for link in own
        if link.call is not None
        for number in _fitting(unit, row, link.call)
        if number not in linked
    )
    return Opportunity(*row[:-1], followed, fitting)


def _fitting(unit: Unit, row: OpportunityRow, call: str) -> list[str]:
    """The proposals of a call of the sub-region and the sector of an opportunity."""
    states = sorted(unit.proposals.state_counts(call))
    return [
        number
        for number, topic in unit.proposals.topics(call, states)
        if territory_lies_within(topic.territory or "", row.territory)
        and sector_lies_within(topic.sector or "", row.sector)
    ]


def _followed(unit: Unit, call: str | None, proposal: str | None) -> Followed:
    """A call or a proposal on record. Raises NotFoundError."""
    if proposal is not None:
        head = unit.proposals.get(proposal)
        return Followed("proposal", proposal, head.title, head.state)
    terms = terms_of(unit.calls, str(call))
    return Followed("call", terms.row.call, in_language(terms.call.title, Language.ENGLISH), terms.row.state)
