"""The loop on the real clock: it waits for what is away and ends when it is told to."""

import sqlite3
import threading
from datetime import time

import pytest
from sqlalchemy import select

from ingest import clock
from ingest.instants import to_datetime
from ingest.journal import Writer
from ingest.redelivery import Received
from monitor import lakeside, loop, registry
from monitor.alarms import Alarm, Outgoing
from monitor.progress import Cursor
from monitor.records import Record, connect, reading, writing
from monitor.settings import Settings
from monitor.watch import Misplaced
from tests.monitor.timeline import GATE, PH, SHANGHAI, entry
from tests.waiting import until


class Running:
    """A monitor in a thread."""

    def __init__(self, settings):
        self.stop = threading.Event()
        self.error = None
        self._thread = threading.Thread(target=self._run, args=(settings,))

    def _run(self, settings):
        try:
            loop.run(settings, self.stop)
        except Exception as error:  # noqa: BLE001 - told to the test
            self.error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_raised):
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


@pytest.fixture
def records(settings):
    engine = connect(settings.records_url)
    yield engine
    engine.dispose()


def furnish(records):
    Record.metadata.create_all(records)
    with writing(records) as session:
        lakeside.register(session, clock.now())


def publish(settings, *entries):
    with Writer(settings.journal_path) as writer:
        writer.append([Received(list(entries))])


def position(records):
    with reading(records) as session:
        return session.scalar(select(Cursor.position))


def test_a_database_that_is_not_there_yet_is_waited_for(settings, records):
    now = clock.now()
    publish(settings, entry(PH, now, 7.4))
    with Running(settings) as running:
        furnish(records)
        until(lambda: position(records) == 1, what="the reading is decided")
    assert running.error is None


def test_an_entry_after_closing_calls_people_through_the_outbox(settings, records):
    furnish(records)
    with writing(records) as session:
        # Whatever time it is, the site is closed.
        hour = 1 if clock.now().astimezone(SHANGHAI).hour >= 12 else 22
        registry.set_hours(session, "lakeside", time(hour), time(hour + 1), "mei", "", clock.now())
    with Running(settings):
        publish(settings, entry(GATE, clock.now(), 1))
        until(lambda: sent(records), what="people are called")


def sent(records):
    with reading(records) as session:
        return session.scalars(select(Outgoing.sent).join(Alarm, Alarm.id == Outgoing.alarm_id)).first()


def test_a_locked_database_holds_the_monitor_up_and_loses_nothing(settings, records):
    furnish(records)
    with Running(settings) as running:
        until(lambda: position(records) == 0, what="the monitor is there")
        other = sqlite3.connect(settings.data / "records.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        publish(settings, entry(PH, clock.now(), 7.4))
        other.execute("UPDATE site SET name_en = 'Lake'")
        other.execute("COMMIT")
        other.close()
        until(lambda: position(records) == 1, 40, "the reading is decided")
    assert running.error is None


def test_a_journal_that_was_replaced_halts_it_clearly(settings, records):
    furnish(records)
    with writing(records) as session:
        session.add(Cursor(name="monitor", position=17))
    publish(settings, entry(PH, to_datetime(clock.now_us()), 7.4))
    with Running(settings) as running:
        until(lambda: running.error, what="it halts")
    assert isinstance(running.error, Misplaced)
    assert "up to position 17, but the journal ends at 1" in str(running.error)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+psycopg://pool:secret@db/pool", "PGPASSWORD"),
        ("mysql://db/pool", "of kind 'mysql'"),
        ("somewhere", "cannot be read"),
    ],
)
def test_an_unusable_address_of_the_records_is_refused_and_its_password_not_repeated(tmp_path, url, words):
    with pytest.raises(ValueError, match=words) as refused:
        Settings(data=tmp_path, records_url=url)
    assert "secret" not in str(refused.value)


def test_the_records_lie_beside_the_journal_unless_told_otherwise(tmp_path):
    assert Settings(data=tmp_path).records_url == f"sqlite:///{tmp_path}/records.db"
