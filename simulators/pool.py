"""The pool: all waters of the site and the people in it, moved on through a story step by step."""

from datetime import datetime, timedelta
from random import Random

from simulators import water, weather
from simulators.events import Mishap
from simulators.people import Act
from simulators.site import BASINS, FILL, FOOT_BATH, REFILL, START, SWIM
from simulators.story import Story
from simulators.water import Around, Water

_HOUR = timedelta(hours=1)
_STEPS = {"in": 1, "out": -1, "changed": 0}


class Pool:
    """The state of the site at `now`, in the site's zone; it begins at night, when nobody is in."""

    def __init__(self, story: Story, now: datetime) -> None:
        self.now = now
        self.inside = 0
        self._story = story
        self._waters = dict(START)
        self._acts = story.acts_from(now)
        self._next = next(self._acts)

    def true(self, place: str, quantity: str) -> float:
        """What a perfect sensor would read."""
        at_hand = self._waters[place]
        match quantity:
            case "ph":
                return at_hand.ph
            case "temperature":
                return at_hand.temperature
            case "orp":
                return water.orp(BASINS[place], at_hand)
            case _:
                return at_hand.disinfectant

    def step(self, period: timedelta) -> list[Act]:
        """Move on by a period of minutes at most, and return what people did in it."""
        began, self.now = self.now, self.now + period
        acts = []
        while self._next.time < self.now:
            acts.append(self._next)
            self._next = next(self._acts)
        self.inside += sum(_STEPS[act.what] for act in acts)
        feet = sum(act.what != "changed" for act in acts)
        for place in BASINS:
            self._move(place, began, feet, period / _HOUR)
        for act in acts:
            if act.what == "changed":
                fill = FILL + Random(f"{self._story.seed} fill {act.time}").uniform(-0.3, 0.3)
                self._waters[FOOT_BATH] = Water(fill)
        return acts

    def _move(self, place: str, began: datetime, feet: int, hours: float) -> None:
        basin = BASINS[place]
        troubles = frozenset(
            one.event.cause.trouble
            for one in self._story.active(began)
            if isinstance(one.event.cause, Mishap) and one.event.cause.place == place
        )
        around = Around(
            sun=weather.sun(began, weather.clearness(self._story.seed, began.date())),
            air=weather.air(began),
            bathers=feet / hours if place == FOOT_BATH else self.inside * SWIM.get(place, 0),
            fresh=basin.refill if REFILL[0] <= began.time() < REFILL[1] else 0,
            troubles=troubles,
        )
        self._waters[place] = water.step(basin, self._waters[place], around, hours)
