"""Opening hours as a page: what is in force at each site, every version before, and the manager's form."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from starlette.responses import Response

from monitor import registry
from monitor.places import Site
from monitor.records import reading
from portal.forms import Answers
from portal.guard import may
from portal.permissions import Act
from portal.visits import Visit

router = APIRouter()
_LONGEST_WHY = 500


@router.get("/hours")
def show_hours(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """The opening hours of every site."""
    return _show(visit)


@router.post("/hours/{site}")
def set_hours(visit: Annotated[Visit, may(Act.SET_HOURS)], site: str) -> Response:
    """Put new opening hours in force."""
    with reading(visit.records) as session:
        if session.get(Site, site) is None:
            raise HTTPException(404)
    answers = Answers(visit.form)
    opens, closes = answers.clock("opens"), answers.clock("closes")
    if "closes" in answers.mistakes:
        # So that what is missing is not also called too early.
        closes = opens.max
    why = answers.text("why", _LONGEST_WHY)
    mistakes = visit.attempt(
        answers, lambda session: registry.set_hours(session, site, opens, closes, visit.name, why, visit.now)
    )
    return _show(visit, site, mistakes) if mistakes else visit.go("/hours", "hours-set")


def _show(visit: Visit, typed_for: str = "", mistakes: dict[str, str] | None = None) -> Response:
    with reading(visit.records) as session:
        sites = session.scalars(select(Site).order_by(Site.key)).all()
        versions = {site.key: registry.hours_versions(session, site.key) for site in sites}
    return visit.show(
        "hours.html",
        status=422 if mistakes else 200,
        sites=sites,
        versions=versions,
        typed_for=typed_for,
        typed=visit.form,
        mistakes=mistakes or {},
    )
