"""Alarms, page by page, and one alarm with its history."""

from operator import eq, ge, lt
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from monitor import alarms
from monitor.lifecycle import State
from monitor.records import reading
from portal.api.access import Records
from portal.api.words import FromRow, Moment, PlaceKey, RowId, SiteKey, Unit, link
from portal.problems import Problem, described

router = APIRouter(tags=["alarms"])


class Alarm(FromRow):
    """One occurrence of one rule at one place."""

    id: RowId
    rule: str = Field(description="The rule that was broken.", examples=["limit"])
    severity: str = Field(description="How urgent it is: warning, alarm or urgent.", examples=["alarm"])
    site: SiteKey
    place: PlaceKey
    quantity: str = Field(description="What is measured; for an event its name.", examples=["ph"])
    unit: Unit
    state: State = Field(
        description="Where it stands in the words of ISA-18.2. An alarm is finished when its state is normal "
        "and a person has closed it.",
        examples=["unacknowledged"],
    )
    raised: Moment
    value: float | None = Field(description="The reading that raised it.", examples=[6.1])
    worst: float | None = Field(description="The furthest reading since.", examples=[5.9])
    stale: bool = Field(description="Whether its sensor fell silent, so that nobody knows how it is now.")
    repeats: int = Field(description="How often it was raised again before it was closed.", examples=[0])
    cleared: Moment | None = Field(description="When its condition last ended.")
    acknowledged: Moment | None = Field(description="When a person said that they had seen it.")
    acknowledged_by: str | None
    closed: Moment | None = Field(description="When a person closed it with cause and action.")
    closed_by: str | None
    cause: str | None
    action: str | None


class AlarmChange(FromRow):
    """One row of an alarm's history."""

    at: Moment
    what: str = Field(description="What happened.", examples=["raised"])
    before: str = Field(description="State before.", examples=["normal"])
    after: str = Field(description="State after.", examples=["unacknowledged"])
    by: str = Field(description="The person; empty for the program.")
    note: str
    value: float | None = Field(description="The reading at that moment.")
    rule: str = Field(description="The rule from then on.")
    severity: str = Field(description="How urgent it was from then on.")


class AlarmWithHistory(Alarm):
    """An alarm with all that became of it, oldest first."""

    changes: list[AlarmChange]


class Alarms(BaseModel):
    """Alarms, newest first."""

    alarms: list[Alarm]
    next: str | None = Field(description="Where older ones are, if these are not all.")


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: State | None = Field(None, description="Only alarms in this state.")
    closed: bool | None = Field(None, description="Only alarms that a person has closed, or only those still open.")
    site: SiteKey | None = None
    from_: Moment | None = Field(None, alias="from", description="Only those raised then or later.")
    to: Moment | None = Field(None, description="Only those raised before.")
    before: RowId | None = Field(None, description="Only those with a smaller number: where a page ended.")
    limit: int = Field(100, ge=1, le=1000, description="Most alarms in one answer.")


@router.get("/alarms", responses=described(401, 422))
def list_alarms(request: Request, records: Records, asked: Annotated[_Question, Query()]) -> Alarms:
    """Alarms that were raised in a range of time, newest first, page by page."""
    row = alarms.Alarm
    conditions = (
        (row.state, eq, asked.state),
        (row.site, eq, asked.site),
        (row.raised, ge, asked.from_),
        (row.raised, lt, asked.to),
        (row.id, lt, asked.before),
    )
    wanted = [compare(column, value) for column, compare, value in conditions if value is not None]
    if asked.closed is not None:
        wanted.append(row.closed.is_not(None) if asked.closed else row.closed.is_(None))
    question = select(row).where(*wanted).order_by(row.id.desc()).limit(asked.limit + 1)
    with reading(records) as session:
        rows = session.scalars(question).all()
        page = [Alarm.model_validate(row) for row in rows[: asked.limit]]
    return Alarms(alarms=page, next=link(request, before=page[-1].id) if len(rows) > asked.limit else None)


@router.get("/alarms/{alarm}", responses=described(401, 404, 422))
def show_alarm(records: Records, alarm: Annotated[RowId, Path()]) -> AlarmWithHistory:
    """One alarm with its history."""
    with reading(records) as session:
        row = session.get(alarms.Alarm, alarm)
        if row is None:
            raise Problem(404, f"there is no alarm {alarm}")
        return AlarmWithHistory.model_validate(row)
