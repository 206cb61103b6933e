"""What every answer of the portal has in common: headers, assets, errors; and the same on PostgreSQL."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from portal import icons
from portal.app import create_app
from portal.assets import MissingAsset, load_assets
from portal.icons import NAMES, icon, load_icons
from portal.menu import MENU
from portal.settings import Settings
from portal.throttle import PER_NAME_AND_ADDRESS
from tests.portal.people import Person, field, read
from tests.portal.served import NOON, serve
from tests.portal.stories import fill, measure, raise_alarm
from tests.portal.test_translations import PAGES, TEMPLATES


@pytest.mark.parametrize("path", ["/login", "/healthz", "/nothing", "/", "/api/v1/sites", "/assets/0/portal.css"])
def test_every_answer_has_the_security_headers(portal, path):
    headers = httpx.get(portal.url + path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


def test_behind_tls_the_cookie_stays_there(tmp_path):
    with serve(tmp_path, secure_cookies=True) as portal:
        lee = Person(portal, "lee", "attendant")
        assert "max-age=" in lee.get("/").headers["strict-transport-security"]
        portal.sign_in("sun")
        answer = httpx.post(f"{portal.url}/login", data={"name": "sun", "password": "four wet hands"})
        assert "Secure" in answer.headers["set-cookie"]


def test_health_says_no_more_than_that_the_portal_answers(portal):
    answer = httpx.get(f"{portal.url}/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


class _Inline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.found += [name for name in values if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") != "application/json"):
            self.found.append(tag)
        self.found += [
            value for name, value in attrs if name in ("src", "href") and value.startswith(("http", "//", "data:"))
        ]


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("portal")) as portal:
        fill(portal)
        yield portal, Person(portal, "mei", "manager")


@pytest.mark.parametrize("path", [*PAGES, "/login"])
def test_a_page_needs_no_exception_from_its_own_policy_and_nothing_from_elsewhere(full, path):
    _portal, mei = full
    inline = _Inline()
    inline.feed(mei.get(path).text)
    assert inline.found == []


@pytest.mark.parametrize("path", PAGES)
def test_each_control_of_a_page_has_a_name_and_each_id_is_there_once(full, path):
    _portal, mei = full
    page = mei.get(path).text
    ids = re.findall(r' id="([^"]*)"', page)
    assert sorted(ids) == sorted(set(ids))
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        if 'type="hidden"' in control or " hidden" in control or 'type="checkbox"' in control:
            continue
        found = re.search(r'id="([^"]*)"', control)
        assert "aria-label=" in control or (found and f'<label class="form-label" for="{found[1]}"' in page), control
    for label, text in re.findall(r"<button([^>]*)>(.*?)</button>", page, re.DOTALL):
        assert "aria-label" in label or re.sub(r"<[^>]*>", "", text).strip(), label


def test_an_asset_is_kept_for_a_year_and_changes_its_address_with_its_content(portal, lee):
    page = lee.get("/").text
    for path in re.findall(r'(?:src|href)="(/assets/[^"]*)"', page):
        answer = httpx.get(portal.url + path, headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        packed = httpx.get(portal.url + path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == answer.content
        assert int(packed.headers["content-length"]) < len(answer.content)
        version = path.split("/")[2]
        assert httpx.get(portal.url + path.replace(version, "0" * 12)).status_code == 404


@pytest.mark.parametrize(
    "path", ["package.json", "..%2fapp.py", "%2e%2e/app.py", "tabler.min.css", "", "x" * 3000]
)  # fmt: skip
def test_nothing_but_the_declared_assets_is_served(portal, path):
    version = load_assets()["portal.css"].version
    assert httpx.get(f"{portal.url}/assets/{version}/{path}").status_code == 404


def test_pages_are_compressed(lee):
    assert lee.get("/").headers["content-encoding"] == "gzip"


def test_a_missing_asset_fails_at_start_and_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("portal.assets._FILES", {"portal.css": "static/none.css"})
    load_assets.cache_clear()
    try:
        with pytest.raises(MissingAsset, match="npm ci"):
            create_app(Settings(data=tmp_path))
    finally:
        monkeypatch.undo()
        load_assets.cache_clear()


def test_a_missing_icon_fails_at_start(monkeypatch):
    monkeypatch.setattr(icons, "NAMES", ("no-such-icon",))
    load_icons.cache_clear()
    try:
        with pytest.raises(MissingAsset, match="no-such-icon"):
            load_icons()
    finally:
        monkeypatch.undo()
        load_icons.cache_clear()


def test_every_declared_icon_is_used():
    used = {entry.icon for entry in MENU}
    for template in TEMPLATES:
        used |= set(re.findall(r'"([a-z0-9-]+)"', template.read_text()))
    assert set(NAMES) - used == set()


def test_an_icon_is_silent_to_screen_readers():
    assert 'aria-hidden="true"' in icon("check")
    assert "style=" not in icon("check")


@pytest.mark.parametrize("path", ["/nothing", "/limits/a", "/api", "/static/portal.css"])
def test_an_unknown_address_is_a_page_with_a_way_on(lee, path):
    answer = lee.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in read(answer.text)
    assert 'href="/"' in answer.text


def test_a_method_that_is_not_possible_is_a_page_too(lee):
    answer = lee.client.put("/alarms")
    assert answer.status_code == 405
    assert "There is no such page" in read(answer.text)


def test_a_form_larger_than_any_is_refused(lee):
    assert lee.post("/alarms/1/notes", text="x" * 100_000).status_code == 413


def test_a_failure_is_a_page_and_says_nothing_of_its_inside(portal, lee):
    with portal.records.begin() as connection:
        connection.exec_driver_sql("drop table hours_version")
    answer = lee.get("/hours")
    assert answer.status_code == 500
    assert "Something went wrong" in read(answer.text)
    assert "hours_version" not in answer.text
    assert "content-security-policy" in answer.headers


def test_what_is_named_in_the_address_is_never_taken_for_html(lee):
    for path in ("/<script>alert(1)</script>", "/alarms?place=<script>alert(1)</script>", "/login?to=/<script>"):
        assert "<script>alert" not in lee.get(path).text


def test_the_portal_does_the_same_on_postgresql(tmp_path, postgres_url):
    with serve(tmp_path, records_url=postgres_url) as portal:
        browser = portal.sign_in("sun", "supervisor")
        assert browser.get("/").status_code == 200
        for _ in range(PER_NAME_AND_ADDRESS):
            httpx.post(f"{portal.url}/login", data={"name": "sun", "password": "wrong"})
        assert httpx.post(f"{portal.url}/login", data={"name": "sun", "password": "wrong"}).status_code == 429
        lee, mei = Person(portal, "lee", "attendant"), Person(portal, "mei", "manager")
        token = field(lee.get("/").text, "token")
        for notice in ("is logged", "nothing was logged twice"):
            assert lee.post("/foot-bath/lakeside/foot-bath", token=token).status_code == 303
            assert notice in lee.see("/foot-bath")
        alarm = raise_alarm(portal, over=True)
        assert lee.post(f"/alarms/{alarm}/acknowledgement").status_code == 303
        assert mei.post(f"/alarms/{alarm}/acknowledgement").status_code == 422
        assert lee.post(f"/alarms/{alarm}/closure", cause="a", action="b").status_code == 303
        measure(portal, "spa", "ph", 7.3)
        right = {"kind": "pool", "name_zh": "池", "name_en": "Spa", "profile": "", "quantity-ph": "on"}
        assert mei.post("/discovered/lakeside/spa", **right).status_code == 303
        assert mei.post("/hours/lakeside", opens="08:00", closes="22:00", why="summer").status_code == 303
        with lee.client.stream("GET", "/live", headers={"Accept": "text/event-stream"}) as stream:
            assert next(line for line in stream.iter_lines() if line.startswith("event: place")) == (
                "event: place-lakeside--main"
            )
        for path in ("/", "/alarms?show=all", f"/alarms/{alarm}", "/limits", "/hours", "/discovered"):
            assert mei.get(path).status_code == 200


def test_the_clock_of_the_page_is_the_servers(lee):
    assert f'data-now="{NOON.isoformat()}"' in lee.get("/").text
