"""The watch: one cycle over the journal and the wall clock, written in one transaction with the cursor."""

from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from ingest.entries import Entry
from ingest.instants import to_datetime
from ingest.journal import Journal
from ingest.topics import Topic
from monitor import engine, ledger, recall, survey
from monitor.plan import Plan
from monitor.progress import Cursor, DutyDone
from monitor.records import reading, writing
from monitor.state import Done, Step

BATCH = 2_000
TICK = timedelta(seconds=1)
_CURSOR = "monitor"
# Transactions of people become visible in another order than they noted what they did.
_OVERLAP = timedelta(minutes=10)
_EVER = to_datetime(0)

log = structlog.get_logger()


class Misplaced(Exception):
    """Raised when the cursor does not fit the journal, or when another monitor moved it; going on would do harm."""


class Watch:
    """Where the monitor stands. After any exception it must be thrown away and opened anew from the database."""

    def __init__(self, records: Engine, journal: Journal) -> None:
        self._records = records
        self._journal = journal
        self._mark: Hashable = None
        self._plan = Plan()
        self._ticked: datetime | None = None
        with writing(records) as session:
            self.position = _find_cursor(session)
            self._read_plan(session)
            self._state = recall.load(session, self._plan)
        # Notes older than what is known everywhere to be done are no news.
        self._noted = min(map(self._last_done, self._plan.posts), default=_EVER + _OVERLAP) - _OVERLAP
        head = journal.head()
        if self.position > head:
            raise Misplaced(
                f"the monitor has decided up to position {self.position}, but the journal ends at {head}, "
                "expected the journal that it followed before"
            )
        log.info("watch opened", position=self.position, head=head, sensors=len(self._plan.sensors))

    def cycle(self, now: datetime) -> bool:
        """Decide what came, and what time has passed, by `now`; whether more may be waiting already.

        Raises what the database raises, StaleDataError when a person was faster, and Misplaced.
        """
        entries = self._journal.after(self.position, BATCH)
        behind = len(entries) == BATCH
        with reading(self._records) as session:
            self._read_plan(session)
            done = self._take_notes(session, to_datetime(entries[-1].received) if behind else now)
        before = self._state
        steps = [engine.step(before, self._plan, entries, done)] if entries or done else []
        if not behind and self._is_time(now, steps):
            steps.append(engine.tick(steps[-1].state if steps else before, self._plan, now))
            self._ticked = now
        self._write(entries, steps, now, call=not behind)
        return behind

    def _is_time(self, now: datetime, steps: Iterable[Step]) -> bool:
        due = self._ticked is None or not timedelta() <= now - self._ticked < TICK
        return due or any(step.changes for step in steps)

    def _write(self, entries: list[Entry], steps: list[Step], now: datetime, *, call: bool) -> None:
        if not steps:
            return
        after = steps[-1].state
        sites = {topic.site for topic in (*self._plan.sensors, *self._plan.gates, *self._plan.posts)}
        current = {site for site in sites if call and after.is_current(site, now)}
        if entries or not all(step.is_empty for step in steps) or self._has_calls(current, now):
            position = entries[-1].position if entries else self.position
            with writing(self._records) as session:
                # First, so that another monitor is noticed before anything is written.
                _move_cursor(session, self.position, position)
                before = self._state
                for step in steps:
                    ledger.write(session, step.changes)
                    ledger.remind(session, step.reminders, now)
                    recall.save(session, before, step, self._plan)
                    before = step.state
                if current:
                    ledger.notify(session, current, now)
            self.position = position
        self._state = after

    def _has_calls(self, sites: set[str], now: datetime) -> bool:
        if not sites:
            return False
        with reading(self._records) as session:
            return any(alarm.site in sites for alarm in ledger.find_unnotified(session, now))

    def _read_plan(self, session: Session) -> None:
        mark = survey.mark(session)
        if mark != self._mark:
            self._plan = survey.survey(session)
            self._mark = mark

    def _take_notes(self, session: Session, until: datetime) -> list[Done]:
        """What people noted by `until` that they have done, and what is news of that."""
        question = select(DutyDone).where(
            DutyDone.position.is_(None), DutyDone.noted >= self._noted, DutyDone.noted <= until
        )
        rows = session.scalars(question.order_by(DutyDone.noted)).all()
        if rows:
            self._noted = max(self._noted, rows[-1].noted - _OVERLAP)
        found = [Done(Topic(row.site, row.place, "changed"), row.at, row.by) for row in rows]
        return [done for done in found if done.at > self._last_done(done.topic)]

    def _last_done(self, topic: Topic) -> datetime:
        known = self._state.rounds.get(topic)
        return known.last if known and known.last else _EVER


def _find_cursor(session: Session) -> int:
    cursor = session.get(Cursor, _CURSOR)
    if cursor is None:
        session.add(Cursor(name=_CURSOR, position=0))
        return 0
    return cursor.position


def _move_cursor(session: Session, old: int, new: int) -> None:
    move = update(Cursor).where(Cursor.name == _CURSOR, Cursor.position == old).values(position=new)
    if not session.execute(move.returning(Cursor.position)).all():
        raise Misplaced(f"the cursor has left position {old}: another monitor writes these records, expected one")
