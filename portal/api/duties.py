"""Duties: how each stands now, and when it was done and by whom, page by page."""

from operator import eq, ge, lt
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor import duties, progress, registry
from monitor.places import Place
from monitor.records import reading
from portal.api.access import Now, Records
from portal.api.words import FromRow, Moment, PlaceKey, RowId, SiteKey, link
from portal.problems import described

router = APIRouter(tags=["duties"])


class DutyDone(FromRow):
    """Somebody did a duty."""

    id: RowId
    duty: str = Field(description="Key of the duty.", examples=["foot-bath-change"])
    site: SiteKey
    place: PlaceKey
    at: Moment = Field(description="When it was done.")
    by: str = Field(description="Who did it; may be empty for a button.", examples=["lee"])
    via: str = Field(description="How it was noted: portal or button.", examples=["portal"])


class Duty(BaseModel):
    """How a duty stands at a place now."""

    duty: str = Field(description="Key of the duty.", examples=["foot-bath-change"])
    label: str = Field(description="What is to be done, in English.")
    site: SiteKey
    place: PlaceKey
    state: duties.State = Field(description="How it stands.", examples=["upcoming"])
    due: Moment = Field(description="When it must be done; only opening hours count.")
    warns: Moment = Field(description="From when on it is due soon.")
    last: DutyDone | None = Field(description="When it was last done; null if never.")


class Duties(BaseModel):
    """Every duty at every place that has it."""

    duties: list[Duty]


class DutiesDone(BaseModel):
    """Duties that were done, in the order of being noted, newest first."""

    done: list[DutyDone]
    next: str | None = Field(description="Where older ones are, if these are not all.")


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    site: SiteKey | None = None
    place: PlaceKey | None = None


class _DoneQuestion(_Question):
    from_: Moment | None = Field(None, alias="from", description="Only those done then or later.")
    to: Moment | None = Field(None, description="Only those done before.")
    before: RowId | None = Field(None, description="Only those with a smaller number: where a page ended.")
    limit: int = Field(100, ge=1, le=1000, description="Most entries in one answer.")


@router.get("/duties", responses=described(401, 422))
def list_duties(records: Records, now: Now, asked: Annotated[_Question, Query()]) -> Duties:
    """How each duty stands at each place now."""
    conditions = ((Place.site_key, asked.site), (Place.key, asked.place))
    wanted = [column == value for column, value in conditions if value is not None]
    with reading(records) as session:
        places = session.scalars(select(Place).where(*wanted).order_by(Place.site_key, Place.id)).all()
        return Duties(
            duties=[
                _to_duty(session, duty, place, now)
                for place in places
                for duty in duties.DUTIES.values()
                if duty.kind == place.kind
            ]
        )


@router.get("/duties/done", responses=described(401, 422))
def list_done(request: Request, records: Records, asked: Annotated[_DoneQuestion, Query()]) -> DutiesDone:
    """The duties that were done in a range of time, newest entry first, page by page."""
    row = progress.DutyDone
    conditions = (
        (row.site, eq, asked.site),
        (row.place, eq, asked.place),
        (row.at, ge, asked.from_),
        (row.at, lt, asked.to),
        (row.id, lt, asked.before),
    )
    wanted = [compare(column, value) for column, compare, value in conditions if value is not None]
    question = select(row).where(*wanted).order_by(row.id.desc()).limit(asked.limit + 1)
    with reading(records) as session:
        rows = session.scalars(question).all()
        page = [DutyDone.model_validate(found) for found in rows[: asked.limit]]
    return DutiesDone(done=page, next=link(request, before=page[-1].id) if len(rows) > asked.limit else None)


def _to_duty(session: Session, duty: duties.Duty, place: Place, now: Now) -> Duty:
    standing = registry.duty_standing(session, duty, place, now)
    row = progress.DutyDone
    question = select(row).where(row.duty == duty.key, row.site == place.site_key, row.place == place.key)
    last = session.scalars(question.order_by(row.at.desc(), row.id.desc()).limit(1)).one_or_none()
    return Duty(
        duty=duty.key,
        label=duty.label,
        site=place.site_key,
        place=place.key,
        state=standing.state,
        due=standing.due,
        warns=standing.warns,
        last=last and DutyDone.model_validate(last),
    )
