"""Sites, alarms and duties through the API are what the records database holds."""

from datetime import time, timedelta

import pytest

from monitor import registry
from monitor.alarms import Alarm, AlarmChange
from monitor.duties import FOOT_BATH
from monitor.lifecycle import State
from monitor.places import Place
from monitor.records import writing
from tests.portal.served import NOON, REGISTERED


def follow(portal, path, name, **asked):
    """Every row of every page, and the pages' lengths."""
    rows, lengths = [], []
    answer = portal.api.get(path, params=asked)
    while True:
        page = answer.json()
        rows += page[name]
        lengths.append(len(page[name]))
        if page["next"] is None:
            return rows, lengths
        answer = portal.api.get(f"{portal.url}{page['next']}")


def find(portal, place):
    [site] = portal.api.get("/sites").json()["sites"]
    return next(found for found in site["places"] if found["place"] == place)


def test_the_site_has_its_places_zone_and_hours(portal):
    [site] = portal.api.get("/sites").json()["sites"]
    assert (site["site"], site["zone"]) == ("lakeside", "Asia/Shanghai")
    assert site["name"] == {"zh": "湖畔花园", "en": "Lakeside"}
    assert site["hours"] == {"opens": "09:00", "closes": "21:30", "since": "2026-10-25T06:30:00Z"}
    places = [(place["place"], place["kind"]) for place in site["places"]]
    assert places[0] == ("main", "pool")
    assert ("gate", "gate") in places


def test_the_limit_and_the_hours_in_force_are_the_newest(portal):
    with writing(portal.records) as session:
        place = registry.find_place(session, "lakeside", "main")
        figures = {"low": 7.1, "high": None, "close_low": 6.4, "close_high": None, "deadband": 0.1}
        delays = {"on_delay": 0, "close_on_delay": 1, "off_delay": 2}
        registry.set_limit(
            session, place.id, "ph", **figures, **delays, hours="open", by="mei", why="trial", now=NOON, source="ours"
        )
        registry.set_hours(session, "lakeside", time(8), time(20), "mei", "winter", NOON)
    sensors = {sensor["quantity"]: sensor for sensor in find(portal, "main")["sensors"]}
    expected = figures | delays | {"hours": "open", "source": "ours", "since": "2026-11-24T06:30:00Z"}
    assert sensors["ph"]["limit"] == expected
    assert sensors["orp"]["unit"] == "mV"
    assert sensors["orp"]["silence_alarm"] == 900
    assert portal.api.get("/sites").json()["sites"][0]["hours"]["opens"] == "08:00"


def make_alarm(number, **changes):
    values = {
        "rule": "limit",
        "severity": "alarm",
        "site": "lakeside",
        "place": "main",
        "quantity": "ph",
        "state": State.UNACKNOWLEDGED,
        "raised": NOON - timedelta(hours=50 - number),
        "value": 6.1,
        "worst": 5.9,
    }
    return Alarm(**values | changes)


def test_page_by_page_every_alarm_comes_exactly_once_newest_first(portal):
    portal.add(*(make_alarm(number) for number in range(25)))
    rows, lengths = follow(portal, "/alarms", "alarms", limit=10)
    assert [row["id"] for row in rows] == list(range(25, 0, -1))
    assert lengths == [10, 10, 5]
    assert follow(portal, "/alarms", "alarms", limit=25)[1] == [25]


def test_an_alarm_that_is_raised_while_somebody_pages_shifts_nothing(portal):
    portal.add(*(make_alarm(number) for number in range(4)))
    first = portal.api.get("/alarms?limit=2").json()
    portal.add(make_alarm(9))
    second = portal.api.get(f"{portal.url}{first['next']}").json()
    assert [row["id"] for row in first["alarms"] + second["alarms"]] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"state": "acknowledged"}, [2]),
        ({"site": "riverside"}, [3]),
        ({"closed": "true"}, [4]),
        ({"closed": "false"}, [3, 2, 1]),
        ({"from": (NOON - timedelta(hours=48)).isoformat()}, [4, 3]),
        ({"to": (NOON - timedelta(hours=48)).isoformat()}, [2, 1]),
        ({"state": "acknowledged", "site": "riverside"}, []),
    ],
)
def test_alarms_can_be_chosen(portal, asked, ids):
    portal.add(
        make_alarm(0),
        make_alarm(1, state=State.ACKNOWLEDGED),
        make_alarm(2, site="riverside"),
        make_alarm(3, state=State.NORMAL, closed=NOON, closed_by="mei", cause="pump", action="fixed"),
    )
    assert [row["id"] for row in follow(portal, "/alarms", "alarms", limit=1, **asked)[0]] == ids


