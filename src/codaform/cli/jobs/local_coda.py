"""Starting a local Coda from the command line."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn
from zoneinfo import ZoneInfo

import click

from codaform.cli.output.terminal import end_now, say
from codaform.coda.wire.json_data import InvalidJson, read_json
from codaform.extras import require
from codaform.files import read_file
from codaform.project.cells import BadCell, read_moment
from codaform.project.files import CannotRead
from codaform.project.root import find_root, reason


def run(
    start: Path | None,
    port: int,
    file: Path | None,
    clock: str | None,
    delay: float,
    staleness: float,
    limits: bool,
    faults: Path | None,
) -> None:
    """Serve until interrupted. Raises CannotRead for whatever stops it from starting."""
    require("serve")

    from codaform.server.access import CODA_LIMITS
    from codaform.server.app import LocalCoda
    from codaform.server.control import YEARS
    from codaform.server.faults import BadFault
    from codaform.server.start import CannotServe, open_workspace, serve_until_interrupted
    from codaform.server.storage.store import CannotOpen
    from codaform.server.workspace import Timing

    wanted = _read(faults) if faults is not None else {}
    try:
        workspace = open_workspace(start if start is not None else _here(), file, Timing(delay, staleness))
        if clock is not None:
            zone = ZoneInfo(workspace.docs()[-1].record.time_zone)
            workspace.clock = None if clock == "now" else _moment(clock, zone, YEARS)
        coda = LocalCoda(workspace)
        if limits:
            coda.limits.limits = CODA_LIMITS
        coda.faults.set(wanted)
        token, mcp_token = (os.environ.get(name, "") for name in ("CODAFORM_TOKEN", "CODAFORM_MCP_TOKEN"))
        docs = [(doc.record.name, doc.record.id) for doc in workspace.docs()]
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            serve_until_interrupted(
                coda,
                port,
                "codaform serve",
                lambda running: _told(running.url, running.token, running.mcp_token, docs),
                token,
                mcp_token,
            )
        except KeyboardInterrupt as end:
            workspace.close()
            end_now(128 + (signal.SIGTERM if end.args else signal.SIGINT))
    except (CannotOpen, CannotServe) as problem:
        raise CannotRead(str(problem)) from None
    except BadFault as problem:
        raise CannotRead(f"{faults}: {problem}") from None


def _interrupt(sig: int, _: FrameType | None) -> NoReturn:
    """End on a signal as on Ctrl-C, so that the file is closed."""
    raise KeyboardInterrupt(sig)


def _read(faults: Path) -> object:
    try:
        return read_json(read_file(faults))
    except OSError as error:
        raise CannotRead(f"{faults}: {reason(error)}") from None
    except InvalidJson as error:
        raise CannotRead(f"{faults} is no JSON: {error}") from None


def _here() -> Path | None:
    try:
        return find_root(Path())
    except CannotRead:
        return None


def _moment(text: str, zone: ZoneInfo, years: range) -> datetime:
    try:
        moment = read_moment(text, zone)
    except BadCell as problem:
        raise CannotRead(str(problem)) from None
    if moment.year not in years:
        raise CannotRead(f"the clock shows the years {years[0]} to {years[-1]}, not {moment.year}")
    return moment


def _told(url: str, token: str, mcp_token: str, docs: Sequence[tuple[str, str]]) -> None:
    for name, id in docs:
        click.echo(f"{name}  {id}")
    click.echo(f"  page   {url}/")
    click.echo(f"  REST   {url}/apis/v1   token {token}")
    click.echo(f"  MCP    {url}/apis/mcp  token {mcp_token}")
    say("Everything stays on this machine. Ctrl-C ends it.")
