"""Writes findings to the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from codaform.cli.terminal import colored
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.text import as_text


def put_findings(diagnostics: Sequence[Diagnostic], err: bool = False) -> None:
    """Write findings as text: to stdout if they are the command's result, else to stderr."""
    color = colored(sys.stderr if err else sys.stdout)
    if diagnostics:
        click.echo(as_text(diagnostics, color) + "\n", err=err, color=color)
