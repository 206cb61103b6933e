"""Dead letters: what came in and could not be read, kept with the reason; cards stay unreadable here too."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

# A payload under this is kept whole, of a longer one this much of its beginning.
LARGEST_PAYLOAD = 262_144
_KEPT_OF_OVERSIZE = 1024
_WITHHELD = "(withheld)"
_HARMLESS_AT_A_GATE = ("direction", "time", "seq")


class DeadLetter(NamedTuple):
    """One thing that was received and not stored. `received` is microseconds since 1970, `id` 0 while not kept."""

    topic: str
    payload: bytes
    reason: str
    received: int
    id: int = 0


def refuse(topic: str, payload: bytes, reason: str, received: int, hash_card: Callable[[str], str]) -> DeadLetter:
    """Make a dead letter. What may hold a card keeps it only hashed, or is withheld."""
    if may_hold_card(topic, payload):
        payload = _without_cards(topic, payload, hash_card)
    elif len(payload) > LARGEST_PAYLOAD:
        payload = payload[:_KEPT_OF_OVERSIZE]
    return DeadLetter(topic, payload, reason, received)


def may_hold_card(topic: str, payload: bytes) -> bool:
    """Whether the payload must not be shown or kept as it is."""
    return "access" in topic or b"card" in payload.lower()


def _without_cards(topic: str, payload: bytes, hash_card: Callable[[str], str]) -> bytes:
    is_gate = "access" in topic

    def cover(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: _cover(key, value, is_gate, hash_card) for key, value in pairs}

    withheld = f"{_WITHHELD}: {len(payload)} bytes that may hold a card".encode()
    if len(payload) > LARGEST_PAYLOAD:
        return withheld
    try:
        content = json.loads(payload.decode(), object_pairs_hook=cover)
        objects = content if isinstance(content, list) else [content]
        return json.dumps(content).encode() if all(isinstance(one, dict) for one in objects) else withheld
    except (ValueError, RecursionError):
        return withheld


def _cover(key: str, value: object, is_gate: bool, hash_card: Callable[[str], str]) -> object:  # noqa: FBT001
    if "card" in key.lower():
        return f"hash {hash_card(str(value))}" if isinstance(value, str | int) else _WITHHELD
    return _WITHHELD if is_gate and key not in _HARMLESS_AT_A_GATE else value
