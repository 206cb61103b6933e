"""amqtt, taught to lose nothing between a device and ingest, and to let nobody in who is refused.

Stock amqtt 0.12 forgets what a receiver has not acknowledged when it dies, and what a sender sent just before it left;
it parses MQTT 5 as if it were 3.1.1, and clears away a session before it has asked who is there. What is overridden
here is private to amqtt, whose version is pinned; tests/deploy/test_broker.py holds it to what we need.
"""

import asyncio
import contextlib

import structlog
from amqtt.adapters import ReaderAdapter, StreamReaderAdapter, StreamWriterAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig
from amqtt.errors import MQTTError
from amqtt.mqtt.connack import NOT_AUTHORIZED, ConnackPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.session import IncomingApplicationMessage, OutgoingApplicationMessage, Session
from amqtt.utils import gen_client_id
from typing_extensions import override

# With so many messages waiting for ingest, devices wait for their acknowledgement: memory stays bounded.
_MOST_WAITING = 20_000
_LAST_DELIVERIES = 3.0
_FIRST_PACKET = 10.0
_MQTT_5 = 5
_UNSUPPORTED_VERSION = b"\x20\x03\x00\x84\x00"

log = structlog.get_logger()


class Keeper(Broker):
    """Acknowledges a message to the device only when it is on its way, and takes no more than can be delivered."""

    def __init__(self, config: BrokerConfig, ingest: str) -> None:
        super().__init__(config)
        self._ingest = ingest
        self._is_ending = False
        self._has_room = asyncio.Event()
        self._is_idle = asyncio.Event()

    async def pass_on(self, handler: BrokerProtocolHandler, message: IncomingApplicationMessage) -> bool:
        """Hand a device's message to its subscribers; false when the broker ends or the topic is not allowed."""
        self.count()
        await self._has_room.wait()
        if self._is_ending or handler.session is None:
            return False
        arrived: asyncio.Future[IncomingApplicationMessage] = asyncio.get_running_loop().create_future()
        arrived.set_result(message)
        return await self._handle_message_delivery(handler.session, handler, arrived)

    def count(self) -> int:
        """How many messages wait for ingest; to be called when that changes."""
        waiting = self._broadcast_queue.qsize()
        if self._ingest in self.sessions:
            session, _ = self.sessions[self._ingest]
            waiting += session.retained_messages.qsize() + len(session.inflight_out)
        _set(self._has_room, to=waiting < _MOST_WAITING or self._is_ending)
        _set(self._is_idle, to=waiting == 0)
        return waiting

    async def finish(self) -> None:
        """Take nothing more, wait a moment until ingest has acknowledged what is there, and end."""
        self._is_ending = True
        self.count()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_idle.wait(), _LAST_DELIVERIES)
        if waiting := self.count():
            log.error("messages lost at the end, since ingest did not take them", number=waiting)
        await self.shutdown()

    @override
    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        try:
            head = await _read_head(reader)
            if head[-1] == _MQTT_5:
                log.warning("client refused", because="it speaks MQTT 5, this broker 3.1.1")
                writer.write(_UNSUPPORTED_VERSION)
                writer.close()
            else:
                await self._client_connected(listener_name, _Reread(head, reader), StreamWriterAdapter(writer))
        except (OSError, EOFError, TimeoutError):
            # It left, or never said what it wants.
            writer.close()

    @override
    async def _initialize_client_session(
        self, reader: ReaderAdapter, writer: WriterAdapter, remote_address: str, remote_port: int
    ) -> tuple[BrokerProtocolHandler, Session]:
        _, session = await BrokerProtocolHandler.init_from_connect(reader, writer, self.plugins_manager)
        # amqtt asks who is there only after it has cleared or taken over the session of that name.
        if not await super()._authenticate(session, self.listeners_config["default"]):
            await ConnackPacket.build(0, NOT_AUTHORIZED).to_stream(writer)
            await writer.close()
            raise MQTTError(f"client at {remote_address}:{remote_port} with user {session.username!r} has no account")
        session.client_id = session.client_id or gen_client_id()
        if session.clean_session:
            await self._delete_session(session.client_id)
        elif session.client_id in self.sessions:
            session = _resume(self.sessions[session.client_id][0], session)
        return _Handler(self), session

    @override
    async def _authenticate(self, session: Session, _: ListenerConfig) -> bool:
        return True  # asked before the session was touched


def _resume(kept: Session, arrived: Session) -> Session:
    """The kept session, with what the client says of itself this time."""
    for name in ("will_flag", "will_message", "will_topic", "will_qos", "will_retain", "keep_alive", "username"):
        setattr(kept, name, getattr(arrived, name))
    kept.parent = 1
    return kept


async def _read_head(reader: asyncio.StreamReader) -> bytes:
    """The first packet up to and with the protocol's version, its last byte."""
    async with asyncio.timeout(_FIRST_PACKET):
        head = await reader.readexactly(2)
        while head[-1] & 0x80:  # the packet's length goes on
            head += await reader.readexactly(1)
        return head + await reader.readexactly(7)


class _Reread(StreamReaderAdapter):
    """A stream whose first bytes were read already, and are to be read again."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._head = head

    @override
    async def read(self, n: int = -1) -> bytes:
        again, self._head = self._head[:n], self._head[n:]
        return again + await super().read(n - len(again)) if len(again) < n else again


class _Handler(BrokerProtocolHandler):
    """One connection: acknowledges what came once it is passed on, and keeps what went until it is acknowledged."""

    def __init__(self, broker: Keeper) -> None:
        super().__init__(broker.plugins_manager)
        self._broker = broker
        self._turn = asyncio.Lock()

    @override
    async def _handle_qos0_message_flow(
        self, app_message: IncomingApplicationMessage | OutgoingApplicationMessage
    ) -> None:
        if isinstance(app_message, IncomingApplicationMessage):
            await self._take(app_message)
        else:
            await super()._handle_qos0_message_flow(app_message)

    @override
    async def _handle_qos1_message_flow(
        self, app_message: IncomingApplicationMessage | OutgoingApplicationMessage
    ) -> None:
        if isinstance(app_message, OutgoingApplicationMessage):
            await self._deliver(app_message)
        elif await self._take(app_message):
            assert app_message.packet_id is not None
            await self._send_packet(PubackPacket.build(app_message.packet_id))

    async def _take(self, message: IncomingApplicationMessage) -> bool:
        # One after the other, so that they leave in the order in which they came.
        async with self._turn:
            taken = await self._broker.pass_on(self, message)
        if not taken:
            await self.handle_connection_closed()
        return taken

    async def _deliver(self, message: OutgoingApplicationMessage) -> None:
        """Send until acknowledged; when the receiver goes, the message stays in its session and is sent again."""
        assert self.session
        assert message.packet_id is not None
        packet = message.build_publish_packet(dup=message.publish_packet is not None)
        message.publish_packet = packet
        self.session.inflight_out[message.packet_id] = message
        acknowledged = self._puback_waiters[message.packet_id] = asyncio.get_running_loop().create_future()
        try:
            await self._send_packet(packet)
            message.puback_packet = await acknowledged
        finally:
            self._puback_waiters.pop(message.packet_id, None)
        self.session.inflight_out.pop(message.packet_id, None)
        self._broker.count()


def _set(event: asyncio.Event, *, to: bool) -> None:
    if to:
        event.set()
    else:
        event.clear()
