"""The links to a real Mosquitto, in both versions of the protocol."""

import gc
import subprocess
from contextlib import contextmanager

import pytest

from ingest.mqtt import Publisher
from ingest.settings import Settings
from ingest.subscription import Subscription
from tests.ingest.certificates import make_certificates
from tests.ingest.processes import PYTHON, ROOT
from tests.services import Mosquitto
from tests.waiting import until

PH = "pools/lakeside/main/ph"


@pytest.fixture(params=["5", "3.1.1"])
def settings(request, broker):
    return Settings(mqtt_url=broker.url, mqtt_version=request.param)


@contextmanager
def subscribed(settings):
    """A subscription that certainly stands: what was retained has arrived."""
    with Publisher(settings) as publisher:
        publisher.publish("pools/lakeside/main/status", "online", retain=True)
        assert publisher.flush()
    with Subscription(settings, "pools/#", largest=1000) as subscription:
        subscription.acknowledge(receive(subscription, 1))
        yield subscription


def receive(subscription, number):
    """Exactly so many deliveries, and no more within a moment."""
    deliveries = []
    until(lambda: deliveries.extend(subscription.take(1000, 0, 0.1)) or len(deliveries) >= number)
    assert len(deliveries) == number
    return deliveries


def publish(settings, *payloads):
    with Publisher(settings) as publisher:
        for payload in payloads:
            publisher.publish(PH, payload)
        assert publisher.flush()


def payloads(deliveries):
    return [delivery.payload for delivery in deliveries]


def test_messages_arrive_in_order_with_rising_stamps(settings):
    with subscribed(settings) as subscription:
        publish(settings, *[str(number) for number in range(300)])
        deliveries = receive(subscription, 300)
    assert payloads(deliveries) == [str(number).encode() for number in range(300)]
    stamps = [delivery.received for delivery in deliveries]
    assert stamps == sorted(set(stamps))
    assert not any(delivery.dup or delivery.retained for delivery in deliveries)


def test_what_was_not_acknowledged_comes_again_marked_and_under_the_same_number(settings):
    with subscribed(settings) as subscription:
        publish(settings, "1", "2", "3")
        first = receive(subscription, 3)
        subscription.acknowledge(first[:1])
    with Subscription(settings, "pools/#", largest=1000) as subscription:
        again = receive(subscription, 2)
        subscription.acknowledge(again)
    assert [(delivery.payload, delivery.mid) for delivery in again] == [(b"2", first[1].mid), (b"3", first[2].mid)]
    assert all(delivery.dup for delivery in again)
    with Subscription(settings, "pools/#", largest=1000) as subscription:
        assert subscription.take(10, 0, 0.5) == []


def test_what_is_published_while_nobody_listens_waits_in_the_session_over_a_broker_restart(settings, broker):
    with subscribed(settings):
        pass
    publish(settings, "1", "2")
    broker.stop()
    broker.start()
    publish(settings, "3")
    with Subscription(settings, "pools/#", largest=1000) as subscription:
        assert payloads(receive(subscription, 3)) == [b"1", b"2", b"3"]


def test_an_acknowledgement_of_an_earlier_connection_never_goes_out(settings, broker):
    with subscribed(settings) as subscription:
        publish(settings, "old")
        [old] = receive(subscription, 1)
        broker.stop()
        broker.start()
        [again] = receive(subscription, 1)
        assert again.dup
        # Had this gone out, the broker would not send the message a third time.
        subscription.acknowledge([old])
        publish(settings, "new")
        [new] = receive(subscription, 1)
        subscription.acknowledge([new])
    with Subscription(settings, "pools/#", largest=1000) as subscription:
        assert payloads(receive(subscription, 1)) == [b"old"]


def test_a_retained_message_is_marked_when_it_is_old_and_not_when_it_is_news(settings):
    with Publisher(settings) as publisher:
        publisher.publish(PH, "old", retain=True)
        assert publisher.flush()
        with Subscription(settings, "pools/#", largest=1000) as subscription:
            [old] = receive(subscription, 1)
            publisher.publish(PH, "new", retain=True)
            [new] = receive(subscription, 1)
            subscription.acknowledge([old, new])
        publisher.publish(PH, "newer", retain=True)
        assert publisher.flush()
        with Subscription(settings, "pools/#", largest=1000) as subscription:
            [newer] = receive(subscription, 1)
    assert (old.retained, new.retained, newer.retained) == (True, False, False)


