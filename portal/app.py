"""The portal as one application: every page, in menu order, behind the same guard and headers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from ingest import clock
from ingest.stores import open_series
from monitor.records import connect
from portal import (
    alarm_pages,
    assets,
    dashboard,
    discovered_pages,
    errors,
    foot_bath_pages,
    health,
    hours_pages,
    icons,
    languages,
    limit_pages,
    login,
    trends,
)
from portal.api.app import PATH as API_PATH
from portal.api.app import create_api
from portal.guard import permission_of
from portal.headers import SecurityHeaders
from portal.live import Live
from portal.settings import Settings

# In menu order; nothing is found by itself.
ROUTERS = (
    health.router,
    login.router,
    dashboard.router,
    alarm_pages.router,
    trends.router,
    foot_bath_pages.router,
    limit_pages.router,
    hours_pages.router,
    discovered_pages.router,
)
_LARGEST_FORM = 64 * 1024


def create_app(settings: Settings, now: Callable[[], datetime] = clock.now) -> FastAPI:
    """The portal over the records and series that `settings` name.

    A missing asset or icon fails here, and so does a page that does not say who may open it.
    """
    app = FastAPI(
        title="Poolkeeper",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_live,
        middleware=[
            Middleware(GZipMiddleware),
            Middleware(SecurityHeaders, tls=settings.secure_cookies),
            Middleware(errors.Failures),
        ],
    )
    assets.load_assets()
    icons.load_icons()
    languages.load_languages()
    app.state.settings = settings
    app.state.now = now
    app.state.records = connect(settings.records_url)
    app.state.series = open_series(settings)
    app.state.live = Live(app.state.records, now)
    errors.install(app)
    app.include_router(assets.router)
    for router in ROUTERS:
        for route in router.routes:
            permission_of(route)
        app.include_router(router, max_body_size=_LARGEST_FORM)
    app.mount(API_PATH, create_api(app.state))
    return app


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    looking = asyncio.create_task(app.state.live.run())
    yield
    await app.state.live.close()
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    app.state.series.close()
    app.state.records.dispose()
