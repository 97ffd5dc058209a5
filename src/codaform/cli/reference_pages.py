"""Writes the pages of commands, engines and Python: `python -m codaform.cli.reference_pages FOLDER PROJECT`."""

from __future__ import annotations

import sys
from pathlib import Path

import codaform
import codaform.testing
from codaform.cli.program import program
from codaform.cli.sql_page import sql_page
from codaform.site.reference.commands import commands_page
from codaform.site.reference.engines import engines_page
from codaform.site.reference.python_face import python_page


def pages(project: Path) -> dict[str, str]:
    """Each page by its file. project: The one whose formulas say how often functions are used."""
    members = {f"codaform.{name}": getattr(codaform, name) for name in codaform.__all__ if not name.startswith("_")}
    served = {f"codaform.testing.{name}": getattr(codaform.testing, name) for name in ("RunningCoda", "local_coda_for")}
    return {
        "engines.md": engines_page(),
        "sql.md": sql_page(project),
        "commands.md": commands_page(program),
        "python.md": python_page(codaform.__doc__ or "", members | served),
    }


if __name__ == "__main__":
    for file, text in pages(Path(sys.argv[2])).items():
        (Path(sys.argv[1]) / file).write_text(text, "utf-8", newline="\n")
