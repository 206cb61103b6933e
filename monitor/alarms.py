"""Alarms as records: what was raised, what became of it, and what people did about it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from monitor.records import Record


class Alarm(Record):
    """One occurrence of one rule at one place, from raised until closed by a person.

    `rule` is a key of `monitor.rules.RULES`, `state` a state of `monitor.lifecycle`. `quantity` is the name on the wire
    that the alarm is about: a quantity, `access` or `changed`. `value` is the reading that raised it, `worst` the
    furthest since it was last raised. `stale` marks a limit alarm whose sensor fell silent. `repeats` counts how often
    it came again: further entries out of hours, or a condition that came back soon after it had cleared. `cleared` is
    when the condition last ended; `closed` is when a person confirmed cause and action. It is finished when its state
    is normal and it is closed. A limit alarm that reaches closing level becomes a closure alarm: the same row, another
    rule.
    """

    __tablename__ = "alarm"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str]
    severity: Mapped[str]
    site: Mapped[str] = mapped_column(index=True)
    place: Mapped[str]
    quantity: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    raised: Mapped[datetime] = mapped_column(index=True)
    value: Mapped[float | None]
    worst: Mapped[float | None]
    limit_id: Mapped[int | None] = mapped_column(ForeignKey("limit_version.id"))
    stale: Mapped[bool] = mapped_column(default=False)
    repeats: Mapped[int] = mapped_column(default=0)
    cleared: Mapped[datetime | None]
    acknowledged: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    closed: Mapped[datetime | None] = mapped_column(index=True)
    closed_by: Mapped[str | None]
    cause: Mapped[str | None]
    action: Mapped[str | None]
    notified: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    changes: Mapped[list["AlarmChange"]] = relationship(back_populates="alarm", order_by="AlarmChange.id")

    # Two writers (the engine and a person) cannot overwrite each other unseen.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class AlarmChange(Record):
    """One row of an alarm's history. `what` is a `monitor.lifecycle.What`; `by` is empty for the program.

    `rule` and `severity` are what they are from then on.
    """

    __tablename__ = "alarm_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    at: Mapped[datetime]
    what: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    value: Mapped[float | None]
    rule: Mapped[str] = mapped_column(default="")
    severity: Mapped[str] = mapped_column(default="")
    alarm: Mapped[Alarm] = relationship(back_populates="changes")


class Outgoing(Record):
    """The outbox: a message to people that is not sent yet, or when it was.

    `what` is raised (of an alarm, at `at`), or due-soon (of a duty without an alarm, due at `at`).
    `claimed` is when a notifier took it, so that two do not send it twice.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[int | None] = mapped_column(ForeignKey("alarm.id"), index=True)
    what: Mapped[str]
    rule: Mapped[str]
    severity: Mapped[str]
    site: Mapped[str]
    place: Mapped[str]
    quantity: Mapped[str]
    at: Mapped[datetime]
    created: Mapped[datetime]
    claimed: Mapped[datetime | None]
    sent: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
