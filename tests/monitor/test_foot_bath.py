"""The foot bath's disinfectant: every four open hours, and a fill at each opening."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.duties import FOOT_BATH, find_due, standing
from monitor.engine import step
from monitor.opening import Calendar
from monitor.plan import Plan, Post
from monitor.state import Done, State
from tests.monitor.timeline import BUTTON, CALENDAR, PH, PLAN, SENSOR, Clock, entry, local

LONG_AGO = local("2026-10-01T00:00:00")

# Last change, when the next is due: Lakeside is open from 09:00 to 21:30.
DUE = {
    "four hours later": ("10:00:00", "14:00:00"),
    "a change at opening": ("09:00:00", "13:00:00"),
    "a change before opening counts from opening": ("07:00:00", "13:00:00"),
    "so does one after the closing of the day before": ("2026-11-23T22:00:00", "13:00:00"),
    "what would be due at closing is due at the next opening": ("17:30:00", "2026-11-25T09:00:00"),
    "what is due just before closing stays": ("17:29:59", "21:29:59"),
    "what would be due after closing is due at the next opening": ("20:00:00", "2026-11-25T09:00:00"),
    "a change in the last minute is not the fill of the next day": ("21:29:59", "2026-11-25T09:00:00"),
    "a change at closing is": ("21:30:00", "2026-11-25T13:00:00"),
}


@pytest.mark.parametrize(("last", "due"), DUE.values(), ids=DUE.keys())
def test_the_next_change_is_due(last, due):
    assert find_due(FOOT_BATH, local(last), CALENDAR, LONG_AGO) == local(due)


@pytest.mark.parametrize(
    ("registered", "due"),
    [
        ("10:00:00", "14:00:00"),
        ("20:00:00", "2026-11-25T09:00:00"),
        ("22:00:00", "2026-11-25T09:00:00"),
        ("06:00:00", "09:00:00"),
    ],
)
def test_a_foot_bath_that_nobody_changed_yet_counts_from_its_registration(registered, due):
    assert find_due(FOOT_BATH, None, CALENDAR, local(registered)) == local(due)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("12:29:59", "upcoming"),
        ("12:30:00", "due-soon"),
        ("12:59:59", "due-soon"),
        ("13:00:00", "overdue"),
        ("2026-11-25T03:00:00", "overdue"),
    ],
)
def test_half_an_hour_before_it_is_due_soon(now, state):
    changes = [local("2026-11-23T10:00:00"), local("09:00:00"), local("2026-11-23T14:00:00")]
    found = standing(FOOT_BATH, changes, CALENDAR, local(now), since=LONG_AGO)
    assert (found.state, found.due, found.last) == (state, local("13:00:00"), local("09:00:00"))
    assert found.warns == local("12:30:00")


@pytest.mark.parametrize(
    ("zone", "changed", "due"),
    [
        # In the night of 29 March 2026 the clocks in Berlin went from 02:00 to 03:00; on 25 October back from 03:00.
        ("Europe/Berlin", "2026-03-29T01:00:00", "2026-03-29T06:00:00"),
        ("Europe/Berlin", "2026-10-25T01:00:00", "2026-10-25T04:00:00"),
        ("Europe/Berlin", "2026-10-24T01:00:00", "2026-10-24T05:00:00"),
        # A quarter of an hour off, and another hemisphere.
        ("Asia/Kathmandu", "2026-03-29T01:00:00", "2026-03-29T05:00:00"),
        ("Australia/Sydney", "2026-10-04T01:00:00", "2026-10-04T06:00:00"),
    ],
)
def test_hours_are_hours_also_when_the_clocks_change(zone, changed, due):
    place = ZoneInfo(zone)
    calendar = Calendar(place, time(0, 30), time(23))
    last = datetime.fromisoformat(changed).replace(tzinfo=place)
    assert find_due(FOOT_BATH, last, calendar, last) == datetime.fromisoformat(due).replace(tzinfo=place)


@given(
    st.integers(0, 365 * 24 * 60),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "America/New_York"]),
    st.integers(0, 1430),
    st.integers(5, 1439),
)
def test_it_is_due_while_the_site_is_open_and_never_after_more_than_four_open_hours(minute, zone, opens, length):
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    closes = min(opens + length, 1439)
    calendar = Calendar(ZoneInfo(zone), time(*divmod(opens, 60)), time(*divmod(closes, 60)))
    due = find_due(FOOT_BATH, moment, calendar, moment)
    first, last = calendar.next_window(moment), calendar.next_window(due)
    # A clock change can swallow a window whole; nothing else can be asked of such a day.
    if first.start < first.end and last.start < last.end:
        assert moment < due
        assert last.start <= due < last.end
        assert due == last.start or due - max(moment, first.start) == timedelta(hours=4)


def changed(text, received=None, by="lee"):
    return entry(BUTTON, local(text), 1, local(received) if received else None, by)


def lived(*steps):
    """A timeline of changes and of ticks, which are times alone."""
    clock = Clock()
    for one in steps:
        clock = clock.tick(local(one)) if isinstance(one, str) else clock.take(one)
    return clock


def told(clock):
    return [(str(change.what), change.at) for change in clock.changes if change.rule.key == "foot-bath-overdue"]


def test_four_hours_without_a_change_alarm_and_the_button_clears_it():
    clock = lived(changed("09:00:00"), "12:59:59", "13:00:02", "14:00:00", changed("14:30:00"), "14:30:01", "18:29:59")
    assert told(clock) == [("raised", local("13:00:00")), ("cleared", local("14:30:00"))]
    assert told(clock.tick(local("18:30:01")))[2:] == [("raised", local("18:30:00"))]


def test_people_are_reminded_once_half_an_hour_before():
    clock = lived(changed("09:00:00"), "12:29:59", "12:30:02", "12:31:00", "12:59:00", "13:00:02")
    assert clock.reminders == [local("13:00:00")]


def test_closed_hours_do_not_count_and_a_fill_is_due_at_opening():
    clock = lived(changed("17:00:00"), changed("20:00:00"), "2026-11-25T08:59:59")
    assert told(clock) == []
    assert told(clock.tick(local("2026-11-25T09:00:01"))) == [("raised", local("2026-11-25T09:00:00"))]


def test_a_past_change_from_a_replay_first_raises_what_was_overdue_by_then():
    clock = lived(changed("2026-11-20T09:00:00"), changed("2026-11-20T15:00:00"), changed("2026-11-20T16:00:00"))
    assert told(clock) == [
        ("raised", local("2026-11-20T13:00:00")),
        ("cleared", local("2026-11-20T15:00:00")),
    ]


def test_a_change_that_is_told_late_does_not_erase_the_breach():
    clock = lived(changed("09:00:00"), "13:30:00", changed("12:00:00", received="13:31:00"))
    assert [what for what, _at in told(clock)] == ["raised", "cleared"]
    assert clock.state.rounds[BUTTON].last == local("12:00:00")


def test_a_change_older_than_the_last_is_no_news():
    clock = lived(changed("12:00:00"), changed("10:00:00", received="12:01:00"), "15:59:00")
    assert told(clock) == []


def test_a_change_noted_in_the_portal_counts_like_the_button():
    clock = lived(changed("09:00:00"), "13:00:02")
    found = step(clock.state, PLAN, [], [Done(BUTTON, local("13:05:00"), "lee")])
    assert [(change.what, change.at) for change in found.changes] == [("cleared", local("13:05:00"))]
    assert found.buttons == []


def test_the_button_of_a_place_that_is_no_foot_bath_is_only_remembered():
    topic = BUTTON._replace(place="main")
    clock = Clock().take(entry(topic, local("12:00:00"), 1))
    assert clock.state.rounds == {}
    assert topic in clock.state.seen


def test_later_opening_hours_can_end_what_was_overdue():
    clock = lived(changed("2026-11-23T20:00:00"), "09:00:02")
    later = replace(CALENDAR, opens=time(11))
    clock.plan = Plan({}, {}, {BUTTON: Post(FOOT_BATH, later, LONG_AGO)})
    clock.tick(local("09:01:00"))
    assert [what for what, _at in told(clock)] == ["raised", "cleared"]


def test_while_a_device_catches_up_the_clock_does_not_judge_its_past():
    plan = replace(PLAN, sensors={PH: SENSOR})
    clock = Clock(plan, State(since=local("2026-11-01T00:00:00")))
    now = local("15:00:00")
    for minute in range(0, 720, 10):
        at = local("2026-11-23T09:00:00") + timedelta(minutes=minute)
        clock.take(entry(PH, at, 7.4, now))
        if minute % 200 == 0:
            clock.take(entry(BUTTON, at, 1, now))
        clock.tick(now)
    assert told(clock) == []
    # The last change was at 19:00 of the day before, and the fill of today is missing.
    assert told(clock.tick(now + timedelta(seconds=6))) == [("raised", local("09:00:00"))]
