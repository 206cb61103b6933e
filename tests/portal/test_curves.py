"""What a trend draws: few points, holes where nothing was measured, the limits of each moment, a table."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.instants import SECOND, from_datetime, to_datetime
from ingest.series import Bucket
from portal import curves

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
START = from_datetime(datetime(2026, 11, 24, 1, tzinfo=UTC))
SHANGHAI = ZoneInfo("Asia/Shanghai")


def curve(*minutes, values=None):
    values = values or [7.4] * len(minutes)
    buckets = [
        Bucket(START + minute * MINUTE, value, value, value, 1) for minute, value in zip(minutes, values, strict=True)
    ]
    return curves.Curve(0, buckets)


def minutes_of(found):
    return [bucket and (bucket.time - START) // MINUTE for bucket in found]


@dataclass
class Version:
    at: datetime
    low: float | None
    high: float | None
    close_low: float | None = None
    close_high: float | None = None
    hours: str = "always"


@given(st.integers(1, 100 * 366 * DAY))
def test_no_range_has_more_than_600_buckets(span):
    width = curves.choose_width(span)
    assert span <= width * curves.MOST_POINTS
    assert width % SECOND == 0


@pytest.mark.parametrize(
    ("span", "width"), [(HOUR, 10 * SECOND), (DAY, 3 * MINUTE), (7 * DAY, 20 * MINUTE), (366 * DAY, DAY)]
)
def test_buckets_are_as_narrow_as_600_allow(span, width):
    assert curves.choose_width(span) == width


def test_a_few_missing_readings_do_not_break_the_line():
    assert minutes_of(curves.split(curve(0, 1, 2, 5, 6), HOUR)) == [0, 1, 2, 5, 6]


def test_no_line_crosses_a_hole():
    assert minutes_of(curves.split(curve(0, 1, 2, 6, 7), HOUR)) == [0, 1, 2, None, 6, 7]


def test_a_sensor_that_reports_rarely_has_a_line_all_the_same():
    assert minutes_of(curves.split(curve(0, 60, 120, 180, 600), 6 * HOUR)) == [0, 60, 120, 180, None, 600]


@pytest.mark.parametrize("minutes", [(), (3,)])
def test_a_curve_of_no_step_has_no_hole(minutes):
    assert minutes_of(curves.split(curve(*minutes), HOUR)) == list(minutes)


def test_each_moment_has_the_limit_that_was_in_force():
    versions = [
        Version(to_datetime(START - DAY), 7.0, 7.8),
        Version(to_datetime(START + HOUR), 7.2, 7.8),
        Version(to_datetime(START + 2 * HOUR), 7.2, None),
        Version(to_datetime(START + DAY), 1, 2),
    ]
    found = curves.bands(versions, (), START, START + 3 * HOUR)
    assert [(band.start, band.end, band.low, band.high) for band in found] == [
        (START, START + HOUR, 7.0, 7.8),
        (START + HOUR, START + 2 * HOUR, 7.2, 7.8),
        (START + 2 * HOUR, START + 3 * HOUR, 7.2, None),
    ]


def test_what_was_measured_before_the_first_limit_is_judged_by_it():
    [band] = curves.bands([Version(to_datetime(START + DAY), 7.0, 7.8)], (), START, START + HOUR)
    assert (band.start, band.end) == (START, START + HOUR)


def test_a_limit_of_open_hours_holds_only_while_the_site_is_open():
    version = Version(to_datetime(START), 5, 10, hours="open")
    windows = [(START - HOUR, START + HOUR), (START + 2 * HOUR, START + 5 * HOUR)]
    found = curves.bands([version], windows, START, START + 3 * HOUR)
    assert [(band.start, band.end) for band in found] == [(START, START + HOUR), (START + 2 * HOUR, START + 3 * HOUR)]
    at_night = Bucket(START + 90 * MINUTE, 1, 1, 1, 1)
    assert curves.summarise([at_night], found, START).within is None


def test_without_a_limit_there_is_no_band():
    assert curves.bands([], (), START, START + HOUR) == []


def test_a_row_counts_a_bound_as_within_and_weighs_by_readings():
    buckets = [Bucket(START, 6.9, 7.0, 7.1, 3), Bucket(START + MINUTE, 8, 8, 8, 1)]
    band = curves.bands([Version(to_datetime(START), 7.0, 7.8)], (), START, START + HOUR)
    row = curves.summarise(buckets, band, START)
    assert (row.low, row.mean, row.high, row.number, row.within) == (6.9, 7.25, 8, 4, 0.75)


def test_without_a_limit_no_share_is_claimed():
    assert curves.summarise(curve(0, 1).buckets, [], START).within is None


def test_days_in_the_table_are_the_days_of_the_site():
    # 24 November 15:59 and 16:00 UTC are the two sides of midnight in Shanghai.
    around_midnight = curve(14 * 60 + 59, 15 * 60, values=[7.1, 7.5])
    rows = curves.tabulate(around_midnight, [], SHANGHAI, curves.choose_period(7 * DAY))
    assert [(to_datetime(row.time).astimezone(SHANGHAI).isoformat(), row.mean) for row in rows] == [
        ("2026-11-24T00:00:00+08:00", 7.1),
        ("2026-11-25T00:00:00+08:00", 7.5),
    ]


@pytest.mark.parametrize("span", [10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 366 * DAY])
def test_the_table_has_a_handy_number_of_rows(span):
    width = curves.choose_width(span)
    buckets = [Bucket(time, 7, 7, 7, 1) for time in range(START, START + span, width)]
    rows = curves.tabulate(curves.Curve(width, buckets), [], SHANGHAI, curves.choose_period(span))
    assert 7 <= len(rows) <= 32
    assert sum(row.number for row in rows) == len(buckets)
