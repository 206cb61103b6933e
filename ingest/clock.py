"""The wall clock, read here and nowhere else: loops read it and hand `now` down."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def now_us() -> int:
    """The present moment in microseconds since 1970."""
    return time.time_ns() // 1000
