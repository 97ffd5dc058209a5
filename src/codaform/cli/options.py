"""The options and arguments that commands share: a project by its path or --project, an environment by --to.

Some commands once took an environment as their first argument. They still do, and print the new form as a hint.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from codaform.cli.asked import Selecting
from codaform.cli.complete import environments, renamable
from codaform.engines import ENGINES

Command = TypeVar("Command", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)

project_option = click.option("--project", type=PATH, metavar="P", help="The project; by default the current folder's.")
apply_option = click.option("--apply", is_flag=True, help="Write. Without it, the command only shows what it would do.")
alone_option = click.option(
    "--alone", is_flag=True, help="Make no page that locks the doc: no other deploy is running."
)
allow_loss_option = click.option("--allow-loss", is_flag=True, help="Do not ask before a step loses data.")


def environment_option(help: str = "The doc of this environment in doc.yml.") -> Callable[[Command], Command]:
    """The option --to, which names an environment."""
    return click.option("--to", "environment", metavar="ENVIRONMENT", shell_complete=environments, help=help)


def mcp_option(help: str = "Use the MCP server's tools, too.") -> Callable[[Command], Command]:
    """The option --via mcp; the command takes `mcp`, a bool."""
    return click.option("--via", "mcp", type=click.Choice(["mcp"]), callback=lambda _, __, via: bool(via), help=help)


def selects_parts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take selectors by --select and --exclude, as `selecting`: a `Selecting`, or None without any."""

    @click.option(
        "--select",
        multiple=True,
        metavar="SELECTOR",
        shell_complete=renamable,
        help="Only these parts: a name, +table.column+, tag:NAME or state:modified; repeatable.",
    )
    @click.option(
        "--exclude",
        multiple=True,
        metavar="SELECTOR",
        shell_complete=renamable,
        help="Without these parts; repeatable.",
    )
    @click.option(
        "--base", default="HEAD", show_default=True, metavar="REVISION", help="What state:modified compares with."
    )
    @wraps(command)
    def selected(*arguments: Any, select: tuple[str, ...], exclude: tuple[str, ...], base: str, **others: Any) -> Any:
        if not select and not exclude:
            if base != "HEAD":
                raise click.UsageError("--base belongs to --select state:modified.")
            return command(*arguments, selecting=None, **others)
        return command(*arguments, selecting=Selecting(select, exclude, base), **others)

    return selected


def engine_option(help: str, default: str | None = None) -> Callable[[Command], Command]:
    """The option --engine: what computes columns. All engines give the same values."""
    return click.option(
        "--engine", type=click.Choice(ENGINES), default=default, show_default=default is not None, help=help
    )


def format_option(*formats: str) -> Callable[[Command], Command]:
    """The option --format; the first format is the default. The command takes `format_`."""
    return click.option("--format", "format_", type=click.Choice(formats), default=formats[0], show_default=True)


def takes_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take a project as an argument or by --project, as `project`; None for the current folder's."""

    @click.argument("folder", type=PATH, required=False, metavar="[PROJECT]")
    @project_option
    @wraps(command)
    def located(*arguments: Any, folder: Path | None, project: Path | None, **others: Any) -> Any:
        return command(*arguments, project=one_project(folder, project), **others)

    return located


def takes_environment(
    default: str | None = None, needed: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a command take an environment by --to and a project, as `environment` and `project`.

    default: The environment if the caller names none. needed: Whether the caller has to name one.
    """
    help = "The doc of this environment in doc.yml." + (f"  [default: {default}]" if default else "")

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.argument("words", nargs=-1, metavar="[PROJECT]")
        @environment_option(help)
        @project_option
        @wraps(command)
        def located(
            *arguments: Any, words: tuple[str, ...], environment: str | None, project: Path | None, **others: Any
        ) -> Any:
            rest = list(words)
            if environment is None and rest and _names_environment(rest[0], project, default is None):
                environment = rest.pop(0)
                hint(f"--to {environment}")
            if environment is None and needed:
                raise click.UsageError("Name the doc: --to ENVIRONMENT.")
            project = one_project(one_folder(rest), project)
            return command(*arguments, environment=environment or default, project=project, **others)

        return located

    return decorate


def hint(options: str) -> None:
    """Print the options that replace an environment given as an argument."""
    from codaform.cli.terminal import say

    path = click.get_current_context().command_path
    say(f"hint: name an environment by an option: {path} {options}")


def one_folder(words: list[str]) -> Path | None:
    """The one folder among the arguments, if there is one. Raises UsageError for more."""
    if len(words) > 1:
        raise click.UsageError(f"Got an argument too many: {words[1]}.")
    return Path(words[0]) if words else None


def one_project(folder: Path | None, project: Path | None) -> Path | None:
    """The project given as an argument or by --project. Raises UsageError for two different ones."""
    if folder is not None and project is not None and folder.resolve() != project.resolve():
        raise click.UsageError(f"{folder} and --project {project} are two projects.")
    return project if folder is None else folder


def _names_environment(word: str, project: Path | None, first: bool) -> bool:
    """Whether an argument is an environment and not the path of a project.

    first: Whether the command once took an environment as its first argument: then every word that is no path is one.
    """
    path = Path(word)
    if os.sep in word or "/" in word or word.startswith("."):
        return False
    if (path / "doc.yml").is_file() or (path / "formulas" / "doc.yml").is_file():
        return False
    return (first and not path.exists()) or word in known_environments(project)


def known_environments(project: Path | None) -> list[str]:
    """The environments of a project, none if the project cannot be read."""
    from codaform.cli.select import open_project
    from codaform.deploy.environments import LOCAL
    from codaform.project.files import CannotRead

    try:
        return [*open_project(project).environments, LOCAL]
    except (CannotRead, OSError):
        return []


def require_extras(*environments: str | None) -> None:
    """Check that the packages are installed that opening the docs of these environments needs. Raises MissingExtra."""
    from codaform.deploy.environments import extras_for
    from codaform.extras import require

    require(*dict.fromkeys(extra for environment in environments for extra in extras_for(environment)))
