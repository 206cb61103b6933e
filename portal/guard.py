"""The guard: each route declares what its visitor must be allowed to do, and nothing passes without."""

from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from portal.permissions import Act
from portal.visits import Visit, recognise

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(Exception):
    """Raised when somebody who is not signed in asks for what only accounts may see or do."""


class StaleForm(HTTPException):
    """Raised when a form was not made by this portal for this session."""

    def __init__(self) -> None:
        super().__init__(403, "the form is not of this session")


class Permission:
    """Lets a request pass and hands over its visit; without an act, everybody may pass."""

    def __init__(self, act: Act | None) -> None:
        self.act = act

    async def __call__(self, request: Request) -> Visit:
        """Check who asks. Raises SignInNeeded, StaleForm, or 403 for a role that may not."""
        visit = await recognise(request)
        if self.act is not None and visit.visitor is None:
            raise SignInNeeded
        if request.method not in _SAFE:
            visit.form = await _read_form(request)
            _check_origin(request)
            if visit.visitor and not visit.has_csrf(visit.form.get("csrf", "")):
                raise StaleForm
        if self.act is not None and not visit.may(self.act):
            raise HTTPException(403, f"role may not {self.act}")
        return visit


class Undeclared(RuntimeError):
    """Raised at start when a route does not say who may use it."""


def permission_of(route: BaseRoute) -> Permission:
    """What a route needs. Raises Undeclared."""
    dependencies = route.dependant.dependencies if isinstance(route, APIRoute) else []
    found = [dependency.call for dependency in dependencies if isinstance(dependency.call, Permission)]
    if len(found) != 1:
        raise Undeclared(f"{route!r} declares {len(found)} permissions, expected one")
    return found[0]


def may(act: Act) -> object:
    """What a route needs; stands in the annotation of the visit that it takes."""
    return Depends(Permission(act))


def anybody() -> object:
    """Declares that a route needs no account."""
    return Depends(Permission(None))


async def _read_form(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=100)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _check_origin(request: Request) -> None:
    # Beside the token: browsers say where a form was sent from, also before anybody has signed in.
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise StaleForm
    elif origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise StaleForm
