"""A story: one telling of a scenario, with its days, what is the matter at a moment, and what people do."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from simulators import people
from simulators.events import Occurrence, Scenario, occurrences
from simulators.people import Act, Intruder, Omission, Visit, Window
from simulators.site import CLOSES, OPENS, ZONE

_DAY = timedelta(days=1)


class Story:
    """A scenario whose live part begins at `live`; `seed` decides what the scenario leaves to chance."""

    def __init__(self, scenario: Scenario, seed: int, live: datetime) -> None:
        self.seed = seed
        self._scenario = scenario
        self._live = live
        self._days: dict[date, Sequence[Occurrence]] = {}

    def active(self, moment: datetime) -> Iterator[Occurrence]:
        """What is the matter at a moment in the site's zone."""
        return (one for one in self._day(moment.date()) if one.start <= moment < one.end)

    def acts(self, day: date) -> Sequence[Act]:
        """What people do on a day, in order of time."""
        today = self._day(day)
        opens, closes = (datetime.combine(day, clock, ZONE) for clock in (OPENS, CLOSES))
        omissions = [Window(one.start, one.end) for one in today if isinstance(one.event.cause, Omission)]
        intruders = [
            Visit(one.event.cause.card, one.start, one.end)
            for one in today
            if isinstance(one.event.cause, Intruder) and one.start.date() == day
        ]
        return people.acts(self.seed, opens, closes, omissions, intruders)

    def acts_from(self, moment: datetime) -> Iterator[Act]:
        """What people do from a moment in the site's zone on, without end."""
        day = moment.date()
        while True:
            yield from (act for act in self.acts(day) if act.time >= moment)
            day += _DAY

    def _day(self, day: date) -> Sequence[Occurrence]:
        if day not in self._days:
            midnight = datetime.combine(day, time.min, ZONE)
            self._days[day] = occurrences(self._scenario, self._live, midnight, midnight + _DAY)
        return self._days[day]
