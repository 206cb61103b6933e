"""Changes: what the rules found out in one step, before anybody writes it down. Pure."""

from dataclasses import dataclass
from datetime import datetime

from ingest.topics import Topic
from monitor.lifecycle import What
from monitor.rules import Rule


@dataclass(frozen=True, slots=True)
class Change:
    """Something became of the alarm of one rule about one series, at a moment of its own.

    `worst` is the furthest value so far; with `what` WORSENED that is all that is new.
    """

    what: What
    rule: Rule
    topic: Topic
    at: datetime
    severity: str
    value: float | None = None
    worst: float | None = None
    limit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A duty at a place is due soon."""

    rule: Rule
    topic: Topic
    due: datetime