def test_an_alarm_has_its_history_oldest_first(portal):
    alarm = make_alarm(0, acknowledged=NOON, acknowledged_by="lee", state=State.ACKNOWLEDGED)
    portal.add(alarm)
    raised = {"what": "raised", "before": State.NORMAL, "after": State.UNACKNOWLEDGED, "value": 6.1, "rule": "limit"}
    seen = {"what": "acknowledged", "before": State.UNACKNOWLEDGED, "after": State.ACKNOWLEDGED, "by": "lee"}
    for at, row in ((NOON - timedelta(hours=50), raised), (NOON, seen)):
        portal.add(AlarmChange(alarm_id=1, at=at, **row))
    found = portal.api.get("/alarms/1").json()
    assert (found["id"], found["value"], found["worst"], found["unit"]) == (1, 6.1, 5.9, "")
    assert (found["acknowledged"], found["acknowledged_by"]) == ("2026-11-24T06:30:00Z", "lee")
    assert [(change["what"], change["by"], change["at"]) for change in found["changes"]] == [
        ("raised", "", "2026-11-22T04:30:00Z"),
        ("acknowledged", "lee", "2026-11-24T06:30:00Z"),
    ]


@pytest.mark.parametrize(("number", "status"), [("2", 404), ("0", 422), ("one", 422), (str(2**70), 422)])
def test_an_alarm_that_is_not_there_is_a_problem(portal, number, status):
    portal.add(make_alarm(0))
    answer = portal.api.get(f"/alarms/{number}")
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def log_changes(portal, *hours):
    with writing(portal.records) as session:
        for hour in hours:
            at = NOON - timedelta(hours=hour)
            registry.log_duty(session, FOOT_BATH.key, "lakeside", "foot-bath", "lee", at, "portal", at)


def test_the_foot_bath_is_due_four_open_hours_after_its_last_change(portal):
    log_changes(portal, 20, 3)
    [duty] = portal.api.get("/duties").json()["duties"]
    assert (duty["duty"], duty["site"], duty["place"]) == ("foot-bath-change", "lakeside", "foot-bath")
    assert (duty["state"], duty["due"], duty["warns"]) == ("upcoming", "2026-11-24T07:30:00Z", "2026-11-24T07:00:00Z")
    assert (duty["last"]["at"], duty["last"]["by"], duty["last"]["via"]) == ("2026-11-24T03:30:00Z", "lee", "portal")


@pytest.mark.parametrize(("minutes", "state"), [(29, "upcoming"), (30, "due-soon"), (60, "overdue")])
def test_the_standing_of_a_duty_is_that_of_now(portal, minutes, state):
    log_changes(portal, 3)
    portal.now = NOON + timedelta(minutes=minutes)
    assert portal.api.get("/duties").json()["duties"][0]["state"] == state


def test_a_duty_that_was_never_done_has_no_last(portal):
    [duty] = portal.api.get("/duties?site=lakeside&place=foot-bath").json()["duties"]
    assert (duty["state"], duty["last"]) == ("overdue", None)
    assert portal.api.get("/duties?place=main").json() == {"duties": []}


def test_what_was_done_in_a_range_comes_page_by_page(portal):
    log_changes(portal, *range(30, 0, -1))
    asked = {"from": (NOON - timedelta(hours=20)).isoformat(), "to": (NOON - timedelta(hours=5)).isoformat()}
    rows, lengths = follow(portal, "/duties/done", "done", limit=6, **asked)
    assert [row["at"] for row in rows] == [
        (NOON - timedelta(hours=hour)).isoformat().replace("+00:00", "Z") for hour in range(6, 21)
    ]
    assert lengths == [6, 6, 3]


def test_every_place_of_every_site_is_listed_once(portal):
    with writing(portal.records) as session:
        registry.adopt(session, "riverside", "main", "pool", "大池", "Pool", None, ["ph"], "mei", NOON)
    sites = portal.api.get("/sites").json()["sites"]
    listed = [(site["site"], place["place"]) for site in sites for place in site["places"]]
    with writing(portal.records) as session:
        stored = [(place.site_key, place.key) for place in session.query(Place).all()]
    assert sorted(listed) == sorted(stored)
    assert sites[0]["places"][0]["sensors"][0]["limit"]["since"] == REGISTERED.isoformat().replace("+00:00", "Z")
