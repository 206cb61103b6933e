"""What the monitor would have written: alarms with their history, readings, and everything wrong at once."""

from datetime import datetime, timedelta
from typing import Any

from monitor import registry
from monitor.alarms import Alarm, AlarmChange
from monitor.lifecycle import State, What
from monitor.progress import DutyDone, Latest, Occupancy, Part
from monitor.records import writing
from tests.portal.served import NOON, Portal


def raise_alarm(portal: Portal, *, over: bool = False, **changes: Any) -> int:
    """An alarm that stands, or is over; by default the main pool's pH at 6.10."""
    with writing(portal.records) as session:
        limit = registry.limits_in_force(session, registry.find_place(session, "lakeside", "main").id)["ph"]
        values: dict[str, Any] = {
            "rule": "closure",
            "severity": "urgent",
            "site": "lakeside",
            "place": "main",
            "quantity": "ph",
            "state": State.RETURNED if over else State.UNACKNOWLEDGED,
            "raised": NOON - timedelta(minutes=20),
            "value": 6.1,
            "worst": 6.05,
            "limit_id": limit.id,
            "cleared": NOON - timedelta(minutes=5) if over else None,
        }
        alarm = Alarm(**values | changes)
        session.add(alarm)
        session.flush()
        session.add(
            AlarmChange(
                alarm_id=alarm.id,
                at=alarm.raised,
                what=What.RAISED,
                before=State.NORMAL,
                after=State.UNACKNOWLEDGED,
                value=alarm.value,
                rule=alarm.rule,
                severity=alarm.severity,
            )
        )
        return alarm.id


def measure(portal: Portal, place: str, quantity: str, value: float, at: datetime = NOON) -> None:
    """A reading as the monitor keeps the newest."""
    with writing(portal.records) as session:
        row = session.query(Latest).filter_by(site="lakeside", place=place, name=quantity).one_or_none()
        if row is None:
            row = Latest(site="lakeside", place=place, name=quantity)
            session.add(row)
        row.value, row.time, row.received, row.heard = value, at, at, at


def change_bath(portal: Portal, at: datetime, by: str = "lee", via: str = "button") -> None:
    """A change of the foot bath's disinfectant."""
    portal.add(DutyDone(duty="foot-bath-change", site="lakeside", place="foot-bath", at=at, by=by, via=via, noted=at))


def fill(portal: Portal) -> None:
    """A day with something on every page."""
    for place, quantity, value in (
        ("main", "ph", 6.1),
        ("main", "bromine", 3.27),
        ("children", "chlorine", 0.6),
        ("foot-bath", "chlorine", 6.8),
        ("spa", "ph", 7.2),
        ("gate", "access", 1),
        ("main", "turbidity", 0.4),
    ):
        measure(portal, place, quantity, value)
    measure(portal, "main", "temperature", 27.5, NOON - timedelta(minutes=30))
    change_bath(portal, NOON - timedelta(hours=9))
    change_bath(portal, NOON - timedelta(hours=4, minutes=10), via="portal")
    raise_alarm(portal, stale=True, repeats=2)
    raise_alarm(portal, over=True, rule="limit", severity="warning")
    raise_alarm(portal, rule="foot-bath-overdue", severity="alarm", place="foot-bath", quantity="changed",
                value=None, worst=None, limit_id=None)  # fmt: skip
    closed = raise_alarm(
        portal, over=True, rule="out-of-hours", severity="alarm", place="gate", quantity="access", value=1.0,
        worst=None, limit_id=None, state=State.NORMAL, acknowledged=NOON, acknowledged_by="lee", closed=NOON,
        closed_by="lee", cause="7", action="8",
    )  # fmt: skip
    for what in set(What) - {What.WORSENED}:
        portal.add(
            AlarmChange(
                alarm_id=closed, at=NOON, what=what, before=State.NORMAL, after=State.NORMAL, by="lee",
                note="9" if what is What.NOTED else "", value=None,
            )
        )  # fmt: skip
    portal.add(Occupancy(site="lakeside", place="gate", inside=23, entered=148, at=NOON))
    for number, (name, state) in enumerate(
        [("broker", "running"), ("follow", "restarting"), ("ingest", "running"), ("monitor", "stopped"),
         ("portal", "running"), ("simulate", "running")]
    ):  # fmt: skip
        portal.add(Part(name=name, state=state, pid=1, since=NOON, restarts=number % 3, last_exit=""))
