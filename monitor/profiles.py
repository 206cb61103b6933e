"""Limit profiles: the figures of laws and guidelines as one table, each with its source and how well we know it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

GB_37488 = "gb-37488-2019"
GB_9667 = "gb-9667-1996"
CJ_244 = "cj-244-2007"
QUEBEC = "quebec-q2-r39"
MAHC = "us-mahc"
QUEENSLAND = "queensland"
WHO = "who-2006"
PWTAG = "pwtag"
DIN = "din-19643-2023"

KINDS = ("pool", "feed", "foot-bath", "gate")


@dataclass(frozen=True, slots=True)
class Figure:
    """What one profile says of one quantity, in its unit; None is no figure.

    `source` names the text, `mark` how it is known: R1 read in it or a word-for-word copy, R2 second-hand,
    M-hi, M-med, M-lo remembered, D derived, P our own. `case` is where it applies if not everywhere.
    """

    profile: str
    quantity: str
    low: float | None
    high: float | None
    source: str
    mark: str
    case: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What a limit starts with; `source` says where the figures come from, with their marks. Seconds and units."""

    low: float | None
    high: float | None
    close_low: float | None
    close_high: float | None
    deadband: float
    hours: str
    source: str


# Delays in seconds. source: limits.md 4, P
ON_DELAY = 300
CLOSE_ON_DELAY = 120
OFF_DELAY = 600

_QUEBEC = "Quebec Q-2, r. 39"
_GB_37488 = "GB 37488-2019"
_GB_9667 = "GB 9667-1996 3.2.3"
_CJ_244 = "CJ 244-2007"

# What `case` a start value is taken from; a figure of another case is for people to choose.
_USUAL = ("", "outdoor")

# source: limits.md 1
FIGURES = (
    Figure(GB_37488, "ph", 7.0, 7.8, _GB_37488, "R2"),
    Figure(GB_37488, "chlorine", 0.3, 1.0, _GB_37488, "R2"),
    Figure(GB_37488, "combined-chlorine", None, 0.4, _GB_37488, "R2"),
    Figure(GB_37488, "orp", 650, None, _GB_37488, "M-lo", "chlorine with ozone"),
    Figure(GB_37488, "turbidity", None, 1, _GB_37488, "R2"),
    Figure(GB_37488, "temperature", 23, 30, _GB_37488, "R2", "advisory"),
    Figure(GB_9667, "ph", 6.5, 8.5, _GB_9667, "R1"),
    Figure(GB_9667, "chlorine", 0.3, 0.5, _GB_9667, "R1"),
    Figure(GB_9667, "turbidity", None, 5, _GB_9667, "R1"),
    Figure(GB_9667, "temperature", 22, 26, _GB_9667, "R1"),
    Figure(CJ_244, "ph", 7.0, 7.8, _CJ_244, "R2"),
    Figure(CJ_244, "chlorine", 0.2, 1.0, _CJ_244, "R2"),
    Figure(CJ_244, "combined-chlorine", None, 0.4, _CJ_244, "R2"),
    Figure(CJ_244, "orp", 650, None, _CJ_244, "R2"),
    Figure(CJ_244, "turbidity", None, 1, _CJ_244, "R2"),
    Figure(CJ_244, "temperature", 23, 30, _CJ_244, "R2"),
    Figure(QUEBEC, "ph", 7.2, 7.8, _QUEBEC, "R1"),
    Figure(QUEBEC, "chlorine", 0.8, 2.0, _QUEBEC, "R1", "indoor"),
    Figure(QUEBEC, "chlorine", 0.8, 3.0, _QUEBEC, "R1", "outdoor"),
    Figure(QUEBEC, "combined-chlorine", None, 0.5, _QUEBEC, "R1", "indoor"),
    Figure(QUEBEC, "combined-chlorine", None, 1.0, _QUEBEC, "R1", "outdoor"),
    Figure(QUEBEC, "bromine", 2.0, 5.0, _QUEBEC, "R1"),
    Figure(QUEBEC, "turbidity", None, 1.0, _QUEBEC, "R1"),
    Figure(MAHC, "ph", 7.0, 7.8, "US MAHC (CDC)", "R1"),
    Figure(MAHC, "chlorine", 1.0, None, "US MAHC", "R2"),
    Figure(MAHC, "chlorine", 2.0, None, "US MAHC", "R2", "with cyanuric acid"),
    Figure(MAHC, "combined-chlorine", None, 0.4, "US MAHC", "M-med"),
    Figure(MAHC, "bromine", 3.0, None, "US MAHC", "R1"),
    Figure(MAHC, "bromine", 4.0, None, "US MAHC", "R1", "spa"),
    Figure(QUEENSLAND, "ph", 7.2, 7.8, "Queensland Health", "R1"),
    Figure(QUEENSLAND, "ph", 7.2, 8.0, "Queensland Health", "R1", "with bromine"),
    Figure(QUEENSLAND, "chlorine", 1.0, None, "Queensland Health", "R1"),
    Figure(QUEENSLAND, "chlorine", 2.0, None, "Queensland Health", "R1", "with cyanuric acid"),
    Figure(QUEENSLAND, "combined-chlorine", None, 1.0, "Queensland Health", "R1"),
    Figure(QUEENSLAND, "bromine", 2.0, 8.0, "Queensland Health", "R1"),
    Figure(QUEENSLAND, "bromine", 6.0, None, "Queensland Health", "R1", "spa"),
    Figure(QUEENSLAND, "turbidity", None, 1, "Queensland Health", "R1"),
    Figure(WHO, "ph", 7.2, 7.8, "WHO 2006", "M-hi"),
    Figure(WHO, "ph", 7.2, 8.0, "WHO 2006", "M-hi", "with bromine"),
    Figure(WHO, "chlorine", 1.0, 3.0, "WHO 2006", "M-hi"),
    Figure(WHO, "combined-chlorine", None, 0.2, "WHO 2006", "M-med"),
    Figure(WHO, "bromine", None, 4.0, "WHO 2006", "M-hi"),
    Figure(WHO, "bromine", None, 5.0, "WHO 2006", "M-hi", "spa"),
    Figure(WHO, "orp", 720, None, "WHO 2006", "M-med"),
    Figure(WHO, "turbidity", None, 0.5, "WHO 2006", "M-hi"),
    Figure(PWTAG, "ph", 7.2, 7.4, "PWTAG", "R2"),
    Figure(PWTAG, "chlorine", 0.5, 1.0, "PWTAG", "M-med"),
    Figure(PWTAG, "bromine", 4.0, 6.0, "PWTAG", "M-med"),
    Figure(PWTAG, "turbidity", None, 0.5, "PWTAG", "M-med"),
    Figure(DIN, "ph", 6.5, 7.2, "DIN 19643:2023", "R2"),
    Figure(DIN, "chlorine", 0.3, 0.6, "DIN 19643:2023", "R2"),
    Figure(DIN, "combined-chlorine", None, 0.2, "DIN 19643:2023", "R2"),
    Figure(DIN, "orp", 750, None, "DIN 19643:2023", "R2"),
    Figure(DIN, "orp", 770, None, "DIN 19643:2023", "R2", "higher of its two figures"),
    Figure(DIN, "turbidity", None, 0.5, "DIN 19643:2023", "M-med"),
)
PROFILES = tuple(dict.fromkeys(figure.profile for figure in FIGURES))

