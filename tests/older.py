"""A workspace whose database is of the first version of the program."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config

from pipgrants.services.workspace import DATABASE, Workspace
from pipgrants.store.database import MIGRATIONS, connect

FIRST = "0001"


def made_older(workspace: Workspace) -> Workspace:
    """The workspace, what is on record kept, its database as the first version of the program had it."""
    current, first = workspace.folder / DATABASE, workspace.folder / "first.db"
    workspace.database.close()
    make_first(first)
    with closing(sqlite3.connect(first)) as connection, connection:
        connection.execute("ATTACH ? AS current", (str(current),))
        tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            if table != "alembic_version":
                connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM current.{table}")
    for log in workspace.folder.glob(f"{DATABASE}-*"):
        log.unlink()
    first.replace(current)
    return Workspace(workspace.folder)


def make_first(path: Path) -> None:
    """An empty database of the first version."""
    config, engine = Config(), connect(path)
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
    engine.dispose()
