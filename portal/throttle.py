"""How often a password may be tried: per name and address, per address, and per name."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from monitor.records import Record

WINDOW = timedelta(minutes=15)
# Tries within the window. The limit per name is high, so that a stranger cannot lock a colleague out by guessing.
PER_NAME_AND_ADDRESS = 5
PER_ADDRESS = 20
PER_NAME = 50


class LoginTry(Record):
    """A try to sign in that has not succeeded, whether or not anybody has the name."""

    __tablename__ = "login_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)


def admit(session: Session, name: str, address: str, now: datetime) -> bool:
    """Count a try before its password is looked at, so that tries at the same time count too; False is too many."""
    session.execute(delete(LoginTry).where(LoginTry.at <= now - WINDOW))
    here, there = LoginTry.name == name, LoginTry.address == address
    tried = {
        PER_NAME_AND_ADDRESS: here & there,
        PER_ADDRESS: there,
        PER_NAME: here,
    }
    for most, which in tried.items():
        if session.scalars(select(func.count()).select_from(LoginTry).where(which)).one() >= most:
            return False
    session.add(LoginTry(name=name, address=address, at=now))
    return True


def forgive(session: Session, name: str, address: str) -> None:
    """Forget the tries of somebody who then knew the password."""
    session.execute(delete(LoginTry).where(LoginTry.name == name, LoginTry.address == address))
