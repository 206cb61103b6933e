"""The sites with their places, sensors, opening hours and limits in force."""

from datetime import time
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor import places, registry
from monitor.records import reading
from portal.api.access import Records
from portal.api.words import FromRow, Moment, Name, PlaceKey, QuantityKey, SiteKey, Unit, to_name
from portal.problems import described

router = APIRouter(tags=["sites"])
TimeOfDay = Annotated[
    time,
    PlainSerializer(lambda moment: moment.isoformat("minutes"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "examples": ["09:00"]}),
]
_Bound = Annotated[float | None, Field(description="In the quantity's unit; null is no limit on this side.")]


class Hours(FromRow):
    """Daily opening hours in the site's zone, start included, end excluded."""

    opens: TimeOfDay
    closes: TimeOfDay
    since: Moment = Field(validation_alias="at", description="When this version was set.")


class Limit(FromRow):
    """The limit in force for a quantity at a place. A reading from low to high is right, both included."""

    low: _Bound = Field(examples=[7.0])
    high: _Bound = Field(examples=[7.8])
    close_low: _Bound = Field(description="Below this the pool closes.", examples=[6.5])
    close_high: _Bound = Field(description="Above this the pool closes.", examples=[8.0])
    deadband: float = Field(description="How far inside a reading must be to clear.", examples=[0.05])
    on_delay: int = Field(description="Seconds outside until the alarm.", examples=[300])
    close_on_delay: int = Field(description="Seconds beyond a closing level until the alarm.", examples=[120])
    off_delay: int = Field(description="Seconds inside until it clears.", examples=[600])
    hours: str = Field(description="When the limit applies: always, or only while the site is open.")
    source: str = Field(description="Where the figures come from.")
    since: Moment = Field(validation_alias="at", description="When this version was set.")


class Sensor(FromRow):
    """A quantity that is measured at a place."""

    quantity: QuantityKey
    unit: Unit
    silence_warning: int = Field(description="Seconds without a reading until a warning.", examples=[300])
    silence_alarm: int = Field(description="Seconds without a reading until an alarm.", examples=[900])
    limit: Limit | None = Field(None, description="The limit in force; null where there is none.")


class Place(BaseModel):
    """A body of water or a gate."""

    place: PlaceKey
    kind: str = Field(description="pool, feed, foot-bath or gate.", examples=["pool"])
    name: Name
    profile: str | None = Field(description="The limit profile it started with.", examples=["gb-37488-2019"])
    sensors: list[Sensor]


class Site(BaseModel):
    """A site with everything that is registered there."""

    site: SiteKey
    name: Name
    zone: str = Field(description="IANA time zone.", examples=["Asia/Shanghai"])
    hours: Hours
    places: list[Place]


class Sites(BaseModel):
    """Every site."""

    sites: list[Site]


@router.get("/sites", responses=described(401))
def list_sites(records: Records) -> Sites:
    """The sites with their places, sensors, opening hours and limits in force."""
    with reading(records) as session:
        rows = session.scalars(select(places.Site).order_by(places.Site.key))
        return Sites(sites=[_to_site(session, row) for row in rows])


def _to_site(session: Session, row: places.Site) -> Site:
    return Site(
        site=row.key,
        name=to_name(row),
        zone=row.zone,
        hours=Hours.model_validate(registry.hours_in_force(session, row.key)),
        places=[_to_place(session, place) for place in row.places],
    )


def _to_place(session: Session, row: places.Place) -> Place:
    limits = registry.limits_in_force(session, row.id)
    return Place(
        place=row.key,
        kind=row.kind,
        name=to_name(row),
        profile=row.profile,
        sensors=[_to_sensor(sensor, limits.get(sensor.quantity)) for sensor in row.sensors],
    )


def _to_sensor(row: places.Sensor, limit: places.Limit | None) -> Sensor:
    sensor = Sensor.model_validate(row)
    if limit is not None:
        sensor.limit = Limit.model_validate(limit)
    return sensor
