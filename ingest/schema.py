"""The journal's tables: one file of SQLite that serves order of arrival and order of time alike."""

import sqlite3
import time
from pathlib import Path

VERSION = 1
_BUSY_SECONDS = 10.0

# `position` is the order of arrival, which tailers follow; the index is the order of time of each series, which trends
# read without touching the table, and what makes a repeated entry collapse. `twin` tells apart two people who pass
# without a card in the same instant: the device's count plus one, elsewhere 0.
# Retention must leave the newest row, or SQLite gives its position away a second time.
_TABLES = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (site, place, name)
) STRICT;

CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    time INTEGER NOT NULL,
    value REAL NOT NULL,
    detail TEXT NOT NULL,
    twin INTEGER NOT NULL,
    seq INTEGER,
    received INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_once ON entry (series, time, value, detail, twin);

CREATE TABLE dead_letter (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    reason TEXT NOT NULL,
    received INTEGER NOT NULL
) STRICT;

-- The last message without a time of its own under each packet identifier.
CREATE TABLE delivery (
    mid INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    messages INTEGER NOT NULL,
    received INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    CHECK (received = stored + duplicate + dead)
) STRICT;
INSERT INTO ledger VALUES (1, 0, 0, 0, 0, 0);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the journal's database, made when missing, for use by one thread at a time; transactions are explicit.

    Raises sqlite3.Error, also when the file was made by a later version of the program.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    _switch_to_wal(connection)
    # FULL: a commit that has returned survives a loss of power.
    connection.execute("PRAGMA synchronous = FULL")
    if _version(connection) == 0:
        connection.execute("BEGIN IMMEDIATE")
        if _version(connection) == 0:
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    if _version(connection) != VERSION:
        raise sqlite3.DatabaseError(f"journal {str(path)!r} has version {_version(connection)}, expected {VERSION}")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # Two processes that make the file at the same time meet here, where SQLite does not wait by itself.
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
