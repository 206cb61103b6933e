"""The survey: reads the plan from the records database, and tells when it has to be read again."""

from collections.abc import Hashable
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from ingest.quantities import QUANTITIES
from ingest.topics import Topic
from monitor import places
from monitor.duties import DUTIES
from monitor.opening import Calendar
from monitor.plan import Limit, Plan, Post, Sensor


def mark(session: Session) -> Hashable:
    """Something cheap that changes whenever the plan does: what can change in place is in it itself or counted."""
    question = select(
        select(func.count()).select_from(places.Limit).scalar_subquery(),
        select(func.count()).select_from(places.Hours).scalar_subquery(),
        select(func.count()).select_from(places.Place).scalar_subquery(),
        select(func.sum(places.Sensor.version)).scalar_subquery(),
        select(func.aggregate_strings(places.Site.zone, ",")).scalar_subquery(),
    )
    return session.execute(question).one()


def survey(session: Session) -> Plan:
    """Everything that is registered, with the limits and hours in force."""
    calendars = _find_calendars(session)
    limits = _find_limits(session)
    everywhere = session.scalars(
        select(places.Place).options(selectinload(places.Place.sensors)).order_by(places.Place.id)
    )
    sensors, gates, posts = {}, {}, {}
    for place in everywhere:
        calendar = calendars[place.site_key]
        for sensor in place.sensors:
            topic = Topic(place.site_key, place.key, sensor.quantity)
            sensors[topic] = _to_sensor(sensor, limits.get((place.id, sensor.quantity)), calendar)
        if place.kind == "gate":
            gates[Topic(place.site_key, place.key, "access")] = calendar
        for duty in DUTIES.values():
            if duty.kind == place.kind:
                posts[Topic(place.site_key, place.key, "changed")] = Post(duty, calendar, place.since)
    return Plan(sensors, gates, posts)


def _find_calendars(session: Session) -> dict[str, Calendar]:
    newest = select(func.max(places.Hours.id)).group_by(places.Hours.site_key)
    question = (
        select(places.Hours, places.Site.zone)
        .join(places.Site, places.Site.key == places.Hours.site_key)
        .where(places.Hours.id.in_(newest))
    )
    return {
        hours.site_key: Calendar(ZoneInfo(zone), hours.opens, hours.closes) for hours, zone in session.execute(question)
    }


def _find_limits(session: Session) -> dict[tuple[int, str], places.Limit]:
    newest = select(func.max(places.Limit.id)).group_by(places.Limit.place_id, places.Limit.quantity)
    question = select(places.Limit).where(places.Limit.id.in_(newest))
    return {(limit.place_id, limit.quantity): limit for limit in session.scalars(question)}


def _to_sensor(sensor: places.Sensor, limit: places.Limit | None, calendar: Calendar) -> Sensor:
    quantity = QUANTITIES[sensor.quantity]
    return Sensor(
        low=quantity.low,
        high=quantity.high,
        limit=_to_limit(limit) if limit else None,
        silence_warning=timedelta(seconds=sensor.silence_warning),
        silence_alarm=timedelta(seconds=sensor.silence_alarm),
        since=sensor.since,
        calendar=calendar,
    )


def _to_limit(limit: places.Limit) -> Limit:
    return Limit(
        id=limit.id,
        low=limit.low,
        high=limit.high,
        close_low=limit.close_low,
        close_high=limit.close_high,
        deadband=limit.deadband,
        on_delay=timedelta(seconds=limit.on_delay),
        close_on_delay=timedelta(seconds=limit.close_on_delay),
        off_delay=timedelta(seconds=limit.off_delay),
        open_only=limit.hours == "open",
    )
