"""Limits and closing levels: timelines of pH at 7.2 to 7.8, closing below 6.5 and above 8.0."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.plan import Plan
from tests.monitor.timeline import (
    BROMINE,
    LIMIT,
    PH,
    PLAN,
    SENSOR,
    Clock,
    after,
    entry,
    limited,
    live,
    local,
    reading,
    replay,
)


def minutely(start: int, end: int, value: float) -> list[tuple[float, float]]:
    return [(second, value) for second in range(start, end, 60)]


# name: readings as (second, value), seconds until the end, what becomes of it
TIMELINES = {
    "values at the limits themselves are right": ([(0, 7.2), (60, 7.8)], 900, []),
    "one bad reading alarms after the on-delay even if nothing follows": (
        [(0, 7.0)],
        390,
        [("limit", "raised", 300)],
    ),
    "a bad reading that is followed by a good one in time is nothing": ([(0, 7.0), (299, 7.4)], 900, []),
    "so is one that is followed by a good one just when it is due": ([(0, 7.0), (300, 7.4)], 690, []),
    "a good reading that comes after the on-delay is too late": (
        [(0, 7.0), (301, 7.4)],
        690,
        [("limit", "raised", 300)],
    ),
    "bad readings count from the first of them": (minutely(0, 400, 7.9), 500, [("limit", "raised", 300)]),
    "a good reading starts the on-delay anew": (
        [*minutely(0, 240, 7.0), (240, 7.5), *minutely(300, 700, 7.0)],
        700,
        [("limit", "raised", 600)],
    ),
    "back inside by more than the deadband for the off-delay clears it": (
        [*minutely(0, 360, 7.0), *minutely(360, 1100, 7.3)],
        1100,
        [("limit", "raised", 300), ("limit", "cleared", 960)],
    ),
    "back inside by less than the deadband clears nothing": (
        [*minutely(0, 360, 7.0), *minutely(360, 2000, 7.24)],
        2000,
        [("limit", "raised", 300)],
    ),
    "a look back into the deadband starts the off-delay anew": (
        [*minutely(0, 360, 7.0), *minutely(360, 840, 7.3), (840, 7.22), *minutely(900, 1600, 7.3)],
        1600,
        [("limit", "raised", 300), ("limit", "cleared", 1500)],
    ),
    "closing level alarms sooner and is one alarm, not two": (
        minutely(0, 500, 6.1),
        500,
        [("closure", "raised", 120)],
    ),
    "a limit alarm that reaches closing level becomes more urgent": (
        [*minutely(0, 420, 7.0), *minutely(420, 720, 6.4)],
        720,
        [("limit", "raised", 300), ("closure", "escalated", 540)],
    ),
    "above the closing level is not enough to open again": (
        [*minutely(0, 180, 6.1), *minutely(180, 1200, 7.0), *minutely(1200, 2000, 7.4)],
        2000,
        [("closure", "raised", 120), ("closure", "cleared", 1800)],
    ),
    "an impossible value is the sensor's fault and never the water's": (
        [(0, 0.0), (60, 14.0), *minutely(120, 800, 7.4)],
        800,
        [("impossible", "raised", 0), ("impossible", "cleared", 720)],
    ),
    "an impossible value among bad ones does not hide them": (
        [(0, 7.0), (60, 99.0), (120, 7.0), *minutely(180, 500, 7.0)],
        500,
        [("impossible", "raised", 60), ("limit", "raised", 300)],
    ),
    "nothing clears while nothing is read": (
        [*minutely(0, 360, 7.0), (360, 7.4), (1200, 7.4), *minutely(1260, 2000, 7.4)],
        2000,
        [("limit", "raised", 300), ("limit", "stale", 760), ("limit", "fresh", 1200), ("limit", "cleared", 1800)],
    ),
    "an impossible value is no proof that the water is right again": (
        [*minutely(0, 360, 7.0), (360, 7.4), *minutely(420, 960, 0.0), *minutely(960, 1700, 7.4)],
        1700,
        [("limit", "raised", 300), ("impossible", "raised", 420), ("limit", "cleared", 1560),
         ("impossible", "cleared", 1560)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("readings", "until", "wanted"), TIMELINES.values(), ids=TIMELINES.keys())
def test_a_timeline_of_readings_becomes_these_alarms(readings, until, wanted):
    clock = live([reading(*one) for one in readings], until)
    assert clock.told() == wanted


@pytest.mark.parametrize(("readings", "until", "wanted"), TIMELINES.values(), ids=TIMELINES.keys())
def test_a_replay_without_a_clock_decides_the_same(readings, until, wanted):
    # One more reading, inside the deadband, lets every timer turn that was due.
    entries = [reading(*one) for one in readings]
    last = reading(until, 7.22)
    assert replay([*entries, last]).told() == [one for one in wanted if one[1] not in {"stale", "fresh"}]


def test_without_an_on_delay_the_alarm_comes_with_the_reading():
    plan = limited(on_delay=timedelta(), close_on_delay=timedelta(), off_delay=timedelta())
    clock = Clock(plan).take(reading(0, 7.0), reading(1, 6.1), reading(2, 7.4))
    assert clock.told() == [("limit", "raised", 0), ("closure", "escalated", 1), ("closure", "cleared", 2)]


def test_a_reading_still_on_its_way_is_waited_for():
    clock = Clock().take(reading(0, 7.0)).tick(after(300.9))
    assert clock.told() == []
    assert clock.take(reading(299, 7.4, received=300.4)).tick(after(390)).told() == []


def test_readings_older_than_the_newest_or_of_its_time_change_nothing():
    clock = Clock().take(reading(0, 7.4), reading(60, 7.4))
    state = clock.state
    clock.take(reading(30, 6.1, received=61), reading(60, 6.1, received=62))
    assert clock.state.waters == state.waters == {}
    assert clock.tick(after(500)).told() == []


def test_no_series_turns_the_timer_of_another():
    plan = Plan({PH: SENSOR, BROMINE: replace(SENSOR, low=0, high=20)})
    clock = Clock(plan).take(reading(0, 7.0), *(reading(second, 7.4, topic=BROMINE) for second in range(0, 900, 60)))
    assert clock.told() == []


def test_the_alarm_tells_the_reading_that_raised_it_and_the_furthest():
    clock = Clock().take(*(reading(second, value) for second, value in [(0, 7.0), (120, 6.8), (240, 6.9), (301, 6.7)]))
    raised, worse = clock.changes
    assert (raised.what, raised.value, raised.worst, raised.limit_id) == ("raised", 6.9, 6.8, 1)
    assert (worse.what, worse.worst) == ("worsened", 6.7)


def test_a_shorter_on_delay_works_on_what_is_pending():
    clock = Clock().take(reading(0, 7.0)).tick(after(60))
    clock.plan = limited(id=2, on_delay=timedelta())
    assert clock.tick(after(61)).told() == [("limit", "raised", 0)]


def test_a_wider_limit_forgets_what_is_pending():
    clock = Clock().take(reading(0, 7.0)).tick(after(60))
    clock.plan = limited(id=2, low=6.9)
    assert clock.tick(after(280)).tick(after(390)).told() == []


def test_a_limit_that_is_taken_away_ends_its_alarm():
    clock = Clock(limited(on_delay=timedelta())).take(reading(0, 7.0))
    clock.plan = limited(id=2, low=None, high=None, close_low=None, close_high=None, off_delay=timedelta(seconds=60))
    clock.tick(after(30)).tick(after(100))
    assert clock.told() == [("limit", "raised", 0), ("limit", "cleared", 89)]


def test_where_there_is_only_a_closing_level_it_is_the_limit():
    plan = limited(low=None, high=None, on_delay=timedelta(), close_on_delay=timedelta(seconds=120))
    clock = Clock(plan).take(reading(0, 7.0), reading(60, 6.4), reading(120, 6.4), reading(180, 6.4))
    assert clock.told() == [("limit", "raised", 60), ("closure", "escalated", 180)]


@pytest.mark.parametrize(("opening", "raised"), [(False, True), (True, False)])
def test_a_limit_for_opening_hours_does_not_count_before_nine(opening, raised):
    clock = Clock(limited(open_only=opening, on_delay=timedelta()))
    clock.take(entry(PH, local("08:59:59"), 7.0))
    assert bool(clock.told()) is raised


def test_a_limit_for_opening_hours_raises_nothing_after_closing():
    clock = Clock(limited(open_only=True)).take(entry(PH, local("21:28:00"), 7.0)).tick(local("22:00:00"))
    assert clock.told() == []
    # And what is bad still at opening counts from there.
    clock.take(entry(PH, local("2026-11-25T09:00:00"), 7.0)).tick(local("2026-11-25T09:05:01"))
    assert clock.told() == [("limit", "raised", (local("2026-11-25T09:05:00") - after(0)).total_seconds())]


def test_a_device_that_catches_up_is_judged_by_its_own_time():
    # Two hours old, all received at once: the first bad stretch was too short, the second was not.
    values = [7.4, 7.0, 7.0, 7.4, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.4]
    entries = [reading(60 * number, value, received=7200) for number, value in enumerate(values)]
    clock = Clock()
    for one in entries:
        clock.take(one).tick(after(7200.5))
    assert clock.told() == [("limit", "raised", 540)]


@pytest.mark.parametrize("value", [7.25, 7.75])
def test_back_inside_by_exactly_the_deadband_is_not_more_than_it(value):
    assert not replace(LIMIT, low=7.0, high=8.0, deadband=0.25).is_back(value)


def test_without_a_deadband_the_limit_itself_is_back_inside():
    assert replace(LIMIT, deadband=0).is_back(7.2)


def test_an_unregistered_series_is_only_remembered():
    topic = PH._replace(place="spa")
    clock = Clock().take(entry(topic, after(0), 2.0)).tick(after(5000))
    assert clock.told() == []
    assert clock.state.seen[topic].value == 2.0
    assert PLAN.sensors.get(topic) is None
