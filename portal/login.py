"""Signing in and out, the own password, and the language."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from ingest.words import mark as _
from monitor.records import reading, writing
from portal import accounts, languages, sessions, throttle
from portal.guard import anybody, may
from portal.permissions import Act
from portal.visits import Visit, to_local

router = APIRouter()
_A_YEAR = 365 * 86_400


@router.get("/login")
def show_login(visit: Annotated[Visit, anybody()], to: str = "/") -> Response:
    """The form; somebody who is signed in goes on."""
    if visit.visitor:
        return visit.go(to_local(to))
    return visit.show("login.html", to=to_local(to), name="", mistake=None)


@router.post("/login")
async def sign_in(visit: Annotated[Visit, anybody()]) -> Response:
    """Check name and password. Nobody learns whether it was the name or the password that was wrong."""
    name = accounts.normal_name(visit.form.get("name", ""))[:200]
    to = to_local(visit.form.get("to", "/"))
    client = visit.request.client
    address = client.host if client else ""
    if not await run_in_threadpool(_admit, visit, name, address):
        mistake = _("Too many tries. Wait a quarter of an hour and try again.")
        return await run_in_threadpool(visit.show, "login.html", status=429, to=to, name=name, mistake=mistake)
    account = await run_in_threadpool(_find, visit, name)
    fits = await accounts.check_password(account.password if account else None, visit.form.get("password", ""))
    if not fits or account is None:
        mistake = _("Name or password is wrong.")
        return await run_in_threadpool(visit.show, "login.html", status=401, to=to, name=name, mistake=mistake)
    word = await run_in_threadpool(_begin, visit, account.id, name, address)
    return _with_session(visit, visit.go(to), word)


@router.post("/logout")
def sign_out(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """End the session; open pages of it stop being live."""
    assert visit.visitor is not None
    with writing(visit.records) as session:
        sessions.end(session, visit.visitor.session_id)
    answer = visit.go("/login")
    answer.delete_cookie(sessions.COOKIE, httponly=True, samesite="lax")
    return answer


@router.get("/password")
def show_password(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """The form to change the own password."""
    return visit.show("password.html", mistakes={})


@router.post("/password")
async def change_password(visit: Annotated[Visit, may(Act.SEE)]) -> Response:
    """Change the own password and sign out every other device."""
    account = await run_in_threadpool(_find, visit, visit.name)
    assert account is not None
    new = visit.form.get("new", "")
    mistakes = {}
    if not await accounts.check_password(account.password, visit.form.get("current", "")):
        mistakes["current"] = _("This is not your current password.")
    if not accounts.SHORTEST_PASSWORD <= len(new) <= accounts.LONGEST_PASSWORD:
        mistakes["new"] = _("A password has at least 10 characters.")
    elif new != visit.form.get("again", ""):
        mistakes["again"] = _("The two new passwords differ.")
    if mistakes:
        said = {name: visit.language.gettext(text) for name, text in mistakes.items()}
        return await run_in_threadpool(visit.show, "password.html", status=422, mistakes=said)
    word = await run_in_threadpool(_change, visit, new)
    return _with_session(visit, visit.go("/", "password-set"), word)


@router.post("/language")
def choose_language(visit: Annotated[Visit, anybody()]) -> Response:
    """Switch the language of the pages; with an account it is remembered there too."""
    key = visit.form.get("language", "")
    answer = visit.go(to_local(visit.form.get("to", "/")))
    if key in languages.load_languages():
        answer.set_cookie(languages.COOKIE, key, max_age=_A_YEAR, samesite="lax")
        if visit.visitor:
            with writing(visit.records) as session:
                session.get_one(accounts.Account, visit.visitor.account_id).language = key
    return answer


def _admit(visit: Visit, name: str, address: str) -> bool:
    with writing(visit.records) as session:
        return throttle.admit(session, name, address, visit.now)


def _find(visit: Visit, name: str) -> accounts.Account | None:
    with reading(visit.records) as session:
        return accounts.find_account(session, name)


def _begin(visit: Visit, account_id: int, name: str, address: str) -> str:
    with writing(visit.records) as session:
        throttle.forgive(session, name, address)
        if visit.visitor:
            sessions.end(session, visit.visitor.session_id)
        return sessions.begin(session, account_id, visit.now)


def _change(visit: Visit, password: str) -> str:
    with writing(visit.records) as session:
        account = accounts.set_password(session, visit.name, password)
        return sessions.begin(session, account.id, visit.now)


def _with_session(visit: Visit, answer: RedirectResponse, word: str) -> RedirectResponse:
    secure = visit.request.app.state.settings.secure_cookies
    longest = int(sessions.LONGEST.total_seconds())
    answer.set_cookie(sessions.COOKIE, word, max_age=longest, httponly=True, samesite="lax", secure=secure)
    return answer
