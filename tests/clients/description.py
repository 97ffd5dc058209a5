"""The vendor's description of the REST API, cut to what the local Coda serves and filled with ids that exist there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from clients.reading import satisfiable
from clients.rest import Rest
from recorded_shapes import add_recorded

DESCRIPTION = Path(__file__).parents[3] / "shared" / "coda" / "openapi.yaml"
"""Where the description lies beside a checkout; it is no part of the repository."""

METHODS = ("get", "post", "put", "patch", "delete")

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def described() -> dict[str, Any]:
    """The description as it was published, with what was recorded besides. Raises OSError when it is not there."""
    return add_recorded(dict(yaml.load(DESCRIPTION.read_text("utf-8"), Loader=LOADER)))


def operations(description: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Method and path of every operation, by its id."""
    return {
        path_item[method]["operationId"]: (method, path)
        for path, path_item in description["paths"].items()
        for method in METHODS
        if method in path_item
    }


def cut(
    description: Mapping[str, Any],
    served: Collection[str],
    known: Mapping[str, Sequence[str]],
    methods: Collection[str],
) -> dict[str, Any]:
    """The description with the operations served by some methods only.

    known: Values that exist, by the name of a path parameter; they become the only valid ones.

    Three of the description's own gaps are filled. A 400 is added where an operation lists none: its prose promises one
    to every operation (a page token that is none, a doc that is not yet up to date). So is a 401, as every operation
    needs a token. And `${docId}`, a slip for
    `{docId}` in a path, is read as what it means.
    """
    read = satisfiable(description)
    result: dict[str, Any] = {**read, "servers": [{"url": "http://127.0.0.1/apis/v1"}], "paths": {}}
    for path, item in read["paths"].items():
        kept = {
            name: content
            for name, content in item.items()
            if name not in METHODS or (name in methods and content["operationId"] in served)
        }
        if not any(name in METHODS for name in kept):
            continue
        for name in METHODS:
            if name in kept:
                kept[name]["responses"].setdefault("400", {"$ref": "#/components/responses/BadRequestError"})
                kept[name]["responses"].setdefault("401", {"$ref": "#/components/responses/UnauthorizedError"})
                kept[name].pop("x-codeSamples", None)
        result["paths"][path.replace("${docId}", "{docId}")] = kept
    parameters = [*result["components"]["parameters"].values()]
    parameters += [
        parameter
        for item in result["paths"].values()
        for part in (item, *(item[name] for name in METHODS if name in item))
        for parameter in part.get("parameters", ())
    ]
    for parameter in parameters:
        if parameter.get("in") == "path" and parameter["name"] in known:
            parameter["schema"] = {"type": "string", "enum": [*known[parameter["name"]]]}
            parameter.pop("example", None)
    return result


def without_tokens(description: dict[str, Any]) -> None:
    """Take the tokens of pages out of a description: any text is a valid one there, and no made-up one can be good."""
    gone = {"pageToken", "syncToken"}
    for item in description["paths"].values():
        for part in (item, *(item[name] for name in METHODS if name in item)):
            part["parameters"] = [
                parameter
                for parameter in part.get("parameters", ())
                if parameter.get("name") not in gone and parameter.get("$ref", "").rpartition("/")[2] not in gone
            ]


def found(rest: Rest, doc: str, table: str) -> dict[str, list[str]]:
    """Values of path parameters that exist in a doc, by the parameter's name; a kind that the doc lacks is left out."""
    root = f"/docs/{doc}"
    tables = rest.ask("GET", f"{root}/tables")["items"]
    base = next(one["id"] for one in tables if one["name"] == table)
    columns = rest.ask("GET", f"{root}/tables/{base}/columns", limit=100)["items"]
    rows = rest.ask("GET", f"{root}/tables/{base}/rows", limit=5)["items"]
    first = rows[0]
    cell = {"column": columns[0]["id"], "value": first["values"].get(columns[0]["id"], "")}
    accepted = rest.ask("PUT", f"{root}/tables/{base}/rows/{first['id']}", {"row": {"cells": [cell]}})
    values = {
        "docId": [doc],
        "pageIdOrName": [one["id"] for one in rest.ask("GET", f"{root}/pages")["items"]],
        "tableIdOrName": [base, table, *(one["id"] for one in tables if one["tableType"] == "view")],
        "columnIdOrName": [part for one in columns for part in (one["id"], one["name"])],
        "rowIdOrName": [one["id"] for one in rows],
        "formulaIdOrName": [one["id"] for one in rest.ask("GET", f"{root}/formulas")["items"]],
        "controlIdOrName": [one["id"] for one in rest.ask("GET", f"{root}/controls")["items"]],
        "requestId": [accepted["requestId"]],
    }
    return {name: some for name, some in values.items() if some}
