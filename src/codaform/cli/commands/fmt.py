"""The command `fmt`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import project_option


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; list the files that would change, with exit code 1.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, with exit code 1.")
@click.option("--stdin", is_flag=True, help="Format the formula on stdin to stdout.")
@project_option
def command(paths: tuple[Path, ...], check: bool, diff: bool, stdin: bool, project: Path | None) -> None:
    """Lay formulas out in the one canonical way.

    PATHS are .coda files, doc.yml and table.yml with formulas in them, and folders of these; without any, the current
    folder. A formula in YAML stays there, in its line. The changed files are listed on stdout. A file stays as it is if
    its formula cannot be read; fmt reports it, and the exit code is 1.
    """
    if stdin and (paths or check or diff):
        raise click.UsageError("--stdin takes neither paths nor other options.")
    if project is not None and paths:
        raise click.UsageError("--project is a whole project; PATHS are parts of one.")

    from codaform.cli.output.findings import put_findings
    from codaform.cli.terminal import counted, exit_if, put, put_diff, say
    from codaform.project.files import read_alone, read_stdin, rewrite
    from codaform.project.layouts import formula_files, laid_out

    if stdin:
        source = read_stdin()
        after, found = laid_out(source)
        put_findings(found, err=True)
        exit_if(after is None)
        click.echo(after, nl=False)
        return
    changed, same, failed = 0, 0, 0
    for path in formula_files(paths or (project or Path(),)):
        source, problems = read_alone(path)
        after, found = laid_out(source) if not problems else (None, problems)
        put_findings(found, err=True)
        if after is None:
            failed += 1
        elif after == source.text:
            same += 1
        else:
            changed += 1
            if diff:
                put_diff(source.text, after, source.name, f"{source.name} (laid out)")
            elif not check:
                rewrite(path, source.text, after)
            if not diff:
                put(path.as_posix())
    parts = []
    if changed:
        parts.append(f"{counted(changed, 'file')} {'would change' if check or diff else 'changed'}")
    if same:
        parts.append(f"{counted(same, 'file')} {'is' if same == 1 else 'are'} laid out")
    if failed:
        parts.append(f"{counted(failed, 'file')} could not be read as {'a formula' if failed == 1 else 'formulas'}")
    say(", ".join(parts) or "there is no file with a formula here")
    exit_if(bool(failed or (changed and (check or diff))))
