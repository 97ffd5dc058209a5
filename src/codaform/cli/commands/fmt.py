"""The command `fmt`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import project_option


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; list the files that would change, with exit code 1.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, with exit code 1.")
@click.option("--stdin", is_flag=True, help="Format the formula on stdin to stdout.")
@project_option
def fmt(paths: tuple[Path, ...], check: bool, diff: bool, stdin: bool, project: Path | None) -> None:
    """Lay formulas out in the one canonical way.

    PATHS are .coda files, doc.yml and table.yml with formulas in them, and folders of these; without any, the current
    folder. A formula in YAML stays there, in its line. The files that were changed are listed on stdout. A file whose
    formula cannot be read is reported and left as it is; the exit code is then 1.
    """
    if stdin and (paths or check or diff):
        raise click.UsageError("--stdin takes neither paths nor other options.")
    if project is not None and paths:
        raise click.UsageError("--project is all of a project; PATHS are parts of one.")

    from codaform.cli.input.stdin import read_stdin
    from codaform.cli.jobs.writing import rewrite
    from codaform.cli.output.reporting import put_report
    from codaform.cli.output.terminal import put, put_diff, say
    from codaform.project.files import read_alone
    from codaform.project.layouts import formula_files, laid_out

    if stdin:
        source = read_stdin()
        after, found = laid_out(source)
        put_report(found, err=True)
        if after is None:
            raise click.exceptions.Exit(1)
        click.echo(after, nl=False)
        return
    changed, same, failed = 0, 0, 0
    for path in formula_files(paths or (Path(),)):
        source, problems = read_alone(path)
        after, found = laid_out(source) if not problems else (None, problems)
        put_report(found, err=True)
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
    verb = "would change" if check or diff else "changed"
    told = [f"{changed} {_files(changed)} {verb}"] if changed else []
    told += [f"{same} {_files(same)} {'is' if same == 1 else 'are'} laid out"] if same else []
    told += (
        [f"{failed} {_files(failed)} could not be read as {'a formula' if failed == 1 else 'formulas'}"]
        if failed
        else []
    )
    say(", ".join(told) or "there is no file with a formula here")
    if failed or (changed and (check or diff)):
        raise click.exceptions.Exit(1)


def _files(count: int) -> str:
    return "file" if count == 1 else "files"
