"""The administrative commands say what they did, and tell a person in one line what is wrong."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import psutil
import pytest

from ingest.cards import card_hasher
from ingest.instants import from_datetime
from ingest.journal import Writer
from ingest.messages import decode
from ingest.redelivery import Received
from monitor.records import connect, reading
from portal.accounts import LoginSession, find_account
from portal.tokens import check
from tests.services import answers, free_port
from tests.waiting import until

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


class Poolkeeper:
    """The command line on a data folder of its own."""

    def __init__(self, data) -> None:
        self.data = data
        self.environment = os.environ | {"POOL_DATA": str(data), "COLUMNS": "200"}

    def run(self, *words, stdin="", **settings):
        command = [sys.executable, "-P", "-m", "deploy", *words]
        environment = self.environment | settings
        return subprocess.run(
            command, input=stdin, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def say(self, *words, stdin=""):
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def look(self, question):
        engine = connect(f"sqlite:///{self.data}/records.db")
        with reading(engine) as session:
            answer = question(session)
        engine.dispose()
        return answer


@pytest.fixture(scope="module")
def poolkeeper(tmp_path_factory):
    poolkeeper = Poolkeeper(tmp_path_factory.mktemp("data"))
    assert poolkeeper.say("migrate").startswith("records database is up to date, revision ")
    return poolkeeper


def test_an_account_is_added_listed_changed_and_removed(poolkeeper):
    added = poolkeeper.say("user", "add", "Lee", "attendant", "--password-stdin", stdin="four wet hands\n")
    assert added == "account lee added, role attendant\n"
    assert re.search(r"^lee +attendant +\d{4}-", poolkeeper.say("user", "list"), re.MULTILINE)
    before = poolkeeper.look(lambda session: find_account(session, "lee").password)
    assert poolkeeper.say("user", "role", "lee", "supervisor") == "account lee is now supervisor\n"
    changed = poolkeeper.say("user", "password", "lee", "--generate")
    assert re.fullmatch(r"password: \S{12,}\npassword of lee changed, its sessions ended\n", changed)
    assert poolkeeper.look(lambda session: find_account(session, "lee").password) != before
    assert poolkeeper.look(lambda session: session.query(LoginSession).count()) == 0
    assert poolkeeper.say("user", "remove", "lee") == "account lee removed, its sessions ended\n"
    assert "lee" not in poolkeeper.say("user", "list")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("user", "add", "mei", "boss"), "role 'boss': expected one of general-manager, manager"),
        (("user", "add", "mei", "manager"), "password of 5 characters: expected 10"),
        (("user", "password", "nobody"), "name 'nobody': expected the name of an account"),
        (("user", "role", "nobody", "manager"), "name 'nobody': expected the name of an account"),
        (("token", "revoke", "nothing"), "name 'nothing': expected the name of a token in use"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(poolkeeper, words, reason):
    options = ("--password-stdin",) if words[:2] in {("user", "add"), ("user", "password")} else ()
    done = poolkeeper.run(*words, *options, stdin="short\n")
    assert done.returncode == 1
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_token_is_issued_listed_and_revoked(poolkeeper):
    said, token = poolkeeper.say("token", "add", "scada").splitlines()
    assert said == "token scada issued; it is shown only now:"
    assert poolkeeper.look(lambda session: check(session, token).name) == "scada"
    assert re.search(r"^scada +\d{4}-\S+ \S+ +- +-$", poolkeeper.say("token", "list"), re.MULTILINE)
    assert poolkeeper.say("token", "revoke", "scada") == "token scada revoked\n"
    assert poolkeeper.look(lambda session: check(session, token)) is None
    assert token not in poolkeeper.say("token", "list")


def test_dead_letters_are_listed_with_their_reasons(poolkeeper):
    assert "no journal" in poolkeeper.say("dead-letters", "list")
    hasher = card_hasher(poolkeeper.data / "card.key")
    items = [
        item
        for payload in (b"seven", b'{"value": "7"}')
        for item in decode("pools/lakeside/main/ph", payload, from_datetime(NOW), hasher)
    ]
    with Writer(poolkeeper.data / "journal.db") as writer:
        writer.append([Received(items)])
    listed = poolkeeper.say("dead-letters", "list", "--limit", "1")
    assert "2026-06-01 09:00:00Z  pools/lakeside/main/ph" in listed
    assert listed.endswith("1 of 2 dead letters shown\nreceived 2 = stored 0 + duplicate 0 + dead letter 2\n")


def test_a_wrong_setting_is_named_and_ends_with_status_2(poolkeeper):
    done = poolkeeper.run("portal", POOL_PORT="many")
    assert done.returncode == 2
    assert done.stderr.startswith("POOL_PORT: ")
    assert done.stderr.count("\n") == 1


def test_a_wrong_address_is_named_without_its_password(poolkeeper):
    done = poolkeeper.run("ingest", POOL_MQTT_URL="mqtt://lee:sesame@broker")
    assert done.returncode == 2
    assert done.stderr.startswith("POOL_MQTT_URL: ")
    assert "sesame" not in done.stderr


def test_without_its_tables_the_database_says_what_to_do(tmp_path):
    done = Poolkeeper(tmp_path).run("user", "list")
    assert done.returncode == 1
    assert "`poolkeeper migrate`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_part_has_a_password_in_its_command_line(tmp_path):
    ports = {"POOL_PORT": str(free_port()), "POOL_BROKER_PORT": str(free_port())}
    environment = os.environ | {"POOL_DATA": str(tmp_path)} | ports
    with (tmp_path / "log").open("wb") as log:
        house = subprocess.Popen([sys.executable, "-P", "-m", "deploy", "run"], env=environment, stdout=log, stderr=log)
    try:
        until(lambda: all(answers(int(port)) for port in ports.values()), 60, f"the house answers, see {tmp_path}/log")
        parts = psutil.Process(house.pid).children(recursive=True)
        secrets = [file.read_text() for file in (tmp_path / "broker").glob("*.password")]
        lines = [" ".join(part.cmdline()) for part in parts]
        assert {line.split()[-1] for line in lines} == {"ingest", "broker", "monitor", "portal"}
        assert not any(secret in line for secret in secrets for line in lines)
    finally:
        house.terminate()
        assert house.wait(60) == 0
    assert not any(part.is_running() for part in parts)
