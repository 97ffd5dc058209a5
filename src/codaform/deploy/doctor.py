"""Whether everything that a deploy needs is there: tokens and what they reach, limits, sizes, tools, clocks.

Nothing is written. Whether a token may write is asked by a deletion of no rows: who may not write is refused before
anybody looks at what is to be deleted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import metadata

import requests

from codaform.coda.door.failures import Failure, NotAllowed, NotFound, Refused, TooManyCalls
from codaform.coda.door.hosts import REST_HOST
from codaform.coda.door.pace import LIMITS, Pace, Patience
from codaform.coda.door.rest import Record, Rest
from codaform.coda.door.tokens import NoToken, token_for
from codaform.coda.door.tools import MCP_HOST, Tools, open_tools
from codaform.deploy.environments import LOCAL
from codaform.deploy.finding import Finding
from codaform.deploy.lock import NOTHING_KNOWN, Lock, lock_file
from codaform.extras import install_command
from codaform.project.project import Environment

_CODAIO = "0.6."
"""The versions of codaio whose defects are known and dealt with."""

_MOST_SKEW = timedelta(seconds=30)
"""How far the clocks of this machine and of Coda may lie apart."""

_PATIENCE = 15.0

_AT_ONCE = Patience(attempts=1)
"""The doctor reports a rate limit and does not wait for its end."""


def installed() -> Finding:
    """Which codaio there is."""
    try:
        version = metadata.version("codaio")
    except metadata.PackageNotFoundError:
        return Finding("problem", "codaio", "it is not installed", f"install it: {install_command('deploy')}")
    if not version.startswith(_CODAIO):
        advice = f"pip install 'codaio>={_CODAIO}12,<0.7': codaform knows the defects of that one"
        return Finding("warning", "codaio", f"version {version} is not one that codaform was made for", advice)
    return Finding("ok", "codaio", f"version {version}")


def host(address: str) -> Finding:
    """Whether a host answers, and how far its clock is from ours. No token is sent."""
    before = datetime.now(UTC)
    started = time.monotonic()
    try:
        # With an `auth` that adds nothing, requests does not look for a password of its own.
        answer = requests.get(
            f"{address}/apis/v1/whoami", timeout=_PATIENCE, allow_redirects=False, auth=lambda call: call, stream=True
        )
        answer.close()  # what else it has to say does not count
    except requests.RequestException as error:
        advice = "look at the network, a proxy, and the host in doc.yml"
        return Finding("problem", "host", f"{address} cannot be reached ({type(error).__name__})", advice)
    took = time.monotonic() - started
    if answer.is_redirect:
        advice = "let doc.yml name that host: no token is sent to where a redirect leads"
        return Finding("problem", "host", f"{address} leads on to {answer.headers.get('Location', '')}", advice)
    if answer.status_code not in (401, 403):
        said = f"{address} answers {answer.status_code} to a call without a token, which Coda does not"
        return Finding("warning", "host", said, "make sure that it is the host of Coda's API")
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return Finding("ok", "host", f"{address} answers in {took:.2f} s; it does not tell its time")
    skew = before + timedelta(seconds=took / 2) - theirs
    seconds = round(skew.total_seconds())
    if abs(skew) > _MOST_SKEW:
        ahead = "ahead of" if seconds > 0 else "behind"
        said = f"the clock of this machine is {abs(seconds)} s {ahead} that of {address}"
        return Finding("warning", "host", said, "set the clock: journals and snapshots carry its time")
    return Finding("ok", "host", f"{address} answers in {took:.2f} s, and the clocks agree")


def remembered(environment: Environment, lock: Lock) -> Finding:
    """Whether the lock is of the doc that the environment leads to."""
    entry = lock.get(environment.name, NOTHING_KNOWN)
    if not entry.doc or (environment.name == LOCAL and entry.doc != environment.doc):
        said = f"{lock_file(environment.name)} is empty: renames cannot be recognised, and there is no drift"
        help = "the first deploy or pull writes it" + ("" if environment.name == LOCAL else "; keep it with the folder")
        return Finding("warning", "lock", said, help)
    if entry.doc != environment.doc:
        said = f"{lock_file(environment.name)} remembers the doc {entry.doc}, and doc.yml leads to {environment.doc}"
        return Finding("problem", "lock", said, "correct doc.yml, or pull the doc again")
    count = len(entry.confirmed)
    return Finding("ok", "lock", f"{len(entry.ids.tables)} tables and {count} confirmed formulas are remembered")


def examine_local(environment: Environment, lock: Lock, rest: Rest, tools: Tools | None) -> Iterator[Finding]:
    """The findings about a project's local Coda, which runs."""
    yield installed()
    yield host(rest.host)
    yield remembered(environment, lock)
    yield from reach(rest, environment.doc)
    if tools is not None:
        yield from _tools_there(tools)


