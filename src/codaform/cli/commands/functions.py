"""The commands that look something up: `functions`, `explain`, `schema`, `completion`."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def _complete_function(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from codaform.library import catalogue

    return [CompletionItem(name) for name in catalogue.names() if name.lower().startswith(incomplete.lower())]


def _complete_rule(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from codaform.diagnostics.rules import RULES

    names = [(name, rule.what) for rule in RULES for name in (rule.name, rule.code)]
    return [CompletionItem(name, help=what) for name, what in names if name.lower().startswith(incomplete.lower())]


@click.command()
@click.argument("name", required=False, shell_complete=_complete_function)
@click.option("--coverage", is_flag=True, help="List every name, how sure its meaning is, and what computes it.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def functions(name: str | None, coverage: bool, form: str) -> None:
    """List the functions, or show the page of one."""
    if name is not None and coverage:
        raise click.UsageError("--coverage is a list of all functions.")

    from codaform.cli.output.function_pages import as_data, as_list, as_page, coverage_data, find, put_coverage
    from codaform.cli.output.json_text import as_json
    from codaform.cli.output.terminal import put
    from codaform.site.reference.functions import function_entries

    if coverage:
        if form == "json":
            put(as_json(coverage_data()))
        else:
            put_coverage()
    elif name is None:
        put(as_json([as_data(entry) for entry in function_entries()]) if form == "json" else as_list())
    else:
        entry = find(name)
        put(as_json(as_data(entry)) if form == "json" else as_page(entry))


@click.command()
@click.argument("rule", required=False, shell_complete=_complete_rule)
def explain(rule: str | None) -> None:
    """Explain a rule, or list all rules."""
    from codaform.cli.jobs.rule_pages import as_list, as_page, find
    from codaform.cli.output.terminal import put

    put(as_list() if rule is None else as_page(find(rule)))


@click.command()
@click.argument("kind", type=click.Choice(["doc", "table", "cases", "scenario"]))
def schema(kind: str) -> None:
    """Print the JSON Schema of a kind of YAML file, for editors."""
    from codaform.cli.output.json_text import as_json
    from codaform.cli.output.terminal import put
    from codaform.project.shapes import json_schema

    put(as_json(json_schema(kind)))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands in a shell.

    \b
    Examples:
      eval "$(codaform completion bash)"      in ~/.bashrc
      eval "$(codaform completion zsh)"       in ~/.zshrc
      codaform completion fish | source       in ~/.config/fish/config.fish
    """
    from codaform.cli.commands.completion import script

    click.echo(script(shell, ctx.find_root().command))
