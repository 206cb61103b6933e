"""The whole house as processes of its own, each of which a test may kill and start again."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from ingest import clock
from ingest.journal import Journal
from monitor import lakeside, registry
from monitor.alarms import Alarm
from monitor.places import Place, Sensor
from monitor.records import connect, reading, writing
from portal.accounts import add_account
from tests.services import Mosquitto, answers, free_port
from tests.waiting import until

POOLKEEPER = Path(sys.executable).parent / "poolkeeper"
PARTS = ("ingest", "monitor", "portal")
CAST = {"lee": "attendant", "sun": "supervisor", "mei": "manager", "fang": "front-desk"}
PASSWORD = "four wet hands"


class House:
    """Lakeside with everybody in it, on a real broker, in an empty data folder."""

    def __init__(self, data: Path, broker: Mosquitto, records: str = "", **settings: str) -> None:
        """`records` is the URL of the records database, by default the one in the data folder."""
        records = records or f"sqlite:///{data}/records.db"
        self.data = data
        self.broker = broker
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.records: Engine = connect(records)
        self._environment = os.environ | {
            "POOL_DATA": str(data),
            "POOL_MQTT_URL": broker.url,
            "POOL_PORT": str(self.port),
            "POOL_RECORDS_URL": records,
            **settings,
        }

    def register_anew(self) -> None:
        """Let everything count as registered now; else sensors nobody has heard yet would soon be silent."""
        with writing(self.records) as session:
            for kind in (Place, Sensor):
                session.execute(update(kind).values(since=clock.now()))

    def start(self, *parts: str) -> None:
        """Start these parts, or all, or `run`, and wait until the portal answers if it is among them."""
        for part in parts or PARTS:
            with (self.data / f"{part}.log").open("ab") as log:
                command = [POOLKEEPER, part]
                self.parts[part] = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        if {"portal", "run"} & set(parts or PARTS):
            until(lambda: answers(self.port), 30, f"the portal answers, see {self.data}/portal.log")

    def kill(self, *parts: str) -> None:
        """`kill -9` of these parts, or of all."""
        for part in parts or tuple(self.parts):
            process = self.parts.pop(part)
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    def close(self) -> None:
        """End everything."""
        self.kill()
        self.records.dispose()

    def publish(self, topic: str, *payloads: object) -> None:
        """Publish with QoS 1 as a device would, in order; each is acknowledged by the broker before this returns."""
        lines = "\n".join(payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads)
        command = ["mosquitto_pub", "-p", str(self.broker.port), "-q", "1", "-t", f"pools/lakeside/{topic}", "-l"]
        subprocess.run(command, input=f"{lines}\n".encode(), check=True, timeout=60)

    def alarms(self, rule: str | None = None) -> Sequence[Alarm]:
        """The alarms so far, oldest first, of one rule or of all."""
        with reading(self.records) as session:
            question = select(Alarm).order_by(Alarm.id)
            return session.scalars(question.where(Alarm.rule == rule) if rule else question).all()

    def alarm(self, rule: str, seconds: float = 20, **wanted: Any) -> Alarm:
        """Wait for the one alarm of a rule to have these values."""

        def found() -> Alarm | None:
            alarms = [a for a in self.alarms(rule) if all(getattr(a, name) == value for name, value in wanted.items())]
            assert len(alarms) <= 1, alarms
            return alarms[0] if alarms else None

        what = f"alarm {rule} with {wanted}"
        return until(found, seconds, what)

    def position(self) -> int:
        """How far the journal reaches."""
        journal = Journal(self.data / "journal.db")
        try:
            return journal.head()
        finally:
            journal.close()

    def set_limit(self, place: str, quantity: str, **changes: Any) -> None:
        """Mei changes a limit."""
        with writing(self.records) as session:
            place_id = find_place(session, place).id
            now = registry.limits_in_force(session, place_id)[quantity]
            names = ("low", "high", "close_low", "close_high", "deadband", "on_delay", "close_on_delay", "off_delay")
            values = {name: getattr(now, name) for name in (*names, "hours")} | changes
            registry.set_limit(session, place_id, quantity, **values, by="mei", why="test", now=clock.now())

    def set_hours(self, opens: time, closes: time) -> None:
        """Mei changes the opening hours."""
        with writing(self.records) as session:
            registry.set_hours(session, "lakeside", opens, closes, by="mei", why="test", now=clock.now())

    def set_silence(self, place: str, quantity: str, warning: int, alarm: int) -> None:
        """Mei changes when a silent sensor alarms."""
        with writing(self.records) as session:
            sensor = next(s for s in find_place(session, place).sensors if s.quantity == quantity)
            registry.set_silence(session, sensor.id, warning, alarm)


def furnish(url: str) -> None:
    """Make the tables of a records database, register Lakeside and everybody's account."""
    environment = os.environ | {"POOL_RECORDS_URL": url}
    subprocess.run([POOLKEEPER, "migrate"], env=environment, check=True, capture_output=True)
    engine = connect(url)
    with writing(engine) as session:
        lakeside.register(session, clock.now())
        for name, role in CAST.items():
            add_account(session, name, role, PASSWORD, clock.now())
    engine.dispose()


def find_place(session: Session, key: str) -> Place:
    """A place of Lakeside."""
    return session.scalars(select(Place).where(Place.key == key, Place.site_key == "lakeside")).one()


def sign_in(client: httpx.Client, name: str) -> str:
    """Sign in as a browser would; returns the token that each form of this session carries."""
    page = client.get("/login")
    form = {"csrf": _csrf(page.text), "name": name, "password": PASSWORD, "to": "/"}
    answer = client.post("/login", data=form)
    assert answer.status_code == 303, answer.text
    return _csrf(client.get("/").text)


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found, page
    return found[1]


def stamp(moment: datetime) -> str:
    """RFC 3339, as a device sends it."""
    return moment.astimezone(UTC).isoformat()
