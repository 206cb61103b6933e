"""Sites as a page: what each is called, its opening hours in force and before, and the manager's forms."""

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
_LONGEST_NAME = 60


@router.get("/hours")
def show_hours(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """The opening hours of every site."""
    return _show(visit)


@router.post("/hours/{site}")
def set_hours(visit: Annotated[Visit, may(Act.SET_HOURS)], site: str) -> Response:
    """Put new opening hours in force."""
    _find(visit, site)
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


@router.post("/hours/{site}/name")
def name_site(visit: Annotated[Visit, may(Act.NAME_SITE)], site: str) -> Response:
    """Call a site something else, or move its clock to another zone."""
    _find(visit, site)
    answers = Answers(visit.form)
    name_zh, name_en = answers.text("name_zh", _LONGEST_NAME), answers.text("name_en", _LONGEST_NAME)
    zone = answers.text("zone", _LONGEST_NAME)
    mistakes = visit.attempt(answers, lambda session: registry.name_site(session, site, name_zh, name_en, zone))
    return _show(visit, site, mistakes) if mistakes else visit.go("/hours", "site-named")


def _find(visit: Visit, site: str) -> None:
    with reading(visit.records) as session:
        if session.get(Site, site) is None:
            raise HTTPException(404)


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
