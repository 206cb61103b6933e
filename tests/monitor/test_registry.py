"""What is registered, how it changes, and what is refused in words."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from monitor import lakeside, registry, survey
from monitor.duties import FOOT_BATH
from monitor.places import Limit, Place, Sensor, Site
from monitor.progress import Latest
from monitor.records import reading, writing
from monitor.registry import Refused
from tests.monitor.timeline import after, local

RIGHT = {
    "low": 7.2,
    "high": 7.8,
    "close_low": 6.5,
    "close_high": 8.0,
    "deadband": 0.05,
    "on_delay": 300,
    "close_on_delay": 120,
    "off_delay": 600,
    "hours": "always",
    "by": "mei",
    "why": "as agreed",
    "now": after(60),
}


def find(session, key):
    return registry.find_place(session, "lakeside", key)


def test_lakeside_is_registered_once_with_the_limits_of_its_profiles(records):
    with writing(records) as session:
        lakeside.register(session, after(100))
    with reading(records) as session:
        assert [site.key for site in session.scalars(select(Site))] == ["lakeside"]
        places = session.scalars(select(Place).order_by(Place.id)).all()
        assert [(place.key, place.kind, place.profile) for place in places] == [
            ("main", "pool", "quebec-q2-r39"),
            ("children", "pool", "gb-37488-2019"),
            ("children-feed", "feed", None),
            ("foot-bath", "foot-bath", None),
            ("gate", "gate", None),
        ]
        main = registry.limits_in_force(session, places[0].id)
        assert {key: (limit.low, limit.high, limit.close_low, limit.close_high) for key, limit in main.items()} == {
            "ph": (7.2, 7.8, 6.5, 8.0),
            "bromine": (2.0, 5.0, 0.6, None),
        }
        feed, bath = (registry.limits_in_force(session, places[number].id)["chlorine"] for number in (2, 3))
        assert (feed.low, feed.high, feed.hours) == (0.3, 0.5, "always")
        assert (bath.low, bath.high, bath.deadband, bath.hours) == (5, 10, 0.3, "open")
        assert all("R" in limit.source for limit in session.scalars(select(Limit)))


def test_a_limit_changes_by_a_new_version_and_the_old_ones_stay(records):
    with writing(records) as session:
        place = find(session, "main").id
        registry.set_limit(session, place, "ph", **RIGHT | {"low": 7.0})
        assert registry.limits_in_force(session, place)["ph"].low == 7.0
        newest, oldest = registry.limit_versions(session, place, "ph")
        assert (newest.by, newest.at, newest.why, newest.low) == ("mei", after(60), "as agreed", 7.0)
        assert (oldest.by, oldest.low) == ("poolkeeper", 7.2)


@pytest.mark.parametrize(
    ("changes", "about", "words"),
    [
        ({"low": 8, "high": 7}, "low", "not below the upper limit 7"),
        ({"low": 7.8}, "low", "the lower limit 7.8 is not below the upper limit 7.8"),
        ({"close_low": 7.3}, "close_low", "above the lower limit 7.2"),
        ({"close_high": 7.7}, "high", "above the upper closing level 7.7"),
        ({"high": None, "close_high": 7.0}, "low", "not below the upper closing level"),
        ({"deadband": -0.1}, "deadband", "expected 0 or more"),
        ({"deadband": 0.3}, "deadband", "leaves nothing between 7.2 and 7.8"),
        ({"on_delay": -1}, "on_delay", "a delay of -1 s"),
        ({"off_delay": 10**9}, "off_delay", "expected 0 to 86400 s"),
        ({"low": float("nan")}, "low", "nan is not a number"),
        ({"close_high": float("inf")}, "close_high", "inf is not a number"),
        ({"hours": "sometimes"}, "hours", "expected always or open"),
        ({"by": " "}, "by", "missing"),
        ({"now": datetime(2026, 11, 24)}, "now", "has no zone"),  # noqa: DTZ001
    ],
)
def test_an_impossible_limit_is_refused_in_words(records, changes, about, words):
    with writing(records) as session:
        place = find(session, "main").id
        with pytest.raises(Refused) as refused:
            registry.set_limit(session, place, "ph", **RIGHT | changes)
        assert len(registry.limit_versions(session, place, "ph")) == 1
    assert about in [mistake.about for mistake in refused.value.mistakes]
    assert words in str(refused.value)


def test_all_mistakes_are_said_at_once(records):
    wrong = {"low": 8, "high": 7, "on_delay": -1, "by": ""}
    with writing(records) as session, pytest.raises(Refused) as refused:
        registry.set_limit(session, find(session, "main").id, "phosphate", **RIGHT | wrong)
    abouts = {mistake.about for mistake in refused.value.mistakes}
    assert abouts >= {"quantity", "low", "on_delay", "by"}


@pytest.mark.parametrize(
    "limit",
    [
        {"low": None, "high": None, "close_low": None, "close_high": None},
        {"low": 6.5, "close_low": 6.5},
        {"on_delay": 0, "close_on_delay": 0, "off_delay": 0, "deadband": 0},
    ],
)
def test_what_is_unusual_but_possible_is_taken(records, limit):
    with writing(records) as session:
        assert registry.set_limit(session, find(session, "main").id, "ph", **RIGHT | limit).id


def test_hours_change_by_a_new_version(records):
    with writing(records) as session:
        registry.set_hours(session, "lakeside", time(8), time(22), "mei", "summer", after(60))
        hours = registry.hours_in_force(session, "lakeside")
        assert (hours.opens, hours.closes, hours.why) == (time(8), time(22), "summer")
        assert [one.opens for one in registry.hours_versions(session, "lakeside")] == [time(8), time(9)]
        with pytest.raises(Refused, match="opens at 22:00, which is not before it closes at 08:00"):
            registry.set_hours(session, "lakeside", time(22), time(8), "mei", "", after(60))
        with pytest.raises(Refused, match="no site nowhere"):
            registry.hours_in_force(session, "nowhere")


@pytest.mark.parametrize(("warning", "alarm", "words"), [(0, 900, "0 s"), (900, 300, "later than the alarm")])
def test_impossible_silence_times_are_refused(records, warning, alarm, words):
    with writing(records) as session:
        sensor = session.scalars(select(Sensor)).first()
        with pytest.raises(Refused, match=words):
            registry.set_silence(session, sensor.id, warning, alarm)


def test_what_is_discovered_is_adopted_with_its_usual_limits(records):
    with writing(records) as session:
        for name in ("ph", "chlorine"):
            values = {"time": after(0), "value": 7.4, "received": after(0), "heard": after(0)}
            session.add(Latest(site="hillside", place="main", name=name, **values))
        session.flush()
        [found] = registry.discovered(session)
        assert (found.site, found.place, found.names) == ("hillside", "main", ("chlorine", "ph"))
        place = registry.adopt(
            session, "hillside", "main", "pool", "成人池", "Main pool", None, found.names, "mei", after(1)
        )
        assert place.profile == "gb-37488-2019"
        assert set(registry.limits_in_force(session, place.id)) == {"ph", "chlorine"}
        assert [sensor.since for sensor in place.sensors] == [after(1)] * 2
        assert registry.hours_in_force(session, "hillside").opens == time(9)
        assert registry.discovered(session) == []
        with pytest.raises(Refused, match="registered already"):
            registry.adopt(session, "hillside", "main", "gate", "门", "Gate", None, [], "mei", after(2))


def test_a_wrong_adoption_is_refused_with_every_mistake(records):
    with writing(records) as session, pytest.raises(Refused) as refused:
        registry.adopt(session, "Hillside", "main", "lake", "", "Main", "iso-1", ["ph", "ph", "salt"], "mei", after(1))
    abouts = {mistake.about for mistake in refused.value.mistakes}
    assert abouts == {"site", "kind", "name_zh", "profile", "quantity", "quantities"}


def test_a_site_in_an_unknown_zone_is_refused(records):
    with writing(records) as session, pytest.raises(Refused, match="unknown time zone Asia/Lakeside"):
        registry.add_site(session, "x", "x", "x", "Asia/Lakeside", time(9), time(21), "mei", after(0))


def test_a_site_that_moves_to_another_zone_is_watched_by_its_new_clock(records):
    with writing(records) as session:
        before = survey.mark(session)
        registry.name_site(session, "lakeside", "湖畔花园", "Lakeside", "Asia/Tokyo")
        assert survey.mark(session) != before
        [calendar] = survey.survey(session).gates.values()
        assert calendar.is_open(local("08:30:00"))


def test_a_site_without_a_name_is_refused(records):
    with writing(records) as session, pytest.raises(Refused, match="missing"):
        registry.name_site(session, "lakeside", "湖畔花园", " ", "Asia/Shanghai")
    with writing(records) as session, pytest.raises(Refused, match="there is no site nowhere"):
        registry.name_site(session, "nowhere", "x", "x", "Asia/Shanghai")


def test_a_change_of_the_foot_bath_is_noted_and_moves_its_countdown(records):
    with writing(records) as session:
        bath = find(session, "foot-bath")
        assert registry.duty_standing(session, FOOT_BATH, bath, local("13:40:00")).state == "due-soon"
        at = local("13:45:00")
        registry.log_duty(session, FOOT_BATH.key, "lakeside", "foot-bath", "lee", at, "portal", at)
        stands = registry.duty_standing(session, FOOT_BATH, bath, local("13:46:00"))
        assert (stands.state, stands.due, stands.last) == ("upcoming", local("17:45:00"), at)


@pytest.mark.parametrize(
    ("place", "duty", "minutes", "words"),
    [
        ("main", FOOT_BATH.key, 0, "no such duty"),
        ("foot-bath", "sweep", 0, "no such duty"),
        ("nowhere", FOOT_BATH.key, 0, "no such duty"),
        ("foot-bath", FOOT_BATH.key, 10, "in the future"),
    ],
)
def test_a_duty_that_nobody_has_there_or_did_in_the_future_is_refused(records, place, duty, minutes, words):
    at = after(0) + timedelta(minutes=minutes)
    with writing(records) as session, pytest.raises(Refused, match=words):
        registry.log_duty(session, duty, "lakeside", place, "lee", at, "portal", after(0))
