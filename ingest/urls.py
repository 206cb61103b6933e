"""Addresses in settings: where the broker and the time-series store are."""

from typing import NamedTuple
from urllib.parse import urlsplit

_MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_INFLUX_PORTS = {"influxdb": 8086, "influxdbs": 8086}


class BadUrl(ValueError):
    """Raised when an address in the settings cannot be read; the text says what was expected."""


class BrokerAddress(NamedTuple):
    """Where a broker is, and whether it is spoken to over TLS."""

    host: str
    port: int
    tls: bool


class InfluxAddress(NamedTuple):
    """Where an InfluxDB is: its base URL, and the database (in InfluxDB 2 the bucket that is mapped to it)."""

    base: str
    database: str


def read_mqtt_url(url: str) -> BrokerAddress:
    """Read `mqtt://host:port` or `mqtts://host:port`; the port may be left out. Raises BadUrl."""
    scheme, host, port, path = _split(url, _MQTT_PORTS, "mqtt://host:port or mqtts://host:port")
    if path.strip("/"):
        raise BadUrl(f"address {url!r} has a path, expected mqtt://host:port")
    return BrokerAddress(host, port, tls=scheme == "mqtts")


def read_series_url(url: str) -> InfluxAddress | None:
    """Read `influxdb://host:port/DATABASE`, or `journal:`, which is None. Raises BadUrl."""
    if url == "journal:":
        return None
    expected = "journal: or influxdb://host:port/DATABASE"
    scheme, host, port, path = _split(url, _INFLUX_PORTS, expected)
    database = path.strip("/")
    if not database or "/" in database:
        raise BadUrl(f"address {url!r} names no database, expected {expected}")
    http = "https" if scheme == "influxdbs" else "http"
    return InfluxAddress(f"{http}://{f'[{host}]' if ':' in host else host}:{port}", database)


def _split(url: str, ports: dict[str, int], expected: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadUrl(f"address cannot be read ({error}), expected {expected}") from error
    # The address itself is not repeated here: it may hold a password.
    if parts.username or parts.password:
        raise BadUrl(
            f"the address holds a user or password, which belong in settings of their own; expected {expected}"
        )
    if parts.scheme not in ports or not parts.hostname or parts.query or parts.fragment:
        raise BadUrl(f"address {url!r}, expected {expected}")
    return parts.scheme, parts.hostname, port or ports[parts.scheme], parts.path
