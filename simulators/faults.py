"""Sensor faults: what a sensor reports instead of the true value, while a fault lasts; and its everyday noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a sensor fails."""

    STUCK = "stuck"
    DRIFT = "drift"
    SPIKE = "spike"
    SILENT = "silent"
    BUBBLES = "bubbles"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure of one sensor.

    `size` is for drift the quantity's unit per hour, for a spike the value shown, for bubbles the share that is
    lost (bubbles on the membrane read low, limits.md 3); stuck and silent need none.
    """

    place: str
    quantity: str
    kind: Kind
    size: float = 0.0


# The standard deviation of one reading: a part in the quantity's unit and a share of the value.
# pH is about ±0.02 (limits.md 3); the others are our own.
_NOISE: Mapping[str, tuple[float, float]] = {
    "ph": (0.01, 0),
    "bromine": (0.01, 0.006),
    "chlorine": (0.004, 0.006),
    "orp": (1.5, 0),
    "temperature": (0.03, 0),
}


def noise(quantity: str, true: float) -> float:
    """The standard deviation of a sound sensor's reading around the true value."""
    unit, share = _NOISE[quantity]
    return unit + share * true


def report(fault: Fault, true: float, entered: float, hours: float) -> float | None:
    """What the sensor reports `hours` into the fault, which began at the value `entered`; None is nothing at all."""
    return _REPORTS[fault.kind](fault.size, true, entered, hours)


_REPORTS: Mapping[Kind, Callable[[float, float, float, float], float | None]] = {
    Kind.STUCK: lambda _size, _true, entered, _hours: entered,
    Kind.DRIFT: lambda size, true, _entered, hours: true + size * hours,
    Kind.SPIKE: lambda size, _true, _entered, _hours: size,
    Kind.SILENT: lambda _size, _true, _entered, _hours: None,
    Kind.BUBBLES: lambda size, true, _entered, _hours: true * (1 - size),
}
