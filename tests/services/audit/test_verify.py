"""``audit verify`` over a whole demo round: every edit of the database past the program is found and located."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import orjson
import pytest

from disputed import disputed
from eventful import play
from measured import monitor
from participated import take_part
from pipgrants.domain.application import ApplicationMember
from pipgrants.domain.vocabulary import Component, EvidenceKind, Language, PartyKind, ProjectType, Role
from pipgrants.errors import TrailIntegrityError, UsageError
from pipgrants.services import (
    answers,
    appeals,
    delegate,
    inquiries,
    merges,
    opportunities,
    parties,
    party_corrections,
    party_details,
    people,
    practices,
)
from pipgrants.services import demo as demonstration
from pipgrants.services.audit import state
from pipgrants.services.audit.stated import Fault
from pipgrants.services.audit.verify import Verified, verify
from pipgrants.services.consensus import record_consensus
from pipgrants.services.demo import run_demo
from pipgrants.services.evaluation import close_scores
from pipgrants.services.letters import REDACTED
from pipgrants.services.screen import contested, pledges
from pipgrants.services.workspace import DATABASE, Identity, Workspace
from pipgrants.store.guards import GUARDS
from pipgrants.store.stored import COLUMNS, KEYS
from pipgrants.trail.canonical import canonical
from pipgrants.trail.merkle import Frontier
from pipgrants.trail.verify import Checkpoint, leaf_hash
from projected import carry_out, firms
from rounds import AFTER_DEADLINE, WHILE_OPEN, Round, application, as_, tamper

LATER = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
CALL = "pip-one-stage"
MOST_ENTRIES = 40


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A whole demonstration round, and the acts that it lacks."""
    folder = tmp_path_factory.mktemp("audited") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demonstration, "close_scores", agree_and_close)
        run_demo(folder)
    workspace = Workspace(folder)
    project = carry_out(workspace, CALL, "officer", "manager", LATER)
    take_part(workspace, project, firms(Round(workspace, CALL, {"first": project})), LATER, "officer")
    monitor(workspace, CALL, project, "officer", LATER)
    disputed(workspace, project, "officer", "manager", LATER)
    know(workspace, lead_of(workspace, "PIP1-000010"))
    inquiries.ask(workspace, as_("officer"), LATER, call=CALL, question="May a university lead?")
    inquiries.answer(workspace, as_("officer"), LATER, call=CALL, number=1, text="Yes, with enterprises.")
    for name in ("Rosa Paz", "Luis Gil"):
        email = f"{name.split()[0].lower()}@example.org"
        inquiries.take_form(
            workspace, as_("officer"), LATER, call=CALL, name=name, email=email, language=Language.SPANISH
        )
    parties.redact_form_taker(workspace, as_("officer"), LATER, email="luis@example.org", reason="asked for it")
    parties.redact(workspace, as_("officer"), LATER, party="E-000003", reason="asked for it")
    with workspace.read() as unit:
        head = unit.proposals.get("PIP1-000010")
    other = next(language for language in Language if language != head.language)
    party_corrections.correct_party(
        workspace, as_("officer"), LATER, party=head.lead, email="new@example.org", language=other, reason="by phone"
    )
    delegate.delegate_role(
        workspace,
        as_("manager"),
        LATER,
        delegator="manager",
        delegate="agency",
        role=Role.PROGRAMME_MANAGER,
        from_on=LATER.date(),
        until_on=LATER.date(),
        reason="a day of leave",
    )
    appeals.file_appeal(workspace, as_("officer"), LATER, proposal="PIP1-000010", grounds="We were not asked.")
    people.grant_role(workspace, as_("administrator"), LATER, actor="officer", role=Role.EVALUATOR)
    people.revoke_role(
        workspace, as_("administrator"), LATER, actor="officer", role=Role.EVALUATOR, reason="a second role too many"
    )
    workspace.database.close()
    return workspace


def lead_of(workspace: Workspace, proposal: str) -> str:
    with workspace.read() as unit:
        return unit.proposals.get(proposal).lead


def know(workspace: Workspace, party: str) -> None:
    """Merges two other names into a party, separates one, notes an opportunity, and records a practice."""
    officer = as_("officer")
    for name in ("Nombre breve", "Nombre ajeno"):
        other = party_details.add_party(
            workspace, officer, LATER, kind=PartyKind.ENTERPRISE, given={"name": name, "email": "nombre@example.org"}
        )
        merges.merge_parties(workspace, officer, LATER, kept=party, merged=other, reason="by phone")
    merges.separate_party(workspace, officer, LATER, party=other, reason="they are two")
    noted = {"territory": "HN-FM", "sector": "1391", "firms": "Weavers", "description": "Buying yarn together"}
    opportunities.note_opportunity(workspace, officer, LATER, **noted)
    for named in ({"call": CALL}, {"proposal": "PIP1-000010"}):
        opportunities.link_opportunity(workspace, officer, LATER, opportunity=1, **named)
    evidence = workspace.folder / "photograph.jpg"
    evidence.write_bytes(b"JPEG")
    practices.record_practice(
        workspace,
        officer,
        LATER,
        project_type=ProjectType.CLUSTER,
        sector="1391",
        language=Language.ENGLISH,
        title="Buying together",
        description="Six firms buy their yarn together.",
        result="It costs less.",
        evidence=evidence,
        component=Component.COOPERATION,
        proposal="PIP1-000010",
    )


