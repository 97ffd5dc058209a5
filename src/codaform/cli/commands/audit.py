"""The command `audit`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import FILE, environment_option, format_option, mcp_option, project_option


@click.command("audit")
@click.argument("what", metavar="[DOC|FILE|FOLDER]", required=False)
@environment_option()
@project_option
@click.option("--out", type=FILE, metavar="FILE", help="The file to write; by default stdout.")
@mcp_option("Of a DOC: fail without the MCP server, which shows more.")
@format_option("html", "json")
def command(
    what: str | None, environment: str | None, project: Path | None, out: Path | None, mcp: bool, format_: str
) -> None:
    """Write a report on a doc: its map, findings, costs, limits.

    codaform reads a folder, a snapshot of `codaform backup`, or a doc in Coda: by its id or address, or by --to an
    environment of doc.yml. A token for reading is enough, in CODA_API_TOKEN. It changes nothing. The report is one HTML
    file that loads nothing from anywhere: the map of tables and relations, findings by severity, the costliest
    formulas, parts that nothing needs, formulas that are there twice, limits, and what could not be read.

    Exit codes: 0 written, 1 written, but a part of the doc could not be read, 2 could not run.

    \b
    Examples:
      codaform audit formulas --out report.html
      codaform audit backup.json --out report.html
      codaform audit dAbCDeFGHij --out report.html
      codaform audit --to production --format json
    """
    if what is not None and environment is not None:
        raise click.UsageError("Name one thing: --to ENVIRONMENT, or a doc, a file or a folder.")

    from codaform.extras import require

    require("docs")

    from codaform.audit.page import audit_json, audit_page
    from codaform.audit.report import audit
    from codaform.cli.auditing import open_subject
    from codaform.cli.terminal import as_json, counted, exit_if, put, say
    from codaform.files import write_file
    from codaform.project.files import CannotRead
    from codaform.project.locate import base_of, reason

    report = audit(open_subject(what, environment, project, mcp))
    text = as_json(audit_json(report)) + "\n" if format_ == "json" else audit_page(report)
    if out is None:
        put(text.rstrip("\n"))
    else:
        try:
            write_file(out, text, base_of(out))
        except OSError as error:
            raise CannotRead(f"{out} cannot be written: {reason(error)}") from None
        put(out.as_posix())
    found = ", ".join(counted(count, severity) for severity, count in report.counts.items())
    say(f"{report.subject.doc.name}: {counted(len(report.subject.sizes), 'table')}, {found}")
    for sentence in report.subject.unread:
        say(f"not read: {sentence}")
    exit_if(not report.complete)
