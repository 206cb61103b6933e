"""Series: the questions that any time-series store answers, the journal and InfluxDB alike."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ingest.topics import Topic


class Unavailable(Exception):
    """Raised when a store cannot answer or store now; the text says what it said."""


class Point(NamedTuple):
    """One reading: microseconds since 1970, value in the quantity's unit."""

    time: int
    value: float


class Bucket(NamedTuple):
    """A summary of the readings in [time, time + width): least, mean, greatest value and their number."""

    time: int
    low: float
    mean: float
    high: float
    number: int


class Series(Protocol):
    """A time-series store, read side. Ranges are [start, end) in microseconds; answers are in order of time.

    Of several values of one instant the one that was stored last counts. Each question may raise Unavailable.
    """

    def topics(self) -> Sequence[Topic]:
        """Every series of readings that holds something, in alphabetical order."""

    def points(self, topic: Topic, start: int, end: int, limit: int = 100_000) -> Sequence[Point]:
        """The first `limit` readings of the range."""

    def buckets(self, topic: Topic, start: int, end: int, width: int) -> Sequence[Bucket]:
        """The range in buckets of `width` microseconds, aligned to multiples of `width`; empty ones are left out."""

    def latest(self, topic: Topic) -> Point | None:
        """The reading with the greatest time, or None."""

    def close(self) -> None:
        """Give back what is held open."""