def agree_and_close(workspace: Workspace, who: Identity, now: datetime, *, call: str, key: Path | None = None) -> None:
    """Settles a contested paper, records a consensus on the first proposal that was scored, and closes the scores."""
    with workspace.read() as unit:
        open_papers = contested(unit)
        paper, number = next((item.evidence, item.proposal) for item in pledges(unit) if item.evidence in open_papers)
    answers.settle_evidence(workspace, who, now, proposal=number, evidence=paper, reason="the issuer said so")
    with workspace.read() as unit:
        stage = unit.calls.get(call).stage
        first = next(row for row in unit.evaluations.of_call(call, stage) if row.marks)
        present = [row.evaluator for row in unit.evaluations.of_proposal(first.proposal, stage)]
    minutes = workspace.folder / "minutes.txt"
    minutes.write_text("They agreed.")
    marks = {code: None if mark is None else Decimal(mark) for code, mark in (first.marks or {}).items()}
    record_consensus(
        workspace,
        who,
        now,
        proposal=first.proposal,
        marks=marks,
        participants=present,
        held_on=now.date() - timedelta(days=1),
        minutes=minutes,
    )
    close_scores(workspace, who, now, call=call, key=key)


@pytest.fixture
def copy(demo: Workspace, tmp_path: Path) -> "Copy":
    return Copy(demo, tmp_path / "copy")


class Copy:
    """A copy of the demo whose database somebody edits past the program."""

    def __init__(self, demo: Workspace, folder: Path) -> None:
        shutil.copytree(demo.folder, folder, ignore=shutil.ignore_patterns("letters", "notices", "templates"))
        self.folder = folder
        self._kept: dict[str, tuple[tuple[Any, ...], object, int]] = {}

    def edit(self, *statements: str, values: tuple[object, ...] = ()) -> int:
        """Runs statements with the triggers out of the way and put back after; returns how many rows changed."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection, connection:
            for name in GUARDS:
                connection.execute(f"DROP TRIGGER IF EXISTS {name}")
            changed = sum(connection.execute(statement, values).rowcount for statement in statements)
            for statement in GUARDS.values():
                connection.execute(statement)
        return changed

    def write(self, contents: dict[int, bytes]) -> None:
        """Writes other bytes into some entries."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection, connection:
            connection.execute("DROP TRIGGER entry_refuses_update")
            rows = [(content, sequence) for sequence, content in contents.items()]
            connection.executemany("UPDATE entry SET content = ? WHERE sequence = ?", rows)
            connection.execute(GUARDS["entry_refuses_update"])

    def row(self, table: str) -> tuple[Any, ...]:
        """The last row of a table."""
        order = ", ".join(f'"{name}" DESC' for name in KEYS[table])
        return self.rows(f'SELECT * FROM "{table}" ORDER BY {order} LIMIT 1')[0]

    def replace(self, table: str, row: tuple[Any, ...], place: int, value: object) -> None:
        """Writes another value into one column of a row, and remembers the row."""
        self._kept[table] = (row, value, place)
        self._update(table, row, place, value)

    def restore(self, table: str) -> None:
        """Puts the row back."""
        row, value, place = self._kept[table]
        self._update(table, (*row[:place], value, *row[place + 1 :]), place, row[place])

    def _update(self, table: str, row: tuple[Any, ...], place: int, value: object) -> None:
        where = " AND ".join(f'"{name}" IS ?' for name in KEYS[table])
        keys = tuple(row[COLUMNS[table].index(name)] for name in KEYS[table])
        changed = self.edit(f'UPDATE "{table}" SET "{COLUMNS[table][place]}" = ? WHERE {where}', values=(value, *keys))
        assert changed == 1

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection:
            return connection.execute(query, values).fetchall()

    def verify(self) -> Verified:
        workspace = Workspace(self.folder)
        try:
            return verify(workspace, as_("manager"), LATER)
        finally:
            workspace.database.close()

    def faults(self) -> tuple[Fault, ...]:
        return self.verify().faults


def test_an_untouched_round_has_no_fault(copy: Copy) -> None:
    verified = copy.verify()
    assert verified.faults == ()
    assert verified.checkpoint.size == copy.rows("SELECT max(sequence) FROM entry")[0][0]


