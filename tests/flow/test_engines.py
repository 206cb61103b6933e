"""The same house on the engines of a larger site: InfluxDB for the series, PostgreSQL for the records."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ingest import clock
from monitor.records import writing
from portal import tokens
from tests.flow.house import House, furnish, stamp
from tests.services import InfluxDB, Mosquitto
from tests.waiting import until

PH = {"site": "lakeside", "place": "main", "quantity": "ph"}


@pytest.fixture
def large_house(tmp_path: Path, broker: Mosquitto, influx: InfluxDB, postgres_url: str) -> Iterator[House]:
    furnish(postgres_url)
    house = House(tmp_path, broker, postgres_url, POOL_SERIES_URL=influx.url)
    house.start("run")
    yield house
    house.close()


def test_readings_are_read_from_influxdb_and_alarms_kept_in_postgresql(large_house: House, influx: InfluxDB):
    house = large_house
    house.set_limit("main", "ph", on_delay=0, close_on_delay=0)
    start = clock.now() - timedelta(minutes=1)
    values = [7.4, 7.5, 6.1]
    readings = [{"value": v, "time": stamp(start + timedelta(seconds=n))} for n, v in enumerate(values)]
    house.publish("main/ph", readings)
    house.alarm("closure", state="unacknowledged", value=6.1)
    with writing(house.records) as session:
        token = tokens.issue(session, "a program", clock.now())
    headers = {"Authorization": f"Bearer {token}"}
    question = PH | {"from": stamp(start - timedelta(hours=1)), "to": stamp(start + timedelta(hours=1))}

    with httpx.Client(base_url=house.url, headers=headers, timeout=30) as program:

        def answer() -> httpx.Response:
            return program.get("/api/v1/readings", params=question)

        until(lambda: [reading["value"] for reading in answer().json().get("readings", [])] == values)
        shutil.move(house.data / "journal.db", house.data / "journal.away")
        assert [reading["value"] for reading in answer().json()["readings"]] == values
        influx.kill()
        assert answer().status_code == 503
        assert answer().headers["content-type"] == "application/problem+json"
        influx.start()
        until(lambda: answer().status_code == 200)
