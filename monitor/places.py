"""Sites, places, sensors, and their limits and opening hours, which change only by new versions."""

from datetime import datetime, time

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from monitor.records import Record


class Site(Record):
    """A 小区. `zone` is an IANA name; its times are shown in it."""

    __tablename__ = "site"

    key: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    zone: Mapped[str]
    places: Mapped[list["Place"]] = relationship(back_populates="site", order_by="Place.id")


class Place(Record):
    """A body of water (`kind` pool, feed or foot-bath) or a gate (`kind` gate), registered at `since`."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("site_key", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"))
    key: Mapped[str]
    kind: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    profile: Mapped[str | None]
    since: Mapped[datetime]
    site: Mapped[Site] = relationship(back_populates="places")
    sensors: Mapped[list["Sensor"]] = relationship(back_populates="place", order_by="Sensor.id")


class Sensor(Record):
    """A quantity that is measured at a place; silent for `silence_warning` seconds it warns, then alarms.

    Before the first reading silence counts from `since`, when it was registered.
    """

    __tablename__ = "sensor"
    __table_args__ = (UniqueConstraint("place_id", "quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    quantity: Mapped[str]
    silence_warning: Mapped[int]
    silence_alarm: Mapped[int]
    since: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    place: Mapped[Place] = relationship(back_populates="sensors")

    # Grows with each change, which is how the monitor notices one.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Limit(Record):
    """One version of a quantity's limit at a place; the one with the greatest id is in force.

    `low` to `high` is right (inclusive); below `close_low` or above `close_high` the pool closes; None is no limit.
    `deadband` is in the quantity's unit; `on_delay`, `close_on_delay` and `off_delay` are seconds.
    `hours` says when it applies: always, or only while the site is open.
    """

    __tablename__ = "limit_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), index=True)
    quantity: Mapped[str]
    low: Mapped[float | None]
    high: Mapped[float | None]
    close_low: Mapped[float | None]
    close_high: Mapped[float | None]
    deadband: Mapped[float]
    on_delay: Mapped[int]
    close_on_delay: Mapped[int]
    off_delay: Mapped[int]
    hours: Mapped[str]
    source: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str]


class Hours(Record):
    """One version of a site's daily opening hours in its own zone, start included, end excluded."""

    __tablename__ = "hours_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"), index=True)
    opens: Mapped[time]
    closes: Mapped[time]
    by: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str]
