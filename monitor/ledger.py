"""The ledger: what the rules found out, written into the alarms of the records database, and who is called for it."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor import lifecycle
from monitor.alarms import Alarm, AlarmChange, Outgoing
from monitor.changes import Change, Reminder
from monitor.handling import life_of, put_life
from monitor.lifecycle import State, What
from monitor.rules import LATE, RULES, SEVERITIES

log = structlog.get_logger()


def write(session: Session, changes: Iterable[Change]) -> None:
    """Write changes into alarms, in order, each with its row of history."""
    for change in changes:
        alarm = _find(session, change)
        if change.what is What.RAISED:
            _raise(session, change, alarm)
        elif alarm is None:
            log.error("alarm is missing", rule=change.rule.key, topic=str(change.topic), what=change.what)
        else:
            _amend(session, change, alarm)


def remind(session: Session, reminders: Iterable[Reminder], now: datetime) -> None:
    """Put reminders of duties into the outbox."""
    for reminder in reminders:
        site, place, name = reminder.topic
        session.add(
            Outgoing(
                what="due-soon",
                rule=reminder.rule.key,
                severity="",
                site=site,
                place=place,
                quantity=name,
                at=reminder.due,
                created=now,
            )
        )


def find_unnotified(session: Session, now: datetime) -> list[Alarm]:
    """The alarms that stand and that nobody was called for: not what came and went before anybody could be."""
    question = select(Alarm).where(Alarm.state == State.UNACKNOWLEDGED, Alarm.notified.is_(None)).order_by(Alarm.id)
    return [alarm for alarm in session.scalars(question) if RULES[alarm.rule].pages_late or now - alarm.raised <= LATE]


def notify(session: Session, sites: Collection[str], now: datetime) -> None:
    """Put what nobody was called for at these sites into the outbox, once each."""
    for alarm in find_unnotified(session, now):
        if alarm.site in sites:
            alarm.notified = now
            session.add(
                Outgoing(
                    alarm_id=alarm.id,
                    what="raised",
                    rule=alarm.rule,
                    severity=alarm.severity,
                    site=alarm.site,
                    place=alarm.place,
                    quantity=alarm.quantity,
                    at=alarm.raised,
                    created=now,
                )
            )


def _find(session: Session, change: Change) -> Alarm | None:
    """The newest alarm of this fault that is not closed."""
    site, place, quantity = change.topic
    rules = [rule.key for rule in RULES.values() if change.rule.key in {rule.key, rule.outgrows}]
    question = (
        select(Alarm)
        .where(Alarm.site == site, Alarm.place == place, Alarm.quantity == quantity)
        .where(Alarm.rule.in_([*rules, change.rule.outgrows]), Alarm.closed.is_(None))
        .order_by(Alarm.id.desc())
        .limit(1)
    )
    return session.scalars(question).one_or_none()


def _raise(session: Session, change: Change, alarm: Alarm | None) -> None:
    if alarm is not None and _is_same(change, alarm):
        before = alarm.state
        put_life(alarm, lifecycle.advance(life_of(alarm), condition=True, now=change.at))
        _grade(change, alarm)
        alarm.worst = change.worst
        _tell(session, change, alarm, before)
        return
    site, place, quantity = change.topic
    alarm = Alarm(
        rule=change.rule.key,
        severity=change.severity,
        site=site,
        place=place,
        quantity=quantity,
        value=change.value,
        worst=change.worst,
        limit_id=change.limit_id,
        state=State.NORMAL,
        repeats=0,
    )
    put_life(alarm, lifecycle.advance(lifecycle.Alarm(), condition=True, now=change.at))
    session.add(alarm)
    _tell(session, change, alarm, State.NORMAL)


def _is_same(change: Change, alarm: Alarm) -> bool:
    """Whether what is raised is an alarm that cleared only just before."""
    if alarm.cleared is None or life_of(alarm).stands:
        return False
    return change.at - alarm.cleared < RULES[alarm.rule].rejoins


def _amend(session: Session, change: Change, alarm: Alarm) -> None:
    before, life = alarm.state, life_of(alarm)
    at = change.at
    if change.what is What.CLEARED:
        put_life(alarm, lifecycle.advance(life, condition=False, now=change.at))
        alarm.stale = False
        at = alarm.cleared or at
    elif change.what is What.ESCALATED:
        put_life(alarm, lifecycle.escalate(life))
        _grade(change, alarm)
    elif change.what is What.REPEATED:
        put_life(alarm, replace(life, repeats=life.repeats + 1))
    elif change.what in {What.STALE, What.FRESH}:
        alarm.stale = change.what is What.STALE
    if change.worst is not None:
        alarm.worst = change.worst
    if change.what is not What.WORSENED:
        _tell(session, replace(change, at=at), alarm, before)


def _grade(change: Change, alarm: Alarm) -> None:
    """Let the alarm be as urgent as the change, never less than it was, and let people be called again."""
    if SEVERITIES.index(change.severity) >= SEVERITIES.index(alarm.severity):
        alarm.rule, alarm.severity = change.rule.key, change.severity
    alarm.limit_id = change.limit_id
    alarm.notified = None


def _tell(session: Session, change: Change, alarm: Alarm, before: str) -> None:
    session.add(
        AlarmChange(
            alarm=alarm,
            at=change.at,
            what=change.what,
            before=before,
            after=alarm.state,
            value=change.value,
            rule=alarm.rule,
            severity=alarm.severity,
        )
    )
