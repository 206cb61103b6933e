"""Checks of what people put into the registry: each returns every mistake, worded for them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from math import isfinite
from re import fullmatch
from zoneinfo import ZoneInfo

from ingest.quantities import QUANTITIES
from ingest.words import mark as _
from monitor.places import Limit
from monitor.profiles import KINDS, PROFILES
from monitor.refusals import Mistake

_KEY = "[a-z0-9-]{1,40}"
_LONGEST_DELAY = 24 * 3600
_LONGEST_SILENCE = 30 * 24 * 3600
_HOURS = ("always", "open")
# A phone's clock may be a little ahead; a duty done long ago is no duty log.
_AHEAD = timedelta(minutes=5)
_WATERS = frozenset({"pool", "feed", "foot-bath"})


def check_limit(limit: Limit) -> Iterator[Mistake]:
    """A limit must be possible: what is low lies under what is high, and closing levels lie outside."""
    yield from check_quantity(limit.quantity)
    figures = {name: getattr(limit, name) for name in ("low", "high", "close_low", "close_high", "deadband")}
    unreadable = [name for name, value in figures.items() if value is not None and not isfinite(value)]
    for name in unreadable:
        yield Mistake(_("{value} is not a number that can be compared"), {"value": figures[name]}, name)
    if not unreadable:
        yield from _check_order(limit)
        yield from _check_deadband(limit)
    for name in ("on_delay", "close_on_delay", "off_delay"):
        if not 0 <= getattr(limit, name) <= _LONGEST_DELAY:
            values = {"value": getattr(limit, name), "most": _LONGEST_DELAY}
            yield Mistake(_("a delay of {value} s, expected 0 to {most} s"), values, name)
    if limit.hours not in _HOURS:
        yield Mistake(_("{value} are no hours, expected always or open"), {"value": limit.hours}, "hours")


def _check_order(limit: Limit) -> Iterator[Mistake]:
    wrong = {
        ("low", "high"): _("the lower limit {first} is not below the upper limit {second}"),
        ("close_low", "low"): _("the lower closing level {first} is above the lower limit {second}"),
        ("high", "close_high"): _("the upper limit {first} is above the upper closing level {second}"),
        ("close_low", "close_high"): _("the lower closing level {first} is not below the upper one {second}"),
        ("close_low", "high"): _("the lower closing level {first} is not below the upper limit {second}"),
        ("low", "close_high"): _("the lower limit {first} is not below the upper closing level {second}"),
    }
    may_be_equal = {("close_low", "low"), ("high", "close_high")}
    for (first, second), text in wrong.items():
        one, other = getattr(limit, first), getattr(limit, second)
        if (
            one is not None
            and other is not None
            and (one > other or (one == other and (first, second) not in may_be_equal))
        ):
            yield Mistake(text, {"first": one, "second": other}, first)


def _check_deadband(limit: Limit) -> Iterator[Mistake]:
    low = limit.close_low if limit.low is None else limit.low
    high = limit.close_high if limit.high is None else limit.high
    if limit.deadband < 0:
        yield Mistake(_("a deadband of {value}, expected 0 or more"), {"value": limit.deadband}, "deadband")
    elif low is not None and high is not None and low < high and 2 * limit.deadband >= high - low:
        values = {"value": limit.deadband, "low": low, "high": high}
        text = _("a deadband of {value} leaves nothing between {low} and {high} where an alarm could clear")
        yield Mistake(text, values, "deadband")


def check_quantity(quantity: str) -> Iterator[Mistake]:
    if quantity not in QUANTITIES:
        values = {"value": quantity, "known": ", ".join(QUANTITIES)}
        yield Mistake(_("unknown quantity {value}, expected one of {known}"), values, "quantity")


def check_hours(opens: time, closes: time) -> Iterator[Mistake]:
    for name, moment in (("opens", opens), ("closes", closes)):
        if moment.tzinfo is not None:
            yield Mistake(_("{value} has a zone, expected a local time"), {"value": moment.isoformat()}, name)
    if opens.replace(tzinfo=None) >= closes.replace(tzinfo=None):
        values = {"opens": opens.isoformat("minutes"), "closes": closes.isoformat("minutes")}
        yield Mistake(_("the site opens at {opens}, which is not before it closes at {closes}"), values, "opens")


def check_silence(warning: int, alarm: int) -> Iterator[Mistake]:
    """Seconds: a warning comes first."""
    for name, value in (("warning", warning), ("alarm", alarm)):
        if not 1 <= value <= _LONGEST_SILENCE:
            values = {"value": value, "most": _LONGEST_SILENCE}
            yield Mistake(_("a silence of {value} s, expected 1 to {most} s"), values, name)
    if warning > alarm:
        values = {"warning": warning, "alarm": alarm}
        yield Mistake(_("the warning after {warning} s is later than the alarm after {alarm} s"), values, "warning")


def check_zone(zone: str) -> Iterator[Mistake]:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        yield Mistake(_("unknown time zone {value}, expected one such as Asia/Shanghai"), {"value": zone}, "zone")


def check_keys(**keys: str) -> Iterator[Mistake]:
    """Keys of sites and places, as they stand in topics."""
    for name, key in keys.items():
        if not fullmatch(_KEY, key):
            yield Mistake(_("{value} is not 1 to 40 of a-z, 0-9 and -"), {"value": key}, name)


def check_words(**words: str) -> Iterator[Mistake]:
    """Names, which may not be empty."""
    for name, word in words.items():
        if not word.strip():
            yield Mistake(_("this is missing"), {}, name)


def check_kind(kind: str, profile: str | None, quantities: Sequence[str]) -> Iterator[Mistake]:
    """A kind of place, the profile of its limits and what is measured there."""
    if kind not in KINDS:
        yield Mistake(_("unknown kind {value}, expected one of {known}"), _choice(kind, KINDS), "kind")
    if profile is not None and profile not in PROFILES:
        yield Mistake(_("unknown profile {value}, expected one of {known}"), _choice(profile, PROFILES), "profile")
    for quantity in quantities:
        yield from check_quantity(quantity)
    if len(set(quantities)) < len(quantities):
        yield Mistake(_("a quantity is named twice"), {}, "quantities")
    if kind in _WATERS and not quantities:
        yield Mistake(_("nothing is measured there, expected one quantity at least"), {}, "quantities")


def check_moment(now: datetime) -> Iterator[Mistake]:
    if now.tzinfo is None:
        yield Mistake(_("the time {value} has no zone"), {"value": now.isoformat()}, "now")


def check_done(at: datetime, now: datetime) -> Iterator[Mistake]:
    """When a duty was done: not in the future."""
    found = [*check_moment(at), *check_moment(now)]
    yield from found
    if not found and at > now + _AHEAD:
        yield Mistake(_("{value} is in the future"), {"value": at.isoformat(timespec="seconds")}, "at")


def _choice(value: str, known: Sequence[str]) -> dict[str, str]:
    return {"value": value, "known": ", ".join(known)}
