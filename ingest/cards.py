"""Cards: who passed a gate is kept as a keyed hash only, which cannot be turned back without the key of this site."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_KEY_BYTES = 32
_HEX_DIGITS = 16


def card_hasher(path: Path) -> Callable[[str], str]:
    """A function from a card's number to 16 hex digits of its HMAC-SHA256; makes the key file (0600) when missing.

    The same card gives the same digits as long as the key is kept. Raises ValueError for a key file that is damaged.
    """
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise ValueError(f"card key {str(path)!r} has {len(key)} bytes, expected {_KEY_BYTES}")

    def hash_card(card: str) -> str:
        return hmac.new(key, card.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:_HEX_DIGITS]

    return hash_card


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    # A link, unlike a rename, never replaces a key that another process has made meanwhile.
    with suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
