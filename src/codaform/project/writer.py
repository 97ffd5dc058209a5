"""A doc as the files of a project: made of its schema and of the texts of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.library import catalogue
from codaform.model.formats import Format, long_form, written_members
from codaform.model.schema import COLUMN_MARKS, CONTROL_TYPES, Column, Control, Doc, NamedFormula, Table, View
from codaform.project import yaml_text
from codaform.project.cell_texts import csv_text, single_text, writable
from codaform.project.file_names import folder_name, formula_stem, unique
from codaform.project.files import read_text
from codaform.project.inline import one_line
from codaform.project.project import Environment, Project, path_inside
from codaform.project.shapes import ASSUMPTIONS, DAYS
from codaform.project.yaml_tree import Mapping as Entries
from codaform.project.yaml_tree import Node, Scalar, compose, text_at
from codaform.project.yaml_tree import Sequence as Each
from codaform.semantics.program import FormulaSite, Role, formulas
from codaform.source import Source
from codaform.syntax.parser import MAX_LENGTH, parse
from codaform.syntax.printer import show

Cells = Mapping[str, Sequence[str]]
"""The rows of a table by column: as many texts of cells in each, the first row first (`cell_texts.cell_text`)."""


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """Which file holds what.

    folders: Each table's folder. files: The path of each formula's file. inline: The texts of formulas without a file.
    """

    folders: Mapping[str, str]
    files: Mapping[FormulaSite, Path]
    inline: Mapping[FormulaSite, str]

    def key(self, place: FormulaSite) -> str:
        """The value of a formula's key in YAML: the name of its file, or its text."""
        return self.inline[place] if place in self.inline else self.files[place].name


def project_files(
    doc: Doc,
    rows: Mapping[str, Cells] | None = None,
    into: Project | None = None,
    environments: Mapping[str, Environment] | None = None,
) -> dict[Path, str]:
    """The files of a project, by their paths in its folder; reading them gives the same doc.

    A `table.yml` has a line a column. A formula is a file in the canonical layout; a text that does not parse is
    written unchanged. A character that no text file can hold, such as a control character, becomes a `\\ufffd`.

    rows: The sample rows of the tables that shall get a `rows.csv`; the cells of computed columns are passed over.
    into: The project that the files are for: formulas stay in their files there, or in YAML. environments: All.
    """
    layout = laid_out(doc, into)
    made = {Path("doc.yml"): yaml_text.shown(_doc(doc, layout, environments or {}))}
    for place, source, _ in formulas(doc):
        if place in layout.files:
            made[layout.files[place]] = formula_text(source)
    for table in doc.tables.values():
        folder = Path(layout.folders[table.name])
        made[folder / "table.yml"] = yaml_text.shown(_table(table, layout))
        if rows is not None and table.name in rows:
            made[folder / "rows.csv"] = _rows(table, rows[table.name])
    return made


def formula_text(source: Source) -> str:
    """The text of a formula's file: in the canonical layout, or unchanged if it does not parse or does not fit."""
    text = writable(source.text)
    tree, _ = parse(Source(source.name, text))
    shown = "" if tree is None else show(tree, spelling=catalogue.spelling())
    return (shown if 0 < len(shown) < MAX_LENGTH else text.strip("\n")) + "\n"


# ------------------------------------------------------------ which file holds what


def laid_out(doc: Doc, into: Project | None = None) -> FolderLayout:
    """The files of a doc. into: A project whose folders and files are kept where it has them."""
    known = _known_files(into)
    folders: dict[str, str] = {}
    for name in doc.tables:
        kept = known.folders.get(name)
        if kept is not None:
            folders[name] = kept
    for name in doc.tables:
        if name not in folders:
            folders[name] = unique(folder_name(name), {*folders.values(), *known.folders.values()})
    files: dict[Path, str] = {}
    """What each file holds: two places may share one as long as they say the same."""
    placed: dict[FormulaSite, Path] = {}
    inline: dict[FormulaSite, str] = {}
    waiting: list[FormulaSite] = []
    for place, source, _ in formulas(doc):
        short = one_line(writable(source.text)) if place in known.inline else None
        if short is not None:
            inline[place] = short
            continue
        text = formula_text(source)
        path = known.files.get(place)
        if path is not None and files.setdefault(path, text) == text:
            placed[place] = path
        else:
            waiting.append(place)
    taken = {*known.taken, *files}
    for place in waiting:
        folder = Path(folders[place.table]) if place.table else Path()
        names = {path.name for path in taken if path.parent == folder}
        path = folder / unique(formula_stem(place), names, ".coda")
        taken.add(path)
        placed[place] = path
    return FolderLayout(folders, placed, inline)


@dataclass(frozen=True, slots=True)
class _Known:
    folders: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[FormulaSite, Path] = field(default_factory=dict)
    inline: frozenset[FormulaSite] = frozenset()
    taken: frozenset[Path] = frozenset()


