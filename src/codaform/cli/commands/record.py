"""The command `record`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import FILE, environment_option, project_option


@click.command("record")
@environment_option("Pass calls on to the host of this environment in doc.yml; by default to Coda.")
@click.option("--out", type=FILE, metavar="FILE", required=True, help="The file that gets a line for each call.")
@click.option("--redact", is_flag=True, help="Replace texts, numbers and ids; keep members and shapes.")
@click.option("--port", type=click.IntRange(0, 65535), default=8766, show_default=True, help="0 for any free port.")
@project_option
def command(environment: str | None, out: Path, redact: bool, port: int, project: Path | None) -> None:
    """Record what a client and Coda say to each other.

    The command listens on 127.0.0.1 alone. Give the client that address in place of Coda's: its calls go on to Coda
    with its own token, and the replies go back. Each request and its reply are a line in the file; headers, with the
    token, are not. With --redact nothing of your docs is in it, so you can share it.

    codaform.testing.replay asks a local Coda the same and names the differences.

    \b
    Examples:
      codaform record --redact --out recording.jsonl
      codaform record --to production --redact --out recording.jsonl --port 0
    """
    from codaform.extras import require

    require("deploy", "serve")
    from codaform.cli.recording import record

    record(environment, out, redact, port, project)
