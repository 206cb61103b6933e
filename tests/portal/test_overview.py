"""What the overview says about the water, the bath, the gate and the program itself."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from monitor.alarms import Alarm
from monitor.places import Limit, Sensor
from monitor.progress import Latest, Occupancy, Part
from portal.overview import judge, place_in_band
from tests.portal.served import NOON
from tests.portal.stories import measure, raise_alarm


def test_a_value_stands_with_its_unit_its_limit_and_its_time(portal, fang):
    measure(portal, "main", "bromine", 3.2)
    text = fang.see("/")
    assert "Bromine 3.20 mg/L limit 2.00–5.00 14:30:00" in text
    assert "pH – limit 7.20–7.80 no reading yet" in text


def test_the_site_says_whether_it_is_open(portal, fang):
    assert "Lakeside Open now until 21:30" in fang.see("/")
    portal.now = NOON + timedelta(hours=7)
    assert "Lakeside Closed now opens at 09:00" in fang.see("/")


def test_the_gate_counts_who_is_inside_and_who_came_today(portal, fang):
    portal.add(Occupancy(site="lakeside", place="gate", inside=23, entered=1480, at=NOON))
    assert "Inside now 23 Entered today 1,480" in fang.see("/")


def test_open_alarms_stand_first_and_the_most_urgent_of_them_before_all(portal, fang):
    assert "No open alarms" in fang.see("/")
    raise_alarm(portal, rule="limit", severity="warning", quantity="bromine")
    raise_alarm(portal, raised=NOON - timedelta(days=1))
    text = fang.see("/")
    assert (
        text.index("Main pool · pH At closing level")
        < text.index("Main pool · Bromine Outside")
        < text.index("Lakeside")
    )


def test_many_open_alarms_do_not_push_the_water_off_the_screen(portal, fang):
    for _ in range(6):
        raise_alarm(portal)
    page = fang.get("/").text
    assert page.count('class="alarm-line') == 4
    assert "All 6 open alarms" in page


def test_a_part_that_was_restarted_or_is_down_is_marked(portal, fang):
    portal.add(Part(name="ingest", state="running", pid=1, since=NOON, restarts=0, last_exit=""))
    portal.add(Part(name="monitor", state="restarting", pid=None, since=NOON, restarts=2, last_exit="-9"))
    text = fang.see("/")
    assert "Receiving · running" in text
    assert "Watching · is being restarted · restarted 2 times" in text
    assert fang.get("/").text.count('<li class="tone-warning">') == 1


def test_without_any_place_the_page_says_how_to_begin(portal, mei):
    with portal.records.begin() as connection:
        for table in ("sensor", "limit_version", "hours_version", "place", "site"):
            connection.execute(text(f"delete from {table}"))
    assert "No pool yet" in mei.see("/")
    assert "No foot bath yet" in mei.see("/foot-bath")
    assert "No limits yet" in mei.see("/limits")
    assert "No site yet" in mei.see("/hours")


LIMIT = Limit(low=7.2, high=7.8)
SENSOR = Sensor(quantity="ph", silence_warning=300)


@pytest.mark.parametrize(
    ("value", "age", "limit", "severity", "tone", "silent"),
    [
        (7.5, 0, LIMIT, None, "", False),
        (7.2, 0, LIMIT, None, "", False),
        (7.1, 0, LIMIT, None, "warning", False),
        (7.9, 0, LIMIT, None, "warning", False),
        (9.9, 0, None, None, "", False),
        (7.1, 300, LIMIT, None, "", True),
        (7.1, 299, LIMIT, None, "warning", False),
        (7.5, 0, LIMIT, "warning", "warning", False),
        (7.5, 0, LIMIT, "urgent", "urgent", False),
        (7.5, 900, LIMIT, "urgent", "urgent", True),
    ],
)
def test_a_value_looks_as_its_alarms_and_else_as_its_limit_says(value, age, limit, severity, tone, silent):
    latest = Latest(value=value, time=NOON, heard=NOON - timedelta(seconds=age))
    alarms = [Alarm(severity=severity)] if severity else []
    figure = judge(SENSOR, latest, limit, alarms, NOON)
    assert (figure.tone, figure.is_silent) == (tone, silent)


def test_a_sensor_that_never_reported_is_silent():
    assert judge(SENSOR, None, LIMIT, [], NOON).is_silent


@pytest.mark.parametrize(
    ("value", "low", "high", "band"),
    [
        (7.5, 7.0, 8.0, (25, 75, 50)), (7.0, 7.0, 8.0, (25, 75, 25)), (0, 7.0, 8.0, (25, 75, 1)),
        (99, 7.0, 8.0, (25, 75, 99)), (650, 650, None, (50, 100, 50)), (1, None, 1, (0, 50, 50)),
        (0, None, 0, (0, 50, 1)), (1, None, None, None), (1, 1, 1, (50, 100, 50)),
    ],
)  # fmt: skip
def test_the_strip_shows_where_a_value_lies(value, low, high, band):
    assert place_in_band(value, low, high) == band
