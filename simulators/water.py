"""The water: how disinfectant, pH and temperature of a basin move in a short step of time, without chance or clock.

Figures without a source are our own starting values, chosen so that a pool that is looked after stays in its limits.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

BROMINE_PER_CHLORINE = 2.25  # mg total bromine that does the work of 1 mg chlorine. source: limits.md 1
_CHLORINE_PER_BATHER = 3.0  # g/h; 4.12 g per visit measured (J. Water Health 17(2), 2019, 227), a visit is over an hour
_FRESH_PH = 7.4
_FRESH_TEMPERATURE = 20.0
_RAIN_SHARE, _FLUSH_SHARE, _SOIL_DECAY = 0.05, 1.2, 0.5  # each an hour
_RAIN_PH = 6.5  # rain itself is near 5.6, but hardly buffered
_KELVIN = 273.15
_HOBR_PKA = 8.69  # source: limits.md 1


class Trouble(StrEnum):
    """What can go wrong with the water, or be done to it."""

    DOSER_OFF = "doser-off"
    DOSER_ON = "doser-on"
    ACID_OFF = "acid-off"
    ACID_ON = "acid-on"
    RAIN = "rain"
    FLUSH = "flush"
    SOILED = "soiled"


@dataclass(frozen=True, slots=True)
class Basin:
    """A body of water and its dosing controllers, each on/off with hysteresis.

    `volume` is m³. The doser starts below `low` mg/L and stops above `high`, adding `dosing` mg/L an hour; the acid
    pump starts above `ph_high` and stops below `ph_low`, taking `acid` pH an hour. `decay` and `sun` are the shares of
    disinfectant lost an hour in the dark and more under a full sun. `bather` is the share of an adult's demand.
    Aeration takes pH towards `ph_rest`, the share `aeration` of the way an hour. `warming` is °C an hour under a full
    sun, `cooling` the share of the difference to the air an hour. `refill` is the share replaced an hour at its time.
    """

    disinfectant: str
    volume: float
    low: float
    high: float
    dosing: float
    decay: float
    sun: float = 0.0
    bather: float = 1.0
    ph_low: float = 7.3
    ph_high: float = 7.4
    acid: float = 0.0
    aeration: float = 0.0
    ph_rest: float = 8.2
    ph_per_dose: float = 0.0
    warming: float = 0.0
    cooling: float = 0.0
    refill: float = 0.0


@dataclass(frozen=True, slots=True)
class Water:
    """The state of a basin: mg/L of its disinfectant, pH, °C, and whether doser and acid pump run."""

    disinfectant: float
    ph: float = 7.35
    temperature: float = 27.0
    doser: bool = False
    acid: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What works on the water: sun from 0 to 1, the air's °C, bathers, the share of fresh water an hour, troubles."""

    sun: float = 0.0
    air: float = 26.0
    bathers: float = 0.0
    fresh: float = 0.0
    troubles: frozenset[Trouble] = frozenset()


def step(basin: Basin, water: Water, around: Around, hours: float) -> Water:
    """The water `hours` later; a step is short (minutes), so that one state of the pumps holds throughout."""
    doser = _doser_runs(basin, water, around)
    acid = _acid_runs(basin, water, around)
    rain = _RAIN_SHARE if Trouble.RAIN in around.troubles else 0.0
    fresh = around.fresh + (_FLUSH_SHARE if Trouble.FLUSH in around.troubles else 0.0)
    replaced = 1 - math.exp(-(fresh + rain) * hours)

    lost = basin.decay + basin.sun * (0.0 if rain else around.sun)
    lost += _SOIL_DECAY if Trouble.SOILED in around.troubles else 0.0
    dosed = basin.dosing * hours if doser else 0.0
    left = water.disinfectant * math.exp(-lost * hours) * (1 - replaced)
    disinfectant = max(0.0, left - _demand(basin, around) * hours + dosed)

    incoming = (_FRESH_PH * fresh + _RAIN_PH * rain) / (fresh + rain) if replaced else water.ph
    ph = water.ph + (incoming - water.ph) * replaced
    ph += (basin.ph_rest - ph) * (1 - math.exp(-basin.aeration * hours))
    ph += basin.ph_per_dose * dosed - (basin.acid * hours if acid else 0.0)

    temperature = water.temperature + (_FRESH_TEMPERATURE - water.temperature) * replaced
    temperature += (around.air - temperature) * (1 - math.exp(-basin.cooling * hours))
    temperature += 0.0 if rain else basin.warming * around.sun * hours
    # Below pH 4 the natural alkalinity is long used up and no dosing pump holds more.
    return replace(water, disinfectant=disinfectant, ph=max(4.0, ph), temperature=temperature, doser=doser, acid=acid)


def orp(basin: Basin, water: Water) -> float:
    """The redox potential in mV, which follows the logarithm of the active disinfectant.

    60 mV a decade around 730 mV at 1 mg/L of active chlorine: our own fit between 650 mV (just safe) and 800 mV.
    """
    chlorine = water.disinfectant / (BROMINE_PER_CHLORINE if basin.disinfectant == "bromine" else 1.0)
    active = chlorine * active_share(basin.disinfectant, water.ph, water.temperature)
    return 730 + 60 * math.log10(max(active, 1e-3))


def active_share(disinfectant: str, ph: float, temperature: float) -> float:
    """The share of HOCl or HOBr in the free disinfectant, 0 to 1. source: Morris 1966, limits.md 1."""
    kelvin = temperature + _KELVIN
    pka = _HOBR_PKA if disinfectant == "bromine" else 3000 / kelvin - 10.0686 + 0.0253 * kelvin
    return float(1 / (1 + 10 ** (ph - pka)))


def _demand(basin: Basin, around: Around) -> float:
    """What bathers use up, mg/L an hour."""
    grams = around.bathers * basin.bather * _CHLORINE_PER_BATHER
    return grams / basin.volume * (BROMINE_PER_CHLORINE if basin.disinfectant == "bromine" else 1.0)


def _doser_runs(basin: Basin, water: Water, around: Around) -> bool:
    if Trouble.DOSER_ON in around.troubles:
        return True
    if Trouble.DOSER_OFF in around.troubles:
        return False
    return water.disinfectant < (basin.high if water.doser else basin.low)


def _acid_runs(basin: Basin, water: Water, around: Around) -> bool:
    if Trouble.ACID_ON in around.troubles:
        return True
    if Trouble.ACID_OFF in around.troubles:
        return False
    return water.ph > (basin.ph_low if water.acid else basin.ph_high)
