"""Problem documents (RFC 9457): how the API says that something went wrong."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from traceback import format_exception
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger()


class Mistake(BaseModel):
    """One thing that is wrong with the request."""

    parameter: str = Field(description="Which parameter is wrong.", examples=["bucket"])
    found: str | None = Field(default=None, description="What was sent, cut after 100 characters.", examples=["-5"])
    expected: str = Field(description="What is right.", examples=["Input should be greater than or equal to 1"])


class ProblemDocument(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(description="The kind of problem; about:blank means no more than its status.")
    title: str = Field(description="The status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(description="What happened this time.", examples=["1 parameter is wrong"])
    errors: list[Mistake] | None = Field(default=None, description="Each mistake in the request, if that is why.")


_PLACE = "#/components/schemas/"
# What `described` points to; an app adds it to its OpenAPI document.
SCHEMAS: dict[str, Any] = models_json_schema([(ProblemDocument, "serialization")], ref_template=_PLACE + "{model}")[1][
    "$defs"
]


class Problem(Exception):
    """Raised when a request cannot be answered; becomes a problem document with this status."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[Mistake] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def wrong(parameter: str, found: object, expected: str) -> Problem:
    """The problem of one parameter whose value is well-formed but cannot be used."""
    return bad_request([Mistake(parameter=parameter, found=_cut(found), expected=expected)])


def bad_request(mistakes: Sequence[Mistake]) -> Problem:
    """The problem of a request with these mistakes."""
    detail = "1 parameter is wrong" if len(mistakes) == 1 else f"{len(mistakes)} parameters are wrong"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, mistakes)


def answer(problem: Problem) -> JSONResponse:
    """The problem as an answer."""
    document = ProblemDocument(
        type="about:blank",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        errors=list(problem.errors) or None,
    )
    content = document.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_middleware(BaseHTTPMiddleware, dispatch=_answer_failure)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems, for its OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _PLACE + "ProblemDocument"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


async def _on_problem(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    return answer(problem)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    details = {
        HTTPStatus.NOT_FOUND: f"nothing is at {request.url.path}",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible at {request.url.path}",
    }
    detail = details.get(HTTPStatus(error.status_code), error.detail)
    return answer(Problem(error.status_code, detail, headers=error.headers))


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return answer(bad_request([_to_mistake(item) for item in error.errors()]))


async def _answer_failure(request: Request, call_next: RequestResponseEndpoint) -> Response:
    try:
        return await call_next(request)
    except Exception as error:  # noqa: BLE001 - handed on, it would be logged by others, together with the token
        text = "".join(format_exception(error))
        _log.error("request_failed", method=request.method, path=request.url.path, exception=text)
        detail = "the portal failed to answer; the failure is in its log"
        return answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail))


def _to_mistake(item: dict[str, Any]) -> Mistake:
    match item["type"]:
        case "missing":
            return Mistake(parameter=str(item["loc"][-1]), expected="a value, which is required")
        case "extra_forbidden":
            expected = "no such parameter"
        case "value_error":
            expected = str(item["ctx"]["error"])
        case _:
            expected = item["msg"]
    return Mistake(parameter=str(item["loc"][-1]), found=_cut(item["input"]), expected=expected)


def _cut(value: object) -> str:
    return str(value)[:100]
