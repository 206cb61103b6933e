"""The simulated site, 湖畔花园 Lakeside: its waters, what is measured in them, its gate and its hours."""

from collections.abc import Mapping
from datetime import time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulators.water import Basin, Water

SITE = "lakeside"
GATE = "gate"
FOOT_BATH = "foot-bath"
ZONE = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(9), time(21, 30)  # source: P16
REFILL = (time(7), time(8))  # fresh water daily at a fixed time. source: P10
FILL = 8.0  # mg/L of a freshly changed foot bath, in the middle of 5 to 10. source: P08

BASINS: Mapping[str, Basin] = {
    "main": Basin(
        "bromine",
        volume=350,
        low=3.2,
        high=3.8,
        dosing=1.5,
        decay=0.02,
        sun=0.12,
        ph_low=7.42,
        ph_high=7.55,
        acid=0.5,
        aeration=0.05,
        ph_rest=8.2,
        ph_per_dose=-0.01,
        warming=0.15,
        cooling=0.02,
        refill=0.03,
    ),
    # A shallow pool with a fountain: much sun and much air for little water.
    "children": Basin(
        "chlorine",
        volume=24,
        low=0.55,
        high=0.68,
        dosing=2.0,
        decay=0.05,
        sun=0.25,
        bather=0.5,
        ph_low=7.3,
        ph_high=7.42,
        acid=2.0,
        aeration=0.8,
        ph_rest=7.92,
        ph_per_dose=0.03,
        warming=0.35,
        cooling=0.05,
        refill=0.1,
    ),
    "children-feed": Basin("chlorine", volume=1, low=0.385, high=0.415, dosing=0.6, decay=0.1),
    # Two square metres, 20 cm deep, changed by hand: no doser. Feet use up a little of what a bather does.
    FOOT_BATH: Basin("chlorine", volume=0.6, low=0, high=0, dosing=0, decay=0.012, sun=0.05, bather=0.004),
}

START: Mapping[str, Water] = {
    "main": Water(3.5, ph=7.48),
    "children": Water(0.6),
    "children-feed": Water(0.4),
    FOOT_BATH: Water(6.0),
}

# What part of those inside is in the water; the others sit at its side.
SWIM: Mapping[str, float] = {"main": 0.55, "children": 0.25}


class Sensor(NamedTuple):
    """One series of readings."""

    place: str
    quantity: str


SENSORS = (
    Sensor("main", "ph"),
    Sensor("main", "bromine"),
    Sensor("main", "temperature"),
    Sensor("main", "orp"),
    Sensor("children", "ph"),
    Sensor("children", "chlorine"),
    Sensor("children", "temperature"),
    Sensor("children-feed", "chlorine"),
    Sensor(FOOT_BATH, "chlorine"),
)
