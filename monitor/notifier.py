"""The notifier: takes messages out of the outbox and tells people; for now by a line in the log."""

import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Engine, or_, select, update
from sqlalchemy.exc import DBAPIError

from ingest import clock
from monitor.alarms import Outgoing
from monitor.records import reading, writing

_EVERY_SECONDS = 0.5
_PAUSE_SECONDS = 5.0
_BATCH = 100
# A message that a notifier claimed and did not send, because it was killed, is free again after this.
_CLAIM = timedelta(minutes=1)

log = structlog.get_logger()


def run(records: Engine, stop: threading.Event) -> None:
    """Send what is in the outbox until `stop` is set. A database that is away is waited for."""
    while not stop.is_set():
        try:
            send(records, clock.now())
        except DBAPIError as error:
            log.warning("outbox is away", error=str(error.orig))
            stop.wait(_PAUSE_SECONDS)
        stop.wait(_EVERY_SECONDS)


def send(records: Engine, now: datetime) -> int:
    """Send what nobody has claimed, and return how many messages that were.

    Each is claimed first, so that two notifiers do not send it twice; one that is killed between sending and noting
    that it has sends it again.
    """
    with reading(records) as session:
        question = select(Outgoing).where(Outgoing.sent.is_(None), _is_free(now)).order_by(Outgoing.id).limit(_BATCH)
        found = session.scalars(question).all()
    return sum(_send_one(records, message, now) for message in found)


def _send_one(records: Engine, message: Outgoing, now: datetime) -> bool:
    with writing(records) as session:
        mine = update(Outgoing).where(Outgoing.id == message.id, Outgoing.sent.is_(None), _is_free(now))
        claimed = session.execute(mine.values(claimed=now, attempts=Outgoing.attempts + 1).returning(Outgoing.id)).all()
    if not claimed:
        return False
    log.info(
        "notified",
        what=message.what,
        rule=message.rule,
        severity=message.severity,
        site=message.site,
        place=message.place,
        quantity=message.quantity,
        at=message.at.isoformat(),
        alarm=message.alarm_id,
    )
    with writing(records) as session:
        session.execute(update(Outgoing).where(Outgoing.id == message.id).values(sent=now))
    return True


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(Outgoing.claimed.is_(None), Outgoing.claimed < now - _CLAIM)
