"""The command `serve`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import one_project, project_option

SECONDS = click.FloatRange(0, 86_400)


def _number(_: click.Context, __: click.Parameter, seconds: float) -> float:
    if seconds != seconds:  # of `nan` no range says that it lies outside
        raise click.BadParameter("nan is no number of seconds.")
    return seconds


@click.command()
@click.argument("start", type=click.Path(path_type=Path), required=False, metavar="[PROJECT|SNAPSHOT]")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any free port.")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), metavar="F", help="Where the docs are kept.")
@click.option("--clock", metavar="MOMENT", help="Let the clock stand at a moment; `now` for the real one.")
@click.option("--delay", type=SECONDS, callback=_number, default=0.1, show_default=True, help="Seconds a write takes.")
@click.option(
    "--staleness", type=SECONDS, callback=_number, default=0.0, show_default=True, help="… and until reads see it."
)
@click.option("--limits", is_flag=True, help="Answer 429 where Coda would.")
@click.option("--faults", type=click.Path(path_type=Path, exists=True), metavar="F", help="Faults to have, as JSON.")
@project_option
def serve(
    start: Path | None,
    port: int,
    file: Path | None,
    clock: str | None,
    delay: float,
    staleness: float,
    limits: bool,
    faults: Path | None,
    project: Path | None,
) -> None:
    """Start a local Coda: a page, the REST API and MCP.

    It starts from a project's folder (the current one's if left out), or from a snapshot that was saved before. It
    answers on 127.0.0.1 alone, and prints its addresses and a token for each API; CODAFORM_TOKEN and
    CODAFORM_MCP_TOKEN choose them. It proves what codaform understands of Coda, not what Coda does.

    \b
    Examples:
      codaform serve
      codaform serve formulas --port 0 --file founder_hq.sqlite
      codaform serve --limits --staleness 5
    """
    from codaform.cli.jobs.local_coda import run

    run(one_project(start, project), port, file, clock, delay, staleness, limits, faults)
