"""The overview as a page, and the stream that keeps it current."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from monitor.records import reading
from portal import fragments, overview
from portal.forms import new_token
from portal.fragments import Reader
from portal.guard import may
from portal.permissions import Act
from portal.visits import Visit

router = APIRouter()
# After this the page asks for itself anew: the session ended, or there are other places than before.
RENEW = "renew"
_RETRY_MS = 1000


@router.get("/")
def show_overview(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """Every site with its places."""
    assert visit.visitor is not None
    with reading(visit.records) as session:
        seen = overview.look(session, visit.now)
        drawn = fragments.draw(seen, Reader(visit.language.key, visit.visitor.role))
    return visit.show(
        "overview.html",
        seen=seen,
        drawn=drawn,
        token=new_token(),
        site_event=fragments.site_event,
        card_event=fragments.card_event,
    )


@router.get("/live", response_class=EventSourceResponse)
async def stream_overview(request: Request, visit: Annotated[Visit, may(Act.SEE)]) -> AsyncIterator[ServerSentEvent]:
    """The fragments of the overview: first all of them, then whichever changed, until the session ends."""
    assert visit.visitor is not None
    reader = Reader(visit.language.key, visit.visitor.role)
    sent: dict[str, str] = {}
    async for now in request.app.state.live.watch(reader, visit.visitor.session_id):
        if now is None or (sent and now.keys() != sent.keys()):
            yield ServerSentEvent(event=RENEW, raw_data="")
            return
        for name, html in now.items():
            if sent.get(name) != html:
                yield ServerSentEvent(event=name, raw_data=html, retry=_RETRY_MS)
        sent = dict(now)
