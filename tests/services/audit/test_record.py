"""The record made from entries: what it says of proposals is what the tables say."""

from pathlib import Path

import pytest

from eventful import AFTER_CLARIFICATION, play
from pipgrants.domain.counterpart import Open
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.rubric import Combination
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import NotFoundError
from pipgrants.services.audit.record import Record
from pipgrants.services.screen import contested
from pipgrants.store.proposal_lines import LINES
from pipgrants.store.unit import Unit
from rounds import CALL, Round

EVERY_LINE = frozenset(LINES)


@pytest.fixture(scope="module")
def played(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return play(published.copy(tmp_path_factory.mktemp("played") / "agency"))


def recorded(unit: Unit) -> Record:
    record = Record(unit)

    def take(entry: dict[str, object], _content: bytes) -> bool:
        record.take(entry)
        return True

    record.walk(take)
    return record


def nameless(proposal: Proposal) -> Proposal:
    """A proposal without what papers are called: entries hold it as a salted hash only."""
    papers = tuple(paper._replace(issuer="", file_name=None, reference="") for paper in proposal.evidence or ())
    return proposal._replace(evidence=papers)


def test_every_proposal_is_the_one_that_is_stored(played: Round) -> None:
    with played.workspace.read() as unit:
        excluded = unit.parties.excluded(AFTER_CLARIFICATION.date())
        stored = [
            nameless(proposal)
            for batch in unit.proposals.batches(CALL, "USD", EVERY_LINE, excluded=excluded)
            for _, proposal in batch
        ]
        record = recorded(unit)
        told = [proposal for _, proposal in record.read(record.proposals.values(), excluded)]
    assert len(excluded) == 1
    assert told == stored


def test_where_every_proposal_stands_is_what_is_stored(played: Round) -> None:
    with played.workspace.read() as unit:
        stored = [
            (
                row.number,
                row.state,
                row.screening_entry,
                row.clarification_due_on,
                row.counterpart_minor,
                row.grant_minor,
            )
            for row in unit.proposals.rows(CALL)
        ]
        told = [
            (
                item.number,
                item.state,
                item.screening,
                item.due_on.isoformat() if item.due_on else None,
                item.counterpart_minor,
                int(item.grant_amount * 100) if item.grant_amount else None,
            )
            for item in recorded(unit).proposals.values()
        ]
    assert told == stored


def test_the_marks_that_count_are_the_stored_ones(played: Round) -> None:
    with played.workspace.read() as unit:
        record = recorded(unit)
        proposals = list(record.proposals.values())
        marks = unit.evaluations.marks_between(Stage.PROPOSAL, proposals[0].number, proposals[-1].number)
        told = list(record.marks(proposals, Stage.PROPOSAL, Combination.MEAN))
    conflicted = next(place for place, item in enumerate(proposals) if item.number == played.numbers["conflict"])
    assert told == [marks[item.number] for item in proposals]
    assert len(told[conflicted]) == 3


def test_contested_papers_are_those_of_the_tables(published: Round, tmp_path: Path) -> None:
    from eventful import receive

    round_ = published.copy(tmp_path / "agency")
    receive(round_)
    with round_.workspace.read() as unit:
        told, stored = recorded(unit).contested(), contested(unit)
    assert told == stored
    assert list(told.values()) == [Open.PLEDGED_TWICE]


def test_a_settled_paper_counts_where_its_source_said(played: Round) -> None:
    with played.workspace.read() as unit:
        told, stored = recorded(unit).contested(), contested(unit)
    assert told == stored
    assert list(told.values()) == [played.numbers["settled"]]


def test_a_call_stands_where_its_entries_left_it(played: Round) -> None:
    with played.workspace.read() as unit:
        row, told = unit.calls.get(CALL), recorded(unit).call(CALL)
        draw = recorded(unit).draw(CALL, Stage.PROPOSAL)
    assert (told.state, told.stage) == ("released", Stage.PROPOSAL)
    assert told.hashes["call"] == row.definition_hash
    assert draw == "1.2.3.4.5.6./1.2.3.4.5.6.7./"


def test_a_call_that_nobody_drafted_is_not_found(played: Round) -> None:
    with played.workspace.read() as unit, pytest.raises(NotFoundError, match="knows no call 'nowhere'"):
        recorded(unit).call("nowhere")
