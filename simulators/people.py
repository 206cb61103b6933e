"""The people: residents who pass the gate and swim, and attendants who change the foot bath or forget to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

# Arrivals an hour from 09:00 on a working day, evenings fullest; our own figures for a 小区 of some hundred homes.
_ARRIVALS = (3, 4, 5, 3, 3, 5, 7, 8, 8, 9, 8, 3)
_WEEKEND = 1.4
_SATURDAY = 5
_CARDS = 200
_STAY = (25.0, 130.0, 70.0)  # minutes: least, most, usual
_LAST_ENTRY = timedelta(minutes=40)
# Well before the warning, which comes 30 minutes ahead of the 4 open hours of P08.
_ROUND = timedelta(hours=3, minutes=20)
_LATE_SHIFT = 15


class Visit(NamedTuple):
    """One person's stay: the card and when it passed the gate, in and out."""

    card: str
    arrives: datetime
    leaves: datetime


class Change(NamedTuple):
    """One change of the foot bath's disinfectant."""

    time: datetime
    by: str


class Window(NamedTuple):
    """A stretch of time, start included, end excluded."""

    start: datetime
    end: datetime


class Act(NamedTuple):
    """One thing that a person does: `what` is in, out or changed; a visit has arrived at `since`."""

    time: datetime
    what: str
    who: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Omission:
    """The attendants think of something else: what is due meanwhile is done at the end. source: P08."""


@dataclass(frozen=True, slots=True)
class Intruder:
    """Somebody with this card is in while the window lasts. source: P16."""

    card: str


def acts(
    seed: int, opens: datetime, closes: datetime, omissions: Sequence[Window], intruders: Sequence[Visit]
) -> list[Act]:
    """Everything that people do on a day, in order of time."""
    everybody = [*visits(seed, opens, closes), *intruders]
    return sorted(
        [
            *(Act(visit.arrives, "in", visit.card, visit.arrives) for visit in everybody),
            *(Act(visit.leaves, "out", visit.card, visit.arrives) for visit in everybody),
            *(Act(one.time, "changed", one.by, one.time) for one in changes(seed, opens, closes, omissions)),
        ]
    )


def visits(seed: int, opens: datetime, closes: datetime) -> Sequence[Visit]:
    """A day's visits in order of arrival; no card is inside twice, and everybody is out before the pool closes."""
    random = Random(f"{seed} visits {opens.date()}")
    crowd = _WEEKEND if opens.weekday() >= _SATURDAY else 1.0
    arrivals = _arrivals(random, opens, closes, crowd)
    # One swim a day is enough for anybody, so that no card is inside twice.
    cards = random.sample(range(_CARDS), len(arrivals))
    found = []
    for arrives, card in zip(arrivals, cards, strict=True):
        stay = timedelta(minutes=random.triangular(*_STAY))
        last = closes - timedelta(seconds=random.randint(60, 600))
        found.append(Visit(_card(card), arrives, _second(min(arrives + stay, last))))
    return found


def changes(seed: int, opens: datetime, closes: datetime, omissions: Sequence[Window]) -> Sequence[Change]:
    """A day's changes of the foot bath: just before opening, then well within every 4 open hours. source: P08."""
    random = Random(f"{seed} changes {opens.date()}")
    found = []
    due = opens - timedelta(seconds=random.randint(180, 480))
    while due < closes - timedelta(hours=1):
        done = max((window.end for window in omissions if window.start <= due < window.end), default=due)
        if done < closes:
            found.append(Change(done, "lee" if done.hour < _LATE_SHIFT else "han"))
        due = done + _ROUND + timedelta(seconds=random.randint(-400, 400))
    return found


def _arrivals(random: Random, opens: datetime, closes: datetime, crowd: float) -> list[datetime]:
    found = []
    for hour, number in enumerate(_ARRIVALS):
        expected = number * crowd
        for _ in range(round(random.uniform(0.7, 1.3) * expected)):
            arrives = opens + timedelta(hours=hour, seconds=random.randint(60, 3599))
            if arrives < closes - _LAST_ENTRY:
                found.append(arrives)
    return sorted(found)


def _card(number: int) -> str:
    return f"{0xA000 + number * 37:04x}"


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
