"""What a trend draws: a curve of at most some 600 points, its holes, the limits of each moment, and a table of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import groupby, pairwise
from math import fsum, inf
from statistics import median
from typing import NamedTuple, Protocol

from ingest.instants import SECOND, from_datetime, to_datetime
from ingest.series import Bucket, Series
from ingest.topics import Topic

MOST_POINTS = 600
_MINUTE, _HOUR, _DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
_WIDTHS = (
    *(SECOND * n for n in (1, 2, 5, 10, 15, 30)),
    *(_MINUTE * n for n in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(_HOUR * n for n in (1, 1.5, 2, 3, 4, 6, 8, 12)),
    *(_DAY * n for n in (1, 2, 3, 7, 14, 28)),
)
# A hole is where this many steps in a row are missing.
_HOLE = 3


class Version(Protocol):
    """What is read of a version of a limit."""

    at: datetime
    hours: str
    low: float | None
    high: float | None
    close_low: float | None
    close_high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Buckets in order of time; `width` is theirs in microseconds, 0 where each holds one raw reading."""

    width: int
    buckets: Sequence[Bucket]


class Band(NamedTuple):
    """The limits in force in [start, end), in microseconds and the quantity's unit; None is no limit."""

    start: int
    end: int
    low: float | None
    high: float | None
    close_low: float | None
    close_high: float | None


class Row(NamedTuple):
    """A line of the table: `number` readings from `time` on, and the share of them within limits, if there are any."""

    time: int
    low: float
    mean: float
    high: float
    number: int
    within: float | None


class Period(NamedTuple):
    """A length of the table's rows, for ranges up to `longest`; `floor` finds a row's start, `skeletons` name it."""

    longest: float
    floor: Callable[[datetime], datetime]
    skeletons: tuple[str, ...]


def read(series: Series, topic: Topic, start: int, end: int) -> Curve:
    """The readings of [start, end): raw while they are few, else in the narrowest buckets that are few enough."""
    points = series.points(topic, start, end, MOST_POINTS + 1)
    if len(points) <= MOST_POINTS:
        return Curve(0, [Bucket(time, value, value, value, 1) for time, value in points])
    width = choose_width(end - start)
    return Curve(width, series.buckets(topic, start, end, width))


def choose_width(span: int) -> int:
    """The narrowest handy bucket that cuts `span` into at most MOST_POINTS, all in microseconds."""
    fitting = (int(width) for width in _WIDTHS if span <= width * MOST_POINTS)
    return next(fitting, -(-span // (MOST_POINTS * _DAY)) * _DAY)


def split(curve: Curve, span: int) -> Iterator[Bucket | None]:
    """The buckets in order, with a None wherever a hole is so long that no line may cross it."""
    steps = [after.time - before.time for before, after in pairwise(curve.buckets)]
    if not steps:
        yield from curve.buckets
        return
    # Sensors that report rarely have wide steps of their own; holes narrower than a few pixels are not seen anyway.
    longest = _HOLE * max(median(steps), choose_width(span))
    yield curve.buckets[0]
    for step, bucket in zip(steps, curve.buckets[1:], strict=True):
        if step > longest:
            yield None
        yield bucket


def bands(versions: Sequence[Version], windows: Sequence[tuple[int, int]], start: int, end: int) -> list[Band]:
    """The limits of each moment of [start, end), from versions in the order they came into force.

    One that holds only while the site is open is cut to its opening `windows`. What was measured before the first
    version is judged by the first, as the rules judge it.
    """
    begins = [start, *(from_datetime(version.at) for version in versions[1:])]
    found = [
        Band(max(begin, opens), min(stop, closes), v.low, v.high, v.close_low, v.close_high)
        for v, begin, stop in zip(versions, begins, [*begins[1:], end], strict=False)
        for opens, closes in (windows if v.hours == "open" else ((start, end),))
    ]
    return [band for band in found if band.start < band.end]


def choose_period(span: int) -> Period:
    """How long the rows of the table are: some 10 to 30 of them."""
    return next(period for period in _PERIODS if span <= period.longest)


def tabulate(curve: Curve, limits: Sequence[Band], zone: tzinfo, period: Period) -> list[Row]:
    """The curve in a few rows, cut where a person in `zone` would cut."""
    groups = groupby(curve.buckets, lambda bucket: period.floor(to_datetime(bucket.time).astimezone(zone)))
    return [summarise(list(buckets), limits, from_datetime(begin)) for begin, buckets in groups]


def summarise(buckets: Sequence[Bucket], limits: Sequence[Band], time: int) -> Row:
    """Buckets (at least one) as one row. A bucket is within limits when its mean is."""
    number = sum(bucket.number for bucket in buckets)
    judged = [(bucket.number, verdict) for bucket in buckets if (verdict := _is_within(bucket, limits)) is not None]
    return Row(
        time=time,
        low=min(bucket.low for bucket in buckets),
        mean=fsum(bucket.mean * bucket.number for bucket in buckets) / number,
        high=max(bucket.high for bucket in buckets),
        number=number,
        within=sum(n for n, verdict in judged if verdict) / sum(n for n, _ in judged) if judged else None,
    )


def _is_within(bucket: Bucket, limits: Sequence[Band]) -> bool | None:
    band = next((band for band in limits if band.start <= bucket.time < band.end), None)
    if band is None or (band.low is None and band.high is None):
        return None
    return (band.low is None or bucket.mean >= band.low) and (band.high is None or bucket.mean <= band.high)


def _minutes(step: int) -> Callable[[datetime], datetime]:
    def floor(local: datetime) -> datetime:
        minute = (local.hour * 60 + local.minute) // step * step
        return local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)

    return floor


def _day(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _week(local: datetime) -> datetime:
    return _day(local - timedelta(days=local.weekday()))


def _month(local: datetime) -> datetime:
    return _day(local.replace(day=1))


_CLOCK, _DATE_AND_CLOCK = ("Hm",), ("MMMd", "Hm")
_PERIODS = (
    Period(30 * _MINUTE, _minutes(1), _CLOCK),
    Period(2 * _HOUR, _minutes(5), _CLOCK),
    Period(8 * _HOUR, _minutes(30), _DATE_AND_CLOCK),
    Period(2 * _DAY, _minutes(60), _DATE_AND_CLOCK),
    Period(6 * _DAY, _minutes(360), _DATE_AND_CLOCK),
    Period(40 * _DAY, _day, ("MMMEd",)),
    Period(200 * _DAY, _week, ("yMMMd",)),
    Period(inf, _month, ("yMMM",)),
)
