"""One call of the API: its parameters, the ways to refuse it, and lists page by page."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from codaform.server.access import Token
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, PageRecord, RowRecord, TableRecord, ViewRecord
from codaform.server.workspace import Workspace

_B = TypeVar("_B")
_C = TypeVar("_C", bound=str)


class ApiError(Exception):
    """A refusal in the API's words. detail: Members besides the usual three."""

    def __init__(self, status: int, message: str, detail: Mapping[str, Json] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail or {}

    @property
    def body(self) -> dict[str, Json]:
        """The body of the reply."""
        phrase = HTTPStatus(self.status).phrase
        return {"statusCode": self.status, "statusMessage": phrase, "message": self.message, **self.detail}


def not_found(kind: str) -> ApiError:
    """The refusal of a thing that is not there. kind: Its name, such as `row`."""
    article = "an" if kind[0] in "aeiou" else "a"
    return ApiError(404, f"Could not find {article} {kind} with the specified ID or name.")


def bad_query(name: str, problem: str) -> ApiError:
    """The refusal of a parameter's value that the description does not know. problem: What it must be."""
    issues = [{"path": name, "message": problem}]
    return ApiError(400, "Bad Request", {"codaType": _BAD_SHAPE, "codaDetail": {"issues": issues}})


_BAD_SHAPE = "RequestSchemaValidationFailed"


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to a successful call."""

    body: Json
    status: int = 200


@dataclass(frozen=True, slots=True)
class RestCall:
    """A call of one operation.

    path: The values at the named places of the path. query: All values of each parameter. body: JSON, if any.
    base: The address of the API, without a slash at its end. address: The address of the call, with its query.
    """

    workspace: Workspace
    token: Token
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Json = None
    base: str = ""
    address: str = ""

    # ------------------------------------------------------------ parameters

    def text(self, name: str) -> str | None:
        """The value of a parameter; None if it is missing or empty."""
        values = self.query.get(name)
        return values[-1] or None if values else None

    def texts(self, name: str) -> frozenset[str]:
        """The values of a parameter that is a list, repeated or separated by commas."""
        return frozenset(part for value in self.query.get(name, ()) for part in value.split(",") if part)

    def flag(self, name: str) -> bool | None:
        """The value of a boolean parameter, in any case of letters. Raises ApiError."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise bad_query(name, "must be true or false")
        return text.lower() == "true"

    def choice(self, name: str, choices: Sequence[_C]) -> _C | None:
        """The value of a parameter with fixed choices. Raises ApiError."""
        text = self.text(name)
        found = next((choice for choice in choices if choice == text), None)
        if text is not None and found is None:
            raise bad_query(name, f"must be one of {', '.join(choices)}")
        return found

    def choices(self, name: str, choices: Sequence[str]) -> frozenset[str]:
        """The values of a parameter that is a list of fixed choices. Raises ApiError."""
        found = self.texts(name)
        if not found <= {*choices}:
            raise bad_query(name, f"must be among {', '.join(choices)}")
        return found

    def numbers(self, name: str) -> frozenset[str]:
        """The values of a parameter that is a list of whole numbers. Raises ApiError."""
        found = self.texts(name)
        if not all(text.isascii() and text.isdigit() for text in found):
            raise bad_query(name, "must be whole numbers")
        return found

    def number(self, name: str, least: int = 1) -> int | None:
        """The value of a parameter that is a whole number. Raises ApiError."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < least:
            raise bad_query(name, f"must be a whole number of at least {least}")
        return int(text)

    def read_body(self, shape: type[_B]) -> _B:
        """The body as a dataclass. Raises ApiError with a list of the problems."""
        from pydantic import ValidationError

        try:
            # Strictly: numbers are no texts and texts no numbers.
            read: _B = _adapter(cast(Hashable, shape)).validate_json(json.dumps(self.body), strict=True)
            return read
        except RecursionError:
            raise ApiError(400, "The body is nested too deeply.") from None
        except ValidationError as error:
            issues = [
                {"path": ".".join(str(step) for step in issue["loc"]), "message": issue["msg"]}
                for issue in error.errors(include_url=False, include_input=False, include_context=False)[:20]
            ]
            first = issues[0]
            place = f"{first['path']}: " if first["path"] else ""
            detail = {"codaType": _BAD_SHAPE, "codaDetail": {"issues": issues}}
            raise ApiError(400, f"{place}{first['message']}", detail) from None

    # ------------------------------------------------------------ things of the path

    @property
    def doc(self) -> LocalDoc:
        """The doc of the path. Raises ApiError if it is missing, or closed to the token."""
        id = self.path["docId"]
        if id not in self.workspace:
            raise not_found("doc")
        if self.token.doc and self.token.doc != id:
            raise ApiError(403, "The API token does not have access to this doc.")
        return self.workspace.reading(id)

    def whole_doc(self) -> LocalDoc:
        """The doc of the path, for a call about more than one table of it. Raises ApiError."""
        if self.token.table:
            raise ApiError(403, "The API token gives access to one table only.")
        return self.doc

    def shared_doc(self) -> LocalDoc:
        """The doc of the path, for a call about who may see it. Raises ApiError: 401 for a token for one doc."""
        if self.token.doc or self.token.table:
            raise ApiError(401, "Unauthorized")
        return self.doc

    def unlimited(self, status: int = 403) -> None:
        """Refuse a token for one doc or table, for a call about more than that. Raises ApiError with a status."""
        if self.token.doc or self.token.table:
            raise ApiError(status, "The API token gives access to one doc only.")

    @property
    def table(self) -> TableRecord:
        """The base table of the path. Raises ApiError, also for a view."""
        base, view = self.table_or_view
        if view is not None:
            raise ApiError(400, "This operation needs a base table, not a view.")
        return base

    @property
    def table_or_view(self) -> tuple[TableRecord, ViewRecord | None]:
        """The table of the path; for a view, its table and the view. Raises ApiError."""
        doc, wanted = self.doc, self.path["tableIdOrName"]
        base = finding.table(doc.record, wanted)
        found: tuple[TableRecord, ViewRecord | None] | None = (base, None) if base is not None else None
        found = found or finding.view(doc.record, wanted)
        if found is None:
            raise not_found("table")
        if self.token.table and self.token.table != found[0].id:
            raise ApiError(403, "The API token does not have access to this table.")
        return found

    @property
    def column(self) -> ColumnRecord:
        """The column of the path. Raises ApiError."""
        found = finding.column(self.table_or_view[0], self.path["columnIdOrName"])
        if found is None:
            raise not_found("column")
        return found

    @property
    def row(self) -> RowRecord:
        """The row of the path. Raises ApiError, also if a view does not show it."""
        base, view = self.table_or_view
        found = self.doc.row(base, self.path["rowIdOrName"])
        if found is None or (view is not None and found not in self.doc.shown(view)):
            raise not_found("row")
        return found

    @property
    def page(self) -> PageRecord:
        """The page of the path. Raises ApiError: 410 for a deleted page."""
        wanted, doc = self.path["pageIdOrName"], self.doc.record
        found = finding.page(doc, wanted)
        if found is None and finding.page_id(wanted) in doc.deleted:
            raise ApiError(410, "The page was deleted.")
        if found is None:
            raise not_found("page")
        return found

    def accept(self, name: str, arguments: Mapping[str, Json]) -> str:
        """Accept a command for the doc; returns the id of the request."""
        return self.workspace.accept(self.path["docId"], name, arguments)

    def do(self, name: str, arguments: Mapping[str, Json]) -> None:
        """Apply a command to the doc before the reply: an operation that answers 200, not 202, is done then."""
        self.workspace.do(self.path["docId"], name, arguments, overtaking=True)

    def href(self, *steps: str) -> str:
        """The address of a thing in the API."""
        return "/".join((self.base, *map(_quoted, steps)))


@lru_cache(4096)
def _quoted(step: str) -> str:
    """A step of an address. Each reply has the same few again and again."""
    return quote(step, safe="")


def pick_members(body: Mapping[str, Json], names: Sequence[str]) -> dict[str, Json]:
    """The members of a body with these names."""
    return {name: body[name] for name in names if name in body}


@cache
def _adapter(shape: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


_T = TypeVar("_T")

USUAL, MOST = 25, 500
"""The default and the largest number of items on a page; a larger limit is clamped, not refused."""


def unpack_query(call: RestCall) -> tuple[Mapping[str, Sequence[str]], int]:
    """The parameters of a call and the start of its page; a page token repeats the parameters of the first call.

    Raises ApiError for an invalid token, or one of another list.
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


def list_page(
    call: RestCall, items: Sequence[_T], show: Callable[[_T], Any], start: int = 0, usual: int = USUAL, most: int = MOST
) -> dict[str, Any]:
    """One page of a list: `items`, `href`, and before the last page, `nextPageToken` and `nextPageLink`.

    call: With the parameters from `unpack_query`. start: The start of this page, from `unpack_query`.
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
