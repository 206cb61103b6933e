"""Live: one look a fifth of a second at what may have changed, shared by everybody who has the overview open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import structlog
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from monitor.alarms import Alarm, AlarmChange
from monitor.places import Hours, Limit, Place, Sensor, Site
from monitor.progress import Cursor, DutyDone, Latest, Part
from monitor.records import reading
from portal import fragments, overview, sessions
from portal.accounts import LoginSession
from portal.fragments import Reader
from portal.overview import Overview

_STEP = 0.15
# What changes by the clock alone (a bath falls due, a sensor is silent, a session expires) is seen this soon.
_SWEEP = 5
# Seconds until the records are asked again after they did not answer.
_PAUSE = 1

_log = structlog.get_logger()


def mark(engine: Engine) -> tuple[object, ...]:
    """A few figures that differ whenever something that the overview shows was changed; one question."""
    questions = (
        select(func.sum(Cursor.position)),
        select(func.max(AlarmChange.id)),
        select(func.sum(Alarm.version)).where(Alarm.closed.is_(None)),
        select(func.max(DutyDone.id)),
        select(func.max(Limit.id)),
        select(func.max(Hours.id)),
        select(func.count(Site.key)),
        select(func.count(Place.id)),
        select(func.sum(Sensor.silence_warning + 1)),
        select(func.count(Latest.id)),
        select(func.max(Part.since)),
        select(func.sum(Part.restarts)),
        select(func.count(Part.name)),
        select(func.max(LoginSession.id)),
        select(func.count(LoginSession.id)),
    )
    with reading(engine) as session:
        row = session.execute(select(*(question.scalar_subquery() for question in questions))).one()
        states = session.scalars(select(Part.state).order_by(Part.name)).all()
    return (*row, *states)


class Look:
    """How everything stood at one moment; drawn at most once for each kind of reader."""

    def __init__(self, number: int, seen: Overview, alive: frozenset[int]) -> None:
        self.number = number
        self.alive = alive
        self._seen = seen
        self._drawn: dict[Reader, dict[str, str]] = {}

    def draw(self, reader: Reader) -> dict[str, str]:
        """The fragments for a kind of reader."""
        if reader not in self._drawn:
            self._drawn[reader] = fragments.draw(self._seen, reader)
        return self._drawn[reader]


class Live:
    """Looks while anybody watches. `run` is the one task of a process that does."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._published = asyncio.Condition()
        self._look: Look | None = None
        self._begun = 0
        self._mark: tuple[object, ...] = ()
        self._watchers = 0
        self._is_wanted = False
        self._is_closed = False

    async def watch(self, reader: Reader, session_id: int) -> AsyncIterator[dict[str, str] | None]:
        """The fragments for a reader, now and whenever something changed; None once the session has ended."""
        # A look that began before may not know of the session yet.
        seen = self._begun
        self._is_wanted = True
        self._watchers += 1
        try:
            while (look := await self._next(seen)) is not None:
                seen = look.number
                if session_id not in look.alive:
                    yield None
                    return
                yield look.draw(reader)
        finally:
            self._watchers -= 1

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                if self._watchers:
                    await self._look_again()
            except SQLAlchemyError as error:
                self._is_wanted = True
                _log.warning("overview_not_read", error=str(error))
                await asyncio.sleep(_PAUSE)
            await asyncio.sleep(_STEP)

    async def close(self) -> None:
        """End every stream; browsers connect again by themselves."""
        self._is_closed = True
        async with self._published:
            self._published.notify_all()

    async def _next(self, seen: int) -> Look | None:
        def is_new() -> bool:
            return self._is_closed or (self._look is not None and self._look.number > seen)

        async with self._published:
            await self._published.wait_for(is_new)
        return None if self._is_closed else self._look

    async def _look_again(self) -> None:
        is_wanted, self._is_wanted = self._is_wanted, False
        self._begun += 1
        now = self._clock()
        marked = (int(now.timestamp()) // _SWEEP, *await run_in_threadpool(mark, self._engine))
        if is_wanted or marked != self._mark:
            look = await run_in_threadpool(_look, self._engine, self._begun, now)
            async with self._published:
                self._mark, self._look = marked, look
                self._published.notify_all()


def _look(engine: Engine, number: int, now: datetime) -> Look:
    with reading(engine) as session:
        return Look(number, overview.look(session, now), sessions.alive(session, now))
