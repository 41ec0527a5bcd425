"""Opportunities noted by coordination, and the calls and proposals that follow them."""

import pytest

from pipgrants.errors import NotFoundError, RefusedError, UsageError
from pipgrants.services.audit.verify import verify
from pipgrants.services.opportunities import (
    Followed,
    Opportunity,
    link_opportunity,
    list_opportunities,
    note_opportunity,
    show_opportunity,
)
from rounds import AFTER_DRAW, CALL, WHILE_OPEN, Round, application, as_

FIRMS, IDEA = "Talleres de Comayagüela", "Comprar hilo en común"


def note(round_: Round, **changes: str) -> int:
    given = {"territory": "HN-FM", "sector": "1391", "firms": FIRMS, "description": IDEA, **changes}
    return note_opportunity(round_.workspace, as_("olga"), WHILE_OPEN, **given)


def link(round_: Round, **named: str) -> int:
    return link_opportunity(round_.workspace, as_("olga"), WHILE_OPEN, opportunity=1, **named)


def test_an_opportunity_is_noted_and_its_group_is_a_hash_in_the_trail(round_: Round) -> None:
    assert note(round_) == 1
    assert show_opportunity(round_.workspace, 1) == Opportunity(
        1, "HN-FM", "1391", FIRMS, IDEA, "2026-03-02T15:00:00.000000Z", (), ()
    )
    [entry] = round_.entries(act="OpportunityNoted")
    assert (entry["inputs"]["territory"], entry["inputs"]["sector"]) == ("HN-FM", "1391")
    assert not {FIRMS, IDEA} & set(map(str, entry["inputs"].values()))
    assert verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_calls_and_proposals_that_follow_are_linked(round_: Round) -> None:
    """A1 and A2 are of the sub-region and sector, A3 is of another sector."""
    note(round_)
    round_.receive([application("A1"), application("A2"), application("A3")._replace(sector="0127")])
    assert (link(round_, call=CALL), link(round_, proposal="PIP1-000001")) == (1, 2)
    found = show_opportunity(round_.workspace, 1)
    assert [(item.kind, item.name, item.state) for item in found.followed] == [
        ("call", CALL, "published"),
        ("proposal", "PIP1-000001", "received"),
    ]
    assert found.fitting == (Followed("proposal", "PIP1-000002", "Red de talleres A2", "received"),)
    with pytest.raises(RefusedError, match="PIP1-000001 is linked to opportunity 1 already"):
        link(round_, proposal="PIP1-000001")
    assert verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_opportunities_are_listed_by_sub_region_and_sector(round_: Round) -> None:
    note(round_)
    note(round_, territory="HN-CR", sector="0127")

    def numbers(**within: str) -> list[int]:
        return [item.number for item in list_opportunities(round_.workspace, **within)]

    assert (numbers(), numbers(territory="HN-FM"), numbers(sector="A")) == ([1, 2], [1], [2])


def test_what_is_not_on_record_or_says_nothing_is_refused(round_: Round) -> None:
    for changes, message in (({"firms": " "}, "firms: there are no words"), ({"sector": "Z"}, "expected a sector")):
        with pytest.raises(UsageError, match=message):
            note(round_, **changes)
    with pytest.raises(NotFoundError, match="there is no opportunity 1"):
        link(round_, call=CALL)
    note(round_)
    with pytest.raises(UsageError, match="one call or one proposal is linked"):
        link(round_, call=CALL, proposal="PIP1-000001")
    with pytest.raises(NotFoundError, match="PIP1-000009"):
        link(round_, proposal="PIP1-000009")
    assert round_.entries(act="OpportunityLinked") == []
