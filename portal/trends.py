"""Trends: one series over time with its limits and alarms, as a page and as the data that its script draws."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingest.instants import from_datetime
from ingest.quantities import QUANTITIES
from ingest.series import Unavailable
from ingest.topics import Topic
from ingest.words import mark as _
from monitor import registry
from monitor.alarms import Alarm
from monitor.records import reading
from portal import curves, words
from portal.api.words import Moment
from portal.curves import Band
from portal.guard import may
from portal.permissions import Act
from portal.pictures import Frame, Mark, Picture, paint
from portal.spots import Spot, find_spot, list_spots
from portal.visits import Visit

RANGES = {
    "1h": (timedelta(hours=1), _("1 h")),
    "6h": (timedelta(hours=6), _("6 h")),
    "24h": (timedelta(hours=24), _("24 h")),
    "7d": (timedelta(days=7), _("7 d")),
    "30d": (timedelta(days=30), _("30 d")),
    "90d": (timedelta(days=90), _("90 d")),
    "1y": (timedelta(days=365), _("1 y")),
}
_log = structlog.get_logger()
_DEFAULT: Final = "24h"
_MOST_ALARMS = 100
# In longer ranges a bucket is as long as a night, and the hours of a day cannot be told apart.
_LONGEST_WITH_NIGHTS = timedelta(days=31)

router = APIRouter()


class _Question(BaseModel):
    place: str
    quantity: str
    site: str | None = None
    range: Literal["1h", "6h", "24h", "7d", "30d", "90d", "1y"] = _DEFAULT
    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = None


@router.get("/trends")
def show_trend(
    visit: Annotated[Visit, may(Act.SEE)],
    place: str = "",
    quantity: str = "",
    site: str | None = None,
    range_: Annotated[str, Query(alias="range")] = _DEFAULT,
) -> Response:
    """The page of one series: of the first place, and of its first quantity, when the one asked for is not there."""
    with reading(visit.records) as session:
        spots = list_spots(session)
    if not spots:
        return visit.show("no-trend.html")
    spot = find_spot(spots, place, site) if place else spots[0]
    if spot is None:
        raise HTTPException(404)
    return visit.show(
        "trend.html",
        spot=spot,
        sites=[list(group) for _site, group in groupby(spots, lambda spot: spot.site)],
        quantity=QUANTITIES[quantity if quantity in spot.quantities else spot.quantities[0]],
        ranges=[(key, label) for key, (_span, label) in RANGES.items()],
        range=range_ if range_ in RANGES else _DEFAULT,
    )


@router.get("/trends/data")
def send_picture(visit: Annotated[Visit, may(Act.SEE)], asked: Annotated[_Question, Query()]) -> Picture:
    """What the page draws: the range up to now, or from `from` to `to`."""
    end = asked.to or visit.now
    start = asked.from_ or end - RANGES[asked.range][0]
    if not start < end:
        raise HTTPException(422)
    with reading(visit.records) as session:
        spot = find_spot(list_spots(session), asked.place, asked.site)
        if spot is None or asked.quantity not in spot.quantities:
            raise HTTPException(404)
        topic = Topic(spot.site, spot.place, asked.quantity)
        limits = _find_limits(session, spot, topic, start, end)
        alarms = _find_alarms(session, topic, start, end)
    frame = Frame(from_datetime(start), from_datetime(end), ZoneInfo(spot.zone), visit.language.locale)
    try:
        picture = paint(visit.request.app.state.series, topic, frame, limits)
    except Unavailable as error:
        _log.warning("readings_unavailable", error=str(error))
        raise HTTPException(503) from error
    picture.marks = [_to_mark(alarm, visit) for alarm in alarms]
    return picture


def _find_limits(session: Session, spot: Spot, topic: Topic, start: datetime, end: datetime) -> list[Band]:
    if spot.place_id is None:
        return []
    first, last = from_datetime(start), from_datetime(end)
    # The first bucket begins before the range.
    first -= curves.choose_width(last - first)
    versions = registry.limit_versions(session, spot.place_id, topic.name)[::-1]
    windows = [(first, last)]
    if end - start <= _LONGEST_WITH_NIGHTS:
        calendar = registry.calendar_of(session, spot.site)
        days = (calendar.day(end) - calendar.day(start)).days + 1
        opened = [calendar.window(calendar.day(start) + timedelta(days=day)) for day in range(-1, days)]
        windows = [(from_datetime(window.start), from_datetime(window.end)) for window in opened]
    return curves.bands(versions, windows, first, last)


def _find_alarms(session: Session, topic: Topic, start: datetime, end: datetime) -> Sequence[Alarm]:
    """The alarms of the series that were raised in the range, oldest first; of many, the newest."""
    question = (
        select(Alarm)
        .where(Alarm.site == topic.site, Alarm.place == topic.place, Alarm.quantity == topic.name)
        .where(Alarm.raised >= start, Alarm.raised < end)
        .order_by(Alarm.raised.desc())
        .limit(_MOST_ALARMS)
    )
    return session.scalars(question).all()[::-1]


def _to_mark(alarm: Alarm, visit: Visit) -> Mark:
    translate = visit.language.gettext
    return Mark(
        time=alarm.raised.timestamp(),
        label=translate(words.RULES[alarm.rule]),
        state=translate(words.state_of(alarm)),
        severity=words.tone_of(alarm),
        url=f"/alarms/{alarm.id}",
    )
