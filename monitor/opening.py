"""Opening hours as a calendar: when a site is open, in its own zone, and how open time adds up. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


class Window(NamedTuple):
    """A stretch of time, start included, end excluded; in UTC, so that a change of the clocks does not bend it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """Daily opening hours in a zone, start included, end excluded. source: P16."""

    zone: ZoneInfo
    opens: time
    closes: time

    def is_open(self, moment: datetime) -> bool:
        """Whether the site is open at an aware moment."""
        start, end = self.window(self.day(moment))
        return start <= moment < end

    def day(self, moment: datetime) -> date:
        """The local day of a moment."""
        return moment.astimezone(self.zone).date()

    def midnight(self, moment: datetime) -> datetime:
        """The start of the local day of a moment, in UTC."""
        return _to_utc(self.day(moment), time(), self.zone)

    def window(self, day: date) -> Window:
        """When the site is open on a local day."""
        return _window(self, day)

    def next_window(self, moment: datetime) -> Window:
        """The window that holds `moment`, else the next one."""
        day = self.day(moment)
        today = self.window(day)
        return today if moment < today.end else self.window(day + _DAY)

    def last_opening(self, moment: datetime) -> datetime:
        """When the site last opened, at `moment` or before."""
        day = self.day(moment)
        today = self.window(day).start
        return today if today <= moment else self.window(day - _DAY).start


@lru_cache(maxsize=10_000)
def _window(calendar: Calendar, day: date) -> Window:
    return Window(
        _to_utc(day, calendar.opens, calendar.zone),
        _to_utc(day, calendar.closes, calendar.zone),
    )


def _to_utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    # A local time that a change of the clocks skips or repeats counts by the offset before the change.
    return datetime.combine(day, at, zone).astimezone(UTC)
