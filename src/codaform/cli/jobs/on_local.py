"""Fresh docs in a local Coda, in which scenarios and cases are run through the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from codaform.evaluation.workbook import Workbook
from codaform.extras import require
from codaform.project.engines import Engine, Engines
from codaform.project.files import CannotRead
from codaform.project.project import Project


@contextmanager
def local_engines(project: Project) -> Iterator[Engines]:
    """Engines that work in a local Coda of this process: each has a doc of its own, and the one before is gone.

    Raises CannotRead where it cannot be started.
    """
    require("deploy", "serve")

    import requests

    from codaform.coda.door.rest import Rest
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
            url = coda.url
            rest = Rest(Secret(coda.token), url)

            def set_clock(now: datetime) -> None:
                requests.put(f"{url}/control/clock", json=now.isoformat(), timeout=10).raise_for_status()

            def engine(start: Workbook) -> Engine:
                for old in workspace.docs():
                    workspace.remove(old.record.id)
                set_clock(start.now)
                record, rows = from_project(start, start.now)
                record.id = ids.new("doc")
                workspace.add(record, rows)
                return OnService(rest, record.id, start.doc, start.now, set_clock)

            try:
                yield engine
            finally:
                rest.close()
    except CannotServe as problem:
        raise CannotRead(str(problem)) from None
