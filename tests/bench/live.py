"""How long a reading takes from its publication to the open page, beside a plain MQTT subscriber in the same run."""

import json
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from ingest.mqtt import Publisher
from ingest.settings import Settings
from tests.flow.house import House, furnish, sign_in
from tests.services import Mosquitto

READINGS = 200
TOPIC = "pools/lakeside/main/temperature"


class Arrivals:
    """When each of the published values was first seen."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._seen: dict[str, float] = {}

    def see(self, line: str) -> None:
        with self._news:
            for number in range(READINGS):
                if spell(number) in line:
                    self._seen.setdefault(spell(number), time.monotonic())
            self._news.notify_all()

    def wait_for(self, value: str) -> float:
        with self._news:
            assert self._news.wait_for(lambda: value in self._seen, 10), f"{value} did not arrive"
            return self._seen[value]


def spell(number: int) -> str:
    """A temperature as the page shows it, different for each reading."""
    return f"{10 + number / 10:.1f}"


def main() -> None:
    """Measure and print, as a table and as JSON."""
    folder = Path(tempfile.mkdtemp())
    broker = Mosquitto(folder)
    broker.start()
    furnish(f"sqlite:///{folder}/records.db")
    house = House(folder, broker)
    house.start()
    try:
        page, plain = measure(house, broker)
    finally:
        house.close()
        broker.kill()
        shutil.rmtree(folder)
    figures = {
        "page_p50_ms": quantile(page, 0.5),
        "page_p99_ms": quantile(page, 0.99),
        "subscriber_p50_ms": quantile(plain, 0.5),
        "subscriber_p99_ms": quantile(plain, 0.99),
    }
    for name, value in figures.items():
        print(f"{name:20} {value:8.1f}")
    print(json.dumps(figures))


def measure(house: House, broker: Mosquitto) -> tuple[list[float], list[float]]:
    """Seconds to the page and to the subscriber, of each reading."""
    page, plain = Arrivals(), Arrivals()
    command = ["mosquitto_sub", "-p", str(broker.port), "-t", TOPIC]
    subscriber = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    follow(lambda: subscriber.stdout or (), plain)
    with httpx.Client(base_url=house.url, timeout=30) as browser:
        sign_in(browser, "lee")
        with browser.stream("GET", "/live") as stream, Publisher(Settings(mqtt_url=broker.url), "bench") as publisher:
            follow(stream.iter_lines, page)
            waits = ([], [])
            for number in range(READINGS):
                published = time.monotonic()
                publisher.publish(TOPIC, spell(number))
                waits[0].append(page.wait_for(spell(number)) - published)
                waits[1].append(plain.wait_for(spell(number)) - published)
    subscriber.kill()
    return waits


def follow(lines: Callable[[], object], arrivals: Arrivals) -> None:
    def read() -> None:
        try:
            for line in lines():
                arrivals.see(line)
        except httpx.TransportError:
            return  # the stream ended with the measurement

    threading.Thread(target=read, daemon=True).start()


def quantile(seconds: list[float], share: float) -> float:
    """In milliseconds."""
    return round(statistics.quantiles(seconds, n=1000, method="inclusive")[int(share * 1000) - 1] * 1000, 1)


if __name__ == "__main__":
    main()
