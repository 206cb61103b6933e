"""InfluxDB: the one module that speaks to it, in InfluxQL and line protocol, which every generation understands.

Measurement `reading` has the tags site, place and quantity and the field value; measurement `access` the tags site,
place and direction and the field count.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from ingest.entries import Entry
from ingest.quantities import QUANTITIES
from ingest.series import Bucket, Point, Unavailable
from ingest.settings import Settings
from ingest.topics import Topic
from ingest.urls import BadUrl, read_series_url

_TIMEOUT_MS = 30_000
_NANOSECONDS = 1000
# InfluxDB counts nanoseconds in 64 bits; instants beyond are asked for as the last or first that it knows.
_LAST_INSTANT = 9_223_372_036_854_775
_SHOWN = 300


class Rejected(Exception):
    """Raised when InfluxDB refuses lines for what they say; sending them again is of no use."""


class Halted(Unavailable):
    """Raised when InfluxDB refuses us (token, permission, no such database) until somebody changes something."""


class InfluxStore:
    """A database of InfluxDB 1, a bucket of 2 that is mapped to a database, or a database of 3; a `Series`."""

    def __init__(self, settings: Settings) -> None:
        address = read_series_url(settings.series_url)
        if address is None:
            raise BadUrl(f"series url {settings.series_url!r} names no InfluxDB")
        self.name = f"{address.base}/{address.database}"
        self._database = address.database
        token, is_basic = _credentials(settings)
        ca = str(settings.series_ca) if settings.series_ca else None
        self._client = InfluxDBClient(
            address.base, token, org="", timeout=_TIMEOUT_MS, auth_basic=is_basic, ssl_ca_cert=ca
        )

    def prepare(self) -> str:
        """Find out the version, and make the database where InfluxDB 1 does not have it yet. Returns the version."""
        _, headers = self._call("GET", "/ping")
        version = str(headers.get("X-Influxdb-Version", "unknown"))
        if version.removeprefix("v").startswith("1."):
            self._ask(f"CREATE DATABASE {_quote_name(self._database)}", method="POST")
        return version

    def write(self, lines: Iterable[bytes]) -> None:
        """Store lines of line protocol; they are safe when this returns. Raises Unavailable, Halted or Rejected."""
        self._call("POST", "/write", body=b"\n".join(lines), query=[("db", self._database)])

    def topics(self) -> Sequence[Topic]:
        found = self._ask("SELECT last(value) FROM reading GROUP BY site, place, quantity")
        topics = (Topic(tags["site"], tags["place"], tags["quantity"]) for tags in (one["tags"] for one in found))
        return sorted(topic for topic in topics if topic.name in QUANTITIES)

    def points(self, topic: Topic, start: int, end: int, limit: int = 100_000) -> Sequence[Point]:
        rows = self._select("value", topic, f"{_between(start, end)} ORDER BY time LIMIT {limit:d}")
        return [Point(time // _NANOSECONDS, float(value)) for time, value in rows]

    def buckets(self, topic: Topic, start: int, end: int, width: int) -> Sequence[Bucket]:
        fields = "min(value), mean(value), max(value), count(value)"
        rows = self._select(fields, topic, f"{_between(start, end)} GROUP BY time({width:d}u) fill(none)")
        return [
            Bucket(time // _NANOSECONDS, float(low), float(mean), float(high), int(number))
            for time, low, mean, high, number in rows
        ]

    def latest(self, topic: Topic) -> Point | None:
        rows = self._select("value", topic, "ORDER BY time DESC LIMIT 1")
        return Point(rows[0][0] // _NANOSECONDS, float(rows[0][1])) if rows else None

    def close(self) -> None:
        self._client.close()

    def _select(self, fields: str, topic: Topic, rest: str) -> list[list[Any]]:
        where = f"site = {_quote(topic.site)} AND place = {_quote(topic.place)} AND quantity = {_quote(topic.name)}"
        found = self._ask(f"SELECT {fields} FROM reading WHERE {where} {rest}")  # noqa: S608  # quoted above
        return found[0]["values"] if found else []

    def _ask(self, question: str, method: str = "GET") -> list[dict[str, Any]]:
        query = [("db", self._database), ("epoch", "ns"), ("q", question)]
        answer, _ = self._call(method, "/query", query=query)
        [result] = json.loads(answer)["results"]
        if "error" in result:
            raise Unavailable(f"InfluxDB at {self.name} answers: {result['error'][:_SHOWN]}")
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def _call(
        self, method: str, path: str, *, query: Sequence[tuple[str, str]] = (), body: bytes | None = None
    ) -> tuple[str, Any]:
        try:
            # The reply is kept as text: it is read by what asked.
            self._client.api_client.call_api(
                path, method, query_params=list(query), header_params={"Content-Type": "text/plain"}, body=body or b" "
            )
        except ApiException as error:
            raise self._explain(error) from error
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"InfluxDB at {self.name} is not reached: {error}") from error
        reply = self._client.api_client.last_response
        return reply.data, reply.getheaders()

    def _explain(self, error: ApiException) -> Exception:
        kinds = {400: Rejected, 413: Rejected, 422: Rejected, 401: Halted, 403: Halted, 404: Halted}
        said = str(error.body or error.reason).strip()[:_SHOWN]
        return kinds.get(error.status, Unavailable)(f"InfluxDB at {self.name} answers {error.status}: {said}")


def to_line(entry: Entry) -> bytes | None:
    """An entry in line protocol, with nanoseconds; None for what InfluxDB does not get (changes and status).

    Floats are written so that they come back bit for bit. People who pass in the same microsecond would be one point:
    the position in the journal, modulo 1000, is their nanosecond.
    """
    (site, place, name), time = entry.topic, entry.time * _NANOSECONDS
    if name in QUANTITIES:
        return f"reading,place={place},quantity={name},site={site} value={entry.value!r} {time}".encode()
    if name == "access":
        direction = "in" if entry.value > 0 else "out"
        nanosecond = entry.position % _NANOSECONDS
        return f"access,direction={direction},place={place},site={site} count=1i {time + nanosecond}".encode()
    return None


def _credentials(settings: Settings) -> tuple[str, bool]:
    """The token, or for InfluxDB 1 user and password, and whether it is the latter."""
    if settings.series_token:
        return settings.series_token.get_secret_value(), False
    if settings.series_user:
        password = settings.series_password.get_secret_value() if settings.series_password else ""
        return f"{settings.series_user}:{password}", True
    return "", False


def _between(start: int, end: int) -> str:
    first, last = (max(-_LAST_INSTANT, min(instant, _LAST_INSTANT)) * _NANOSECONDS for instant in (start, end))
    return f"AND time >= {first} AND time < {last}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _quote_name(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
