"""Handling: what people do about an alarm, each in the caller's transaction and with a row of history."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

from sqlalchemy.orm import Session

from ingest.words import mark as _
from monitor import lifecycle
from monitor.alarms import Alarm, AlarmChange
from monitor.lifecycle import State, What
from monitor.refusals import Mistake, Refused

__all__ = ["Refused", "acknowledge", "close", "note"]

_LIFE = [field.name for field in fields(lifecycle.Alarm)]


def acknowledge(session: Session, alarm_id: int, by: str, now: datetime) -> Alarm:
    """`by` has seen the alarm. Raises Refused when it is unknown, closed, or acknowledged already."""
    return _move(session, alarm_id, What.ACKNOWLEDGED, by, now, lambda life: lifecycle.acknowledge(life, by, now))


def note(session: Session, alarm_id: int, by: str, text: str, now: datetime) -> Alarm:
    """Write a note into the alarm's history, closed or not. Raises Refused when it is unknown or the note empty."""
    if not text.strip():
        raise Refused(Mistake(_("the note is empty"), {}, "text"))
    return _move(session, alarm_id, What.NOTED, by, now, lambda life: life, text.strip())


def close(session: Session, alarm_id: int, by: str, cause: str, action: str, now: datetime) -> Alarm:
    """Confirm what caused the alarm and what was done; this also acknowledges it.

    Raises Refused when it is unknown, its condition holds, cause or action is empty, or it is closed already.
    """
    return _move(session, alarm_id, What.CLOSED, by, now, lambda life: lifecycle.close(life, by, cause, action, now))


def life_of(alarm: Alarm) -> lifecycle.Alarm:
    """What the lifecycle knows of a record."""
    values = {name: getattr(alarm, name) for name in _LIFE}
    return lifecycle.Alarm(**values | {"state": State(alarm.state)})


def put_life(alarm: Alarm, life: lifecycle.Alarm) -> None:
    """Let a record have the lifecycle's values."""
    for name in _LIFE:
        if getattr(alarm, name) != getattr(life, name):
            setattr(alarm, name, getattr(life, name))


def _move(
    session: Session,
    alarm_id: int,
    what: What,
    by: str,
    now: datetime,
    move: Callable[[lifecycle.Alarm], lifecycle.Alarm],
    text: str = "",
) -> Alarm:
    # Of two people at once the second waits here, and then sees what the first did.
    alarm = session.get(Alarm, alarm_id, with_for_update=True, populate_existing=True)
    if alarm is None:
        raise Refused(Mistake(_("there is no alarm with this number"), {}, "alarm"))
    before = alarm.state
    put_life(alarm, move(life_of(alarm)))
    session.add(
        AlarmChange(
            alarm=alarm,
            at=now,
            what=what,
            before=before,
            after=alarm.state,
            by=by,
            note=text,
            rule=alarm.rule,
            severity=alarm.severity,
        )
    )
    session.flush()
    return alarm
