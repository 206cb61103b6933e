"""One story is told alike every time, in order, and live goes on where the history ended."""

import json
from datetime import timedelta

import pytest

from ingest.entries import Entry
from ingest.instants import from_datetime
from ingest.messages import decode
from simulators.scenarios import SCENARIOS
from simulators.simulation import Simulation
from simulators.site import CLOSES, FOOT_BATH, GATE, SENSORS, ZONE
from tests.simulators.telling import DAY, LIVE, MINUTE, tell

TEN_SECONDS = timedelta(seconds=10)


def test_the_same_seed_tells_the_same_story_and_another_seed_another():
    one, same, other = (tell("lakeside", seed, days=1) for seed in (1, 1, 2))
    assert one == same
    assert one.messages != other.messages


def test_messages_come_in_order_of_time_between_start_and_end():
    messages = tell("storm", 1, days=1).messages
    times = [message.time for message in messages]
    assert times == sorted(times)
    assert times[0] == LIVE - DAY
    assert times[-1] < LIVE + DAY


def test_every_sensor_reports_once_a_period_and_counts():
    told = tell("calm", 1, days=0.5, after=timedelta(0))
    for sensor in SENSORS:
        assert [message.payload["seq"] for message in told.series()[tuple(sensor)]] == list(range(1, 721))


def test_live_goes_on_where_the_history_ended():
    simulation = begun()
    history = list(simulation.advance(MINUTE, LIVE))
    live = list(simulation.advance(TEN_SECONDS, LIVE + timedelta(minutes=10)))
    for sensor in SENSORS:
        before, after = (
            next(m for m in told if (m.topic.place, m.topic.name) == sensor) for told in (reversed(history), live)
        )
        assert after.payload["seq"] == before.payload["seq"] + 1
        assert after.time - before.time <= MINUTE
        assert after.payload["value"] == pytest.approx(before.payload["value"], rel=0.05)


def test_a_history_that_is_lived_through_again_in_silence_leads_to_the_same_live_part():
    first, second = begun(), begun()
    for simulation in (first, second):
        list(simulation.advance(MINUTE, LIVE))
    end = LIVE + timedelta(minutes=5)
    assert list(first.advance(TEN_SECONDS, end)) == list(second.advance(TEN_SECONDS, end))


@pytest.mark.parametrize("hour", [2, 12, 20])
def test_the_gate_balances_every_night_whenever_the_story_begins(hour):
    live = LIVE.astimezone(ZONE).replace(hour=hour)
    inside: set[object] = set()
    for message in tell("night-visitor", 1, live, days=2).messages:
        if message.time.time() > CLOSES and message.time.hour < 22:
            assert not inside
        if message.topic.place == GATE:
            card = message.payload["card"]
            assert (card in inside) == (message.payload["direction"] == "out")
            inside ^= {card}


@pytest.mark.parametrize(("hour", "number"), [(3, 0), (10, 1), (14, 2), (23, 4)])
def test_a_story_without_a_history_still_knows_when_the_foot_bath_was_changed_today(hour, number):
    live = LIVE.astimezone(ZONE).replace(hour=hour)
    changes = Simulation(SCENARIOS["calm"], 1, live, live).changes_before()
    assert len(changes) == number
    assert all(live.date() == change.time.date() and change.time < live for change in changes)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_payload_is_read_by_ingest(name):
    received = from_datetime(LIVE + DAY)
    for message in tell(name, 1, days=0.5, after=timedelta(hours=12)).messages:
        payload = json.dumps(message.payload).encode()
        [entry] = decode(str(message.topic), payload, received, lambda card: card)
        assert isinstance(entry, Entry), entry
        assert entry.topic == message.topic
        assert entry.time == from_datetime(message.time)
        assert entry.seq == message.payload["seq"]
        if message.topic.place == FOOT_BATH and message.topic.name == "changed":
            assert entry.detail == message.payload["by"]


def begun():
    return Simulation(SCENARIOS["lakeside"], 1, LIVE - DAY, LIVE)
