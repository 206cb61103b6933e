"""Waiting on a condition, never on a guess of how long something takes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 20, what: str = "") -> T:
    """Return the first true answer of `condition`. Raises AssertionError when `seconds` pass without one."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}; last answer {answer!r}")
        time.sleep(0.02)
