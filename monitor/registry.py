"""The registry: sites, places, sensors, limits and opening hours, read and changed, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingest.words import mark as _
from monitor import checks, profiles
from monitor.duties import DUTIES, Duty, Standing, standing
from monitor.opening import Calendar
from monitor.places import Hours, Limit, Place, Sensor, Site
from monitor.progress import DutyDone, Latest
from monitor.refusals import Mistake, Refused, refuse_if

__all__ = ["Refused"]

# A site that is adopted starts with these. source: P16
DEFAULT_ZONE = "Asia/Shanghai"
DEFAULT_OPENS, DEFAULT_CLOSES = time(9), time(21, 30)
# Seconds. source: limits.md 3, P
SILENCE_WARNING, SILENCE_ALARM = 300, 900


@dataclass(frozen=True, slots=True)
class Discovered:
    """A place that something came from and that nobody has registered, with the names of its series."""

    site: str
    place: str
    names: tuple[str, ...]


def limits_in_force(session: Session, place_id: int) -> dict[str, Limit]:
    """The newest version of each quantity's limit at a place."""
    newest = select(func.max(Limit.id)).where(Limit.place_id == place_id).group_by(Limit.quantity)
    return {limit.quantity: limit for limit in session.scalars(select(Limit).where(Limit.id.in_(newest)))}


def limit_versions(session: Session, place_id: int, quantity: str) -> Sequence[Limit]:
    """Every version of a limit, newest first."""
    question = select(Limit).where(Limit.place_id == place_id, Limit.quantity == quantity).order_by(Limit.id.desc())
    return session.scalars(question).all()


def set_limit(
    session: Session,
    place_id: int,
    quantity: str,
    *,
    low: float | None,
    high: float | None,
    close_low: float | None,
    close_high: float | None,
    deadband: float,
    on_delay: int,
    close_on_delay: int,
    off_delay: int,
    hours: str,
    by: str,
    why: str,
    now: datetime,
    source: str = "",
) -> Limit:
    """Put a new version of a limit in force; figures in the quantity's unit, delays in seconds.

    `hours` is always or open. Without `source` it is by's own. Raises Refused with every mistake.
    """
    limit = Limit(
        place_id=place_id,
        quantity=quantity,
        low=low,
        high=high,
        close_low=close_low,
        close_high=close_high,
        deadband=deadband,
        on_delay=on_delay,
        close_on_delay=close_on_delay,
        off_delay=off_delay,
        hours=hours,
        source=source or f"set by {by}",
        by=by,
        at=now,
        why=why.strip(),
    )
    place = session.get(Place, place_id)
    known = () if place else (Mistake(_("there is no such place"), {}, "place"),)
    refuse_if([*known, *checks.check_limit(limit), *checks.check_words(by=by), *checks.check_moment(now)])
    session.add(limit)
    session.flush()
    return limit


def hours_in_force(session: Session, site_key: str) -> Hours:
    """The newest version of a site's opening hours. Raises Refused for an unknown site."""
    question = select(Hours).where(Hours.site_key == site_key).order_by(Hours.id.desc()).limit(1)
    found = session.scalars(question).one_or_none()
    if found is None:
        raise Refused(Mistake(_("there is no site {site}"), {"site": site_key}, "site"))
    return found


def hours_versions(session: Session, site_key: str) -> Sequence[Hours]:
    """Every version of a site's opening hours, newest first."""
    return session.scalars(select(Hours).where(Hours.site_key == site_key).order_by(Hours.id.desc())).all()


def set_hours(session: Session, site_key: str, opens: time, closes: time, by: str, why: str, now: datetime) -> Hours:
    """Put new daily opening hours in force, local times without a zone. Raises Refused with every mistake."""
    known = session.get(Site, site_key)
    unknown = () if known else (Mistake(_("there is no site {site}"), {"site": site_key}, "site"),)
    refuse_if([*unknown, *checks.check_hours(opens, closes), *checks.check_words(by=by), *checks.check_moment(now)])
    hours = Hours(site_key=site_key, opens=opens, closes=closes, by=by, at=now, why=why.strip())
    session.add(hours)
    session.flush()
    return hours


def set_silence(session: Session, sensor_id: int, warning: int, alarm: int) -> Sensor:
    """Set after how many seconds without a reading a sensor warns and alarms. Raises Refused with every mistake."""
    sensor = session.get(Sensor, sensor_id)
    if sensor is None:
        raise Refused(Mistake(_("there is no such sensor"), {}, "sensor"))
    refuse_if(checks.check_silence(warning, alarm))
    sensor.silence_warning, sensor.silence_alarm = warning, alarm
    session.flush()
    return sensor


def log_duty(
    session: Session, duty: str, site: str, place: str, by: str, at: datetime, via: str, now: datetime
) -> DutyDone:
    """Note that `by` did a duty at `at`; the monitor sees it within a second. Raises Refused with every mistake."""
    refuse_if([*checks.check_words(by=by), *checks.check_done(at, now)])
    found = find_place(session, site, place)
    declared = DUTIES.get(duty)
    if found is None or declared is None or declared.kind != found.kind:
        raise Refused(Mistake(_("there is no such duty at this place"), {}, "duty"))
    done = DutyDone(duty=duty, site=site, place=place, at=at, by=by, via=via, noted=now)
    session.add(done)
    session.flush()
    return done


