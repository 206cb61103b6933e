"""The house: which parts there are, what each is told, and what must be in place before it starts."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import broker_accounts
from deploy.ports import check_free
from deploy.settings import Settings
from deploy.supervisor import Supervisor


class InUse(Exception):
    """Raised when another `poolkeeper` runs on the same data folder."""


def run(settings: Settings, stop: threading.Event) -> None:
    """Run every part until `stop`. Raises Taken, InUse, schema.Unready."""
    with open_house(settings, stop) as parts:
        start_intake(parts, settings)
        start_portal(parts, settings)
        parts.start("monitor", environment=told(settings))
        parts.watch(lambda: False)


@contextmanager
def open_house(settings: Settings, stop: threading.Event) -> Iterator[Supervisor]:
    """A supervisor for the parts, when the ports are free and nobody else uses the data folder."""
    check_free(settings.host, settings.port, "--port")
    if settings.has_own_broker:
        check_free(settings.broker_host, settings.broker_port, "--mqtt-port")
    with _held(settings.data), Supervisor(stop) as parts:
        yield parts


def start_intake(parts: Supervisor, settings: Settings) -> None:
    """Start what takes in readings, so that none is missed while the rest is prepared."""
    # Ingest first: parts end in reverse, and it is to take what the broker still has.
    parts.start("ingest", environment=told(settings, broker_accounts.INGEST))
    if settings.has_own_broker:
        parts.start("broker", environment=told(settings))
    if settings.series_url != "journal:":
        parts.start("follow", environment=told(settings))


def start_portal(parts: Supervisor, settings: Settings) -> None:
    """Bring the records database up to date, start the portal, and let it show how the parts fare."""
    # Imported here: by now the parts of the intake start meanwhile.
    from deploy.schema import migrate  # noqa: PLC0415

    migrate(settings.records_url)
    parts.start("portal", environment=told(settings))
    from deploy.board import Board  # noqa: PLC0415

    parts.show_on(Board(settings.records_url))


def told(settings: Settings, account: str = "") -> dict[str, str]:
    """The environment of a part; `account` is the one it has at the embedded broker."""
    environment = {"POOL_DATA": str(settings.data.absolute()), "POOL_PORT": str(settings.port)}
    if settings.has_own_broker:
        passwords = broker_accounts.read_or_make(settings.data)
        environment |= {"POOL_MQTT_URL": settings.own_broker_url, "POOL_MQTT_VERSION": "3.1.1"}
        environment |= {"POOL_BROKER_HOST": settings.broker_host, "POOL_BROKER_PORT": str(settings.broker_port)}
        if account:
            environment |= {"POOL_MQTT_USER": account, "POOL_MQTT_PASSWORD": passwords[account]}
    return environment


@contextmanager
def _held(data: Path) -> Iterator[None]:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUse(f"data folder {str(data)!r} is in use by another poolkeeper") from error
        yield
