"""Trends: what the page and its data say of one series, from the journal and from InfluxDB alike."""

import re
from datetime import UTC, datetime, timedelta
from statistics import fmean

import httpx
import pytest

from monitor import registry
from monitor.alarms import Alarm
from monitor.lifecycle import State
from monitor.progress import Latest
from monitor.records import Record, writing
from portal.accounts import ROLES
from tests.portal.served import NOON, serve

SPANS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168, "30d": 720, "90d": 2160, "1y": 8760}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(params=["journal", "influxdb"])
def portal(request, tmp_path):
    """The portal over each store that trends can be read from."""
    settings = {}
    if request.param == "influxdb":
        settings["series_url"] = request.getfixturevalue("influx").url
    with serve(tmp_path, **settings) as portal:
        portal.client = portal.sign_in("lee")
        yield portal


@pytest.fixture
def plain(tmp_path):
    """The portal over the journal, for what no store decides."""
    with serve(tmp_path) as portal:
        portal.client = portal.sign_in("lee")
        yield portal


def ask(portal, **asked):
    question = {"place": "main", "quantity": "ph"} | asked
    return portal.client.get("/trends/data", params=question)


def paint(portal, **asked):
    answer = ask(portal, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def every(step, number, until=NOON, value=7.4):
    return [(until - step * n, value) for n in range(number, 0, -1)]


def test_few_readings_are_drawn_as_they_are(portal):
    readings = [(NOON - 50 * MINUTE, 7.3), (NOON - 49 * MINUTE, 7.5), (NOON - 48 * MINUTE, 7.1)]
    portal.measure("main/ph", readings)
    picture = paint(portal, range="1h")
    assert picture["step"] == 0
    assert picture["time"] == [time.timestamp() for time, _ in readings]
    assert picture["low"] == picture["mean"] == picture["high"] == [7.3, 7.5, 7.1]
    assert (picture["last"], picture["total"]["mean"], picture["total"]["number"]) == (7.1, pytest.approx(7.3), 3)


def test_a_year_of_readings_is_at_most_600_points_in_every_range(portal):
    portal.measure("main/ph", every(20 * MINUTE, 366 * 72))
    for name, hours in SPANS.items():
        picture = paint(portal, range=name)
        assert 2 < len(picture["time"]) <= 601, name
        assert len(picture["rows"]) <= 32, name
        assert picture["end"] - picture["start"] == hours * 3600, name
        assert picture["total"]["number"] >= hours * 3, name
        assert None not in picture["mean"], name


def test_many_readings_are_drawn_as_their_least_mean_and_greatest(portal):
    readings = [(NOON - 10 * timedelta(seconds=n), 7 + n % 7 / 10) for n in range(8640, 0, -1)]
    portal.measure("main/ph", readings)
    picture = paint(portal, range="24h")
    assert picture["step"] == 180
    middle = picture["time"][200]
    inside = [value for time, value in readings if middle - 90 <= time.timestamp() < middle + 90]
    assert len(inside) == 18
    assert (picture["low"][200], picture["high"][200]) == (min(inside), max(inside))
    assert picture["mean"][200] == pytest.approx(fmean(inside))
    assert picture["last"] == readings[-1][1]


def test_looking_closer_shows_finer_detail(portal):
    portal.measure("main/ph", every(10 * timedelta(seconds=1), 8640))
    closer = {"from": (NOON - 90 * MINUTE).isoformat(), "to": (NOON - 30 * MINUTE).isoformat()}
    picture = paint(portal, **closer)
    assert (picture["step"], len(picture["time"])) == (0, 360)
    assert (picture["start"], picture["end"]) == tuple((NOON - minutes * MINUTE).timestamp() for minutes in (90, 30))


@pytest.mark.parametrize("step", [MINUTE, timedelta(seconds=10)])
def test_a_hole_is_a_gap_in_the_line_and_a_missed_reading_is_not(portal, step):
    whole = every(step, int(6 * HOUR / step))
    kept = [
        (time, value)
        for n, (time, value) in enumerate(whole)
        if n != 5 and not NOON - 2 * HOUR <= time < NOON - 80 * MINUTE
    ]
    portal.measure("main/ph", kept)
    picture = paint(portal, range="6h")
    assert picture["mean"].count(None) == 1
    gap = picture["mean"].index(None)
    assert picture["time"][gap - 1] < picture["time"][gap] < picture["time"][gap + 1]
    assert picture["time"][gap + 1] - picture["time"][gap - 1] >= 39 * 60
    assert picture["low"][gap] is picture["high"][gap] is None


@pytest.mark.parametrize("end", ["2027-11-24T06:30:00Z", "9999-12-31T00:00:00Z"])
def test_a_range_beyond_all_readings_is_drawn_too(portal, end):
    portal.measure("main/ph", every(HOUR, 1000))
    picture = paint(portal, **{"from": "0001-01-01T00:00:00Z", "to": end})
    assert len(picture["time"]) <= 601
    assert picture["total"]["number"] == 1000


def test_a_series_without_readings_is_empty_and_no_failure(portal):
    portal.measure("main/ph", [])
    picture = paint(portal, range="1y")
    assert (picture["time"], picture["rows"], picture["total"], picture["last"]) == ([], [], None, None)


def test_when_the_store_is_away_the_page_opens_and_its_data_says_so(tmp_path, influx):
    with serve(tmp_path, series_url=influx.url) as portal:
        portal.client = portal.sign_in("lee")
        influx.kill()
        assert portal.client.get("/trends?place=main&quantity=ph").status_code == 200
        assert ask(portal).status_code == 503
        answer = portal.api.get("/readings?site=lakeside&place=main&quantity=ph")
        assert (answer.status_code, answer.json()["status"]) == (503, 503)
        assert answer.headers["retry-after"] == "30"


def set_limit(portal, now, **bounds):
    delays = {"deadband": 0, "on_delay": 0, "close_on_delay": 0, "off_delay": 0}
    with writing(portal.records) as session:
        place = registry.find_place(session, "lakeside", "main")
        figures = {"low": 7, "high": 7.8, "close_low": 6.5, "close_high": 8} | bounds
        registry.set_limit(session, place.id, "ph", **figures, **delays, hours="always", by="mei", why="", now=now)


def test_the_band_is_the_limit_that_was_in_force_at_each_moment(plain):
    set_limit(plain, NOON - 40 * MINUTE, low=7.1, close_low=None)
    set_limit(plain, NOON - 10 * MINUTE, high=None)
    before, first, second = paint(plain, range="1h")["limits"]
    assert before["end"] == first["start"] == (NOON - 40 * MINUTE).timestamp()
    assert first["end"] == second["start"] == (NOON - 10 * MINUTE).timestamp()
    assert (first["low"], first["high"], first["close_low"], first["close_high"]) == (7.1, 7.8, None, 8)
    assert (second["low"], second["high"]) == (7, None)
    assert second["end"] == NOON.timestamp()


def test_the_share_within_limits_judges_each_reading_by_its_own_limit(plain):
    set_limit(plain, NOON - 30 * MINUTE, low=7.5)
    plain.measure("main/ph", every(MINUTE, 60))
    picture = paint(plain, range="1h")
    assert picture["total"]["within"] == 0.5
    assert {row["within"] for row in picture["rows"]} == {0, 1}


def test_the_foot_bath_is_judged_only_while_the_pool_is_open(plain):
    opening = datetime(2026, 11, 24, 1, tzinfo=UTC)
    plain.measure("foot-bath/chlorine", [*every(MINUTE, 60, opening, 1), *every(MINUTE, 120, opening + 2 * HOUR, 7)])
    plain.now = opening + 2 * HOUR
    picture = paint(plain, place="foot-bath", quantity="chlorine", range="6h")
    assert picture["total"]["within"] == 1
    assert picture["rows"][0]["within"] is None
    assert [(band["start"], band["end"]) for band in picture["limits"]] == [
        (opening.timestamp(), plain.now.timestamp())
    ]


def make_alarm(**changes):
    values = {
        "rule": "limit",
        "severity": "alarm",
        "site": "lakeside",
        "place": "main",
        "quantity": "ph",
        "state": State.UNACKNOWLEDGED,
        "raised": NOON - HOUR,
    }
    return Alarm(**values | changes)


def test_the_alarms_of_the_series_are_marked_and_lead_to_their_pages(plain):
    plain.add(
        make_alarm(raised=NOON - 20 * HOUR),
        make_alarm(rule="closure", severity="urgent"),
        make_alarm(quantity="orp"),
        make_alarm(place="children"),
        make_alarm(site="riverside"),
        make_alarm(raised=NOON - 25 * HOUR),
        make_alarm(raised=NOON),
    )
    first, second = paint(plain, range="24h")["marks"]
    assert (first["time"], first["url"], first["severity"]) == ((NOON - 20 * HOUR).timestamp(), "/alarms/1", "warning")
    assert (second["url"], second["severity"]) == ("/alarms/2", "urgent")
    assert second["label"] == "At closing level: close the pool"


def test_days_in_the_table_are_those_of_the_site_in_the_language_of_the_reader(plain):
    # Midnight at the pool is 16:00 in UTC.
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)
    plain.measure("main/ph", [(midnight - MINUTE, 7.1), (midnight, 7.5)])
    rows = paint(plain, range="7d")["rows"]
    assert [(row["label"], row["mean"]) for row in rows] == [("Mon 23 Nov", 7.1), ("Tue 24 Nov", 7.5)]
    assert [row["label"] for row in paint(plain, range="24h")["rows"]] == ["23 Nov 23:00", "24 Nov 00:00"]
    plain.client.post("/language", data={"language": "zh", "csrf": find_csrf(plain)})
    assert [row["label"] for row in paint(plain, range="7d")["rows"]] == ["11月23日周一", "11月24日周二"]


