"""The foot bath's page, and the one tap that logs a change of its disinfectant."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from starlette.responses import Response

from monitor import registry
from monitor.duties import FOOT_BATH
from monitor.places import Place
from monitor.records import reading, writing
from portal.foot_baths import Bath, Change, look_at_bath
from portal.forms import new_token, spend
from portal.guard import StaleForm, may
from portal.permissions import Act
from portal.visits import Visit, to_local

router = APIRouter()


class Entry(NamedTuple):
    """A foot bath on the page, with the changes of the site's today and of the days before."""

    place: Place
    bath: Bath
    today: list[Change]
    before: list[Change]


@router.get("/foot-bath")
def show_foot_baths(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """Every foot bath: the countdown, the button, and who changed it when."""
    with reading(visit.records) as session:
        question = select(Place).where(Place.kind == FOOT_BATH.kind).options(selectinload(Place.site))
        entries = []
        for place in session.scalars(question.order_by(Place.id)):
            calendar = registry.calendar_of(session, place.site_key)
            bath = look_at_bath(session, place, calendar, visit.now)
            midnight = calendar.midnight(visit.now)
            today = [change for change in bath.changes if change.done.at >= midnight]
            entries.append(Entry(place, bath, today, [change for change in bath.changes if change not in today]))
    return visit.show("foot-bath.html", entries=entries, every=FOOT_BATH.every, token=new_token())


@router.post("/foot-bath/{site}/{place}")
def log_change(visit: Annotated[Visit, may(Act.CHANGE_FOOT_BATH)], site: str, place: str) -> Response:
    """The disinfectant was changed just now. A second tap of the same button logs nothing."""
    token = visit.form.get("token", "")
    if not token:
        raise StaleForm
    to = to_local(visit.form.get("to", "/foot-bath"))
    with writing(visit.records) as session:
        found = registry.find_place(session, site, place)
        if found is None or found.kind != FOOT_BATH.kind:
            raise HTTPException(404)
        if not spend(session, f"{token}:{site}/{place}", visit.now):
            return visit.go(to, "already-changed")
        registry.log_duty(session, FOOT_BATH.key, site, place, visit.name, visit.now, "portal", visit.now)
    return visit.go(to, "changed")
