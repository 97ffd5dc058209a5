"""Findings on their way out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from codaform.cli.output.terminal import colored
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.text import as_text


def is_error(diagnostic: Diagnostic) -> bool:
    """Whether a finding is an error."""
    return diagnostic.rule.severity == "error"


def put_report(diagnostics: Sequence[Diagnostic], err: bool = False) -> None:
    """Write findings as text: to stdout where they are what was asked for, else to stderr."""
    color = colored(sys.stderr if err else sys.stdout)
    if diagnostics:
        click.echo(as_text(diagnostics, color) + "\n", err=err, color=color)
