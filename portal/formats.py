"""Formats: figures, moments and spans as a reader of one language writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from babel.units import format_unit
from markupsafe import Markup, escape

from ingest.quantities import QUANTITIES
from ingest.words import mark as _
from monitor.places import Limit
from portal.languages import Language

_MINUTE, _HOUR = 60, 3600
_CLOSING = _("closing level")
_SET_BY = _("set by %(name)s")


# The methods of Formats that templates use as filters.
FILTERS = (
    "named", "quantity", "unit", "value", "count", "interval", "outside", "plain", "origin", "translated",
    "clock", "day", "moment", "age", "countdown", "span", "lasting",
)  # fmt: skip


class Named(Protocol):
    """A site or a place: something with a name in both languages."""

    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Formats:
    """Everything that is shown in `language`; the names of its methods are the names in the templates."""

    language: Language

    def named(self, row: Named) -> str:
        """The name of a site or a place."""
        return row.name_zh if self.language.key == "zh" else row.name_en

    def quantity(self, key: str) -> str:
        """The label of a quantity; an unknown key stands for itself."""
        return self.language.gettext(QUANTITIES[key].label) if key in QUANTITIES else key

    def unit(self, key: str) -> str:
        """The unit of a quantity, empty if it has none."""
        return QUANTITIES[key].unit if key in QUANTITIES else ""

    def value(self, value: float, quantity: str) -> str:
        """A reading with the decimals of its quantity."""
        decimals = QUANTITIES[quantity].decimals if quantity in QUANTITIES else 2
        return format_decimal(value, "#,##0" + ("." + "0" * decimals if decimals else ""), locale=self.language.locale)

    def count(self, number: int) -> str:
        """A whole number."""
        return format_decimal(number, locale=self.language.locale)

    def interval(self, low: float | None, high: float | None, quantity: str) -> str:
        """What is right, from `low` to `high`; empty when there is no limit."""
        if low is not None and high is not None:
            return f"{self.value(low, quantity)}–{self.value(high, quantity)}"
        if low is not None:
            return f"≥ {self.value(low, quantity)}"
        return f"≤ {self.value(high, quantity)}" if high is not None else ""

    def outside(self, low: float | None, high: float | None, quantity: str) -> str:
        """What is wrong: below `low` or above `high`."""
        sides = (("<", low), (">", high))
        return ", ".join(f"{sign} {self.value(level, quantity)}" for sign, level in sides if level is not None)

    def plain(self, value: float | None) -> str:
        """A figure as it is typed into a field."""
        return "" if value is None else f"{value:.10g}"

    def origin(self, limit: Limit) -> str:
        """Where a limit's figures come from: a text that is cited, or the person who set them."""
        if limit.source == f"set by {limit.by}":
            return self.language.gettext(_SET_BY) % {"name": limit.by}
        return limit.source.replace(_CLOSING, self.language.gettext(_CLOSING))

    def translated(self, options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The options of a choice with their labels in the reader's language."""
        return [(key, self.language.gettext(label)) for key, label in options]

    def clock(self, moment: datetime | time, zone: str = "UTC") -> str:
        """The time of day, hours and minutes."""
        local = moment.astimezone(ZoneInfo(zone)) if isinstance(moment, datetime) else moment
        return format_time(local, "HH:mm", locale=self.language.locale)

    def day(self, moment: datetime, zone: str) -> str:
        """The date in full."""
        return format_date(moment.astimezone(ZoneInfo(zone)), "long", locale=self.language.locale)

    def moment(self, moment: datetime, zone: str) -> Markup:
        """Day and time of day, in an element that also says the exact moment."""
        local = moment.astimezone(ZoneInfo(zone))
        text = format_skeleton("MMMd", local, locale=self.language.locale) + " " + self.clock(moment, zone)
        return self._element(moment, text)

    def age(self, moment: datetime, zone: str) -> Markup:
        """The time of day, which the browser replaces by how long ago it was and keeps current."""
        local = moment.astimezone(ZoneInfo(zone))
        text = format_time(local, "HH:mm:ss", locale=self.language.locale)
        return self._element(moment, text, " data-age")

    def countdown(self, moment: datetime, zone: str) -> Markup:
        """The time of day, which the browser replaces by how long it is until or since then and keeps current."""
        return self._element(moment, self.clock(moment, zone), " data-countdown")

    def span(self, seconds: float) -> str:
        """A length of time in its largest whole unit."""
        for size, unit in ((_HOUR, "duration-hour"), (_MINUTE, "duration-minute")):
            if seconds >= size and seconds % size == 0:
                return format_unit(int(seconds // size), unit, "short", locale=self.language.locale)
        return format_unit(int(seconds), "duration-second", "short", locale=self.language.locale)

    def lasting(self, length: timedelta) -> str:
        """A length of time as it came about: hours and minutes, at least one minute."""
        hours, minutes = divmod(max(1, round(length.total_seconds() / _MINUTE)), 60)
        parts = ((hours, "duration-hour"), (minutes, "duration-minute"))
        return " ".join(format_unit(n, unit, "short", locale=self.language.locale) for n, unit in parts if n)

    def _element(self, moment: datetime, text: str, marks: str = "") -> Markup:
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Markup(f'<time datetime="{stamp}"{marks}>{{}}</time>').format(escape(text))  # noqa: S704 - our own marks
