"""The arguments of a call: whether they fit the tool's schema, and if not, what is wrong where."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from codaform.server.mcp.schema import Schema

_LONGEST = 200
"""The most characters of a message about one place: a value that does not fit may be of any length."""

_EXACT = 2**53
"""Up to here a float tells integers apart."""


def misfit(arguments: dict[str, object], schema: Schema) -> str | None:
    """What keeps the arguments from fitting, as `place: problem`; None if they fit.

    Of several problems the first is told; of alternatives, that of the one that was most likely meant.
    """
    errors = list(Draft202012Validator(schema).iter_errors(arguments))
    if not errors:
        return None
    error = _telling(errors)
    message = _said(error)
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 1] + "…"
    return f"{_place(error)}: {message}"


def whole(given: Any) -> Any:
    """Arguments with `2.0` as the integer that it is: JSON knows no difference between the two, nor does a schema."""
    match given:
        case float() if given.is_integer() and abs(given) <= _EXACT:
            return int(given)
        case dict():
            return {name: whole(value) for name, value in given.items()}
        case list():
            return [whole(value) for value in given]
    return given


def _telling(errors: Iterable[ValidationError]) -> ValidationError:
    """The error that says most: within alternatives, one of those whose words (`action`, `type`) were right."""
    error = min(errors, key=lambda each: (len(each.absolute_path), [str(step) for step in each.absolute_path]))
    alternatives: dict[object, list[ValidationError]] = defaultdict(list)
    for part in error.context or ():
        alternatives[part.relative_schema_path[0]].append(part)
    # Alternatives are told apart by a word, as `action` or `type`: it stands where some of them want just one.
    words = {tuple(part.relative_path) for part in error.context or () if part.validator == "const"}
    meant = [
        parts
        for parts in alternatives.values()
        # An alternative of another kind, or with another word, is not the one that was meant.
        if not any(
            (part.validator in ("const", "enum") and tuple(part.relative_path) in words)
            or (part.validator in ("type", "enum") and not part.relative_path)
            for part in parts
        )
    ]
    return _telling(meant[0]) if len(meant) == 1 else error


def _said(error: ValidationError) -> str:
    if error.validator == "anyOf":
        return f"{_shown(error.instance)} has none of the forms that are taken here"
    if error.validator in ("const", "enum"):
        wanted = error.validator_value
        words = wanted if isinstance(wanted, list) else [wanted]
        return f"{_shown(error.instance)} is not one of {', '.join(map(str, words))}"
    return str(error.message)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"


def _place(error: ValidationError) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return place.removeprefix(".") or "arguments"
