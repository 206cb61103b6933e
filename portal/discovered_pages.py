"""New devices: what reports without being registered, and how the manager adopts it."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from starlette.responses import Response

from ingest.quantities import QUANTITIES
from ingest.words import mark as _
from monitor import profiles, registry
from monitor.places import Place, Sensor
from monitor.progress import Latest
from monitor.records import reading
from monitor.registry import Discovered
from portal.forms import Answers
from portal.guard import may
from portal.permissions import Act
from portal.visits import Visit
from portal.words import PROFILES

router = APIRouter()
KINDS = {
    "pool": _("Pool"),
    "feed": _("Feed water"),
    "foot-bath": _("Foot bath"),
    "gate": _("Gate"),
}
# Which kind an event gives away.
_GIVEN_AWAY = {"access": "gate", "changed": "foot-bath"}
_LONGEST_NAME = 60


@router.get("/discovered")
def list_discovered(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """Places, and sensors at known places, that report and are not registered."""
    with reading(visit.records) as session:
        found = registry.discovered(session)
        sensors = list_sensors(session)
    return visit.show("discovered.html", found=found, sensors=sensors)


@router.get("/discovered/{site}/{place}")
def show_discovered(visit: Annotated[Visit, may(Act.ADOPT)], site: str, place: str) -> Response:
    """The form that adopts a place."""
    return _show(visit, _find(visit, site, place))


@router.post("/discovered/{site}/{place}")
def adopt(visit: Annotated[Visit, may(Act.ADOPT)], site: str, place: str) -> Response:
    """Register a place with its sensors and the starting limits of its profile."""
    found, answers = _find(visit, site, place), Answers(visit.form)
    kind = answers.choice("kind", KINDS)
    name_zh, name_en = answers.text("name_zh", _LONGEST_NAME), answers.text("name_en", _LONGEST_NAME)
    profile = answers.choice("profile", ("", *profiles.PROFILES)) or None
    quantities = [name for name in found.names if name in QUANTITIES and f"quantity-{name}" in visit.form]
    mistakes = visit.attempt(
        answers,
        lambda session: registry.adopt(
            session, site, place, kind, name_zh, name_en, profile, quantities, visit.name, visit.now
        ),
    )
    return _show(visit, found, mistakes) if mistakes else visit.go("/", "adopted")


@router.post("/discovered/{site}/{place}/{quantity}")
def adopt_sensor(visit: Annotated[Visit, may(Act.ADOPT)], site: str, place: str, quantity: str) -> Response:
    """Register one more sensor at a place that is registered."""

    def add(session: Session) -> Sensor:
        known = registry.find_place(session, site, place)
        if known is None or quantity not in QUANTITIES:
            raise HTTPException(404)
        return registry.add_sensor(session, known, quantity, visit.name, visit.now)

    # Whoever adopted it a moment before did what was asked for.
    visit.attempt(Answers({}), add)
    return visit.go("/discovered", "adopted")


def list_sensors(session: Session) -> list[tuple[Place, Latest]]:
    """Quantities that report at registered places without a registered sensor."""
    registered = select(Sensor.id).where(Sensor.place_id == Place.id, Sensor.quantity == Latest.name)
    question = (
        select(Place, Latest)
        .join(Latest, (Latest.site == Place.site_key) & (Latest.place == Place.key))
        .where(Latest.name.in_(QUANTITIES), ~registered.exists())
        .order_by(Place.id, Latest.name)
        .options(selectinload(Place.site))
    )
    return [(place, latest) for place, latest in session.execute(question)]


def _find(visit: Visit, site: str, place: str) -> Discovered:
    with reading(visit.records) as session:
        found = {(row.site, row.place): row for row in registry.discovered(session)}
    if (site, place) not in found:
        raise HTTPException(404)
    return found[site, place]


def _show(visit: Visit, found: Discovered, mistakes: dict[str, str] | None = None) -> Response:
    given_away = (_GIVEN_AWAY[name] for name in found.names if name in _GIVEN_AWAY)
    return visit.show(
        "adopt.html",
        status=422 if mistakes else 200,
        found=found,
        kind=next(given_away, "pool"),
        kinds=KINDS,
        profiles=[(key, PROFILES[key]) for key in profiles.PROFILES],
        typed=visit.form,
        mistakes=mistakes or {},
    )
