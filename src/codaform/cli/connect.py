"""Connections to docs: to an environment's doc in Coda, and to a local Coda in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.evaluation.workbook import Workbook
from codaform.project.files import CannotRead
from codaform.project.own_folder import own_folder
from codaform.project.project import Environment, Project
from codaform.project.runners import MakeRunner, ScenarioRunner

_DOC = re.compile(r"(?:https?://[^/]+/d/(?:[^/]*_d)?)?([A-Za-z0-9_-]{10,})(?:[/?#].*)?")


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection to the doc of an environment. tools: The MCP tools; None if they were not asked for or not there."""

    environment: Environment
    rest: Rest
    tools: Tools | None


@contextmanager
def connect(project: Project, name: str, mcp: bool, if_there: bool = False) -> Iterator[Connection]:
    """Connect to the doc of an environment until the block ends.

    mcp: Whether to use the MCP tools; the local Coda always has them. if_there: Whether to use them even if mcp is
    false, if the environment has a token for them. Raises CannotRead, in one line, if there is no connection, and for
    everything that Coda refuses within the block.
    """
    from codaform.coda.door.failures import Failure, NotAllowed, NotFound
    from codaform.coda.door.tokens import NoToken
    from codaform.deploy.environments import LOCAL, environment

    found = environment(project, name)
    try:
        with ExitStack() as stack:
            if name == LOCAL:
                yield stack.enter_context(_local(project))
            else:
                yield _remote(found, mcp, if_there, stack)
    except NoToken as problem:
        raise CannotRead(str(problem)) from None
    except NotFound as problem:
        if problem.message and f"/docs/{found.doc}" not in str(problem):
            raise CannotRead(f"{name}: {problem}") from None
        raise CannotRead(f"{name}: there is no doc {found.doc}, or its token does not reach it") from None
    except NotAllowed as problem:
        kinds = "a token for REST opens no MCP, and one for MCP no REST" if problem.status == 401 else "it reaches less"
        raise CannotRead(f"{name}: the token was refused: {problem}; {kinds}") from None
    except Failure as problem:
        raise CannotRead(f"{name}: {problem}") from None


def find_doc(doc: str, name: str | None, project: Project | None) -> Environment:
    """The environment of a doc. Raises CannotRead.

    doc: The name of an environment, or the id or address of a doc. name: The name for a doc that is not in doc.yml.
    project: None if there is none yet.
    """
    from codaform.deploy.environments import LOCAL

    known = project.environments if project is not None else {}
    if doc in known and name is None:
        return known[doc]
    if doc == LOCAL:
        if project is None:
            raise CannotRead("there is no project here, so there is no local Coda of it")
        return Environment(LOCAL)
    found = _DOC.fullmatch(doc)
    if found is None:
        names = f"; doc.yml names {', '.join(known)}" if known else ""
        raise CannotRead(f"{doc} is neither an environment nor the id or address of a doc{names}")
    same = next((environment for environment in known.values() if environment.doc == found[1]), None)
    if same is not None and name in (None, same.name):
        return same
    chosen = name or "production"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", chosen) or chosen == LOCAL:
        raise CannotRead(f"{chosen} is no name for an environment: letters, digits, _ and - make one")
    if chosen in known and known[chosen].doc:
        raise CannotRead(f"{chosen} is another doc in doc.yml, {known[chosen].doc}; --as gives this one a name")
    return Environment(chosen, found[1], known[chosen].host if chosen in known else "")


def _remote(found: Environment, mcp: bool, if_there: bool, stack: ExitStack) -> Connection:
    from codaform.coda.door.hosts import REST_HOST
    from codaform.coda.door.tokens import token_for

    try:
        rest = Rest(token_for(found.name, "rest"), found.host or REST_HOST)
        stack.callback(rest.close)
        tools = _tools(found, stack) if mcp else _tools_if_there(found, stack) if if_there else None
    except ValueError as problem:  # a host that may get no token
        raise CannotRead(f"{found.name}: {problem}") from None
    return Connection(found, rest, tools)


def _tools(found: Environment, stack: ExitStack) -> Tools:
    """Raises NoToken and Failure, and ValueError for a host."""
    from codaform.coda.door.hosts import REST_HOST
    from codaform.coda.door.tokens import token_for
    from codaform.coda.door.tools import MCP_HOST, open_tools

    host = MCP_HOST if found.host in ("", REST_HOST) else found.host
    return stack.enter_context(open_tools(token_for(found.name, "mcp"), host))


def _tools_if_there(found: Environment, stack: ExitStack) -> Tools | None:
    """The tools if the environment has a token for them. If they cannot be used, a warning says so."""
    from codaform.cli.terminal import say
    from codaform.coda.door.failures import Failure
    from codaform.coda.door.tokens import NoToken

    try:
        return _tools(found, stack)
    except NoToken:
        return None
    except (Failure, ModuleNotFoundError) as problem:
        why = f"{problem.name} is missing" if isinstance(problem, ModuleNotFoundError) else str(problem)
        say(f"warning: by REST alone, which shows and changes less: {why}")
        return None


@contextmanager
def _local(project: Project) -> Iterator[Connection]:
    """Connect to the local Coda of a project, kept in a folder that git ignores."""
    from codaform.coda.door.tokens import Secret
    from codaform.coda.door.tools import open_tools
    from codaform.deploy.environments import LOCAL, LOCAL_FILE
    from codaform.server.start import CannotServe, open_project, running_coda
    from codaform.server.storage.store import CannotOpen
    from codaform.server.workspace import Timing

    try:
        workspace = open_project(project, own_folder(project.root) / LOCAL_FILE, Timing(0.0, 0.0))
        with running_coda(workspace) as coda, open_tools(Secret(coda.mcp_token), coda.url) as tools:
            rest = Rest(Secret(coda.token), coda.url)
            try:
                yield Connection(Environment(LOCAL, coda.doc_id, coda.url), rest, tools)
            finally:
                rest.close()
    except (CannotOpen, CannotServe) as problem:
        raise CannotRead(f"{LOCAL}: {problem}") from None


@contextmanager
def local_runners(project: Project) -> Iterator[MakeRunner]:
    """Runners that run cases and scenarios through the API of a local Coda; each starts with a fresh doc.

    Raises CannotRead if the local Coda cannot start.
    """
    import requests

    from codaform.coda.door.tokens import Secret
    from codaform.coda.wire import ids
    from codaform.deploy.comparing.on_service import OnService
    from codaform.server.start import SOMEBODY, CannotServe, running_coda
    from codaform.server.storage.seeding import from_project
    from codaform.server.storage.store import Store
    from codaform.server.workspace import Timing, Workspace

    workspace = Workspace(Store(None), project.user or SOMEBODY, Timing(0.0))
    try:
        with running_coda(workspace, "codaform test") as coda:
            rest = Rest(Secret(coda.token), coda.url)

            def set_clock(now: datetime) -> None:
                requests.put(f"{coda.url}/control/clock", json=now.isoformat(), timeout=10).raise_for_status()

            def runner(start: Workbook) -> ScenarioRunner:
                for old in workspace.docs():
                    workspace.remove(old.record.id)
                set_clock(start.now)
                record, rows = from_project(start, start.now)
                record.id = ids.new("doc")
                workspace.add(record, rows)
                return OnService(rest, record.id, start.doc, start.now, set_clock)

            try:
                yield runner
            finally:
                rest.close()
    except CannotServe as problem:
        raise CannotRead(str(problem)) from None
