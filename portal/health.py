"""Health: whether this portal can answer, for whoever watches over it."""

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy import text
from starlette.responses import PlainTextResponse, Response

from monitor.records import reading
from portal.guard import anybody
from portal.visits import Visit

router = APIRouter()


@router.get("/healthz")
def show_health(visit: Annotated[Visit, anybody()]) -> Response:
    """`ok` when the records database answers; no more, because anybody may ask."""
    with reading(visit.records) as session:
        session.execute(text("select 1"))
    return PlainTextResponse("ok\n")
