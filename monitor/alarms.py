"""Alarms as records: what was raised, what became of it, and what people did about it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from monitor.records import Record


class Alarm(Record):
    """One occurrence of one rule at one place, from raised until closed by a person.

    `state` is a state of `monitor.lifecycle`. `value` is the reading that raised it, `worst` the furthest since.
    `stale` marks a limit alarm whose sensor fell silent. `closed` is when a person confirmed cause and action.
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
    """One row of an alarm's history. `what` is a word of `monitor.lifecycle.Change`; `by` is empty for the engine."""

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
    alarm: Mapped[Alarm] = relationship(back_populates="changes")


class Outgoing(Record):
    """The outbox: a message to people that is not sent yet, or when it was."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    what: Mapped[str]
    created: Mapped[datetime]
    sent: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
