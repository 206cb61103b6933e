"""A journal, the records and a monitor between them whose clock the test holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from ingest.entries import Entry
from ingest.journal import Journal, Writer
from ingest.redelivery import Received
from monitor.alarms import Alarm, AlarmChange, Outgoing
from monitor.places import Place
from monitor.records import reading, writing
from monitor.registry import limits_in_force, set_limit
from monitor.watch import Watch
from tests.monitor.timeline import after


class House:
    """Drives the real pieces: what is published goes through the journal, what is decided into the records."""

    def __init__(self, records: Engine, writer: Writer, path: Path) -> None:
        self.records = records
        self._writer = writer
        self._journal = Journal(path)
        self.watch: Watch | None = None

    def close(self) -> None:
        self._journal.close()

    def publish(self, *entries: Entry) -> None:
        """Let the journal have these."""
        self._writer.append([Received(list(entries))])

    def restart(self) -> None:
        """The monitor is killed between two cycles; the next one is another process."""
        self.watch = None

    def cycle(self, now: datetime) -> None:
        """Let the monitor decide everything up to `now`."""
        self.watch = self.watch or Watch(self.records, self._journal)
        while self.watch.cycle(now):
            pass

    def settle(self, now: datetime) -> None:
        """Let a monitor that has just been started come to rest before `now`."""
        self.cycle(now - timedelta(seconds=10))
        self.cycle(now)

    def live(self, start: float, end: float, every: float = 10) -> None:
        """Cycle regularly, in seconds after ten."""
        moment = start
        while moment <= end:
            self.cycle(after(moment))
            moment += every

    def alarms(self, rule: str | None = None) -> Sequence[Alarm]:
        """The alarms so far, oldest first, of one rule or of all."""
        with reading(self.records) as session:
            question = select(Alarm).order_by(Alarm.id)
            return session.scalars(question.where(Alarm.rule == rule) if rule else question).all()

    def history(self, alarm: Alarm) -> list[tuple[str, float]]:
        """What became of an alarm, in seconds after ten."""
        with reading(self.records) as session:
            rows = session.scalars(select(AlarmChange).where(AlarmChange.alarm_id == alarm.id).order_by(AlarmChange.id))
            return [(row.what, (row.at - after(0)).total_seconds()) for row in rows]

    def outbox(self, rule: str | None = None) -> Sequence[Outgoing]:
        """What people are to be told, of one rule or of all."""
        with reading(self.records) as session:
            question = select(Outgoing).order_by(Outgoing.id)
            return session.scalars(question.where(Outgoing.rule == rule) if rule else question).all()

    def set_limit(self, place: str, quantity: str, now: datetime, **changes: Any) -> None:
        """Mei changes a limit."""
        with writing(self.records) as session:
            place_id = session.scalars(select(Place.id).where(Place.key == place)).one()
            limit = limits_in_force(session, place_id)[quantity]
            names = ("low", "high", "close_low", "close_high", "deadband", "on_delay", "close_on_delay", "off_delay")
            values = {name: getattr(limit, name) for name in (*names, "hours")} | changes
            set_limit(session, place_id, quantity, **values, by="mei", why="", now=now)
