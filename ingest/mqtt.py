"""MQTT links: the one module that speaks to the broker, for ingest, for the outbox and for simulated devices."""

import ssl
import threading
from collections.abc import Iterable
from typing import NamedTuple, Self

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.clock import Stamps
from ingest.settings import Settings
from ingest.urls import read_mqtt_url

log = structlog.get_logger()

# Without traffic the broker is asked for a sign of life this often, so a half-open connection is noticed in a minute.
KEEPALIVE_SECONDS = 30
# How long a broker keeps the session, and so the messages, of an ingest that is down.
SESSION_SECONDS = 30 * 86_400
# Messages that a broker may have sent without an acknowledgement, in MQTT 5; redelivery.WINDOW must be longer.
IN_FLIGHT = 10_000
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_TURN_SECONDS = 0.1


class Link:
    """A connection that a thread of its own keeps up, with growing pauses, from `start` to `close`.

    The thread drives paho's public `loop` itself, because paho's own thread dies of the first exception in a callback
    while the client still says that it is connected.
    """

    def __init__(self, settings: Settings, client_id: str, *, keeps_session: bool) -> None:
        self._address = read_mqtt_url(settings.mqtt_url)
        self._is_v5 = settings.mqtt_version == "5"
        self._keeps_session = keeps_session
        self._client = self._make_client(settings, client_id)
        self._stopping = threading.Event()
        self._connected = threading.Event()
        self._generation = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep_up, name="mqtt", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Send what is waiting to be sent, disconnect and end the thread."""
        self._stopping.set()
        self._thread.join()
        # The callbacks hold this link and it holds the client: cut the ring, so that the client closes its sockets now.
        self._client.on_connect = self._client.on_disconnect = self._client.on_message = None
        self._client.on_publish = self._client.on_subscribe = None
        del self._client

    def is_connected(self) -> bool:
        """Whether the broker has accepted us and the connection stands, as far as is known."""
        return self._connected.is_set()

    def is_alive(self) -> bool:
        """Whether the thread that keeps the connection up is running."""
        return self._thread.is_alive()

    def _make_client(self, settings: Settings, client_id: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if self._is_v5 else not self._keeps_session,
            protocol=MQTTProtocolVersion.MQTTv5 if self._is_v5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        if settings.mqtt_user is not None:
            password = settings.mqtt_password
            client.username_pw_set(settings.mqtt_user, password.get_secret_value() if password else None)
        if self._address.tls:
            client.tls_set_context(ssl.create_default_context(cafile=settings.mqtt_ca))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        # Its presence keeps paho from writing to the socket in the caller's thread beside our own.
        client.on_socket_register_write = _leave_writing_to_the_thread
        return client

    def _keep_up(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._connect()
                while not self._stopping.is_set() and self._turn() == MQTTErrorCode.MQTT_ERR_SUCCESS:
                    pass
            except OSError as error:
                log.warning("broker not reached", host=self._address.host, port=self._address.port, error=str(error))
            except Exception:
                # Whatever went wrong, the thread lives on: what was not acknowledged is delivered again.
                log.exception("mqtt link failed, connecting again")
            if self._connected.is_set():
                pause = _FIRST_PAUSE
            if not self._stopping.is_set():
                self._connected.clear()
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        self._disconnect()

    def _connect(self) -> None:
        # From here on an acknowledgement for an older connection is refused; those already queued, paho throws away.
        with self._lock:
            self._generation += 1
        host, port, _ = self._address
        if self._is_v5:
            properties = Properties(PacketTypes.CONNECT)
            if self._keeps_session:
                properties.SessionExpiryInterval = SESSION_SECONDS
                properties.ReceiveMaximum = IN_FLIGHT
            # A session that was ever opened clean is gone after a restart of Mosquitto: not even the first time.
            clean = not self._keeps_session
            self._client.connect_async(host, port, KEEPALIVE_SECONDS, clean_start=clean, properties=properties)
        else:
            self._client.connect_async(host, port, KEEPALIVE_SECONDS)
        self._client.reconnect()

    def _turn(self) -> MQTTErrorCode:
        """Read and write what is there, waiting a moment for it."""
        return self._client.loop(_TURN_SECONDS)

    def _disconnect(self) -> None:
        try:
            self._client.disconnect()
            while self._client.want_write() and self._client.loop_write() == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._client.loop(0.05)
        except OSError as error:
            log.info("broker left without a goodbye", error=str(error))
        self._connected.clear()

    def _on_connect(
        self, _client: Client, _data: object, flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker refused the connection", reason=str(reason))
            return
        log.info("connected to broker", host=self._address.host, port=self._address.port, session=flags.session_present)
        self._connected.set()
        self._begin(session_present=flags.session_present)

    def _begin(self, *, session_present: bool) -> None:
        """What is done with each new connection."""

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _properties: object
    ) -> None:
        if not self._stopping.is_set():
            log.warning("broker connection lost", reason=str(reason))


class Delivery(NamedTuple):
    """One message as it came. `received` is in microseconds since 1970; `mid` is 0 for QoS 0, which needs no answer."""

    topic: str
    payload: bytes
    received: int
    mid: int
    dup: bool
    retained: bool
    generation: int


class Receiver(Link):
    """The receiving side: QoS 1 in a session that the broker keeps, acknowledged only when `acknowledge` is called.

    Who holds the messages says how: `hold` takes one, and while `has_room` says no, the socket is not read.
    """

    def __init__(self, settings: Settings, topic_filter: str) -> None:
        super().__init__(settings, settings.mqtt_client_id, keeps_session=True)
        self._filter = topic_filter
        self._session_present = False
        self._stamps = Stamps()
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def hold(self, delivery: Delivery) -> None:
        """Take one message, in the link's thread."""
        raise NotImplementedError

    def has_room(self) -> bool:
        """Whether more may be read."""
        raise NotImplementedError

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """Tell the broker that these are safe. One that came over an earlier connection is left to come again."""
        with self._lock:
            for delivery in deliveries:
                if delivery.mid and delivery.generation == self._generation:
                    self._client.ack(delivery.mid, 1)

    def _turn(self) -> MQTTErrorCode:
        if self.has_room():
            return super()._turn()
        self._stopping.wait(0.01)
        return self._client.loop_write() or self._client.loop_misc()

    def _begin(self, *, session_present: bool) -> None:
        self._session_present = session_present
        if self._is_v5:
            options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            self._client.subscribe(self._filter, options=options)
        elif not session_present:
            # In MQTT 3.1.1 subscribing again would bring every retained message again.
            self._client.subscribe(self._filter, qos=1)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        # Retained messages come of a new subscription only; amqtt sets this flag on all that waited in a kept session.
        retained = message.retain and (not self._session_present or message.qos == 0)
        mid = message.mid if message.qos else 0
        payload, received = bytes(message.payload), self._stamps.next()
        self.hold(Delivery(topic, payload, received, mid, message.dup, retained, self._generation))

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("broker refused the subscription", topic=self._filter, reason=str(reasons[0]))


