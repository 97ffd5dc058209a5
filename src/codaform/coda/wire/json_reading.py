"""JSON from files and from hosts: whole characters and finite numbers, or one line that says what is wrong."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn, cast

from codaform.coda.wire.world import Json

_HALF = re.compile("[\ud800-\udfff]")


class BadJson(ValueError):
    """Why a text is no JSON that can be worked with: `it is cut off in line 3`."""


def read_json(text: str | bytes) -> Json:
    """What a JSON text says; half of a surrogate pair, which JSON can spell and no file can hold, becomes U+FFFD.

    Raises BadJson, also for bytes that are no text.
    """
    try:
        content = text if isinstance(text, str) else text.decode("utf-8-sig")
        told = json.loads(content, parse_constant=_refuse, parse_float=_number)
        return cast("Json", _whole(told) if "\\ud" in content.lower() else told)
    except BadJson:
        raise
    except UnicodeDecodeError:
        raise BadJson("it is no text in UTF-8") from None
    except RecursionError:
        raise BadJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg:
            raise BadJson(f"it is cut off in line {error.lineno}") from None
        raise BadJson(f"it is damaged in line {error.lineno}: {error.msg}") from None
    except ValueError:
        raise BadJson("it holds a number of more digits than can be read") from None


def _refuse(constant: str) -> NoReturn:
    raise BadJson(f"it is damaged: {constant} is no number of JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadJson("it holds a number that is too large")
    return number


def _whole(value: object) -> object:
    match value:
        case str():
            return _HALF.sub("\ufffd", value)
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {_whole(name): _whole(item) for name, item in value.items()}
    return value
