"""Subscription: what has come from the broker and is not in the journal yet, bounded in number and bytes."""

from queue import Empty, SimpleQueue

from ingest.mqtt import Delivery, Receiver
from ingest.settings import Settings


class Subscription(Receiver):
    """Holds what the link's thread receives until another thread takes it; when full, the broker has to wait."""

    HELD_MESSAGES = 10_000
    HELD_BYTES = 32 * 1024 * 1024

    def __init__(self, settings: Settings, topic_filter: str, *, largest: int) -> None:
        """Of payloads longer than `largest` bytes only the beginning is held, one byte more than `largest`."""
        super().__init__(settings, topic_filter)
        self._kept = largest + 1
        self._held: SimpleQueue[Delivery] = SimpleQueue()
        # Each is written by one thread only, so their difference needs no lock.
        self._bytes_in = self._bytes_out = 0

    def hold(self, delivery: Delivery) -> None:
        if len(delivery.payload) > self._kept:
            delivery = delivery._replace(payload=delivery.payload[: self._kept])
        self._bytes_in += len(delivery.payload)
        self._held.put(delivery)

    def has_room(self) -> bool:
        return self._held.qsize() < self.HELD_MESSAGES and self._bytes_in - self._bytes_out < self.HELD_BYTES

    def take(self, limit: int, linger: float, timeout: float) -> list[Delivery]:
        """Wait `timeout` seconds at most for a message, then `linger` seconds for more; `limit` messages at most."""
        deliveries: list[Delivery] = []
        try:
            deliveries.append(self._held.get(timeout=timeout))
            if self._held.qsize() < limit:
                self._stopping.wait(linger)
            while len(deliveries) < limit:
                deliveries.append(self._held.get_nowait())
        except Empty:
            pass
        self._bytes_out += sum(len(delivery.payload) for delivery in deliveries)
        return deliveries
