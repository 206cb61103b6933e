"""Silence: by the wall clock, from the last receipt, and it never resolves anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.plan import Plan
from monitor.state import State
from tests.monitor.timeline import LIMIT, PH, SENSOR, TEN, Clock, after, local, reading

QUICK = replace(SENSOR, silence_warning=timedelta(seconds=300), silence_alarm=timedelta(seconds=900))
PLAN = Plan({PH: QUICK})
TOLD = ("silence", "limit")


def test_a_silent_sensor_warns_and_then_alarms_while_the_site_is_open():
    clock = Clock(PLAN).take(reading(0, 7.4))
    for second in range(0, 1000, 10):
        clock.tick(after(second))
    assert clock.told("silence") == [("silence", "raised", 300), ("silence", "escalated", 900)]
    assert [change.severity for change in clock.changes] == ["warning", "alarm"]


def test_at_night_it_only_warns_and_it_alarms_at_opening():
    clock = Clock(PLAN).take(replace_time("22:00:00", 7.4))
    clock.tick(local("23:59:00")).tick(local("2026-11-25T08:59:59"))
    assert [change.what for change in clock.changes] == ["raised"]
    clock.tick(local("2026-11-25T09:00:00.2"))
    assert (clock.changes[-1].what, clock.changes[-1].at) == ("escalated", local("2026-11-25T09:00:00"))


def test_whatever_is_received_ends_it_even_an_old_reading():
    clock = Clock(PLAN).take(reading(0, 7.4)).tick(after(400)).take(reading(-60, 7.4, received=410))
    assert clock.told("silence") == [("silence", "raised", 300), ("silence", "cleared", 410)]
    clock.tick(after(700))
    assert len(clock.changes) == 2


def test_a_sensor_that_sends_old_readings_is_not_silent():
    clock = Clock(PLAN)
    for second in range(0, 1200, 60):
        clock.take(reading(second - 7200, 7.4, received=second)).tick(after(second + 30))
    assert clock.told("silence") == []


@pytest.mark.parametrize(("registered", "told"), [(0, 300), (100, 400)])
def test_a_sensor_that_was_never_seen_is_silent_since_it_is_registered(registered, told):
    clock = Clock(Plan({PH: replace(QUICK, since=after(registered))}))
    for second in range(0, 500, 10):
        clock.tick(after(second))
    assert clock.told("silence") == [("silence", "raised", told)]


def test_an_alarm_of_a_silent_sensor_is_stale_until_the_next_reading_and_never_over():
    limit = replace(LIMIT, on_delay=timedelta(), off_delay=timedelta())
    clock = Clock(Plan({PH: replace(QUICK, limit=limit)})).take(reading(0, 7.0))
    for second in range(0, 4000, 10):
        clock.tick(after(second))
    clock.take(reading(4000, 7.0)).take(reading(4060, 7.4))
    assert clock.told(*TOLD) == [
        ("limit", "raised", 0),
        ("silence", "raised", 300),
        ("limit", "stale", 300),
        ("silence", "escalated", 900),
        ("silence", "cleared", 4000),
        ("limit", "fresh", 4000),
        ("limit", "cleared", 4060),
    ]


def test_an_alarm_that_was_about_to_end_does_not_end_in_silence():
    clock = Clock(PLAN)
    readings = [(second, 7.0) for second in range(0, 360, 60)] + [(360, 7.4)]
    clock.take(*(reading(*one) for one in readings))
    for second in range(360, 4000, 10):
        clock.tick(after(second))
    assert clock.told("limit") == [("limit", "raised", 300), ("limit", "stale", 660)]


def test_an_impossible_value_ends_silence_and_leaves_the_water_alarm_stale():
    clock = Clock(PLAN).take(reading(0, 7.0)).tick(after(500)).take(reading(600, 0.0))
    assert clock.told(*TOLD)[-1] == ("silence", "cleared", 600)
    assert clock.state.waters[PH].stale


def test_longer_times_end_a_silence_that_is_none_by_them():
    clock = Clock(PLAN).take(reading(0, 7.4)).tick(after(400))
    clock.plan = Plan({PH: replace(QUICK, silence_warning=timedelta(hours=1), silence_alarm=timedelta(hours=2))})
    assert clock.tick(after(500)).told("silence") == [("silence", "raised", 300), ("silence", "cleared", 500)]


def test_after_a_start_what_was_on_its_way_is_waited_for():
    clock = Clock(PLAN, State(seen=Clock(PLAN).take(reading(0, 7.4)).state.seen))
    clock.tick(after(4000)).tick(after(4004.9))
    assert clock.told("silence") == []
    clock.take(reading(4004.95, 7.4)).tick(after(4010))
    assert clock.told("silence") == []


def replace_time(text, value):
    return reading((local(text) - TEN).total_seconds(), value)
