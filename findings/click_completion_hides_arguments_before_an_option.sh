#!/usr/bin/env bash
# click 8.5.1: while the value of an option is completed, arguments before the option are not in ctx.params.
#
# A shell_complete function that needs an argument given before (here the project, to list its tables) finds it in
# ctx.params when the value is attached, as in `tool P --table=t`. When it is a word of its own, as in `tool P --table t`,
# every parameter is None and the words are in ctx.args as text, unparsed: click takes the unfinished option off, and
# what is left is not read as arguments any more. Options before it are parsed in both cases.
# Seen on 2026-11-29, Python 3.11: {'project': 'P'} with the first spelling, {'project': None} and args ['P'] with the second.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q click==8.5.1
"$place/venv/bin/python" - <<'PYTHON'
import click
from click.shell_completion import CompletionItem, ShellComplete

seen = []


def tables(ctx, param, incomplete):
    seen.append((ctx.params["project"], ctx.params["kind"], list(ctx.args)))
    return [CompletionItem("tasks")]


@click.command()
@click.argument("project")
@click.option("--kind")
@click.option("--table", shell_complete=tables)
def tool(project, kind, table):
    pass


shell = ShellComplete(tool, {}, "tool", "_TOOL_COMPLETE")
given = ["--kind", "k", "P"]
for words, begun in ((given, "--table=t"), ([*given, "--table"], "t")):
    assert [found.value for found in shell.get_completions(words, begun)] == ["tasks"]
    print(begun, "→ project, kind, args =", seen[-1])
assert seen == [("P", "k", []), (None, "k", ["P"])], seen
PYTHON
echo 'as described'
