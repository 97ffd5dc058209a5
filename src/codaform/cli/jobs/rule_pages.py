"""The pages of rules, for reading in a terminal."""

from __future__ import annotations

import re
import sys
import textwrap

from codaform.cli.input.naming import pick
from codaform.cli.output.terminal import painted, width
from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Rule, Severity
from codaform.site.reference.examples import shortened

_COLORS: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "blue"}


def find(name: str) -> Rule:
    """A rule by name or code. Raises CannotRead with the nearest name."""
    is_code = re.fullmatch(r"[A-Za-z]+\d+", name)
    known = [rule.code if is_code else rule.name for rule in rules.RULES]
    found = rules.find(name) or rules.find(pick("rule", name, known, several=True))
    assert found is not None
    return found


def as_page(rule: Rule) -> str:
    """Everything about a rule."""
    severity = painted(rule.severity, sys.stdout, fg=_COLORS[rule.severity])
    room = min(width(), 100)
    return "\n".join(
        [
            f"{rule.code} {painted(rule.name, sys.stdout, bold=True)} ({severity})",
            "",
            textwrap.fill(rule.why, room),
            "",
            painted("Raises it:", sys.stdout, bold=True),
            textwrap.indent(shortened(rule.bad), "  "),
            "",
            painted("Is clean:", sys.stdout, bold=True),
            textwrap.indent(shortened(rule.good), "  "),
        ]
    )


def as_list() -> str:
    """All rules in a line each."""
    wide = max(len(rule.name) for rule in rules.RULES)
    return "\n".join(
        f"{rule.code}  {rule.name:{wide}}  {painted(f'{rule.severity:7}', sys.stdout, fg=_COLORS[rule.severity])}"
        f"  {textwrap.shorten(rule.why, max(width() - wide - 19, 30), placeholder=' …')}"
        for rule in rules.RULES
    )
