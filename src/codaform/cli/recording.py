"""The work of `record`: serving a recorder, and writing what it hears."""

from __future__ import annotations

import threading
from pathlib import Path
from threading import Event

from codaform.cli.select import open_project
from codaform.cli.terminal import counted, put, say
from codaform.coda.door.hosts import REST_HOST
from codaform.coda.door.tools import MCP_HOST
from codaform.coda.recording.exchanges import Exchange
from codaform.coda.recording.redaction import Redaction, as_line
from codaform.files import open_file
from codaform.project.files import CannotRead
from codaform.project.locate import base_of, reason
from codaform.server.recorder import Recorder, line_of
from codaform.server.start import CannotServe, serving


def record(environment: str | None, out: Path, redact: bool, port: int, project: Path | None) -> None:
    """Serve until an interrupt. Raises CannotRead."""
    host = mcp_host = ""
    if environment is not None:
        from codaform.deploy.environments import environment as find

        host = mcp_host = find(open_project(project), environment).host
    redaction = Redaction() if redact else None
    lock, kept = threading.Lock(), 0
    try:
        with open_file(out, base_of(out)) as file:
            if file.seek(0, 2):
                raise CannotRead(f"{out} is not empty; a recording is a new file")
            out.chmod(0o600)  # what is not redacted is for its owner's eyes only

            def keep(one: Exchange) -> None:
                nonlocal kept
                with lock:
                    line = as_line(redaction.exchange(one) if redaction is not None else one)
                    file.write(line_of(line))
                    file.flush()
                    kept += 1

            recorder = Recorder(host or REST_HOST, mcp_host or MCP_HOST, keep)
            with serving(recorder.application(), port) as url:
                put(f"REST  {url}/apis/v1")
                put(f"MCP   {url}/apis/mcp")
                say("Calls to these addresses go on to Coda and are recorded. Ctrl-C ends it.")
                try:
                    Event().wait()
                except KeyboardInterrupt:
                    say(f"{out}: {counted(kept, 'call')}")
    except OSError as error:
        raise CannotRead(f"{out} cannot be written: {reason(error)}") from None
    except (ValueError, CannotServe) as problem:
        raise CannotRead(str(problem)) from None
