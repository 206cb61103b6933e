"""The plan: what is registered, as the rules see it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingest.topics import Topic
from monitor.duties import Duty
from monitor.opening import Calendar


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit in force for a series; see `monitor.places.Limit`. Where there is only a closing level, it is that."""

    id: int
    low: float | None
    high: float | None
    close_low: float | None
    close_high: float | None
    deadband: float
    on_delay: timedelta
    close_on_delay: timedelta
    off_delay: timedelta
    open_only: bool

    def excess(self, value: float) -> float:
        """How far a value lies outside, negative inside."""
        low = self.close_low if self.low is None else self.low
        high = self.close_high if self.high is None else self.high
        below = float("-inf") if low is None else low - value
        above = float("-inf") if high is None else value - high
        return max(below, above)

    def is_outside(self, value: float) -> bool:
        """Whether a value is below the lower or above the upper limit."""
        return self.excess(value) > 0

    def is_back(self, value: float) -> bool:
        """Whether a value is inside by more than the deadband."""
        excess = self.excess(value)
        return -excess > self.deadband or (self.deadband == 0 and excess == 0)

    def calls_for_closing(self, value: float) -> bool:
        """Whether a value lies beyond a closing level."""
        below = self.close_low is not None and value < self.close_low
        return below or (self.close_high is not None and value > self.close_high)


@dataclass(frozen=True, slots=True)
class Sensor:
    """A registered series: the range a sound sensor can report, its limit if it has one, and when it is silent."""

    low: float
    high: float
    limit: Limit | None
    silence_warning: timedelta
    silence_alarm: timedelta
    since: datetime
    calendar: Calendar

    def is_possible(self, value: float) -> bool:
        """Whether a sound sensor can report this. source: limits.md 3."""
        return self.low <= value <= self.high

    def applies(self, moment: datetime) -> bool:
        """Whether the limit counts at a moment."""
        return self.limit is not None and (not self.limit.open_only or self.calendar.is_open(moment))


@dataclass(frozen=True, slots=True)
class Post:
    """Where a duty is done: at a place that is registered since `since`."""

    duty: Duty
    calendar: Calendar
    since: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is registered: sensors, gates (by their topic access) and duty posts (by changed)."""

    sensors: Mapping[Topic, Sensor] = field(default_factory=dict)
    gates: Mapping[Topic, Calendar] = field(default_factory=dict)
    posts: Mapping[Topic, Post] = field(default_factory=dict)
