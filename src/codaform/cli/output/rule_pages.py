"""The rules, for a terminal."""

from __future__ import annotations

import re
import sys
import textwrap

from codaform.cli.names import pick
from codaform.cli.terminal import painted, width
from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Rule, Severity
from codaform.site.reference.examples import shortened
from codaform.site.reference.rules import SAFETY
from codaform.text import shorten

_COLORS: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "blue"}


def find(name: str) -> Rule:
    """Return the rule of a name or a code. Raises CannotRead with the nearest name."""
    is_code = re.fullmatch(r"[A-Za-z]+\d+", name)
    known = [rule.code if is_code else rule.name for rule in rules.RULES]
    found = rules.find(name) or rules.find(pick("rule", name, known, several=True))
    assert found is not None
    return found


def as_page(rule: Rule) -> str:
    """Return everything about a rule, for a terminal."""
    severity = painted(rule.severity, sys.stdout, fg=_COLORS[rule.severity])
    room = min(width(), 100)
    parts = [
        f"{rule.code} {painted(rule.name, sys.stdout, bold=True)} ({severity})",
        textwrap.fill(f"{rule.what} {rule.why}", room),
        f"{painted('Bad:', sys.stdout, bold=True)}\n{textwrap.indent(shortened(rule.bad), '  ')}",
        f"{painted('Good:', sys.stdout, bold=True)}\n{textwrap.indent(shortened(rule.good), '  ')}",
    ]
    if rule.fix:
        title = f"Fix ({SAFETY[rule.safety]}):"
        text = textwrap.fill(f"{title} {rule.fix}", room, break_on_hyphens=False)
        parts.append(text.replace(title, painted(title, sys.stdout, bold=True), 1))
    if rule.see:
        parts.append(f"{painted('See:', sys.stdout, bold=True)} {', '.join(f'docs/{page}' for page in rule.see)}")
    return "\n\n".join(parts)


def as_list() -> str:
    """Return all rules, a line each."""
    wide = max(len(rule.name) for rule in rules.RULES)
    return "\n".join(
        f"{rule.code}  {rule.name:{wide}}  {painted(f'{rule.severity:7}', sys.stdout, fg=_COLORS[rule.severity])}"
        f"  {shorten(rule.what, max(width() - wide - 19, 30))}"
        for rule in rules.RULES
    )