class Publisher(Link):
    """A device's side: publishes with QoS 1, at most WINDOW messages at a time without the broker's acknowledgement.

    What was published is sent again after a lost connection, so the broker may see it twice.
    """

    WINDOW = 100

    def __init__(self, settings: Settings, client_id: str = "", *, will: tuple[str, str] | None = None) -> None:
        """`will` is a topic and a payload that the broker publishes, retained, when the device vanishes."""
        super().__init__(settings, client_id, keeps_session=False)
        self.refused = 0
        self._outstanding = 0
        self._change = threading.Condition()
        self._client.max_inflight_messages_set(self.WINDOW)
        self._client.on_publish = self._on_publish
        if will:
            self._client.will_set(*will, qos=1, retain=True)

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False, timeout: float = 30) -> None:
        """Hand one message over; waits while the window is full.

        Raises TimeoutError when it is still full after `timeout` seconds, ValueError for an impossible topic.
        """
        with self._change:
            if not self._change.wait_for(lambda: self._outstanding < self.WINDOW, timeout):
                raise TimeoutError(f"{self._outstanding} messages not acknowledged by the broker after {timeout} s")
            self._outstanding += 1
        try:
            # A full queue is a packet identifier that is still in use: the next try takes the next one.
            while self._client.publish(topic, payload, 1, retain).rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
                pass
        except ValueError:
            self._settle()
            raise

    def flush(self, timeout: float = 30) -> bool:
        """Wait until the broker has acknowledged everything; whether it has within `timeout` seconds."""
        with self._change:
            return self._change.wait_for(lambda: self._outstanding == 0, timeout)

    def _settle(self) -> None:
        with self._change:
            self._outstanding -= 1
            self._change.notify_all()

    def _on_publish(
        self, _client: Client, _data: object, _mid: int, reason: ReasonCode, _properties: Properties
    ) -> None:
        if reason.is_failure:
            self.refused += 1
            log.error("broker refused a message", reason=str(reason))
        self._settle()


def _leave_writing_to_the_thread(_client: Client, _data: object, _socket: object) -> None:
    """Written by the link's thread, which paho wakes."""
