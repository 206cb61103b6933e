"""Events: the words in which a scenario is written, when they happen, and what ought to be noticed of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple

from simulators.faults import Fault
from simulators.people import Intruder, Omission
from simulators.site import ZONE
from simulators.water import Trouble

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mishap:
    """A trouble of one body of water."""

    place: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class At:
    """A time of day, on one day of the scenario's cycle; day 0 is the day on which the live part begins."""

    day: int
    clock: time


@dataclass(frozen=True, slots=True)
class Label:
    """What ought to be noticed, from and until so long after its cause began; for `slack` see Incident."""

    rule: str
    place: str
    quantity: str
    after: timedelta
    until: timedelta
    slack: timedelta


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens: its cause, when it begins (a time of day, or relative to the live part), how long."""

    cause: Mishap | Fault | Omission | Intruder
    start: At | timedelta
    lasts: timedelta
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story. Events at a time of day come again every `cycle` days; nothing is published unless it `publishes`."""

    about: str
    events: tuple[Event, ...] = ()
    cycle: int = 7
    publishes: bool = True


class Occurrence(NamedTuple):
    """An event on one date; start included, end excluded."""

    start: datetime
    end: datetime
    event: Event


class Incident(NamedTuple):
    """A line of the ground truth. `rule` is a key of the monitor's rules, `quantity` empty where none is measured.

    The condition holds in [start, end) for certain, and nowhere more than `slack` before or after: sun and bathers
    decide when water leaves its limits. What does not depend on water has no slack.
    """

    rule: str
    place: str
    quantity: str
    start: datetime
    end: datetime
    slack: timedelta


def occurrences(scenario: Scenario, live: datetime, start: datetime, end: datetime) -> Sequence[Occurrence]:
    """What happens in [start, end) of a story whose live part begins at `live`, in order of time."""
    found = (
        Occurrence(begins, begins + event.lasts, event)
        for event in scenario.events
        for begins in _beginnings(event, scenario.cycle, live, start - event.lasts, end)
    )
    return sorted((one for one in found if one.start < end and one.end > start), key=lambda one: one.start)


def incidents(scenario: Scenario, live: datetime, start: datetime, end: datetime) -> Sequence[Incident]:
    """The ground truth of whatever reaches into [start, end), its slack included, in order of time."""
    found = (
        Incident(label.rule, label.place, label.quantity, one.start + label.after, one.start + label.until, label.slack)
        for one in occurrences(scenario, live, start - _DAY, end)
        for label in one.event.labels
    )
    reaching = (one for one in found if one.start - one.slack < end and one.end + one.slack > start)
    return sorted(reaching, key=lambda one: one.start)


def _beginnings(event: Event, cycle: int, live: datetime, start: datetime, end: datetime) -> Iterator[datetime]:
    if isinstance(event.start, timedelta):
        yield live.astimezone(ZONE) + event.start
        return
    today = live.astimezone(ZONE).date()
    day = start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        if ((day - today).days - event.start.day) % cycle == 0:
            yield datetime.combine(day, event.start.clock, ZONE)
        day += _DAY
