"""Whether a written line `codaform …` is one that this version takes: its command, its options, their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache

import click

from codaform.spelling import is_slip


def command_fault(words: Sequence[str]) -> str:
    """Why a line is no command of codaform; empty for one that is. Nothing runs, and no file is looked at.

    words: The line as a shell splits it, without `codaform`. A word `…` or `...` stands for whatever may follow; words
    of prose before it may be no command (`codaform is deploying`, an option of another program), so that only slips
    count there.
    """
    from codaform.cli.program import program

    open_end = [at for at, word in enumerate(words) if word in ("…", "...")]
    given = list(words[: open_end[0]] if open_end else words)
    if open_end and given and given[0].startswith("--"):
        return "" if _meant(given[0], _options()) else f"codaform has no option {given[0]}"
    group: click.Command = program
    context = click.Context(program, info_name="codaform")
    try:
        while isinstance(group, click.Group):
            rest = _parsed(group, context, given, whole=False)
            if not rest:
                return ""
            found = group.get_command(context, rest[0])
            if found is None:
                prose = open_end and group is program and not any(word.startswith("-") for word in given)
                if prose and _meant(rest[0], program.list_commands(context)):
                    return ""
                return f"{context.command_path} has no command {rest[0]}"
            context = click.Context(found, parent=context, info_name=rest[0])
            group, given = found, rest[1:]
        _parsed(group, context, given, whole=not open_end)
    except click.UsageError as wrong:
        if open_end and "requires an argument" in wrong.message:
            return ""
        return f"{context.command_path}: {wrong.format_message()}"
    return ""


def _meant(word: str, known: Collection[str]) -> bool:
    """Whether a word of prose is one of these, or something else altogether, and no slip."""
    return word in known or not any(is_slip(word, one) for one in known)


@cache
def _options() -> frozenset[str]:
    """The options of all commands."""
    from codaform.cli.program import program

    def of(command: click.Command, context: click.Context) -> Iterator[str]:
        for parameter in command.get_params(context):
            yield from (*parameter.opts, *parameter.secondary_opts)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                if (inner := command.get_command(context, name)) is not None:
                    yield from of(inner, click.Context(inner, parent=context))

    return frozenset(of(program, click.Context(program)))


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
