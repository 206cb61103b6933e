"""The API as an app of its own under /api/v1, so that its errors and its OpenAPI document concern no page."""

from typing import Any

from fastapi import Depends, FastAPI
from starlette.datastructures import State

from portal import problems
from portal.api import alarms, docs, duties, latest, readings, sites
from portal.api.access import authenticate, refuse_repeats

PATH = "/api/v1"
_DESCRIPTION = """\
What the sensors measured, what is wrong with the water, and what people did about it.

Each request carries a token: Authorization: Bearer …. Times are RFC 3339; answers give them in UTC, questions in \
any offset. Each error is a problem document (RFC 9457). A long answer says under \
next where its next page is.\
"""


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
    for module in (sites, latest, readings, alarms, duties):
        api.include_router(module.router, dependencies=[Depends(authenticate), Depends(refuse_repeats)])
    api.include_router(docs.router)
    return api


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["schemas"] |= problems.SCHEMAS
        return document
