"""The rules hold against the simulator's ground truth: they find what happens, when it does, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ingest.entries import Entry
from ingest.instants import from_datetime
from monitor import lakeside, survey
from monitor.changes import Change
from monitor.engine import step, tick
from monitor.lifecycle import What
from monitor.plan import Plan
from monitor.records import Record, connect, reading, writing
from monitor.state import State
from simulators.events import Incident, incidents
from simulators.scenarios import SCENARIOS
from simulators.simulation import Message, Simulation

LIVE = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# The on-delay, and the reading a minute that begins it.
DELAY = timedelta(minutes=6)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Lakeside with the limits of its profiles."""
    records = connect(f"sqlite:///{tmp_path_factory.mktemp('truth')}/records.db")
    Record.metadata.create_all(records)
    with writing(records) as session:
        lakeside.register(session, LIVE - timedelta(days=30))
    with reading(records) as session:
        found = survey.survey(session)
    records.dispose()
    return found


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.publishes])
def test_what_happens_is_found_and_nothing_else(plan, name):
    scenario = SCENARIOS[name]
    start, end = LIVE - scenario.cycle * timedelta(days=1), LIVE + timedelta(days=1)
    messages = list(Simulation(scenario, 1, start, LIVE).advance(MINUTE, end))
    truth = incidents(scenario, LIVE, start, end)
    # Before the story begins every sensor is silent.
    told = [one for one in live(plan, messages, end) if one.at >= start]
    alarms = [one for one in told if one.what in {What.RAISED, What.ESCALATED}]
    found = {one: [alarm for alarm in alarms if belongs(alarm, one)] for one in truth}
    of_nothing = [alarm for alarm in alarms if not any(belongs(alarm, one) for one in truth)]
    assert [one for one, some in found.items() if not some and start < one.start and one.end < end] == []
    assert of_nothing == []


def live(plan: Plan, messages: Sequence[Message], end: datetime) -> list[Change]:
    """What becomes of messages that are received as they are sent, with a tick each half minute."""
    changes, now = [], messages[0].time
    state = State(since=now - timedelta(days=1))
    waiting = iter([*messages, None])
    message = next(waiting)
    while now <= end:
        entries = []
        while message and message.time <= now:
            entries.append(to_entry(message))
            message = next(waiting)
        for found in (step(state, plan, entries), tick(state := step(state, plan, entries).state, plan, now)):
            changes += found.changes
            state = found.state
        now += MINUTE / 2
    return changes


def to_entry(message: Message) -> Entry:
    at = from_datetime(message.time)
    ways = {"in": 1.0, "out": -1.0}
    value = message.payload.get("value", ways.get(str(message.payload.get("direction")), 1.0))
    return Entry(message.topic, at, float(str(value)), "", None, at)


def belongs(alarm: Change, incident: Incident) -> bool:
    """Whether an alarm tells of an incident; one at closing level tells of the limit too."""
    rules = {incident.rule, "closure"} if incident.rule == "limit" else {incident.rule}
    topic = alarm.topic
    return (
        alarm.rule.key in rules
        and topic.place == incident.place
        and incident.quantity in {"", topic.name}
        and incident.start - incident.slack <= alarm.at <= incident.end + incident.slack + DELAY
    )
