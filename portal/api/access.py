"""Who may read the API, and where the answers come from."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from ingest.series import Series
from monitor.records import reading, writing
from portal import tokens
from portal.problems import Mistake, Problem, bad_request

_BEARER = HTTPBearer(auto_error=False, description="A token of `poolkeeper token`, sent as `Authorization: Bearer …`.")


# These run in no thread of their own: each only hands on what the app holds.
async def _records(request: Request) -> Engine:
    engine: Engine = request.app.state.records
    return engine


async def _series(request: Request) -> Series:
    series: Series = request.app.state.series
    return series


async def _now(request: Request) -> datetime:
    now: datetime = request.app.state.now()
    return now


# An endpoint opens its own session: one that a dependency holds open can starve the others of threads.
Records = Annotated[Engine, Depends(_records)]
Store = Annotated[Series, Depends(_series)]
Now = Annotated[datetime, Depends(_now)]
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def authenticate(credentials: _Credentials, records: Records, now: Now) -> None:
    """Let only a token in use pass, and note that it was used."""
    if credentials is None:
        raise _refused("Bearer", "no token: expected the header Authorization: Bearer and a token")
    with reading(records) as session:
        token = tokens.check(session, credentials.credentials)
        if token is None:
            raise _refused('Bearer error="invalid_token"', "the token is unknown or revoked")
        use_is_due = tokens.use_is_due(token, now)
    if use_is_due:
        with writing(records) as session:
            tokens.note_use(session, token.id, now)


async def refuse_repeats(request: Request) -> None:
    """Refuse a parameter that is given twice: one of its values would be passed over in silence."""
    names = [name for name, _ in request.query_params.multi_items()]
    mistakes = [
        Mistake(parameter=name, found=f"{number} values", expected="one value")
        for name, number in Counter(names).items()
        if number > 1
    ]
    if mistakes:
        raise bad_request(mistakes)


def _refused(challenge: str, detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})
