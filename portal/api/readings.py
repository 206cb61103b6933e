"""The readings of one series in a range of time, raw or in buckets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ingest.instants import SECOND, from_datetime, to_datetime
from ingest.series import Series
from ingest.topics import Topic
from portal.api.access import Now, Store
from portal.api.words import Moment, PlaceKey, QuantityKey, SiteKey, Unit, link, write_moment
from portal.problems import Problem, described, wrong

MOST_BUCKETS = 10_000
MOST_READINGS = 10_000
_DAY = timedelta(days=1)
# Nothing is stored outside these years, and InfluxDB cannot be asked about more.
_FIRST, _LAST = 0, 6_000_000_000 * SECOND

router = APIRouter(tags=["readings"])


class Reading(BaseModel):
    """One reading."""

    time: Moment
    value: float = Field(examples=[7.42])


class ReadingBucket(BaseModel):
    """A summary of the readings in [time, time + bucket)."""

    time: Moment = Field(description="Start of the bucket.")
    min: float = Field(examples=[7.38])
    mean: float = Field(examples=[7.42])
    max: float = Field(examples=[7.47])
    count: int = Field(description="Number of readings.", examples=[5])


class _Range(BaseModel):
    site: SiteKey
    place: PlaceKey
    quantity: QuantityKey
    unit: Unit
    from_: Moment = Field(serialization_alias="from", description="Start of the range, included.")
    to: Moment = Field(description="End of the range, excluded.")


class RawReadings(_Range):
    """The readings of a range in order of time."""

    readings: list[Reading]
    next: str | None = Field(description="Where the rest of the range is, if this is not all of it.")


class BucketedReadings(_Range):
    """A range in buckets in order of time. A bucket without readings is left out."""

    bucket: int = Field(description="Width of a bucket in seconds.", examples=[300])
    buckets: list[ReadingBucket]


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    site: SiteKey
    place: PlaceKey
    quantity: QuantityKey
    from_: Moment | None = Field(None, alias="from", description="Start, included. Default: a day before the end.")
    to: Moment | None = Field(None, description="End, excluded. Default: now.")
    bucket: int | None = Field(
        None,
        ge=1,
        le=366 * 86_400,
        description="Width of a bucket in seconds; buckets start at multiples of it since 1970. "
        f"At most {MOST_BUCKETS} in one answer. Default: raw readings.",
        examples=[300],
    )
    limit: int = Field(1000, ge=1, le=MOST_READINGS, description="Most raw readings in one answer.")


@router.get("/readings", responses=described(401, 404, 422, 503))
def read_series(
    request: Request, store: Store, now: Now, asked: Annotated[_Question, Query()]
) -> RawReadings | BucketedReadings:
    """The readings of one series in a range of time: raw, page by page, or summarised in buckets."""
    topic = Topic(asked.site, asked.place, asked.quantity)
    start, end = _bounds(asked, now)
    head: dict[str, Any] = {
        "site": topic.site,
        "place": topic.place,
        "quantity": topic.name,
        "from_": to_datetime(start),
        "to": to_datetime(end),
    }
    if asked.bucket is not None:
        _check_number(start, end, asked.bucket)
        buckets = store.buckets(topic, start, end, asked.bucket * SECOND)
        _check_known(store, topic, buckets)
        return BucketedReadings(
            **head,
            bucket=asked.bucket,
            buckets=[
                ReadingBucket(time=to_datetime(b.time), min=b.low, mean=b.mean, max=b.high, count=b.number)
                for b in buckets
            ],
        )
    # One more than asked for tells whether there is a next page, and where: times within a series differ.
    points = store.points(topic, start, end, asked.limit + 1)
    _check_known(store, topic, points)
    rest = points[asked.limit :]
    return RawReadings(
        **head,
        readings=[Reading(time=to_datetime(point.time), value=point.value) for point in points[: asked.limit]],
        next=link(request, **{"from": _write(rest[0].time), "to": _write(end)}) if rest else None,
    )


def _bounds(asked: _Question, now: datetime) -> tuple[int, int]:
    end = from_datetime(asked.to or now)
    start = end - _DAY // timedelta(microseconds=1) if asked.from_ is None else from_datetime(asked.from_)
    if start > end:
        raise wrong("from", write_moment(to_datetime(start)), "a time before the end of the range")
    return min(max(start, _FIRST), _LAST), min(max(end, _FIRST), _LAST)


def _check_number(start: int, end: int, bucket: int) -> None:
    number, least = (-(-(end - start) // (SECOND * per)) for per in (bucket, MOST_BUCKETS))
    if number > MOST_BUCKETS:
        expected = f"at most {MOST_BUCKETS} buckets, not {number}: {least} s or more, or a shorter range"
        raise wrong("bucket", bucket, expected)


def _check_known(store: Series, topic: Topic, found: Sequence[object]) -> None:
    # Asked only when there is nothing to show: an empty range and a mistyped name must not look the same.
    if not found and topic not in store.topics():
        raise Problem(404, f"no reading ever came from {topic}")


def _write(instant: int) -> str:
    return write_moment(to_datetime(instant))
