"""`kill -9` of ingest under load, at random moments: what the broker has taken is stored exactly once."""

import json
import random
import threading
from collections import Counter

import pytest

from ingest import clock
from ingest.journal import Journal
from ingest.mqtt import Publisher
from ingest.settings import Settings
from tests.ingest.processes import Process
from tests.waiting import until

STATUS = "pools/lakeside/main/status"
PH = "pools/lakeside/main/ph"
ORP = "pools/lakeside/main/orp"
GATE = "pools/lakeside/gate/access"


class Devices:
    """Publishes without end: with and without a time of their own, arrays, people and what cannot be read."""

    def __init__(self, settings):
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._publish)
        self.rounds = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _publish(self):
        with Publisher(self._settings) as publisher:
            while not self._stop.wait(0.002):
                number = self.rounds
                elements = [{"value": number + half, "time": clock.now_us() // 1000} for half in (0, 0.5)]
                publisher.publish(PH, str(number))
                publisher.publish(ORP, json.dumps(elements))
                publisher.publish(GATE, json.dumps({"direction": "in", "card": str(number)}))
                publisher.publish(PH, f"unreadable {number}")
                self.rounds += 1
            # Every message is acknowledged to the publisher: from here on the promise holds.
            assert publisher.flush(60)


def storing(journal):
    """Wait for the next commit."""
    before = journal.head()
    until(lambda: journal.head() > before)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_ingest_that_is_killed_at_random_moments_stores_everything_once(broker, tmp_path, request, version):
    settings = Settings(mqtt_url=broker.url, mqtt_version=version, data=tmp_path / "data")
    kills = 30 if request.config.getoption("--long") else 7
    moments = random.Random()
    with Publisher(settings) as publisher:
        publisher.publish(STATUS, "online", retain=True)
        assert publisher.flush()
    with Journal(settings.journal_path) as journal:
        ingest = Process("ingest", settings)
        until(lambda: journal.head() == 1)
        with Devices(settings) as devices:
            for _ in range(kills):
                storing(journal)
                threading.Event().wait(moments.uniform(0, 0.5))
                if moments.random() < 0.5:
                    # Right behind a commit: much of it is not acknowledged yet, and comes again.
                    storing(journal)
                ingest.kill()
                ingest = Process("ingest", settings)
        published = 5 * devices.rounds
        with ingest:
            until(lambda: journal.counts().stored + journal.counts().dead >= 1 + published, 60)
            with Publisher(settings) as publisher:
                publisher.publish("pools/lakeside/main/temperature", "27")
                assert publisher.flush()
            until(lambda: any(topic.name == "temperature" for topic in journal.topics()))
        counts = journal.counts()
        entries = journal.after(0, 10 * published)
        letters = journal.dead_letters(10 * published)
    rounds = range(devices.rounds)
    assert counts.received == counts.stored + counts.duplicate + counts.dead
    assert [entry.value for entry in entries if entry.topic.name == "ph"] == [float(number) for number in rounds]
    halves = [number + half for number in rounds for half in (0, 0.5)]
    assert [entry.value for entry in entries if entry.topic.name == "orp"] == halves
    assert Counter(entry.detail for entry in entries if entry.topic.name == "access").most_common(1)[0][1] == 1
    assert sum(entry.topic.name == "access" for entry in entries) == devices.rounds
    assert [letter.payload for letter in reversed(letters)] == [f"unreadable {number}".encode() for number in rounds]
