"""The command `serve`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from codaform.cli.options import FILE, one_project, project_option

_SECONDS = click.FloatRange(0, 86_400)


def _number(_: click.Context, __: click.Parameter, seconds: float) -> float:
    if seconds != seconds:  # no range refuses `nan`
        raise click.BadParameter("nan is no number of seconds.")
    return seconds


@click.command("serve")
@click.argument("start", type=click.Path(path_type=Path), required=False, metavar="[PROJECT|SNAPSHOT]")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any free port.")
@click.option("--file", type=FILE, metavar="F", help="The file that keeps the docs.")
@click.option("--clock", metavar="MOMENT", help="Stop the clock at a moment; `now` for the real clock.")
@click.option("--delay", type=_SECONDS, callback=_number, default=0.1, show_default=True, help="Seconds a write takes.")
@click.option(
    "--staleness", type=_SECONDS, callback=_number, default=0.0, show_default=True, help="… and until reads see it."
)
@click.option("--limits", is_flag=True, help="Answer 429 where Coda would.")
@click.option("--faults", type=click.Path(path_type=Path, exists=True), metavar="F", help="Faults to make, as JSON.")
@click.option("--https", is_flag=True, help="Serve HTTPS, with a certificate for this run.")
@click.option("--certificate", type=FILE, metavar="F", help="… or with this one, as PEM.")
@click.option("--key", type=FILE, metavar="F", help="… and its key, where that is in another file.")
@click.option("--public-url", metavar="URL", help="The address of a proxy or mapped port that leads here.")
@project_option
def command(
    start: Path | None,
    port: int,
    file: Path | None,
    clock: str | None,
    delay: float,
    staleness: float,
    limits: bool,
    faults: Path | None,
    https: bool,
    certificate: Path | None,
    key: Path | None,
    public_url: str | None,
    project: Path | None,
) -> None:
    """Start a local Coda: a page, the REST API and MCP.

    It starts from a project, by default the current folder's, or from a saved snapshot. It answers on 127.0.0.1 alone,
    and prints its addresses and a token for each API; CODAFORM_TOKEN and CODAFORM_MCP_TOKEN choose the tokens. It
    proves what codaform understands of Coda, not what Coda does.

    \b
    Examples:
      codaform serve
      codaform serve formulas --port 0 --file founder_hq.sqlite
      codaform serve --limits --staleness 5
      codaform serve --https --public-url https://coda.test
    """
    import os
    import signal

    from codaform.extras import require

    require("serve")

    from codaform.cli.terminal import end_now, say
    from codaform.project.files import CannotRead
    from codaform.server.access import CODA_LIMITS
    from codaform.server.app import LocalCoda
    from codaform.server.certificates import BadCertificate
    from codaform.server.faults import BadFault
    from codaform.server.start import CannotServe, RunningCoda, open_workspace, serve_until_interrupted
    from codaform.server.storage.store import CannotOpen
    from codaform.server.workspace import Timing

    public = _origin(public_url) if public_url else ""
    wanted = _read_json(faults) if faults is not None else {}
    try:
        workspace = open_workspace(one_project(start, project) or _current_project(), file, Timing(delay, staleness))
        if clock is not None:
            zone = workspace.docs()[-1].record.time_zone
            workspace.clock = None if clock == "now" else _moment(clock, zone)
        coda = LocalCoda(workspace, public)
        if limits:
            coda.limits.limits = CODA_LIMITS
        coda.faults.set(wanted)
        tokens = os.environ.get("CODAFORM_TOKEN", ""), os.environ.get("CODAFORM_MCP_TOKEN", "")
        docs = [(doc.record.name, doc.record.id) for doc in workspace.docs()]

        def ready(running: RunningCoda) -> None:
            for name, id in docs:
                click.echo(f"{name}  {id}")
            click.echo(f"  page   {running.url}/")
            click.echo(f"  REST   {running.url}/apis/v1   token {running.token}")
            click.echo(f"  MCP    {running.url}/apis/mcp  token {running.mcp_token}")
            if tls is not None and tls.trust is not None:
                click.echo(f"  trust  {tls.trust}")
            say("Everything stays on this machine. Ctrl-C ends it.")

        signal.signal(signal.SIGTERM, _interrupt)
        try:
            with _https(https, certificate, key, public) as tls:
                serve_until_interrupted(
                    coda, port, "codaform serve", ready, tokens, tls.context if tls is not None else None
                )
        except KeyboardInterrupt as end:
            workspace.close()
            end_now(128 + (signal.SIGTERM if end.args else signal.SIGINT))
    except (CannotOpen, CannotServe, BadCertificate) as problem:
        raise CannotRead(str(problem)) from None
    except BadFault as problem:
        raise CannotRead(f"{faults}: {problem}") from None


def _https(https: bool, certificate: Path | None, key: Path | None, public: str) -> AbstractContextManager[Any]:
    """The certificate to serve with; none without HTTPS."""
    from contextlib import nullcontext
    from urllib.parse import urlsplit

    from codaform.server.certificates import own_certificate, read_certificate

    if key is not None and certificate is None:
        raise click.UsageError("--key is the key of --certificate, which is missing.")
    if certificate is not None:
        return nullcontext(read_certificate(certificate, key))
    return own_certificate(urlsplit(public).hostname or "") if https else nullcontext()


def _origin(url: str) -> str:
    from urllib.parse import urlsplit

    from codaform.coda.door.hosts import origin

    try:
        found = origin(url)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--public-url") from None
    parts = urlsplit(url)
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise click.BadParameter(
            f"it is a scheme, a host and perhaps a port, such as {found}; a path cannot be a part of it.",
            param_hint="--public-url",
        )
    return found


def _interrupt(sig: int, _: FrameType | None) -> NoReturn:
    """End on a signal as on Ctrl-C, so that the file is closed."""
    raise KeyboardInterrupt(sig)


def _read_json(path: Path) -> object:
    from codaform.coda.wire.json_data import InvalidJson, read_json
    from codaform.files import read_file
    from codaform.project.locate import CannotRead, reason

    try:
        return read_json(read_file(path))
    except OSError as error:
        raise CannotRead(f"{path}: {reason(error)}") from None
    except InvalidJson as error:
        raise CannotRead(f"{path} is no JSON: {error}") from None


def _current_project() -> Path | None:
    from codaform.project.locate import CannotRead, find_root

    try:
        return find_root(Path())
    except CannotRead:
        return None


def _moment(text: str, zone: str) -> datetime:
    from zoneinfo import ZoneInfo

    from codaform.project.cells import BadCell, read_moment
    from codaform.project.locate import CannotRead
    from codaform.server.control import YEARS

    try:
        moment = read_moment(text, ZoneInfo(zone))
    except BadCell as problem:
        raise CannotRead(str(problem)) from None
    if moment.year not in YEARS:
        raise CannotRead(f"the clock shows the years {YEARS[0]} to {YEARS[-1]}, not {moment.year}")
    return moment