def find_csrf(portal):
    return re.search('name="csrf" value="([^"]+)"', portal.client.get("/trends").text)[1]


@pytest.mark.parametrize("role", ROLES)
def test_everybody_who_has_an_account_sees_trends(plain, role):
    client = plain.sign_in(f"a {role}", role)
    assert client.get("/trends?place=main&quantity=ph").status_code == 200
    assert client.get("/trends/data?place=main&quantity=ph").status_code == 200


@pytest.mark.parametrize("path", ["/trends?place=main&quantity=ph", "/trends/data?place=main&quantity=ph"])
def test_nobody_else_sees_them(plain, path):
    answer = httpx.get(f"{plain.url}{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"place": "pond"}, 404),
        ({"place": "riverside/main"}, 404),
        ({"quantity": "chlorine"}, 404),
        ({"range": "2h"}, 404),
        ({"from": "yesterday"}, 404),
        ({"from": NOON.isoformat(), "to": (NOON - HOUR).isoformat()}, 422),
    ],
)
def test_what_cannot_be_drawn_is_refused(plain, asked, status):
    assert ask(plain, **asked).status_code == status


def read_choice(page):
    return re.findall(r'<option value="([^"]+)"( selected)?>([^<]+)', page)


def test_the_page_offers_every_place_with_its_quantities(plain):
    page = plain.client.get("/trends?place=children&quantity=chlorine").text
    choice = read_choice(page)
    assert [path for path, _, _ in choice][:2] == ["lakeside/main", "lakeside/children"]
    assert [name for _, selected, name in choice if selected] == ["Children&#39;s pool"]
    assert re.findall('data-trend-quantity="([^"]+)"', page) == ["ph", "chlorine", "temperature"]
    assert 'data-trend-quantity="chlorine" aria-current="page"' in page


