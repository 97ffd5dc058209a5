"""The command `doctor`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import in_doc


@click.command()
@in_doc()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(environment: str | None, project: Path | None, form: str) -> None:
    """Look whether all that a deploy needs is there.

    What is not there is told with what to do about it. Looked at are the packages, the host and its clock, the tokens
    and what they reach, the size of the doc, whether Coda's limits are reached, the tools of the MCP server, and what
    doc.lock.yml remembers. Nothing is written. Without an environment all of doc.yml are looked at. The exit code is 1
    where something keeps a deploy from working.
    """
    from dataclasses import asdict

    from codaform.cli.input.opening import open_project
    from codaform.cli.jobs.doctors import examined
    from codaform.cli.output.json_text import as_json
    from codaform.cli.output.terminal import put
    from codaform.text import harmless

    found = {name: list(findings) for name, findings in examined(open_project(project or Path()), environment)}
    if form == "json":
        told = {name: [asdict(finding) for finding in findings] for name, findings in found.items()}
        put(as_json({"version": 1, "environments": told}))
    else:
        for name, findings in found.items():
            for finding in findings:
                advice = f"; {finding.advice}" if finding.advice else ""
                put(harmless(f"{finding.state:8} {name}: {finding.what}: {finding.said}{advice}"))
    if any(finding.state == "problem" for findings in found.values() for finding in findings):
        raise click.exceptions.Exit(1)
