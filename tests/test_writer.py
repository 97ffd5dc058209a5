"""The files of a doc: reading them gives the doc, and bringing a folder up to date loses nothing that anybody wrote."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codaform.model.schema import COLUMN_TYPES, SYSTEM_TYPES, Column, Doc, NamedFormula, Table, View
from codaform.model.values import Person, Row
from codaform.project import yaml_edits, yaml_text, yaml_tree
from codaform.project.cell_texts import cell_text, writable
from codaform.project.cells import read_cell
from codaform.project.file_names import file_stem, folder_name, is_folder_of, unique
from codaform.project.files import CannotRead
from codaform.project.inline import same_formula
from codaform.project.project import Environment
from codaform.project.reader import read_project
from codaform.project.writer import formula_text, project_files
from codaform.project.written_files import compared, put, write
from codaform.source import Source
from columns import formats
from formulas import LETTERS
from formulas import formulas as random_formulas
from projects import FORMULAS, copy_of_founder_hq
from random_docs import docs
from searching import examples

SLOW = settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
BERLIN = ZoneInfo("Europe/Berlin")


def no_rows(row: Row) -> str:
    """These cells refer to no rows."""
    raise AssertionError(row)


def plain(thing: object) -> object:
    """A schema as data that can be compared: formulas by their canonical text, wherever they were read from."""
    match thing:
        case Source():
            return formula_text(thing)
        case dict():
            return [(key, plain(value)) for key, value in thing.items()]
        case tuple():
            return [plain(item) for item in thing]
        case Doc() | Table() | Column() | View() | NamedFormula():
            return {field.name: plain(getattr(thing, field.name)) for field in fields(thing)}
    return thing


def sorted_tables(doc: Doc) -> Doc:
    """A project's tables have no order but that of their folders."""
    return replace(doc, tables={name: doc.tables[name] for name in sorted(doc.tables)})


def back(doc: Doc, folder: Path) -> Doc:
    """The doc that is read of the files that it was written to."""
    write(folder, project_files(doc))
    read = read_project(folder, "")
    assert [found.message for found in read.diagnostics if found.rule.severity == "error"] == []
    return read.doc


@pytest.mark.slow
def test_founder_hq_comes_back(tmp_path: Path) -> None:
    doc = read_project(FORMULAS, "").doc
    assert plain(sorted_tables(back(doc, tmp_path / "made"))) == plain(sorted_tables(doc))


@pytest.mark.slow
def test_founder_hq_written_into_itself_changes_nothing() -> None:
    project = read_project(FORMULAS, "formulas")
    update = compared(FORMULAS, project_files(project.doc, into=project))
    assert (update.texts, update.left, update.anew) == ({}, (), ())


@SLOW
@given(docs())
def test_random_docs_come_back(tmp_path_factory: pytest.TempPathFactory, doc: Doc) -> None:
    folder = tmp_path_factory.mktemp("doc") / "made"
    assert plain(sorted_tables(back(doc, folder))) == plain(sorted_tables(doc))
    read = read_project(folder, "")
    assert compared(folder, project_files(read.doc, into=read)).texts == {}


WILD = st.one_of(
    st.sampled_from(
        ["No", "1e3", "007", "~", "null", "a: b", "- x", "# no", "{a}", "[b]", "'q'", '"q"', "a\\b", "x #y"]
    ),
    st.sampled_from(
        ["CON", "..", ".hidden", "a/b", "a:b", "scenarios", "Ünïcode ✅", "é" * 150, "trailing. ", "%x", "@y"]
    ),
    st.text(LETTERS, min_size=1, max_size=12),
).filter(lambda name: bool(name.strip()))


