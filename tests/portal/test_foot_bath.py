"""The one tap that logs a change of the foot bath, and what the page says about it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.progress import DutyDone
from monitor.records import reading, writing
from portal.forms import spend
from tests.portal.people import field, read
from tests.portal.served import NOON
from tests.portal.stories import change_bath

TAP = "/foot-bath/lakeside/foot-bath"


def logged(portal):
    with reading(portal.records) as session:
        return [(done.by, done.via, done.at) for done in session.scalars(select(DutyDone).order_by(DutyDone.id))]


def test_one_tap_on_the_overview_logs_the_change_and_comes_back_to_it(portal, lee):
    page = lee.get("/").text
    answer = lee.post(TAP, token=field(page, "token"), to=field(page, "to"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert logged(portal) == [("lee", "portal", NOON)]
    text = lee.see("/")
    assert "The change of the disinfectant is logged." in text
    assert "Last changed: 24 Nov 14:30 · lee" in text
    assert "Due at 18:30" in text


def test_a_second_tap_on_the_same_button_logs_nothing(portal, lee):
    token = field(lee.get("/").text, "token")
    lee.post(TAP, token=token)
    portal.now += timedelta(seconds=1)
    assert lee.post(TAP, token=token).headers["location"] == "/foot-bath"
    assert len(logged(portal)) == 1
    assert "nothing was logged twice" in lee.see("/foot-bath")


def test_taps_at_the_same_moment_log_one_change(portal, lee):
    token = field(lee.get("/").text, "token")
    with ThreadPoolExecutor(4) as taps:
        answers = list(taps.map(lambda _n: lee.post(TAP, token=token).status_code, range(4)))
    assert answers == [303] * 4
    assert len(logged(portal)) == 1


def test_the_next_page_logs_the_next_change(portal, lee):
    for _ in range(2):
        lee.post(TAP, token=field(lee.get("/foot-bath").text, "token"))
        portal.now += timedelta(hours=3)
    assert len(logged(portal)) == 2


def test_a_form_counts_once_also_when_two_portals_share_the_records(portal):
    with writing(portal.records) as session:
        assert spend(session, "tap", NOON)
    with writing(portal.records) as session:
        assert not spend(session, "tap", NOON)
        assert spend(session, "other", NOON + timedelta(days=2))


@pytest.mark.parametrize(
    "path", ["/foot-bath/lakeside/main", "/foot-bath/lakeside/gate", "/foot-bath/nowhere/foot-bath"]
)
def test_only_a_foot_bath_can_be_changed(portal, lee, path):
    assert lee.post(path, token="t").status_code == 404
    assert logged(portal) == []


def test_a_form_without_its_token_is_out_of_date(portal, lee):
    answer = lee.post(TAP)
    assert answer.status_code == 403
    assert "This page was out of date" in read(answer.text)
    assert logged(portal) == []


def test_the_page_says_who_changed_it_today_how_and_how_late(portal, fang):
    # Due at 21:00 the evening before, opened at 9:00, changed at 9:20; due at 13:20, changed at 14:10.
    change_bath(portal, NOON - timedelta(hours=21, minutes=30))
    change_bath(portal, NOON - timedelta(hours=5, minutes=10), by="", via="button")
    change_bath(portal, NOON - timedelta(minutes=20), by="lee", via="portal")
    text = fang.see("/foot-bath")
    today, before = text.split("Today")[1].split("The days before")
    assert "24 Nov 14:10 lee · in the portal 50 mins late" in today
    assert "24 Nov 09:20 Somebody · by the button 50 mins late" in today
    assert today.index("14:10") < today.index("09:20")
    assert "23 Nov 17:00" in before
    assert "Due at 18:10" in text


def test_an_overdue_bath_says_since_when(portal, lee):
    change_bath(portal, NOON - timedelta(hours=4, minutes=30))
    for path in ("/", "/foot-bath"):
        text = lee.see(path)
        assert "Change is overdue since" in text
        assert "Due at 14:00" in text


def test_after_closing_it_is_due_fresh_at_opening(portal, lee):
    portal.now = NOON + timedelta(hours=8)
    change_bath(portal, NOON + timedelta(hours=6))
    assert "Due at 09:00" in lee.see("/foot-bath")
