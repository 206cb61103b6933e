"""The life of an alarm, in the words of ISA-18.2 / IEC 62682: pure functions on frozen values."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, auto

from ingest.words import mark as _
from monitor.refusals import Mistake, Refused, refuse_if


class State(StrEnum):
    """Where an alarm stands. source: limits.md 4.

    Returned is over before anybody acknowledged it; what is normal and closed is finished.
    """

    NORMAL = auto()
    UNACKNOWLEDGED = auto()
    ACKNOWLEDGED = auto()
    RETURNED = auto()


STANDING = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})


class What(StrEnum):
    """What became of an alarm: the word of a row of its history, except for WORSENED, which only moves `worst`."""

    RAISED = auto()
    ESCALATED = auto()
    REPEATED = auto()
    WORSENED = auto()
    CLEARED = auto()
    STALE = auto()
    FRESH = auto()
    ACKNOWLEDGED = auto()
    NOTED = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the lifecycle knows of an alarm; the record of the same name has the same fields and more."""

    state: State = State.NORMAL
    raised: datetime | None = None
    repeats: int = 0
    cleared: datetime | None = None
    acknowledged: datetime | None = None
    acknowledged_by: str | None = None
    closed: datetime | None = None
    closed_by: str | None = None
    cause: str | None = None
    action: str | None = None

    @property
    def stands(self) -> bool:
        """Whether its condition still holds."""
        return self.state in STANDING


def advance(alarm: Alarm, condition: bool, now: datetime) -> Alarm:  # noqa: FBT001 - the one question there is
    """The alarm after its condition was found true or false at `now`; the same alarm when that is nothing new.

    A condition that comes back makes it unacknowledged again, whoever had acknowledged it before.
    Raises ValueError when a closed alarm is to be raised: that is a new one.
    """
    if condition and not alarm.stands:
        if alarm.closed:
            raise ValueError(f"alarm closed at {alarm.closed.isoformat()} is raised again, expected a new alarm")
        again = alarm.raised is not None
        return replace(
            alarm,
            state=State.UNACKNOWLEDGED,
            raised=alarm.raised or now,
            repeats=alarm.repeats + again,
            acknowledged=None,
            acknowledged_by=None,
        )
    if not condition and alarm.stands:
        state = State.NORMAL if alarm.state is State.ACKNOWLEDGED else State.RETURNED
        # A late entry can end a condition at a moment before it was raised; nothing ends before it began.
        return replace(alarm, state=state, cleared=max(now, alarm.raised or now))
    return alarm


def escalate(alarm: Alarm) -> Alarm:
    """The alarm after it became more urgent than what anybody may have acknowledged."""
    return replace(alarm, state=State.UNACKNOWLEDGED, acknowledged=None, acknowledged_by=None)


def acknowledge(alarm: Alarm, by: str, now: datetime) -> Alarm:
    """`by` has seen it. Raises Refused when somebody already has, or when it is closed."""
    if alarm.closed:
        raise Refused(_is_closed(alarm))
    if alarm.acknowledged:
        raise Refused(Mistake(_("{who} has already acknowledged this alarm"), {"who": alarm.acknowledged_by}, "alarm"))
    state = State.NORMAL if alarm.state is State.RETURNED else State.ACKNOWLEDGED
    return replace(alarm, state=state, acknowledged=now, acknowledged_by=by)


def close(alarm: Alarm, by: str, cause: str, action: str, now: datetime) -> Alarm:
    """`by` confirms what caused it and what was done; this also acknowledges it.

    Raises Refused while its condition holds, without cause or action, or when it is closed already.
    """
    if alarm.closed:
        raise Refused(_is_closed(alarm))
    mistakes = []
    if alarm.stands:
        mistakes.append(Mistake(_("the condition still holds; the alarm can be closed when it is over"), {}, "alarm"))
    if not cause.strip():
        mistakes.append(Mistake(_("the cause is missing"), {}, "cause"))
    if not action.strip():
        mistakes.append(Mistake(_("what was done is missing"), {}, "action"))
    refuse_if(mistakes)
    if not alarm.acknowledged:
        alarm = acknowledge(alarm, by, now)
    return replace(alarm, closed=now, closed_by=by, cause=cause.strip(), action=action.strip())


def _is_closed(alarm: Alarm) -> Mistake:
    return Mistake(_("{who} has already closed this alarm"), {"who": alarm.closed_by}, "alarm")
