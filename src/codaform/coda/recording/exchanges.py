"""Recorded pairs of request and reply, from the files in which clients keep them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from codaform.coda.wire.json_data import InvalidJson, Json, read_json

_API = "/apis/v1"
_LARGEST = 256 * 1024 * 1024


class BadRecording(Exception):
    """Why a file is no recording, in one line."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its reply. where: In the file, for reports.

    method, path, query, body: The request; the path begins behind the version of the API, such as `/docs/abc/tables`.
    tool: The MCP tool that was called, with `body` as its arguments; empty for REST. status: Of the reply; 0 for a tool
    that failed. reply: None where it has no JSON.
    """

    where: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json = None
    tool: str = ""
    status: int = 200
    reply: Json = None

    def __str__(self) -> str:
        return f"tool {self.tool}" if self.tool else f"{self.method} {self.path}"


def read_recording(path: Path) -> list[Exchange]:
    """The exchanges with Coda in a file: HAR, a cassette of vcr.py in YAML or JSON, or JSON lines of MCP calls.

    A JSON line has the members `tool`, `arguments` and `result`, and `error` where the tool failed; or `method`,
    `path`, `query`, `body`, `status` and `reply` for REST. Exchanges with other services are passed over.
    Raises BadRecording.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise BadRecording(f"{path} is larger than {_LARGEST // 2**20} MB")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadRecording(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise BadRecording(f"{path} is no recording: it is not a text in UTF-8") from None
    found = [*_exchanges(path, text)]
    if not found:
        raise BadRecording(f"{path} has no exchange with Coda's API")
    return found


def _exchanges(path: Path, text: str) -> Iterator[Exchange]:
    if path.suffix in (".jsonl", ".ndjson"):
        yield from _lines(path, text)
        return
    told = _yaml(path, text) if path.suffix in (".yml", ".yaml") else _json(path, text)
    match told:
        case {"log": {"entries": list() as entries}}:
            for number, entry in enumerate(entries, 1):
                yield from _har(entry, f"entry {number}", path)
        case {"interactions": list() as interactions}:
            for number, entry in enumerate(interactions, 1):
                yield from _cassette(entry, f"interaction {number}", path)
        case _:
            raise BadRecording(f"{path} is neither HAR nor a cassette of vcr.py; JSON lines end in .jsonl")


def _lines(path: Path, text: str) -> Iterator[Exchange]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        told = _json(path, line, f"line {number}")
        where = f"line {number}"
        match told:
            case {"tool": str() as tool}:
                arguments = told.get("arguments") or {}
                if not isinstance(arguments, dict):
                    raise BadRecording(f"{path}: line {number} has arguments that are no object")
                failed = "error" in told
                reply = told.get("error") if failed else told.get("result")
                yield Exchange(where, "", "", body=arguments, tool=tool, status=0 if failed else 200, reply=reply)
            case {"method": str() as method, "path": str() as at}:
                query = told.get("query") or {}
                if not isinstance(query, dict):
                    raise BadRecording(f"{path}: line {number} has a query that is no object")
                pairs = tuple((name, str(value)) for name, value in query.items())
                status = told.get("status", 200)
                if not isinstance(status, int):
                    raise BadRecording(f"{path}: line {number} has a status that is no number")
                yield Exchange(where, method.upper(), at, pairs, told.get("body"), "", status, told.get("reply"))
            case _:
                raise BadRecording(f"{path}: line {number} has neither a tool nor a method and a path")


def _har(entry: Any, where: str, path: Path) -> Iterator[Exchange]:
    match entry:
        case {"request": {"method": str() as method, "url": str() as url} as request, "response": dict() as response}:
            content = response.get("content") or {}
            body = request.get("postData") or {}
            yield from _rest(
                where,
                method,
                url,
                body.get("text") if isinstance(body, dict) else None,
                response.get("status"),
                _har_text(content) if isinstance(content, dict) else None,
            )
        case _:
            raise BadRecording(f"{path}: {where} has no request and response")


def _har_text(content: Mapping[str, Any]) -> Any:
    text = content.get("text")
    if content.get("encoding") != "base64" or not isinstance(text, str):
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _cassette(entry: Any, where: str, path: Path) -> Iterator[Exchange]:
    match entry:
        case {"request": {"method": str() as method, "uri": str() as url} as request, "response": dict() as response}:
            status = response.get("status")
            status = status.get("code") if isinstance(status, dict) else response.get("status_code", status)
            body = response.get("body", response.get("content"))
            body = body.get("string", body.get("base64_string")) if isinstance(body, dict) else body
            sent = request.get("body")
            sent = sent.get("string") if isinstance(sent, dict) else sent
            yield from _rest(where, method, url, sent, status, body)
        case _:
            raise BadRecording(f"{path}: {where} has no request and response")


def _rest(where: str, method: str, url: str, sent: Any, status: Any, reply: Any) -> Iterator[Exchange]:
    parts = urlsplit(url)
    _, found, rest = parts.path.partition(_API)
    if not found or not isinstance(status, int):
        return
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    yield Exchange(where, method.upper(), rest or "/", query, _loose(sent), "", status, _loose(reply))


def _loose(text: Any) -> Json:
    """A body as JSON; None where it is none."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return read_json(text.encode("utf-8", "surrogatepass"))
    except (InvalidJson, ValueError):
        return None


def _json(path: Path, text: str, where: str = "") -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadRecording(f"{path}{': ' * bool(where)}{where} is no JSON") from None


def _yaml(path: Path, text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError):
        raise BadRecording(f"{path} is no YAML") from None
