"""Whether written rows fit the doc: cells their columns' types, relations the rows they name. Nothing is computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.model import types
from codaform.model.formats import LIMITED, format_text, limits
from codaform.model.schema import UNSETTABLE, Column, Doc, Table, control_column, formula_column, views
from codaform.project import yaml_tree
from codaform.project.cell_findings import bad_cell, doubtful_cell, in_row, no_such_row
from codaform.project.cells import BadCell, read_cell, read_moment, shown
from codaform.project.column_formats import out_of_limits
from codaform.project.controls import read_control
from codaform.project.project import CaseFile, DataTest, Project, ScenarioFile
from codaform.project.rows import RawCell, RawRow, parse_cell, read_raw, read_yaml_row, read_yaml_rows
from codaform.project.table_rows import RelatedTexts, TableRows, display_texts, located
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source, Span, frozen
from codaform.spelling import did_you_mean, nearest

_PRESSABLE = ("disabled", "enabled")
"""The expectations that a scenario can have of a button, besides the text of its action."""

MOST_HELPED = 20
"""How many of the rows that are not there get a suggestion; each costs a look at all rows that are."""

Given = Mapping[str, Sequence[RawRow]]
"""Written rows by table."""

Displayed = Mapping[str, Mapping[str, int] | None]
"""By table, how many rows are displayed as each text; None where that is not known without computing."""


@frozen
class Validation:
    """A doc with what is asked of it again and again."""

    doc: Doc
    zone: ZoneInfo
    targets: frozenset[str]
    """The tables that entered relations point to."""
    views: frozenset[str]


def validation(doc: Doc) -> Validation:
    """What rows are held against."""
    columns = [column for table in doc.tables.values() for column in table.columns.values()]
    targets = frozenset(column.to for column in columns if column.to in doc.tables and not column.computed)
    return Validation(doc, ZoneInfo(doc.time_zone), targets, frozenset(view.name for view in views(doc)))


def check_rows(fit: Validation, given: Given, unknown: Collection[str] = ()) -> list[Diagnostic]:
    """The findings about rows of one place: bad cells, relations to no row or to several.

    unknown: The tables of which it is not known what rows they have.
    """
    doc = fit.doc
    found: list[Diagnostic] = []
    texts = {name: display_texts(doc.tables[name], given.get(name, ())) for name in fit.targets if name not in unknown}
    known = {name: None if shown is None else Counter(shown) for name, shown in texts.items()}
    for name, rows in given.items():
        for row in _worth_a_look(rows, known):
            _fit_row(row, doc.tables[name], fit.zone, known, found)
    return found


def _worth_a_look(rows: Sequence[RawRow], known: Displayed) -> Iterable[RawRow]:
    """The rows of which there may be something to say."""
    if not isinstance(rows, TableRows):
        return rows
    numbers = rows.suspects()
    for cells in rows.columns.values():
        targets = known.get(cells.column.to) if isinstance(cells, RelatedTexts) else None
        if isinstance(cells, RelatedTexts) and targets is not None:
            numbers.update(cells.rows_outside({text for text, count in targets.items() if count == 1}))
    return located(rows, numbers).values()


def _fit_row(row: RawRow, table: Table, zone: ZoneInfo, known: Displayed, found: list[Diagnostic]) -> None:
    for name, cell in row.cells.items():
        first = len(found)
        _fit_cell(cell, row.source, table.columns[name], zone, known, found)
        found[first:] = [in_row(finding, row, name) for finding in found[first:]]


def _fit_cell(
    cell: RawCell, source: Source, column: Column, zone: ZoneInfo, known: Displayed, found: list[Diagnostic]
) -> None:
    try:
        value = read_raw(cell, column, zone)
    except BadCell as problem:
        found.append(bad_cell(problem, source, cell.span))
        return
    if doubt := doubtful_cell(cell, column, source):
        found.append(doubt)
    found.extend(_beyond_limits(column, value, source, cell.span))
    targets = known.get(column.to) if column.kind == "relation" else None
    if targets is None or value is None:
        return
    texts = [str(text) for text in (value if isinstance(value, list) else (value,))]
    for double in {text for text in texts if targets.get(text, 0) > 1}:
        message = f"several rows of {column.to} are displayed as {shown(double)}; the first is taken"
        found.append(Diagnostic(rules.AMBIGUOUS_ROW, message, source, cell.span))
    for text in texts:
        if text not in targets:
            near = targets if len(found) < MOST_HELPED else ()
            found.append(no_such_row(text, column, near, cell, source))


def _beyond_limits(column: Column, value: object, source: Source, span: Span) -> list[Diagnostic]:
    """A finding for each number of a value that is outside of the limits of the column or control."""
    found: list[Diagnostic] = []
    if column.kind not in LIMITED:
        return found
    for item in value if isinstance(value, list | tuple) else (value,):
        if beyond := out_of_limits(column.kind, column.format, item):
            message = f"{beyond}, the limits of {column.name}"
            help = f"change the number, or the limits: {_wider(column, item)}"
            found.append(Diagnostic(rules.BEYOND_LIMITS, message, source, span, help))
    return found


def _wider(column: Column, value: object) -> str:
    """A format under which a number would fit."""
    known = limits(column.kind, column.format)
    assert known is not None
    assert isinstance(value, int | float)
    if column.kind == "scale" and not known[1] < value <= 100:
        return "type: number has no limits"
    if value > known[1]:
        return "format: " + format_text(column.kind, replace(column.format, maximum=value))
    return "format: " + format_text(column.kind, replace(column.format, minimum=value))


def check_controls(doc: Doc, top: yaml_tree.Node, source: Source, rows: Given) -> list[Diagnostic]:
    """The controls of doc.yml that are set at first to a number beyond their limits, or to a row that is not among the
    sample rows.

    rows: Of the tables of which it is known what rows they have.
    """
    found: list[Diagnostic] = []
    for node in yaml_tree.items_at(top, "controls"):
        control, at = doc.controls.get(yaml_tree.text_at(node, "name")), yaml_tree.get(node, "value")
        if control is None or at is None or control.value is None:
            continue
        found.extend(_beyond_limits(control_column(control), control.value, source, at.span))
        if control.to not in rows:
            continue
        shown = display_texts(doc.tables[control.to], rows[control.to])
        known = None if shown is None else dict.fromkeys(shown)
        texts = control.value if isinstance(control.value, tuple) else (control.value,)
        missing = [str(text) for text in texts if known is not None and text not in known]
        found.extend(
            no_such_row(text, control_column(control), known or (), parse_cell(at), source) for text in missing
        )
    return found


# ---------------------------------------------------------------- cases and scenarios


def written_tables(
    doc: Doc, node: yaml_tree.Node | None, source: Source
) -> tuple[dict[str, list[RawRow]], list[Diagnostic]]:
    """The rows of a mapping from table to rows."""
    given: dict[str, list[RawRow]] = {}
    found: list[Diagnostic] = []
    for key, rows in yaml_tree.entries(node):
        table = doc.tables.get(key.text)
        if table is None:
            found.append(unknown_table(doc, key, source))
            continue
        given[table.name], problems = read_yaml_rows(rows, table, source)
        found.extend(problems)
    return given, found


def unknown_table(doc: Doc, key: yaml_tree.Scalar, source: Source) -> Diagnostic:
    """That there is no table of a name."""
    close = nearest(key.text, doc.tables)
    help = did_you_mean(close, f"the doc has {', '.join(doc.tables)}")
    fix = Fix(f"write {close}", (Edit(key.span, close),), safe=False) if close else None
    return Diagnostic(rules.UNKNOWN_TABLE, f"there is no table {key.text}", source, key.span, help, fix)


def unknown_button(table: Table, key: yaml_tree.Scalar, source: Source) -> Diagnostic | None:
    """That a table has no button of a name; None where it has."""
    buttons = [column.name for column in table.columns.values() if column.kind == "button"]
    if key.text in buttons:
        return None
    close = nearest(key.text, buttons)
    help = did_you_mean(close, f"it has {', '.join(buttons)}" if buttons else "it has none")
    fix = Fix(f"write {close}", (Edit(key.span, close),), safe=False) if close else None
    message = f"table {table.name} has no button {key.text}"
    return Diagnostic(rules.UNKNOWN_COLUMN, message, source, key.span, help, fix)


def unsettable(doc: Doc, key: yaml_tree.Scalar, source: Source) -> Diagnostic | None:
    """That there is no control of a name that can be set; None where there is."""
    control = doc.controls.get(key.text)
    if control is not None and control.kind not in UNSETTABLE:
        return None
    if control is not None:
        help = "press: presses a button" if control.kind == "button" else ""
        message = f"{key.text} is a {control.kind.replace('_', ' ')}; it is not set to a value"
        return Diagnostic(rules.CONTRADICTION, message, source, key.span, help)
    known = [name for name, control in doc.controls.items() if control.kind not in UNSETTABLE]
    return _unknown(
        f"there is no control {key.text}", known, "controls: in doc.yml lists those of the doc", key, source
    )


def buttons_on_pages(pressed: yaml_tree.Node | None) -> list[yaml_tree.Scalar]:
    """The names of buttons on pages that are pressed."""
    items = pressed.items if isinstance(pressed, yaml_tree.Sequence) else (pressed,)
    return [item for item in items if isinstance(item, yaml_tree.Scalar)]


def unknown_page_button(doc: Doc, key: yaml_tree.Scalar, source: Source) -> Diagnostic | None:
    """That there is no button of a name on a page; None where there is."""
    known = [name for name, control in doc.controls.items() if control.kind == "button"]
    if key.text in known:
        return None
    help = "a button of a table is pressed by table, button and rows: {table: {button: [row]}}"
    return _unknown(f"there is no button {key.text} on a page", known, help, key, source)


def is_about_pressing(node: yaml_tree.Node, column: Column) -> TypeGuard[yaml_tree.Scalar]:
    """Whether an expectation says of a button that it can or cannot be pressed."""
    return column.kind == "button" and isinstance(node, yaml_tree.Scalar) and node.text in _PRESSABLE


def one_value(doc: Doc, name: str) -> Column | None:
    """A control or a named formula, as a column that holds its value; None where there is none of the name."""
    if name in doc.controls:
        return control_column(doc.controls[name])
    return formula_column(doc.formulas[name]) if name in doc.formulas else None


def unknown_expected(doc: Doc, key: yaml_tree.Scalar, source: Source) -> Diagnostic:
    """That there is nothing of a name of which something could be expected."""
    known = [*doc.tables, *(view.name for view in views(doc)), *doc.controls, *doc.formulas]
    more = ", view, control or named formula" if doc.controls or doc.formulas else ""
    message = f"there is no table{more} {key.text}"
    return replace(_unknown(message, known, "", key, source), rule=rules.UNKNOWN_TABLE)


def _unknown(message: str, known: Sequence[str], help: str, key: yaml_tree.Scalar, source: Source) -> Diagnostic:
    close = nearest(key.text, known)
    help = did_you_mean(close, f"the doc has {', '.join(known)}" if known else help)
    fix = Fix(f"write {close}", (Edit(key.span, close),), safe=False) if close else None
    return Diagnostic(rules.UNKNOWN_NAME, message, source, key.span, help, fix)


def expected_as(doc: Doc, place: FormulaSite) -> Column:
    """The column by whose type the expectations of a formula are read, or a stand-in for one."""
    match place.role:
        case "formula" | "default":
            return doc.tables[place.table].columns[place.name]
        case "named":
            return formula_column(doc.formulas[place.name])
        case "choices":
            return replace(control_column(doc.controls[place.name]), many=True)
        case "action":
            return Column(place.name, "text")
    return Column(place.name, "checkbox")


def nothing_expected(expect: yaml_tree.Node, source: Source) -> Diagnostic | None:
    """That a mapping in an expectation is empty, and so holds whatever happens; None where there is none."""
    if not isinstance(expect, yaml_tree.Mapping):
        return None
    if expect.entries:
        return next((found for _, part in expect.entries if (found := nothing_expected(part, source))), None)
    message = "nothing is expected here, so nothing is tested"
    return Diagnostic(rules.WRONG_SHAPE, message, source, expect.span, "name what is to be seen, or leave it out")


def check_case(against: Validation, file: CaseFile, node: yaml_tree.Node) -> list[Diagnostic]:
    """The findings about a case."""
    fit = _Fit(against, file.source)
    fit.moment(node)
    given, problems = written_tables(against.doc, yaml_tree.get(node, "given"), file.source)
    fit.found.extend((*problems, *check_rows(against, given)))
    fit.settings(node)
    expect = yaml_tree.get(node, "expect")
    column = expected_as(against.doc, file.place)
    fit.something(expect)
    if not file.place.table:
        fit.value(expect, column)
    elif expect is not None and not isinstance(expect, yaml_tree.Mapping):
        message = "what a formula with a row gives is expected by row"
        help = f"{{a row of {file.place.table}: a value}}"
        fit.found.append(Diagnostic(rules.WRONG_SHAPE, message, file.source, expect.span, help))
    for _, expected in yaml_tree.entries(expect) if file.place.table else ():
        fit.value(expected, column)
    return fit.found


def check_scenario(against: Validation, file: ScenarioFile) -> list[Diagnostic]:
    """The findings about a scenario."""
    fit = _Fit(against, file.source)
    fit.moment(file.tree)
    for step in yaml_tree.items_at(file.tree, "steps"):
        fit.step(step)
    return fit.found


@dataclass
class _Fit:
    against: Validation
    source: Source
    found: list[Diagnostic] = field(default_factory=list)

    def moment(self, node: yaml_tree.Node) -> None:
        clock = yaml_tree.get(node, "clock")
        if isinstance(clock, yaml_tree.Scalar):
            try:
                read_moment(clock.text, self.against.zone)
            except BadCell as problem:
                self.found.append(Diagnostic(rules.BAD_CELL, str(problem), self.source, clock.span))

    def something(self, expect: yaml_tree.Node | None) -> None:
        empty = None if expect is None else nothing_expected(expect, self.source)
        if empty is not None:
            self.found.append(empty)

    def step(self, step: yaml_tree.Node) -> None:  # noqa: C901 - a branch for each key of a step
        self.moment(step)
        self.something(yaml_tree.get(step, "expect"))
        given, problems = written_tables(self.against.doc, yaml_tree.get(step, "add"), self.source)
        self.found.extend(problems)
        for name, rows in given.items():
            for row in rows:
                _fit_row(row, self.against.doc.tables[name], self.against.zone, {}, self.found)
        for key, changed in yaml_tree.entries(yaml_tree.get(step, "change")):
            table = self.table(key)
            for _, cells in yaml_tree.entries(changed) if table is not None else ():
                assert table is not None
                row, problems = read_yaml_row(cells, table, self.source)
                self.found.extend(problems)
                _fit_row(row, table, self.against.zone, {}, self.found)
        for key, _ in yaml_tree.entries(yaml_tree.get(step, "remove")):
            self.table(key)
        self.settings(step)
        pressed = yaml_tree.get(step, "press")
        for control in buttons_on_pages(pressed):
            problem = unknown_page_button(self.against.doc, control, self.source)
            if problem is not None:
                self.found.append(problem)
        for key, buttons in yaml_tree.entries(pressed):
            table = self.table(key)
            for button, _ in yaml_tree.entries(buttons) if table is not None else ():
                assert table is not None
                problem = unknown_button(table, button, self.source)
                if problem is not None:
                    self.found.append(problem)
        for key, expected in yaml_tree.entries(yaml_tree.get(step, "expect")):
            single = one_value(self.against.doc, key.text)
            if single is not None and key.text not in self.against.doc.tables and key.text not in self.against.views:
                self.value(expected, single)
                continue
            table = self.against.doc.tables.get(key.text)
            if table is None and key.text not in self.against.views:
                self.found.append(unknown_expected(self.against.doc, key, self.source))
            for _, cells in yaml_tree.entries(expected) if table is not None else ():
                for column, value in yaml_tree.entries(cells):
                    assert table is not None
                    self.cell(table, column, value)

    def settings(self, node: yaml_tree.Node) -> None:
        for key, value in yaml_tree.entries(yaml_tree.get(node, "set")):
            unknown = unsettable(self.against.doc, key, self.source)
            if unknown is not None:
                self.found.append(unknown)
                continue
            control = self.against.doc.controls[key.text]
            try:
                number = read_control(parse_cell(value).text, control, self.against.zone)
            except BadCell as problem:
                self.found.append(bad_cell(problem, self.source, value.span))
                continue
            self.found.extend(_beyond_limits(control_column(control), number, self.source, value.span))

    def table(self, key: yaml_tree.Scalar) -> Table | None:
        table = self.against.doc.tables.get(key.text)
        if table is None:
            self.found.append(unknown_table(self.against.doc, key, self.source))
        return table

    def cell(self, table: Table, name: yaml_tree.Scalar, value: yaml_tree.Node) -> None:
        column = table.columns.get(name.text)
        if column is not None:
            self.value(value, column)
            return
        close = nearest(name.text, table.columns)
        help = did_you_mean(close, f"it has {', '.join(table.columns)}")
        message = f"table {table.name} has no column {name.text}"
        self.found.append(Diagnostic(rules.UNKNOWN_COLUMN, message, self.source, name.span, help))

    def value(self, node: yaml_tree.Node | None, column: Column) -> None:
        """An expected value must be one that the column can hold."""
        if node is None or isinstance(node, yaml_tree.Mapping):
            return
        if is_about_pressing(node, column):
            return
        if column.kind == "button" and isinstance(node, yaml_tree.Scalar) and node.text:
            close = nearest(node.text, _PRESSABLE)
            help = did_you_mean(close)
            fix = Fix(f"write {close}", (Edit(node.span, close),), safe=False) if close else None
            message = f"of the button {column.name} is expected disabled or enabled, here stands {shown(node.text)}"
            self.found.append(Diagnostic(rules.BAD_CELL, message, self.source, node.span, help, fix))
            return
        try:
            read_cell(parse_cell(node).text, column, self.against.zone)
        except BadCell as problem:
            self.found.append(bad_cell(problem, self.source, node.span))


def bind_test(project: Project, test: DataTest) -> tuple[Bound | None, tuple[Diagnostic, ...]]:
    """The formula of a data test as understood, and what there is to say of it."""
    if test.formula is None:
        return None, ()
    return bind_site(project.doc, FormulaSite("test", test.table, test.name), test.formula, types.BOOLEAN)
