"""Proposals on record: what goes in comes out, and every stored value is in the fingerprint."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import Stage
from pipgrants.money import from_minor
from pipgrants.services.workspace import Workspace
from pipgrants.store import tables
from pipgrants.store.proposals import NewProposal
from pipgrants.store.unit import Unit
from rounds import Round, application, copied, open_workspace, publish, tamper


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Round:
    round_ = publish(open_workspace(tmp_path_factory.mktemp("store") / "agency"))
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.assign()
    round_.give({"A1": Decimal(4)})
    return round_


def fingerprint(workspace: Workspace) -> str:
    with workspace.read() as unit:
        return unit.proposals.fingerprint("pip-one-stage")


def test_a_proposal_comes_out_as_it_went_in(received: Round) -> None:
    sent = application("A1")
    with received.workspace.read() as unit:
        stored = unit.proposals.one(received.numbers["A1"], "USD")
    assert (stored.title, stored.territory, stored.sector, stored.design_on) == (
        sent.title,
        sent.territory,
        sent.sector,
        sent.design_on,
    )
    assert (stored.total_amount, stored.grant_amount) == (sent.total_amount, sent.grant_amount)
    assert stored.objectives == sent.objectives
    assert [line[1:] for line in stored.budget_lines or ()] == [line[1:] for line in sent.budget_lines]
    assert [line.data_consent_on for line in stored.members or ()] == [
        member.details.data_consent_on for member in sent.members
    ]
    assert [paper.reference for paper in stored.evidence or ()] == [paper.identity for paper in sent.evidence]


def test_one_and_many_read_the_same(received: Round) -> None:
    needs = frozenset({"members", "budget_lines", "counterpart_lines", "objectives", "evidence"})
    with received.workspace.read() as unit:
        batches = list(unit.proposals.batches("pip-one-stage", "USD", needs))
        apart = [unit.proposals.one(number, "USD") for number in received.numbers.values()]
    assert [proposal for batch in batches for _, proposal in batch] == apart


FINGERPRINTED = [
    (table.name, column.name)
    for table in (
        tables.proposal,
        tables.member,
        tables.budget_line,
        tables.counterpart_line,
        tables.objective,
        tables.evidence,
        tables.evaluation,
    )
    for column in table.columns
    if not column.primary_key and not column.foreign_keys and column.name not in ("issuer", "file_name", "call", "salt")
]


@pytest.mark.parametrize(("table", "column"), FINGERPRINTED)
def test_every_stored_value_is_in_the_fingerprint(received: Round, tmp_path: Path, table: str, column: str) -> None:
    workspace = copied(received.workspace, tmp_path / "agency")
    before = fingerprint(workspace)
    kind = str(tables.metadata.tables[table].columns[column].type)
    value = "coalesce(max({0}, 0), 0) + 1" if kind == "INTEGER" else "coalesce({0}, '') || 'x'"
    if column == "marks":
        value = '\'{{"business_ideas":"0"}}\''
    key = "number" if table == "proposal" else "proposal"
    last = f"(SELECT max({key}) FROM {table})"
    assert tamper(workspace.folder, f'UPDATE {table} SET "{column}" = {value.format(column)} WHERE {key} = {last}')
    assert fingerprint(workspace) != before


PARTY_FACTS = ("size_class", "legal_form", "sector", "territory", "country", "priority_groups", "data_consent_on")


@pytest.mark.parametrize("column", PARTY_FACTS)
def test_every_fact_of_a_member_is_in_the_fingerprint(received: Round, tmp_path: Path, column: str) -> None:
    workspace = copied(received.workspace, tmp_path / "agency")
    before = fingerprint(workspace)
    tamper(workspace.folder, f"UPDATE party SET {column} = coalesce({column}, '') || 'x' WHERE number = 'E-000003'")
    assert fingerprint(workspace) != before


@pytest.mark.parametrize("table", ["member", "budget_line", "counterpart_line", "objective", "evidence", "evaluation"])
def test_a_line_less_is_another_fingerprint(received: Round, tmp_path: Path, table: str) -> None:
    workspace = copied(received.workspace, tmp_path / "agency")
    before = fingerprint(workspace)
    assert tamper(workspace.folder, f"DELETE FROM {table} WHERE proposal = (SELECT max(proposal) FROM {table})")
    assert fingerprint(workspace) != before


def test_names_are_not_in_the_fingerprint(received: Round, tmp_path: Path) -> None:
    """Redaction removes them; decisions do not depend on them."""
    workspace = copied(received.workspace, tmp_path / "agency")
    before = fingerprint(workspace)
    tamper(workspace.folder, "UPDATE party SET name = NULL, tax_number = NULL, email = NULL, postal_address = NULL")
    tamper(workspace.folder, "UPDATE evidence SET issuer = '[redacted]', file_name = NULL")
    assert fingerprint(workspace) == before


def test_another_call_has_another_fingerprint(received: Round) -> None:
    with received.workspace.read() as unit:
        assert unit.proposals.fingerprint("no such call") != unit.proposals.fingerprint("pip-one-stage")


@settings(max_examples=25, deadline=None)
@given(units=st.integers(1, 10**15))
def test_amounts_are_stored_to_the_cent(received: Round, units: int) -> None:
    """From 0.01 to ten to the thirteenth."""
    amount = from_minor(units, "USD")
    proposal = Proposal(
        f"PIP1-X{units}",
        "pip-one-stage",
        Stage.PROPOSAL,
        "received",
        "x",
        datetime(2026, 3, 2, tzinfo=UTC),
        total_amount=amount,
        grant_amount=amount,
        budget_lines=tuple(line._replace(party=None, amount=amount) for line in application("X").budget_lines),
    )
    with received.workspace.database.transaction(write=True) as connection:
        proposals = Unit(connection).proposals
        proposals.add([NewProposal(proposal, f"X{units}", "es", "E-000001")], "USD")
        stored = proposals.one(proposal.number, "USD")
        connection.rollback()
    assert (stored.total_amount, stored.grant_amount) == (amount, amount)
    assert {line.amount for line in stored.budget_lines or ()} == {amount}
