"""What a call of the REST API counts as, and whether it may be sent twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from codaform.coda.wire.world import Json

Kind = Literal["read", "write", "content", "docs"]
"""What a rate limit is set for: reads, writes, writes of page content, lists of docs."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_PAGE = re.compile(r"/docs/[^/]+/pages(/.*)?")
_ROWS = re.compile(r"/docs/[^/]+/tables/[^/]+/rows")
_EXPORT = re.compile(r"/docs/[^/]+/pages/[^/]+/export")


def kind_of(method: Method, path: str) -> Kind:
    """Which limit a call counts against. Everything that changes a page does as if it changed its content, since
    Coda does not say which of these calls it counts so."""
    if method == "GET":
        return "docs" if path == "/docs" else "read"
    if _EXPORT.fullmatch(path):
        return "read"  # six in two seconds were seen to pass
    return "content" if _PAGE.fullmatch(path) else "write"


def repeatable(method: Method, path: str, body: Json = None) -> bool:
    """Whether a call that may have been carried out can be sent again with the same outcome.

    Rows can where a key column or an id of our own tells which row is meant; page text that is added cannot.
    """
    told: Mapping[str, Json] = body if isinstance(body, dict) else {}
    match method:
        case "GET" | "DELETE" | "PATCH":
            return True
        case "PUT":
            update = told.get("contentUpdate")
            return not isinstance(update, dict) or update.get("insertionMode") == "replace"
    if _EXPORT.fullmatch(path):
        return True
    return bool(_ROWS.fullmatch(path) and (told.get("keyColumns") or told.get("rowIds")))
