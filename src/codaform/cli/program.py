"""The command `codaform`: its subcommands, loaded when they are called, and what happens when one cannot run."""

from __future__ import annotations

import errno
import os
from importlib import import_module
from typing import Any

import click

from codaform import __version__
from codaform.cli.output.terminal import say

_COMMANDS = {
    "init": ("init", "init"),
    "check": ("check", "check"),
    "test": ("test", "test"),
    "fmt": ("fmt", "fmt"),
    "eval": ("eval", "eval_"),
    "show": ("show", "show"),
    "press": ("press", "press"),
    "rename": ("rename", "rename"),
    "serve": ("serve", "serve"),
    "pull": ("pull", "pull"),
    "plan": ("plan", "plan"),
    "deploy": ("deploy", "deploy"),
    "verify": ("deploy", "verify"),
    "drift": ("parity", "drift"),
    "parity": ("parity", "parity"),
    "promote": ("promote", "promote"),
    "backup": ("restore", "backup"),
    "restore": ("restore", "restore"),
    "doctor": ("doctor", "doctor"),
    "docs": ("docs", "docs"),
    "functions": ("functions", "functions"),
    "explain": ("functions", "explain"),
    "schema": ("functions", "schema"),
    "completion": ("functions", "completion"),
}
"""Each command's module and its name there, in the order of use."""


class CouldNotRun(click.ClickException):
    """Why a command could not run, told in one line on stderr."""

    exit_code = 2

    def show(self, _file: object = None) -> None:
        """Write the line to stderr."""
        say(f"codaform: {self.message}")


class Program(click.Group):
    """A group that imports a command's module when the command is called, and tells every failure in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands, in the order of use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"codaform.cli.commands.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; an unknown one is told with its nearest spelling."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], _COMMANDS, n=1)
            if not close or args[0] in _COMMANDS:
                raise
            raise click.UsageError(f"{error.format_message()} Did you mean {close[0]}?", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whatever stops it is told in one line."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            if error.option_name[1:2].isdigit():
                hint = f"{error.format_message()} What begins with - and is no option stands after --: -- '-1 + 2'"
                raise click.UsageError(hint, error.ctx) from None
            raise
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader of a pipe has seen enough; click ends quietly
            if os.environ.get("CODAFORM_DEBUG"):
                import traceback

                traceback.print_exc()
            raise CouldNotRun(_told(error)) from error


def _told(error: Exception) -> str:
    from codaform.project.files import CannotRead

    if isinstance(error, CannotRead):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, ImportError):
        from codaform.extras import MissingExtra, explain, is_ours

        if isinstance(error, MissingExtra):
            return str(error)
        if not is_ours(error):
            try:
                return explain(error)
            except MissingExtra as lack:
                return str(lack)
    kind = type(error).__name__
    return f"internal error: {': '.join(part for part in (kind, str(error)) if part)}; please report it"


@click.group(
    "codaform",
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 findings, 2 could not run. Colours follow NO_COLOR, FORCE_COLOR and TERM. "
    "With CODAFORM_DEBUG=1 an internal error is told with its traceback, for a report.",
)
@click.version_option(__version__, message="codaform %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Check, test and run Coda docs as code."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
