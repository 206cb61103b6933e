"""The simulated site as a part: a history first if wanted, then live."""

import threading
from datetime import UTC, datetime

import structlog

from ingest import clock
from simulators import publisher
from simulators.settings import Settings

_PAUSE = 2.0

log = structlog.get_logger()


def run(settings: Settings, stop: threading.Event, days: float, since: datetime | None) -> None:
    """Publish the `days` before `since` (UTC; now, if it is not given), then continue live from there until `stop`."""
    live = since.replace(tzinfo=UTC) if since else clock.now()
    while days and not stop.is_set():
        try:
            publisher.publish_history(settings, settings.scenario, days=days, until=live)
        except publisher.NotTaken as error:
            log.warning("history not taken, trying again", error=str(error))
            stop.wait(_PAUSE)
        else:
            break
    publisher.run(settings, settings.scenario, stop, since=live if days else None, days=days)
