"""The follower: InfluxDB gets everything exactly once, whatever dies or is away meanwhile."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from ingest.entries import Entry
from ingest.follower import Follower, run
from ingest.influx import Halted, InfluxStore, to_line
from ingest.instants import SECOND
from ingest.journal import Journal, Writer
from ingest.progress import read_position, write_position
from ingest.redelivery import Received
from ingest.series import Point, Unavailable
from ingest.settings import Settings
from ingest.topics import Topic
from tests.ingest.processes import Process
from tests.waiting import until

NOW = 1_795_482_000 * SECOND
PH = Topic("lakeside", "main", "ph")
GATE = Topic("lakeside", "gate", "access")


@pytest.fixture
def settings(tmp_path, influx):
    return Settings(data=tmp_path, series_url=influx.url)


@pytest.fixture
def writer(settings):
    with Writer(settings.journal_path) as writer:
        yield writer


@pytest.fixture
def store(settings):
    store = InfluxStore(settings)
    yield store
    store.close()


def append(writer, first, last):
    """Readings of consecutive microseconds, whose value is their number."""
    entries = [Entry(PH, NOW + number, float(number), received=NOW) for number in range(first, last)]
    writer.append([Received(entries)])


def expected(last):
    return [Point(NOW + number, float(number)) for number in range(last)]


@contextmanager
def following(settings):
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(settings, stop))
    thread.start()
    yield
    stop.set()
    thread.join()


def points(store):
    try:
        return store.points(PH, NOW, 2**62)
    except Unavailable:
        return []


def ask(influx, question):
    query = urlencode({"db": "pool", "q": question, "epoch": "ns"})
    with urlopen(f"{influx.base}/query?{query}") as answer:
        return json.load(answer)["results"][0].get("series", [])


def test_what_was_written_while_influxdb_was_down_is_there_when_it_is_back(settings, writer, store, influx):
    append(writer, 0, 100)
    with following(settings):
        until(lambda: points(store) == expected(100))
        influx.kill()
        append(writer, 100, 12_000)
        influx.start()
        append(writer, 12_000, 12_100)
        until(lambda: points(store) == expected(12_100), 40)


def test_a_follower_that_is_killed_again_and_again_copies_everything_once(settings, writer, store):
    append(writer, 0, 30_000)
    for _ in range(5):
        before = len(points(store))
        with Process("follow", settings) as process:
            until(lambda before=before: len(points(store)) > before, 40)
            process.kill()
        append(writer, writer.head(), writer.head() + 10_000)
    with following(settings):
        until(lambda: len(points(store)) == writer.head(), 60)
    assert points(store) == expected(writer.head())


def test_a_line_that_influxdb_refuses_is_kept_aside_and_the_others_are_stored(settings, writer, store, tmp_path):
    store.prepare()
    # InfluxDB knows the field as text in the week of a month ago, and refuses a number there.
    before = NOW - 30 * 86_400 * SECOND
    store.write([to_line(Entry(PH, before, 0.5)).replace(b"0.5", b'"text"')])
    append(writer, 0, 50)
    writer.append([Received([Entry(PH, before + 1, 7.0, received=NOW)])])
    append(writer, 50, 100)
    with following(settings):
        until(lambda: len(points(store)) == 100)
    [reject] = [json.loads(line) for line in (tmp_path / "influx.rejects").read_text().splitlines()]
    assert reject["position"] == 51
    assert "field type conflict" in reject["reason"]
    assert store.points(PH, NOW, 2**62) == expected(100)


def test_another_database_gets_everything_from_the_beginning(settings, writer, influx):
    append(writer, 0, 10)
    for name in ("pool", "other"):
        there = settings.model_copy(update={"series_url": f"{influx.url.removesuffix('pool')}{name}"})
        store = InfluxStore(there)
        with following(there):
            until(lambda store=store: points(store) == expected(10))
        store.close()


def test_people_who_pass_in_the_same_microsecond_are_all_counted(settings, writer, influx):
    people = [Entry(GATE, NOW, 1.0, "", number, NOW) for number in range(20)]
    writer.append([Received([*people, Entry(GATE, NOW, -1.0, received=NOW), Entry(PH, NOW, 7.0, received=NOW)])])
    with following(settings):
        counts = until(lambda: ask(influx, "SELECT sum(count) FROM access GROUP BY direction"))
    assert {series["tags"]["direction"]: series["values"][0][1] for series in counts} == {"in": 20, "out": 1}


def test_only_readings_and_people_go_to_influxdb():
    assert to_line(Entry(Topic("lakeside", "main", "status"), NOW, 1.0)) is None
    assert to_line(Entry(Topic("lakeside", "foot-bath", "changed"), NOW, 1.0)) is None
    assert to_line(Entry(PH, NOW, 7.42)) == b"reading,place=main,quantity=ph,site=lakeside value=7.42 %d000" % NOW


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"target": "x"}', '{"target": "x", "position": "?"}'])
def test_a_damaged_position_means_from_the_beginning(tmp_path, damaged):
    path = tmp_path / "influx.cursor"
    write_position(path, "x", 7)
    assert read_position(path, "x") == 7
    assert read_position(path, "y") == 0
    path.write_text(damaged)
    assert read_position(path, "x") == 0


class Answering(HTTPServer):
    """A server that answers every write with one status and remembers who asked."""

    def __init__(self, status):
        super().__init__(("127.0.0.1", 0), AnsweringHandler)
        self.status = status
        self.authorizations = set()


class AnsweringHandler(BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        self.server.authorizations.add(self.headers["Authorization"])
        self.send_response(self.server.status if self.path.startswith("/write") else 204)
        self.send_header("X-Influxdb-Version", "v2.7.10")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = answer  # noqa: N815  # names of http.server

    def log_message(self, *_):
        """Not on the terminal."""


@contextmanager
def answering(status):
    server = Answering(status)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "error"), [(401, Halted), (403, Halted), (404, Halted), (429, Unavailable), (503, Unavailable)]
)
def test_nothing_is_skipped_when_influxdb_says_no(tmp_path, status, error):
    with Writer(tmp_path / "journal.db") as writer, answering(status) as server:
        append(writer, 0, 3)
        settings = Settings(
            data=tmp_path, series_url=f"influxdb://127.0.0.1:{server.server_port}/pool", series_token="secret"
        )
        store, journal = InfluxStore(settings), Journal(settings.journal_path)
        follower = Follower(journal, store, tmp_path)
        with pytest.raises(error, match=str(status)) as raised:
            follower.step()
        assert raised.type is error
        assert "secret" not in str(raised.value)
        assert server.authorizations == {"Token secret"}
        server.status = 204
        follower.step()
        assert read_position(tmp_path / "influx.cursor", store.name) == 3
        journal.close()
        store.close()
