"""The overview: how every place stands right now, read from the records in a few questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ingest.quantities import QUANTITIES
from monitor import registry
from monitor.alarms import Alarm
from monitor.lifecycle import STANDING
from monitor.opening import Calendar
from monitor.places import Hours, Limit, Place, Sensor, Site
from monitor.progress import Latest, Occupancy, Part
from portal.foot_baths import Bath, look_at_bath
from portal.words import tone_of


class Band(NamedTuple):
    """A strip of 100 wide: what is right from `start` to `end`, the value at `at`."""

    start: int
    end: int
    at: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity at a place: its newest value, what is right, and how it looks.

    `tone` is urgent, warning or empty; `is_silent` when the value is too old to count, or none ever came.
    """

    quantity: str
    latest: Latest | None
    limit: Limit | None
    tone: str
    is_silent: bool

    @property
    def band(self) -> Band | None:
        """Where the value lies among what is right; None without a value or a limit."""
        if self.latest is None or self.limit is None:
            return None
        return place_in_band(self.latest.value, self.limit.low, self.limit.high)


@dataclass(frozen=True, slots=True)
class Card:
    """A place. `bath` is there for a foot bath, `occupancy` for a gate that somebody has passed."""

    place: Place
    figures: Sequence[Figure]
    tone: str
    bath: Bath | None
    occupancy: Occupancy | None


@dataclass(frozen=True, slots=True)
class Area:
    """A site with its places."""

    site: Site
    hours: Hours
    is_open: bool
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at once. `alarms` are the open ones, the most urgent first."""

    areas: Sequence[Area]
    alarms: Sequence[Alarm]
    discovered: Sequence[registry.Discovered]
    parts: Sequence[Part]
    places: dict[tuple[str, str], Place]


def look(session: Session, now: datetime) -> Overview:
    """How everything stands."""
    question = select(Site).order_by(Site.key).options(selectinload(Site.places).selectinload(Place.sensors))
    sites = session.scalars(question).all()
    alarms = list_open(session)
    values = {(row.site, row.place, row.name): row for row in session.scalars(select(Latest))}
    gates = {(row.site, row.place): row for row in session.scalars(select(Occupancy))}

    def look_at(site: Site) -> Area:
        hours = registry.hours_in_force(session, site.key)
        calendar = registry.calendar_of(session, site.key)
        cards = [look_at_place(place, calendar) for place in site.places]
        return Area(site, hours, calendar.is_open(now), cards)

    def look_at_place(place: Place, calendar: Calendar) -> Card:
        limits = registry.limits_in_force(session, place.id)
        # What is over and only waits to be acknowledged says nothing about the water now.
        here = [alarm for alarm in alarms if alarm.state in STANDING and _is_at(alarm, place)]
        return Card(
            place=place,
            figures=[
                judge(
                    sensor,
                    values.get((place.site_key, place.key, sensor.quantity)),
                    limits.get(sensor.quantity),
                    [alarm for alarm in here if alarm.quantity == sensor.quantity],
                    now,
                    is_open=calendar.is_open(now),
                )
                for sensor in place.sensors
                if sensor.quantity in QUANTITIES
            ],
            tone=_worst(here),
            bath=look_at_bath(session, place, calendar, now) if place.kind == "foot-bath" else None,
            occupancy=gates.get((place.site_key, place.key)),
        )

    return Overview(
        areas=[look_at(site) for site in sites],
        alarms=alarms,
        discovered=registry.discovered(session),
        parts=session.scalars(select(Part).order_by(Part.name)).all(),
        places={(place.site_key, place.key): place for site in sites for place in site.places},
    )


def list_open(session: Session) -> Sequence[Alarm]:
    """The alarms that nobody has closed: urgent ones first, then those nobody has seen, then the newest."""
    alarms = session.scalars(select(Alarm).where(Alarm.closed.is_(None)).order_by(Alarm.raised.desc())).all()
    return sorted(alarms, key=lambda alarm: (tone_of(alarm) != "urgent", alarm.acknowledged is not None))


def judge(
    sensor: Sensor,
    latest: Latest | None,
    limit: Limit | None,
    alarms: Sequence[Alarm],
    now: datetime,
    *,
    is_open: bool = True,
) -> Figure:
    """How a quantity looks: as its standing alarms, and before they are raised as its value against its limit."""
    is_silent = latest is None or now - latest.heard >= timedelta(seconds=sensor.silence_warning)
    tone = _worst(alarms)
    counts = limit and (is_open or limit.hours != "open")
    if not tone and latest and limit and counts and not is_silent and _is_outside(latest.value, limit):
        tone = "warning"
    return Figure(sensor.quantity, latest, limit, tone, is_silent)


def place_in_band(value: float, low: float | None, high: float | None) -> Band | None:
    """The strip for a limit: the middle half is right, or the half on the side that has no limit."""
    if low is not None and high is not None and low < high:
        start, end, share = 25, 75, (value - low) / (high - low)
    elif low is not None:
        start, end, share = 50, 100, (value - low) / (abs(low) or 1)
    elif high is not None:
        start, end, share = 0, 50, value / (abs(high) or 1)
    else:
        return None
    return Band(start, end, round(min(max(start + share * 50, 1), 99)))


def _is_at(alarm: Alarm, place: Place) -> bool:
    return (alarm.site, alarm.place) == (place.site_key, place.key)


def _is_outside(value: float, limit: Limit) -> bool:
    return (limit.low is not None and value < limit.low) or (limit.high is not None and value > limit.high)


def _worst(alarms: Sequence[Alarm]) -> str:
    tones = {tone_of(alarm) for alarm in alarms}
    return next((tone for tone in ("urgent", "warning") if tone in tones), "")
