"""The page of the reference on the local Coda: `python -m codaform.server.reference docs/reference` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

from codaform.server.access import CODA_LIMITS
from codaform.server.facts import FACTS
from codaform.server.mcp.catalogue import TOOLS
from codaform.server.rest.operations import OPERATIONS, UNSERVED

_KINDS = {"read": "reading", "write": "writing", "content": "writing content", "docs": "listing docs"}


def page() -> str:
    """The page as Markdown."""
    lines = [
        "# What the local Coda serves",
        "",
        "Generated from the code (`make reference`). [What it is for](../local_coda.md), and what it does not prove.",
        "",
        "## Operations of the REST API",
        "",
        "| operation | call | counts as |",
        "| --- | --- | --- |",
        *(f"| {each.id} | `{each.method} {each.path}` | {_KINDS[each.bucket]} |" for each in OPERATIONS),
        "",
        "With `--limits`, "
        + "; ".join(f"{_KINDS[kind]}: {most} calls in {window:g} s" for kind, (most, window) in CODA_LIMITS.items())
        + ".",
        "",
        "## Operations that are not served",
        "",
        "They answer 404.",
        "",
    ]
    for why, operations in UNSERVED.items():
        lines += [f"- {why} {', '.join(operations)}."]
    lines += ["", "## Tools of the MCP server", "", "| tool | what it does |", "| --- | --- |"]
    lines += [f"| {tool.name} | {_cell(tool.about)} |" for tool in TOOLS.values()]
    lines += [""]
    lines += _recorded()
    return "\n".join(lines)


def _recorded() -> list[str]:
    """The section on the recorded facts."""
    lines = [
        "## What the service was seen to answer",
        "",
        "The local Coda answers so, and a test asks it for each. A fact is *recorded* in replies, *measured* by one "
        "author, *stated* by the vendor, *reported* by a user, or *inferred* from such; what codaform had to assume "
        "beside it is in the last column.",
        "",
        "| fact | sure | source | assumed |",
        "| --- | --- | --- | --- |",
    ]
    for fact in FACTS:
        cells = (f"{fact.number}. {fact.text}", ", ".join(fact.sure), fact.source, fact.assumed)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return [*lines, ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    (Path(sys.argv[1]) / "local_coda.md").write_text(page(), "utf-8", newline="\n")
