"""The demo from its one command: what it prints, what then lives, and that nothing is left of it."""

import re
import signal
import subprocess
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import expect

from ingest import clock
from ingest.instants import from_datetime
from ingest.journal import Journal
from ingest.topics import Topic
from monitor.progress import Latest, Part
from monitor.records import connect, reading
from portal.accounts import find_account
from tests.services import answers, free_port
from tests.waiting import until

DEMO = Path(__file__).parent.parent.parent / "deploy" / "demo"
ARTEFACTS = Path(__file__).parent.parent / "artefacts"
PICTURES = Path(__file__).parent.parent / "pictures"
PEOPLE = {
    "lee": "attendant",
    "fang": "front-desk",
    "sun": "supervisor",
    "mei": "manager",
    "gao": "general-manager",
    "zhou": "specialist",
    "qian": "cashier",
}
PH = Topic("lakeside", "main", "ph")


class Demo:
    """One start of deploy/demo."""

    def __init__(self, data, *options, port=None) -> None:
        self.data = data
        self.port, self.mqtt_port = port or free_port(), free_port()
        self.out, self.log = data.with_suffix(".out"), data.with_suffix(".log")
        ports = ["--port", str(self.port), "--mqtt-port", str(self.mqtt_port)]
        with self.out.open("w") as out, self.log.open("a") as log:
            self.process = subprocess.Popen([DEMO, "--data", data, *ports, *options], stdout=out, stderr=log)
        self.family = []

    def lines(self):
        """What it printed, once the portal answers."""

        def printed():
            assert self.process.poll() in (None, 0), self.log.read_text()[-3000:]
            text = self.out.read_text()
            return text.splitlines() if text.endswith("\n") and text.count("\n") >= 9 else None

        lines = until(printed, 120, f"the demo prints where and who, see {self.log}")
        if self.process.poll() is None:
            self.family = psutil.Process(self.process.pid).children(recursive=True)
        return lines

    def accounts(self):
        words = [line.split(" ") for line in self.lines() if line.startswith("account ")]
        return {name: (role, password) for _, role, name, password in words}

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "first"


@pytest.fixture(scope="module")
def demo(data):
    demo = Demo(data, "--history", "0.25")
    demo.lines()
    yield demo
    demo.end()


def test_it_prints_one_line_for_the_portal_the_broker_and_each_role(demo):
    lines = demo.lines()
    assert lines[:2] == [f"portal http://127.0.0.1:{demo.port}", f"mqtt mqtt://127.0.0.1:{demo.mqtt_port}"]
    accounts = demo.accounts()
    assert len(lines) == 2 + len(PEOPLE)
    assert {name: role for name, (role, _) in accounts.items()} == PEOPLE
    passwords = {password for _, password in accounts.values()}
    assert len(passwords) == len(PEOPLE)
    assert all(re.fullmatch(r"[\w-]{12,}", password) for password in passwords)


def test_the_printed_accounts_are_those_of_the_portal(demo):
    with urlopen(f"http://127.0.0.1:{demo.port}/", timeout=20) as page:
        assert page.status == 200
    engine = connect(f"sqlite:///{demo.data}/records.db")
    with reading(engine) as session:
        found = {name: find_account(session, name) for name in PEOPLE}
    engine.dispose()
    for name, (role, password) in demo.accounts().items():
        assert found[name].role == role
        assert PasswordHasher().verify(found[name].password, password)


def test_the_last_days_are_there_and_the_devices_go_on(demo):
    with Journal(demo.data / "journal.db") as journal:
        now = from_datetime(clock.now())
        hour = 3_600_000_000
        assert journal.points(PH, now - 7 * hour, now - 5 * hour)
        latest = journal.latest(PH).time
        until(lambda: journal.latest(PH).time > latest, 60)
        assert journal.counts().dead == 0


def test_mei_signs_in_with_what_was_printed_and_sees_the_pool_live(demo, browser, request):
    role, password = demo.accounts()["mei"]
    context = browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=1, locale="en-GB")
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{demo.port}")
    page.get_by_label("Name").fill("mei")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    for quantity in ("main-ph", "main-bromine", "main-temperature", "main-orp", "children-chlorine"):
        expect(page.locator(f"#figure-lakeside-{quantity}")).not_to_contain_text("no reading yet")
    assert role == "manager"
    folder = PICTURES if request.config.getoption("--pictures") else ARTEFACTS
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / "dashboard.png")
    context.close()


def test_the_monitor_has_seen_the_past_when_the_lines_are_printed(demo):
    engine = connect(f"sqlite:///{demo.data}/records.db")
    with reading(engine) as session:
        seen = session.query(Latest).filter_by(site="lakeside", place="main", name="ph").one()
        parts = {part.name: part.state for part in session.query(Part)}
    engine.dispose()
    assert clock.now() - seen.time < timedelta(minutes=2)
    names = ("ingest", "broker", "simulate", "portal", "monitor")
    assert parts == dict.fromkeys(names, "running")


def test_a_sensor_needs_no_account_on_the_same_machine(demo):
    command = ["mosquitto_pub", "-p", str(demo.mqtt_port), "-q", "1", "-t", "pools/lakeside/sauna/temperature"]
    subprocess.run([*command, "-m", "38.5"], check=True, timeout=20)
    with Journal(demo.data / "journal.db") as journal:
        found = until(lambda: journal.latest(Topic("lakeside", "sauna", "temperature")))
    assert found.value == 38.5


def test_a_taken_port_is_named_with_its_option_and_nothing_is_left(demo, tmp_path):
    second = Demo(tmp_path / "second", port=demo.port)
    assert second.process.wait(60) == 2
    said = second.log.read_text()
    assert said == f"port {demo.port} is taken; choose another with --port\n"
    assert second.out.read_text() == ""
    assert not (tmp_path / "second").exists()


def test_it_ends_with_everything_and_comes_back_with_the_same_accounts(demo):
    family, lines = demo.family, demo.lines()
    assert len(family) == 5
    assert demo.end() == 0
    assert not any(part.is_running() for part in family)
    assert not answers(demo.port)
    assert not answers(demo.mqtt_port)
    again = Demo(demo.data, "--for", "1")
    assert again.lines()[2:] == lines[2:]
    assert again.process.wait(60) == 0
    assert not any(part.is_running() for part in again.family)


def test_another_data_folder_has_other_passwords(demo, tmp_path):
    other = Demo(tmp_path / "other", "--history", "0", "--for", "0")
    passwords = {password for _, password in other.accounts().values()}
    assert other.process.wait(60) == 0
    assert not passwords & {password for _, password in demo.accounts().values()}


def test_it_also_ends_when_it_is_killed(tmp_path):
    victim = Demo(tmp_path / "victim", "--history", "0")
    victim.lines()
    assert len(victim.family) == 5
    victim.end(signal.SIGKILL)
    until(lambda: not any(part.is_running() for part in victim.family))
