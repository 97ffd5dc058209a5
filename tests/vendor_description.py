"""Replies of the REST API against the vendor's description, operation by operation and status by status."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema

from wire import description, plain

METHODS = ("get", "put", "post", "patch", "delete")

SAID_MORE = {"codaType": {"type": "string"}, "codaDetail": {"type": "object"}}
"""Fields of a refusal beside its message: recorded ones have them, though the description does not."""


def conforms_as_reply(body: object, operation: str, status: int) -> None:
    """Raise AssertionError for a status that the operation's description does not list, ValidationError for a body
    that is not described so.

    operation: The operationId. A 400 is taken to be listed everywhere: the prose promises one for every page token that
    is none, and for every doc that is not up to date. The test is skipped where the description is not at hand.
    """
    _validator(operation, status).validate(body)


@cache
def _validator(operation: str, status: int) -> jsonschema.Draft202012Validator:
    responses = {"400": {"$ref": "#/components/responses/BadRequestError"}} | _operations()[operation]["responses"]
    assert str(status) in responses, f"{operation} is not described to answer {status}, but {sorted(responses)}"
    response = responses[str(status)]
    if "$ref" in response:
        response = description()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    given = response["content"]["application/json"]["schema"]
    schema = plain(given)
    if "$ref" in given:
        given = description()["components"]["schemas"][given["$ref"].rpartition("/")[2]]
    if given.get("properties") == {} and given.get("additionalProperties") is False:
        schema["maxProperties"] = 0
    if status == 400:
        schema["properties"] |= SAID_MORE
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


@cache
def _operations() -> dict[str, dict[str, Any]]:
    return {
        item[method]["operationId"]: item[method]
        for item in description()["paths"].values()
        for method in METHODS
        if method in item
    }
