"""The documents of a project: which files they are, and where their pages stand."""

from __future__ import annotations

from pathlib import Path

from codaform.project.project import Project
from codaform.source import Source

FOLDER = "documents"


def documents(project: Project) -> list[tuple[Source, str]]:
    """Each Markdown file below `documents/` with the path of its page below the docs, in the order of the paths.

    Links that lead out of the folder are not followed. Raises OSError; bytes that are no UTF-8 are replaced.
    """
    folder = project.root / FOLDER
    found = []
    for path in sorted(folder.rglob("*.md")) if folder.is_dir() else []:
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            name = path.relative_to(folder).as_posix()
            found.append((Source(_called(project, path), path.read_text("utf-8-sig", "replace")), name))
    return found


def _called(project: Project, path: Path) -> str:
    """What the file is called beside the other files of the project, whose names may begin at another folder."""
    inside = path.relative_to(project.root).as_posix()
    doc = next((name for name in project.files if name == "doc.yml" or name.endswith("/doc.yml")), "")
    return doc.removesuffix("doc.yml") + inside
