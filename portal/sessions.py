"""Sessions: a random word in a cookie, kept only as a hash, that says who is asking until it expires."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from portal.accounts import Account, LoginSession

COOKIE = "session"
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
_USE_INTERVAL = timedelta(minutes=5)


class Visitor(NamedTuple):
    """Who is signed in, as one request sees them."""

    session_id: int
    account_id: int
    name: str
    role: str
    language: str
    csrf: str
    used: datetime


def begin(session: Session, account_id: int, now: datetime) -> str:
    """Sign an account in and return the word for its cookie, this once."""
    _sweep(session, now)
    word = secrets.token_urlsafe(32)
    csrf = secrets.token_urlsafe(24)
    session.add(LoginSession(digest=_digest(word), account_id=account_id, csrf=csrf, created=now, used=now))
    return word


def find(session: Session, word: str, now: datetime) -> Visitor | None:
    """Who has this word in their cookie, or None when it is unknown or expired."""
    question = (
        select(
            LoginSession.id, Account.id, Account.name, Account.role, Account.language, LoginSession.csrf,
            LoginSession.used,
        )
        .join(Account, Account.id == LoginSession.account_id)
        .where(LoginSession.digest == _digest(word), *_alive(now))
    )  # fmt: skip
    row = session.execute(question).one_or_none()
    return Visitor(*row) if row else None


def alive(session: Session, now: datetime) -> frozenset[int]:
    """The ids of all sessions that are signed in."""
    return frozenset(session.scalars(select(LoginSession.id).where(*_alive(now))))


def use_is_due(visitor: Visitor, now: datetime) -> bool:
    """Whether `note_use` should be called: every few minutes, so that reading does not become writing."""
    return now - visitor.used >= _USE_INTERVAL


def note_use(session: Session, session_id: int, now: datetime) -> None:
    """Put the idle expiry off."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(used=now))


def end(session: Session, session_id: int) -> None:
    """Sign out."""
    session.execute(delete(LoginSession).where(LoginSession.id == session_id))


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (LoginSession.used > now - IDLE, LoginSession.created > now - LONGEST)


def _sweep(session: Session, now: datetime) -> None:
    expired = (LoginSession.used <= now - IDLE) | (LoginSession.created <= now - LONGEST)
    session.execute(delete(LoginSession).where(expired))


def _digest(word: str) -> str:
    # A plain hash is enough here: nobody can try 2^256 words, and each request must look it up quickly.
    return hashlib.sha256(word.encode()).hexdigest()
