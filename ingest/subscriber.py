"""The subscriber: from the broker into the journal, and only then an acknowledgement."""

import threading
from collections.abc import Callable, Sequence
from time import monotonic

import structlog

from ingest.cards import card_hasher
from ingest.dead_letters import LARGEST_PAYLOAD, refuse
from ingest.journal import Unwritable, Writer
from ingest.messages import decode
from ingest.mqtt import Delivery
from ingest.redelivery import Received
from ingest.settings import Settings
from ingest.subscription import Subscription
from ingest.topics import SUBSCRIPTION, is_own

log = structlog.get_logger()

# One commit takes what has come in so far: at a low rate the messages of 5 ms, at a high one as many as this.
_BATCH = 2_000
_LINGER_SECONDS = 0.005
_IDLE_SECONDS = 0.5
_REPORT_SECONDS = 60
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


def run(settings: Settings, stop: threading.Event) -> None:
    """Ingest until `stop` is set. A broker or a disk that fails is waited for; nothing unsaved is acknowledged.

    Raises Taken when another process writes the same journal.
    """
    hash_card = card_hasher(settings.data / "card.key")
    with Writer(settings.journal_path) as writer:
        # The journal is ours before the broker sends anything.
        _store(writer, [], stop)
        with Subscription(settings, SUBSCRIPTION, largest=LARGEST_PAYLOAD) as subscription:
            reported = monotonic()
            while not stop.is_set():
                _step(subscription, writer, hash_card, stop)
                if monotonic() - reported >= _REPORT_SECONDS:
                    log.info("counted", **writer.counts()._asdict())
                    reported = monotonic()
        log.info("ingest stopped", **writer.counts()._asdict())


def _step(subscription: Subscription, writer: Writer, hash_card: Callable[[str], str], stop: threading.Event) -> None:
    if not subscription.is_alive():
        raise RuntimeError("the thread that reads from the broker has died")
    deliveries = subscription.take(_BATCH, _LINGER_SECONDS, _IDLE_SECONDS)
    if not deliveries:
        return
    batch = [_receive(delivery, hash_card) for delivery in deliveries if not is_own(delivery.topic)]
    if _store(writer, batch, stop):
        subscription.acknowledge(deliveries)


def _receive(delivery: Delivery, hash_card: Callable[[str], str]) -> Received:
    topic, payload, received = delivery.topic, delivery.payload, delivery.received
    try:
        items = decode(topic, payload, received, hash_card)
    except Exception:
        # A fault of ours in one message must not hold up all others: it would come again after each restart.
        log.exception("message not read", topic=topic)
        items = [refuse(topic, payload, "a fault in the program, see its log", received, hash_card)]
    return Received(items, delivery.mid, delivery.dup, delivery.retained)


def _store(writer: Writer, batch: Sequence[Received], stop: threading.Event) -> bool:
    """Append until it succeeds; False when stopped before."""
    pause = _FIRST_PAUSE
    while True:
        try:
            writer.append(batch)
        except Unwritable as error:
            log.error("journal not written, nothing is acknowledged", error=str(error), messages=len(batch))  # noqa: TRY400
        else:
            return True
        if stop.wait(pause):
            return False
        pause = min(pause * 2, _LONGEST_PAUSE)
