"""The environments of a project: those of doc.yml, and the local Coda that every project has."""

from __future__ import annotations

from codaform.coda.door.hosts import REST_HOST
from codaform.extras import Extra
from codaform.project.files import CannotRead
from codaform.project.project import Environment, Project
from codaform.spelling import did_you_mean, nearest

LOCAL = "local"
"""The environment that every project has: a local Coda, kept in a file of the project's folder."""

LOCAL_FILE = "local.sqlite"


def extras_for(name: str | None) -> tuple[Extra, ...]:
    """The extras that opening the doc of an environment needs: the local Coda is a server in this process."""
    return ("deploy", "serve") if name == LOCAL else ("deploy",)


def environment(project: Project, name: str) -> Environment:
    """The environment of a name, with its doc and its host. Raises CannotRead if there is none, or it names no doc. The
    local one has no doc and no host before it starts."""
    if name == LOCAL:
        return Environment(LOCAL)
    found = project.environments.get(name)
    if found is None:
        known = (*project.environments, LOCAL)
        close = nearest(name, known)
        help = did_you_mean(close, f"doc.yml names {', '.join(known)}")
        raise CannotRead(f"there is no environment {name}; {help}")
    if not found.doc:
        raise CannotRead(f"the environment {name} names no doc: doc.yml needs the doc's id there, as `doc: AbCDeFGHij`")
    return found if found.host else Environment(found.name, found.doc, REST_HOST)
