"""The command `history`, with `init` and `log`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.complete import columns
from codaform.cli.options import environment_option, format_option, project_option


@click.group("history")
def command() -> None:
    """Keep a doc's history in git, and read a formula's life."""


@command.command("init")
@environment_option("The doc of this environment in doc.yml. [production]")
@click.option("--forge", type=click.Choice(["github", "gitlab"]), default="github", show_default=True)
@project_option
def init(environment: str | None, forge: str, project: Path | None) -> None:
    """Write a pipeline that pulls the doc into git each night.

    Each night it pulls the doc of an environment. If anything changed, it commits the files, and the message says what
    changed in the doc's own words. The pipeline needs a token for reading the doc, as a secret. A file that is there
    and says something else is not touched.

    \b
    Examples:
      codaform history init
      codaform history init --to staging --forge gitlab
    """
    from codaform.cli.names import pick
    from codaform.cli.select import open_project
    from codaform.cli.terminal import say
    from codaform.deploy.copying.nightly import nightly_pull
    from codaform.files import create_file, make_folders, read_file_text
    from codaform.project.files import CannotRead
    from codaform.project.git_revision import top_of

    opened = open_project(project)
    if environment is None and "production" not in opened.environments and len(opened.environments) == 1:
        (environment,) = opened.environments
    name = pick("environment", environment or "production", opened.environments)
    top = top_of(opened.root)
    made = nightly_pull(
        "gitlab" if forge == "gitlab" else "github", name, opened.root.resolve().relative_to(top).as_posix()
    )
    target = top / made.path
    if target.exists():
        if read_file_text(target) != made.text:
            raise CannotRead(f"{target} is there and says something else; remove it, and run this again")
    else:
        make_folders(target.parent, top)
        create_file(target, made.text, top)
    click.echo(target)
    say(f"Put codaform's address in CODAFORM there, set {made.secret} as a secret of the repository, commit the file.")


@command.command("log")
@click.argument("what", metavar="TABLE.COLUMN", shell_complete=columns)
@format_option("text", "json")
@project_option
def log(what: str, format_: str, project: Path | None) -> None:
    """Show how a formula changed, commit by commit, the newest first.

    Name a column with a formula, or a view, a named formula or a control. A part that was renamed is followed by the
    ids in the lock file, else by a guess.

    \b
    Examples:
      codaform history log workflows.variance_pct
      codaform history log sprints.tasks --format json
    """
    from codaform.extras import require

    require("deploy")

    from codaform.cli.output.differing import life_json, put_life
    from codaform.cli.select import open_readable_project, pick_part
    from codaform.cli.terminal import put_json
    from codaform.deploy.comparing.formula_life import formula_life

    opened = open_readable_project(project)
    chosen = pick_part(opened.doc, what)
    found = formula_life(opened.root, chosen)
    if format_ == "json":
        put_json(life_json(found))
    else:
        put_life(found, str(chosen))
