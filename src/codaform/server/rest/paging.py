"""Long lists in pages, with links of our own that carry all parameters."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from codaform.server.rest.call import ApiError, Call

T = TypeVar("T")

USUAL, MOST = 25, 500
"""How many items a page holds where nothing is asked, and at most; more is clamped, not refused."""


def unpacked(call: Call) -> tuple[Mapping[str, Sequence[str]], int]:
    """The parameters of a call and where its page starts; a page token brings back those of the first call.

    Raises ApiError for a token that is none, or belongs to another list.
    """
    token = call.text("pageToken")
    if token is None:
        return call.query, 0
    try:
        kept = json.loads(base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)))
        path, query, start = kept["path"], kept["query"], kept["start"]
    except (ValueError, TypeError, KeyError):
        raise ApiError(400, "Invalid pageToken.") from None
    fits = isinstance(start, int) and start >= 0 and isinstance(query, dict)
    if not fits or path != urlsplit(call.address).path.rstrip("/") or not _is_query(query):
        raise ApiError(400, "Invalid pageToken.")
    return query, start


def _is_query(query: Mapping[object, object]) -> bool:
    return all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in query.values()
    )


def page(
    call: Call, items: Sequence[T], show: Callable[[T], Any], start: int = 0, usual: int = USUAL, most: int = MOST
) -> dict[str, Any]:
    """One page of a list: `items`, `href`, and where there is more, `nextPageToken` and `nextPageLink`.

    call: With the parameters that `unpacked` gave. start: Where this page starts, as `unpacked` said.
    """
    limit = min(call.number("limit") or usual, most)
    end = start + limit
    body: dict[str, Any] = {"items": [show(item) for item in items[start:end]], "href": call.address}
    if end < len(items):
        path = urlsplit(call.address).path.rstrip("/")
        query = {name: list(values) for name, values in call.query.items() if name != "pageToken"}
        kept = json.dumps({"path": path, "query": query, "start": end}, separators=(",", ":"))
        token = base64.urlsafe_b64encode(kept.encode()).decode().rstrip("=")
        body["nextPageToken"] = token
        body["nextPageLink"] = f"{call.address.partition('?')[0]}?pageToken={token}"
    return body
