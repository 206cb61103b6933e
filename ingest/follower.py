"""The follower: copies the journal to InfluxDB behind a position of its own, and catches up when InfluxDB was away."""

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from ingest.entries import Entry
from ingest.influx import Halted, InfluxStore, Rejected, to_line
from ingest.journal import Journal
from ingest.progress import read_position, write_position
from ingest.series import Unavailable
from ingest.settings import Settings

log = structlog.get_logger()

_BATCH = 5_000
_IDLE_SECONDS = 0.5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class Reject(NamedTuple):
    """A line that InfluxDB will never take, as it stands in `influx.rejects`."""

    position: int
    line: str
    reason: str


class Follower:
    """One pass after the other over the journal. Entries may be written twice, which InfluxDB does not notice."""

    def __init__(self, journal: Journal, store: InfluxStore, data: Path) -> None:
        self._journal = journal
        self._store = store
        self._cursor = data / "influx.cursor"
        self._rejects = data / "influx.rejects"
        self._position = read_position(self._cursor, store.name)
        self._is_prepared = False

    def step(self) -> None:
        """Wait a moment for news and copy one batch. Raises Unavailable or Halted; nothing is skipped then."""
        if not self._is_prepared:
            log.info("influxdb found", store=self._store.name, version=self._store.prepare(), position=self._position)
            self._is_prepared = True
            if self._journal.head() < self._position:
                log.warning("journal was replaced by a shorter one, copying all of it", position=self._position)
                self._position = 0
        if not self._journal.wait(self._position, _IDLE_SECONDS):
            return
        entries = self._journal.after(self._position, _BATCH)
        self._keep_aside(self._copy([(entry, line) for entry in entries if (line := to_line(entry))]))
        self._position = entries[-1].position
        write_position(self._cursor, self._store.name, self._position)

    def prepare_again(self) -> None:
        """Look at InfluxDB anew before the next step: another version, or a database that is gone."""
        self._is_prepared = False

    def _copy(self, lines: Sequence[tuple[Entry, bytes]]) -> list[Reject]:
        """Write lines. Those that InfluxDB refuses are found by halving, and returned."""
        if not lines:
            return []
        try:
            self._store.write(line for _, line in lines)
        except Rejected as error:
            middle = len(lines) // 2
            if middle:
                return self._copy(lines[:middle]) + self._copy(lines[middle:])
            [(entry, line)] = lines
            return [Reject(entry.position, line.decode(), str(error))]
        return []

    def _keep_aside(self, rejects: Sequence[Reject]) -> None:
        if not rejects:
            return
        with self._rejects.open("a") as file:
            file.writelines(json.dumps(reject._asdict()) + "\n" for reject in rejects)
            file.flush()
            os.fsync(file.fileno())
        log.error("influxdb refuses readings", number=len(rejects), kept=str(self._rejects), reason=rejects[0].reason)


def run(settings: Settings, stop: threading.Event) -> None:
    """Follow the journal until `stop` is set. InfluxDB being away, full or locked is waited for, however long."""
    journal, store = Journal(settings.journal_path), InfluxStore(settings)
    try:
        follower = Follower(journal, store, settings.data)
        pause = _FIRST_PAUSE
        while not stop.is_set():
            try:
                follower.step()
                pause = _FIRST_PAUSE
            except Halted as error:
                log.error("influxdb refuses us, somebody must act", reason=str(error))  # noqa: TRY400
                follower.prepare_again()
                stop.wait(_LONGEST_PAUSE)
            except Unavailable as error:
                log.warning("influxdb not available, the journal keeps everything", reason=str(error), pause=pause)
                follower.prepare_again()
                stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
    finally:
        store.close()
        journal.close()
