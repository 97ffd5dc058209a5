"""The facts that a language model needs to write for codaform: the doc, the files, the language, each in a line."""

from __future__ import annotations

from collections.abc import Iterator

from codaform.library import catalogue
from codaform.model.schema import Column, Doc, control_type, formula_type, value_type
from codaform.model.types import describe
from codaform.project import shapes
from codaform.semantics.calls import signature
from codaform.text import one_line

_LONGEST = 400
"""The most columns of a text of the doc."""

_LANGUAGE = """\
A formula is one expression of Coda's formula language. A file that ends in `.coda` holds one formula and nothing else.
- `thisRow.name` reads a column of the row that owns the formula; a bare name is a column of this row, else a table, a
  view, a named formula or a control. A name with other signs than letters, digits and _ stands in brackets: [Due date].
- `table.Filter(condition)`: in the condition `CurrentValue` is the row that is looked at, and bare names are its
  columns first. The same holds for FormulaMap, Sort, CountIf and others that take a formula for each item.
- `a.Function(b)` is `Function(a, b)`. A list passed where one value is taken is gone through item by item.
- Texts are in double quotes. `=` compares, `!=` is its opposite; `AND`, `OR`, `NOT`; `&` joins texts; `//` and
  `/* */` are comments. A blank is the empty text `""`; it passes through most functions.
- Options of a select list are texts; rows are never texts: compare rows with rows, or texts with `thisRow.name`."""

_COMMANDS = """\
- `codaform check --format json` finds what is wrong; `codaform check --fix` applies the fixes that keep the meaning.
- `codaform eval --table T --row R 'FORMULA'` computes a formula; `codaform test` runs data tests, cases and scenarios.
- `codaform uses T.C` says what needs a column; `codaform rename T.C NEW --apply` renames it in every file.
- `codaform fmt` lays formulas out. `codaform explain RULE` explains a finding; `codaform functions NAME` a function."""

_FILES: dict[str, shapes.Shape] = {
    "doc.yml": shapes.DOC,
    "TABLE/table.yml": shapes.TABLE,
    "TABLE/NAME.cases.yml": shapes.CASES,
    "scenarios/NAME.yml": shapes.SCENARIO,
}


def guide_for_llm(doc: Doc | None) -> str:
    """The guide as Markdown. doc: The doc of the project, if there is one."""
    parts = [
        "# codaform: a Coda doc as text files",
        *([f"## This doc: {_said(doc.name)}", "\n".join(_of_doc(doc))] if doc is not None else []),
        "## The formula language",
        _LANGUAGE,
        "## Commands",
        _COMMANDS,
        "## Files",
        *(f"### {name}\n\n" + "\n".join(_of_shape(shape)) for name, shape in _FILES.items()),
        "TABLE/rows.csv has the sample rows: a header with the names of entered columns, then a line for each row.",
        "## Functions",
        "\n".join(_functions()),
    ]
    return "\n\n".join(parts)


def _said(text: str) -> str:
    """A text of the doc in one line; a long one is cut."""
    return one_line(text, _LONGEST)


def _of_doc(doc: Doc) -> Iterator[str]:
    for table in doc.tables.values():
        about = f": {_said(table.about)}" if table.about else ""
        yield f"- table {_said(table.name)}{about}"
        yield from (f"  - {_of_column(column)}" for column in table.columns.values())
        yield from (f"  - view {_said(view.name)}" for view in table.views)
    for named in doc.formulas.values():
        yield f"- named formula {_said(named.name)}: {describe(formula_type(named))}. {_said(named.about)}".rstrip(". ")
    for control in doc.controls.values():
        yield f"- control {_said(control.name)}: {describe(control_type(control))}"


def _of_column(column: Column) -> str:
    computed = ", computed" if column.formula is not None else ""
    options = f" ({', '.join(map(_said, column.options))})" if column.options else ""
    about = f". {_said(column.about)}" if column.about else ""
    return f"{_said(column.name)}: {describe(value_type(column))}{computed}{options}{about}"


def _of_shape(shape: shapes.Shape, indent: str = "") -> Iterator[str]:
    """The keys of a shape, each with what it is about."""
    match shape:
        case shapes.Fields(fields):
            for name, field in fields.items():
                needed = " (required)" if field.required else ""
                yield f"{indent}- {name}{needed}: {_said(field.about)}"
                yield from _of_shape(field.shape, f"{indent}  ")
        case shapes.Each(item):
            yield from _of_shape(item, indent)
        case shapes.Entries(value):
            yield from _of_shape(value, indent)
        case shapes.Either(options):
            for option in options:
                yield from _of_shape(option, indent)
        case shapes.Text(options=options) if options:
            yield f"{indent}- one of: {', '.join(options)}"


def _functions() -> Iterator[str]:
    """The signatures; functions that Coda's own reference leaves out are left out."""
    for name in catalogue.names():
        if not name.startswith("_"):
            yield f"- {signature(catalogue.find(name)[0])}"
