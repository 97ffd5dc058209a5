"""The reference page of the command line, made from click's data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from codaform.site.markdown import block, code, escaped, join_blocks, table


def commands_page(program: click.Group) -> str:
    """Every command of a program with its arguments, options and examples, in the order of `--help`."""
    context = click.Context(program, info_name=program.name, **program.context_settings)
    found = list(_commands(program, context))
    rows = [[f"[{code(within.command_path)}](#{_anchor(within)})", escaped(_first(one))] for one, within in found]
    return join_blocks(
        "# Commands",
        escaped(program.help or ""),
        escaped(program.epilog or ""),
        table(["Command", "What it does"], rows),
        *(part for one, within in found for part in _parts(one, within)),
    )


def _commands(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        within = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _commands(command, within)
        else:
            yield command, within


def _parts(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {escaped(context.command_path)} {{ #{_anchor(context)} }}"
    yield block(" ".join([context.command_path, *command.collect_usage_pieces(context)]), "text")
    for paragraph in re.split(r"\n{2,}", inspect.cleandoc(command.help or "")):
        yield _paragraph(paragraph)
    rows = [list(row) for parameter in command.params if (row := _option(parameter, context))]
    if rows:
        yield table(["Option", "Meaning"], rows)


def _paragraph(text: str) -> str:
    """A paragraph; where click keeps its lines, its first line is `\\b`, and it becomes a block."""
    lines = text.split("\n")
    if lines[0].strip() != "\b":
        return escaped(text)
    kept = [line for line in lines[1:] if line.strip()]
    heading = [escaped(kept.pop(0))] if kept and kept[0].rstrip().endswith(":") else []
    return "\n\n".join([*heading, *([block(inspect.cleandoc("\n".join(kept)), "shell")] if kept else [])])


def _option(parameter: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    record = parameter.get_help_record(context)
    if record is None or not isinstance(parameter, click.Option) or parameter.is_eager:
        return None
    return code(record[0]), escaped(record[1])


def _first(command: click.Command) -> str:
    return command.get_short_help_str(limit=200)


def _anchor(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")
