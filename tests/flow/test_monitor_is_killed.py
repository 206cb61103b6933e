"""`kill -9` of the monitor at random moments under load: no alarm is lost, none is doubled."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from ingest import clock
from ingest.entries import Entry
from ingest.instants import SECOND, to_datetime
from ingest.journal import Journal, Writer
from ingest.redelivery import Received
from ingest.topics import Topic
from monitor import lakeside
from monitor.alarms import Alarm, AlarmChange, Outgoing
from monitor.progress import Cursor, DutyDone, Latest, Memory, Occupancy
from monitor.records import Record, connect, reading, writing
from monitor.watch import Watch
from tests.waiting import until

PROGRAM = (
    "import threading; from monitor import loop; from monitor.settings import Settings;"
    "loop.run(Settings(), threading.Event())"
)
ROOT = Path(__file__).parent.parent.parent
SERIES = [
    Topic("lakeside", "main", "ph"),
    Topic("lakeside", "main", "bromine"),
    Topic("lakeside", "children", "ph"),
    Topic("lakeside", "children", "chlorine"),
    Topic("lakeside", "children-feed", "chlorine"),
]
RIGHT = {"ph": 7.5, "bromine": 3.0, "chlorine": 0.4}
WRONG = {"ph": 7.9, "bromine": 1.0, "chlorine": 1.2}
GATE = Topic("lakeside", "gate", "access")
BUTTON = Topic("lakeside", "foot-bath", "changed")
# One step of the story is 20 s of a pool that was watched a month ago: 10 minutes wrong, then 90 right.
STEP, CYCLE, BAD = 20 * SECOND, 300, 30
AHEAD = 6_000
AGE = 30 * 24 * 3600 * SECOND
# Sensors of Lakeside that send nothing at all.
SILENT = 4
# Enough for one excursion to end and to be forgotten.
REST = 400


class Devices(threading.Thread):
    """Devices that catch up as fast as they can until they are told to stop; then all is well but one."""

    def __init__(self, path: Path, decided: Callable[[], int]) -> None:
        super().__init__()
        self._path = path
        self._decided = decided
        self._start = clock.now_us() - AGE
        self._step = 0
        self.enough = threading.Event()

    def run(self) -> None:
        with Writer(self._path) as writer:
            while not self.enough.is_set():
                # Always ahead of the monitor, but not by months.
                if writer.head() < self._decided() + AHEAD:
                    self._publish(writer, 40)
                self.enough.wait(0.005)
            self._publish(writer, REST, calm=True)
            self._publish(writer, BAD, calm=True, wrong=SERIES[0])

    def _publish(self, writer: Writer, steps: int, *, calm: bool = False, wrong: Topic | None = None) -> None:
        now = clock.now_us()
        entries = []
        for step in range(self._step, self._step + steps):
            at = self._start + step * STEP
            for number, topic in enumerate(SERIES):
                is_wrong = topic == wrong or (not calm and (step + number * 50) % CYCLE < BAD)
                value = (WRONG if is_wrong else RIGHT)[topic.name] + step % 7 / 1000
                entries.append(Entry(topic, at, value, "", step, now))
            if step % 25 == 0:
                entries.append(Entry(GATE, at + 1, 1.0 if step % 50 else -1.0, "card", step, now))
            if step % 700 == 0:
                entries.append(Entry(BUTTON, at + 2, 1.0, "lee", step, now))
        writer.append([Received(entries)])
        self._step += steps


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_no_alarm_is_lost_or_doubled(tmp_path, request, database):
    kills = 30 if request.config.getoption("--long") else 7
    url = f"sqlite:///{tmp_path}/records.db" if database == "sqlite" else request.getfixturevalue("postgres_url")
    with furnished(url) as records, furnished(f"sqlite:///{tmp_path}/undisturbed.db") as undisturbed:
        devices = Devices(tmp_path / "journal.db", lambda: position(records))
        devices.start()
        chance = random.Random(20261124)
        for _ in range(kills):
            with running(tmp_path, url, signal.SIGKILL):
                before = position(records)
                until(lambda before=before: position(records) > before, 60, f"it works, see {tmp_path}/monitor.log")
                time.sleep(chance.uniform(0, 0.3))
        devices.enough.set()
        devices.join(60)
        journal = Journal(tmp_path / "journal.db")
        with running(tmp_path, url, signal.SIGTERM):
            until(lambda: position(records) == journal.head(), 60, "everything is decided")
            until(lambda: count(records, Alarm, Alarm.rule == "silence") == SILENT, 60, "the silent ones are found")
            for rule in ("limit", "foot-bath-overdue"):
                called = Outgoing.rule == rule
                until(lambda called=called: count(records, Outgoing, called), 60, "people are called for what stands")
        watch_undisturbed(undisturbed, journal)
        journal.close()
        assert count(records, Alarm, Alarm.rule.in_(["limit", "closure"])) > kills
        assert told(records) == told(undisturbed)


@contextmanager
def furnished(url: str) -> Iterator[Engine]:
    records = connect(url)
    Record.metadata.create_all(records)
    with writing(records) as session:
        lakeside.register(session, to_datetime(clock.now_us() - AGE))
    yield records
    records.dispose()


@contextmanager
def running(data: Path, url: str, end: signal.Signals) -> Iterator[None]:
    """A monitor in a process of its own, ended by a signal."""
    environment = os.environ | {"POOL_DATA": str(data), "POOL_RECORDS_URL": url, "PYTHONPATH": str(ROOT)}
    with (data / "monitor.log").open("ab") as log:
        monitor = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=log, stderr=log)
    try:
        yield
        assert monitor.poll() is None, f"it ended by itself, see {data}/monitor.log"
    finally:
        monitor.send_signal(end)
        monitor.wait(30)


def watch_undisturbed(records: Engine, journal: Journal) -> None:
    """What a monitor decides that nobody kills: the reference."""
    now = to_datetime(clock.now_us())
    watch = Watch(records, journal)
    while watch.cycle(now):
        pass
    for seconds in (6, 12):
        watch.cycle(to_datetime(clock.now_us() + seconds * SECOND))


def position(records: Engine) -> int:
    with reading(records) as session:
        return session.scalar(select(Cursor.position)) or 0


def count(records: Engine, table: type[Record], *where: object) -> int:
    with reading(records) as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def told(records: Engine) -> dict[str, object]:
    """Everything that was decided, apart from what the wall clock says of silence."""
    with reading(records) as session:
        alarms = session.scalars(select(Alarm).where(Alarm.rule != "silence")).all()
        changes = {alarm.id: [] for alarm in alarms}
        for one in session.scalars(select(AlarmChange).order_by(AlarmChange.id)):
            if one.alarm_id in changes and one.what != "stale":
                changes[one.alarm_id].append((one.what, one.at, one.value))
        return {
            "alarms": sorted(
                (
                    a.rule,
                    a.place,
                    a.quantity,
                    a.raised,
                    a.state,
                    str(a.cleared),
                    a.value,
                    a.worst,
                    a.repeats,
                    *changes[a.id],
                )
                for a in alarms
            ),
            "done": sorted((one.position, one.at, one.by) for one in session.scalars(select(DutyDone))),
            "latest": sorted((one.place, one.name, one.time, one.value) for one in session.scalars(select(Latest))),
            "inside": [(one.place, one.inside, one.entered) for one in session.scalars(select(Occupancy))],
            "calls": sorted(
                (one.rule, one.place, one.quantity, one.at)
                for one in session.scalars(select(Outgoing).where(Outgoing.rule != "silence"))
            ),
            "memory": sorted(m.key for m in session.scalars(select(Memory)) if not m.key.startswith("silences")),
            "cursor": session.scalar(select(Cursor.position)),
        }
