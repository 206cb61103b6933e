"""The page that explains the API: the OpenAPI document in the portal's own looks, without anything from elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Response

from portal.guard import anybody
from portal.visits import Visit

Schema = dict[str, Any]
_PLAIN = {"string": "", "boolean": False, "integer": 0, "number": 0.0}
# A larger bound is no bound to a person, and no exact number to JavaScript.
_LARGEST_EXACT = 2**53
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a question, in words."""

    name: str
    place: str
    required: bool
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked, with an example of the answer as JSON."""

    method: str
    path: str
    tag: str
    description: str
    parameters: list[Parameter]
    answers: list[tuple[str, str]]
    example: str


router = APIRouter(include_in_schema=False)


@router.get("/docs")
def show_docs(visit: Annotated[Visit, anybody()]) -> Response:
    """The page; what the API can answer is no secret."""
    document = visit.request.app.openapi()
    operations = groupby(list_operations(document), lambda operation: operation.tag)
    return visit.show(
        "api.html",
        server=document["servers"][0]["url"],
        description=document["info"]["description"].split("\n\n"),
        sections=[(tag, list(group)) for tag, group in operations],
    )


def list_operations(document: Schema) -> Iterator[Operation]:
    """The operations of an OpenAPI document, in its order."""
    server = document["servers"][0]["url"]
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield _to_operation(method.upper(), server + path, methods[method], schemas)


def _to_operation(method: str, path: str, operation: Schema, schemas: Schema) -> Operation:
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return Operation(
        method=method,
        path=path,
        tag=operation["tags"][0],
        description=operation["description"],
        parameters=[_to_parameter(parameter, schemas) for parameter in operation.get("parameters", ())],
        answers=[(status, response["description"]) for status, response in operation["responses"].items()],
        example=json.dumps(make_example(answer, schemas), indent=2, ensure_ascii=False),
    )


def _to_parameter(parameter: Schema, schemas: Schema) -> Parameter:
    schema = parameter["schema"]
    told = next(
        (part["description"] for part in (parameter, schema, *schema.get("anyOf", ())) if "description" in part), ""
    )
    return Parameter(
        name=parameter["name"],
        place=parameter["in"],
        required=parameter.get("required", False),
        kind=_to_kind(schema, schemas),
        description=told,
    )


def _to_kind(schema: Schema, schemas: Schema) -> str:
    if "$ref" in schema:
        return _to_kind(_follow(schema, schemas), schemas)
    if "anyOf" in schema:
        return " or ".join(_to_kind(part, schemas) for part in schema["anyOf"] if part.get("type") != "null")
    if "enum" in schema:
        return ", ".join(schema["enum"])
    kind = str(schema.get("format") or schema["type"])
    low, high = schema.get("minimum"), schema.get("maximum")
    span = f" {low} to {high}" if low is not None and high is not None and high < _LARGEST_EXACT else ""
    default = f", {schema['default']} if left out" if "default" in schema else ""
    return kind + span + default


def make_example(schema: Schema, schemas: Schema) -> object:
    """An example of what a schema describes: its own example, or one made from its parts."""
    if "$ref" in schema:
        return make_example(_follow(schema, schemas), schemas)
    if "anyOf" in schema and "examples" not in schema:
        return make_example(schema["anyOf"][0], schemas)
    if schema.get("type") == "object":
        return {name: make_example(part, schemas) for name, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [make_example(schema["items"], schemas)]
    examples = schema.get("examples") or [_PLAIN[schema["type"]]]
    return examples[0]


def _follow(schema: Schema, schemas: Schema) -> Schema:
    found: Schema = schemas[schema["$ref"].rpartition("/")[2]]
    return found
