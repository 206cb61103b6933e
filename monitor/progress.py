"""How far the monitor has come: its cursor, what its rules remember, the latest of each series, the parts' health."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.records import Record


class Cursor(Record):
    """The journal position up to which everything is decided."""

    __tablename__ = "cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class Memory(Record):
    """What one rule at one place must remember between two steps; only what is not at rest has a row."""

    __tablename__ = "memory"

    key: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Latest(Record):
    """The newest value of each series that was ever received, registered or only discovered.

    `time` and `received` belong to that value; `heard` is when anything of the series last arrived, even what is older.
    """

    __tablename__ = "latest"
    __table_args__ = (UniqueConstraint("site", "place", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    place: Mapped[str]
    name: Mapped[str]
    time: Mapped[datetime]
    value: Mapped[float]
    received: Mapped[datetime]
    heard: Mapped[datetime]


class Occupancy(Record):
    """People inside by a gate's count, since the last local midnight."""

    __tablename__ = "occupancy"
    __table_args__ = (UniqueConstraint("site", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str]
    place: Mapped[str]
    inside: Mapped[int]
    entered: Mapped[int]
    at: Mapped[datetime]


class DutyDone(Record):
    """A person did a duty at a place. `via` is portal or button; `position` is the button's place in the journal.

    `duty` is the key of a `monitor.duties.Duty`; `at` is when it was done and `noted` when that was written down.
    """

    __tablename__ = "duty_done"

    id: Mapped[int] = mapped_column(primary_key=True)
    duty: Mapped[str]
    site: Mapped[str] = mapped_column(index=True)
    place: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    via: Mapped[str]
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    noted: Mapped[datetime] = mapped_column(index=True)


class Part(Record):
    """One part of the program as its supervisor sees it."""

    __tablename__ = "part"

    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    pid: Mapped[int | None]
    since: Mapped[datetime]
    restarts: Mapped[int]
    last_exit: Mapped[str]
