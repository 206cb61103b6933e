"""Accounts: who may sign in, in which role, and with which password."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache

import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ingest.words import mark as _
from monitor.records import Record

# source: registers.md, "Roles in the document".
ROLES = {
    "general-manager": _("General manager"),
    "manager": _("Manager"),
    "supervisor": _("Supervisor"),
    "front-desk": _("Front desk"),
    "specialist": _("Specialist"),
    "cashier": _("Cashier"),
    "attendant": _("Pool attendant"),
}
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_LONGEST_NAME = 40
_HASHER = PasswordHasher()
# A hash takes 64 MiB and a core for a while: more than two at once would only slow each other down.
_AT_ONCE = anyio.CapacityLimiter(2)


class BadAccount(ValueError):
    """Raised when an account cannot be made or changed; the text says what was found and what was expected."""


class Account(Record):
    """A person who may sign in. `password` is an argon2 hash; `language` is empty until the person chose one."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password: Mapped[str]
    language: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime]


class LoginSession(Record):
    """A signed-in browser. `digest` is the SHA-256 of its cookie; `csrf` must come with everything that changes."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    csrf: Mapped[str]
    created: Mapped[datetime]
    used: Mapped[datetime]


def add_account(session: Session, name: str, role: str, password: str, now: datetime) -> Account:
    """Make an account. Raises BadAccount for a name that is taken or unfit, an unknown role or a short password."""
    name = normal_name(name)
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise BadAccount(f"name {name!r}: expected 1 to {_LONGEST_NAME} characters")
    _check_role(role)
    if find_account(session, name):
        raise BadAccount(f"name {name!r} is taken: expected another")
    account = Account(name=name, role=role, password=_hash(password), language="", created=now)
    session.add(account)
    session.flush()
    return account


def set_password(session: Session, name: str, password: str) -> Account:
    """Change a password and end every session of the account. Raises BadAccount."""
    account = _known(session, name)
    account.password = _hash(password)
    _end_sessions(session, account)
    return account


def set_role(session: Session, name: str, role: str) -> Account:
    """Change a role; it counts from the next page on. Raises BadAccount."""
    _check_role(role)
    account = _known(session, name)
    account.role = role
    return account


def remove_account(session: Session, name: str) -> None:
    """Remove an account and end its sessions; what the person did stays in the records. Raises BadAccount."""
    account = _known(session, name)
    _end_sessions(session, account)
    session.delete(account)


def all_accounts(session: Session) -> Sequence[Account]:
    """Every account, by name."""
    return session.scalars(select(Account).order_by(Account.name)).all()


def find_account(session: Session, name: str) -> Account | None:
    """The account of this name, however it was typed."""
    return session.scalar(select(Account).where(Account.name == normal_name(name)))


def normal_name(name: str) -> str:
    """The one form of a name: full-width letters, capitals and spaces around it make no other person."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def _known(session: Session, name: str) -> Account:
    account = find_account(session, name)
    if account is None:
        raise BadAccount(f"name {name!r}: expected the name of an account")
    return account


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise BadAccount(f"role {role!r}: expected one of {', '.join(ROLES)}")


def _end_sessions(session: Session, account: Account) -> None:
    session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))


async def check_password(hashed: str | None, password: str) -> bool:
    """Whether the password fits; without a hash (nobody has the name) it takes the same time and says no."""
    return await anyio.to_thread.run_sync(_verify, hashed, password, limiter=_AT_ONCE)


def _hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadAccount(f"password of {len(password)} characters: expected {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}")
    return _HASHER.hash(password)


def _verify(hashed: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(hashed or _nobodys_hash(), password[: LONGEST_PASSWORD + 1]) and hashed is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
