"""Duties: work that recurs, how often, and how it stands at a moment. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ingest.words import mark as _
from monitor.opening import Calendar


class State(StrEnum):
    """How a duty stands."""

    UPCOMING = "upcoming"
    DUE_SOON = "due-soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Duty:
    """Work at each place of a kind, due again after so much open time; `rule` is the alarm when it is not done."""

    key: str
    label: str
    kind: str
    every: timedelta
    warning: timedelta
    rule: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a duty stands: when it was last done (None: never), when it is due and from when on that is soon."""

    state: State
    due: datetime
    warns: datetime
    last: datetime | None


FOOT_BATH = Duty(
    key="foot-bath-change",
    label=_("Change the foot bath's disinfectant"),
    kind="foot-bath",
    every=timedelta(hours=4),
    warning=timedelta(minutes=30),
    rule="foot-bath-overdue",
    source=("P08",),
)
DUTIES = {duty.key: duty for duty in (FOOT_BATH,)}


def standing(
    duty: Duty, changes: Sequence[datetime], calendar: Calendar, now: datetime, *, since: datetime
) -> Standing:
    """How a duty stands at `now` that was done at `changes`, in any order, at a place that is registered since `since`.

    A place that nobody has changed yet is due after so much open time from its registration, or at the next opening.
    """
    last = max(changes, default=None)
    due = find_due(duty, last, calendar, since)
    warns = due - duty.warning
    state = State.OVERDUE if now >= due else State.DUE_SOON if now >= warns else State.UPCOMING
    return Standing(state, due, warns, last)


def find_due(duty: Duty, last: datetime | None, calendar: Calendar, since: datetime) -> datetime:
    """When a duty is due that was last done at `last`. source: P08.

    Only open time counts. A fill is due at each opening, so what would be due at closing or later is due at the next
    opening. What is done while the site is closed counts as the fill of the next opening.
    """
    # In a zone of its own a datetime would add hours of the wall, not of time.
    done = (last or since).astimezone(UTC)
    window = calendar.next_window(done)
    if last is None and done < window.start:
        return window.start
    due = max(done, window.start) + duty.every
    return due if due < window.end else calendar.next_window(window.end).start
