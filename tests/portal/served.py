"""The real portal over Lakeside, served on a free port by a thread, with a clock that the test sets."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from ingest.entries import Entry
from ingest.influx import InfluxStore, to_line
from ingest.instants import from_datetime
from ingest.journal import Writer
from ingest.redelivery import Received
from ingest.topics import Topic, parse
from monitor import lakeside
from monitor.records import Record, writing
from portal import tokens
from portal.accounts import ROLES, add_account
from portal.app import create_app
from portal.settings import Settings
from tests.services import answers, free_port
from tests.waiting import until

# Half past two in the afternoon at the pool.
NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
REGISTERED = NOON - timedelta(days=30)
PASSWORD = "four wet hands"


class Portal:
    """A running portal; `api` asks with a token, `records` and `journal` are what it reads."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.data = data
        self.journal = Writer(data / "journal.db")
        self.journal.append([])
        self.now = NOON
        self.app = create_app(Settings(data=data, port=free_port(), **settings), lambda: self.now)
        self.records = self.app.state.records
        self.url = f"http://127.0.0.1:{self.app.state.settings.port}"
        Record.metadata.create_all(self.records)
        with writing(self.records) as session:
            lakeside.register(session, REGISTERED)
            self.token = tokens.issue(session, "display", NOON)
        self.api = httpx.Client(base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {self.token}"})
        self.clients = [self.api]

    def measure(self, topic: str, values: Iterable[tuple[datetime, float]]) -> Topic:
        """Put readings into the journal, as ingest would, and into InfluxDB, as its follower would."""
        series = parse(f"pools/lakeside/{topic}")
        entries = [Entry(series, from_datetime(time), value, received=from_datetime(time)) for time, value in values]
        self.journal.append([Received(entries)])
        if isinstance(self.app.state.series, InfluxStore):
            self.app.state.series.prepare()
            self.app.state.series.write(filter(None, map(to_line, entries)))
        return series

    def add(self, *rows: Record) -> None:
        """Put rows into the records database, as the monitor would."""
        with writing(self.records) as session:
            session.add_all(rows)

    def sign_in(self, name: str, role: str = "attendant") -> httpx.Client:
        """A browser in which somebody of this role has signed in, in English."""
        assert role in ROLES
        with writing(self.records) as session:
            add_account(session, name, role, PASSWORD, NOON).language = "en"
        client = httpx.Client(base_url=self.url)
        self.clients.append(client)
        assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        return client


@contextmanager
def serve(data: Path, **settings: Any) -> Iterator[Portal]:
    """Run a portal until the end of the block."""
    portal = Portal(data, **settings)
    port = portal.app.state.settings.port
    server = uvicorn.Server(uvicorn.Config(portal.app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: answers(port), 20, "the portal answers")
        yield portal
    finally:
        server.should_exit = True
        thread.join(20)
        for client in portal.clients:
            client.close()
        portal.journal.close()
