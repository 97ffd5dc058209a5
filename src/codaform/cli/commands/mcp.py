"""The command `mcp`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import takes_project


@click.command("mcp")
@takes_project
def command(project: Path | None) -> None:
    """Serve codaform's commands to an agent, by MCP.

    It speaks MCP on stdin and stdout. The tools are check, lint, eval, uses, cost, functions, show and plan, each
    on the one project. They read and compute, and write no file and apply no plan. It needs the extra agents.

    Exit codes: 0 ended by the client, 2 could not run.

    \b
    Examples:
      codaform mcp formulas
    """
    from codaform.extras import require
    from codaform.project.locate import find_root

    root = find_root(project or Path())
    require("agents")

    from codaform.cli.agents import serve_tools

    serve_tools(root.absolute())
