"""The watch between a real journal and a real records database: what is decided once stays decided once."""

from datetime import timedelta
from itertools import pairwise

from sqlalchemy import select

from monitor import handling, registry
from monitor.duties import FOOT_BATH
from monitor.places import Place, Sensor
from monitor.progress import Cursor, DutyDone, Latest, Occupancy
from monitor.records import reading, writing
from tests.monitor.house import House
from tests.monitor.timeline import BROMINE, BUTTON, GATE, PH, after, entry, local
from tests.monitor.timeline import reading as read


def test_a_bad_reading_becomes_an_alarm_that_calls_people_once(house):
    house.settle(after(0))
    house.publish(read(1, 7.0))
    house.live(10, 290)
    assert house.alarms() == []
    house.live(302, 390, 1)
    [alarm] = house.alarms("limit")
    assert (alarm.state, alarm.raised, alarm.value, alarm.severity) == ("unacknowledged", after(301), 7.0, "warning")
    [message] = house.outbox("limit")
    assert (message.alarm_id, message.what, message.at, message.place) == (alarm.id, "raised", after(301), "main")
    assert house.alarms("limit")[0].notified == after(302)


def test_an_alarm_that_becomes_more_urgent_calls_people_again_and_must_be_seen_again(house):
    house.set_limit("main", "ph", after(0), on_delay=0, close_on_delay=0)
    house.settle(after(0))
    house.publish(read(1, 7.0))
    house.cycle(after(1))
    with writing(house.records) as session:
        handling.acknowledge(session, house.alarms()[0].id, "lee", after(2))
    house.publish(read(3, 6.1))
    house.cycle(after(3))
    [alarm] = house.alarms()
    assert (alarm.rule, alarm.severity, alarm.state) == ("closure", "urgent", "unacknowledged")
    assert [message.severity for message in house.outbox()] == ["warning", "urgent"]
    assert house.history(alarm) == [("raised", 1), ("acknowledged", 2), ("escalated", 3)]


def test_a_manager_who_sets_the_on_delay_to_nothing_sees_the_alarm_at_the_next_tick(house):
    house.settle(after(0))
    house.publish(read(1, 7.0))
    house.cycle(after(2))
    house.set_limit("main", "ph", after(3), on_delay=0)
    house.cycle(after(4))
    assert [alarm.rule for alarm in house.alarms()] == ["limit"]


def test_other_silence_times_count_at_the_next_tick(house):
    house.settle(after(0))
    house.publish(read(1, 7.4))
    house.cycle(after(10))
    with writing(house.records) as session:
        question = select(Sensor).join(Sensor.place).where(Place.key == "main", Sensor.quantity == "ph")
        sensor = session.scalars(question).one()
        registry.set_silence(session, sensor.id, 5, 6)
    house.cycle(after(12))
    house.cycle(after(13))
    [alarm] = house.alarms("silence")
    assert (alarm.quantity, alarm.severity, alarm.raised) == ("ph", "alarm", after(6))


def test_what_came_and_went_in_a_backlog_calls_nobody_and_what_stands_does(house):
    house.publish(
        *(read(second, 7.0) for second in range(0, 600, 60)),
        *(read(second, 7.4) for second in range(600, 3600, 60)),
        *(read(second, 0.5, topic=BROMINE) for second in range(1800, 3600, 60)),
        entry(GATE, local("08:00:00"), 1),
    )
    house.settle(after(3660))
    assert [(alarm.rule, alarm.state) for alarm in house.alarms() if alarm.rule != "silence"] == [
        ("limit", "returned"),
        ("closure", "unacknowledged"),
        ("out-of-hours", "returned"),
    ]
    [message] = [message for message in house.outbox() if message.rule != "silence"]
    assert (message.rule, message.quantity) == ("closure", "bromine")


def test_an_entry_of_yesterday_night_calls_nobody(house):
    house.settle(after(0))
    house.publish(entry(GATE, local("2026-11-23T23:00:00"), 1, after(1)))
    house.live(1, 30)
    assert [alarm.state for alarm in house.alarms()] == ["unacknowledged"]
    assert house.outbox() == []


