"""The API as an app of its own under /api/v1, so that its errors and its OpenAPI document concern no page."""

from typing import Any

import structlog
from fastapi import Depends, FastAPI, Request, Response
from starlette.datastructures import State

from ingest.series import Unavailable
from portal import problems
from portal.api import alarms, docs, duties, latest, readings, sites
from portal.api.access import authenticate, refuse_repeats

PATH = "/api/v1"
_RETRY_SECONDS = 30
_DESCRIPTION = """\
What the sensors measured, what is wrong with the water, and what people did about it.

Each request carries a token: Authorization: Bearer …. Times are RFC 3339; answers give them in UTC, questions in \
any offset. Each error is a problem document (RFC 9457). A long answer says under \
next where its next page is.\
"""
_log = structlog.get_logger()


def create_api(state: State) -> FastAPI:
    """The API over what the portal holds in `state`: `records`, `series` and `now`."""
    api = _Api(
        title="Poolkeeper",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PATH}],
        root_path_in_servers=False,
    )
    api.state = state
    problems.install(api)
    api.add_exception_handler(Unavailable, _on_unavailable)
    for module in (sites, latest, readings, alarms, duties):
        api.include_router(module.router, dependencies=[Depends(authenticate), Depends(refuse_repeats)])
    api.include_router(docs.router)
    return api


async def _on_unavailable(_request: Request, error: Exception) -> Response:
    _log.warning("readings_unavailable", error=str(error))
    detail = "the readings are out of reach at the moment; nothing is lost, ask again"
    return problems.answer(problems.Problem(503, detail, headers={"Retry-After": str(_RETRY_SECONDS)}))


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["schemas"] |= problems.SCHEMAS
        return document
