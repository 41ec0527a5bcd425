"""The database file: its tables are those of the program, its version is known, and its links hold."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Integer
from sqlalchemy.exc import IntegrityError

from pipgrants.errors import NotFoundError, RefusedError, TrailIntegrityError
from pipgrants.store import tables
from pipgrants.store.database import Database, backup, connect, create, head_version, version
from pipgrants.store.unit import Unit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "pipgrants.db")
    return tmp_path / "pipgrants.db"


def test_the_migrations_make_exactly_the_tables_of_the_program(path: Path) -> None:
    engine = connect(path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


def test_money_is_stored_in_whole_minor_units() -> None:
    amounts = [
        column for table in tables.metadata.tables.values() for column in table.columns if "minor" in column.name
    ]
    assert len(amounts) >= 8
    assert {type(column.type) for column in amounts} == {Integer}
    kinds = {type(column.type).__name__ for table in tables.metadata.tables.values() for column in table.columns}
    assert kinds == {"Integer", "LargeBinary", "Text"}


def test_a_new_database_is_of_this_version(path: Path) -> None:
    assert version(path) == head_version()
    with pytest.raises(RefusedError, match="exists already"):
        create(path)


@pytest.mark.parametrize(
    ("found", "next_step"),
    [
        ("0001", "pipgrants workspace upgrade --as ADMINISTRATOR (it keeps a copy first)"),
        ("9999", "a newer pipgrants wrote it; install that one: pip install --upgrade pipgrants"),
        ("0000", "use the version of pipgrants that wrote this database"),
    ],
)
def test_another_version_is_refused_with_the_command_to_run(path: Path, found: str, next_step: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))
    with pytest.raises(RefusedError, match=f"is of version {found}; this program works on version") as refused:
        Database(path)
    assert refused.value.next_step == next_step


def damage(path: Path, table: str) -> None:
    """Writes over the first page of a table."""
    with closing(sqlite3.connect(path)) as connection, connection:
        [[size, page]] = connection.execute(
            "SELECT page_size, rootpage FROM pragma_page_size, sqlite_master WHERE name = ?", (table,)
        )
        connection.execute("PRAGMA journal_mode = DELETE")
    with path.open("r+b") as file:
        file.seek(size * (page - 1))
        file.write(b"\xff" * size)


def test_a_damaged_database_is_named_as_one(path: Path) -> None:
    damage(path, "letter")
    with (
        pytest.raises(
            TrailIntegrityError, match="damaged or changed past the program: database disk image is malformed"
        ),
        Database(path).transaction(write=False) as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM letter").all()


def test_a_table_that_is_gone_is_named(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE draw")
    with (
        pytest.raises(TrailIntegrityError, match="changed past the program: no such table: draw"),
        Database(path).transaction(write=False) as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM draw").all()


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"\x00" * 200])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pipgrants.db"
    path.write_bytes(content)
    with pytest.raises(TrailIntegrityError, match="is damaged, or no database of pipgrants"):
        Database(path)
    with pytest.raises(TrailIntegrityError, match="is damaged, or no database of pipgrants"):
        backup(path, tmp_path / "copies" / "copy.db")
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_database_is_not_copied(path: Path, tmp_path: Path) -> None:
    damage(path, "letter")
    with pytest.raises(TrailIntegrityError, match="is damaged, or no database of pipgrants"):
        backup(path, tmp_path / "copies" / "copy.db")
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_database_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="its files cannot be opened"):
        version(tmp_path / "absent.db")


def test_an_absent_database_is_not_found_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no database"):
        Database(tmp_path / "pipgrants.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO actor_role VALUES ('nobody', 'auditor', '2026-01-01', NULL)",
        "INSERT INTO member VALUES ('PIP1-000001', 1, 'E-000001', 1, NULL)",
        "INSERT INTO evaluation VALUES ('PIP1-000001', 'proposal', 'eva', NULL, NULL, NULL, NULL)",
        "INSERT INTO question VALUES ('no-such-call', 1, '?', '2026-01-01', NULL, NULL)",
    ],
)
def test_nothing_points_to_what_is_not_on_record(path: Path, statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match="FOREIGN KEY"),
        Database(path).transaction(write=True) as connection,
    ):
        connection.exec_driver_sql(statement)


def test_the_file_is_written_ahead_and_safely(path: Path) -> None:
    with Database(path).transaction(write=True) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_is_deleted_is_written_over_however_sqlite_was_built(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = sqlite3.connect

    def built_otherwise(*given: object, **settings: object) -> sqlite3.Connection:
        connection = opened(*given, **settings)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", built_otherwise)
    with Database(path).transaction(write=True) as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


def test_a_transaction_is_kept_whole_or_not_at_all(path: Path) -> None:
    database = Database(path)
    with pytest.raises(RuntimeError), database.transaction(write=True) as connection:
        Unit(connection).set("name", "value")
        raise RuntimeError("the act failed")
    with database.transaction(write=True) as connection:
        with pytest.raises(NotFoundError, match="has no setting 'name'"):
            Unit(connection).setting("name")
        Unit(connection).set("name", "one")
        Unit(connection).set("name", "two")
    with database.transaction(write=False) as connection:
        assert Unit(connection).setting("name") == "two"


def test_a_copy_is_consistent_while_somebody_writes(path: Path, tmp_path: Path) -> None:
    database = Database(path)
    with database.transaction(write=True) as connection:
        Unit(connection).set("name", "unfinished")
        backup(path, tmp_path / "copies" / "copy.db")
    copy = Database(tmp_path / "copies" / "copy.db")
    with copy.transaction(write=False) as connection, pytest.raises(NotFoundError):
        Unit(connection).setting("name")
    with pytest.raises(RefusedError, match="exists already"):
        backup(path, tmp_path / "copies" / "copy.db")


@pytest.mark.parametrize("name", ["with space", "100%25 sure", "why?mode=rwc", "a#b", "ño&x=1"])
def test_a_workspace_is_found_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "pipgrants.db"
    path.parent.mkdir()
    create(path)
    database = Database(path)
    with database.transaction(write=True) as connection:
        Unit(connection).set("found", "yes")
    with database.transaction(write=False) as connection:
        assert Unit(connection).setting("found") == "yes"
    database.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


WRITES = (
    "INSERT INTO setting VALUES ('x', 'y')",
    "UPDATE call SET state = 'archived'",
    "DELETE FROM letter",
    "CREATE TABLE extra (x)",
    "DROP TRIGGER entry_refuses_delete",
    "PRAGMA user_version = 9",
)


@pytest.mark.parametrize("before", ["SELECT 1", "PRAGMA query_only = OFF"])
@pytest.mark.parametrize("statement", WRITES)
def test_a_reading_transaction_cannot_write(path: Path, statement: str, before: str) -> None:
    database, content = Database(path), path.read_bytes()
    with pytest.raises(RefusedError, match="may only read it"), database.transaction(write=False) as connection:
        connection.exec_driver_sql(before)
        connection.exec_driver_sql(statement)
    database.close()
    assert path.read_bytes() == content


def test_looking_at_the_version_of_a_database_writes_nothing(path: Path) -> None:
    path.chmod(0o444)
    before = path.read_bytes()
    assert version(path) == head_version()
    assert path.read_bytes() == before
