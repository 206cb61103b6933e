"""Lee and Mei walk through the portal in a real browser, on a phone and at a desk, in both languages."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from ingest import clock
from portal.languages import load_languages
from tests.flow.house import PASSWORD, House, stamp
from tests.waiting import until

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
ARTEFACTS = Path(__file__).parent.parent / "artefacts"


class Walk:
    """A person in front of a browser; each page that is looked at is kept as a picture."""

    def __init__(self, page: Page, house: House, language: str, label: str) -> None:
        self.page = page
        self.house = house
        self.say: Callable[[str], str] = load_languages()[language].gettext
        self._language = language
        self._label = label

    def sign_in(self, name: str) -> None:
        self.page.goto(self.house.url)
        switch = self.page.get_by_role("button", name=load_languages()[self._language].name, exact=True)
        if switch.count():
            switch.click()
        self.page.get_by_label(self.say("Name")).fill(name)
        self.page.get_by_label(self.say("Password")).fill(PASSWORD)
        self.page.get_by_role("button", name=self.say("Sign in")).click()
        expect(self.page.locator("#alarms")).to_be_visible()

    def tap(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=self.say(name), exact=True).locator("visible=true").first.click()

    def look(self, name: str) -> None:
        """Nothing is wider than the screen, and a picture is kept."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}-{self._label}.png", full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the screen"


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def size(request: pytest.FixtureRequest) -> dict[str, int]:
    return request.param


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def walk(house: House, browser: Browser, size: dict[str, int], language: str) -> Iterator[Walk]:
    context = browser.new_context(viewport=size, locale="de-DE", has_touch=size is PHONE)
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if is_problem(line) else None)
    yield Walk(page, house, language, f"{language}-{'phone' if size is PHONE else 'desk'}")
    context.close()
    assert not problems


def is_problem(line: ConsoleMessage) -> bool:
    """A form that is refused with its mistakes (422) is none."""
    return line.type == "error" and "status of 422" not in line.text


@pytest.mark.parametrize("name", ["lee", "mei"])
def test_from_the_alarm_to_its_end(walk: Walk, name: str):
    house, page = walk.house, walk.page
    house.set_hours(time(0, 0), time(23, 59, 59))
    house.publish("foot-bath/changed", {"time": stamp(clock.now() - timedelta(hours=4, minutes=5))})
    now = clock.now()
    readings = [{"value": 7.4 + n % 7 / 50, "time": stamp(now - timedelta(minutes=55 - n))} for n in range(55)]
    house.publish("main/ph", readings)
    house.alarm("foot-bath-overdue", state="unacknowledged")

    walk.sign_in(name)
    walk.look("overview")
    page.get_by_role("link", name=walk.say("Foot bath: change is overdue")).first.click()
    walk.look("alarm")
    walk.tap("button", "Acknowledge")
    expect(page.locator(".alarm-head .state")).to_have_text(walk.say("Acknowledged"))
    alarm = house.alarm("foot-bath-overdue", state="acknowledged")
    assert alarm.acknowledged_by == name

    page.goto(house.url)
    walk.tap("button", "Changed now")
    expect(page.get_by_role("status").first).to_be_visible()
    house.alarm("foot-bath-overdue", state="normal")
    walk.tap("link", "Foot bath")
    expect(page.get_by_text(name).locator("visible=true").first).to_be_visible()
    walk.look("foot-bath")

    page.goto(f"{house.url}/alarms/{alarm.id}")
    page.get_by_label(walk.say("Cause")).fill("忙不过来")
    page.get_by_role("button", name=walk.say("Close the alarm")).click()
    expect(page.get_by_label(walk.say("Cause"))).to_have_value("忙不过来")
    page.get_by_label(walk.say("What was done")).fill("换了消毒药水")
    page.get_by_role("button", name=walk.say("Close the alarm")).click()
    expect(page.locator(".alarm-head .state")).to_have_text(walk.say("Closed"))
    walk.look("alarm-closed")
    walk.tap("link", "Alarms")
    walk.look("alarms")

    page.goto(house.url)
    page.locator("#figure-lakeside-main-ph").click()
    expect(page.locator(".uplot canvas").first).to_be_visible()
    walk.look("trend")


def test_a_reading_is_on_the_open_page_without_a_reload(house: House, browser: Browser):
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    walk = Walk(page, house, "zh", "live")
    walk.sign_in("lee")
    page.evaluate("window.stayed = true")
    figure = page.locator("#figure-lakeside-main-ph")
    for payload, shown in ((6.1, "6.10"), ({"value": 6.2}, "6.20"), ([{"value": 6.3}], "6.30")):
        house.publish("main/ph", payload)
        expect(figure).to_contain_text(shown)
    house.set_limit("main", "ph", on_delay=0, close_on_delay=0)
    expect(page.locator("#alarms")).to_contain_text("6.10")
    until(lambda: page.title().startswith("(1)"), what="the tab shows that an alarm is open")
    assert page.evaluate("window.stayed")
    context.close()


def test_mei_sets_the_on_delay_to_nothing_on_a_phone_and_the_alarm_comes_with_the_next_reading(
    house: House, browser: Browser
):
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    walk = Walk(page, house, "en", "en-phone")
    walk.sign_in("mei")
    for path, name in (("/hours", "hours"), ("/discovered", "discovered"), ("/limits", "limits")):
        page.goto(f"{house.url}{path}")
        walk.look(name)
    page.locator('a[href="/limits/lakeside/main/ph"]').click()
    page.get_by_text("Change the limit").click()
    page.get_by_label("Alarm after", exact=True).first.fill("0")
    page.get_by_label("At closing level after").fill("0")
    page.get_by_label("Why").fill("to see it at once")
    walk.look("limit")
    page.get_by_role("button", name="Put the new limit in force").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.get_by_text("to see it at once").first).to_be_visible()
    page.goto(house.url)
    house.publish("main/ph", 6.1)
    expect(page.locator("#alarms")).to_contain_text("At closing level: close the pool")
    house.alarm("closure", state="unacknowledged")
    context.close()
