"""What a gate counts: entries outside opening hours, and the people inside since midnight. Pure."""

from datetime import date, datetime
from typing import NamedTuple

from ingest.topics import Topic
from monitor.changes import Change
from monitor.holds import Hold
from monitor.lifecycle import What
from monitor.opening import Calendar
from monitor.rules import OUT_OF_HOURS


class Crowd(NamedTuple):
    """People by a gate's count since the local midnight of `day`."""

    day: date
    inside: int
    entered: int
    at: datetime


def count(crowd: Crowd | None, calendar: Calendar, at: datetime, step: int) -> Crowd:
    """The crowd after somebody went in (`step` 1) or out (-1); what comes late from a day before changes nothing."""
    day = calendar.day(at)
    if crowd is not None and day < crowd.day:
        return crowd
    inside, entered = (crowd.inside, crowd.entered) if crowd and crowd.day == day else (0, 0)
    latest = max(at, crowd.at) if crowd else at
    return Crowd(day, max(0, inside + step), entered + max(0, step), latest)


def start_day(crowd: Crowd, calendar: Calendar, now: datetime) -> Crowd:
    """The crowd at `now`: nobody was counted yet on a new local day."""
    today = calendar.day(now)
    return Crowd(today, 0, 0, calendar.midnight(now)) if today > crowd.day else crowd


def enter(
    night: Hold, calendar: Calendar, topic: Topic, at: datetime, last: datetime | None
) -> tuple[Hold, list[Change]]:
    """Somebody went in at `at`, `last` being the latest passage before. source: P16.

    Outside opening hours this raises the alarm, or repeats it; it ends when nobody else has come for the off-delay.
    What comes late is a breach all the same.
    """
    if calendar.is_open(at):
        return night, []
    what = What.REPEATED if night.on else What.RAISED
    change = Change(what, OUT_OF_HOURS, topic, at, OUT_OF_HOURS.severity)
    night = Hold(on=True, since=max(at, night.since or at))
    night, more = wait(night, topic, max(at, last or at))
    return night, [change, *more]


def wait(night: Hold, topic: Topic, until: datetime) -> tuple[Hold, list[Change]]:
    """Let the alarm end if that was due by `until`."""
    due = night.due(OUT_OF_HOURS.on_delay, OUT_OF_HOURS.off_delay)
    if due is None or due > until:
        return night, []
    return night.turn(), [Change(What.CLEARED, OUT_OF_HOURS, topic, due, OUT_OF_HOURS.severity)]
