"""Timelines as data: what was read and when, and what the rules must have made of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.entries import Entry
from ingest.instants import from_datetime
from ingest.topics import Topic
from monitor.changes import Change
from monitor.duties import FOOT_BATH
from monitor.engine import step, tick
from monitor.opening import Calendar
from monitor.plan import Limit, Plan, Post, Sensor
from monitor.state import State

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(SHANGHAI, time(9), time(21, 30))
# Ten in the morning at Lakeside, which is open; every timeline counts its seconds from here.
TEN = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI).astimezone(UTC)
PH = Topic("lakeside", "main", "ph")
BROMINE = Topic("lakeside", "main", "bromine")
GATE = Topic("lakeside", "gate", "access")
BUTTON = Topic("lakeside", "foot-bath", "changed")
LIMIT = Limit(
    id=1,
    low=7.2,
    high=7.8,
    close_low=6.5,
    close_high=8.0,
    deadband=0.05,
    on_delay=timedelta(seconds=300),
    close_on_delay=timedelta(seconds=120),
    off_delay=timedelta(seconds=600),
    open_only=False,
)
SENSOR = Sensor(3, 11, LIMIT, timedelta(seconds=400), timedelta(seconds=900), TEN - timedelta(days=30), CALENDAR)
WATER = ("limit", "closure", "impossible")
PLAN = Plan(
    {PH: SENSOR, BROMINE: replace(SENSOR, low=0, high=20, limit=None)},
    {GATE: CALENDAR},
    # Registered later than every timeline: what counts is the changes.
    {BUTTON: Post(FOOT_BATH, CALENDAR, TEN + timedelta(days=30))},
)


def after(seconds: float) -> datetime:
    """So many seconds after ten."""
    return TEN + timedelta(seconds=seconds)


def local(text: str) -> datetime:
    """A time of the day of the timeline, or with a date before it, in Shanghai."""
    return datetime.fromisoformat(text if "T" in text else f"2026-11-24T{text}").replace(tzinfo=SHANGHAI)


def entry(topic: Topic, at: datetime, value: float, received: datetime | None = None, detail: str = "") -> Entry:
    """An entry as the journal gives it."""
    return Entry(topic, from_datetime(at), value, detail, None, from_datetime(received or at))


def reading(seconds: float, value: float, received: float | None = None, topic: Topic = PH) -> Entry:
    """A reading so many seconds after ten."""
    return entry(topic, after(seconds), value, None if received is None else after(received))


def limited(**changes: Any) -> Plan:
    """The plan with another limit for the pH."""
    return replace(PLAN, sensors={**PLAN.sensors, PH: replace(SENSOR, limit=replace(LIMIT, **changes))})


class Clock:
    """Lives through a timeline: entries as they come, ticks as the clock stands."""

    def __init__(self, plan: Plan = PLAN, state: State | None = None) -> None:
        self.plan = plan
        # Ticks began long ago, so that nothing has to settle.
        self.state = state or State(since=TEN - timedelta(days=1))
        self.changes = list[Change]()
        self.reminders = list[datetime]()

    def take(self, *entries: Entry) -> "Clock":
        found = step(self.state, self.plan, entries)
        self.state = found.state
        self.changes += found.changes
        return self

    def tick(self, now: datetime) -> "Clock":
        found = tick(self.state, self.plan, now)
        self.state = found.state
        self.changes += found.changes
        self.reminders += [reminder.due for reminder in found.reminders]
        return self

    def told(self, *rules: str) -> list[tuple[str, str, float]]:
        """What became of the alarms of these rules, or of the water's, in seconds after ten and in order of time."""
        found = [
            (change.rule.key, str(change.what), (change.at - TEN).total_seconds())
            for change in self.changes
            if change.rule.key in (rules or WATER) and change.what != "worsened"
        ]
        return sorted(found, key=lambda told: told[2])


def live(entries: Iterable[Entry], until: float, every: float = 1, plan: Plan = PLAN) -> Clock:
    """Entries as they are received, with ticks between."""
    clock = Clock(plan)
    waiting = list(entries)
    moment = 0.0
    while moment <= until:
        now = after(moment)
        while waiting and waiting[0].received <= from_datetime(now):
            clock.take(waiting.pop(0))
        clock.tick(now)
        moment += every
    return clock


def replay(entries: Sequence[Entry], plan: Plan = PLAN, cut: Callable[[int], int] = lambda _n: 1) -> Clock:
    """The same entries from the journal, in batches, without a tick."""
    clock = Clock(plan)
    position = 0
    while position < len(entries):
        size = max(1, cut(position))
        clock.take(*entries[position : position + size])
        position += size
    return clock