def _known_files(project: Project | None) -> _Known:
    """Where a project has its tables and formulas; its names of files begin with that of the folder."""
    if project is None:
        return _Known()
    folders: dict[str, str] = {}
    for name in project.files:
        if (path := path_inside(project, name)).name == "table.yml":
            tree = compose(Source(name, read_text(project.root / path, name)[0].text))
            if not isinstance(tree, Diagnostic):
                folders[text_at(tree, "table", path.parent.name)] = path.parent.name
    places = {place: path_inside(project, source.name) for place, source, _ in formulas(project.doc)}
    inline = frozenset(place for place, path in places.items() if path.suffix == ".yml")
    # A table that has another name by now gets a folder of its own.
    files = {
        place: path
        for place, path in places.items()
        if place not in inline and path.parent.name == folders.get(place.table, "")
    }
    taken = frozenset(path for name in project.files if (path := path_inside(project, name)).suffix == ".coda")
    return _Known(folders, files, inline, taken)


# ------------------------------------------------------------ trees of YAML


def _doc(doc: Doc, layout: FolderLayout, environments: Mapping[str, Environment]) -> Node:
    day = next(name for name, number in DAYS.items() if number == doc.first_day_of_week)
    return _mapping(
        doc=doc.name,
        about=doc.about,
        time_zone="" if doc.time_zone == "UTC" else doc.time_zone,
        first_day_of_week="" if day == "sunday" else day,
        assume=_mapping(
            **{
                name: said
                for name, (usual, *_) in ASSUMPTIONS.items()
                if (said := getattr(doc.assume, name)) != usual or name in doc.assume.stated
            }
        ),
        environments=Entries(
            tuple((Scalar(name), _mapping(doc=known.doc, host=known.host)) for name, known in environments.items())
        ),
        formulas=_each(_named(known, layout) for known in doc.formulas.values()),
        controls=_each(_control(known, layout, doc) for known in doc.controls.values()),
    )


def _named(known: NamedFormula, layout: FolderLayout) -> Node:
    return _mapping(
        name=known.name,
        type=known.kind,
        to=known.to,
        many=known.many,
        format=_format(known.kind, known.format),
        formula=layout.key(FormulaSite("named", "", known.name)),
        about=known.about,
    )


def _control(known: Control, layout: FolderLayout, doc: Doc) -> Node:
    def formula(role: Role) -> str:
        return layout.key(FormulaSite(role, "", known.name)) if getattr(known, role) is not None else ""

    value = list(known.value) if isinstance(known.value, tuple) else known.value
    zone = ZoneInfo(doc.time_zone)
    texts = [single_text(item, zone, lambda row: row.table) for item in (value if isinstance(value, list) else [value])]
    several = known.many or known.kind == "date_range"
    return _mapping(
        name=known.name,
        type=known.kind,
        to=known.to,
        many=known.many,
        value=_texts(texts) if several and value else texts[0] if value is not None else "",
        options=_texts(known.options),
        format=_format(CONTROL_TYPES[known.kind], known.format),
        label=known.label,
        choices=formula("choices"),
        action=formula("action"),
        disable_if=formula("disable_if"),
        about=known.about,
    )


def _table(table: Table, layout: FolderLayout) -> Node:
    columns = Each(tuple(_column(table, column, layout) for column in table.columns.values()))
    return Entries(
        (
            *_mapping(table=table.name, about=table.about).entries,
            (Scalar("columns"), columns),
            *_mapping(views=_each(_view(view, layout) for view in table.views)).entries,
        )
    )


def _column(table: Table, column: Column, layout: FolderLayout) -> Node:
    def formula(role: Role) -> str:
        return layout.key(FormulaSite(role, table.name, column.name)) if getattr(column, role) is not None else ""

    return _mapping(
        name=column.name,
        type=column.kind,
        to=column.to,
        reverse=column.reverse,
        # Of the other side of a relation it goes without saying that it holds several rows.
        many=column.many and not column.reverse,
        options=_texts(column.options),
        **{mark: getattr(column, mark) for mark in COLUMN_MARKS},
        owner="" if column.owner == "coda" else column.owner,
        format=_format(column.kind, column.format),
        label=column.label,
        formula=formula("formula"),
        default=formula("default"),
        action=formula("action"),
        disable_if=formula("disable_if"),
        about=column.about,
    )


def _format(kind: str, format: Format) -> str | Entries:
    form = long_form(kind, format)
    if isinstance(form, str):
        return form
    return Entries(tuple((Scalar(name), Scalar(text)) for name, text in written_members(kind, format).items()))


def _view(view: View, layout: FolderLayout) -> Node:
    return _mapping(
        name=view.name,
        about=view.about,
        filter=layout.key(FormulaSite("filter", view.table, view.name)) if view.filter is not None else "",
        sort=view.sort,
        descending=view.descending,
        limit="" if view.limit is None else str(view.limit),
        columns=_texts(view.columns),
    )


def _mapping(**entries: str | bool | Each | Entries | None) -> Entries:
    """A mapping without what is empty."""
    found: list[tuple[Scalar, Node]] = []
    for key, value in entries.items():
        if isinstance(value, Entries):
            if value.entries:
                found.append((Scalar(key), value))
        elif value:
            node: Node = value if isinstance(value, Each) else Scalar("true" if value is True else str(value))
            found.append((Scalar(key), node))
    return Entries(tuple(found))


def _each(items: Iterator[Node]) -> Each | None:
    found = tuple(items)
    return Each(found) if found else None


def _texts(texts: Sequence[str]) -> Each | None:
    return Each(tuple(map(Scalar, texts))) if texts else None


def _rows(table: Table, cells: Cells) -> str:
    header = [name for name in cells if name in table.columns and not table.columns[name].computed]
    return csv_text(header, zip(*(cells[name] for name in header), strict=True)) if header else ""
