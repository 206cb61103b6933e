"""No page keeps out somebody who reads with ears or steers by keyboard, as far as axe-core can tell."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ingest import clock
from monitor.alarms import Alarm
from monitor.records import writing
from tests.flow.house import House
from tests.flow.test_walk import DESK, PHONE, Walk
from tests.waiting import until

AXE = Path(__file__).parent.parent.parent / "portal" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    "/",
    "/alarms?show=all",
    "/alarms/1",
    "/foot-bath",
    "/trends?site=lakeside&place=main&quantity=ph",
    "/limits",
    "/limits/lakeside/main/ph",
    "/hours",
    "/discovered",
    "/discovered/lakeside/deep",
    "/password",
    "/no-such-page",
    "/api/v1/docs",
)


@pytest.mark.parametrize(
    ("size", "scheme", "language"), [(PHONE, "light", "zh"), (DESK, "dark", "en")], ids=["phone", "desk"]
)
def test_axe_finds_nothing_wrong_with_any_page(house: House, browser: Browser, size, scheme, language):
    house.publish("main/ph", 7.4)
    house.publish("deep/chlorine", 0.5)
    with writing(house.records) as session:
        now = clock.now()
        place = {"site": "lakeside", "place": "main", "quantity": "ph"}
        session.add(
            Alarm(rule="limit", severity="warning", state="returned", raised=now, value=6.9, worst=6.8, **place)
        )
    # Axe is a script of the test's, which the pages' own policy would keep out.
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{house.url}/login")
    assert check(page) == []
    Walk(page, house, language, "axe").sign_in("mei")
    until(lambda: page.goto(f"{house.url}/discovered/lakeside/deep").status == 200)
    found = {}
    for path in PAGES:
        page.goto(f"{house.url}{path}")
        found[path] = check(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    context.close()


def check(page: Page) -> list[str]:
    """What is wrong with a page: the rule and the first element that breaks it."""
    page.evaluate(AXE.read_text())
    violations = page.evaluate("axe.run()")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations]