def test_the_latest_value_of_everything_is_kept_and_unregistered_places_raise_nothing(house):
    spa = PH._replace(place="spa")
    house.publish(read(0, 7.4), read(60, 7.5), read(30, 7.6, received=61), read(61, 1.0, topic=spa))
    house.settle(after(100))
    with reading(house.records) as session:
        rows = session.scalars(select(Latest).order_by(Latest.place)).all()
        assert [(row.place, row.value, row.time, row.heard) for row in rows] == [
            ("main", 7.5, after(60), after(61)),
            ("spa", 1.0, after(61), after(61)),
        ]
        assert [(one.site, one.place, one.names) for one in registry.discovered(session)] == [
            ("lakeside", "spa", ("ph",))
        ]
    assert house.alarms() == []


def test_people_inside_are_counted(house):
    house.publish(
        *(entry(GATE, local(text), way) for text, way in [("09:00:00", 1), ("09:10:00", 1), ("09:20:00", -1)])
    )
    house.settle(after(0))
    with reading(house.records) as session:
        row = session.scalars(select(Occupancy)).one()
        assert (row.place, row.inside, row.entered, row.at) == ("gate", 1, 2, local("09:20:00"))


def test_the_button_is_noted_once_and_ends_what_is_overdue(house):
    house.publish(entry(BUTTON, local("09:00:00"), 1, detail="lee"))
    house.settle(local("13:00:02"))
    house.publish(entry(BUTTON, local("13:10:00"), 1, detail="sun"))
    house.cycle(local("13:10:01"))
    house.restart()
    house.settle(local("13:20:00"))
    with reading(house.records) as session:
        done = session.scalars(select(DutyDone).order_by(DutyDone.id)).all()
        assert [(one.by, one.at, one.via, one.position) for one in done] == [
            ("lee", local("09:00:00"), "button", 1),
            ("sun", local("13:10:00"), "button", 2),
        ]
    [alarm] = house.alarms("foot-bath-overdue")
    assert (alarm.state, alarm.raised, alarm.cleared) == ("returned", local("13:00:00"), local("13:10:00"))


def test_people_are_reminded_of_the_foot_bath_once_over_restarts(house):
    house.publish(entry(BUTTON, local("09:00:00"), 1))
    for text in ("12:30:02", "12:40:00", "12:50:00"):
        house.settle(local(text))
        house.restart()
    [message] = [message for message in house.outbox() if message.rule == "foot-bath-overdue"]
    assert (message.what, message.at, message.alarm_id, message.place) == (
        "due-soon",
        local("13:00:00"),
        None,
        "foot-bath",
    )


def test_what_lee_notes_in_the_portal_is_seen_at_the_next_tick_also_if_the_monitor_was_down(house):
    house.publish(entry(BUTTON, local("09:00:00"), 1))
    house.settle(local("13:00:02"))
    note(house, "13:05:00")
    house.cycle(local("13:05:01"))
    assert [alarm.state for alarm in house.alarms("foot-bath-overdue")] == ["returned"]
    house.restart()
    note(house, "17:00:00")
    house.settle(local("17:30:00"))
    assert len(house.alarms("foot-bath-overdue")) == 1


def note(house: House, text: str) -> None:
    with writing(house.records) as session:
        at = local(text)
        registry.log_duty(session, FOOT_BATH.key, "lakeside", "foot-bath", "lee", at, "portal", at)


def test_many_readings_are_decided_batch_by_batch(house):
    house.publish(*(read(second / 10, 7.4 if second % 2 else 7.5) for second in range(5001)))
    house.settle(after(600))
    with reading(house.records) as session:
        assert session.scalars(select(Cursor.position)).one() == 5001
    assert all(a <= b for a, b in pairwise([alarm.id for alarm in house.alarms()]))


def test_a_place_that_is_adopted_is_watched_at_the_next_tick(house):
    spa = PH._replace(place="spa")
    house.settle(after(0))
    house.publish(read(1, 6.0, topic=spa))
    house.cycle(after(2))
    with writing(house.records) as session:
        registry.adopt(session, "lakeside", "spa", "pool", "水疗", "Spa", None, ["ph"], "mei", after(3))
    house.publish(read(4, 6.0, topic=spa))
    house.live(4, 130, 2)
    assert [(alarm.rule, alarm.place) for alarm in house.alarms()] == [("closure", "spa")]


def test_delays_are_in_the_records_as_moments_in_utc(house):
    house.settle(after(0))
    house.publish(read(1, 6.1))
    house.live(2, 130, 2)
    [alarm] = house.alarms()
    assert alarm.raised.utcoffset() == timedelta()
    assert alarm.raised == after(121)
