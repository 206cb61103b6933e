"""Messages: what the wire contract's payloads say, read strictly, with a reason for whatever cannot be read."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from math import inf, isfinite, isinf
from typing import Any, NamedTuple

from ingest import topics
from ingest.dead_letters import LARGEST_PAYLOAD, DeadLetter, may_hold_card, refuse
from ingest.entries import Entry
from ingest.instants import SECOND, from_datetime, to_datetime
from ingest.topics import BadMessage, Topic

# Devices without a set clock begin at 1970; nothing that is connected today was measured before 2000.
EARLIEST = 946_684_800 * SECOND
FARTHEST_AHEAD = 300 * SECOND
_MILLISECOND = 1000
_LARGEST_SEQ = 2**53
_LONGEST_TEXT = 100
_SHOWN = 60
_DIRECTIONS = {"in": 1.0, "out": -1.0}
_STATES = {"online": 1.0, "offline": 0.0}
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_EXPECTED_TIME = "one such as 2026-11-24T09:00:00+08:00 or milliseconds since 1970"
_EXPECTED_READING = 'a number such as 7.42, an object such as {"value": 7.42}, or an array of such objects'
_EXPECTED = {
    "access": 'an object such as {"direction": "in", "card": "a1b2"}, or an array of such objects',
    "changed": 'nothing, an object such as {"by": "lee"}, or an array of such objects',
    "status": "online or offline",
}

HashCard = Callable[[str], str]


class Arrival(NamedTuple):
    """What is known of a message beside its content."""

    topic: Topic
    received: int
    hash_card: HashCard


def decode(topic: str, payload: bytes, received: int, hash_card: HashCard) -> list[Entry | DeadLetter]:
    """Everything that a message says, at least one thing; of an array each element by itself.

    Never raises: what cannot be read becomes a dead letter. `received` (microseconds since 1970) is the time of what
    carries none of its own. Keys that the wire contract does not know are tolerated: devices send battery and the like.
    """
    try:
        arrival = Arrival(_parse_topic(topic), received, hash_card)
        content = _read_payload(arrival.topic, payload)
        if isinstance(content, list):
            return [_read_element(arrival, element, number) for number, element in enumerate(content, 1)]
        return [_read_object(arrival, content)]
    except BadMessage as error:
        return [refuse(topic, payload, str(error), received, hash_card)]


_parse_topic = lru_cache(maxsize=100_000)(topics.parse)


def _read_payload(topic: Topic, payload: bytes) -> Any:  # noqa: ANN401  # whatever JSON holds
    expected = _EXPECTED.get(topic.name, _EXPECTED_READING)
    if len(payload) > LARGEST_PAYLOAD:
        raise BadMessage(f"payload is longer than {LARGEST_PAYLOAD} bytes, expected {expected}")
    if not payload and topic.name == "changed":
        return {}
    if not payload:
        raise BadMessage(f"payload is empty, expected {expected}")
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} is 0x{payload[error.start]:02x}"
        raise BadMessage(f"payload is not UTF-8 text ({found}), expected {expected}") from error
    if topic.name == "status":
        return {"state": text}
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise BadMessage(f"payload is nested too deeply, expected {expected}") from error
    except ValueError as error:
        shown = "" if may_hold_card(topic.name, payload) else f" {_show(text)}"
        raise BadMessage(f"payload{shown} is not JSON, expected {expected}") from error
    if content == []:
        raise BadMessage(f"payload is an empty array, expected {expected}")
    if topic.name in topics.EVENTS or not _is_number(content):
        return content
    return {"value": content}


def _read_element(arrival: Arrival, element: object, number: int) -> Entry | DeadLetter:
    try:
        return _read_object(arrival, element)
    except BadMessage as error:
        try:
            raw = json.dumps(element).encode()
        except RecursionError:
            raw = b"(nested too deeply to be shown)"
        return refuse(str(arrival.topic), raw, f"element {number}: {error}", arrival.received, arrival.hash_card)


def _read_object(arrival: Arrival, content: object) -> Entry:
    name = arrival.topic.name
    if not isinstance(content, dict):
        raise BadMessage(f"found {_kind(content)}, expected {_EXPECTED.get(name, _EXPECTED_READING)}")
    return _READERS.get(name, _read_reading)(arrival, content)


def _read_reading(arrival: Arrival, content: dict[str, Any]) -> Entry:
    if "value" not in content:
        raise BadMessage('value is missing, expected an object such as {"value": 7.42}')
    value = content["value"]
    if not _is_number(value):
        raise BadMessage(f"value is {_show(value)}, expected a number such as 7.42")
    return _entry(arrival, content, _finite(value))


def _read_access(arrival: Arrival, content: dict[str, Any]) -> Entry:
    direction = content.get("direction")
    if not isinstance(direction, str) or direction not in _DIRECTIONS:
        raise BadMessage(f"direction is {_show(direction)}, expected in or out")
    card = content.get("card")
    # Many readers send the card as a number.
    if isinstance(card, int) and not isinstance(card, bool):
        card = str(card)
    if card is not None and (not isinstance(card, str) or not 0 < len(card) <= _LONGEST_TEXT):
        raise BadMessage(f"card is {_kind(card)}, expected 1 to {_LONGEST_TEXT} characters or a whole number")
    return _entry(arrival, content, _DIRECTIONS[direction], arrival.hash_card(card) if card else "")


def _read_changed(arrival: Arrival, content: dict[str, Any]) -> Entry:
    by = content.get("by")
    if by is not None and not (isinstance(by, str) and len(by) <= _LONGEST_TEXT and by.isprintable()):
        raise BadMessage(f"by is {_show(by)}, expected a name of at most {_LONGEST_TEXT} characters")
    return _entry(arrival, content, 1.0, by or "")


def _read_status(arrival: Arrival, content: dict[str, Any]) -> Entry:
    state = content["state"]
    if state not in _STATES:
        raise BadMessage(f"status is {_show(state)}, expected online or offline")
    return _entry(arrival, {}, _STATES[state])


def _entry(arrival: Arrival, content: dict[str, Any], value: float, detail: str = "") -> Entry:
    time = _read_time(content, arrival.received)
    return Entry(arrival.topic, time, value, detail, _read_seq(content), arrival.received)


_READERS: dict[str, Callable[[Arrival, dict[str, Any]], Entry]] = {
    "access": _read_access,
    "changed": _read_changed,
    "status": _read_status,
}


def _read_time(content: dict[str, Any], received: int) -> int:
    value = content.get("time")
    if value is None:
        return received
    if isinstance(value, str):
        instant = _read_rfc_3339(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        instant = value * _MILLISECOND
        if EARLIEST <= value * SECOND <= received + FARTHEST_AHEAD:
            raise BadMessage(f"time is {value}, which are seconds, expected milliseconds since 1970")
    else:
        raise BadMessage(f"time is {_show(value)}, expected {_EXPECTED_TIME}")
    if instant < EARLIEST:
        raise BadMessage(f"time is {_show(value)}, which is before the year 2000: the device's clock is not set")
    if instant > received + FARTHEST_AHEAD:
        now = to_datetime(received).isoformat(timespec="seconds")
        raise BadMessage(
            f"time is {_show(value)}, more than 5 minutes ahead of {now}, when it was received: "
            "the device's clock is wrong"
        )
    return instant


def _read_rfc_3339(text: str) -> int:
    match = _RFC_3339.fullmatch(text)
    if not match:
        raise BadMessage(f"time is {_show(text)}, expected {_EXPECTED_TIME}")
    if not match["offset"]:
        raise BadMessage(f"time is {_show(text)} without an offset from UTC, expected {_EXPECTED_TIME}")
    try:
        return from_datetime(datetime.fromisoformat(text.upper()))
    except ValueError as error:
        raise BadMessage(f"time is {_show(text)}, which no calendar has, expected {_EXPECTED_TIME}") from error


def _read_seq(content: dict[str, Any]) -> int | None:
    seq = content.get("seq")
    if seq is None:
        return None
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _LARGEST_SEQ:
        raise BadMessage(f"seq is {_show(seq)}, expected a whole number from 0")
    return seq


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise BadMessage(f"value is {_show(number)}, expected a finite number such as 7.42")
    # There is no negative zero, so that equal values are equal bits.
    return number + 0.0


def _show(value: object) -> str:
    """The value as its sender might know it, cut to a length that a person reads."""
    if isinstance(value, float) and not isfinite(value):
        return "infinite or too large" if isinf(value) else "NaN"
    if isinstance(value, dict | list | bool) or value is None:
        return _kind(value)
    # Digits beyond what Python turns into text are not worth showing.
    shown = "a very large number" if isinstance(value, int) and abs(value) > _LARGEST_SEQ else repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds = {str: "text", dict: "an object", list: "an array", int: "a number", float: "a number"}
    return kinds[type(value)]