def find_place(session: Session, site: str, place: str) -> Place | None:
    """The registered place with these keys, or None."""
    return session.scalars(select(Place).where(Place.site_key == site, Place.key == place)).one_or_none()


def calendar_of(session: Session, site_key: str) -> Calendar:
    """A site's opening hours in its zone. Raises Refused for an unknown site."""
    hours = hours_in_force(session, site_key)
    site = session.get(Site, site_key)
    assert site
    return Calendar(ZoneInfo(site.zone), hours.opens, hours.closes)


def duty_standing(session: Session, duty: Duty, place: Place, now: datetime) -> Standing:
    """How a duty stands at a place."""
    question = select(func.max(DutyDone.at)).where(
        DutyDone.duty == duty.key, DutyDone.site == place.site_key, DutyDone.place == place.key
    )
    last = session.scalar(question)
    changes = [last] if last else []
    return standing(duty, changes, calendar_of(session, place.site_key), now, since=place.since)


def discovered(session: Session) -> list[Discovered]:
    """Every place that something came from and that is not registered, in alphabetical order."""
    registered = select(Place.id).where(Place.site_key == Latest.site, Place.key == Latest.place)
    question = select(Latest).where(~registered.exists()).order_by(Latest.site, Latest.place, Latest.name)
    found: dict[tuple[str, str], list[str]] = {}
    for latest in session.scalars(question):
        found.setdefault((latest.site, latest.place), []).append(latest.name)
    return [Discovered(site, place, tuple(names)) for (site, place), names in found.items()]


def adopt(
    session: Session,
    site: str,
    place: str,
    kind: str,
    name_zh: str,
    name_en: str,
    profile: str | None,
    quantities: Sequence[str],
    by: str,
    now: datetime,
) -> Place:
    """Register a place with its sensors and the starting limits of its profile; a new site gets the defaults.

    `profile` None is the usual one of a pool. Raises Refused with every mistake.
    """
    mistakes = [
        *checks.check_keys(site=site, place=place),
        *checks.check_kind(kind, profile, quantities),
        *checks.check_words(name_zh=name_zh, name_en=name_en, by=by),
        *checks.check_moment(now),
    ]
    if find_place(session, site, place):
        mistakes.append(Mistake(_("the place {place} is registered already"), {"place": place}, "place"))
    refuse_if(mistakes)
    if session.get(Site, site) is None:
        add_site(session, site, site, site, DEFAULT_ZONE, DEFAULT_OPENS, DEFAULT_CLOSES, by, now)
    if kind == "pool":
        profile = profile or profiles.default_profile(frozenset(quantities))
    added = Place(
        site_key=site,
        key=place,
        kind=kind,
        name_zh=name_zh.strip(),
        name_en=name_en.strip(),
        profile=profile,
        since=now,
    )
    session.add(added)
    session.flush()
    for quantity in quantities:
        add_sensor(session, added, quantity, by, now)
    return added


def add_site(
    session: Session, key: str, name_zh: str, name_en: str, zone: str, opens: time, closes: time, by: str, now: datetime
) -> Site:
    """Register a site with its opening hours. Raises Refused with every mistake."""
    mistakes = [*checks.check_keys(site=key), *checks.check_zone(zone)]
    if session.get(Site, key):
        mistakes.append(Mistake(_("the site {site} is registered already"), {"site": key}, "site"))
    refuse_if(mistakes)
    site = Site(key=key, name_zh=name_zh, name_en=name_en, zone=zone)
    session.add(site)
    session.flush()
    set_hours(session, key, opens, closes, by, "", now)
    return site


def name_site(session: Session, key: str, name_zh: str, name_en: str, zone: str) -> Site:
    """What people call a site, and the zone that its times and hours are in. Raises Refused with every mistake."""
    site = session.get(Site, key)
    if site is None:
        raise Refused(Mistake(_("there is no site {site}"), {"site": key}, "site"))
    refuse_if([*checks.check_words(name_zh=name_zh, name_en=name_en), *checks.check_zone(zone)])
    site.name_zh, site.name_en, site.zone = name_zh.strip(), name_en.strip(), zone
    session.flush()
    return site


def add_sensor(session: Session, place: Place, quantity: str, by: str, now: datetime) -> Sensor:
    """Register a sensor with the starting limit of its place's profile. Raises Refused with every mistake."""
    mistakes = list(checks.check_quantity(quantity))
    if any(sensor.quantity == quantity for sensor in place.sensors):
        known = {"quantity": quantity, "place": place.key}
        mistakes.append(Mistake(_("{quantity} at {place} is registered already"), known, "quantity"))
    refuse_if(mistakes)
    sensor = Sensor(quantity=quantity, silence_warning=SILENCE_WARNING, silence_alarm=SILENCE_ALARM, since=now)
    place.sensors.append(sensor)
    session.flush()
    start = profiles.find_start(place.kind, place.profile, quantity)
    if start:
        set_limit(
            session,
            place.id,
            quantity,
            low=start.low,
            high=start.high,
            close_low=start.close_low,
            close_high=start.close_high,
            deadband=start.deadband,
            on_delay=profiles.ON_DELAY,
            close_on_delay=profiles.CLOSE_ON_DELAY,
            off_delay=profiles.OFF_DELAY,
            hours=start.hours,
            by=by,
            why="",
            now=now,
            source=start.source,
        )
    return sensor
