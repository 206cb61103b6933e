"""Redelivery: a message without a time of its own that the broker sends again is not a second reading.

Between the commit and the broker's receipt of the acknowledgement a crash or a lost connection can fall. The broker
then sends the message again, marked DUP and under the same packet identifier, and nothing in it says that it is old.
"""

from typing import NamedTuple
from zlib import crc32

from ingest.dead_letters import DeadLetter
from ingest.entries import Entry

# A redelivered message is among the last that were received: more than any broker has in flight, and fewer than it
# takes to use each of the 65,535 packet identifiers once.
WINDOW = 20_000


class Received(NamedTuple):
    """One message and what it says. `mid` is its packet identifier (0: QoS 0), `dup` and `retained` its flags."""

    items: list[Entry | DeadLetter]
    mid: int = 0
    dup: bool = False
    retained: bool = False


class Delivery(NamedTuple):
    """What is remembered of a message: its number in the order of arrival, and a checksum of what it said."""

    message: int
    fingerprint: int


class Deliveries:
    """The last message without a time of its own under each packet identifier; mirrors the table `delivery`."""

    def __init__(self, known: dict[int, Delivery], messages: int) -> None:
        self._known = known
        self.messages = messages
        self._changed: dict[int, Delivery | None] = {}

    def is_repeated(self, message: Received) -> bool:
        """Whether exactly this message is in the journal already; remembers it when not."""
        self.messages += 1
        if not message.mid:
            return False
        before = self._known.get(message.mid)
        if not any(_is_timeless(item) for item in message.items):
            if before:
                self._remember(message.mid, None)
            return False
        fingerprint = crc32("\n".join(map(_describe, message.items)).encode("utf-8", "surrogatepass"))
        is_repeated = (
            message.dup
            and before is not None
            and before.fingerprint == fingerprint
            and self.messages - before.message <= WINDOW
        )
        self._remember(message.mid, Delivery(self.messages, fingerprint))
        return is_repeated

    def take_changes(self) -> dict[int, Delivery | None]:
        """What has changed since the last call, by packet identifier; None is forgotten."""
        changed, self._changed = self._changed, {}
        return changed

    def _remember(self, mid: int, delivery: Delivery | None) -> None:
        self._changed[mid] = delivery
        if delivery:
            self._known[mid] = delivery
        else:
            del self._known[mid]


def _is_timeless(item: Entry | DeadLetter) -> bool:
    return isinstance(item, DeadLetter) or item.time == item.received


def _describe(item: Entry | DeadLetter) -> str:
    if isinstance(item, DeadLetter):
        return f"{item.topic} {item.payload!r}"
    own_time = "" if item.time == item.received else item.time
    return f"{item.topic} {item.value} {item.detail} {item.seq} {own_time}"
