"""The subscriber on a real broker: what is stored, what is a dead letter, and when the broker is told."""

import json
import resource
import sqlite3
import threading
from contextlib import contextmanager

import pytest

from ingest.journal import Counts, Journal, Taken, Writer
from ingest.mqtt import Publisher
from ingest.settings import Settings
from ingest.subscriber import run
from tests.ingest.processes import Process
from tests.waiting import until

PH = "pools/lakeside/main/ph"
STATUS = "pools/lakeside/main/status"


@pytest.fixture(params=["5", "3.1.1"])
def settings(request, broker, tmp_path):
    return Settings(mqtt_url=broker.url, mqtt_version=request.param, data=tmp_path / "data")


@pytest.fixture
def journal(settings):
    with Journal(settings.journal_path) as journal:
        yield journal


@contextmanager
def ingesting(settings):
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(settings, stop))
    thread.start()
    yield
    stop.set()
    thread.join()


def publish(settings, *messages, retain=False):
    with Publisher(settings) as publisher:
        for topic, payload in messages:
            publisher.publish(topic, payload, retain=retain)
        assert publisher.flush()


def subscribe_first(settings, journal):
    """Have the broker keep a session before anything else is published: its first entry is this status."""
    publish(settings, (STATUS, "online"), retain=True)
    with ingesting(settings):
        until(lambda: journal.head() == 1)


def received(journal, number):
    until(lambda: journal.counts().received >= number)
    counts = journal.counts()
    assert counts.received == number
    return counts


MALFORMED = [
    (PH, '{"value": "7.4"}', "expected a number"),
    (PH, "NaN", "finite"),
    (PH, "1e999", "too large"),
    (PH, "", "empty"),
    (PH, "7" * 1_000_000, "longer than"),
    (PH, b"\xff\xfe", "UTF-8"),
    (PH, '{"value": 7.4, "time": "1970-01-01T00:00:00Z"}', "clock is not set"),
    (PH, '{"value": 7.4, "time": "2100-01-01T00:00:00Z"}', "ahead"),
    ("pools/lakeside/main/salt", "7.4", "unknown quantity"),
    ("pools/Lakeside/main/ph", "7.4", "a-z"),
    ("pools/lakeside", "7.4", "expected pools/"),
]


def test_everything_malformed_is_a_dead_letter_and_what_follows_is_stored(settings, journal):
    subscribe_first(settings, journal)
    with ingesting(settings):
        for topic, payload, _ in MALFORMED:
            publish(settings, (topic, payload), (PH, "7.4"))
        counts = received(journal, 1 + 2 * len(MALFORMED))
    assert counts == Counts(1 + 2 * len(MALFORMED), 1 + len(MALFORMED), 0, len(MALFORMED))
    letters = journal.dead_letters()[::-1]
    for (topic, payload, word), letter in zip(MALFORMED, letters, strict=True):
        assert letter.topic == topic
        assert word in letter.reason
        whole = payload if isinstance(payload, bytes) else payload.encode()
        assert whole.startswith(letter.payload)
    # None of them comes back.
    with ingesting(settings):
        publish(settings, (PH, "7.5"))
        received(journal, counts.received + 1)


def test_every_form_is_in_the_journal_within_one_message(settings, journal):
    subscribe_first(settings, journal)
    elements = [{"value": 7 + number / 10, "time": 1_700_000_000_000 + number} for number in range(5)]
    with ingesting(settings):
        publish(settings, (PH, json.dumps(elements)), (PH, json.dumps(elements[:2])), (PH, "7.9"))
        publish(settings, ("pools/lakeside/foot-bath/changed", ""))
        publish(settings, ("pools/lakeside/gate/access", '{"direction": "in", "card": "a1b2c3"}'))
        assert received(journal, 11) == Counts(11, 9, 2, 0)
    access = journal.after(0, 100)[-1]
    assert (access.topic.name, access.value, len(access.detail)) == ("access", 1.0, 16)
    for file in settings.data.glob("journal.db*"):
        assert b"a1b2c3" not in file.read_bytes()


def test_our_own_alarm_topics_are_neither_read_nor_counted(settings, journal):
    subscribe_first(settings, journal)
    with ingesting(settings):
        publish(settings, ("pools/lakeside/main/alarm/limit-ph", "{}"), (PH, "7.4"))
        assert received(journal, 2) == Counts(2, 2, 0, 0)


def test_a_retained_status_is_stored_once_however_often_ingest_starts(settings, journal):
    subscribe_first(settings, journal)
    for number in range(3):
        with ingesting(settings):
            publish(settings, (PH, str(number)))
            until(lambda number=number: journal.head() == 2 + number)
    assert [entry.topic.name for entry in journal.after(0, 100)] == ["status", "ph", "ph", "ph"]


def test_a_full_disk_loses_nothing_and_ingest_goes_on_when_there_is_room(settings, journal):
    subscribe_first(settings, journal)
    with Process("ingest", settings) as process:
        publish(settings, (PH, "7.0"))
        received(journal, 2)
        size = settings.journal_path.with_suffix(".db-wal").stat().st_size
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        publish(settings, *[(PH, str(number)) for number in range(100)])
        until(lambda: "journal not written, nothing is acknowledged" in process.log.read_text())
        assert journal.counts() == Counts(2, 2, 0, 0)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        counts = until(lambda: (counts := journal.counts()).stored >= 102 and counts)
        assert process.is_alive()
    assert counts.stored == 102
    assert [entry.value for entry in journal.after(2, 1000)] == [float(number) for number in range(100)]


def test_what_was_not_stored_before_ingest_ended_is_stored_by_the_next(settings, journal):
    subscribe_first(settings, journal)
    blocker = sqlite3.connect(settings.journal_path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with Process("ingest", settings):
        publish(settings, *[(PH, str(number)) for number in range(50)])
    blocker.execute("ROLLBACK")
    blocker.close()
    assert journal.head() == 1
    with ingesting(settings):
        assert received(journal, 51) == Counts(51, 51, 0, 0)


def test_a_second_ingest_on_the_same_journal_is_refused(settings):
    with Writer(settings.journal_path) as writer:
        writer.append([])
        with pytest.raises(Taken):
            run(settings, threading.Event())
