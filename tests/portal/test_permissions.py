"""Who may do what: every route against every role, so that a new one is tested the day it is added."""

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from monitor.alarms import Alarm
from monitor.records import writing
from portal.accounts import ROLES, find_account
from portal.app import ROUTERS
from portal.forms import new_token
from portal.guard import Undeclared, permission_of
from portal.permissions import ALLOWED, Act
from tests.portal.people import Person, read
from tests.portal.served import NOON, serve

EVERYBODY = frozenset(ROLES)
POOL = frozenset({"attendant", "supervisor", "manager", "general-manager"})
MANAGER = frozenset({"manager"})
PUBLIC = None

# Who may use each route, and a form that it would take.
EXPECTED = {
    ("GET", "/healthz"): (PUBLIC, {}),
    ("GET", "/login"): (PUBLIC, {}),
    ("POST", "/login"): (PUBLIC, {"name": new_token, "password": "wrong"}),
    ("POST", "/language"): (PUBLIC, {"language": "en"}),
    ("POST", "/logout"): (EVERYBODY, {}),
    ("GET", "/password"): (EVERYBODY, {}),
    ("POST", "/password"): (EVERYBODY, {}),
    ("GET", "/"): (EVERYBODY, {}),
    ("GET", "/live"): (EVERYBODY, {}),
    ("GET", "/alarms"): (EVERYBODY, {}),
    ("GET", "/alarms/{alarm_id}"): (EVERYBODY, {}),
    ("POST", "/alarms/{alarm_id}/acknowledgement"): (POOL, {}),
    ("POST", "/alarms/{alarm_id}/notes"): (POOL, {"text": "seen"}),
    ("POST", "/alarms/{alarm_id}/closure"): (POOL, {"cause": "rain", "action": "waited"}),
    ("GET", "/trends"): (EVERYBODY, {}),
    ("GET", "/trends/data"): (EVERYBODY, {}),
    ("GET", "/foot-bath"): (EVERYBODY, {}),
    ("POST", "/foot-bath/{site}/{place}"): (POOL, {"token": new_token}),
    ("GET", "/limits"): (EVERYBODY, {}),
    ("GET", "/limits/{site}/{place}/{quantity}"): (EVERYBODY, {}),
    ("POST", "/limits/{site}/{place}/{quantity}"): (MANAGER, {}),
    ("POST", "/limits/{site}/{place}/{quantity}/silence"): (MANAGER, {}),
    ("GET", "/hours"): (EVERYBODY, {}),
    ("POST", "/hours/{site}"): (MANAGER, {}),
    ("POST", "/hours/{site}/name"): (MANAGER, {}),
    ("GET", "/discovered"): (EVERYBODY, {}),
    ("GET", "/discovered/{site}/{place}"): (MANAGER, {}),
    ("POST", "/discovered/{site}/{place}"): (MANAGER, {}),
    ("POST", "/discovered/{site}/{place}/{quantity}"): (MANAGER, {}),
}
ROUTES = [
    (method, route.path) for router in ROUTERS for route in router.routes for method in sorted(route.methods - {"HEAD"})
]
NOT_FOUND_HERE = {"/discovered/{site}/{place}"}


def make_alarm():
    return Alarm(
        rule="limit",
        severity="warning",
        site="lakeside",
        place="main",
        quantity="ph",
        state="returned",
        raised=NOON,
        value=6.1,
        worst=6.0,
    )


def fill(path):
    place = "foot-bath" if path.startswith("/foot-bath") else "main"
    return path.format(alarm_id=1, site="lakeside", place=place, quantity="ph")


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("portal")) as portal:
        portal.add(make_alarm(), make_alarm())
        yield portal


def ask(person, method, path, form):
    if method == "POST":
        return person.post(fill(path), **{name: word() if callable(word) else word for name, word in form.items()})
    if path == "/live":
        with person.client.stream("GET", path) as answer:
            return answer
    params = {"place": "main", "quantity": "ph"} if path == "/trends/data" else {}
    return person.get(fill(path), params=params)


def test_every_route_is_expected_and_no_more():
    assert sorted(ROUTES) == sorted(EXPECTED)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_role_may_do_what_it_should_and_nothing_else(portal, method, path):
    allowed, form = EXPECTED[method, path]
    for role in ROLES:
        person = Person(portal, role, role)
        status = ask(person, method, path, form).status_code
        person.client.close()
        may = allowed is PUBLIC or role in allowed
        right = {404} if may and path in NOT_FOUND_HERE else {200, 303, 401, 422} if may else {403}
        assert status in right, (role, method, path, status)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_gets_further_than_the_login_without_signing_in(portal, method, path):
    allowed, _form = EXPECTED[method, path]
    with httpx.Client(base_url=portal.url) as stranger:
        answer = stranger.request(method, fill(path))
    if allowed is not PUBLIC:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")


POSTS = [path for method, path in ROUTES if method == "POST" and EXPECTED[method, path][0] is not PUBLIC]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("word", ["", "guessed"])
def test_a_form_without_the_word_of_its_session_changes_nothing(portal, path, word):
    person = Person(portal, "mei", "manager")
    answer = person.post(fill(path), csrf=word)
    person.client.close()
    assert answer.status_code == 403
    assert "Nothing was changed" in read(answer.text)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_form_that_another_site_sends_is_refused_even_before_signing_in(portal, headers):
    with httpx.Client(base_url=portal.url) as stranger:
        assert stranger.post("/login", data={"name": "lee", "password": "x"}, headers=headers).status_code == 403


def test_a_form_of_our_own_is_taken_whatever_the_browser_says_of_its_origin(portal):
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": portal.url}):
        with httpx.Client(base_url=portal.url) as stranger:
            assert stranger.post("/login", data={"name": "lee", "password": "x"}, headers=headers).status_code == 401


def test_pages_offer_only_what_their_reader_may_do(portal):
    offers = {
        "/": ({"Changed now"}, POOL),
        "/alarms/2": ({"Add the note", "Close the alarm"}, POOL),
        "/foot-bath": ({"Changed now"}, POOL),
        "/limits/lakeside/main/ph": ({"Put the new limit in force", "Set the silence times"}, MANAGER),
        "/hours": ({"Put the new hours in force"}, MANAGER),
    }
    for role in ROLES:
        person = Person(portal, role, role)
        for path, (buttons, allowed) in offers.items():
            text = person.see(path)
            assert {button for button in buttons if button in text} == (buttons if role in allowed else set())
        person.client.close()


def test_a_route_that_does_not_say_who_may_use_it_fails_at_start():
    router = APIRouter()
    router.add_api_route("/open", lambda: "everything")
    route = router.routes[0]
    assert isinstance(route, APIRoute)
    with pytest.raises(Undeclared):
        permission_of(route)


def test_every_act_has_its_roles():
    assert set(ALLOWED) == set(Act)
    assert all(roles <= EVERYBODY for roles in ALLOWED.values())


def test_a_role_that_changes_counts_from_the_next_request(portal):
    sun = Person(portal, "sun-once", "manager")
    assert sun.get("/discovered/lakeside/none").status_code == 404
    with writing(portal.records) as session:
        find_account(session, "sun-once").role = "cashier"
    assert sun.get("/discovered/lakeside/none").status_code == 403
