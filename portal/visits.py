"""Visits: one request as the pages see it: who asks, when, in which language, and how it is answered."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse

from monitor.alarms import Alarm
from monitor.records import reading, writing
from monitor.refusals import Mistake, Refused, refuse_if
from portal import languages, sessions
from portal.environments import environment
from portal.forms import Answers
from portal.languages import Language
from portal.menu import MENU
from portal.permissions import ALLOWED, Act
from portal.sessions import Visitor
from portal.words import NOTICES

_NOTICE = "notice"


@dataclass
class Visit:
    """One request. `form` holds what was typed; `visitor` is None before signing in."""

    request: Request
    now: datetime
    records: Engine
    visitor: Visitor | None
    language: Language
    form: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of who is signed in; as `by` in the records."""
        assert self.visitor is not None
        return self.visitor.name

    @property
    def csrf(self) -> str:
        """The word that proves that a form was made for this session."""
        return self.visitor.csrf if self.visitor else ""

    def may(self, act: str) -> bool:
        """Whether the visitor's role allows an act."""
        return self.visitor is not None and self.visitor.role in ALLOWED[Act(act)]

    def has_csrf(self, word: str) -> bool:
        """Whether a form brought it back."""
        return hmac.compare_digest(self.csrf.encode(), word.encode())

    def say(self, mistake: Mistake) -> str:
        """A mistake in the reader's language, as a sentence of its own."""
        text = self.language.gettext(mistake.text)
        sentence = (text[:1].upper() + text[1:]).format(**mistake.values)
        return sentence + ("" if sentence.endswith((".", "。")) else ".")

    def attempt(self, answers: Answers, act: Callable[[Session], object]) -> dict[str, str]:
        """Do what a form asks for in one transaction, or nothing: then every mistake, by the name of its field."""
        typing = [Mistake(text, {}, name) for name, text in answers.mistakes.items()]
        try:
            with writing(self.records) as session:
                act(session)
                refuse_if(typing)
        except Refused as refused:
            return {mistake.about: self.say(mistake) for mistake in (*refused.mistakes, *typing)}
        return {}

    def show(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """A page in the reader's language. `notice` of the last action is said once."""
        notice = self.request.cookies.get(_NOTICE)
        page = environment(self.language.key).get_template(template)
        answer = HTMLResponse(
            page.render(
                visit=self,
                menu=MENU,
                here=self.request.url.path,
                address=self._address(),
                theme=self.request.cookies.get("theme"),
                notice=NOTICES.get(notice or ""),
                open_alarms=self._count_open() if self.visitor else 0,
                **context,
            ),
            status,
        )
        if notice is not None:
            answer.delete_cookie(_NOTICE, samesite="lax")
        return answer

    def go(self, path: str, notice: str | None = None) -> RedirectResponse:
        """On to another page after something was done; `notice` is a key of NOTICES, said there once."""
        answer = RedirectResponse(path, 303)
        if notice is not None:
            assert notice in NOTICES, notice
            answer.set_cookie(_NOTICE, notice, max_age=30, httponly=True, samesite="lax")
        return answer

    def _address(self) -> str:
        # Where a switch of the language leads back to: this page, or the one whose form was just sent.
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "") if self.request.method == "GET" else "/"

    def _count_open(self) -> int:
        with reading(self.records) as session:
            question = select(func.count()).select_from(Alarm).where(Alarm.closed.is_(None))
            return session.scalars(question).one()


async def recognise(request: Request) -> Visit:
    """Who sends this request. An unknown or expired cookie is nobody."""
    state = request.app.state
    now: datetime = state.now()
    word = request.cookies.get(sessions.COOKIE)
    # Only a person opens pages: what an open page fetches by itself keeps nobody signed in.
    by_person = "text/html" in request.headers.get("accept", "")
    visitor = await run_in_threadpool(_look_up, state.records, word, now, by_person) if word else None
    language = languages.choose(
        visitor.language if visitor else None,
        request.cookies.get(languages.COOKIE),
        request.headers.get("accept-language"),
    )
    return Visit(request, now, state.records, visitor, language)


def _look_up(records: Engine, word: str, now: datetime, by_person: bool) -> Visitor | None:  # noqa: FBT001 - for the thread pool
    with reading(records) as session:
        visitor = sessions.find(session, word, now)
    if visitor and by_person and sessions.use_is_due(visitor, now):
        with writing(records) as session:
            sessions.note_use(session, visitor.session_id, now)
    return visitor


def to_local(path: str) -> str:
    """Only a path of this portal: where a form comes from must not decide on which site it ends."""
    parts = urlsplit(path)
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if is_ours and path.isprintable() else "/"
