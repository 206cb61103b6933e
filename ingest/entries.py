"""Entry: one line of the journal, a reading or an event, as everything behind ingest sees it."""

from typing import NamedTuple

from ingest.topics import Topic


class Entry(NamedTuple):
    """One thing that happened at one place.

    `time` and `received` are microseconds since 1970 in UTC. `value` is the reading in the quantity's unit;
    for `access` +1 in, -1 out; for `changed` 1; for `status` 1 online, 0 offline. `detail` is the hashed card
    of an access or the `by` of a change. `seq` is the device's own count, if it sends one. `position` is the
    place in the journal's order of arrival, 0 while not stored.
    """

    topic: Topic
    time: int
    value: float
    detail: str = ""
    seq: int | None = None
    received: int = 0
    position: int = 0
