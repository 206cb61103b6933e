"""Errors: what a person sees instead of a page, in their language and with a way on."""

from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.words import mark as _
from portal.guard import SignInNeeded, StaleForm
from portal.visits import recognise

_log = structlog.get_logger()

_NOT_FOUND = (_("There is no such page"), _("It may have been moved, or the address was mistyped."))
_TEXTS = {
    403: (_("You may not do this"), _("Your role does not allow it. If it should, ask the manager.")),
    404: _NOT_FOUND,
    405: _NOT_FOUND,
    422: _NOT_FOUND,
    500: (
        _("Something went wrong"),
        _("The portal could not answer. The failure is in its log; try again in a moment."),
    ),
}
_STALE = (_("This page was out of date"), _("Nothing was changed. Open the page again and repeat what you did."))


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a page."""
    app.add_exception_handler(SignInNeeded, _ask_to_sign_in)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)


class Failures:
    """Answers what nobody foresaw with a page, so that it has the same headers as every other."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; once an answer has begun, a failure can only cut it off."""
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if scope["type"] != "http" or has_begun:
                raise
            _log.exception("page_failed", method=scope["method"], path=scope["path"])
            answer = await _show(Request(scope, receive), 500)
            await answer(scope, receive, send)


async def _ask_to_sign_in(request: Request, _error: Exception) -> Response:
    if request.headers.get("accept") == "text/event-stream":
        # The one answer after which a browser does not connect again.
        return Response(status_code=204)
    to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wants_back = request.method == "GET" and to != "/"
    return RedirectResponse("/login" + (f"?to={quote(to)}" if wants_back else ""), 303)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = await _show(request, error.status_code, _STALE if isinstance(error, StaleForm) else None)
    answer.headers.update(error.headers or {})
    return answer


async def _on_invalid(request: Request, _error: Exception) -> Response:
    # Forms report their own mistakes; what is left are addresses that no page of ours links to.
    return await _show(request, 404)


async def _show(request: Request, status: int, texts: tuple[str, str] | None = None) -> Response:
    title, text = texts or _TEXTS.get(status, _TEXTS[500])
    visit = await recognise(request)
    return await run_in_threadpool(visit.show, "error.html", status=status, title=title, text=text)
