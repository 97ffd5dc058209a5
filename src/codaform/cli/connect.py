"""Connections to the doc of an environment: a local Coda in this process, or Coda with the environment's tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.project.files import CannotRead
from codaform.project.own_folder import own_folder
from codaform.project.project import Environment, Project


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection to a doc. tools: None if MCP is not needed or not available."""

    environment: Environment
    rest: Rest
    tools: Tools | None


@contextmanager
def connection(project: Project, name: str, mcp: bool, if_there: bool = False) -> Iterator[Connection]:
    """A connection to the doc of an environment, within the block.

    mcp: Whether the tools are needed; a local Coda always has them. if_there: Whether to use the tools if the
    environment has a token for them. Raises CannotRead, in one line, if the connection fails or Coda refuses a call
    within the block.
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


def _remote(found: Environment, mcp: bool, if_there: bool, stack: ExitStack) -> Connection:
    from codaform.coda.door.hosts import REST_HOST
    from codaform.coda.door.tokens import token_for

    try:
        rest = Rest(token_for(found.name, "rest"), found.host or REST_HOST)
        stack.callback(rest.close)
        tools = _tools(found, stack) if mcp else _tools_if_there(found, stack) if if_there else None
    except ValueError as problem:  # a host that no token may be sent to
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
    """The tools where the environment has a token for them. Where they cannot be had all the same, that is said: REST
    alone tells less."""
    from codaform.cli.output.terminal import say
    from codaform.coda.door.failures import Failure
    from codaform.coda.door.tokens import NoToken

    try:
        return _tools(found, stack)
    except NoToken:
        return None
    except (Failure, ModuleNotFoundError) as problem:
        why = f"{problem.name} is missing" if isinstance(problem, ModuleNotFoundError) else str(problem)
        say(f"warning: by REST alone, which tells and changes less: {why}")
        return None


@contextmanager
def _local(project: Project) -> Iterator[Connection]:
    from codaform.coda.door.tokens import Secret
    from codaform.coda.door.tools import open_tools
    from codaform.deploy.environments import LOCAL
    from codaform.server.start import CannotServe, open_project, running_coda
    from codaform.server.storage.store import CannotOpen
    from codaform.server.workspace import Timing

    try:
        workspace = open_project(project, _local_file(project.root), Timing(0.0, 0.0))
        with running_coda(workspace) as coda, open_tools(Secret(coda.mcp_token), coda.url) as tools:
            rest = Rest(Secret(coda.token), coda.url)
            try:
                yield Connection(Environment(LOCAL, coda.doc_id, coda.url), rest, tools)
            finally:
                rest.close()
    except (CannotOpen, CannotServe) as problem:
        raise CannotRead(f"{LOCAL}: {problem}") from None


def _local_file(root: Path) -> Path:
    """Where the local Coda of a project is kept, in a folder that git passes over."""
    from codaform.deploy.environments import LOCAL_FILE

    return own_folder(root) / LOCAL_FILE