def test_what_was_redacted_is_said(copy: Copy) -> None:
    said = [(entry["act"], entry["subject"]) for entry in copy.verify().redactions]
    assert [(act, subject.split("/")[0]) for act, subject in said] == [
        ("PaymentRedacted", "project"),
        ("TeamMemberRedacted", "team"),
        ("FormTakerRedacted", "call"),
        ("PartyRedacted", "party"),
    ]


def entries_of_acts(copy: Copy) -> dict[str, dict[int, dict[str, Any]]]:
    """The last entries of each act: what they say, by their numbers."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for act, sequence, content in copy.rows("SELECT act, sequence, content FROM entry ORDER BY sequence DESC"):
        if len(found.setdefault(act, {})) < MOST_ENTRIES:
            found[act][sequence] = orjson.loads(content)
    return found


def fields(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything in an entry that is text, a number, true, false or nothing."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from fields(item, (*path, key))
    if not isinstance(value, dict | list):
        yield path


def kind_of_field(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """The lines of an application, or the findings of a screening, are of one kind each."""
    return tuple("each" if isinstance(key, int) else key for key in path)


def edits_of(entries: dict[int, dict[str, Any]]) -> list[dict[int, tuple[Any, ...]]]:
    """Turns of edits, each of one field in some entries of an act, until every kind of field had its turn."""
    waiting = {kind_of_field(path): path for content in entries.values() for path in fields(content)}
    turns = []
    while waiting:
        turn: dict[int, tuple[Any, ...]] = {}
        for sequence, content in entries.items():
            paths = {kind_of_field(path): path for path in fields(content)}
            kind = next((kind for kind in waiting if kind in paths), None)
            if kind is not None:
                turn[sequence] = paths[kind]
                del waiting[kind]
        turns.append(turn)
    return turns


def changed(content: dict[str, Any], path: tuple[Any, ...]) -> bytes:
    """The canonical bytes of an entry with another value in one place."""
    copy = json.loads(json.dumps(content))
    place = copy
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    place[path[-1]] = not old if isinstance(old, bool) else old + 1 if isinstance(old, int) else f"{old or ''}~"
    return canonical(copy)


def test_every_field_of_every_kind_of_entry_is_located(copy: Copy) -> None:
    acts = entries_of_acts(copy)
    contents = {sequence: content for entries in acts.values() for sequence, content in entries.items()}
    edits = [edits_of(entries) for entries in acts.values()]
    located = 0
    for turn in zip_longest(*edits, fillvalue={}):
        edited = {sequence: path for part in turn for sequence, path in part.items()}
        copy.write({sequence: changed(contents[sequence], path) for sequence, path in edited.items()})
        found = {fault.entry for fault in copy.faults() if fault.field == "content"}
        assert edited.keys() <= found
        located += len(edited)
        copy.write({sequence: canonical(contents[sequence]) for sequence in edited})
    assert (len(acts), located) == (81, 2_199)


def test_a_request_overtaken_and_the_time_given_are_stated(published: Round, tmp_path: Path) -> None:
    played = play(published.copy(tmp_path / "played"))
    assert verify(played.workspace, as_("aldo"), LATER).faults == ()
    tamper(played.workspace.folder, "UPDATE letter SET stage = 'pending' WHERE stage = 'superseded'")
    tamper(played.workspace.folder, "UPDATE proposal SET clarification_due_on = NULL WHERE reference = 'lapsed'")
    found = verify(played.workspace, as_("aldo"), LATER).faults
    assert sorted((fault.place, fault.field, fault.message) for fault in found) == [
        ("letter 17", "stage", "stored is pending; stated is superseded"),
        (f"proposal {played.numbers['lapsed']}", "clarification_due_on", "stored is nothing; stated is 2026-04-21"),
    ]


@pytest.mark.parametrize("column", ["sequence", "act", "subject", "call", "content", "leaf_hash"])
def test_every_column_of_an_entry_is_located(copy: Copy, column: str) -> None:
    size = copy.rows("SELECT max(sequence) FROM entry")[0][0]
    value = {"sequence": size + 5, "content": b"{}", "leaf_hash": b"0" * 32}.get(column, "other")
    copy.edit(f'UPDATE entry SET "{column}" = ? WHERE sequence = 700', values=(value,))
    found = {(fault.entry, fault.field) for fault in copy.faults()}
    assert (700, {"sequence": "", "leaf_hash": "content"}.get(column, column)) in found


def test_an_entry_deleted_is_located(copy: Copy) -> None:
    copy.edit("DELETE FROM entry WHERE sequence = 700")
    assert Fault("entry 700", "", "is missing", 700) in copy.faults()


def test_an_entry_inserted_is_located(copy: Copy) -> None:
    size = copy.rows("SELECT max(sequence) FROM entry")[0][0]
    copy.edit(
        f"INSERT INTO entry SELECT {size + 1}, act, subject, call, content, leaf_hash FROM entry WHERE sequence = 700"
    )
    assert (size + 1, "sequence") in {(fault.entry, fault.field) for fault in copy.faults()}


def test_entries_swapped_are_located(copy: Copy) -> None:
    copy.edit(
        "UPDATE entry SET sequence = -1 WHERE sequence = 700",
        "UPDATE entry SET sequence = 700 WHERE sequence = 701",
        "UPDATE entry SET sequence = 701 WHERE sequence = -1",
    )
    found = {(fault.entry, fault.field) for fault in copy.faults()}
    assert {(700, "sequence"), (701, "sequence")} <= found


def test_a_number_far_beyond_the_end_is_located_as_one_range_of_missing_entries(copy: Copy) -> None:
    size = copy.rows("SELECT max(sequence) FROM entry")[0][0]
    copy.edit(f"UPDATE entry SET sequence = {2**63 - 1} WHERE sequence = {size}")
    missing = [fault for fault in copy.faults() if fault.message == "are missing"]
    assert missing == [Fault(f"entries {size} to {2**63 - 2}", "", "are missing", size)]


def test_a_number_below_the_first_does_not_hide_what_is_missing(copy: Copy) -> None:
    copy.edit("UPDATE entry SET sequence = -4 WHERE sequence = 700")
    found = copy.faults()
    assert [fault for fault in found if "missing" in fault.message] == [Fault("entry 700", "", "is missing", 700)]
    assert Fault("entry -4", "sequence", "the column says -4; the bytes say 700", -4) in found


@pytest.mark.parametrize("last", [1, 10_000])
def test_a_first_entry_gone_is_located(copy: Copy, last: int) -> None:
    """The name of the trail goes with it."""
    copy.edit(f"DELETE FROM entry WHERE sequence <= {last}")
    verified = copy.verify()
    assert verified.checkpoint.origin == "pipgrants/unknown"
    assert verified.faults[0].entry == 1


def test_a_tree_without_hashes_is_located(copy: Copy) -> None:
    copy.edit("DELETE FROM node")
    found = copy.faults()
    assert found[0] == Fault("tree level 1 position 0", "hash", "is not the hash of entries 1 to 2", 1)
    assert found[-1].place == "tree"


@pytest.mark.parametrize(
    ("table", "column", "kind", "wanted"),
    [
        ("entry", "content", "text", "blob"),
        ("entry", "leaf_hash", "text", "blob"),
        ("entry", "act", "blob", "text"),
        ("node", "hash", "text", "blob"),
        ("ranking_line", "detail", "text", "blob"),
        ("package", "content", "text", "blob"),
        ("package_line", "detail", "text", "blob"),
        ("letter", "data", "text", "blob"),
        ("letter", "recipient", "blob", "text"),
        ("definition", "content", "blob", "text"),
        ("party", "name", "blob", "text"),
        ("party", "match_name", "blob", "text"),
        ("party", "email", "blob", "text"),
        ("party", "salt", "text", "blob"),
        ("evidence", "issuer", "blob", "text"),
        ("evidence", "reference", "blob", "text"),
        ("evaluation", "comments", "blob", "text"),
        ("proposal", "total_minor", "real", "integer"),
    ],
)
def test_a_value_of_another_kind_is_located(copy: Copy, table: str, column: str, kind: str, wanted: str) -> None:
    row = dict(zip(COLUMNS[table], copy.row(table), strict=True))
    key = [row[name] for name in KEYS[table]]
    where = " AND ".join(f'"{name}" = ?' for name in KEYS[table])
    value = f'"{column}" + 0.5' if kind == "real" else f'CAST("{column}" AS {kind})'
    assert copy.edit(f'UPDATE "{table}" SET "{column}" = {value} WHERE {where}', values=tuple(key)) == 1
    place, entry = f"{table} {' '.join(map(str, key))}", row["sequence"] if table == "entry" else None
    assert copy.faults()[0] == Fault(place, column, f"is {kind}; it must be {wanted}", entry)


def test_a_leaf_that_is_text_does_not_hide_the_rest(copy: Copy) -> None:
    copy.edit("UPDATE entry SET leaf_hash = 'text' WHERE sequence = 700")
    found = copy.faults()
    assert found[0] == Fault("entry 700", "leaf_hash", "is text; it must be blob", 700)
    assert Fault("entry 700", "content", "its bytes do not have the hash of its leaf", 700) in found


def test_a_text_of_another_kind_that_nothing_vouches_for_is_located(copy: Copy) -> None:
    """What is left of a redacted letter or paper is not compared; what it is made of is."""
    redacted = f"issuer = '{REDACTED}', file_name = NULL, reference = x'41'"
    copy.edit(
        "UPDATE letter SET recipient = x'7B7D', salt = NULL WHERE number = 1",
        f"UPDATE evidence SET {redacted} WHERE proposal = 'PIP1-000010'",
    )
    kinds = {(fault.place.split()[0], fault.field) for fault in copy.faults() if fault.message.startswith("is blob")}
    assert kinds == {("letter", "recipient"), ("evidence", "reference")}


@pytest.mark.parametrize(
    ("statement", "place", "message"),
    [
        ("DROP TABLE draw", "table draw", "is missing"),
        ("ALTER TABLE proposal ADD COLUMN note TEXT", "table proposal", "does not have the columns of the program"),
        ("CREATE TABLE note (text TEXT)", "table note", "is none of the program's"),
        ("CREATE VIEW note AS SELECT number FROM letter", "view note", "is none of the program's"),
    ],
)
def test_a_table_that_is_not_the_programs_is_located(copy: Copy, statement: str, place: str, message: str) -> None:
    copy.edit(statement)
    assert copy.faults()[0] == Fault(place, "", message)


@pytest.mark.parametrize("table", ["budget_line", "evaluation", "actor_role", "party", "setting", "definition"])
def test_a_second_row_in_a_table_that_lost_its_key_is_located(copy: Copy, table: str) -> None:
    """The row that the entries state stands behind the other one."""
    [row] = copy.rows(f'SELECT * FROM "{table}" LIMIT 1')
    names = ", ".join(f'"{name}"' for name in COLUMNS[table])
    values = ", ".join("?" * len(row))
    place = next(place for place, name in enumerate(COLUMNS[table]) if name not in KEYS[table])
    false = (*row[:place], other(row[place]), *row[place + 1 :])
    copy.edit(f"CREATE TABLE other ({names})")
    copy.edit(f"INSERT INTO other VALUES ({values})", values=false)
    copy.edit(
        f'INSERT INTO other SELECT * FROM "{table}"', f'DROP TABLE "{table}"', f'ALTER TABLE other RENAME TO "{table}"'
    )
    assert any(fault.place.startswith(places(table)) for fault in copy.faults())


def test_text_that_is_none_is_refused_by_column(copy: Copy) -> None:
    copy.edit("UPDATE party SET name = CAST(x'FF41' AS TEXT) WHERE number = 'E-000001'")
    with pytest.raises(TrailIntegrityError, match="Could not decode to UTF-8 column 'name'"):
        copy.verify()


def test_a_trail_cut_at_its_end_is_noticed(copy: Copy) -> None:
    size = copy.rows("SELECT max(sequence) FROM entry")[0][0]
    copy.edit(f"DELETE FROM entry WHERE sequence > {size - 12}")
    found = copy.faults()
    assert any(fault.place.startswith("tree") and "left over" in fault.message for fault in found)
    assert {"actor_role", "party", "question"} <= {fault.place.split()[0] for fault in found}


def test_every_guard_dropped_is_named(copy: Copy) -> None:
    with closing(sqlite3.connect(copy.folder / DATABASE)) as connection, connection:
        for name in GUARDS:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("CREATE TRIGGER other AFTER INSERT ON letter BEGIN SELECT 1; END")
    assert [(fault.place, fault.message) for fault in copy.faults()] == [
        *((f"trigger {name}", "no longer guards the trail") for name in GUARDS),
        ("trigger other", "is none of the program's"),
    ]


@pytest.mark.parametrize("statement", ["UPDATE node SET hash = zeroblob(32)", "DELETE FROM node"])
def test_a_hash_of_the_tree_changed_or_gone_is_located(copy: Copy, statement: str) -> None:
    assert copy.edit(f"{statement} WHERE level = 3 AND position = 20") == 1
    assert Fault("tree level 3 position 20", "hash", "is not the hash of entries 161 to 168", 161) in copy.faults()


@pytest.mark.parametrize("place", ["3, 100000", "0, 0", "1, -1", "1.5, 0", "2, 0.5"])
def test_a_hash_that_stands_nowhere_in_the_tree_is_located(copy: Copy, place: str) -> None:
    copy.edit(f"INSERT INTO node VALUES ({place}, zeroblob(32))")
    assert any("left over" in fault.message for fault in copy.faults())


def test_a_proposal_without_a_number_is_located(copy: Copy) -> None:
    copy.edit("UPDATE proposal SET number = '' WHERE number = 'PIP1-000010'")
    assert Fault("proposal ", "", "is stored, and no entry states it") in copy.faults()


PLACES = {
    "exclusion": "exclusion",
    "ranking_line": "ranking",
    "package_line": "package",
    "setting": ("evidence", "exclusion", "setting"),
}
"""How the place of a fault begins, where that is not the name of the table."""

STATE = sorted(COLUMNS.keys() - {"entry", "node"})


def places(table: str) -> tuple[str, ...]:
    found = PLACES.get(table, table)
    return found if isinstance(found, tuple) else (found,)


def other(value: object) -> object:
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    if isinstance(value, str) and value.startswith("{"):
        return f"{value} "
    return value + 1 if isinstance(value, int) else f"{value or ''}~"


def place_of(table: str, row: tuple[Any, ...]) -> tuple[str, ...]:
    """How the place of a fault in a row may begin."""
    if table in PLACES:
        return places(table)
    return (f"{table} {row[COLUMNS[table].index(KEYS[table][0])]}",)


def test_every_column_of_every_table_is_located(copy: Copy) -> None:
    """One column of every table at a time, in one row each."""
    located = 0
    for turn in range(max(len(COLUMNS[table]) for table in STATE)):
        edited = {}
        for table in STATE:
            if turn < len(COLUMNS[table]) and COLUMNS[table][turn] != "os_user" and table != "definition":
                edited[table] = row = copy.row(table)
                copy.replace(table, row, turn, other(row[turn]))
        found = [fault.place for fault in copy.faults()]
        for table, row in edited.items():
            assert any(place.startswith(place_of(table, row)) for place in found), (table, COLUMNS[table][turn])
            copy.restore(table)
        located += len(edited)
    assert located == 405


@pytest.mark.parametrize("column", COLUMNS["definition"])
@pytest.mark.parametrize("kind", ["call", "machine", "programme", "templates"])
def test_every_column_of_a_definition_is_located(copy: Copy, kind: str, column: str) -> None:
    copy.edit(f"UPDATE definition SET {column} = {column} || '~' WHERE kind = ?", values=(kind,))
    assert any(fault.place.startswith("definition") for fault in copy.faults())


def test_an_operating_system_user_mapped_past_the_program_is_located(copy: Copy) -> None:
    copy.edit("UPDATE actor SET os_user = 'tester' WHERE actor = 'manager'")
    assert [(fault.place, fault.field) for fault in copy.faults()] == [("actor manager", "os_user")]


@pytest.mark.parametrize("table", STATE)
def test_a_row_deleted_is_located(copy: Copy, table: str) -> None:
    row = copy.row(table)
    where = " AND ".join(f'"{name}" = ?' for name in KEYS[table])
    values = tuple(row[COLUMNS[table].index(name)] for name in KEYS[table])
    assert copy.edit(f'DELETE FROM "{table}" WHERE {where}', values=values) == 1
    assert any(fault.place.startswith(places(table)) for fault in copy.faults())


@pytest.mark.parametrize("table", STATE)
def test_a_row_inserted_is_located(copy: Copy, table: str) -> None:
    row = list(copy.row(table))
    key = COLUMNS[table].index(KEYS[table][-1])
    row[key] = 10**6 if isinstance(row[key], int) else f"{row[key]}~"
    for name in ("number_prefix", "reference", "rank"):
        if name in COLUMNS[table] and name not in KEYS[table] and isinstance(row[COLUMNS[table].index(name)], str):
            row[COLUMNS[table].index(name)] += "~"
    marks = ", ".join("?" * len(row))
    assert copy.edit(f'INSERT INTO "{table}" VALUES ({marks})', values=tuple(row)) == 1
    assert any(fault.place.startswith(places(table)) for fault in copy.faults())


def test_a_file_of_evidence_changed_or_gone_is_located(copy: Copy) -> None:
    files = sorted(path for path in (copy.folder / "evidence").rglob("*") if path.is_file())
    files[0].write_bytes(b"another paper")
    place = f"file {files[0].relative_to(copy.folder)}"
    assert copy.faults() == (Fault(place, "", "does not have the bytes that its name says"),)
    files[0].unlink()
    assert copy.faults() == (Fault(place, "", "is missing"),)


def test_a_file_that_an_application_only_names_need_not_be_there(round_: Round) -> None:
    made = application("A1")
    named = tuple(paper._replace(file_name="carta.pdf", sha256="a" * 64) for paper in made.evidence[:1])
    round_.receive([made._replace(evidence=(*named, *made.evidence[1:]))])
    assert verify(round_.workspace, as_("aldo"), WHILE_OPEN).faults == ()


def test_checkpoints_that_are_gone_are_missed(copy: Copy) -> None:
    files = sorted((copy.folder / "checkpoints").glob("checkpoint-*.txt"))
    assert copy.verify().missing == ()
    last_acts = set()
    for path in files:
        kept = path.read_bytes()
        path.unlink()
        verified = copy.verify()
        assert verified.faults == ()
        if not verified.missing:
            size = int(path.stem.removeprefix("checkpoint-"))
            last_acts.add(copy.rows("SELECT act FROM entry WHERE sequence = ?", size)[0][0])
        path.write_bytes(kept)
    assert last_acts == {"LetterReleased"}, "only those after letters that decide nothing are not missed"
    shutil.rmtree(copy.folder / "checkpoints")
    missing = copy.verify().missing
    named = [fault.place.partition("/")[2] for fault in missing if fault.place != "checkpoints"]
    assert set(named) < {path.name for path in files}
    assert [fault.message.partition(", ")[2] for fault in missing if fault.place == "checkpoints"] == [
        "ProgrammeActivated",
        "CallAuthorised",
        "ScoresClosed",
        "AllocationRatified",
        "LettersReleased",
    ]


class Owner(Copy):
    """Somebody who owns the database, edits it, and writes every hash anew."""

    def rewrite(self, sequence: int, old: str, new: str) -> None:
        """Changes the words of an entry, with its leaf."""
        content = self.rows("SELECT content FROM entry WHERE sequence = ?", sequence)[0][0]
        assert old.encode() in content
        edited = content.replace(old.encode(), new.encode())
        self.edit(
            f"UPDATE entry SET content = ?, leaf_hash = ? WHERE sequence = {sequence}",
            values=(edited, leaf_hash(edited)),
        )

    def regrow(self) -> None:
        """Writes the tree anew over the leaves, and throws away the checkpoints of the workspace."""
        leaves = [row[0] for row in self.rows("SELECT leaf_hash FROM entry ORDER BY sequence")]
        self.edit("DELETE FROM node")
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection, connection:
            connection.executemany("INSERT INTO node VALUES (?, ?, ?)", Frontier(0, lambda *_: b"").append(leaves))
        for path in (self.folder / "checkpoints").glob("checkpoint-*"):
            path.unlink()

    def against(self, *kept: Path) -> list[tuple[str, int | None]]:
        """Where and from which entry on the trail is not what somebody kept."""
        workspace = Workspace(self.folder)
        try:
            verified = verify(workspace, as_("manager"), LATER, against=kept)
        finally:
            workspace.database.close()
        return [(fault.message, fault.entry) for fault in verified.faults]


@pytest.fixture
def owner(demo: Workspace, tmp_path: Path) -> Owner:
    return Owner(demo, tmp_path / "owner")


def kept_checkpoint(workspace: Workspace, folder: Path, size: int | None = None) -> Path:
    with workspace.read() as unit:
        checkpoint = unit.ledger.checkpoint(size)
    path = folder / f"kept-{checkpoint.size}.txt"
    path.write_text(checkpoint.text(), encoding="utf-8")
    return path


def entry_of(copy: Copy, act: str) -> int:
    return int(copy.rows("SELECT max(sequence) FROM entry WHERE act = ?", act)[0][0])


def test_an_owner_who_writes_every_hash_anew_passes_but_not_against_a_kept_checkpoint(
    demo: Workspace, owner: Owner, tmp_path: Path
) -> None:
    answered = entry_of(owner, "QuestionAnswered")
    kept = kept_checkpoint(demo, tmp_path)
    owner.rewrite(answered, "Yes, with enterprises.", "No.")
    owner.edit("UPDATE question SET answer = 'No.'")
    owner.regrow()
    size = int(kept.stem.removeprefix("kept-"))
    assert owner.faults() == ()
    assert owner.against(kept) == [
        (f"today's trail does not extend it: something from entry 1 to {size} was written anew", 1)
    ]
    before = kept_checkpoint(demo, tmp_path, answered - 1)
    assert owner.against(before, kept) == [
        (f"today's trail does not extend it: something from entry {answered} to {size} was written anew", answered)
    ]


def test_an_owner_who_leaves_the_roots_that_letters_name_is_found_out(owner: Owner) -> None:
    closed = entry_of(owner, "ScoresClosed")
    owner.rewrite(closed, '"reason":null', '"reason":"x"')
    owner.regrow()
    found = owner.faults()
    assert {fault.field for fault in found} == {"inputs.release.root"}
    assert all(fault.entry is not None and fault.entry > closed for fault in found)


def test_an_owner_who_cuts_the_tail_passes_but_not_against_a_kept_checkpoint(
    demo: Workspace, owner: Owner, tmp_path: Path
) -> None:
    last = entry_of(owner, "RoleRevoked")
    kept = kept_checkpoint(demo, tmp_path)
    assert kept.name == f"kept-{last}.txt"
    owner.edit(f"DELETE FROM entry WHERE sequence = {last}", "UPDATE actor_role SET until = NULL")
    owner.regrow()
    assert owner.faults() == ()
    assert owner.against(kept) == [(f"entries from {last} on were cut: it counts {last}", last)]


def test_a_kept_checkpoint_of_today_or_before_is_extended(demo: Workspace, owner: Owner, tmp_path: Path) -> None:
    kept = [kept_checkpoint(demo, tmp_path, size) for size in (1, 2, 1_000, None)]
    assert owner.against(*kept) == []


def test_a_checkpoint_of_another_workspace_is_not_this_trail(owner: Owner, tmp_path: Path) -> None:
    kept = tmp_path / "other.txt"
    kept.write_text(Checkpoint("pipgrants/0000000000000000", 5, b"0" * 32).text(), encoding="utf-8")
    [(message, _)] = owner.against(kept)
    assert message.startswith("it is of pipgrants/0000000000000000; this trail is pipgrants/")


NESTED = pytest.param('{"a":' + "[" * 10**5, id="nested")


@pytest.mark.parametrize("text", ["", "three\nwrong\nlines\n", "{}", '{"checkpoint": "a\\n1\\nAAAA\\n"}', NESTED])
def test_what_is_no_checkpoint_is_refused(owner: Owner, tmp_path: Path, text: str) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"kept\.txt is neither a checkpoint nor a proof that holds by itself"):
        owner.against(kept)


def test_parties_that_later_applications_complete_are_held_to_the_last_of_them(
    published: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the batches: the first application of a party may be told long before or after the others."""
    monkeypatch.setattr(state, "BATCH", 1)
    round_ = published.copy(tmp_path / "agency")
    [lead, *others] = application("A1").members
    given = [{"email": None, "sector": None}, {"email": "dos@example.org", "sector": None}, {"sector": "1391"}]
    for place, fields in enumerate(given, 1):
        first = replace_details(lead, tax_number="A1-1", **fields)
        round_.receive([application(f"A{place}")._replace(members=(first, *others))])
    assert verify(round_.workspace, as_("aldo"), LATER).faults == ()
    tamper(round_.workspace.folder, "UPDATE party SET sector = NULL WHERE email = 'dos@example.org'")
    [fault] = verify(round_.workspace, as_("aldo"), LATER).faults
    assert (fault.place.split()[0], fault.field) == ("party", "sector")


