"""The journal: everything that was received, in order of arrival; one process writes, any number read."""

import fcntl
import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Self

from ingest.dead_letters import DeadLetter
from ingest.entries import Entry
from ingest.quantities import QUANTITIES
from ingest.redelivery import Deliveries, Delivery, Received
from ingest.schema import connect
from ingest.series import Bucket, Point
from ingest.topics import Topic

_NEWS_SECONDS = 0.02
# Of several values of one instant the one that was stored last counts, as in InfluxDB.
_POINTS = """
SELECT time, value FROM
    (SELECT time, value, max(position) FROM entry
        WHERE series = ? AND time >= ? AND time < ? GROUP BY time ORDER BY time LIMIT ?)"""
_BUCKETS = """
SELECT time - time % ?, min(value), avg(value), max(value), count(*) FROM
    (SELECT time, value, max(position) FROM entry WHERE series = ? AND time >= ? AND time < ? GROUP BY time)
    GROUP BY 1 ORDER BY 1"""
_LATEST = "SELECT time, value FROM entry WHERE series = ? ORDER BY time DESC, position DESC LIMIT 1"
_TOPICS = "SELECT site, place, name FROM series WHERE EXISTS (SELECT 1 FROM entry WHERE series = series.id)"
_AFTER = """
SELECT position, series, time, value, detail, seq, received FROM entry
    WHERE position > ? ORDER BY position LIMIT ?"""


class Unwritable(Exception):
    """Raised when the journal cannot be written (disk full, locked, damaged); nothing of the batch is acknowledged."""


class Taken(Exception):
    """Raised when another process writes the same journal."""


class Counts(NamedTuple):
    """The ledger: what came in is either stored, a duplicate or a dead letter; arrays count by their elements."""

    received: int
    stored: int
    duplicate: int
    dead: int


class Journal:
    """The read side, a `Series`: for any number of processes and threads; it never holds up the writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._topics: dict[int, Topic] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def head(self) -> int:
        """The last position, 0 when nothing is stored."""
        with self._reading() as connection:
            return _head(connection)

    def after(self, position: int, limit: int) -> list[Entry]:
        """The next entries behind a position, `limit` at most, in order of arrival."""
        with self._reading() as connection:
            rows = connection.execute(_AFTER, (position, limit)).fetchall()
            return [
                Entry(self._topic(connection, series), time, value, detail, seq, received, position)
                for position, series, time, value, detail, seq, received in rows
            ]

    def wait(self, position: int, timeout: float) -> bool:
        """Wait `timeout` seconds at most for an entry behind a position; whether there is one."""
        deadline = time.monotonic() + timeout
        with self._reading() as connection:
            while _head(connection) <= position:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_NEWS_SECONDS)
        return True

    def counts(self) -> Counts:
        """The ledger since the journal was made."""
        with self._reading() as connection:
            return Counts(*connection.execute("SELECT received, stored, duplicate, dead FROM ledger").fetchone())

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters first."""
        statement = "SELECT topic, payload, reason, received, id FROM dead_letter ORDER BY id DESC LIMIT ?"
        with self._reading() as connection:
            return [DeadLetter(*row) for row in connection.execute(statement, (limit,)).fetchall()]

    def topics(self) -> Sequence[Topic]:
        with self._reading() as connection:
            found = [Topic(*row) for row in connection.execute(_TOPICS).fetchall()]
        return sorted(topic for topic in found if topic.name in QUANTITIES)

    def points(self, topic: Topic, start: int, end: int, limit: int = 100_000) -> Sequence[Point]:
        with self._reading() as connection:
            rows = connection.execute(_POINTS, (_find(connection, topic), start, end, limit)).fetchall()
        return [Point(*row) for row in rows]

    def buckets(self, topic: Topic, start: int, end: int, width: int) -> Sequence[Bucket]:
        with self._reading() as connection:
            rows = connection.execute(_BUCKETS, (width, _find(connection, topic), start, end)).fetchall()
        return [Bucket(*row) for row in rows]

    def latest(self, topic: Topic) -> Point | None:
        with self._reading() as connection:
            row = connection.execute(_LATEST, (_find(connection, topic),)).fetchone()
        return Point(*row) if row else None

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = connect(self._path)
        try:
            yield connection
        finally:
            self._idle.append(connection)

    def _topic(self, connection: sqlite3.Connection, series: int) -> Topic:
        if series not in self._topics:
            self._topics = {
                number: Topic(*rest) for number, *rest in connection.execute("SELECT * FROM series").fetchall()
            }
        return self._topics[series]


