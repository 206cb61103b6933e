"""The embedded broker: what it takes, whom it refuses, and that it loses nothing between a device and ingest."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from amqtt.contexts import BrokerConfig
from amqtt.session import Session

from deploy import broker_accounts
from deploy.delivery import Keeper
from ingest.journal import Journal
from ingest.topics import Topic
from tests.services import answers, free_port
from tests.waiting import until

PH = Topic("lakeside", "main", "ph")
START = datetime(2026, 6, 1, tzinfo=UTC)


class Intake:
    """The embedded broker and ingest as processes of their own, on one data folder."""

    def __init__(self, data) -> None:
        self.port = free_port()
        self.accounts = broker_accounts.read_or_make(data)
        self.journal = Journal(data / "journal.db")
        self.environment = os.environ | {
            "POOL_DATA": str(data),
            "POOL_BROKER_PORT": str(self.port),
            "POOL_MQTT_URL": f"mqtt://127.0.0.1:{self.port}",
            "POOL_MQTT_VERSION": "3.1.1",
            "POOL_MQTT_USER": "ingest",
            "POOL_MQTT_PASSWORD": self.accounts["ingest"],
        }
        self.log = data / "log"
        self.parts = {}

    def start(self, part):
        with self.log.open("ab") as log:
            command = [sys.executable, "-P", "-m", "deploy", part]
            self.parts[part] = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        if part == "broker":
            until(lambda: answers(self.port), what=f"broker listens, see {self.log}")

    def end(self, part, how=signal.SIGKILL):
        process = self.parts.pop(part)
        process.send_signal(how)
        return process.wait(20)

    def publish(self, *payloads, options=(), topic=PH):
        command = ["mosquitto_pub", "-p", str(self.port), "-q", "1", "-t", str(topic), "-l", *options]
        text = "\n".join(payloads)
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)

    def counts(self):
        return self.journal.counts() if self.log.with_name("journal.db").exists() else None

    def close(self):
        for part in list(self.parts):
            self.end(part)
        self.journal.close()


@pytest.fixture
def intake(tmp_path):
    intake = Intake(tmp_path)
    intake.start("broker")
    yield intake
    intake.close()


def reading(number):
    return json.dumps({"value": 7.4, "time": (START + timedelta(seconds=number)).isoformat()})


def stored(intake):
    counts = intake.counts()
    return counts.stored if counts else 0


def test_a_device_on_this_machine_needs_no_account(intake):
    intake.start("ingest")
    assert intake.publish("7.42").returncode == 0
    until(lambda: stored(intake) == 1)


def test_what_is_published_before_ingest_ever_came_is_kept_for_it(intake):
    assert intake.publish(*map(reading, range(500))).returncode == 0
    intake.start("ingest")
    until(lambda: stored(intake) == 500)


def test_ingest_killed_under_load_misses_nothing(intake):
    intake.start("ingest")
    number = 3000
    command = ["mosquitto_pub", "-p", str(intake.port), "-q", "1", "-t", str(PH), "-l"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as device:
        for part in range(0, number, 1000):
            device.stdin.write("".join(f"{reading(at)}\n" for at in range(part, part + 1000)).encode())
            device.stdin.flush()
            until(lambda least=part: stored(intake) > least)
            intake.end("ingest")
            intake.start("ingest")
        device.stdin.close()
        assert device.wait(60) == 0
    until(lambda: stored(intake) == number, seconds=60)
    counts = intake.counts()
    assert counts.dead == 0
    assert counts.received == counts.stored + counts.duplicate


def test_a_broker_that_is_ended_first_hands_on_what_it_has_acknowledged(intake):
    intake.start("ingest")
    assert intake.publish(*map(reading, range(5000))).returncode == 0
    assert intake.end("broker", signal.SIGTERM) == 0
    assert intake.end("ingest", signal.SIGTERM) == 0
    assert stored(intake) == 5000


def test_a_payload_of_a_megabyte_becomes_a_dead_letter_and_stops_nothing(intake, tmp_path):
    intake.start("ingest")
    big = tmp_path / "big"
    big.write_bytes(b"7" * 1_000_000)
    command = ["mosquitto_pub", "-p", str(intake.port), "-q", "1", "-t", str(PH), "-f", str(big)]
    subprocess.run(command, check=True, timeout=60)
    intake.publish("7.42")
    until(lambda: stored(intake) == 1)
    [letter] = intake.journal.dead_letters()
    assert "bytes" in letter.reason


@pytest.mark.parametrize(
    "options",
    [
        ("-u", "ingest", "-P", "wrong"),
        ("-u", "nobody", "-P", "wrong"),
        ("-i", "poolkeeper-ingest"),
        ("-i", "poolkeeper-ingest", "-c"),
    ],
)
def test_a_stranger_is_refused_and_ingest_goes_on(intake, options):
    intake.start("ingest")
    intake.publish(reading(0))
    refused = intake.publish(reading(1), options=options)
    assert refused.returncode != 0
    assert "not authorised" in refused.stderr
    intake.publish(reading(2))
    until(lambda: stored(intake) == 2)


def test_mqtt_5_is_refused_with_a_reason_at_once(intake):
    refused = intake.publish("7.4", options=("-V", "mqttv5"))
    assert refused.returncode != 0
    assert "Unsupported Protocol Version" in refused.stderr


def test_without_an_account_only_this_machine_comes_in(tmp_path):
    async def ask(address):
        door = {"password_file": str(broker_accounts.passwords_path(tmp_path)), "ingest": "poolkeeper-ingest"}
        keeper = Keeper(BrokerConfig(plugins={"deploy.broker.Door": door}), "poolkeeper-ingest")
        session = Session()
        session.client_id, session.remote_address = "sensor", address
        [answer] = (await keeper.plugins_manager.map_plugin_auth(session=session)).values()
        return answer

    def admits(address):
        # In a thread of its own: the browser of other tests keeps an event loop running in this one.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, ask(address)).result()

    broker_accounts.read_or_make(tmp_path)
    assert {address: admits(address) for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1")} == {
        "127.0.0.1": True,
        "::1": True,
        "::ffff:127.0.0.1": True,
    }
    assert not any(admits(address) for address in ("192.168.1.20", "::ffff:10.0.0.9", "fe80::1%eth0"))


def test_passwords_are_random_private_and_kept(tmp_path):
    first = broker_accounts.read_or_make(tmp_path / "a")
    assert broker_accounts.read_or_make(tmp_path / "a") == first
    assert broker_accounts.read_or_make(tmp_path / "b") != first
    files = list((tmp_path / "a" / "broker").iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    hashes = broker_accounts.passwords_path(tmp_path / "a").read_text()
    assert not any(password in hashes for password in first.values())
