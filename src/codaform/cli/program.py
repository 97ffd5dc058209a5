"""The command `codaform`: loads each subcommand when it is called, and writes one line when a command cannot run."""

from __future__ import annotations

import errno
import os
from importlib import import_module
from typing import Any

import click

from codaform import __version__
from codaform.cli.terminal import say

_COMMANDS = (
    "init",
    "audit",
    "check",
    "lint",
    "test",
    "watch",
    "ci",
    "fmt",
    "eval",
    "show",
    "sql",
    "press",
    "uses",
    "cost",
    "diff",
    "rename",
    "lsp",
    "mcp",
    "serve",
    "record",
    "pull",
    "plan",
    "deploy",
    "verify",
    "drift",
    "history",
    "parity",
    "conformance",
    "promote",
    "backup",
    "restore",
    "migrate",
    "mirror",
    "doctor",
    "docs",
    "bench",
    "functions",
    "explain",
    "schema",
    "completion",
)
"""The commands in the order of use: each is `command` in the module of its name in `codaform.cli.commands`."""


class CouldNotRun(click.ClickException):
    """The reason why a command could not run: one line on stderr, exit code 2."""

    exit_code = 2

    def show(self, _file: object = None) -> None:
        """Write the line to stderr."""
        say(f"codaform: {self.message}")


class CommandLine(click.Group):
    """A group that imports a command's module when the command is called, and writes every failure in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands, in the order of use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"codaform.cli.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called. For an unknown command the error suggests the nearest name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from codaform.spelling import did_you_mean, nearest

            close = nearest(args[0], _COMMANDS)
            if not close or args[0] in _COMMANDS:
                raise
            raise click.UsageError(f"{error.format_message()} {did_you_mean(close).capitalize()}", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, and turn whatever stops it into one line."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            if error.option_name[1:2].isdigit():
                hint = f"{error.format_message()} An argument that begins with - goes behind --: -- '-1 + 2'"
                raise click.UsageError(hint, error.ctx) from None
            raise
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader of the pipe has closed it; click ends quietly
            if os.environ.get("CODAFORM_DEBUG"):
                import traceback

                traceback.print_exc()
            raise CouldNotRun(_reason(error)) from error


def _reason(error: Exception) -> str:
    from codaform.project.files import CannotRead
    from codaform.sql.engine_error import EngineError

    if isinstance(error, CannotRead | EngineError):
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
    cls=CommandLine,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 findings, 2 could not run. Colours follow NO_COLOR, FORCE_COLOR and TERM. "
    "With CODAFORM_DEBUG=1 an internal error shows its traceback, for a report.",
)
@click.version_option(__version__, message="codaform %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Check, test and run Coda docs as code."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
