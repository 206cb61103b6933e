"""Serving: the portal on its port until it is told to stop, however many pages are open."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from portal.app import create_app
from portal.live import Live
from portal.settings import Settings

# Requests that are still being answered may take this long; open streams end at once.
_GRACE = 3

_log = structlog.get_logger()


def run(settings: Settings, stop: threading.Event) -> None:
    """Serve until `stop` is set. Raises SystemExit when the port is taken."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.forwarded_by,
        timeout_graceful_shutdown=_GRACE,
    )
    _log.info("portal_starts", host=settings.host, port=settings.port)
    _Server(config, app.state.live, stop).run()
    _log.info("portal_stops")


class _Server(uvicorn.Server):
    """A server that looks at a stop event ten times a second and leaves signals to whoever sets it."""

    def __init__(self, config: uvicorn.Config, live: Live, stop: threading.Event) -> None:
        super().__init__(config)
        self._live = live
        self._stop = stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        if not self._stop.is_set():
            return await super().on_tick(counter)
        # Streams never end by themselves, and the server would wait for them.
        await self._live.close()
        return True
