"""The stream that keeps the overview current: what it sends, to whom, and when it ends."""

import json
import re
import threading
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from ingest import clock
from monitor import registry
from monitor.progress import Cursor, Part
from monitor.records import writing
from portal import sessions
from portal.serve import run
from portal.settings import Settings
from tests.portal.people import Person, read
from tests.portal.served import NOON
from tests.portal.stories import change_bath, measure, raise_alarm
from tests.services import answers, free_port
from tests.waiting import until


class Stream:
    """What a browser receives, event by event, in a thread of its own."""

    def __init__(self, client):
        self.events = []
        self.status = None
        self.ended = threading.Event()
        self._client = client
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        try:
            with self._client.stream("GET", "/live", headers={"Accept": "text/event-stream"}) as answer:
                self.status = answer.status_code
                self.headers = answer.headers
                name = ""
                lines = []
                for line in answer.iter_lines():
                    if line.startswith("event: "):
                        name = line[7:]
                    elif line.startswith("data: "):
                        lines.append(line[6:])
                    elif not line and name:
                        self.events.append((name, "\n".join(lines)))
                        name, lines = "", []
        except httpx.TransportError:
            pass
        finally:
            self.ended.set()

    def names(self):
        return [name for name, _html in self.events]

    def wait(self, name, words, since=0):
        return until(
            lambda: [html for event, html in self.events[since:] if event == name and words in read(html)],
            what=f"{words!r} in {name}, got {json.dumps(self.names())}",
        )[-1]

    def join(self):
        self._thread.join(20)
        assert not self._thread.is_alive()


@contextmanager
def watch(person):
    client = httpx.Client(base_url=person.client.base_url, cookies=dict(person.client.cookies), timeout=30)
    stream = Stream(client)
    try:
        yield stream
    finally:
        with writing(person.portal.records) as session:
            sessions.end(session, person.session_id)
        stream.join()
        client.close()


@pytest.fixture
def lee(portal):
    lee = Person(portal, "lee", "attendant")
    lee.portal = portal
    return lee


def advance(portal, position):
    """The monitor moves its cursor with everything that it writes."""
    with writing(portal.records) as session:
        session.merge(Cursor(name="monitor", position=position))


def test_the_stream_begins_with_every_piece_of_the_page(portal, lee):
    measure(portal, "main", "ph", 7.41)
    with watch(lee) as stream:
        stream.wait("place-lakeside--main", "7.41")
        until(lambda: "parts" in stream.names())
        page = lee.get("/").text
        assert set(stream.names()) == set(re.findall(r'sse-swap="([^"]*)"', page))
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-cache"
        assert "content-encoding" not in stream.headers


def test_only_what_changed_is_sent(portal, lee):
    measure(portal, "main", "ph", 7.41)
    with watch(lee) as stream:
        stream.wait("place-lakeside--main", "7.41")
        until(lambda: "parts" in stream.names())
        begun = len(stream.events)
        measure(portal, "main", "ph", 7.42)
        advance(portal, 1)
        stream.wait("place-lakeside--main", "7.42", begun)
        assert set(stream.names()[begun:]) == {"place-lakeside--main"}


def test_an_alarm_a_change_a_limit_and_a_part_each_arrive_without_a_new_reading(portal, lee):
    with watch(lee) as stream:
        until(lambda: "parts" in stream.names())
        raise_alarm(portal)
        stream.wait("alarms", "Main pool · pH")
        change_bath(portal, NOON)
        stream.wait("place-lakeside--foot-bath", "Due at 18:30")
        with writing(portal.records) as session:
            registry.set_limit(
                session, 1, "ph", low=7.0, high=7.1, close_low=None, close_high=None, deadband=0, on_delay=0,
                close_on_delay=0, off_delay=0, hours="always", by="mei", why="x", now=NOON,
            )  # fmt: skip
        stream.wait("place-lakeside--main", "7.00–7.10")
        portal.add(Part(name="ingest", state="restarting", pid=None, since=NOON, restarts=1, last_exit="-9"))
        stream.wait("parts", "is being restarted")


def test_everybody_gets_their_own_language_and_what_their_role_may_do(portal, lee):
    fang = Person(portal, "fang", "front-desk", "zh")
    fang.portal = portal
    with watch(lee) as english, watch(fang) as chinese:
        assert "Changed now" in english.wait("place-lakeside--foot-bath", "Foot bath")
        assert "<button" not in chinese.wait("place-lakeside--foot-bath", "浸脚消毒池")


def test_the_stream_holds_no_word_of_a_session(lee):
    with watch(lee) as stream:
        until(lambda: "parts" in stream.names())
        assert lee.csrf not in str(stream.events)


def test_what_the_clock_alone_changes_arrives_too(portal, lee):
    with watch(lee) as stream:
        stream.wait("site-lakeside", "Open now")
        portal.now = NOON + timedelta(hours=7)
        stream.wait("site-lakeside", "Closed now")


def test_signing_out_ends_the_stream_and_tells_the_page(lee):
    with watch(lee) as stream:
        until(lambda: "parts" in stream.names())
        lee.post("/logout")
        assert stream.ended.wait(20)
        assert stream.names()[-1] == "renew"
    with lee.client.stream("GET", "/live", headers={"Accept": "text/event-stream"}) as answer:
        assert answer.status_code == 204, "so that the browser does not connect again"


def test_a_session_that_expires_ends_the_stream(portal, lee):
    with watch(lee) as stream:
        until(lambda: "parts" in stream.names())
        portal.now = NOON + sessions.IDLE
        assert stream.ended.wait(20)
        assert stream.names()[-1] == "renew"


def test_a_place_that_is_adopted_makes_the_page_ask_for_itself_anew(portal, lee):
    with watch(lee) as stream:
        until(lambda: "parts" in stream.names())
        with writing(portal.records) as session:
            registry.adopt(session, "lakeside", "spa", "pool", "池", "Spa", None, ["ph"], "mei", NOON)
        assert stream.ended.wait(20)
        assert stream.names()[-1] == "renew"


def test_the_portal_stops_at_once_while_pages_are_open(portal):
    portal.now = clock.now()
    lee = Person(portal, "lee", "attendant")
    settings = Settings(data=portal.data, port=free_port())
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(settings, stop))
    thread.start()
    until(lambda: answers(settings.port))
    client = httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", cookies=dict(lee.client.cookies))
    streams = [Stream(client) for _ in range(3)]
    for stream in streams:
        until(lambda stream=stream: "parts" in stream.names())
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    for stream in streams:
        stream.join()
    client.close()
