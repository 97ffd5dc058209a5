"""The command `conformance`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import (
    FILE,
    PATH,
    apply_option,
    environment_option,
    format_option,
    mcp_option,
    project_option,
    require_extras,
)


@click.command("conformance")
@click.argument("result", required=False, type=FILE)
@environment_option("Ask with the token of this environment in doc.yml; by default the local Coda.")
@mcp_option("Let Coda compute formulas; without it nothing can be asked.")
@apply_option
@click.option("--only", multiple=True, metavar="QUESTION", help="Ask this question, or the examples of this function.")
@click.option("--api", "facts", is_flag=True, help="Ask the recorded facts about both APIs, too; some write.")
@click.option("--keep", is_flag=True, help="Keep the doc in which Coda computed.")
@click.option("--out", type=FILE, metavar="FILE", help="The file for the answers; by default conformance/DATE.yml.")
@click.option("--product", default="", metavar="TEXT", help="Coda's version, if you know it; the file says it.")
@click.option("--into", type=PATH, metavar="FOLDER", help="With RESULT: note the answers in this folder of truths.")
@project_option
@format_option("text", "json")
def command(
    result: Path | None,
    environment: str | None,
    mcp: bool,
    apply: bool,
    only: tuple[str, ...],
    facts: bool,
    keep: bool,
    out: Path | None,
    product: str,
    into: Path | None,
    project: Path | None,
    format_: str,
) -> None:
    """Ask Coda what codaform takes for true, and compare the answers.

    codaform makes a doc of its own in the account of the environment's token, with the tables of the examples, and lets
    Coda compute every recorded truth and every example of a function in it. Then it deletes that doc. Without --apply
    it says what it would make and ask. A run that was stopped goes on where it ended.

    The answers are a file to read and to share: formulas and values, nothing of the account. RESULT is such a file; it
    is reported again. With --into, each truth in a checkout of codaform notes what was measured.

    The exit code is 1 if an answer differs.

    \b
    Examples:
      codaform conformance --to production --via mcp
      codaform conformance --to production --via mcp --apply
      codaform conformance --apply --only Round
      codaform conformance --to production --via mcp --api --apply
      codaform conformance conformance/2026-11-28.yml --into tests/coda
    """
    if into is not None and result is None:
        raise click.UsageError("--into goes with a file of answers: codaform conformance FILE --into FOLDER.")

    from codaform.cli.terminal import exit_if, say

    if result is not None:
        from codaform.cli.output.conformed import report
        from codaform.conformance.results import read_result

        found = read_result(result)
        report(found, format_)
        if into is not None:
            from codaform.conformance.measured import take_in

            changed = take_in(found, into)
            for path in changed:
                say(f"noted in {path}")
            if not changed:
                say(f"{into} has all of it already")
    else:
        name = environment or "local"
        require_extras(name)
        from codaform.cli.conforming import asked, rehearse
        from codaform.cli.output.conformed import report

        if not apply:
            rehearse(name, only, facts)
            return
        found = asked(project, name, mcp, only, facts, keep, out, product)
        report(found, format_)
    exit_if(found.count("differs") > 0)
