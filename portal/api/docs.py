"""The page that explains the API: the OpenAPI document in the portal's own looks, without anything from elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_PLAIN = {"string": "", "boolean": False, "integer": 0, "number": 0.0}
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
        parameters=[_to_parameter(parameter) for parameter in operation.get("parameters", ())],
        answers=[(status, response["description"]) for status, response in operation["responses"].items()],
        example=json.dumps(make_example(answer, schemas), indent=2, ensure_ascii=False),
    )


def _to_parameter(parameter: Schema) -> Parameter:
    schema = parameter["schema"]
    return Parameter(
        name=parameter["name"],
        place=parameter["in"],
        required=parameter.get("required", False),
        kind=_to_kind(schema),
        description=parameter.get("description") or schema.get("description", ""),
    )


def _to_kind(schema: Schema) -> str:
    if "anyOf" in schema:
        return " or ".join(_to_kind(part) for part in schema["anyOf"] if part.get("type") != "null")
    if "enum" in schema:
        return ", ".join(schema["enum"])
    kind = str(schema.get("format") or schema["type"])
    low, high = schema.get("minimum"), schema.get("maximum")
    span = f" {low} to {high}" if low is not None and high is not None else ""
    default = f", {schema['default']} if left out" if "default" in schema else ""
    return kind + span + default


def make_example(schema: Schema, schemas: Schema) -> object:
    """An example of what a schema describes: its own example, or one made from its parts."""
    if "$ref" in schema:
        return make_example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema and "examples" not in schema:
        return make_example(schema["anyOf"][0], schemas)
    if schema.get("type") == "object":
        return {name: make_example(part, schemas) for name, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [make_example(schema["items"], schemas)]
    examples = schema.get("examples") or [_PLAIN[schema["type"]]]
    return examples[0]
