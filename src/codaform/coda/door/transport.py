"""A call of the REST API and its answer: codaio's client with sending and reading replaced."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import envparse
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from codaform.coda.door.failures import (
    CannotReach,
    Failure,
    NotFound,
    PageDeleted,
    Refused,
    ServerDown,
    StaleDoc,
    Unreadable,
    refusal,
)
from codaform.coda.door.hosts import REST_HOST, is_loopback, origin, trusted_origin
from codaform.coda.door.pace import LIMITS, LOCAL_PATIENCE, Method, Pace, limit_of
from codaform.coda.door.tokens import Secret, redact
from codaform.coda.wire.json_data import InvalidJson, Json, read_json


@contextmanager
def _without_env_file() -> Iterator[None]:
    """Keep the import of codaio from reading the first `.env` above its folder into our environment."""
    reads = envparse.Env.read_envfile
    envparse.Env.read_envfile = staticmethod(lambda *_, **__: None)
    try:
        yield
    finally:
        envparse.Env.read_envfile = staticmethod(reads)


with _without_env_file():
    from codaio import Coda

_ROOT = "/apis/v1"

CONNECT, READ = 10.0, 100.0
"""The time limits of a connection and an answer in seconds; Coda's own gateway gives up after about a minute."""

_LATEST = {"X-Coda-Doc-Version": "latest"}
"""Requests the state after every edit; Coda refuses the call while an edit is under way."""

_NOT_YET = "up to date"
_MOST_REDIRECTS = 3
_LONGEST_MESSAGE = 500


MOST_BYTES = 64 * 1024 * 1024
"""The maximum size of an answer, packed and unpacked; Coda's own limits are far smaller."""

_CHUNK = 64 * 1024

_T = TypeVar("_T")


class _TooLarge(Exception):
    """An answer is larger than MOST_BYTES."""


class _TooSlow(Exception):
    """An answer was not complete in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. Its `repr` shows no content, which may repeat a token. headers: By name, in any case."""

    status: int
    reason: str = field(repr=False)
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    redirects: bool


def _read_answer(reply: requests.Response) -> Answer:
    """Read an answer from its stream and release the connection. Raises TooLarge, and the exceptions of requests if
    the connection breaks."""
    try:
        size = reply.headers.get("Content-Length", "")
        if size.isascii() and size.isdigit() and int(size[:20]) > MOST_BYTES:
            raise _TooLarge
        parts: list[bytes] = []
        taken = 0
        for part in reply.iter_content(_CHUNK):
            parts.append(part)
            taken += len(part)
            if taken > MOST_BYTES or reply.raw.tell() > MOST_BYTES:
                raise _TooLarge
    except BaseException:
        reply.close()
        raise
    reason, url = reply.reason or "", reply.url or ""
    return Answer(reply.status_code, reason, url, reply.headers, b"".join(parts), reply.is_redirect)


def _call_within(seconds: float, ask: Callable[[], _T]) -> _T:
    """The result of a function, or its exception, if it returns in time. Raises TooSlow.

    The timeout of a connection starts again with each byte, so that a server which sends a byte now and then never
    meets it. The function runs in a thread of its own, which is abandoned if it does not return.
    """
    result: list[_T] = []
    problem: list[BaseException] = []

    def run() -> None:
        try:
            result.append(ask())
        except BaseException as error:
            problem.append(error)

    thread = threading.Thread(target=run, daemon=True, name="codaform answer")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise _TooSlow
    if problem:
        raise problem.pop()
    return result.pop()


_ROWS = re.compile(r"/docs/[^/]+/tables/[^/]+/rows")
_EXPORT = re.compile(r"/docs/[^/]+/pages/[^/]+/export")


def is_repeatable(method: Method, path: str, body: Json = None) -> bool:
    """Whether a call has the same outcome if it is carried out twice.

    Upserts of rows do if key columns or ids of our own identify the rows; additions to a page's text do not.
    """
    outcome: Mapping[str, Json] = body if isinstance(body, dict) else {}
    match method:
        case "GET" | "DELETE" | "PATCH":
            return True
        case "PUT":
            update = outcome.get("contentUpdate")
            return not isinstance(update, dict) or update.get("insertionMode") == "replace"
    if _EXPORT.fullmatch(path):
        return True
    return bool(_ROWS.fullmatch(path) and (outcome.get("keyColumns") or outcome.get("rowIds")))