class Writer(Journal):
    """The one writer. What `append` has returned for survives a loss of power."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock: IO[bytes] | None = None
        self._connection: sqlite3.Connection | None = None
        self._deliveries = Deliveries({}, 0)
        self._ids: dict[Topic, int] = {}

    def append(self, batch: Sequence[Received]) -> Counts:
        """Store a batch: entries, dead letters and ledger in one transaction. Returns what the batch added.

        Raises Unwritable, after which the same batch may be appended again; Taken when there is another writer.
        """
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            counts = self._write(connection, batch)
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._give_up()
            raise Unwritable(f"journal {str(self._path)!r} cannot be written: {error}") from error
        return counts

    def close(self) -> None:
        self._give_up()
        if self._lock:
            self._lock.close()
            self._lock = None
        super().close()

    def _open(self) -> sqlite3.Connection:
        if self._connection:
            return self._connection
        if not self._lock:
            self._lock = _lock(self._path)
        self._connection = connect(self._path)
        # A page that many batches change is copied into the database once; the log grows to 64 MB for it.
        self._connection.execute("PRAGMA wal_autocheckpoint = 16000")
        self._connection.execute("PRAGMA cache_size = -64000")
        rows = self._connection.execute("SELECT mid, message, fingerprint FROM delivery").fetchall()
        [messages] = self._connection.execute("SELECT messages FROM ledger").fetchone()
        self._deliveries = Deliveries({mid: Delivery(*rest) for mid, *rest in rows}, messages)
        return self._connection

    def _give_up(self) -> None:
        # Whatever is remembered may belong to what was rolled back: the next append reads it anew.
        if self._connection:
            self._connection.close()
            self._connection = None
        self._ids = {}

    def _write(self, connection: sqlite3.Connection, batch: Sequence[Received]) -> Counts:
        received = sum(len(message.items) for message in batch)
        rows, letters = [], []
        for message in batch:
            if self._deliveries.is_repeated(message):
                continue
            items = self._drop_old_news(connection, message.items) if message.retained else message.items
            for item in items:
                if isinstance(item, DeadLetter):
                    letters.append(item[:4])
                else:
                    rows.append(self._row(connection, item))
        before = connection.total_changes
        connection.executemany(
            "INSERT INTO entry (series, time, value, detail, twin, seq, received) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (series, time, value, detail, twin) DO NOTHING",
            rows,
        )
        stored = connection.total_changes - before
        connection.executemany(
            "INSERT INTO dead_letter (topic, payload, reason, received) VALUES (?, ?, ?, ?)", letters
        )
        counts = Counts(received, stored, received - stored - len(letters), len(letters))
        self._keep_books(connection, counts)
        return counts

    def _keep_books(self, connection: sqlite3.Connection, counts: Counts) -> None:
        changes = self._deliveries.take_changes()
        connection.executemany(
            "INSERT OR REPLACE INTO delivery VALUES (?, ?, ?)", [(mid, *new) for mid, new in changes.items() if new]
        )
        connection.executemany(
            "DELETE FROM delivery WHERE mid = ?", [(mid,) for mid, new in changes.items() if not new]
        )
        connection.execute(
            "UPDATE ledger SET messages = ?, received = received + ?, stored = stored + ?,"
            " duplicate = duplicate + ?, dead = dead + ?",
            (self._deliveries.messages, *counts),
        )

    def _row(self, connection: sqlite3.Connection, entry: Entry) -> tuple[object, ...]:
        topic = entry.topic
        series = self._ids.get(topic)
        if series is None:
            connection.execute("INSERT OR IGNORE INTO series (site, place, name) VALUES (?, ?, ?)", topic)
            series = self._ids[topic] = _find(connection, topic)
        twin = entry.seq + 1 if topic.name == "access" and not entry.detail and entry.seq is not None else 0
        return series, entry.time, entry.value, entry.detail, twin, entry.seq, entry.received

    def _drop_old_news(
        self, connection: sqlite3.Connection, items: Sequence[Entry | DeadLetter]
    ) -> list[Entry | DeadLetter]:
        """What a retained message, which the broker repeats at each new subscription, says that is news.

        A reading without a time of its own is never: it may be days old, and would hide that its sensor is silent.
        """
        news: list[Entry | DeadLetter] = []
        for item in items:
            if isinstance(item, DeadLetter) or item.time != item.received:
                news.append(item)
                continue
            latest = connection.execute(_LATEST, (_find(connection, item.topic),)).fetchone()
            if latest and latest[1] == item.value:
                continue
            reason = "the broker repeated a kept (retained) value without a time of its own, so its age is unknown"
            letter = DeadLetter(str(item.topic), str(item.value).encode(), reason, item.received)
            news.append(item if item.topic.name == "status" else letter)
        return news


def _head(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(position), 0) FROM entry").fetchone()[0])


def _find(connection: sqlite3.Connection, topic: Topic) -> int:
    """The number of a series, 0 for one that holds nothing."""
    row = connection.execute("SELECT id FROM series WHERE (site, place, name) = (?, ?, ?)", topic).fetchone()
    return int(row[0]) if row else 0


def _lock(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_suffix(".lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise Taken(
            f"journal {str(path)!r} is being written by another process, expected to be the only one"
        ) from error
    return file