# Below or above these a pool closes, whatever its profile: no fixed Chinese figure was found. source: limits.md 1
CLOSURES = (
    Figure("", "ph", 6.5, 8.0, "US MAHC", "R1"),
    Figure("", "chlorine", 0.3, 5.0, _QUEBEC, "R1"),
    Figure("", "bromine", 0.6, None, _QUEBEC, "R1"),
    Figure("", "turbidity", None, 5, _QUEBEC, "R1"),
)

# The same in every Chinese profile. source: limits.md 1, P08, P09
BY_KIND = {
    "foot-bath": Figure("", "chlorine", 5, 10, "GB 9667-1996 3.2.3, GB 19079.1-2013 5.12", "R1"),
    "feed": Figure("", "chlorine", 0.3, 0.5, _GB_9667, "R1"),
}

# source: limits.md 4 for ph, chlorine, bromine and orp; the others are our own.
DEADBANDS: Mapping[str, float] = {
    "ph": 0.05,
    "chlorine": 0.05,
    "combined-chlorine": 0.05,
    "bromine": 0.1,
    "orp": 10,
    "turbidity": 0.1,
    "temperature": 0.2,
}
FOOT_BATH_DEADBAND = 0.3


def default_profile(quantities: frozenset[str]) -> str:
    """The profile a pool starts with where these quantities are measured. source: limits.md 1."""
    return QUEBEC if "bromine" in quantities else GB_37488


def find_start(kind: str, profile: str | None, quantity: str) -> Start | None:
    """What the limit of a quantity starts with at a place of this kind, or None where there is no figure.

    A closing level that a profile still calls right moves out to the profile's own limit.
    """
    if kind in BY_KIND:
        figure = BY_KIND[kind]
        if figure.quantity != quantity:
            return None
        deadband = FOOT_BATH_DEADBAND if kind == "foot-bath" else DEADBANDS[quantity]
        hours = "open" if kind == "foot-bath" else "always"
        return Start(figure.low, figure.high, None, None, deadband, hours, _cite(figure))
    if kind != "pool":
        return None
    right = _find(FIGURES, quantity, profile or "")
    close = _find(CLOSURES, quantity, "")
    if right is None and close is None:
        return None
    low, high = (right.low, right.high) if right else (None, None)
    source = "; ".join([*([_cite(right)] if right else []), *([f"closing level {_cite(close)}"] if close else [])])
    return Start(
        low,
        high,
        _outside(min, low, close.low if close else None),
        _outside(max, high, close.high if close else None),
        DEADBANDS[quantity],
        "always",
        source,
    )


def _find(figures: Sequence[Figure], quantity: str, profile: str) -> Figure | None:
    found = (f for f in figures if f.quantity == quantity and f.profile == profile and f.case in _USUAL)
    return next(found, None)


def _cite(figure: Figure) -> str:
    return f"{figure.source} ({figure.mark})"


def _outside(pick: Callable[[float, float], float], right: float | None, close: float | None) -> float | None:
    return close if right is None or close is None else pick(right, close)