def test_the_socket_is_not_read_while_there_is_no_room(settings, monkeypatch):
    monkeypatch.setattr(Subscription, "HELD_MESSAGES", 10)
    with subscribed(settings) as subscription:
        publish(settings, *[str(number) for number in range(500)])
        until(lambda: not subscription.has_room())
        held = subscription.take(1000, 0.3, 0)
        assert 10 <= len(held) < 30
        while len(held) < 500:
            held += until(lambda: subscription.take(1000, 0, 1))
        assert payloads(held) == [str(number).encode() for number in range(500)]


def test_room_is_counted_in_bytes_too_and_of_oversize_payloads_only_the_beginning_is_held(settings, monkeypatch):
    monkeypatch.setattr(Subscription, "HELD_BYTES", 5000)
    with subscribed(settings) as subscription:
        publish(settings, *["x" * 100_000] * 30)
        until(lambda: not subscription.has_room())
        held = subscription.take(1000, 0.3, 0)
        assert len(held) < 10
        assert {len(delivery.payload) for delivery in held} == {1001}


def test_a_message_handler_that_fails_does_not_end_the_link(settings, monkeypatch):
    with subscribed(settings) as subscription:
        working = subscription.hold
        failures = []

        def fail_once(delivery):
            if failures:
                working(delivery)
            else:
                failures.append(delivery)
                raise ZeroDivisionError

        monkeypatch.setattr(subscription, "hold", fail_once)
        publish(settings, "7")
        assert payloads(receive(subscription, 1)) == [b"7"]
        assert failures


def test_a_publisher_outlives_the_broker_and_everything_is_acknowledged_in_the_end(settings, broker):
    with subscribed(settings):
        pass
    with Publisher(settings) as publisher:
        publisher.publish(PH, "before")
        assert publisher.flush()
        broker.stop()
        for number in range(publisher.WINDOW):
            publisher.publish(PH, str(number))
        with pytest.raises(TimeoutError, match="100 messages"):
            publisher.publish(PH, "one too many", timeout=0.1)
        assert not publisher.flush(0.1)
        broker.start()
        assert publisher.flush()
    with Subscription(settings, "pools/#", largest=1000) as subscription:
        expected = [b"before", *(str(number).encode() for number in range(100))]
        assert payloads(receive(subscription, 101)) == expected


def test_a_topic_that_cannot_be_published_costs_no_room_in_the_window(settings):
    with Publisher(settings) as publisher:
        for _ in range(publisher.WINDOW + 1):
            with pytest.raises(ValueError, match="wildcard"):
                publisher.publish("pools/#", "7")
        assert publisher.flush(0)


def test_the_last_will_says_offline_when_the_device_vanishes(settings, broker):
    with subscribed(settings) as subscription:
        code = (
            "import os, sys; from ingest.mqtt import Publisher; from ingest.settings import Settings\n"
            "p = Publisher(Settings(mqtt_url=sys.argv[1], mqtt_version=sys.argv[2]), will=(sys.argv[3], 'offline'))\n"
            "p.start(); p.publish(sys.argv[3], 'online', retain=True); p.flush(); os._exit(1)"
        )
        status = "pools/lakeside/children/status"
        subprocess.run([PYTHON, "-c", code, broker.url, settings.mqtt_version, status], cwd=ROOT, check=False)
        assert payloads(receive(subscription, 2)) == [b"online", b"offline"]


# paho leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_with_tls_and_accounts_lets_in_who_it_knows(tmp_path, version):
    ca, certificate, key = make_certificates(tmp_path)
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "lee", "right"], check=True)
    lines = f"cafile {ca}\ncertfile {certificate}\nkeyfile {key}\nallow_anonymous false\npassword_file {passwords}"
    broker = Mosquitto(tmp_path, lines)
    broker.start()
    url = broker.url.replace("mqtt://127.0.0.1", "mqtts://localhost")
    known = Settings(mqtt_url=url, mqtt_version=version, mqtt_ca=ca, mqtt_user="lee", mqtt_password="right")
    try:
        with Publisher(known) as publisher:
            publisher.publish(PH, "7.4")
            assert publisher.flush()
        for wrong in ({"mqtt_password": "wrong"}, {"mqtt_user": None}, {"mqtt_ca": None}):
            with Publisher(Settings.model_validate(known.model_dump() | wrong)) as publisher:
                publisher.publish(PH, "7.4")
                assert not publisher.flush(1)
                assert not publisher.is_connected()
    finally:
        broker.kill()
        gc.collect()
