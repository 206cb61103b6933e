"""Alarms as pages: the list, one alarm with its history, and what people do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Path, Query
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.exc import StaleDataError
from starlette.responses import Response

from ingest.quantities import QUANTITIES
from ingest.words import mark as _
from monitor import handling
from monitor.alarms import Alarm
from monitor.handling import Refused
from monitor.lifecycle import STANDING
from monitor.places import Limit, Place
from monitor.records import reading, writing
from monitor.refusals import Mistake
from portal.api.words import write_moment
from portal.forms import TOO_LONG
from portal.guard import may
from portal.permissions import Act
from portal.visits import Visit
from portal.words import SEVERITIES

router = APIRouter()
_PAGE = 25
_LONGEST_TEXT = 2000
_AROUND = timedelta(hours=2)
_LARGEST_ID = 2**63 - 1
_Id = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
_BY_SOMEBODY_ELSE = Mistake(_("the alarm changed while you were typing; look at it again"), {}, "alarm")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alarms are listed. Empty is all; an unknown word finds nothing rather than everything."""

    show: str
    severity: str
    place: str
    page: int

    def link(self, **changes: str | int) -> str:
        """The address of the list with some of it changed; from its first page unless told."""
        words = {"show": self.show, "severity": self.severity, "place": self.place, "page": 1} | changes
        query = {name: word for name, word in words.items() if word not in ("", 1) and (name, word) != ("show", "open")}
        return "/alarms" + (f"?{urlencode(query)}" if query else "")


@router.get("/alarms")
def list_alarms(
    visit: Annotated[Visit, may(Act.SEE)],
    show: str = "open",
    severity: str = "",
    place: str = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """The alarms page by page: those still open, or all of them."""
    chosen = Filter("all" if show == "all" else "open", severity, place, page)
    with reading(visit.records) as session:
        question = _narrow(select(Alarm), chosen)
        number = session.scalars(select(func.count()).select_from(question.subquery())).one()
        order = (Alarm.closed.is_not(None), Alarm.raised.desc(), Alarm.id.desc())
        alarms = session.scalars(question.order_by(*order).offset((page - 1) * _PAGE).limit(_PAGE)).all()
        places = session.scalars(select(Place).options(selectinload(Place.site)).order_by(Place.id)).all()
    return visit.show(
        "alarms.html",
        chosen=chosen,
        alarms=alarms,
        number=number,
        last=max(1, -(-number // _PAGE)),
        severities=SEVERITIES,
        places={(row.site_key, row.key): row for row in places},
        zones={row.site_key: row.site.zone for row in places},
    )


@router.get("/alarms/{alarm_id}")
def show_alarm(visit: Annotated[Visit, may(Act.SEE)], alarm_id: _Id) -> Response:
    """One alarm: what it is, how far it went, what people did, and what can be done now."""
    return _show(visit, alarm_id)


@router.post("/alarms/{alarm_id}/acknowledgement")
def acknowledge(visit: Annotated[Visit, may(Act.ACKNOWLEDGE)], alarm_id: _Id) -> Response:
    """Somebody has seen the alarm."""
    return _handle(visit, alarm_id, "acknowledged", lambda s: handling.acknowledge(s, alarm_id, visit.name, visit.now))


@router.post("/alarms/{alarm_id}/notes")
def note(visit: Annotated[Visit, may(Act.NOTE)], alarm_id: _Id) -> Response:
    """Somebody writes something into the alarm's history."""
    text = visit.form.get("text", "")
    if len(text) > _LONGEST_TEXT:
        return _show(visit, alarm_id, [Mistake(TOO_LONG, {}, "text")])
    return _handle(visit, alarm_id, "noted", lambda s: handling.note(s, alarm_id, visit.name, text, visit.now))


@router.post("/alarms/{alarm_id}/closure")
def close(visit: Annotated[Visit, may(Act.CLOSE)], alarm_id: _Id) -> Response:
    """Somebody confirms what caused the alarm and what was done about it."""
    cause, action = visit.form.get("cause", ""), visit.form.get("action", "")
    long = [name for name, text in (("cause", cause), ("action", action)) if len(text) > _LONGEST_TEXT]
    if long:
        return _show(visit, alarm_id, [Mistake(TOO_LONG, {}, name) for name in long])
    return _handle(
        visit, alarm_id, "closed", lambda s: handling.close(s, alarm_id, visit.name, cause, action, visit.now)
    )


def _handle(visit: Visit, alarm_id: int, notice: str, act: Callable[[Session], Alarm]) -> Response:
    try:
        with writing(visit.records) as session:
            act(session)
    except Refused as refused:
        return _show(visit, alarm_id, refused.mistakes)
    except StaleDataError:
        # The monitor wrote in the same moment.
        return _show(visit, alarm_id, [_BY_SOMEBODY_ELSE])
    return visit.go(f"/alarms/{alarm_id}", notice)


def _show(visit: Visit, alarm_id: int, mistakes: Sequence[Mistake] = ()) -> Response:
    with reading(visit.records) as session:
        alarm = session.get(Alarm, alarm_id, options=[selectinload(Alarm.changes)])
        if alarm is None:
            raise HTTPException(404)
        question = select(Place).where(Place.site_key == alarm.site, Place.key == alarm.place)
        place = session.scalars(question.options(selectinload(Place.site))).one_or_none()
        limit = session.get(Limit, alarm.limit_id) if alarm.limit_id else None
    return visit.show(
        "alarm.html",
        status=422 if mistakes else 200,
        alarm=alarm,
        place=place,
        zone=place.site.zone if place else "UTC",
        limit=limit,
        beyond=measure_beyond(alarm, limit),
        stands=alarm.state in STANDING,
        trend=_trend_around(alarm) if alarm.quantity in QUANTITIES else None,
        typed=visit.form,
        mistakes={mistake.about: visit.say(mistake) for mistake in mistakes},
    )


def measure_beyond(alarm: Alarm, limit: Limit | None) -> float | None:
    """How far the furthest reading lay outside what is right, in the quantity's unit; negative is below."""
    if limit is None or alarm.worst is None:
        return None
    if limit.low is not None and alarm.worst < limit.low:
        return alarm.worst - limit.low
    return alarm.worst - limit.high if limit.high is not None and alarm.worst > limit.high else None


def _narrow(question: Select[tuple[Alarm]], chosen: Filter) -> Select[tuple[Alarm]]:
    if chosen.show == "open":
        question = question.where(Alarm.closed.is_(None))
    if chosen.severity:
        question = question.where(Alarm.severity == chosen.severity)
    if chosen.place:
        site, _slash, place = chosen.place.partition("/")
        question = question.where(Alarm.site == site, Alarm.place == place)
    return question


def _trend_around(alarm: Alarm) -> str:
    start, end = alarm.raised - _AROUND, (alarm.cleared or alarm.raised) + _AROUND
    where = {"site": alarm.site, "place": alarm.place, "quantity": alarm.quantity}
    return "/trends?" + urlencode(where | {"from": write_moment(start), "to": write_moment(end)})