def test_what_one_proposal_states_is_not_taken_for_another_told_with_it(published: Round, tmp_path: Path) -> None:
    """Two name the same paper, one of them attaches it and another; a third answers with fewer lines than before."""
    round_ = published.copy(tmp_path / "agency")
    first, third = application("A1"), application("A3")
    shared = first.evidence[0]
    pledged = tuple(line._replace(evidence=shared.identity) for line in first.counterpart_lines)
    second = application("A2")._replace(counterpart_lines=pledged, evidence=(shared,))
    unproved = tuple(line._replace(evidence=None) for line in third.counterpart_lines)
    numbers = round_.receive([first, second, third._replace(counterpart_lines=unproved)])
    named: dict[str, Any] = {"evidence": shared.identity}
    described = {"kind": EvidenceKind.COMMITMENT_LETTER, "issuer": "Taller A1-1"}
    for name, paper in (("named.pdf", named), ("new.pdf", described)):
        file = tmp_path / name
        file.write_bytes(file.name.encode())
        answers.attach(round_.workspace, as_("olga"), WHILE_OPEN, proposal=numbers["A2"], file=file, **paper)
    round_.screen()
    round_.release()
    answers.clarify(
        round_.workspace,
        as_("olga"),
        AFTER_DEADLINE,
        proposal=numbers["A3"],
        application=third._replace(budget_lines=third.budget_lines[:1]),
        answer="here it is",
    )
    assert verify(round_.workspace, as_("aldo"), LATER).faults == ()


def test_a_paper_settled_twice_is_held_to_the_later_word(published: Round, tmp_path: Path) -> None:
    """Proposals are told by their numbers, and the later word may be for the lower number."""
    round_ = published.copy(tmp_path / "agency")
    first = application("A1")
    second = application("A2")._replace(evidence=first.evidence, counterpart_lines=first.counterpart_lines)
    numbers = round_.receive([first, second])
    for number in (numbers["A2"], numbers["A1"]):
        answers.settle_evidence(
            round_.workspace, as_("olga"), LATER, proposal=number, evidence="A1/CL", reason="its issuer says so"
        )
    assert verify(round_.workspace, as_("aldo"), LATER).faults == ()
    tamper(round_.workspace.folder, "UPDATE evidence_settlement SET proposal = ?", (numbers["A2"],))
    [fault] = verify(round_.workspace, as_("aldo"), LATER).faults
    assert (fault.place.split()[0], fault.field) == ("evidence_settlement", "proposal")


def replace_details(member: ApplicationMember, **fields: str | None) -> ApplicationMember:
    return member._replace(details=member.details._replace(**fields))
