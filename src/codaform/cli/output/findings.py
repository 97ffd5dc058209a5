"""Writes findings to the terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence

import click

from codaform.cli.terminal import colored, put
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.text import as_text


def put_findings(diagnostics: Sequence[Diagnostic], err: bool = False) -> None:
    """Write findings as text: to stdout if they are the command's result, else to stderr."""
    color = colored(sys.stderr if err else sys.stdout)
    if diagnostics:
        click.echo(as_text(diagnostics, color) + "\n", err=err, color=color)


def fix_notes(found: Iterable[Diagnostic], unsafe: bool = False) -> list[str]:
    """How many findings can be fixed, in sentences. unsafe: Whether guesses were made already."""
    fixes = [one.fix for one in found if one.fix is not None]
    safe = sum(each.safe for each in fixes)
    notes = [f"{safe} can be fixed with --fix"] if safe else []
    if safe < len(fixes) and not unsafe:
        notes.append(f"{len(fixes) - safe} can be fixed with --unsafe-fixes, by a guess")
    return notes


def put_statistics(found: Iterable[Diagnostic]) -> None:
    """Write how many findings each rule has, the most first."""
    counts = Counter(one.rule for one in found)
    for rule, number in sorted(counts.items(), key=lambda each: (-each[1], each[0].code)):
        put(f"{number:5}  {rule.code}  {rule.name}  {rule.severity}")
