"""Restarts, failures, people at the same moment: nothing is decided twice or forgotten."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from ingest.instants import from_datetime
from ingest.journal import Journal, Writer
from monitor import handling
from monitor.progress import Cursor, Latest, Memory, Occupancy
from monitor.records import Record, reading, writing
from monitor.watch import Misplaced, Watch
from tests.monitor.house import House
from tests.monitor.timeline import BROMINE, BUTTON, GATE, after, entry, local
from tests.monitor.timeline import reading as read
from tests.waiting import until

# Minute by minute: what is published, in seconds after ten. Everything that the rules know happens.
STORY = [
    *[read(60 * minute, value) for minute, value in enumerate([7.4, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 6.1, 6.1, 6.1, 0.0])],
    *[read(60 * minute, 7.5) for minute in range(11, 25)],
    *[read(60 * minute, 3.0, topic=BROMINE) for minute in range(12)],
    entry(GATE, after(90), 1),
    entry(GATE, local("2026-11-23T22:00:00"), 1, after(300)),
    entry(BUTTON, local("06:00:00"), 1, after(400)),
    entry(BUTTON, local("10:20:00"), 1),
]


def test_a_restart_between_any_two_cycles_decides_the_same_as_none(records, tmp_path):
    entries = sorted(STORY, key=lambda one: one.received)
    told = []
    for restarts in (False, True):
        with writing(records) as session:
            for table in (*reversed(Record.metadata.sorted_tables),):
                if table.name not in {"site", "place", "sensor", "limit_version", "hours_version"}:
                    session.execute(table.delete())
        with Writer(tmp_path / f"{restarts}.db") as writer:
            house = House(records, writer, tmp_path / f"{restarts}.db")
            waiting = list(entries)
            for second in range(-20, 2000, 8):
                now = after(second)
                while waiting and waiting[0].received <= from_datetime(now):
                    house.publish(waiting.pop(0))
                house.cycle(now)
                # Ticks begin to judge 5 s after a start: each process lives longer than that.
                if restarts and second % 32 == 12:
                    house.restart()
            told.append(remembered(house))
            house.close()
    assert told[0] == told[1]


def remembered(house: House) -> object:
    alarms = sorted(
        (alarm.rule, alarm.place, alarm.quantity, alarm.state, alarm.raised, alarm.cleared or after(0), alarm.repeats)
        for alarm in house.alarms()
    )
    histories = sorted([what for what, _at in house.history(alarm)] for alarm in house.alarms())
    with reading(house.records) as session:
        memory = {row.key: row.data for row in session.scalars(select(Memory))}
        cursor = session.scalars(select(Cursor.position)).one()
        latest = sorted((row.place, row.name, row.time, row.value) for row in session.scalars(select(Latest)))
        crowd = [(row.inside, row.entered) for row in session.scalars(select(Occupancy))]
    calls = sorted((message.rule, message.place, message.quantity, message.at) for message in house.outbox())
    for data in memory.values():
        data.pop("limit_id", None)
    assert alarms
    return alarms, histories, memory, cursor, latest, crowd, calls


# On SQLite the second of two writers waits before it reads; on PostgreSQL it has read already.
@pytest.mark.parametrize("records", ["postgresql"], indirect=True)
def test_what_a_person_does_at_the_same_moment_is_not_overwritten(house):
    house.set_limit("main", "ph", after(0), on_delay=0, off_delay=0)
    house.settle(after(0))
    house.publish(read(1, 7.0))
    house.cycle(after(1))
    house.publish(read(2, 7.4))
    with ThreadPoolExecutor(1) as thread:
        with writing(house.records) as session:
            handling.acknowledge(session, house.alarms()[0].id, "lee", after(2))
            cycle = thread.submit(house.cycle, after(2))
            until(lambda: is_anybody_waiting(house), what="the monitor waits for Lee")
        with pytest.raises(StaleDataError):
            cycle.result(20)
    house.restart()
    house.cycle(after(3))
    [alarm] = house.alarms()
    assert (alarm.state, alarm.acknowledged_by) == ("normal", "lee")
    assert house.history(alarm) == [("raised", 1), ("acknowledged", 2), ("cleared", 2)]


def is_anybody_waiting(house: House) -> bool:
    with house.records.connect() as connection:
        question = (
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        return bool(connection.exec_driver_sql(question).scalar())


def test_a_cursor_ahead_of_the_journal_halts(house, tmp_path):
    house.publish(read(0, 7.4), read(1, 7.4))
    house.cycle(after(2))
    with Writer(tmp_path / "other.db") as other:
        other.append([])
    journal = Journal(tmp_path / "other.db")
    with pytest.raises(Misplaced, match="position 2, but the journal ends at 0"):
        Watch(house.records, journal)
    journal.close()


def test_a_second_monitor_on_the_same_records_halts_and_writes_nothing(house, tmp_path):
    house.set_limit("main", "ph", after(0), on_delay=0)
    house.publish(read(0, 7.4))
    house.cycle(after(1))
    journal = Journal(tmp_path / "journal.db")
    second = Watch(house.records, journal)
    house.publish(read(2, 7.0))
    house.cycle(after(3))
    with pytest.raises(Misplaced, match="another monitor"):
        second.cycle(after(3))
    journal.close()
    with reading(house.records) as session:
        assert session.scalars(select(Cursor.position)).one() == 2
    assert len(house.alarms("limit")) == 1


def test_what_fails_to_be_written_is_decided_again(house):
    house.set_limit("main", "ph", after(0), on_delay=0)
    house.settle(after(0))
    house.publish(read(1, 7.0))
    with house.records.connect() as connection:
        connection.exec_driver_sql("alter table alarm rename to elsewhere")
        connection.commit()
    with pytest.raises(DBAPIError):
        house.cycle(after(1))
    with house.records.connect() as connection:
        connection.exec_driver_sql("alter table elsewhere rename to alarm")
        connection.commit()
    house.restart()
    house.settle(after(2))
    assert [alarm.rule for alarm in house.alarms()] == ["limit"]
    with reading(house.records) as session:
        assert session.scalars(select(Cursor.position)).one() == 1
