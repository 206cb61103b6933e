"""Foot baths as people see them: when the disinfectant was changed, by whom, whether in time, and when it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor import duties, registry
from monitor.duties import FOOT_BATH, Standing
from monitor.opening import Calendar
from monitor.places import Place
from monitor.progress import DutyDone

# Long enough that the change before a day's first one is among them.
_LOOKS_BACK = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the disinfectant, and how much opening time it was late, if it was."""

    done: DutyDone
    late: timedelta | None


@dataclass(frozen=True, slots=True)
class Bath:
    """A foot bath's duty: how it stands, and the changes of the last days, newest first."""

    standing: Standing
    changes: Sequence[Change]

    @property
    def last(self) -> DutyDone | None:
        """The newest change."""
        return self.changes[0].done if self.changes else None


def look_at_bath(session: Session, place: Place, calendar: Calendar, now: datetime) -> Bath:
    """How the foot bath of a place stands."""
    question = select(DutyDone).where(
        DutyDone.duty == FOOT_BATH.key,
        DutyDone.site == place.site_key,
        DutyDone.place == place.key,
        DutyDone.at > now - _LOOKS_BACK,
    )
    rows = session.scalars(question.order_by(DutyDone.at, DutyDone.id)).all()
    return Bath(registry.duty_standing(session, FOOT_BATH, place, now), judge(rows, calendar, place.since)[::-1])


def judge(rows: Sequence[DutyDone], calendar: Calendar, since: datetime) -> list[Change]:
    """Changes, the oldest first, each against when it was due after the one before it.

    source: P08. The first is not judged when the place is older than it: what came before it is not known here.
    """
    changes = []
    for before, row in pairwise([None, *rows]):
        assert row is not None
        due = duties.find_due(FOOT_BATH, before.at, calendar, since) if before else None
        late = open_time(calendar, due, row.at) if due else timedelta()
        changes.append(Change(row, late or None))
    return changes


def open_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How long the site was open from `start` to `end`; nothing when `end` is earlier."""
    total = timedelta()
    while start < end:
        window = calendar.next_window(start)
        total += max(timedelta(), min(end, window.end) - max(start, window.start))
        start = window.end
    return total
