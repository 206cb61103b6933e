"""A story told in full, for tests that look at what was published."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from simulators.events import Incident, incidents
from simulators.scenarios import SCENARIOS
from simulators.simulation import Message, Simulation
from simulators.site import FOOT_BATH

LIVE = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # half past three in the afternoon at Lakeside
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

# (low, high) of the profiles: main quebec-q2-r39, children gb-37488-2019, feed and foot bath GB 9667-1996.
LIMITS = {
    ("main", "bromine"): (2.0, 5.0),
    ("main", "ph"): (7.2, 7.8),
    ("children", "chlorine"): (0.3, 1.0),
    ("children", "ph"): (7.0, 7.8),
    ("children", "temperature"): (23, 30),
    ("children-feed", "chlorine"): (0.3, 0.5),
    (FOOT_BATH, "chlorine"): (5, 10),
}
CLOSURES = {
    ("main", "bromine"): (0.6, 99),
    ("main", "ph"): (6.5, 8.0),
    ("children", "chlorine"): (0.3, 5.0),
    ("children", "ph"): (6.5, 8.0),
}


class Telling(NamedTuple):
    """What was published, and the ground truth."""

    messages: list[Message]
    truth: list[Incident]

    def series(self) -> dict[tuple[str, str], list[Message]]:
        """The messages of each place and name."""
        found = defaultdict(list)
        for message in self.messages:
            found[message.topic.place, message.topic.name].append(message)
        return found


def tell(name: str, seed: int, live: datetime = LIVE, days: float | None = None, after: timedelta = DAY) -> Telling:
    """A scenario's cycle (or so many days) before `live` and the time after, at a reading a minute."""
    days = SCENARIOS[name].cycle if days is None else days
    simulation = Simulation(SCENARIOS[name], seed, live - days * DAY, live)
    messages = list(simulation.advance(MINUTE, live + after))
    return Telling(messages, list(incidents(SCENARIOS[name], live, live - days * DAY, live + after)))


def stretches(readings: list[Message], low: float, high: float) -> list[tuple[datetime, datetime]]:
    """Where readings leave [low, high] for longer than the on-delay of 5 minutes without coming back."""
    found, began, last = [], None, None
    for message in readings:
        outside = not low <= message.payload["value"] <= high
        if outside:
            began, last = began or message.time, message.time
        if began and not outside:
            if last - began >= 5 * MINUTE:
                found.append((began, last))
            began = None
    if began and last - began >= 5 * MINUTE:
        found.append((began, last))
    return found
