"""The latest reading of each series."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from ingest.quantities import QUANTITIES
from monitor.progress import Latest
from monitor.records import reading
from portal.api.access import Records
from portal.api.words import FromRow, Moment, PlaceKey, QuantityKey, SiteKey, Unit
from portal.problems import described

router = APIRouter(tags=["readings"])


class LatestReading(FromRow):
    """The newest reading of one series."""

    site: SiteKey
    place: PlaceKey
    quantity: QuantityKey = Field(validation_alias="name")
    unit: Unit
    value: float = Field(examples=[7.42])
    time: Moment = Field(description="When it was measured.")
    received: Moment = Field(description="When it arrived.")


class LatestReadings(BaseModel):
    """The newest reading of each series, in alphabetical order."""

    readings: list[LatestReading]


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    site: SiteKey | None = None
    place: PlaceKey | None = None


@router.get("/readings/latest", responses=described(401, 422))
def read_latest(records: Records, asked: Annotated[_Question, Query()]) -> LatestReadings:
    """The newest reading of each series, whether its place is registered or only discovered."""
    question = select(Latest).where(Latest.name.in_(QUANTITIES)).order_by(Latest.site, Latest.place, Latest.name)
    if asked.site is not None:
        question = question.where(Latest.site == asked.site)
    if asked.place is not None:
        question = question.where(Latest.place == asked.place)
    with reading(records) as session:
        return LatestReadings(readings=[LatestReading.model_validate(row) for row in session.scalars(question)])
