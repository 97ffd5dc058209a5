"""Whether a written line `codaform …` is one that this version takes: its command, its options, their values."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click


def command_fault(words: Sequence[str]) -> str:
    """Why a line is no command of codaform; empty for one that is. Nothing runs, and no file is looked at.

    words: The line as a shell splits it, without `codaform`. A word `…` or `...` stands for whatever may follow.
    """
    from codaform.cli.program import program

    open_end = [at for at, word in enumerate(words) if word in ("…", "...")]
    given = list(words[: open_end[0]] if open_end else words)
    group: click.Command = program
    context = click.Context(program, info_name="codaform")
    try:
        while isinstance(group, click.Group):
            rest = _parsed(group, context, given, whole=False)
            if not rest:
                return ""
            found = group.get_command(context, rest[0])
            if found is None:
                return f"{context.command_path} has no command {rest[0]}"
            context = click.Context(found, parent=context, info_name=rest[0])
            group, given = found, rest[1:]
        _parsed(group, context, given, whole=not open_end)
    except click.UsageError as wrong:
        if open_end and "requires an argument" in wrong.message:
            return ""
        return f"{context.command_path}: {wrong.format_message()}"
    return ""


def _parsed(command: click.Command, context: click.Context, given: list[str], whole: bool) -> list[str]:
    """What the options and arguments of a command leave. Raises UsageError.

    whole: Whether an argument that the command needs has to be there.
    """
    given = ["0" if re.match(r"-\d", word) else word for word in given]  # a formula such as -2 + 3
    values, rest, _ = command.make_parser(context).parse_args(given)
    for parameter in command.params:
        value = values.get(parameter.name or "")
        if isinstance(parameter.type, click.Choice):
            for one in value if isinstance(value, list | tuple) else [value]:
                if isinstance(one, str) and not one.isupper():  # NAME stands for one that the reader chooses
                    parameter.type.convert(one, parameter, context)
        given_one = isinstance(value, str) or (isinstance(value, tuple) and bool(value))
        if whole and isinstance(parameter, click.Argument) and parameter.required and not given_one:
            raise click.MissingParameter(ctx=context, param=parameter)
    if rest and not isinstance(command, click.Group):
        raise click.UsageError(f"unexpected argument {' '.join(rest)}", context)
    return rest
