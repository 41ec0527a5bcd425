"""The database file: opening, transactions, copies, and the version of its tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from pipgrants.errors import (
    ConcurrentChangeError,
    NotFoundError,
    PipgrantsError,
    RefusedError,
    TrailIntegrityError,
)
from pipgrants.paths import written_whole

BUSY_SECONDS = 10
MIGRATIONS = Path(__file__).parent / "migrations"


_READER = ("query_only = ON",)
_WRITER = (
    "foreign_keys = ON",
    "journal_mode = WAL",
    "synchronous = FULL",
    "cache_size = -32768",
    "secure_delete = ON",
)


def connect(path: Path, *, read_only: bool = False) -> Engine:
    """An engine on an SQLite file: foreign keys on, write-ahead log, transactions that take the write lock at once.

    What is deleted is written over, so that nothing of it stays in the file.
    One that is ``read_only`` refuses every statement that writes, and so does the file it has opened.
    """
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    pragmas = _READER if read_only else _WRITER

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine("sqlite://", creator=opened, poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def create(path: Path) -> None:
    """A new database with the current tables. Raises RefusedError where the file exists."""
    if path.exists():
        raise RefusedError(f"{path} exists already", next_step="choose another folder for the workspace")
    with migrated(path):
        pass


class Database:
    """The database of a workspace, of the version this program works on."""

    def __init__(self, path: Path) -> None:
        """Raises NotFoundError without a file, TrailIntegrityError where it is damaged or no database of pipgrants,
        RefusedError for another version, naming the command to run.
        """
        if not path.is_file():
            raise NotFoundError(f"there is no database at {path}", next_step="pipgrants init DIR makes a workspace")
        found, wanted = version(path), head_version()
        if found is None:
            raise damaged(path)
        if found != wanted:
            raise of_another_version(found)
        self._path = path
        self._writer, self._reader = connect(path), connect(path, read_only=True)

    def close(self) -> None:
        """Gives back the file's handles."""
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Connection]:
        """One transaction, committed at the end unless an error rises; a writer waits for the others, then gives up.

        Without ``write`` no statement can write.
        """
        engine, mode = (self._writer, "IMMEDIATE") if write else (self._reader, "DEFERRED")
        try:
            with engine.connect().execution_options(begin=mode) as connection, connection.begin():
                yield connection
        except (DatabaseError, sqlite3.DatabaseError) as error:
            explained = _explained(str(error))
            if explained is None:
                raise
            raise explained from error

    def empty_log(self) -> bool:
        """Empties the write-ahead log, which holds pages as they were; False while others read or write."""
        with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS)) as connection:
            is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


def _explained(said: str) -> PipgrantsError | None:
    """What an error of the database means for who ran the command, None for a fault of the program."""
    first, *_ = said.splitlines()
    if "locked" in first:
        return ConcurrentChangeError(
            f"another command has been writing to this workspace for more than {BUSY_SECONDS} seconds",
            next_step="wait until it ends and run the command again",
        )
    if any(words in first for words in _CHANGED):
        return TrailIntegrityError(
            f"the database was damaged or changed past the program: {first.rpartition('Error) ')[2]}",
            next_step="keep a copy of it, and put the last one of backups/ in its place",
        )
    for words, meaning in _CANNOT_WRITE.items():
        if words in first:
            return RefusedError(
                f"the workspace cannot be written: {meaning}",
                next_step="put that right and run the command again; nothing of it was kept",
            )
    return None


_CHANGED = ("no such table", "no such column", "Could not decode to UTF-8", "is malformed")

_CANNOT_WRITE = {
    "disk is full": "the disk is full",
    "disk I/O error": "the disk does not take what is written",
    "readonly database": "this user may only read it",
    "unable to open": "its files cannot be opened",
}


def backup(path: Path, target: Path) -> None:
    """A consistent copy, taken while others may be writing, and whole.

    Raises RefusedError where the target exists, TrailIntegrityError where the database is damaged: nothing is left.
    """
    if target.exists():
        raise RefusedError(f"{target} exists already", next_step="choose another name for the copy")
    if version(path) is None:
        raise damaged(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            written_whole(target) as unfinished,
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            copy.execute("PRAGMA secure_delete = ON")
            source.backup(copy)
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise damaged(path)
    except sqlite3.DatabaseError as error:
        raise _explained(str(error)) or damaged(path) from error


def damaged(path: Path) -> TrailIntegrityError:
    """Says that a file is not the database that a workspace needs."""
    return TrailIntegrityError(
        f"{path} is damaged, or no database of pipgrants",
        next_step="keep a copy of it, and put the last one of backups/ in its place",
    )


def of_another_version(found: str) -> RefusedError:
    """Says of which version a database is, of which this program, and the command to run."""
    wanted = head_version()
    if is_known_version(found):
        next_step = "pipgrants workspace upgrade --as ADMINISTRATOR (it keeps a copy first)"
    elif found > wanted:
        next_step = "a newer pipgrants wrote it; install that one: pip install --upgrade pipgrants"
    else:
        next_step = "use the version of pipgrants that wrote this database"
    return RefusedError(
        f"the database is of version {found}; this program works on version {wanted}", next_step=next_step
    )


def version(path: Path) -> str | None:
    """The version written in a database, None where there is none or the file is no database.

    Raises RefusedError where the file cannot be opened, ConcurrentChangeError where others hold it.
    """
    engine = connect(path, read_only=True)
    try:
        with engine.connect() as connection:
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
            return None if row is None else str(row[0])
    except DatabaseError as error:
        explained = _explained(str(error))
        if explained is None or isinstance(explained, TrailIntegrityError):
            return None
        raise explained from error
    finally:
        engine.dispose()


def head_version() -> str:
    """The version of the tables that this program works on: the name of the newest migration file."""
    return _versions()[-1]


def is_known_version(found: str | None) -> bool:
    """Whether this program can upgrade from that version."""
    return found in _versions()


def _versions() -> list[str]:
    return sorted(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@contextmanager
def migrated(path: Path) -> Iterator[Connection]:
    """The tables brought to the current version, in the transaction that what is done with them belongs to."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    engine = connect(path)
    try:
        with engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            yield connection
    finally:
        engine.dispose()
