"""The embedded broker's own accounts: random passwords, made at the first start, kept in files 0600."""

import secrets
from pathlib import Path

from argon2 import PasswordHasher

from deploy.private import write_private

INGEST, SIMULATOR = "ingest", "simulator"
_NAMES = (INGEST, SIMULATOR)


def passwords_path(data: Path) -> Path:
    """The file that the broker reads: `name:argon2 hash`, one a line."""
    return data / "broker" / "passwords"


def read_or_make(data: Path) -> dict[str, str]:
    """Passwords by account name, of the broker in this data folder."""
    hashes = passwords_path(data)
    files = {name: hashes.with_name(f"{name}.password") for name in _NAMES}
    if not all(path.exists() for path in (hashes, *files.values())):
        _make(hashes, files)
    return {name: path.read_text() for name, path in files.items()}


def _make(hashes: Path, files: dict[str, Path]) -> None:
    hashes.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passwords = {name: secrets.token_urlsafe(24) for name in files}
    for name, path in files.items():
        write_private(path, passwords[name])
    hasher = PasswordHasher()
    write_private(hashes, "".join(f"{name}:{hasher.hash(password)}\n" for name, password in passwords.items()))
