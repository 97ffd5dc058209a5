"""The generated pages of the reference: what they hold, and how they are written anew."""

from __future__ import annotations

from pathlib import Path

from codaform.site.reference.functions import function_pages
from codaform.site.reference.rules import rules_page


def reference_pages() -> dict[str, str]:
    """Each generated page by its path below the folder of the reference."""
    functions = {f"functions/{name}": text for name, text in function_pages().items()}
    return {**functions, "rules.md": rules_page()}


def write(folder: Path) -> None:
    """Write the pages into the folder of the reference, and remove those of subjects that are gone."""
    pages = reference_pages()
    (folder / "functions").mkdir(parents=True, exist_ok=True)
    for old in (folder / "functions").glob("*.md"):
        if f"functions/{old.name}" not in pages:
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
