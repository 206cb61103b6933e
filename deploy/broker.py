"""The embedded MQTT broker: MQTT 3.1.1 on this machine, for one pool.

What waits for ingest is kept in memory. Where a broker must survive its own crash, use Mosquitto, as compose.yaml does.
"""

import asyncio
import ipaddress
import threading
from dataclasses import dataclass

import structlog
from amqtt.broker import BrokerContext
from amqtt.contexts import BrokerConfig, ListenerConfig
from amqtt.mqtt.constants import QOS_1
from amqtt.plugins.authentication import FileAuthPlugin
from amqtt.session import Session
from typing_extensions import override

from deploy.broker_accounts import passwords_path
from deploy.broker_settings import BrokerSettings
from deploy.delivery import Keeper
from ingest.topics import SUBSCRIPTION

log = structlog.get_logger()


def run(settings: BrokerSettings, stop: threading.Event) -> None:
    """Serve until `stop`; then hand on what is there, and end."""
    asyncio.run(_serve(settings, stop))


async def _serve(settings: BrokerSettings, stop: threading.Event) -> None:
    door = {"password_file": str(passwords_path(settings.data)), "ingest": settings.mqtt_client_id}
    listener = ListenerConfig(bind=f"{settings.broker_host}:{settings.broker_port}")
    config = BrokerConfig(listeners={"default": listener}, plugins={f"{__name__}.Door": door})
    broker = Keeper(config, settings.mqtt_client_id)
    await broker.start()
    log.info("broker listens", host=settings.broker_host, port=settings.broker_port)
    await asyncio.to_thread(stop.wait)
    await broker.finish()


class Door(FileAuthPlugin):
    """Who comes in: accounts with their password; without an account only from this machine, and not as ingest."""

    @dataclass
    class Config(FileAuthPlugin.Config):
        """`ingest` is the client id whose messages are kept from the first moment, before it ever connected."""

        ingest: str = ""

    context: BrokerContext
    config: Config

    @override
    async def authenticate(self, *, session: Session) -> bool | None:
        if session.username:
            return await super().authenticate(session=session)
        session.is_anonymous = True
        return session.client_id != self.config.ingest and _is_loopback(session.remote_address or "")

    async def on_broker_pre_start(self) -> None:
        await self.context.add_subscription(self.config.ingest, SUBSCRIPTION, QOS_1)


def _is_loopback(address: str) -> bool:
    host = ipaddress.ip_address(address.partition("%")[0])
    return (getattr(host, "ipv4_mapped", None) or host).is_loopback