@pytest.mark.parametrize(
    ("address", "place", "quantity"),
    [
        ("", "lakeside/main", "ph"),
        ("?place=foot-bath", "lakeside/foot-bath", "chlorine"),
        ("?place=lakeside/children&quantity=bromine", "lakeside/children", "ph"),
        ("?site=lakeside&place=main&quantity=orp&range=nonsense", "lakeside/main", "orp"),
    ],
)
def test_the_page_opens_what_its_address_names(plain, address, place, quantity):
    page = plain.client.get(f"/trends{address}").text
    assert f'data-place="{place}" data-quantity="{quantity}"' in page
    assert 'data-range="24h"' in page


def test_a_device_that_nobody_has_adopted_has_its_trend_without_limits(plain):
    plain.add(Latest(site="riverside", place="pond", name="ph", time=NOON, value=7, received=NOON, heard=NOON))
    plain.measure("main/ph", [])
    assert ("riverside/pond", " selected", "pond") in read_choice(plain.client.get("/trends?place=pond").text)
    assert paint(plain, place="pond")["limits"] == []


def test_where_nothing_is_registered_the_page_says_what_to_do(plain):
    with writing(plain.records) as session:
        for table in ("limit_version", "sensor", "place", "hours_version", "site"):
            session.execute(Record.metadata.tables[table].delete())
    page = plain.client.get("/trends")
    assert page.status_code == 200
    assert "pools/SITE/PLACE/QUANTITY" in page.text
