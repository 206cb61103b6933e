"""Holds: a condition that counts only after it was true for its on-delay, and ends only after its off-delay. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Hold:
    """Whether a condition holds, and since when the opposite has been seen, if it has."""

    on: bool = False
    since: datetime | None = None

    def feel(self, wanted: bool, at: datetime) -> "Hold":  # noqa: FBT001 - the one question there is
        """The hold after its condition was seen true or false at `at`."""
        if wanted == self.on:
            return Hold(self.on)
        return self if self.since else Hold(self.on, at)

    def due(self, on_delay: timedelta, off_delay: timedelta) -> datetime | None:
        """When it turns if nothing contradicts until then."""
        return self.since + (off_delay if self.on else on_delay) if self.since else None

    def turn(self) -> "Hold":
        """The hold once it is due."""
        return Hold(not self.on)


OFF = Hold()