@settings(SLOW, max_examples=15)
@given(st.data())
def test_names_and_texts_that_yaml_and_file_systems_would_misread(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    names = data.draw(st.lists(WILD, min_size=1, max_size=4, unique_by=lambda name: name))
    kinds = st.sampled_from([kind for kind in COLUMN_TYPES if kind not in ("relation", "button")])
    any_text = st.one_of(WILD, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
    tables = {}
    for name in names:
        columns = {}
        for column in data.draw(st.lists(WILD, min_size=1, max_size=4, unique_by=lambda name: name)):
            kind = data.draw(kinds)
            options = data.draw(st.lists(any_text, max_size=3)) if kind == "select" else []
            computed = kind not in (*SYSTEM_TYPES, "reaction") and data.draw(st.booleans())
            formula = Source("", data.draw(random_formulas(4))) if computed else None
            about = data.draw(any_text)
            columns[column] = Column(
                column, kind, about, options=tuple(options), format=data.draw(formats(kind)), formula=formula
            )
        tables[name] = Table(name, columns, data.draw(any_text))
    doc = Doc(data.draw(WILD), tables, about=data.draw(any_text), time_zone="Europe/Berlin")
    folder = tmp_path_factory.mktemp("doc") / "made"
    assert plain(sorted_tables(back(doc, folder))) == plain(sorted_tables(doc))


def test_every_kind_of_column_comes_back(tmp_path: Path) -> None:
    columns = {kind: Column(kind, kind, to="all" if kind == "relation" else "") for kind in COLUMN_TYPES}
    columns["mirror"] = Column("mirror", "relation", to="all", reverse="relation", many=True)
    doc = Doc("All kinds", {"all": Table("all", columns)}, first_day_of_week=1)
    assert plain(back(doc, tmp_path / "made")) == plain(doc)


def test_comments_of_formulas_stay(tmp_path: Path) -> None:
    text = "// how many\nthisRow.a + 1  /* one more */\n"
    doc = Doc(
        "D", {"t": Table("t", {"a": Column("a", "number"), "b": Column("b", "number", formula=Source("", text))})}
    )
    back(doc, tmp_path / "made")
    assert (tmp_path / "made/t/b.coda").read_text() == text


def test_a_text_that_is_no_formula_is_written_as_it_is(tmp_path: Path) -> None:
    doc = Doc("D", {"t": Table("t", {"a": Column("a", "number", formula=Source("", "1 +"))})})
    write(tmp_path / "made", project_files(doc))
    assert (tmp_path / "made/t/a.coda").read_text() == "1 +\n"


@pytest.mark.parametrize("name", ["", "...", "a/b", "CON", "x" * 400, "\x00", "é" * 300, "Scenarios", "."])
def test_a_folder_can_have_the_name(name: str) -> None:
    folder = folder_name(name)
    assert folder == folder.strip(". ") or folder.startswith("_")
    assert 0 < len(folder.encode()) < 200
    assert not set(folder) & set('\\/:*?"<>|\x00')
    assert is_folder_of(folder, name)
    assert is_folder_of(f"{folder}_2", name)
    assert file_stem(name)


def test_names_that_differ_in_case_alone_get_files_of_their_own() -> None:
    assert unique("a", ["A", "a_2"], "") == "a_3"
    columns = {
        name: Column(name, "number", formula=Source("", str(number)))
        for number, name in enumerate(("A", "a", "a b", "a_b"))
    }
    files = project_files(Doc("D", {"t": Table("t", columns), "T": Table("T", {})}))
    assert len({path.as_posix().casefold() for path in files}) == len(files) == 7


# ------------------------------------------------------------ cells

VALUES: dict[str, st.SearchStrategy[object]] = {
    "text": st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(writable),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "checkbox": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(datetime(1902, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    "time": st.times().map(lambda found: found.replace(microsecond=0)),
    "duration": st.integers(-(10**8), 10**8).map(lambda seconds: timedelta(seconds=seconds)),
    "person": st.sampled_from([Person("Ada"), Person("ada@example.com", "ada@example.com")]),
}


@settings(deadline=None)
@given(st.data())
def test_cells_come_back(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(VALUES)))
    many = data.draw(st.booleans())
    column = Column("c", kind, many=many)
    value = data.draw(st.lists(VALUES[kind].filter(lambda found: found != ""), max_size=3) if many else VALUES[kind])
    text = cell_text(value, column, BERLIN, no_rows)
    found = read_cell(text, column, BERLIN)
    assert found == (value if value != "" else None), text


def test_a_moment_that_the_clocks_show_twice_comes_back() -> None:
    column = Column("c", "datetime")
    for hour in (0, 1):
        moment = datetime(2025, 10, 26, hour, 30, tzinfo=UTC)
        found = read_cell(cell_text(moment, column, BERLIN, no_rows), column, BERLIN)
        assert isinstance(found, datetime)
        assert found.astimezone(UTC) == moment


def test_blank_and_short_values() -> None:
    assert cell_text(None, Column("c", "date"), BERLIN, no_rows) == ""
    assert cell_text(date(2025, 1, 6), Column("c", "date"), BERLIN, no_rows) == "2025-01-06"
    assert cell_text(time(9, 30), Column("c", "time"), BERLIN, no_rows) == "09:30"
    assert cell_text(["a;b", " c"], Column("c", "text", many=True), BERLIN, no_rows) == '"a;b"; " c"'


def test_rows_come_back(tmp_path: Path) -> None:
    table = Table(
        "t", {"a": Column("a", "text"), "b": Column("b", "number", formula=Source("", "1")), "c": Column("c", "text")}
    )
    cells = {"a": ["", 'x,"y"', "two\nlines", " spaced "], "b": ["9"] * 4, "c": ["1", "", "007", "No"]}
    write(tmp_path / "made", project_files(Doc("D", {"t": table}), {"t": cells}))
    rows = read_project(tmp_path / "made", "").rows["t"]
    assert [row.cells["a"].text for row in rows] == cells["a"]
    assert [row.cells["c"].text for row in rows] == cells["c"]
    assert all("b" not in row.cells for row in rows)


# ------------------------------------------------------------ editing

WRITTEN = """\
# our table
table: tasks   # the name stays
about: What we do.
columns:
  # first the name
  - {name: name, about: Who knows., type: text, tests: [unique]}   # keys in an order of our own
  - name: hours
    type: number
    format: '0.0'
  - {name: gone, type: text}
views:
- {name: All, sort: hours}
tests:
  - {name: good, formula: good.coda}
"""


def edit(text: str, wanted: str, prune: bool = False, formerly: dict[str, str] | None = None) -> yaml_edits.Edited:
    tree = yaml_tree.compose(Source("wanted", wanted))
    assert isinstance(tree, yaml_tree.Mapping)
    return yaml_edits.edited(text, tree, prune, formerly)


def test_only_what_differs_is_touched() -> None:
    wanted = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: new, type: date}
  - {name: hours, type: number, format: '0'}
views:
  - {name: All}
  - {name: Late, sort: hours}
"""
    found = edit(WRITTEN, wanted)
    assert found == yaml_edits.Edited(
        WRITTEN.replace("type: text, tests", "type: text, display: true, tests")
        .replace("  - name: hours", "  - {name: new, type: date}\n  - name: hours")
        .replace("'0.0'", '"0"')
        .replace("- {name: All, sort: hours}", "- {name: All}\n- {name: Late, sort: hours}")
    )


def test_what_the_doc_lacks_goes_when_it_is_pruned() -> None:
    found = edit(WRITTEN, "table: tasks\ncolumns:\n  - {name: name, type: text}\n", prune=True)
    assert not found.anew
    assert "gone" not in found.text
    assert "hours" not in found.text
    assert "views" not in found.text
    assert "# keys in an order of our own" in found.text
    assert "good.coda" in found.text


def test_a_renamed_column_keeps_its_line() -> None:
    wanted = "table: tasks\ncolumns:\n  - {name: title, type: text}\n"
    found = edit(WRITTEN, wanted, formerly={"title": "name"})
    assert found.text == WRITTEN.replace("{name: name,", "{name: title,").replace(
        "views:\n- {name: All, sort: hours}\n", ""
    )


def test_a_file_that_is_no_yaml_is_written_anew() -> None:
    assert edit("a: [", "table: t\ncolumns: []\n") == yaml_edits.Edited("table: t\ncolumns: []\n", True)


SCALARS = st.text(st.sampled_from("ab é:#-'\"[]{},\n\x85\u2028"), max_size=6).map(yaml_tree.Scalar)
KEYS = st.sampled_from(["type", "to", "about", "options", "tests", "format", "key", "filter"])


@st.composite
def trees(draw: st.DrawFn) -> yaml_tree.Mapping:
    """Trees of the form that a table.yml has."""

    def thing(name: str) -> yaml_tree.Mapping:
        found: dict[str, yaml_tree.Node] = {"name": yaml_tree.Scalar(name)}
        for key in draw(st.lists(KEYS, unique=True, max_size=4)):
            many = key in ("options", "tests")
            found[key] = yaml_tree.Sequence(tuple(draw(st.lists(SCALARS, max_size=3)))) if many else draw(SCALARS)
        entries = [(yaml_tree.Scalar(key), value) for key, value in found.items()]
        return yaml_tree.Mapping(tuple(draw(st.permutations(entries))))

    sections: list[tuple[yaml_tree.Scalar, yaml_tree.Node]] = [(yaml_tree.Scalar("table"), draw(SCALARS))]
    for section in draw(st.lists(st.sampled_from(["columns", "views"]), unique=True)):
        names = draw(st.lists(st.sampled_from("pqrs"), unique=True, max_size=4))
        sections.append((yaml_tree.Scalar(section), yaml_tree.Sequence(tuple(map(thing, names)))))
    return yaml_tree.Mapping(tuple(sections))


def blocks(node: yaml_tree.Node, indent: str = "") -> str:
    """A tree with every mapping in lines of its own."""
    match node:
        case yaml_tree.Mapping(entries) if entries:
            return "".join(f"{indent}{key.text}:{nested(value, indent)}" for key, value in entries)
        case yaml_tree.Sequence(items) if items:
            return "".join(f"{indent}- {blocks(item, indent + '  ').lstrip(' ') or ''}" for item in items)
    return f"{indent}{yaml_text.flow(node)}   # said\n"


def nested(value: yaml_tree.Node, indent: str) -> str:
    empty = isinstance(value, yaml_tree.Scalar) or not (
        value.items if isinstance(value, yaml_tree.Sequence) else value.entries
    )
    return f" {yaml_text.flow(value)}  # here\n" if empty else "\n" + blocks(value, indent + "  ")


@settings(max_examples=examples(150), deadline=None)
@given(trees(), trees(), st.booleans(), st.booleans())
def test_edited_files_say_what_is_wanted(
    old: yaml_tree.Mapping, new: yaml_tree.Mapping, block: bool, prune: bool
) -> None:
    text = blocks(old) if block else yaml_text.shown(old)
    assert yaml_tree.compose(Source("old", text)) == old
    found = edit(text, yaml_text.shown(new), prune)
    tree = yaml_tree.compose(Source("new", found.text))
    assert isinstance(tree, yaml_tree.Mapping)
    entries = {key.text: value for key, value in tree.entries}
    for key, value in new.entries:
        if isinstance(value, yaml_tree.Scalar):
            assert entries[key.text] == value
            continue
        assert isinstance(value, yaml_tree.Sequence)
        found_things = {yaml_tree.text_at(item, "name"): item for item in yaml_tree.items_at(tree, key.text)}
        wanted = {yaml_tree.text_at(item, "name"): item for item in value.items}
        assert wanted.keys() <= found_things.keys()
        assert not prune or wanted.keys() == found_things.keys()
        for name, item in wanted.items():
            assert isinstance(item, yaml_tree.Mapping)
            for inner, node in item.entries:
                there = yaml_tree.get(found_things[name], inner.text)
                if inner.text in yaml_text.FORMULAS and there != node:  # in another layout, it stays as it was
                    assert isinstance(there, yaml_tree.Scalar)
                    assert isinstance(node, yaml_tree.Scalar)
                    assert same_formula(there.text, node.text)
                else:
                    assert there == node
    again = edit(found.text, yaml_text.shown(new), prune)
    assert again.text == found.text


@pytest.mark.slow
def test_most_files_are_edited_in_place() -> None:
    """Writing the whole file is a fallback for unusual layouts; it must not hide that an edit fails."""
    counts = {True: 0, False: 0}

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(trees(), trees(), st.booleans())
    def count(old: yaml_tree.Mapping, new: yaml_tree.Mapping, block: bool) -> None:
        counts[edit(blocks(old) if block else yaml_text.shown(old), yaml_text.shown(new)).anew] += 1

    count()
    assert counts[True] <= 0.05 * counts[False], counts


# ------------------------------------------------------------ the folder


def test_environments_are_written_and_read(tmp_path: Path) -> None:
    known = {
        "staging": Environment("staging", "dAbCDeFGHij", "https://docs.example.com"),
        "empty": Environment("empty"),
    }
    write(tmp_path / "made", project_files(Doc("D"), environments=known))
    read = read_project(tmp_path / "made", "")
    assert read.diagnostics == ()
    assert read.environments == known


@pytest.mark.slow
def test_nothing_is_deleted_unless_it_is_pruned(tmp_path: Path) -> None:
    root = copy_of_founder_hq(tmp_path)
    project = read_project(root, "")
    less = replace(project.doc, tables={name: table for name, table in project.doc.tables.items() if name != "sprints"})
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    update = write(root, project_files(less, into=project))
    assert Path("sprints/table.yml") in update.left
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    (root / "sprints/notes.txt").write_text("mine")
    write(root, project_files(less, into=project), prune=True)
    assert [path.name for path in (root / "sprints").iterdir()] == ["notes.txt"]


def test_a_shared_formula_that_parts_gets_two_files(tmp_path: Path) -> None:
    lines = (f"  - {{name: {name}, type: number, formula: one.coda}}\n" for name in "ab")
    text = f"table: t\ncolumns:\n{''.join(lines)}"
    (tmp_path / "t").mkdir()
    (tmp_path / "doc.yml").write_text("doc: D\n")
    (tmp_path / "t/table.yml").write_text(text)
    (tmp_path / "t/one.coda").write_text("1\n")
    project = read_project(tmp_path, "")
    columns = project.doc.tables["t"].columns
    columns["b"] = replace(columns["b"], formula=Source("", "2"))
    write(tmp_path, project_files(project.doc, into=project))
    read = read_project(tmp_path, "").doc.tables["t"].columns
    assert [read[name].formula.text for name in "ab" if (read[name].formula is not None)] == ["1\n", "2\n"]  # type: ignore[union-attr]


@pytest.mark.slow
def test_line_ends_and_marks_stay(tmp_path: Path) -> None:
    root = copy_of_founder_hq(tmp_path)
    path = root / "sprints/table.yml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    project = read_project(root, "")
    table = project.doc.tables["sprints"]
    table.columns["extra"] = Column("extra", "text")
    write(root, project_files(project.doc, into=project))
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"extra" in data
    assert data.count(b"\n") == data.count(b"\r\n")


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy_of_founder_hq(tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    project = read_project(root, "")
    for table in project.doc.tables.values():
        table.columns["extra"] = Column("extra", "number", formula=Source("", "1"))
    update = compared(root, project_files(project.doc, into=project))
    assert len(update.texts) > 10
    left = len(update.texts) // 2
    real = Path.replace

    def failing(path: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(28, "No space left on device")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="No space"):
        put(update)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_new_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            write(tmp_path / "new", project_files(Doc("D")))
    finally:
        tmp_path.chmod(0o700)
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "doc.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CannotRead, match="in the way"):
        write(tmp_path, project_files(Doc("D")))
    (tmp_path / "doc.yml").unlink()
    (tmp_path / "doc.yml").mkdir()
    with pytest.raises(CannotRead, match="is a directory"):
        write(tmp_path, project_files(Doc("D")))
