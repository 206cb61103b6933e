"""The monitor's loop: tails the journal, reads the clock, and waits for whatever is away."""

import sqlite3
import threading
from contextlib import closing

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from ingest import clock
from ingest.journal import Journal
from monitor import notifier
from monitor.records import connect
from monitor.settings import Settings
from monitor.watch import Watch

_WAIT_SECONDS = 0.25
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0

log = structlog.get_logger()


def run(settings: Settings, stop: threading.Event) -> None:
    """Watch until `stop` is set. A database that is away or locked is waited for.

    Raises Misplaced when the cursor does not fit the journal or another monitor is at work.
    """
    records = connect(settings.records_url)
    ended = threading.Event()
    sender = threading.Thread(target=notifier.run, args=(records, ended), name="notifier")
    sender.start()
    try:
        with closing(Journal(settings.journal_path)) as journal:
            _watch(records, journal, stop, sender)
    finally:
        ended.set()
        sender.join()
        records.dispose()


def _watch(records: Engine, journal: Journal, stop: threading.Event, sender: threading.Thread) -> None:
    watch: Watch | None = None
    pause = _FIRST_PAUSE
    while not stop.is_set():
        if not sender.is_alive():
            raise RuntimeError("the thread of the notifier has died")
        try:
            watch = watch or Watch(records, journal)
            if not watch.cycle(clock.now()):
                journal.wait(watch.position, _WAIT_SECONDS)
            pause = _FIRST_PAUSE
        except StaleDataError:
            log.info("a person was faster, deciding again")
            watch = None
        except (DBAPIError, sqlite3.Error) as error:
            log.warning("database failed", error=str(getattr(error, "orig", error)), retry_in=pause)
            watch = None
            stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
