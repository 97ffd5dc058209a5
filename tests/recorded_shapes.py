"""What replies of the real service had that the vendor's description of the REST API does not."""

from __future__ import annotations

from typing import Any


def add_recorded(description: dict[str, Any]) -> dict[str, Any]:
    """The description with the recorded members: a doc counts its base tables, and a table may be on no page."""
    schemas = description["components"]["schemas"]
    schemas["DocSize"]["properties"]["baseTableCount"] = {"type": "number"}
    for name in ("Table", "TableReference"):
        page = schemas[name]["properties"]["parent"]
        schemas[name]["properties"]["parent"] = {"allOf": [page], "nullable": True}
    return description
