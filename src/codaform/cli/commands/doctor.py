"""The command `doctor`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import format_option, takes_environment


@click.command("doctor")
@takes_environment()
@format_option("text", "json")
def command(environment: str | None, project: Path | None, format_: str) -> None:
    """Check everything that a deploy needs.

    doctor checks the packages, the host and its clock, the tokens and their rights, the size of the doc, Coda's rate
    limits, the tools of the MCP server, and doc.lock.yml. It says how to fix what is wrong, and writes nothing. Without
    an environment it checks all environments of doc.yml. The exit code is 1 if a problem keeps a deploy from working.
    """
    from dataclasses import asdict

    from codaform.cli.select import open_project
    from codaform.cli.terminal import exit_if, put, put_json
    from codaform.deploy.environments import LOCAL, extras_for
    from codaform.deploy.environments import environment as find_environment
    from codaform.deploy.finding import Finding, packages
    from codaform.project.files import CannotRead
    from codaform.text import harmless

    opened = open_project(project)
    found: dict[str, list[Finding]] = {}
    for name in [environment] if environment is not None else [*opened.environments] or [LOCAL]:
        try:
            known = find_environment(opened, name)
        except CannotRead as problem:
            if environment is not None:
                raise
            found[name] = [Finding("problem", "doc.yml", str(problem))]
            continue
        found[name] = list(packages(*extras_for(name)))
        if found[name]:
            continue
        from codaform.deploy.doctor import examine, examine_local
        from codaform.deploy.lock import read_lock

        lock = read_lock(opened.root)
        if name == LOCAL:
            from codaform.cli.connect import connect

            with connect(opened, LOCAL, mcp=True) as connection:
                local = connection.environment
                found[name] = list(examine_local(local, lock, connection.rest, connection.tools))
        else:
            found[name] = list(examine(known, lock))
    if format_ == "json":
        findings = {name: [asdict(finding) for finding in found[name]] for name in found}
        put_json({"version": 1, "environments": findings})
    else:
        for name in found:
            for finding in found[name]:
                advice = f"; {finding.advice}" if finding.advice else ""
                put(harmless(f"{finding.state:8} {name}: {finding.what}: {finding.said}{advice}"))
    exit_if(any(finding.state == "problem" for name in found for finding in found[name]))
