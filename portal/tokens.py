"""API tokens: random, shown once, kept only as a hash, and revoked rather than deleted."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from monitor.records import Record

PREFIX = "pool_"
_BYTES = 32
_NAME_LENGTH = 80
_USE_INTERVAL = timedelta(minutes=1)


class BadToken(ValueError):
    """Raised when a token cannot be issued or revoked; the text says why."""


class ApiToken(Record):
    """A program's right to read the API. `digest` is the SHA-256 of the token, which itself is kept nowhere."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    created: Mapped[datetime]
    used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


# A name may be given again once its token is revoked, so that a token can be exchanged without a new name.
_IN_USE = ApiToken.revoked.is_(None)
Index("uq_api_token_name", ApiToken.name, unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE)


def issue(session: Session, name: str, now: datetime) -> str:
    """Make a token with 256 random bits and return it, this once. Raises BadToken when the name is taken or empty."""
    name = name.strip()
    if not 0 < len(name) <= _NAME_LENGTH:
        raise BadToken(f"name {name!r}: expected 1 to {_NAME_LENGTH} characters")
    if session.scalar(select(ApiToken.id).where(ApiToken.name == name, _IN_USE)):
        raise BadToken(f"name {name!r} is taken: revoke that token or choose another name")
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    session.add(ApiToken(name=name, digest=_digest(token), created=now))
    session.flush()
    return token


def revoke(session: Session, name: str, now: datetime) -> None:
    """End a token at once. Raises BadToken when no token in use has the name."""
    row = session.scalar(select(ApiToken).where(ApiToken.name == name.strip(), _IN_USE))
    if row is None:
        raise BadToken(f"name {name!r}: expected the name of a token in use")
    row.revoked = now


def listed(session: Session) -> Sequence[ApiToken]:
    """Every token ever issued, oldest first, revoked ones included."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id)).all()


def check(session: Session, token: str) -> ApiToken | None:
    """The token's record, or None when it was never issued or is revoked."""
    return session.scalar(select(ApiToken).where(ApiToken.digest == _digest(token), _IN_USE))


def use_is_due(token: ApiToken, now: datetime) -> bool:
    """Whether `note_use` should be called: at most once a minute, so that reading does not become writing."""
    return token.used is None or now - token.used >= _USE_INTERVAL


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Write down that the token was used."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used=now))


def _digest(token: str) -> str:
    # A plain hash is enough here: nobody can try 2^256 tokens, and each request must look it up quickly.
    return hashlib.sha256(token.encode()).hexdigest()
