"""The questions of `Series`, asked of the journal and of a real InfluxDB with the same expectations."""

from itertools import count
from statistics import fmean

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.entries import Entry
from ingest.follower import Follower
from ingest.influx import InfluxStore
from ingest.instants import SECOND
from ingest.journal import Journal, Writer
from ingest.redelivery import Received
from ingest.series import Bucket, Point
from ingest.settings import Settings
from ingest.stores import open_series
from ingest.topics import Topic

NOW = 1_795_482_000 * SECOND
MINUTE = 60 * SECOND
PH = Topic("lakeside", "main", "ph")
ALWAYS = (0, 2**62)
sites = count()


class House:
    """A journal, and the store under test with everything that the journal has."""

    def __init__(self, settings):
        self.series = open_series(settings)
        self._writer = Writer(settings.journal_path)
        self._follower = None
        if isinstance(self.series, InfluxStore):
            self.series.prepare()
            self._follower = Follower(Journal(settings.journal_path), self.series, settings.data)

    def store(self, *entries):
        self._writer.append([Received([entry]) for entry in entries])
        if self._follower and entries:
            self._follower.step()

    def close(self):
        self.series.close()
        self._writer.close()


@pytest.fixture(params=["journal", "influx"])
def house(request, tmp_path):
    url = "journal:" if request.param == "journal" else request.getfixturevalue("influx").url
    house = House(Settings(data=tmp_path, series_url=url))
    yield house
    house.close()


def reading(seconds, value, topic=PH):
    return Entry(topic, NOW + seconds * SECOND, value, received=NOW)


def test_an_empty_store_has_no_answers_rather_than_an_error(house):
    house.store(Entry(Topic("lakeside", "gate", "access"), NOW, 1.0, received=NOW))
    assert house.series.topics() == []
    assert house.series.points(PH, *ALWAYS) == []
    assert house.series.buckets(PH, *ALWAYS, MINUTE) == []
    assert house.series.latest(PH) is None


def test_points_are_in_order_of_time_within_start_included_and_end_excluded(house):
    house.store(reading(20, 7.2), reading(0, 7.0), reading(10, 7.1), reading(10, 8.0, Topic("lakeside", "main", "orp")))
    points = [Point(NOW + seconds * SECOND, value) for seconds, value in ((0, 7.0), (10, 7.1), (20, 7.2))]
    assert house.series.points(PH, *ALWAYS) == points
    assert house.series.points(PH, NOW, NOW + 20 * SECOND) == points[:2]
    assert house.series.points(PH, NOW + 1, NOW + 20 * SECOND + 1) == points[1:]
    assert house.series.points(PH, *ALWAYS, limit=2) == points[:2]
    assert house.series.points(PH, NOW, NOW) == []


def test_a_value_comes_back_bit_for_bit_and_its_time_to_the_microsecond(house):
    values = [0.1 + 0.2, 1e308, 5e-324, -7.0, 0.0, 1e22, 123456789.123456789]
    house.store(*[Entry(PH, NOW + number, value, received=NOW) for number, value in enumerate(values)])
    assert house.series.points(PH, *ALWAYS) == [Point(NOW + number, value) for number, value in enumerate(values)]


def test_of_several_values_of_one_instant_the_last_that_was_stored_counts(house):
    house.store(reading(0, 7.5))
    house.store(reading(0, 7.9))
    house.store(reading(0, 7.1))
    assert house.series.points(PH, *ALWAYS) == [Point(NOW, 7.1)]
    assert house.series.latest(PH) == Point(NOW, 7.1)
    assert house.series.buckets(PH, *ALWAYS, MINUTE) == [Bucket(NOW, 7.1, 7.1, 7.1, 1)]


def test_latest_is_the_greatest_time_and_not_the_last_arrival(house):
    house.store(reading(60, 7.6), reading(0, 7.0))
    assert house.series.latest(PH) == Point(NOW + MINUTE, 7.6)


def test_buckets_are_aligned_and_empty_ones_left_out(house):
    house.store(reading(1, 7.0), reading(59, 8.0), reading(60, 7.5), reading(301, 7.7))
    assert house.series.buckets(PH, NOW, NOW + 600 * SECOND, MINUTE) == [
        Bucket(NOW, 7.0, 7.5, 8.0, 2),
        Bucket(NOW + MINUTE, 7.5, 7.5, 7.5, 1),
        Bucket(NOW + 5 * MINUTE, 7.7, 7.7, 7.7, 1),
    ]
    assert house.series.buckets(PH, NOW + 30 * SECOND, NOW + MINUTE, MINUTE) == [Bucket(NOW, 8.0, 8.0, 8.0, 1)]


def test_topics_are_the_series_of_readings_in_alphabetical_order(house):
    topics = [Topic("lakeside", "main", "orp"), Topic("b", "main", "ph"), PH, Topic("lakeside", "children", "ph")]
    events = [Topic("lakeside", "gate", "access"), Topic("lakeside", "main", "status"), Topic("b", "bath", "changed")]
    house.store(*[reading(0, 1.0, topic) for topic in topics + events])
    assert house.series.topics() == sorted(topics)


def test_a_name_that_is_no_name_is_only_not_found(house):
    house.store(reading(0, 7.0))
    for name in ("' OR ''='", "\\", "a\nb", "湖畔"):
        assert house.series.points(Topic("lakeside", name, "ph"), *ALWAYS) == []


READINGS = st.lists(st.tuples(st.integers(0, 400), st.floats(-1e6, 1e6).map(lambda value: value + 0.0)), max_size=30)
INSTANTS = st.integers(-10, 410)
SPANS = st.tuples(INSTANTS, INSTANTS)


@given(readings=READINGS, span=SPANS, width=st.sampled_from([1, 7, 60, 3600]), limit=st.integers(1, 9))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_is_what_plain_python_computes(house, readings, span, width, limit):
    topic = PH._replace(site=f"site-{next(sites)}")
    house.store(*[reading(seconds, value, topic) for seconds, value in readings])
    # What is stored twice with the same value keeps its first place.
    last = {}
    for seconds, value in dict.fromkeys(readings):
        last[NOW + seconds * SECOND] = value
    everything = [Point(time, last[time]) for time in sorted(last)]
    first, beyond = (NOW + seconds * SECOND for seconds in span)
    inside = [point for point in everything if first <= point.time < beyond]
    assert house.series.points(topic, first, beyond) == inside
    assert house.series.points(topic, first, beyond, limit) == inside[:limit]
    assert house.series.latest(topic) == (everything[-1] if everything else None)
    groups = {}
    for point in inside:
        groups.setdefault(point.time - point.time % (width * SECOND), []).append(point.value)
    buckets = house.series.buckets(topic, first, beyond, width * SECOND)
    assert [bucket._replace(mean=0) for bucket in buckets] == [
        Bucket(time, min(values), 0, max(values), len(values)) for time, values in sorted(groups.items())
    ]
    for bucket in buckets:
        assert bucket.mean == pytest.approx(fmean(groups[bucket.time]), abs=1e-6)
