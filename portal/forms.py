"""Forms: what was typed, read with every mistake at once, and sent only once however often it is tapped."""

import math
import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from ingest.words import mark as _
from monitor.records import Record

MISSING = _("Please fill this in.")
NOT_A_NUMBER = _("This is not a number.")
NOT_WHOLE = _("This is not a whole number.")
OUT_OF_RANGE = _("This is out of range.")
NOT_A_TIME = _("This is not a time of day, such as 09:00.")
TOO_LONG = _("This is too long.")
NO_CHOICE = _("Please choose one.")
_KEPT = timedelta(days=1)


class SpentForm(Record):
    """A form that was sent. Its token is made with the page, so that a second tap brings the same one."""

    __tablename__ = "spent_form"

    token: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


def new_token() -> str:
    """A token for one form of one page."""
    return secrets.token_urlsafe(12)


def spend(session: Session, token: str, now: datetime) -> bool:
    """Use a token up in the transaction of what the form does; False when it was used before."""
    session.execute(delete(SpentForm).where(SpentForm.at <= now - _KEPT))
    try:
        with session.begin_nested():
            session.add(SpentForm(token=token, at=now))
    except IntegrityError:
        return False
    return True


class Answers:
    """What was typed into a form. Each reader returns the value, or notes in `mistakes` what is wrong with it."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self.form = form
        self.mistakes: dict[str, str] = {}

    def raw(self, name: str) -> str:
        """What was typed; full-width digits and points of a Chinese keyboard are the same as others."""
        return unicodedata.normalize("NFKC", self.form.get(name, "")).strip()

    def text(self, name: str, longest: int, *, needed: bool = True) -> str:
        """Some words, as they were typed."""
        text = self.form.get(name, "").strip()
        if needed and not text:
            self.mistakes[name] = MISSING
        if len(text) > longest:
            self.mistakes[name] = TOO_LONG
        return text

    def decimal(self, name: str, low: float, high: float, *, needed: bool = False) -> float | None:
        """A number from `low` to `high`, or None when nothing was typed."""
        text = self.raw(name)
        if not text:
            if needed:
                self.mistakes[name] = MISSING
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            self.mistakes[name] = NOT_A_NUMBER
        elif not low <= value <= high:
            self.mistakes[name] = OUT_OF_RANGE
        else:
            return value
        return None

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`; 0 when it is none."""
        text = self.raw(name)
        if not re.fullmatch(r"[0-9]{1,9}", text):
            self.mistakes[name] = NOT_WHOLE if text else MISSING
        elif not low <= int(text) <= high:
            self.mistakes[name] = OUT_OF_RANGE
        else:
            return int(text)
        return 0

    def clock(self, name: str) -> time:
        """A time of day; midnight when it is none."""
        text = self.raw(name)
        if re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?", text):
            return time.fromisoformat(text.zfill(len(text) + (text[1] == ":")))
        self.mistakes[name] = NOT_A_TIME if text else MISSING
        return time()

    def choice(self, name: str, options: Collection[str]) -> str:
        """One of the options."""
        value = self.form.get(name, "")
        if value not in options:
            self.mistakes[name] = NO_CHOICE
        return value
