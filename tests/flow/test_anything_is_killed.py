"""`kill -9` of any part at any moment under load: no reading is missing, no alarm is lost or doubled."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ingest import clock
from ingest.instants import from_datetime
from ingest.journal import Journal
from ingest.mqtt import Publisher
from ingest.settings import Settings
from ingest.topics import Topic
from monitor.alarms import Alarm
from monitor.progress import Cursor, DutyDone
from monitor.records import reading
from tests.flow.house import PARTS, House, furnish, sign_in
from tests.services import Mosquitto
from tests.waiting import until

SERIES = [
    Topic("lakeside", "main", "ph"),
    Topic("lakeside", "main", "bromine"),
    Topic("lakeside", "children", "chlorine"),
    Topic("lakeside", "children-feed", "chlorine"),
]
PH = SERIES[0]
SPELL = 40  # readings between two changes from sound to acid and back


@dataclass
class Load:
    """Devices that publish all the time, with times of their own, and what the broker has taken of it."""

    broker: Mosquitto
    published: dict[Topic, list[tuple[int, float]]] = field(default_factory=lambda: {topic: [] for topic in SERIES})

    def run(self, stop: threading.Event) -> None:
        start, number = clock.now(), 0
        with Publisher(Settings(mqtt_url=self.broker.url), "devices") as publisher:
            while not stop.is_set():
                moment = max(start + timedelta(milliseconds=5 * number), clock.now())
                for topic in SERIES:
                    value = (6.9 if number // SPELL % 2 else 7.5) if topic == PH else 0.4
                    publisher.publish(str(topic), f'{{"value": {value}, "time": "{moment.isoformat()}"}}')
                    self.published[topic].append((from_datetime(moment), value))
                number += 1
                stop.wait(0.003)
            assert publisher.flush(60)


@dataclass
class Taps:
    """Lee, signed in, who logs changes of the foot bath while the portal comes and goes."""

    browser: httpx.Client
    csrf: str
    tried: int = 0
    confirmed: int = 0

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(0.05):
            self.tried += 1
            form = {"csrf": self.csrf, "token": f"tap-{self.tried}", "to": "/"}
            with suppress(httpx.TransportError):  # the portal is being killed: a tap that nobody confirmed
                answer = self.browser.post("/foot-bath/lakeside/foot-bath", data=form)
                assert answer.status_code == 303, answer.text
                self.confirmed += 1


def test_no_reading_is_missing_and_no_alarm_lost_or_doubled(house: House, request: pytest.FixtureRequest):
    break_easily(house)
    load = Load(house.broker)
    with httpx.Client(base_url=house.url, timeout=5) as browser:
        taps = Taps(browser, sign_in(browser, "lee"))
        with running(load.run), running(taps.run):
            for _ in range(45 if request.config.getoption("--long") else 21):
                part = random.choice(PARTS)
                time.sleep(random.uniform(0.05, 1.0))  # the random moment itself, not a wait for something
                house.kill(part)
                house.start(part)
    assert not_stored(house, load) == 0
    until(lambda: decided(house), 60, "the monitor has come to the journal's end")
    assert spells(load) > 10
    assert history(house) == history_of_undisturbed_run(house)
    assert len([row for row in history(house) if row[1] == "limit"]) == spells(load)
    with reading(house.records) as session:
        noted = len(session.scalars(select(DutyDone)).all())
    assert taps.confirmed > 0
    assert taps.confirmed <= noted <= taps.tried


class running:  # noqa: N801 - reads as a word in the test
    """Something that runs beside the test, and whose failure is the test's."""

    def __init__(self, work: Callable[[threading.Event], None]) -> None:
        self._stop = threading.Event()
        self._failures: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(work,))

    def _run(self, work: Callable[[threading.Event], None]) -> None:
        try:
            work(self._stop)
        except BaseException as failure:  # noqa: BLE001 - raised again by the test's own thread
            self._failures.append(failure)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for failure in self._failures:
            raise failure


def not_stored(house: House, load: Load) -> int:
    """Wait until the journal holds what was published; how many readings it has more or less than that."""
    with Journal(house.data / "journal.db") as journal:

        def stored() -> dict[Topic, list[tuple[int, float]]]:
            return {topic: [tuple(point) for point in journal.points(topic, 0, 2**62)] for topic in SERIES}

        wanted = {topic: sorted(set(points)) for topic, points in load.published.items()}
        until(lambda: all(len(stored()[topic]) >= len(wanted[topic]) for topic in SERIES), 60, "all is stored")
        return sum(len(set(wanted[topic]) ^ set(stored()[topic])) for topic in SERIES)


def decided(house: House) -> bool:
    with reading(house.records) as session:
        return house.position() in session.scalars(select(Cursor.position)).all()


def history(house: House) -> list[tuple[object, ...]]:
    """What became of every alarm over readings, in order."""
    with reading(house.records) as session:
        question = select(Alarm).options(selectinload(Alarm.changes)).where(Alarm.quantity != "").order_by(Alarm.id)
        return [
            (change.what, alarm.rule, alarm.place, alarm.quantity, change.at, change.before, change.after)
            for alarm in session.scalars(question)
            for change in alarm.changes
        ]


def history_of_undisturbed_run(house: House) -> list[tuple[object, ...]]:
    """What a monitor that nobody kills makes of the same journal, in a records database of its own."""
    records = f"sqlite:///{house.data}/again.db"
    furnish(records)
    again = House(house.data, house.broker, records)
    try:
        break_easily(again)
        again.start("monitor")
        until(lambda: decided(again), 60, "the second monitor has come to the journal's end")
        return history(again)
    finally:
        again.close()


def break_easily(house: House) -> None:
    house.set_limit("main", "ph", low=7.2, close_low=None, on_delay=0, off_delay=0, deadband=0.05)


def spells(load: Load) -> int:
    """How often the pH left its limit and came back."""
    values = [value for _time, value in load.published[PH]]
    return sum(before != after for before, after in pairwise(values))
