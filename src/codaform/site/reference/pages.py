"""The generated pages of the reference, and how they are written."""

from __future__ import annotations

import json
from pathlib import Path

from codaform.project.json_schemas import json_schema
from codaform.project.shapes import KINDS
from codaform.project.truths import read_truths
from codaform.site.reference.certainty import uncertain_page
from codaform.site.reference.files import files_page
from codaform.site.reference.functions import function_pages
from codaform.site.reference.rules import rule_pages


def reference_pages(truths: Path) -> dict[str, str]:
    """Each generated page and the schema of each kind of YAML file, by the path below the folder of the reference.

    truths: The folder of the recorded truths.
    """
    functions = {f"functions/{name}": text for name, text in function_pages(truths).items()}
    known = read_truths(truths)
    schemas = {f"schema/{kind}.schema.json": json.dumps(json_schema(kind), indent=2) + "\n" for kind in KINDS}
    others = {"files.md": files_page(), "uncertain.md": uncertain_page(known)}
    return {**functions, **rule_pages(known), **others, **schemas}


def write_reference(folder: Path, truths: Path) -> None:
    """Write the pages into the folder of the reference, and remove those of subjects and rules that are gone."""
    pages = reference_pages(truths)
    for inner in ("functions", "rules", "schema"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
        for old in (folder / inner).glob("*.md"):
            if f"{inner}/{old.name}" not in pages:
                old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
