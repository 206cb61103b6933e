"""The JSON API: who may read it, and how it says what went wrong."""

import json
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from monitor.records import reading, writing
from portal import tokens
from tests.portal.served import NOON

PATHS = ("/sites", "/readings/latest", "/readings", "/alarms", "/alarms/1", "/duties", "/duties/done")


def problem(answer, status):
    """What a problem document says; that it is one is checked by the way."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["detail"]
    return document


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ({}, "Bearer"),
        ({"Authorization": "Basic bWVpOmZvdXI="}, "Bearer"),
        ({"Authorization": "Bearer pool_wrong"}, 'Bearer error="invalid_token"'),
        ({"Authorization": "Bearer"}, "Bearer"),
    ],
)
def test_nothing_is_read_without_a_token(portal, path, header, challenge):
    answer = httpx.get(f"{portal.url}/api/v1{path}", headers=header)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == challenge


def test_a_revoked_token_is_refused_at_once(portal):
    assert portal.api.get("/sites").status_code == 200
    with writing(portal.records) as session:
        tokens.revoke(session, "display", NOON)
    assert "revoked" in problem(portal.api.get("/sites"), 401)["detail"]


def test_a_session_of_the_pages_is_no_token(portal):
    problem(portal.sign_in("mei", "manager").get("/api/v1/sites"), 401)


def last_use(portal):
    with reading(portal.records) as session:
        return session.scalar(select(tokens.ApiToken.used))


def test_use_of_a_token_is_noted_once_a_minute(portal):
    portal.api.get("/sites")
    portal.now = NOON + timedelta(seconds=59)
    portal.api.get("/sites")
    assert last_use(portal) == NOON
    portal.now = NOON + timedelta(seconds=60)
    portal.api.get("/sites")
    assert last_use(portal) == NOON + timedelta(seconds=60)


def test_an_address_that_is_not_there_is_a_problem(portal):
    assert problem(portal.api.get("/pools"), 404)["detail"] == "nothing is at /api/v1/pools"


def test_a_page_that_is_not_there_is_a_page(portal):
    answer = httpx.get(f"{portal.url}/pools", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed_through_the_api(portal, method):
    answer = portal.api.request(method, "/sites")
    assert problem(answer, 405)["detail"] == f"{method} is not possible at /api/v1/sites"
    assert answer.headers["allow"] == "GET"


def test_every_mistake_is_named_with_what_was_expected(portal):
    asked = "/readings?site=Lake&quantity=phx&from=yesterday&to=2026-11-24T09:00:00&limit=0&colour=red"
    mistakes = {item["parameter"]: item for item in problem(portal.api.get(asked), 422)["errors"]}
    assert mistakes["place"] == {"parameter": "place", "expected": "a value, which is required"}
    assert mistakes["quantity"]["found"] == "phx"
    assert mistakes["quantity"]["expected"].startswith("one of ph, bromine, chlorine")
    assert mistakes["from"]["expected"].startswith("a time as in RFC 3339 with its offset")
    assert mistakes["to"]["found"] == "2026-11-24T09:00:00"
    assert mistakes["colour"] == {"parameter": "colour", "found": "red", "expected": "no such parameter"}
    assert {"site", "limit"} < mistakes.keys()


def test_a_parameter_given_twice_is_refused(portal):
    document = problem(portal.api.get("/alarms?site=lakeside&site=riverside"), 422)
    assert document["errors"] == [{"parameter": "site", "found": "2 values", "expected": "one value"}]


def break_records(portal):
    with writing(portal.records) as session:
        session.connection().exec_driver_sql("drop table hours_version")


def test_a_failure_is_a_problem_that_tells_no_secrets(portal, capfd):
    break_records(portal)
    document = problem(portal.api.get("/sites"), 500)
    assert "hours_version" not in json.dumps(document)
    logged = capfd.readouterr()
    assert "hours_version" in logged.out + logged.err


def test_a_token_never_reaches_the_log(portal, capfd):
    portal.api.get("/sites")
    portal.api.get("/readings?site=x")
    httpx.get(f"{portal.url}/api/v1/sites", headers={"Authorization": "Bearer pool_guessed"})
    break_records(portal)
    portal.api.get("/sites")
    logged = "".join(capfd.readouterr())
    assert "request_failed" in logged
    assert portal.token not in logged
    assert "guessed" not in logged


def test_the_api_explains_itself_without_an_account(portal):
    answer = httpx.get(f"{portal.url}/api/v1/docs", headers={"Accept-Language": "en"})
    assert answer.headers["content-type"].startswith("text/html")
    document = httpx.get(f"{portal.url}/api/v1/openapi.json").json()
    assert set(document["paths"]) == {path.replace("/1", "/{alarm}") for path in PATHS}
    for path in document["paths"]:
        assert f"/api/v1{path}" in answer.text
    assert "//cdn" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
