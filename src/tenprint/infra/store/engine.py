"""Opening the database: how every connection is set up, and the one chain of migrations."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from tenprint.errors import StoreError, UsageError
from tenprint.infra.store.guards import GUARDS

HEAD: Final = "0001"
"""The newest migration. Source: migrations/versions (a test compares)."""

BUSY_TIMEOUT_MS: Final = 30_000
"""How long a writer waits for the other one, milliseconds. Set by: far above the longest unit of work."""

_WAL_ATTEMPTS: Final = 100
_WAL_PAUSE_S: Final = 0.1


def open_engine(url: str) -> Engine:
    """An engine for ``url``, its database made and migrated to `HEAD`.

    Raises UsageError for a URL that can't be read or a dialect without guards; StoreError for a database that is newer
    than this program, or can't be opened.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError("the database URL can't be read; expected sqlite:////absolute/path/tenprint.db") from None
    if parsed.get_backend_name() not in GUARDS:
        raise UsageError(
            f"no store for {parsed.get_backend_name()!r}; supported: {', '.join(GUARDS)}. Nothing was opened: "
            "the event table is only used where the database itself refuses changes to it."
        )
    if not parsed.database or parsed.database == ":memory:":
        raise UsageError("the store is kept in a file; expected sqlite:////absolute/path/tenprint.db")
    _prepare_file(Path(parsed.database))
    # Parameters hold facts: they never appear in an error's text.
    engine = create_engine(parsed, hide_parameters=True, pool_size=8, max_overflow=32)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_to_read(path: Path) -> Engine:
    """An engine on a database that is there already, which no statement can change. Nothing is made or migrated.

    Raises StoreError when there is none, or when it is at another migration than this program's.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no database there; nothing was read")
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False),
        hide_parameters=True,
        poolclass=QueuePool,
    )
    event.listen(engine, "connect", _set_up_to_read)
    event.listen(engine, "begin", _begin)
    with engine.begin() as connection:
        version = _version(connection)
    if version != HEAD:
        engine.dispose()
        raise StoreError(
            f"the database is at migration {version}; this program reads {HEAD}. Nothing was read or changed. "
            "Let `tenprint doctor` bring it up first."
        )
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to `HEAD`, in one transaction: whole or not at all, one process at a time."""
    with engine.begin() as connection:
        version = _version(connection)
    if version == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        version = _version(connection)
        if version is not None and version not in known:
            raise StoreError(
                f"the database is at migration {version}; this program knows {', '.join(sorted(known))}. "
                "Nothing was changed. Use the newer program, or restore the database of this one."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return version


def _prepare_file(path: Path) -> None:
    """Make the file readable for its owner only, and switch it to a write-ahead log (the file remembers that)."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"the database file can't be opened: {error.strerror} ({path}); nothing was read or written"
        ) from None
    for left in reversed(range(_WAL_ATTEMPTS)):
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            # The switch does not wait for another process that has the new file open: SQLite answers "locked" at once.
            if not left or "locked" not in str(error):
                raise StoreError(f"the database can't be opened: {error} ({path})") from None
            time.sleep(_WAL_PAUSE_S)
            continue
        except sqlite3.DatabaseError as error:
            raise StoreError(f"the file is no database: {error} ({path}); nothing was changed") from None
        finally:
            connection.close()
        if mode != "wal":
            raise StoreError(f"the file system under {path} allows no write-ahead log (mode {mode}); use a local disk")
        return


def _set_up(connection: Any, record: Any) -> None:
    del record
    # No implicit BEGIN by the driver: `_begin` says which kind of transaction it is.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "trusted_schema = OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _set_up_to_read(connection: Any, record: Any) -> None:
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout = {BUSY_TIMEOUT_MS}", "query_only = ON", "trusted_schema = OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """A writer takes its place at once, so that what it read can't have changed when it writes."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
