"""The parts of a project that are otherwise than at a revision of git."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from codaform.files import read_file
from codaform.model.schema import views
from codaform.project.file_names import ROWS_FILES
from codaform.project.git_revision import folder_at
from codaform.project.names import schema_trees
from codaform.project.parts import ProjectPart
from codaform.project.project import Project, path_inside
from codaform.project.reader import read_project
from codaform.project.uses import part_of_test
from codaform.project.yaml_tree import text_at
from codaform.source import Source
from codaform.syntax.printer import formatted

_SETTINGS = ProjectPart("document", "doc.yml")
"""What doc.yml says of the whole doc."""


def modified_parts(project: Project, base: str) -> set[ProjectPart]:
    """The parts that are new, or are otherwise than at a revision of git. Raises CannotRead.

    A formula in another layout is the same. Other rows modify their table, and another setting of the doc, such as its
    time zone, modifies all.
    """
    with folder_at(project.root, base) as folder:
        before = _contents(read_project(folder, "", later=True))
    now = _contents(project)
    every = before[_SETTINGS] != now[_SETTINGS]
    files = {path_inside(project, name).as_posix(): name for name in project.files}
    changed = [part for part, content in now.items() if every or before.get(part) != content]
    return {part._replace(name=files.get(part.name, part.name)) for part in changed if part != _SETTINGS}


def _contents(project: Project) -> dict[ProjectPart, object]:
    """What is written of each part, to be compared; files are called by their paths in the folder."""
    doc, found = project.doc, dict[ProjectPart, object]()
    rows = {
        text_at(tree, "table", path.parent.name): _rows(project.root / path.parent)
        for _, tree, path in schema_trees(project)
        if path.name == "table.yml"
    }
    for table in doc.tables.values():
        found[ProjectPart("table", table.name)] = (table.about, rows.get(table.name))
        for column in table.columns.values():
            found[ProjectPart("column", column.name, table.name)] = _plain(column)
    found |= {ProjectPart("view", view.name, view.table): _plain(view) for view in views(doc)}
    found |= {ProjectPart("formula", name): _plain(named) for name, named in doc.formulas.items()}
    found |= {ProjectPart("control", name): _plain(control) for name, control in doc.controls.items()}
    for test in project.tests:
        found[part_of_test(test)] = (test.kind, test.values, test.to, test.to_column, _plain(test.formula))
    for case in project.cases:
        found[ProjectPart("cases", path_inside(project, case.source.name).as_posix())] = case.tree
    for scenario in project.scenarios:
        found[ProjectPart("scenario", path_inside(project, scenario.source.name).as_posix())] = scenario.tree
    found[_SETTINGS] = (doc.time_zone, doc.first_day_of_week, _plain(doc.assume), project.clock, _plain(project.user))
    return found


def _rows(folder: Path) -> list[bytes]:
    """The state of the files of rows in a table's folder."""
    return [sha256(read_file(folder / name)).digest() for name in ROWS_FILES if (folder / name).is_file()]


def _plain(value: Any) -> object:
    """A value without the places of its parts."""
    if isinstance(value, Source):
        return formatted(value)
    if is_dataclass(value):
        return [_plain(getattr(value, known.name)) for known in fields(value)]
    return value
