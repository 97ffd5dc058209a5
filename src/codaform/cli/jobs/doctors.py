"""Examining the environments of a project from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codaform.cli.input.packages import extras_for
from codaform.coda.door.failures import Failure
from codaform.coda.door.hosts import REST_HOST
from codaform.coda.door.pace import LIMITS, Pace, Patience
from codaform.coda.door.tokens import NoToken, token_for
from codaform.deploy.environments import LOCAL, environment
from codaform.deploy.finding import Finding, packages
from codaform.deploy.lock import read_lock
from codaform.project.files import CannotRead
from codaform.project.project import Environment, Project

_AT_ONCE = Patience(attempts=1)
"""A limit that is reached is to be told and not waited for."""


def examined(project: Project, name: str | None) -> Iterator[tuple[str, Iterable[Finding]]]:
    """What there is to say of an environment, or of all that doc.yml names; of the local one where it names none.

    Raises CannotRead for an unknown environment and for a lock that cannot be read.
    """
    names = [name] if name is not None else [*project.environments] or [LOCAL]
    for one in names:
        try:
            known = environment(project, one)
        except CannotRead as problem:
            if name is not None:
                raise
            yield one, [Finding("problem", "doc.yml", str(problem))]
            continue
        lacking = list(packages(*extras_for(one)))
        yield one, lacking or (_local(project) if one == LOCAL else _remote(project, known))


def _local(project: Project) -> Iterator[Finding]:
    from codaform.cli.connect import connection
    from codaform.deploy import doctor

    yield doctor.installed()
    with connection(project, LOCAL, True) as opened:
        yield doctor.host(opened.rest.host)
        yield doctor.remembered(opened.environment, read_lock(project.root))
        yield from doctor.reach(opened.rest, opened.environment.doc)
        if opened.tools is not None:
            yield from doctor.tools_there(opened.tools)


def _remote(project: Project, known: Environment) -> Iterator[Finding]:
    from codaform.coda.door.rest import Rest
    from codaform.deploy import doctor

    yield doctor.installed()
    yield doctor.remembered(known, read_lock(project.root))
    try:
        secret = token_for(known.name, "rest")
        rest = Rest(secret, known.host or REST_HOST, Pace(LIMITS, _AT_ONCE))
    except NoToken as problem:
        yield Finding("problem", "REST token", str(problem))
    except ValueError as problem:
        yield Finding("problem", "host", str(problem), "mend the host in doc.yml")
        return
    else:
        there = doctor.host(rest.host)
        yield there
        if there.state != "problem":
            yield from doctor.reach(rest, known.doc)
        rest.close()
        if there.state == "problem":
            return
    yield from _tools(known)


def _tools(known: Environment) -> Iterator[Finding]:
    from codaform.coda.door.tools import MCP_HOST, open_tools
    from codaform.deploy import doctor

    address = MCP_HOST if known.host in ("", REST_HOST) else known.host
    try:
        with open_tools(token_for(known.name, "mcp"), address, Pace({}, _AT_ONCE)) as tools:
            yield Finding("ok", "MCP token", f"{address} takes it")
            yield from doctor.tools_there(tools)
    except NoToken as problem:
        yield doctor.no_tools(str(problem))
    except (Failure, ValueError) as problem:
        yield doctor.no_tools(f"the tools cannot be had: {problem}")
