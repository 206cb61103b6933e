"""The words that the answers of the API share: moments, keys, names, and where the next page is."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

from ingest.quantities import QUANTITIES
from monitor.places import Place, Site

EXAMPLE = "2026-11-24T01:00:00Z"
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def read_moment(value: object) -> object:
    """Read RFC 3339 with an offset, which pydantic alone does not insist on. Raises ValueError."""
    if not isinstance(value, str):
        return value
    # An unescaped + in a URL arrives as a space, and nothing else can be meant where the offset stands.
    text = re.sub(r" (\d\d:\d\d)$", r"+\1", value)
    if not _RFC_3339.fullmatch(text):
        raise ValueError(f"a time as in RFC 3339 with its offset, like {EXAMPLE} or 2026-11-24T09:00:00+08:00")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"a time that exists: {error}") from error


def write_moment(moment: datetime) -> str:
    """A moment as every answer gives it: RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def link(request: Request, **changes: str | int) -> str:
    """The address of the same question with some parameters changed, without the host, which a proxy may hide."""
    return f"{request.url.path}?{urlencode(dict(request.query_params) | changes)}"


Moment = Annotated[
    datetime,
    BeforeValidator(read_moment),
    PlainSerializer(write_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE]}),
]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
SiteKey = Annotated[Word, Field(description="Key of the site.", examples=["lakeside"])]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1, description="Number of the row.", examples=[17])]
PlaceKey = Annotated[Word, Field(description="Key of the place within its site.", examples=["main"])]


def _known_quantity(value: object) -> object:
    if value not in QUANTITIES:
        raise ValueError(f"one of {', '.join(QUANTITIES)}")
    return value


QuantityKey = Annotated[
    str,
    BeforeValidator(_known_quantity),
    WithJsonSchema({"type": "string", "enum": list(QUANTITIES), "examples": ["ph"]}),
    Field(description="What is measured."),
]


def _unit(data: dict[str, Any]) -> str:
    quantity = QUANTITIES.get(data["quantity"])
    return quantity.unit if quantity else ""


Unit = Annotated[
    str,
    Field(default_factory=_unit, description="Unit of the values; empty where there is none (pH).", examples=["mg/L"]),
]


class FromRow(BaseModel):
    """An answer whose fields are read from a row of the records database."""

    model_config = ConfigDict(from_attributes=True)


class Name(BaseModel):
    """A name in both languages."""

    zh: str = Field(examples=["湖畔花园"])
    en: str = Field(examples=["Lakeside"])


def to_name(row: Site | Place) -> Name:
    """The name of a site or a place."""
    return Name(zh=row.name_zh, en=row.name_en)
