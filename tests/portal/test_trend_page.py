"""The trend page in a browser: what a person sees, and how they move through time."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest

from ingest import clock
from monitor.alarms import Alarm
from monitor.lifecycle import State
from monitor.records import writing
from portal.accounts import find_account
from tests.portal.served import PASSWORD, serve
from tests.waiting import until

MINUTE = timedelta(minutes=1)
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """A week of readings every ten minutes until now, with an alarm three hours ago."""
    with serve(tmp_path_factory.mktemp("portal")) as portal:
        portal.app.state.now = clock.now
        now = clock.now()
        portal.measure("main/ph", [(now - n * 10 * MINUTE, 7.4 + n % 5 / 100) for n in range(7 * 144, 0, -1)])
        standing = {"rule": "limit", "severity": "alarm", "state": State.UNACKNOWLEDGED, "value": 6.1}
        where = {"site": "lakeside", "place": "main", "quantity": "ph"}
        portal.add(Alarm(**standing, **where, raised=now - 180 * MINUTE))
        portal.sign_in("lee")
        portal.sign_in("sun", "supervisor")
        with writing(portal.records) as session:
            find_account(session, "sun").language = "zh"
        yield portal


@contextmanager
def opened(browser, portal, address="?place=main&quantity=ph&range=24h", name="lee", noise=None, **options):
    """The page in a browser far from the pool; nothing may appear on the console but an expected noise."""
    options = {"viewport": DESK, "locale": "en", "timezone_id": "America/New_York"} | options
    context = browser.new_context(**options)
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{portal.url}/login?to=/trends")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/trends")
    page.goto(f"{portal.url}/trends{address}")
    settle(page)
    yield page
    assert [text for text in said if noise is None or noise not in text] == []
    context.close()


def settle(page):
    page.wait_for_selector("#trend[aria-busy=false]")


def act(page, do):
    """Do something after which the page shows another range."""
    with page.expect_response("**/trends/data**") as answer:
        do()
    picture = answer.value.json()
    settle(page)
    return picture


def chart(page):
    return page.locator("#trend-chart .u-over").bounding_box()


@pytest.mark.parametrize("viewport", [PHONE, DESK])
@pytest.mark.parametrize(("name", "scheme"), [("lee", "light"), ("sun", "dark")])
def test_the_page_fits_the_screen_and_shows_the_curve(browser, portal, viewport, name, scheme):
    with opened(browser, portal, name=name, viewport=viewport, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        box = page.locator("#trend-chart canvas").bounding_box()
        assert box["width"] > viewport["width"] * 0.8
        assert box["y"] + box["height"] < viewport["height"]
        assert page.inner_text("#trend-last") == "7.41"
        assert page.locator("#trend-rows tr").count() in (24, 25)


def test_times_are_those_of_the_site_wherever_the_browser_is(browser, portal):
    with opened(browser, portal, "?place=main&quantity=ph&from=2026-11-24T00:00:00Z&to=2026-11-24T02:00:00Z") as page:
        assert page.inner_text("#trend-span") == "24 Nov 2026, 08:00 – 10:00"


def test_the_page_speaks_the_language_of_its_reader(browser, portal):
    address = "?place=main&quantity=ph&from=2026-11-24T00:00:00Z&to=2026-11-24T02:00:00Z"
    with opened(browser, portal, address, name="sun") as page:
        assert page.inner_text("#trend-span") == "2026年11月24日 08:00 – 10:00"
        assert "成人池" in page.inner_text("h1")


def test_dragging_over_the_chart_zooms_in_and_back_leads_back(browser, portal):
    with opened(browser, portal, "?place=main&quantity=ph&range=7d") as page:
        box = chart(page)

        def drag():
            page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 50)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=4)
            page.mouse.up()

        picture = act(page, drag)
        assert picture["end"] - picture["start"] == pytest.approx(0.7 * 86_400, rel=0.02)
        assert picture["step"] == 0
        assert "from=" in page.url
        assert page.is_enabled("#trend-reset")
        act(page, page.go_back)
        assert "range=7d" in page.url
        assert page.is_disabled("#trend-reset")


def test_two_fingers_zoom(browser, portal):
    with opened(browser, portal, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        box, touch = chart(page), page.context.new_cdp_session(page)

        def put(kind, *lefts):
            y = box["y"] + 60
            points = [{"x": box["x"] + left, "y": y, "id": n} for n, left in enumerate(lefts)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        def pinch():
            put("touchStart", 100)
            put("touchStart", 100, 150)
            for step in range(5, 51, 5):
                put("touchMove", 100 - step, 150 + step)
            put("touchEnd")

        picture = act(page, pinch)
        assert picture["end"] - picture["start"] == pytest.approx(86_400 / 3, rel=0.05)


def test_everything_can_be_done_with_keys(browser, portal):
    with opened(browser, portal) as page:
        page.focus("#trend-chart")
        day = 86_400
        now = clock.now().timestamp()
        moves = [
            ("ArrowLeft", now - 2 * day, now - day),
            ("-", now - 2.5 * day, now - 0.5 * day),
            ("ArrowRight", now - 2 * day, now),
            ("+", now - 1.5 * day, now - 0.5 * day),
            ("Escape", now - day, now),
        ]
        for key, start, end in moves:
            picture = act(page, lambda key=key: page.keyboard.press(key))
            assert (picture["start"], picture["end"]) == pytest.approx((start, end), abs=60), key


def test_a_mark_and_an_entry_of_the_list_lead_to_the_alarm(browser, portal):
    with opened(browser, portal) as page:
        mark = page.locator("#trend-chart .trend-mark")
        assert re.match(r"Outside its limit, \d+ \w+, \d\d:\d\d", mark.get_attribute("aria-label"))
        assert mark.get_attribute("href") == "/alarms/1"
        assert page.locator("#trend-alarms a").get_attribute("href") == "/alarms/1"
        right = chart(page)["x"] + chart(page)["width"]
        assert right - mark.bounding_box()["x"] == pytest.approx(chart(page)["width"] * 3 / 24, abs=5)


def test_under_the_cursor_stands_the_reading(browser, portal):
    with opened(browser, portal) as page:
        box = chart(page)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
        page.wait_for_selector("#trend-tip", state="visible")
        assert re.search(r"\d\d:\d\d:\d\d\s*7\.4", page.inner_text("#trend-tip"))


def test_another_place_or_quantity_is_shown_over_the_same_time(browser, portal):
    with opened(browser, portal, "?place=main&quantity=ph&range=30d") as page:
        page.click("[data-trend-quantity=bromine]")
        settle(page)
        assert "quantity=bromine" in page.url
        assert "range=30d" in page.url
        assert page.is_visible("#trend-empty")
        page.select_option("[name=place]", "lakeside/children")
        page.wait_for_url("**place=lakeside%2Fchildren**")
        settle(page)
        assert "range=30d" in page.url
        assert page.inner_text("h1") == "Children's pool · pH"


def test_a_new_reading_appears_at_the_right_edge_by_itself(browser, portal):
    with opened(browser, portal, "?place=main&quantity=ph&range=1h") as page:
        assert page.inner_text("#trend-last") == "7.41"
        portal.measure("main/ph", [(clock.now(), 7.77)])
        until(lambda: page.inner_text("#trend-last") == "7.77", 20, "the new reading is on the page")


def test_while_the_readings_are_out_of_reach_the_page_says_so_and_recovers(browser, portal):
    with opened(browser, portal, noise="net::ERR_FAILED") as page:
        page.route("**/trends/data**", lambda route: route.abort())
        page.click("#trend-previous")
        page.wait_for_selector("#trend-trouble", state="visible")
        page.unroute("**/trends/data**")
        page.wait_for_selector("#trend-trouble", state="hidden")
