"""How every command is told where: a project by its path or --project, the doc of an environment by --to.

Some commands took an environment as their first argument once. They still do, and say how it is named now.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from codaform.cli.complete import environments

Command = TypeVar("Command", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)

project_option = click.option("--project", type=PATH, metavar="P", help="The project; by default the current folder's.")


def to_option(help: str = "The doc of this environment in doc.yml.") -> Callable[[Command], Command]:
    """The option that names an environment."""
    return click.option("--to", "environment", metavar="ENVIRONMENT", shell_complete=environments, help=help)


def in_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command on a project, given as an argument or by --project; it takes `project`, None for the current one."""

    @click.argument("folder", type=PATH, required=False, metavar="[PROJECT]")
    @project_option
    @wraps(command)
    def located(*arguments: Any, folder: Path | None, project: Path | None, **others: Any) -> Any:
        return command(*arguments, project=one_project(folder, project), **others)

    return located


def in_doc(default: str | None = None, needed: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command on the doc of an environment of a project; it takes `environment` and `project`.

    default: The environment that is meant where none is named. needed: Whether one has to be named.
    """
    help = "The doc of this environment in doc.yml." + (f"  [default: {default}]" if default else "")

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.argument("words", nargs=-1, metavar="[PROJECT]")
        @to_option(help)
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
                raise click.UsageError("Say of which doc: --to ENVIRONMENT.")
            folder = one_folder(rest)
            return command(
                *arguments, environment=environment or default, project=one_project(folder, project), **others
            )

        return located

    return decorate


def hint(options: str) -> None:
    """Say how what was given as an argument is given now."""
    from codaform.cli.output.terminal import say

    path = click.get_current_context().command_path
    say(f"hint: an environment is named by an option now: {path} {options}")


def one_folder(words: list[str]) -> Path | None:
    """The folder that the arguments name, if they name one. Raises UsageError for more."""
    if len(words) > 1:
        raise click.UsageError(f"Got an argument too many: {words[1]}.")
    return Path(words[0]) if words else None


def one_project(folder: Path | None, project: Path | None) -> Path | None:
    """The project that is given as an argument or by --project. Raises UsageError for two different ones."""
    if folder is not None and project is not None and folder.resolve() != project.resolve():
        raise click.UsageError(f"{folder} and --project {project} are two projects.")
    return project if folder is None else folder


def _names_environment(word: str, project: Path | None, first: bool) -> bool:
    """Whether an argument is an environment and not the path of a project.

    first: Whether the command once took an environment as its first argument: then whatever is no path is one.
    """
    path = Path(word)
    if os.sep in word or "/" in word or word.startswith("."):
        return False
    if (path / "doc.yml").is_file() or (path / "formulas" / "doc.yml").is_file():
        return False
    return (first and not path.exists()) or word in known_environments(project)


def known_environments(project: Path | None) -> list[str]:
    """The environments of a project; none where it cannot be read."""
    from codaform.cli.input.opening import open_project
    from codaform.deploy.environments import LOCAL
    from codaform.project.files import CannotRead

    try:
        return [*open_project(project or Path()).environments, LOCAL]
    except (CannotRead, OSError):
        return []
