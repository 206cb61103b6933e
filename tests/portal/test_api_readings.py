"""Readings through the API: the latest, page by page, and in buckets."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest

from monitor.progress import Latest
from tests.portal.served import NOON, serve

NUMBER = 500
START = NOON - timedelta(hours=5)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("portal")) as portal:
        portal.readings = make_readings()
        portal.measure("main/ph", portal.readings)
        add_latest(portal)
        yield portal


def make_readings():
    chance = random.Random(5)
    times = sorted(chance.sample(range(5 * 3600 * 1000), NUMBER))
    return [(START + timedelta(milliseconds=time), round(chance.uniform(6.8, 8), 3)) for time in times]


def add_latest(portal):
    def latest(site, place, name, value):
        received = NOON + timedelta(seconds=1)
        return Latest(site=site, place=place, name=name, time=NOON, value=value, received=received, heard=received)

    portal.add(
        latest("lakeside", "main", "ph", 7.42),
        latest("lakeside", "gate", "access", 1),
        latest("lakeside", "main", "status", 1),
        latest("lakeside", "children", "chlorine", 0.5),
        latest("riverside", "main", "temperature", 27),
    )


def ask(portal, **changes):
    question = {"site": "lakeside", "place": "main", "quantity": "ph"} | changes
    return portal.api.get("/readings", params={name: value for name, value in question.items() if value is not None})


def read_times(readings):
    return [datetime.fromisoformat(reading["time"]) for reading in readings]


def test_the_latest_of_each_series_is_there_without_events(portal):
    readings = portal.api.get("/readings/latest").json()["readings"]
    assert [(r["site"], r["place"], r["quantity"], r["value"], r["unit"]) for r in readings] == [
        ("lakeside", "children", "chlorine", 0.5, "mg/L"),
        ("lakeside", "main", "ph", 7.42, ""),
        ("riverside", "main", "temperature", 27, "°C"),
    ]
    assert (readings[0]["time"], readings[0]["received"]) == ("2026-11-24T06:30:00Z", "2026-11-24T06:30:01Z")


@pytest.mark.parametrize(
    ("asked", "number"), [({"site": "lakeside"}, 2), ({"place": "main"}, 2), ({"site": "riverside", "place": "x"}, 0)]
)
def test_the_latest_of_a_site_or_place_alone(portal, asked, number):
    assert len(portal.api.get("/readings/latest", params=asked).json()["readings"]) == number


@pytest.mark.parametrize("limit", [1, 7, 499, 500, 501])
def test_page_by_page_every_reading_comes_exactly_once(portal, limit):
    if limit == 1:
        span = {"from": START.isoformat(), "to": portal.readings[20][0].isoformat()}
        expected = portal.readings[:20]
    else:
        span, expected = {"from": START.isoformat(), "to": NOON.isoformat()}, portal.readings
    found, address = [], str(portal.api.base_url.join("readings").path)
    answer = ask(portal, limit=limit, **span)
    while True:
        page = answer.json()
        assert len(page["readings"]) <= limit
        found += page["readings"]
        address = page["next"]
        if address is None:
            break
        answer = portal.api.get(f"{portal.url}{address}")
    assert list(zip(read_times(found), [reading["value"] for reading in found], strict=True)) == expected


def test_what_arrives_while_somebody_pages_neither_repeats_nor_hides_a_reading(tmp_path):
    with serve(tmp_path) as portal:
        every_minute = [(NOON - timedelta(minutes=n), 7.0) for n in range(10, 0, -1)]
        portal.measure("main/ph", every_minute)
        page = ask(portal, limit=4).json()
        portal.measure("main/ph", [(NOON - timedelta(minutes=9, seconds=30), 9), (NOON + timedelta(seconds=1), 9)])
        portal.now = NOON + timedelta(minutes=1)
        found = page["readings"]
        while page["next"]:
            page = portal.api.get(f"{portal.url}{page['next']}").json()
            found += page["readings"]
        assert read_times(found) == [time for time, _ in every_minute]


def test_the_start_is_included_and_the_end_is_not(portal):
    first, last = portal.readings[3][0], portal.readings[9][0]
    found = ask(portal, **{"from": first.isoformat(), "to": last.isoformat()}).json()["readings"]
    assert read_times(found) == [time for time, _ in portal.readings[3:9]]


def test_without_a_range_it_is_the_last_day(portal):
    answer = ask(portal, limit=1).json()
    assert (answer["from"], answer["to"]) == ("2026-11-23T06:30:00Z", "2026-11-24T06:30:00Z")


@pytest.mark.parametrize("written", ["2026-11-24T09:00:00+08:00", "2026-11-24T01:00:00Z", "2026-11-23T20:00:00-05:00"])
def test_any_offset_is_read_also_with_an_unescaped_plus(portal, written):
    asked = f"/readings?site=lakeside&place=main&quantity=ph&limit=1&from={written}"
    assert portal.api.get(asked).json()["from"] == "2026-11-24T01:00:00Z"


@pytest.mark.parametrize("bucket", [1, 60, 300, 3600, 86_400])
def test_buckets_are_what_a_plain_computation_gives(portal, bucket):
    start, end = (START + timedelta(hours=1), NOON - timedelta(hours=2)) if bucket == 1 else (START, NOON)
    if bucket == 1:
        end = start + timedelta(hours=2)
    expected = defaultdict(list)
    for time, value in portal.readings:
        if start <= time < end:
            expected[int(time.timestamp()) // bucket * bucket].append(value)
    answer = ask(portal, bucket=bucket, **{"from": start.isoformat(), "to": end.isoformat()}).json()
    assert answer["bucket"] == bucket
    assert answer["unit"] == ""
    assert [
        (int(datetime.fromisoformat(b["time"]).timestamp()), b["min"], b["max"], b["count"]) for b in answer["buckets"]
    ] == [(time, min(values), max(values), len(values)) for time, values in sorted(expected.items())]
    means = [fmean(values) for _, values in sorted(expected.items())]
    assert [b["mean"] for b in answer["buckets"]] == pytest.approx(means)


def test_too_many_buckets_are_refused_with_what_would_do(portal):
    span = {"from": (NOON - timedelta(days=365)).isoformat(), "to": NOON.isoformat()}
    answer = ask(portal, bucket=60, **span)
    assert answer.status_code == 422
    [mistake] = answer.json()["errors"]
    assert mistake["parameter"] == "bucket"
    assert "at most 10000 buckets, not 525600: 3154 s or more" in mistake["expected"]
    assert ask(portal, bucket=3154, **span).status_code == 200


def test_a_range_that_ends_before_it_starts_is_refused(portal):
    answer = ask(portal, **{"from": NOON.isoformat(), "to": START.isoformat()})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "from"


def test_an_empty_range_is_empty_but_an_unknown_series_is_not_found(portal):
    before = {"from": datetime(2020, 1, 1, tzinfo=UTC).isoformat(), "to": datetime(2020, 1, 2, tzinfo=UTC).isoformat()}
    assert ask(portal, **before).json()["readings"] == []
    assert ask(portal, bucket=60, **before).json()["buckets"] == []
    for changes in ({"quantity": "orp"}, {"place": "mian"}, {"site": "riverside"}):
        answer = ask(portal, **before, **changes)
        assert answer.status_code == 404
        assert "no reading ever came from pools/" in answer.json()["detail"]


@pytest.mark.parametrize(
    "span", [("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), ("1901-01-01T00:00:00Z", "2300-01-01T00:00:00Z")]
)
def test_all_times_can_be_asked_for_at_once(portal, span):
    answer = ask(portal, limit=1000, **dict(zip(("from", "to"), span, strict=True)))
    assert len(answer.json()["readings"]) == NUMBER
