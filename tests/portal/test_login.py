"""Who gets in, who does not, and how long a session lasts."""

from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher

from monitor.records import reading, writing
from portal import sessions, throttle
from portal.accounts import BadAccount, LoginSession, add_account, find_account, set_password
from tests.portal.people import Person, read
from tests.portal.served import NOON, PASSWORD

WRONG = "Name or password is wrong."


@pytest.fixture
def browser(portal):
    with httpx.Client(base_url=portal.url, headers={"Accept": "text/html", "Accept-Language": "en"}) as client:
        yield client


@pytest.fixture(autouse=True)
def _account(portal):
    with writing(portal.records) as session:
        add_account(session, "lee", "attendant", PASSWORD, NOON)


def sign_in(browser, name="lee", password=PASSWORD, **more):
    return browser.post("/login", data={"name": name, "password": password, **more})


def test_a_stranger_is_asked_to_sign_in_and_then_gets_the_page_they_wanted(browser):
    asked = browser.get("/alarms?show=all")
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?to=/alarms%3Fshow%3Dall")
    form = browser.get(asked.headers["location"])
    assert 'name="to" value="/alarms?show=all"' in form.text
    answer = sign_in(browser, to="/alarms?show=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alarms?show=all")
    assert browser.get("/alarms?show=all").status_code == 200


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1", "x"])
def test_signing_in_never_leads_to_another_site(browser, to):
    assert sign_in(browser, to=to).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(browser):
    wrong, unknown = sign_in(browser, password="guess guess"), sign_in(browser, name="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert WRONG in read(wrong.text)
    assert wrong.text.replace("lee", "").split("<main")[1] == unknown.text.replace("nobody", "").split("<main")[1]
    assert 'value="lee"' in wrong.text
    assert sessions.COOKIE not in browser.cookies


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(browser, monkeypatch):
    checked = []
    real = PasswordHasher.verify

    def verify(hasher, hashed, word):
        checked.append(hashed)
        return real(hasher, hashed, word)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    assert sign_in(browser, name="nobody").status_code == 401
    assert len(checked) == 1


def test_a_name_is_the_same_in_capitals_and_full_width(browser):
    assert sign_in(browser, name=" ＬＥＥ ").status_code == 303


def test_the_cookie_is_hidden_from_scripts_and_kept_only_as_a_hash(portal, browser):
    cookie = sign_in(browser).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    word = browser.cookies[sessions.COOKIE]
    with reading(portal.records) as session:
        row = session.query(LoginSession).one()
    assert word not in (row.digest, row.csrf)


def test_too_many_tries_are_refused_even_with_the_right_password_until_a_quarter_of_an_hour_has_passed(portal, browser):
    answers = [sign_in(browser, password="guess guess").status_code for _ in range(throttle.PER_NAME_AND_ADDRESS)]
    assert set(answers) == {401}
    refused = sign_in(browser)
    assert refused.status_code == 429
    assert "Too many tries" in read(refused.text)
    portal.now += throttle.WINDOW
    assert sign_in(browser).status_code == 303


def test_who_knows_the_password_in_the_end_starts_from_nothing(browser):
    for _ in range(2):
        for _ in range(throttle.PER_NAME_AND_ADDRESS - 1):
            sign_in(browser, password="guess guess")
        assert sign_in(browser).status_code == 303
        browser.cookies.clear()


def test_guessing_many_names_from_one_address_is_refused_and_leaves_other_addresses_alone(portal):
    with writing(portal.records) as session:
        tries = [throttle.admit(session, f"name{n}", "10.0.0.1", NOON) for n in range(throttle.PER_ADDRESS + 1)]
        assert tries == [True] * throttle.PER_ADDRESS + [False]
        assert throttle.admit(session, "name1", "10.0.0.2", NOON)


def test_guessing_one_name_from_many_addresses_is_refused(portal):
    with writing(portal.records) as session:
        tries = [throttle.admit(session, "lee", f"10.0.0.{n}", NOON) for n in range(throttle.PER_NAME + 1)]
    assert tries == [True] * throttle.PER_NAME + [False]


def test_a_session_ends_after_twelve_idle_hours(portal, lee):
    portal.now += sessions.IDLE - timedelta(minutes=1)
    assert lee.get("/").status_code == 200
    portal.now += sessions.IDLE
    assert lee.get("/").status_code == 303


def test_a_session_ends_after_thirty_days_however_much_it_is_used(portal, lee):
    for _ in range(60):
        assert lee.get("/alarms").status_code == 200
        portal.now += sessions.IDLE
        portal.now -= timedelta(seconds=1)
    portal.now = NOON + sessions.LONGEST
    assert lee.get("/alarms").status_code == 303


def test_what_an_open_page_fetches_by_itself_keeps_nobody_signed_in(portal, lee):
    for _ in range(3):
        lee.client.get("/trends/data", params={"place": "main", "quantity": "ph"}, headers={"Accept": "*/*"})
        portal.now += sessions.IDLE / 2
    assert lee.get("/").status_code == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(portal, lee):
    word = lee.client.cookies[sessions.COOKIE]
    assert lee.post("/logout").headers["location"] == "/login"
    with httpx.Client(base_url=portal.url, cookies={sessions.COOKIE: word}) as thief:
        assert thief.get("/").status_code == 303


def test_changing_the_password_signs_out_every_other_device(portal, browser):
    sign_in(browser)
    phone = Person(portal, "lee", "attendant")
    desk = Person(portal, "lee", "attendant")
    new = "five dry feet"
    answer = desk.post("/password", current=PASSWORD, new=new, again=new)
    assert answer.status_code == 303
    assert desk.get("/").status_code == 200
    assert phone.get("/").status_code == browser.get("/").status_code == 303
    assert sign_in(browser).status_code == 401
    assert sign_in(browser, password=new).status_code == 303


def test_a_new_password_is_refused_with_every_mistake_at_once(portal):
    lee = Person(portal, "lee", "attendant")
    answer = lee.post("/password", current="wrong", new="short", again="other")
    assert answer.status_code == 422
    text = read(answer.text)
    assert "This is not your current password." in text
    assert "A password has at least 10 characters." in text
    answer = lee.post("/password", current=PASSWORD, new="long enough", again="long enough!")
    assert "The two new passwords differ." in read(answer.text)


def test_accounts_are_refused_with_what_was_found_and_expected(portal):
    with writing(portal.records) as session:
        add_account(session, "Mei", "manager", PASSWORD, NOON)
        for name, role, password in (
            ("mei", "manager", PASSWORD),
            ("", "manager", PASSWORD),
            ("x" * 41, "manager", PASSWORD),
            ("sun", "boss", PASSWORD),
            ("sun", "supervisor", "short"),
        ):
            with pytest.raises(BadAccount, match="expected"):
                add_account(session, name, role, password, NOON)
        with pytest.raises(BadAccount, match="expected"):
            set_password(session, "nobody", PASSWORD)
        assert find_account(session, "sun") is None
