"""The publisher: sends what the simulated devices say to the broker, live at its time or a history in one go."""

import json
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from ingest import clock
from ingest.mqtt import Publisher
from ingest.quantities import QUANTITIES
from ingest.topics import Topic
from simulators import scenarios
from simulators.settings import Settings
from simulators.simulation import Message, Simulation
from simulators.site import BASINS, GATE, SITE

HISTORY_PERIOD = timedelta(seconds=60)  # source: limits.md 3, "publish"
_BATCH = timedelta(hours=1)
_PATIENCE = 5.0
_HISTORY_PATIENCE = 60.0
_STATUSES = [str(Topic(SITE, place, "status")) for place in (*BASINS, GATE)]

log = structlog.get_logger()


class NotTaken(Exception):
    """Raised when the broker does not take a history."""


class _Parcel(NamedTuple):
    """One MQTT message."""

    topic: Topic
    payload: str


def run(
    settings: Settings, scenario: str, stop: threading.Event, *, since: datetime | None = None, days: float = 0
) -> None:
    """Publish each message at its time, until `stop`.

    `since` and `days` are those of a history that was published before and is now continued; without them the story
    begins now. A broker that is away is waited for; what was measured meanwhile is sent then. Raises UnknownScenario.
    """
    live = since or clock.now()
    simulation = _begin(settings, scenario, live, days)
    for _told_before in simulation.advance(HISTORY_PERIOD, live):
        pass
    # A connection has one last will, and a site's devices here share a connection: the main pool's speaks for all.
    with Publisher(settings, will=(_STATUSES[0], "offline")) as link:
        log.info("simulating", scenario=scenario, seed=settings.seed, period=settings.period)
        if scenarios.find(scenario).publishes:
            for topic in _STATUSES:
                _send_one(link, topic, "online", stop, retain=True)
            if not days:
                _send(link, map(_parcel, simulation.changes_before()), stop)
            _send(link, map(_parcel, _at_their_time(simulation, settings.period, stop)), stop)
            _say_goodbye(link)
        stop.wait()


def publish_history(settings: Settings, scenario: str, *, days: float, until: datetime) -> int:
    """Publish the `days` before `until` as devices that catch up, an hour of readings in a message.

    Returns the number of messages when the broker has acknowledged them all. Raises NotTaken, UnknownScenario.
    """
    number = 0
    with Publisher(settings) as link:
        simulation = _begin(settings, scenario, until, days)
        try:
            for parcel in _batched(simulation.advance(HISTORY_PERIOD, until)):
                link.publish(str(parcel.topic), parcel.payload, timeout=_HISTORY_PATIENCE)
                number += 1
        except TimeoutError as error:
            raise NotTaken(str(error)) from error
        if not link.flush(_HISTORY_PATIENCE) or link.refused:
            raise NotTaken(f"broker refused {link.refused} of {number} messages or did not acknowledge them all")
    log.info("history published", scenario=scenario, days=days, messages=number)
    return number


def _begin(settings: Settings, scenario: str, live: datetime, days: float) -> Simulation:
    return Simulation(scenarios.find(scenario), settings.seed, live - timedelta(days=days), live)


def _at_their_time(simulation: Simulation, period: float, stop: threading.Event) -> Iterator[Message]:
    for message in simulation.advance(timedelta(seconds=period)):
        if stop.wait(max(0.0, (message.time - clock.now()).total_seconds())):
            return
        yield message


def _send(link: Publisher, parcels: Iterable[_Parcel], stop: threading.Event) -> None:
    for parcel in parcels:
        _send_one(link, str(parcel.topic), parcel.payload, stop)


def _say_goodbye(link: Publisher) -> None:
    try:
        for topic in _STATUSES:
            link.publish(topic, "offline", retain=True, timeout=_PATIENCE)
    except TimeoutError as error:
        log.warning("left without a goodbye", error=str(error))
    link.flush(_PATIENCE)


def _send_one(link: Publisher, topic: str, payload: str, stop: threading.Event, *, retain: bool = False) -> None:
    while not stop.is_set():
        try:
            link.publish(topic, payload, retain=retain, timeout=_PATIENCE)
        except TimeoutError as error:
            log.warning("broker takes nothing", error=str(error))
        else:
            return


def _parcel(message: Message) -> _Parcel:
    return _Parcel(message.topic, _encode(message.payload))


def _batched(messages: Iterable[Message]) -> Iterator[_Parcel]:
    """Readings of an hour in one array each; what people do goes at once."""
    waiting: dict[Topic, list[dict[str, object]]] = {}
    began: datetime | None = None
    for message in messages:
        if message.topic.name not in QUANTITIES:
            yield _parcel(message)
            continue
        if began is None or message.time - began >= _BATCH:
            yield from (_Parcel(topic, _encode(readings)) for topic, readings in waiting.items())
            waiting, began = {}, message.time
        waiting.setdefault(message.topic, []).append(message.payload)
    yield from (_Parcel(topic, _encode(readings)) for topic, readings in waiting.items())


def _encode(payload: object) -> str:
    return json.dumps(payload, separators=(",", ":"))
