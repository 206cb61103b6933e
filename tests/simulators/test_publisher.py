"""The publisher on a real broker: what it says that it published has arrived, and live comes at its time."""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ingest import clock
from ingest.entries import Entry
from ingest.instants import from_datetime
from ingest.messages import decode
from simulators import publisher
from simulators.scenarios import UnknownScenario
from simulators.settings import Settings
from simulators.site import FOOT_BATH, SENSORS
from tests.services import Mosquitto
from tests.waiting import until

CLIENT = "ear-of-the-test"
READY = "pools/test/test/ready"
UNTIL = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


class Ear:
    """Everything that somebody who listens has heard so far, as (topic, payload)."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def heard(self) -> list[tuple[str, str]]:
        parts = (line.partition(" ") for line in self._log.read_text().splitlines())
        return [(topic, payload) for topic, _, payload in parts if topic != READY]

    def is_ready(self) -> bool:
        return READY in self._log.read_text()

    def readings(self) -> Counter[str]:
        return Counter(topic for topic, payload in self.heard() if '"value"' in payload)


@pytest.fixture
def ear(broker, tmp_path):
    with listening(broker, tmp_path / "heard") as found:
        yield found


def test_a_history_arrives_whole_and_is_read_by_ingest(broker, ear):
    number = publisher.publish_history(settings(broker), "lakeside", days=1, until=UNTIL)
    until(lambda: len(ear.heard()) >= number, what="everything that was acknowledged")
    entries = [
        entry
        for topic, payload in ear.heard()
        for entry in decode(topic, payload.encode(), from_datetime(UNTIL), lambda card: card)
    ]
    assert len(ear.heard()) == number
    assert all(isinstance(entry, Entry) for entry in entries)
    readings = Counter((entry.topic.place, entry.topic.name) for entry in entries)
    assert all(readings[sensor] == 24 * 60 for sensor in SENSORS)
    assert readings[FOOT_BATH, "changed"] in {4, 5}
    # an hour of readings in a message
    assert len([topic for topic, payload in ear.heard() if payload.startswith("[")]) == 24 * len(SENSORS)


def test_live_publishes_every_sensor_every_period_and_says_who_is_online(broker, ear):
    with running(settings(broker, period=0.2)):
        until(lambda: min(ear.readings().values(), default=0) >= 3 and len(ear.readings()) == len(SENSORS))
        heard = [json.loads(payload) for topic, payload in ear.heard() if topic == "pools/lakeside/main/ph"]
        assert [reading["seq"] for reading in heard] == list(range(1, len(heard) + 1))
        assert all(datetime.fromisoformat(reading["time"]) <= clock.now() for reading in heard)
        assert ("pools/lakeside/main/status", "online") in ear.heard()
    until(lambda: ("pools/lakeside/foot-bath/status", "offline") in ear.heard())


def test_live_continues_the_history_that_was_published(broker, ear):
    since = clock.now()
    history = publisher.publish_history(settings(broker), "calm", days=0.1, until=since)
    until(lambda: len(ear.heard()) == history)
    with running(settings(broker, period=1), "calm", since=since, days=0.1):
        until(lambda: ear.readings()["pools/lakeside/main/ph"] >= 5)
    payloads = [json.loads(payload) for topic, payload in ear.heard() if topic == "pools/lakeside/main/ph"]
    readings = [one for payload in payloads for one in (payload if isinstance(payload, list) else [payload])]
    assert [reading["seq"] for reading in readings] == list(range(1, len(readings) + 1))
    times = [datetime.fromisoformat(reading["time"]) for reading in readings]
    assert times == sorted(times)
    assert all(later - earlier <= timedelta(seconds=60) for earlier, later in pairwise(times))


def test_readings_of_the_time_without_a_broker_arrive_later(broker, ear, tmp_path):
    stored = tmp_path / "mosquitto" / "mosquitto.db"
    until(lambda: stored.exists() and CLIENT.encode() in stored.read_bytes(), what="the listener's session is kept")
    with running(settings(broker, period=0.5)):
        until(lambda: ear.readings()["pools/lakeside/main/ph"] >= 2)
        broker.kill()
        killed = clock.now()
        until(lambda: clock.now() - killed > timedelta(seconds=2))
        broker.start()
        back = clock.now()
        until(lambda: any(moment > back for _, moment in orp_readings(ear)), 40)
    heard = orp_readings(ear)
    assert any(killed < moment < back for _, moment in heard)
    assert {seq for seq, _ in heard} == set(range(1, max(heard)[0] + 1))


def test_the_still_scenario_leaves_the_broker_to_real_sensors(broker, ear):
    with running(settings(broker, period=0.1), "still"):
        broker_says(broker, "pools/lakeside/main/ph", "7.4")
        until(ear.heard)
    broker_says(broker, "pools/lakeside/main/ph", "7.5")
    until(lambda: len(ear.heard()) == 2)
    assert [payload for _, payload in ear.heard()] == ["7.4", "7.5"]


def test_a_scenario_that_does_not_exist_is_refused_at_start(broker):
    with pytest.raises(UnknownScenario):
        publisher.publish_history(settings(broker), "sunny", days=1, until=UNTIL)
    with pytest.raises(ValueError, match="expected one of lakeside, calm"):
        Settings(scenario="sunny")


def orp_readings(ear: Ear) -> list[tuple[int, datetime]]:
    """The count and time of every reading of the main pool's ORP."""
    payloads = [json.loads(payload) for topic, payload in ear.heard() if topic == "pools/lakeside/main/orp"]
    return [(payload["seq"], datetime.fromisoformat(payload["time"])) for payload in payloads]


@contextmanager
def running(chosen: Settings, scenario: str = "lakeside", **story: object) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=publisher.run, args=(chosen, scenario, stop), kwargs=story)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@contextmanager
def listening(broker: Mosquitto, log: Path) -> Iterator[Ear]:
    command = ["mosquitto_sub", "-p", str(broker.port), "-c", "-i", CLIENT, "-q", "1", "-t", "pools/#", "-v"]
    with log.open("wb") as file, subprocess.Popen(command, stdout=file) as process:
        ear = Ear(log)
        # The subscription stands once a first message comes through.
        until(lambda: broker_says(broker, READY, "yes") or ear.is_ready())
        try:
            yield ear
        finally:
            process.terminate()


def broker_says(broker: Mosquitto, topic: str, payload: str) -> None:
    subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", topic, "-m", payload], check=True)


def settings(broker: Mosquitto, period: float = 10) -> Settings:
    return Settings(mqtt_url=broker.url, period=period)
