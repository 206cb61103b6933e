"""The wall clock, read here and nowhere else: loops read it and hand `now` down."""

import time
from datetime import UTC, datetime

from ingest.instants import SECOND


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # here and nowhere else


def now_us() -> int:
    """The present moment in microseconds since 1970."""
    return time.time_ns() // 1000  # noqa: TID251  # the same


class Stamps:
    """Moments of receipt in microseconds: two messages of one microsecond are two, the second is stamped one later."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """The present moment, or a little later than the stamp before; a clock that was set back is followed."""
        now = now_us()
        if self._last - SECOND < now <= self._last:
            now = self._last + 1
        self._last = now
        return now
