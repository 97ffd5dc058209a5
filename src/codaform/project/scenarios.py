"""Scenarios: several steps over the whole doc, and what it shows after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.model.schema import Column, Doc, views
from codaform.model.values import Error, Row
from codaform.project import loading, yaml_tree
from codaform.project.cases import find_row, unknown_row
from codaform.project.cells import BadCell, read_moment
from codaform.project.computed import computed_among, fill
from codaform.project.expectation import mismatch
from codaform.project.project import ScenarioFile
from codaform.project.rows import parse_cell, read_yaml_row
from codaform.project.runners import MakeRunner, ScenarioRunner, WorkbookRunner
from codaform.project.session import Session
from codaform.project.validation import (
    buttons_on_pages,
    is_about_pressing,
    nothing_expected,
    one_value,
    unknown_button,
    unknown_expected,
    unknown_page_button,
    unknown_table,
    unsettable,
    written_tables,
)
from codaform.semantics.dependencies import GraphNode, dependencies_of
from codaform.semantics.program import FormulaSite
from codaform.source import Source


def title(file: ScenarioFile) -> str:
    """The name of a scenario."""
    return yaml_tree.text_at(file.tree, "scenario", file.source.name)


def run_scenario(session: Session, file: ScenarioFile, make: MakeRunner | None = None) -> list[Diagnostic]:
    """Where the doc does not show what is expected, or the scenario does not fit the doc; empty where it passes.

    make: What carries out the steps; by default a workbook, with the session's engine.
    """
    try:
        book = session.workbook(yaml_tree.text_at(file.tree, "clock"))
    except BadCell as problem:
        clock = yaml_tree.get(file.tree, "clock")
        assert clock is not None
        return [Diagnostic(rules.BAD_CELL, str(problem), file.source, clock.span)]
    if yaml_tree.text_at(file.tree, "start") == "sample":
        loading.load(book, session.project.rows)
    runner, engine = (WorkbookRunner(book), session.engine) if make is None else (make(book), "rows")
    run = _Run(session.project.doc, file.source, runner, engine)
    for step in yaml_tree.items_at(file.tree, "steps"):
        run.step(step)
    return run.found


@dataclass
class _Run:
    """engine: What computes the values that are expected, after each step; the steps are carried out row by row."""

    doc: Doc
    source: Source
    runner: ScenarioRunner
    engine: str
    found: list[Diagnostic] = field(default_factory=list)

    def say(self, rule: Rule, message: str, node: yaml_tree.Node) -> None:
        self.found.append(Diagnostic(rule, message, self.source, node.span))

    def step(self, step: yaml_tree.Node) -> None:  # noqa: C901 - a branch for each key of a step
        clock = yaml_tree.get(step, "clock")
        if isinstance(clock, yaml_tree.Scalar):
            try:
                self.runner.move_clock(read_moment(clock.text, self.runner.book.zone))
            except BadCell as problem:
                self.say(rules.BAD_CELL, str(problem), clock)
        given, problems = written_tables(self.doc, yaml_tree.get(step, "add"), self.source)
        self.found.extend(problems)
        self.found.extend(self.runner.add(given))
        for table, rows in self.tables(yaml_tree.get(step, "change")):
            for key, values in yaml_tree.entries(rows):
                row = self.row(table, key)
                if row is not None:
                    cells, problems = read_yaml_row(values, self.doc.tables[table], self.source)
                    self.found.extend((*problems, *self.runner.change(row, cells)))
        for table, rows in self.tables(yaml_tree.get(step, "remove")):
            for item in rows.items if isinstance(rows, yaml_tree.Sequence) else ():
                row = self.row(table, item) if isinstance(item, yaml_tree.Scalar) else None
                if row is not None:
                    self.runner.remove(row)
        name = yaml_tree.text_at(step, "step")
        for key, value in yaml_tree.entries(yaml_tree.get(step, "set")):
            self.set(key, value, name)
        pressed = yaml_tree.get(step, "press")
        for control in buttons_on_pages(pressed):
            self.press_control(control, name)
        for table, buttons in self.tables(pressed):
            for button, rows in yaml_tree.entries(buttons):
                self.press(table, button, rows, name)
        view_tables = {view.name: view.table for view in views(self.doc)}
        expect = yaml_tree.get(step, "expect")
        empty = None if expect is None else nothing_expected(expect, self.source)
        self.found.extend([] if empty is None else [empty])
        fill(self.runner.book, self.engine, computed_among(self.runner.book, self.asked(expect, view_tables)))
        for key, expected in yaml_tree.entries(expect):
            if key.text in self.doc.tables:
                self.expect_cells(key.text, expected, name)
            elif key.text in view_tables:
                self.compare_rows(key.text, expected, view_tables[key.text], name)
            elif (column := one_value(self.doc, key.text)) is not None:
                self.compare_value(key.text, expected, column, name)
            else:
                self.found.append(unknown_expected(self.doc, key, self.source))

    def asked(self, expect: yaml_tree.Node | None, view_tables: Mapping[str, str]) -> Iterator[GraphNode]:
        """The things whose values or rows a step expects, and what the conditions of its buttons read."""
        for key, expected in yaml_tree.entries(expect):
            table = self.doc.tables.get(view_tables.get(key.text, key.text))
            names = {key.text}
            if table is None:
                yield GraphNode("named", "", key.text)
            else:
                names = {name.text for _, cells in yaml_tree.entries(expected) for name, _ in yaml_tree.entries(cells)}
                yield GraphNode("view", table.name, key.text)
                shown = names if table.display is None else {*names, table.display.name}
                yield from (GraphNode("cells", table.name, name) for name in shown & table.columns.keys())
            for name in names:
                site = FormulaSite("disable_if", "" if table is None else table.name, name)
                condition = self.runner.book.program.formulas.get(site)
                yield from () if condition is None else dependencies_of(self.doc, condition.body).things

    def set(self, key: yaml_tree.Scalar, value: yaml_tree.Node, step: str) -> None:
        unknown = unsettable(self.doc, key, self.source)
        if unknown is not None:
            self.found.append(unknown)
            return
        read, problems = loading.set_control(self.runner.book, key.text, parse_cell(value), self.source)
        self.found.extend(problems)
        why = self.runner.set_control(key.text, read) if not problems else ""
        if why:
            self.say(rules.FAILED_SCENARIO, f"{_at(step)}{why}", key)

    def press_control(self, key: yaml_tree.Scalar, step: str) -> None:
        unknown = unknown_page_button(self.doc, key, self.source)
        if unknown is not None:
            self.found.append(unknown)
            return
        done = self.runner.press("", key.text, None)
        if done.disabled or done.error is not None:
            why = f"it is an error: {done.error.message}" if done.error is not None else "it is disabled"
            self.say(rules.FAILED_SCENARIO, f"{_at(step)}{key.text} is pressed, {why}", key)

    def compare_value(self, name: str, expected: yaml_tree.Node, column: Column, step: str) -> None:
        """Compare the value of a control or a named formula."""
        if is_about_pressing(expected, column):
            self.expect_button(None, name, expected, f"{_after(step)}{name}")
            return
        try:
            wrong = mismatch(expected, self.runner.named(name), column, self.runner.book)
        except BadCell as problem:
            self.say(rules.BAD_CELL, str(problem), expected)
            return
        if wrong is not None:
            self.say(rules.FAILED_SCENARIO, f"{_after(step)}{name}: {wrong}", expected)

    def press(self, table: str, button: yaml_tree.Scalar, rows: yaml_tree.Node, step: str) -> None:
        unknown = unknown_button(self.doc.tables[table], button, self.source)
        if unknown is not None:
            self.found.append(unknown)
            return
        for item in rows.items if isinstance(rows, yaml_tree.Sequence) else ():
            row = self.row(table, item) if isinstance(item, yaml_tree.Scalar) else None
            if row is None:
                continue
            done = self.runner.press(table, button.text, row)
            if done.disabled or done.error is not None:
                why = f"it is an error: {done.error.message}" if done.error is not None else "it is disabled"
                message = f"{_at(step)}{table}.{button.text} is pressed in {_told(item)}, {why}"
                self.say(rules.FAILED_SCENARIO, message, item)

    def tables(self, node: yaml_tree.Node | None) -> list[tuple[str, yaml_tree.Node]]:
        found = []
        for key, rows in yaml_tree.entries(node):
            if key.text in self.doc.tables:
                found.append((key.text, rows))
            else:
                self.found.append(unknown_table(self.doc, key, self.source))
        return found

    def row(self, table: str, key: yaml_tree.Scalar) -> Row | None:
        row = find_row(self.runner.book, table, key.text)
        if row is None:
            self.found.append(unknown_row(self.runner.book, table, key, self.source))
        return row

    def expect_cells(self, table: str, expected: yaml_tree.Node, step: str) -> None:
        if isinstance(expected, yaml_tree.Sequence):
            self.compare_rows(table, expected, table, step)
            return
        for key, cells in yaml_tree.entries(expected):
            row = self.row(table, key)
            if row is None:
                continue
            for name, value in yaml_tree.entries(cells):
                column = self.doc.tables[table].columns.get(name.text)
                if column is None:
                    self.say(rules.UNKNOWN_COLUMN, f"table {table} has no column {name.text}", name)
                    continue
                if is_about_pressing(value, column):
                    self.expect_button(row, column.name, value, f"{_after(step)}{table} {key.text}, {name.text}")
                    continue
                try:
                    wrong = mismatch(value, self.runner.cell(row, column.name), column, self.runner.book)
                except BadCell as problem:
                    self.say(rules.BAD_CELL, str(problem), value)
                    continue
                if wrong is not None:
                    self.say(rules.FAILED_SCENARIO, f"{_after(step)}{table} {key.text}, {name.text}: {wrong}", value)

    def expect_button(self, row: Row | None, name: str, expected: yaml_tree.Scalar, where: str) -> None:
        """Compare whether a button can be pressed, in a row or on a page."""
        disabled = self.runner.is_disabled(row.table if row is not None else "", name, row)
        if isinstance(disabled, Error):
            wrong = f"its condition is an error: {disabled.message}"
        else:
            wrong = f"it is {'disabled' if disabled else 'enabled'}"
        if isinstance(disabled, Error) or disabled != (expected.text == "disabled"):
            self.say(rules.FAILED_SCENARIO, f"{where}: {expected.text} is expected, {wrong}", expected)

    def compare_rows(self, what: str, expected: yaml_tree.Node, table: str, step: str) -> None:
        """Compare the rows that a table or a view of it shows."""
        book = self.runner.book
        shown = [loading.display(book, row) for row in self.runner.rows(what)]
        wanted = (
            [item.text for item in expected.items if isinstance(item, yaml_tree.Scalar)]
            if isinstance(expected, yaml_tree.Sequence)
            else []
        )
        if wanted != shown and [loading.as_displayed(book, table, text) for text in wanted] != shown:
            message = f"{_after(step)}{what}: [{', '.join(wanted)}] is expected, it shows [{', '.join(shown)}]"
            self.say(rules.FAILED_SCENARIO, message, expected)


def _told(item: yaml_tree.Node) -> str:
    return (item.text if isinstance(item, yaml_tree.Scalar) else "") or "the blank row"


def _at(step: str) -> str:
    return f"in “{step}”: " if step else ""


def _after(step: str) -> str:
    return f"after “{step}”: " if step else ""
