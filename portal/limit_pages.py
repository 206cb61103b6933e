"""Limits and silence times as pages: what is in force, every version before, and the manager's forms."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from starlette.responses import Response

from ingest.quantities import QUANTITIES
from ingest.words import mark as _
from monitor import registry
from monitor.places import Limit, Place, Sensor, Site
from monitor.records import reading
from portal.forms import Answers
from portal.guard import may
from portal.permissions import Act
from portal.visits import Visit

router = APIRouter()
HOURS = {"always": _("Always"), "open": _("Only while open")}
_FIGURES = ("low", "high", "close_low", "close_high")
_DELAYS = ("on_delay", "close_on_delay", "off_delay")
_DAY = 86_400
_LARGEST = 10_000_000.0
_LONGEST_WHY = 500


class Key(NamedTuple):
    """Which quantity at which place."""

    site: str
    place: str
    quantity: str

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/limits/{self.site}/{self.place}/{self.quantity}"


@router.get("/limits")
def list_limits(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """The limits in force of every place."""
    with reading(visit.records) as session:
        question = select(Site).order_by(Site.key).options(selectinload(Site.places).selectinload(Place.sensors))
        sites = session.scalars(question).all()
        limits = {place.id: registry.limits_in_force(session, place.id) for site in sites for place in site.places}
    return visit.show("limits.html", sites=sites, limits=limits, hours=HOURS)


@router.get("/limits/{site}/{place}/{quantity}")
def show_limit(visit: Annotated[Visit, may(Act.SEE)], site: str, place: str, quantity: str) -> Response:
    """One limit with its versions, and how long its sensor may be silent."""
    return _show(visit, Key(site, place, quantity))


@router.post("/limits/{site}/{place}/{quantity}")
def set_limit(visit: Annotated[Visit, may(Act.SET_LIMITS)], site: str, place: str, quantity: str) -> Response:
    """Put a new version of a limit in force."""
    key, answers = Key(site, place, quantity), Answers(visit.form)
    figures = {name: answers.decimal(name, -_LARGEST, _LARGEST) for name in _FIGURES}
    deadband = answers.decimal("deadband", 0, _LARGEST, needed=True) or 0.0
    delays = {name: answers.whole(name, 0, _DAY) for name in _DELAYS}
    hours = answers.choice("hours", HOURS)
    why = answers.text("why", _LONGEST_WHY)

    def put(session: Session) -> Limit:
        return registry.set_limit(
            session,
            _find(session, key).place_id,
            quantity,
            low=figures["low"],
            high=figures["high"],
            close_low=figures["close_low"],
            close_high=figures["close_high"],
            deadband=deadband,
            on_delay=delays["on_delay"],
            close_on_delay=delays["close_on_delay"],
            off_delay=delays["off_delay"],
            hours=hours,
            by=visit.name,
            why=why,
            now=visit.now,
        )

    mistakes = visit.attempt(answers, put)
    return _show(visit, key, mistakes) if mistakes else visit.go(key.path, "limit-set")


@router.post("/limits/{site}/{place}/{quantity}/silence")
def set_silence(visit: Annotated[Visit, may(Act.SET_SILENCE)], site: str, place: str, quantity: str) -> Response:
    """Set after how long a silent sensor warns and alarms."""
    key, answers = Key(site, place, quantity), Answers(visit.form)
    warning = answers.whole("warning", 1, 30 * _DAY) or 1
    alarm = answers.whole("alarm", 1, 30 * _DAY) or 30 * _DAY
    mistakes = visit.attempt(
        answers, lambda session: registry.set_silence(session, _find(session, key).id, warning, alarm)
    )
    return _show(visit, key, mistakes) if mistakes else visit.go(key.path, "silence-set")


def _find(session: Session, key: Key) -> Sensor:
    place = registry.find_place(session, key.site, key.place)
    sensors = {sensor.quantity: sensor for sensor in place.sensors} if place else {}
    if key.quantity not in sensors or key.quantity not in QUANTITIES:
        raise HTTPException(404)
    return sensors[key.quantity]


def _show(visit: Visit, key: Key, mistakes: dict[str, str] | None = None) -> Response:
    with reading(visit.records) as session:
        sensor = _find(session, key)
        place = sensor.place
        versions = registry.limit_versions(session, place.id, key.quantity)
        site = place.site
    return visit.show(
        "limit.html",
        status=422 if mistakes else 200,
        key=key,
        site=site,
        place=place,
        sensor=sensor,
        versions=versions,
        limit=versions[0] if versions else None,
        hours=HOURS,
        typed=visit.form,
        mistakes=mistakes or {},
    )
