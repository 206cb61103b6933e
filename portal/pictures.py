"""Pictures: what the script of the trend page draws of one series in a range of time."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from babel import Locale
from babel.dates import format_skeleton
from pydantic import BaseModel

from ingest.instants import SECOND, to_datetime
from ingest.series import Bucket, Series
from ingest.topics import Topic
from portal import curves
from portal.curves import Band, Curve


class Span(BaseModel):
    """The limits in force from `start` to `end`."""

    start: float
    end: float
    low: float | None
    high: float | None
    close_low: float | None
    close_high: float | None


class Line(BaseModel):
    """A line of the table; `within` is the share within limits, None where there are none."""

    label: str
    low: float
    mean: float
    high: float
    number: int
    within: float | None


class Mark(BaseModel):
    """An alarm in the picture."""

    time: float
    label: str
    state: str
    severity: str
    url: str


class Picture(BaseModel):
    """One series from `start` to `end`: seconds since 1970, values in the quantity's unit.

    `step` is the width of the buckets, 0 for raw readings. A None in the curve is a hole that no line crosses.
    """

    start: float
    end: float
    step: float
    time: list[float]
    low: list[float | None]
    mean: list[float | None]
    high: list[float | None]
    limits: list[Span]
    last: float | None
    total: Line | None
    rows: list[Line]
    marks: list[Mark]


class Frame(NamedTuple):
    """What is looked at: [start, end) in microseconds, and how its days are cut and named."""

    start: int
    end: int
    zone: tzinfo
    locale: Locale


def paint(series: Series, topic: Topic, frame: Frame, limits: Sequence[Band]) -> Picture:
    """The picture of a series, without its alarms."""
    start, end = frame.start, frame.end
    curve = curves.read(series, topic, start, end)
    drawn = list(curves.split(curve, end - start))
    period = curves.choose_period(end - start)

    return Picture(
        start=start / SECOND,
        end=end / SECOND,
        step=curve.width / SECOND,
        time=_place(drawn, curve.width),
        low=[bucket and bucket.low for bucket in drawn],
        mean=[bucket and bucket.mean for bucket in drawn],
        high=[bucket and bucket.high for bucket in drawn],
        limits=[Span(**band._asdict() | {"start": band.start / SECOND, "end": band.end / SECOND}) for band in limits],
        last=_last(series, topic, curve, end),
        total=_name(curves.summarise(curve.buckets, limits, start), frame, period) if curve.buckets else None,
        marks=[],
        rows=[_name(row, frame, period) for row in curves.tabulate(curve, limits, frame.zone, period)],
    )


def _place(drawn: Sequence[Bucket | None], width: int) -> list[float]:
    """Where each point stands: a bucket in its middle, a hole halfway to the next."""
    times: list[float] = []
    for bucket in drawn:
        before = times[-1] if times else 0
        times.append((bucket.time + width / 2) / SECOND if bucket else before + 1e-3)
    return times


def _name(row: curves.Row, frame: Frame, period: curves.Period) -> Line:
    local = to_datetime(row.time).astimezone(frame.zone)
    label = " ".join(format_skeleton(skeleton, local, locale=frame.locale) for skeleton in period.skeletons)
    return Line(label=label, **row._asdict())


def _last(series: Series, topic: Topic, curve: Curve, end: int) -> float | None:
    if not curve.buckets:
        return None
    last = curve.buckets[-1]
    if not curve.width:
        return last.mean
    return series.points(topic, last.time, min(last.time + curve.width, end), last.number)[-1].value