class _Bearer(AuthBase):
    """Adds the token to a call at the last moment. It also keeps `requests` from reading ~/.netrc."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def __call__(self, call: requests.PreparedRequest) -> requests.PreparedRequest:
        call.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return call


class Transport(Coda):  # type: ignore[misc]  # codaio has no types
    """codaio's client, whose methods build the calls; the methods below replace its HTTP calls.

    host: `https://coda.io`, another host of Coda's, or a local Coda; plain HTTP only on this machine. pace: The limits;
    by default Coda's, and none on this machine. Raises ValueError for an invalid host.
    """

    def __init__(self, secret: Secret, host: str = REST_HOST, pace: Pace | None = None, timeout: float = READ) -> None:
        self.origin = trusted_origin(host)
        at_home = is_loopback(self.origin)
        # codaio's own fields hold no token, so that its `repr` and comparisons cannot reveal one.
        super().__init__(api_key=repr(secret), href=self.origin + _ROOT)
        self.pace = pace or (Pace({}, LOCAL_PATIENCE) if at_home else Pace(LIMITS))
        self.timeout = timeout
        self._patience: float | None = None
        self._secret = secret
        self._bearer = _Bearer(secret)
        self._session = requests.Session()
        self._session.trust_env = not at_home  # this machine reaches itself without a proxy
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = "codaform"
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=32, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def __repr__(self) -> str:
        return f"Transport({self.origin})"

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def latest(self, patience: float) -> Transport:
        """The same client, whose reads of docs wait up to `patience` seconds until they show every accepted change."""
        other = copy.copy(self)
        other._patience = patience
        return other

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    # ------------------------------------------------------------ codaio's verbs

    def get(
        self, endpoint: str, data: Mapping[str, Any] | None = None, limit: int | None = None, offset: str | None = None
    ) -> dict[str, Json]:
        """Read one page of a list, or one thing. limit: How many items. offset: The page token, sent alone."""
        query = dict(data or {}) | ({"limit": limit} if limit else {})
        return self.read(endpoint, {"pageToken": offset} if offset else query)

    def post(self, endpoint: str, data: Json = None) -> dict[str, Json]:
        """Create something."""
        return self.call("POST", endpoint, body=data)

    def put(self, endpoint: str, data: Json = None) -> dict[str, Json]:
        """Change something."""
        return self.call("PUT", endpoint, body=data)

    def patch(self, endpoint: str, data: Json = None) -> dict[str, Json]:
        """Change a part of something; codaio lacks this call."""
        return self.call("PATCH", endpoint, body=data)

    def delete(self, endpoint: str, data: Json = None) -> dict[str, Json]:
        """Delete something."""
        return self.call("DELETE", endpoint, body=data)

    # ------------------------------------------------------------ sending

    def read(self, path: str, query: Mapping[str, Any] | None = None, attempts: int | None = None) -> dict[str, Json]:
        """Read the thing at a path. Raises Failure, and StaleDoc if Coda does not show the latest state in time."""
        if self._patience is None or not path.startswith("/docs/"):
            return self.call("GET", path, query, attempts=attempts)
        until = self.pace.seconds() + self._patience
        for pause in self.pace.pauses():
            try:
                return self.call("GET", path, query, headers=_LATEST, attempts=attempts)
            except Refused as refused:
                if refused.status != 400 or _NOT_YET not in refused.message:
                    raise
            left = until - self.pace.seconds()
            if left <= 0:
                break
            self.pace.sleep(min(pause, left))
        raise StaleDoc(f"GET {path}: Coda did not catch up with the doc's latest state in {self._patience:g} seconds")

    def call(
        self,
        method: Method,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        attempts: int | None = None,
    ) -> dict[str, Json]:
        """The answer to a call. It is repeated whenever Coda refuses it for its pace, and after a 5xx or a broken
        connection if it may be carried out twice.

        path: Without the API's address, with its parts encoded. attempts: The maximum, in place of the pace's own.
        Raises Failure.
        """
        what = f"{method} {path}"
        again = is_repeatable(method, path, body)
        most = attempts or self.pace.patience.attempts
        uncertain = False
        for attempt in range(1, most + 1):
            sent = self.pace.wait(limit_of(method, path))
            answer = self._attempt(method, path, query, body, headers)
            if isinstance(answer, CannotReach):
                # A call that was never sent can always be sent again.
                uncertain = uncertain or answer.uncertain
                if attempt == most or (answer.uncertain and not again):
                    raise CannotReach(f"{what}: {answer}", uncertain)
                self.pace.refused(sent)
                continue
            status = answer.status
            if status == 429 or (status >= 500 and again):
                uncertain = uncertain or status >= 500
                if attempt < most:
                    self.pace.refused(sent, _retry_after(answer))
                    continue
            else:
                self.pace.passed(sent)
            outcome = self._outcome(answer, what)
            if isinstance(outcome, dict):
                return outcome
            if isinstance(outcome, NotFound | PageDeleted) and method == "DELETE" and uncertain:
                return {}  # an earlier attempt did it
            if isinstance(outcome, ServerDown):
                outcome.uncertain = method != "GET"
            raise outcome
        raise AssertionError("every last attempt returns or raises")

    def _attempt(
        self, method: Method, path: str, query: Mapping[str, Any] | None, body: Json, headers: Mapping[str, str] | None
    ) -> Answer | CannotReach:
        """Send a call once. A failure is returned, not raised: its traceback would keep the call, whose headers hold
        the token."""
        url = self.href + path
        try:
            for _ in range(_MOST_REDIRECTS):
                params = {name: _shown(value) for name, value in (query or {}).items() if value is not None}
                call = partial(self._session.request, method, url, params, json=body, headers=dict(headers or {}))
                answer = _call_within(CONNECT + self.timeout, partial(self._read, call))
                wanted = urljoin(url, answer.headers.get("Location", ""))
                if not answer.redirects or method != "GET" or origin(wanted) != self.origin:
                    return answer
                url, query = wanted, None
            return answer
        except requests.RequestException as error:
            return CannotReach(f"{self.origin} {_problem_text(error)}", uncertain=not _never_sent(error))
        except _TooLarge:
            return CannotReach(f"{self.origin} answers with more than {MOST_BYTES >> 20} MiB", uncertain=True)
        except _TooSlow:
            return CannotReach(f"{self.origin} did not answer in time", uncertain=True)

    def _read(self, call: Callable[..., requests.Response]) -> Answer:
        return _read_answer(
            call(auth=self._bearer, timeout=(CONNECT, self.timeout), allow_redirects=False, stream=True)
        )

    def _outcome(self, answer: Answer, what: str) -> dict[str, Json] | Failure:
        """The content of an answer. A failure is returned, not raised: an answer may repeat the token."""
        status = answer.status
        if 300 <= status < 400:
            there = urlsplit(urljoin(answer.url, answer.headers.get("Location", "")))
            return Refused(status, f"leads on to {there.scheme}://{there.netloc}, where the token is not sent", what)
        outcome = _json(answer)
        if status >= 400:
            message = outcome.get("message") if isinstance(outcome, dict) else None
            text = message if isinstance(message, str) and message else _phrase(answer)
            text = "; ".join([text, *_issues(outcome)]) if text == "Bad Request" else text
            # Redacted before it is cut: half a token would not be found.
            return refusal(status, redact(" ".join(text.split()), [self._secret])[:_LONGEST_MESSAGE], what)
        if status == 204:
            return {}
        if not isinstance(outcome, dict):
            kind = answer.headers.get("Content-Type", "no content type").partition(";")[0]
            return Unreadable(f"{what}: the answer is not JSON but {kind} ({status}, {len(answer.content)} bytes)")
        return outcome


def _shown(value: object) -> str:
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def _json(answer: Answer) -> Json:
    try:
        return read_json(answer.content)
    except InvalidJson:
        return None


def _issues(outcome: Json) -> Iterator[str]:
    """The problems that a refusal tells besides a message that says nothing."""
    detail = outcome.get("codaDetail") if isinstance(outcome, dict) else None
    issues = detail.get("issues") if isinstance(detail, dict) else None
    for issue in issues if isinstance(issues, list) else ():
        if isinstance(issue, dict):
            yield f"{issue.get('path')} {issue.get('message')}"


def _phrase(answer: Answer) -> str:
    return answer.reason or "no reason is given"


def _retry_after(answer: Answer) -> float:
    """How many seconds an answer asks to wait; Coda does not say it, but a proxy may."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _never_sent(error: requests.RequestException) -> bool:
    """Whether the call cannot have reached a server."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | requests.exceptions.SSLError):
        return True
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)


def _problem_text(error: requests.RequestException) -> str:
    match error:
        case requests.ConnectTimeout():
            return f"did not take a connection within {CONNECT:g} seconds"
        case requests.Timeout():
            return "did not answer in time"
        case requests.exceptions.SSLError():
            return "could not be trusted: its certificate is not valid here"
        case requests.exceptions.ProxyError():
            return "is not reached by the proxy"
        case _ if _never_sent(error):
            return "could not be reached"
        case requests.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return "broke the connection before its answer was complete"
    return f"could not be asked ({type(error).__name__})"
