"""The simulation: a story as its devices tell it, message by message in order of time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import NamedTuple

from ingest.quantities import QUANTITIES
from ingest.topics import Topic
from simulators import faults
from simulators.events import Scenario
from simulators.faults import Fault
from simulators.people import Act
from simulators.pool import Pool
from simulators.site import FOOT_BATH, GATE, SENSORS, SITE, ZONE, Sensor
from simulators.story import Story

# Long enough that the first reading is as believable as any other, at any time of day.
_WARM_UP = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


class Message(NamedTuple):
    """What one device says at one moment; `payload` is an object of the wire contract."""

    time: datetime
    topic: Topic
    payload: dict[str, object]


class Simulation:
    """One story from `start` on: the same scenario, seed, start, live and periods give the same messages.

    `live` is when the live part begins, which scenarios refer to; what is told of the time before it is a history.
    """

    def __init__(self, scenario: Scenario, seed: int, start: datetime, live: datetime) -> None:
        self._scenario = scenario
        self._start = start.astimezone(ZONE)
        self._story = Story(scenario, seed, live)
        self._pool = Pool(self._story, _midnight(self._start - _WARM_UP))
        self._random = Random(f"{seed} noise")
        self._entered: dict[tuple[Sensor, datetime], float] = {}
        topics = [*(_topic(*sensor) for sensor in SENSORS), _topic(GATE, "access"), _topic(FOOT_BATH, "changed")]
        self._counts = {topic: count(1) for topic in topics}

    def advance(self, period: timedelta, end: datetime | None = None) -> Iterator[Message]:
        """Live on until `end`, or without one, each sensor reporting every `period`.

        A later call goes on where this one ended, so that the live part continues the history.
        """
        if not self._scenario.publishes:
            return
        while self._pool.now < self._start:
            self._pool.step(min(_MINUTE, self._start - self._pool.now))
        while end is None or self._pool.now + period <= end:
            began = self._pool.now
            acts = self._pool.step(period)
            yield from sorted([*self._told(acts), *self._measured(began, period)], key=lambda message: message.time)

    def changes_before(self) -> list[Message]:
        """The foot bath's changes of the day before the start, for a story that is told without a history."""
        if not self._scenario.publishes:
            return []
        today = self._story.acts(self._start.date())
        return [_changed(act) for act in today if act.what == "changed" and act.time < self._start]

    def _told(self, acts: list[Act]) -> Iterator[Message]:
        for act in acts:
            # Whoever came before the story began leaves unseen, so that the gate's count balances.
            if act.since >= self._start:
                message = _changed(act) if act.what == "changed" else _passed(act)
                yield message._replace(payload=message.payload | {"seq": next(self._counts[message.topic])})

    def _measured(self, began: datetime, period: timedelta) -> Iterator[Message]:
        for number, sensor in enumerate(SENSORS):
            # Each sensor has a moment of its own within the period, as devices do.
            moment = _millisecond(began + period * number / len(SENSORS))
            value = self._report(sensor, moment)
            if value is not None:
                topic = _topic(*sensor)
                value = round(value, QUANTITIES[sensor.quantity].decimals + 1)
                seq = next(self._counts[topic])
                yield Message(moment, topic, {"value": value, "time": moment.isoformat(), "seq": seq})

    def _report(self, sensor: Sensor, moment: datetime) -> float | None:
        true = self._pool.true(*sensor)
        value = max(0.0, self._random.gauss(true, faults.noise(sensor.quantity, true)))
        for one in self._story.active(moment):
            fault = one.event.cause
            if isinstance(fault, Fault) and (fault.place, fault.quantity) == sensor:
                entered = self._entered.setdefault((sensor, one.start), value)
                return faults.report(fault, value, entered, (moment - one.start) / _HOUR)
        return value


def _passed(act: Act) -> Message:
    payload: dict[str, object] = {"direction": act.what, "card": act.who, "time": act.time.isoformat()}
    return Message(act.time, _topic(GATE, "access"), payload)


def _changed(act: Act) -> Message:
    return Message(act.time, _topic(FOOT_BATH, "changed"), {"time": act.time.isoformat(), "by": act.who})


def _topic(place: str, name: str) -> Topic:
    return Topic(SITE, place, name)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
