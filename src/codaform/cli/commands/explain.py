"""The command `explain`."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def _complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from codaform.diagnostics.rules import RULES

    names = [(name, rule.what) for rule in RULES for name in (rule.name, rule.code)]
    return [CompletionItem(name, help=what) for name, what in names if name.lower().startswith(incomplete.lower())]


@click.command("explain")
@click.argument("rule", required=False, shell_complete=_complete)
def command(rule: str | None) -> None:
    """Explain a rule, or list all rules."""
    from codaform.cli.output.rule_pages import as_list, as_page, find
    from codaform.cli.terminal import put

    put(as_list() if rule is None else as_page(find(rule)))