def examine(environment: Environment, lock: Lock) -> Iterator[Finding]:
    """The findings about an environment in Coda."""
    yield installed()
    yield remembered(environment, lock)
    try:
        rest = Rest(token_for(environment.name, "rest"), environment.host or REST_HOST, Pace(LIMITS, _AT_ONCE))
    except NoToken as problem:
        yield Finding("problem", "REST token", str(problem))
    except ValueError as problem:
        yield Finding("problem", "host", str(problem), "mend the host in doc.yml")
        return
    else:
        there = host(rest.host)
        yield there
        if there.state != "problem":
            yield from reach(rest, environment.doc)
        rest.close()
        if there.state == "problem":
            return
    address = MCP_HOST if environment.host in ("", REST_HOST) else environment.host
    try:
        with open_tools(token_for(environment.name, "mcp"), address, Pace({}, _AT_ONCE)) as tools:
            yield Finding("ok", "MCP token", f"{address} takes it")
            yield from _tools_there(tools)
    except NoToken as problem:
        yield _no_tools(str(problem))
    except (Failure, ValueError) as problem:
        yield _no_tools(f"the tools cannot be used: {problem}")


# ------------------------------------------------------------ REST


def reach(rest: Rest, doc: str) -> Iterator[Finding]:
    """What the REST token is and reaches.

    rest: Better one without much patience, so that a limit is met and not waited for. doc: The id of the doc.
    """
    try:
        who = rest.who()
        limited = "; it is limited, and only trying tells to what" if who.get("scoped") else ""
        yield Finding("ok", "REST token", f"“{who.get('tokenName')}” of {who.get('loginId')}{limited}")
        told = rest.doc(doc)
        yield _size(told)
        tables = [table for table in rest.tables(doc) if table.get("tableType") != "view"]
    except NotFound:
        advice = "look at the doc's id in doc.yml, and whether it is shared with the token's user"
        yield Finding("problem", "doc", f"there is no doc {doc}, or the token does not reach it", advice)
        return
    except Failure as failure:
        yield _failed("REST token", failure)
        return
    if not tables:
        yield Finding("ok", "doc", "there is no table, or none for this token; so the right to write is unknown")
        return
    yield _may_read(rest, doc, tables[0])
    yield _may_write(rest, doc, tables[0])


def _size(told: Record) -> Finding:
    size = told.get("docSize")
    known: Mapping[str, object] = size if isinstance(size, dict) else {}
    name = told.get("name")
    if known.get("overApiSizeLimit") is True:
        said = f"{name} is larger than the API serves (125 MB without attachments): every call of it will be refused"
        return Finding("problem", "doc", said, "move rows to another doc, or delete what is not needed")
    counts = f"{known.get('totalRowCount')} rows, {known.get('tableAndViewCount')} tables and views"
    return Finding("ok", "doc", f"{name}: {counts}, {known.get('pageCount')} pages")


def _may_read(rest: Rest, doc: str, table: Record) -> Finding:
    try:
        next(rest.rows(doc, str(table["id"])), None)
    except NotAllowed:
        said = f"the token may not read the rows of {table.get('name')}"
        return Finding("problem", "reading", said, "make a token that reads the whole doc")
    except Failure as failure:
        return _failed("reading", failure)
    return Finding("ok", "reading", f"the rows of {table.get('name')} can be read")


def _may_write(rest: Rest, doc: str, table: Record) -> Finding:
    try:
        rest.delete_rows(doc, str(table["id"]), [])
    except NotAllowed:
        advice = "plan, drift, parity and verify do without; deploy needs a token that writes"
        return Finding("warning", "writing", "the token may not write", advice)
    except TooManyCalls as failure:
        return _failed("writing", failure)
    except Refused as refused:
        if refused.status != 400:
            return _failed("writing", refused)
    except Failure as failure:
        return _failed("writing", failure)
    return Finding("ok", "writing", "the token may write")


def _failed(what: str, failure: Failure) -> Finding:
    match failure:
        case TooManyCalls():
            advice = "wait a minute; something else works with the same account"
            return Finding("warning", "limits", "Coda's rate limit is reached", advice)
        case NotAllowed() if failure.status == 401:
            said = f"it was refused: {failure.message}"
            return Finding("problem", what, said, "make a token for the REST API; one for MCP does not open it")
        case NotAllowed():
            return Finding("problem", what, f"it does not reach that far: {failure.message}", "make one that does")
    return Finding("problem", what, str(failure), "try again later, or look at status.coda.io")


# ------------------------------------------------------------ MCP


def _tools_there(tools: Tools) -> Iterator[Finding]:
    """Whether the MCP server has the tools and arguments that codaform relies on."""
    lacking = tools.lacking()
    if not lacking:
        yield Finding("ok", "MCP tools", f"{len(tools.names)} tools, with all that codaform needs")
    for one in lacking:
        name = f"{one.tool} with {one.argument}" if one.argument else one.tool
        advice = "changes that need it go to the paste sheet; a newer codaform may know its new name"
        yield Finding("warning", "MCP tools", f"the server has no {name}", advice)


def _no_tools(said: str) -> Finding:
    """That there is no way to the tools. said: Why."""
    return Finding("warning", "MCP token", said, "without it every change of the schema goes to the paste sheet")
