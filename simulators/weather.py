"""The weather over the site: a curve of the day for sun and air, and one figure of cloud for each day."""

import math
from datetime import date, datetime, timedelta
from random import Random

_RISE, _SET = 6.0, 18.0
_AIR_MEAN, _AIR_SWING, _WARMEST = 26.0, 4.0, 15.0


def sun(moment: datetime, clearness: float) -> float:
    """The sun's strength from 0 (night) to `clearness` (noon); `moment` is in the site's zone."""
    hour = _hour(moment)
    return clearness * max(0.0, math.sin(math.pi * (hour - _RISE) / (_SET - _RISE)))


def air(moment: datetime) -> float:
    """The air's temperature in °C; `moment` is in the site's zone."""
    return _AIR_MEAN + _AIR_SWING * math.cos(2 * math.pi * (_hour(moment) - _WARMEST) / 24)


def clearness(seed: int, day: date) -> float:
    """How much of the sun the clouds of a day let through, 0.6 to 1."""
    return Random(f"{seed} clearness {day}").uniform(0.6, 1.0)


def _hour(moment: datetime) -> float:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second) / timedelta(hours=1)
