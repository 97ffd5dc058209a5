"""Directives that change the document's rows: the cells to type in, blocks to paste, and the change itself."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import UNKNOWN_DIRECTIVE
from codaform.evaluation import actions
from codaform.markup.filling import fill
from codaform.model.schema import Table
from codaform.model.values import Row
from codaform.project import loading, yaml_tree
from codaform.project.cells import BadCell, read_moment
from codaform.project.rows import RawRow, read_yaml_row
from codaform.project.validation import written_tables
from codaform.site.guides import pasting
from codaform.site.guides.reading import Directive, DirectiveText, only_piece
from codaform.site.guides.run import Action, DocumentError, DocumentRun, Kind, PasteBlock
from codaform.site.markdown import block, escaped, inline_html, join_blocks
from codaform.site.tables import blocks as parts
from codaform.site.tables import expectations
from codaform.site.tables.places import column_link

_IDS = (
    "Replace each name in angle brackets by its id: `document_outline` lists the ids of tables, "
    "`table_columns_read` those of columns, `table_rows_read` those of rows."
)
_MOST_ACROSS = 5
"""A single row with more cells is shown as one line for each cell."""

_GUARDED = (
    "The sign `'` before a text that begins like a formula keeps spreadsheets from computing it; "
    "it is no part of the text."
)
_CSV = (
    "The first line names the columns. For a spreadsheet, or for Coda's import of CSV files, which the authors of "
    "codaform could not try."
)
_API = (
    "`CODA_API` is `https://coda.io/apis/v1` or the address that `codaform serve` prints, `CODA_API_TOKEN` a token "
    "for it, `DOC` the doc's id."
)


def directive_yaml(run: DocumentRun, directive: Directive) -> yaml_tree.Node | None:
    """The YAML of a directive; None where there is none. Raises Wrong."""
    if not directive.body.text.strip():
        return None
    tree = yaml_tree.compose(only_piece(run.source, directive.body))
    if isinstance(tree, Diagnostic):
        raise DocumentError(tree.message, tree.span, UNKNOWN_DIRECTIVE, tree.help)
    return tree


def add(run: DocumentRun, directive: Directive) -> str:
    """Rows that are added."""
    table, tree = run.table(directive.argument), directive_yaml(run, directive)
    if not isinstance(tree, yaml_tree.Sequence):
        raise DocumentError("a list of rows stands below {add}", directive.span, UNKNOWN_DIRECTIVE)
    under = yaml_tree.Mapping(((yaml_tree.Scalar(table.name, directive.argument.span), tree),), tree.span)
    rows, problems = written_tables(run.doc, under, only_piece(run.source, directive.body))
    _note(run, problems)
    written = list(rows.get(table.name, ()))
    _note(run, loading.load(run.book, rows, defaults=True)[1])
    _note_computed(run, table, tree.items)
    run.step += 1
    if not written:
        return ""
    blocks = [
        _block(run, "csv", "add", table, pasting.as_csv(table, written)),
        _block(run, "api", "add", table, pasting.api_add(table, written)),
        _block(run, "mcp", "add", table, pasting.mcp_add(table, written)),
    ]
    wide = len(tree.items) == 1 and len(written[0].cells) > _MOST_ACROSS
    shown = (
        _fields(run, table, tree.items[0])
        if wide
        else expectations.written_rows_table(run.doc, run.page, table.name, tree.items)
    )
    return _tabs(run, shown, blocks, _GUARDED if pasting.is_guarded(table, written) else "")


def _fields(run: DocumentRun, table: Table, row: yaml_tree.Node) -> Markup:
    """The cells of one row, one below the other."""
    lines = [
        parts.row(
            [column_link(run.doc, run.page, table.name, key.text, short=True), expectations.written_cell(cell, column)]
        )
        for key, cell in yaml_tree.entries(row)
        if (column := table.columns.get(key.text)) is not None
    ]
    return parts.scrolled(
        parts.table(["Column", "What to type in"], lines, "coda-grid coda-mini"), name=f"A row of {table.name}"
    )


def change(run: DocumentRun, directive: Directive) -> str:
    """Cells that are changed."""
    table, tree = run.table(directive.argument), directive_yaml(run, directive)
    if not isinstance(tree, yaml_tree.Mapping):
        raise DocumentError("rows and their cells stand below {change}", directive.span, UNKNOWN_DIRECTIVE)
    source = only_piece(run.source, directive.body)
    changed: list[tuple[str, RawRow]] = []
    entries = list(yaml_tree.entries(tree))
    named = _rows(run, table, [key for key, _ in entries])
    for (key, cells), (_, row) in zip(entries, named, strict=True):
        written, problems = read_yaml_row(cells, table, source)
        _note(run, [*problems, *loading.change(run.book, row, written)])
        changed.append((key.text, written))
    _note_computed(run, table, [cells for _, cells in yaml_tree.entries(tree)])
    run.step += 1
    blocks = [
        _block(run, "api", "change", table, "\n".join(pasting.api_change(table, *one) for one in changed)),
        _block(run, "mcp", "change", table, pasting.mcp_change(table, changed)),
    ]
    return _tabs(run, expectations.written_cells_table(run.doc, run.page, table.name, tree), blocks)


def remove(run: DocumentRun, directive: Directive) -> str:
    """Rows that are deleted."""
    table = run.table(directive.argument)
    named = _named_rows(run, directive, table)
    for _, row in named:
        run.book.remove(row)
    run.step += 1
    displays = [display for display, _ in named]
    blocks = [
        _block(run, "api", "remove", table, "\n".join(pasting.api_remove(table, one) for one in displays)),
        _block(run, "mcp", "remove", table, pasting.mcp_remove(table, displays)),
    ]
    chips = parts.joined([expectations.row_name(display) for display in displays], " ")
    return _tabs(run, parts.paragraph(fill("Delete {}", chips), "coda-example"), blocks)


def press(run: DocumentRun, directive: Directive) -> str:
    """A button that is pressed."""
    table, column = run.column(directive.argument)
    if column.kind != "button":
        raise DocumentError(f"{table.name}.{column.name} is no button", directive.argument.span)
    named = _named_rows(run, directive, table)
    for display, row in named:
        done = actions.press(run.book, table.name, column.name, row)
        if done.disabled or done.error is not None:
            why = f"it is an error: {done.error.message}" if done.error is not None else "it is disabled"
            raise DocumentError(f"{table.name}.{column.name} is pressed in {display}, {why}", directive.body.span)
    run.step += 1
    calls = "\n".join(pasting.api_press(table, display, column.name) for display, _ in named)
    chips = parts.joined([expectations.row_name(display) for display, _ in named], " ")
    label = column.label or column.name
    shown = fill('Press <span class="coda-button">{}</span> in {}', label, chips)
    return _tabs(run, parts.paragraph(shown, "coda-example"), [_block(run, "api", "press", table, calls)])


def clock(run: DocumentRun, directive: Directive) -> str:
    """The moment to which the document's clock moves."""
    try:
        run.book.move_clock(read_moment(directive.argument.text, run.book.zone))
    except BadCell as problem:
        raise DocumentError(str(problem), directive.argument.span, UNKNOWN_DIRECTIVE) from None
    return escaped(directive.options["say"].text) if "say" in directive.options else ""


def _named_rows(run: DocumentRun, directive: Directive, table: Table) -> list[tuple[str, Row]]:
    tree = directive_yaml(run, directive)
    items = tree.items if isinstance(tree, yaml_tree.Sequence) else ()
    named = [item for item in items if isinstance(item, yaml_tree.Scalar)]
    if not named:
        raise DocumentError(f"a list of rows stands below {{{directive.name.text}}}", directive.span, UNKNOWN_DIRECTIVE)
    return _rows(run, table, named)


def _rows(run: DocumentRun, table: Table, named: Sequence[yaml_tree.Scalar]) -> list[tuple[str, Row]]:
    """The rows of names, each with its name. Raises DocumentError for the last missing row and reports the others."""
    found: list[tuple[str, Row]] = []
    missing: list[DocumentError] = []
    for name in named:
        try:
            found.append((name.text, _row(run, table, name)))
        except DocumentError as wrong:
            missing.append(wrong)
    for one in missing[:-1]:
        run.say(one)
    if missing:
        raise missing[-1]
    return found


def _row(run: DocumentRun, table: Table, named: yaml_tree.Scalar) -> Row:
    if not named.text:
        raise DocumentError("a call cannot name a row that is displayed as nothing", named.span, UNKNOWN_DIRECTIVE)
    return run.row(table, DirectiveText(named.text, named.span))


def _note_computed(run: DocumentRun, table: Table, rows: Sequence[yaml_tree.Node]) -> None:
    """Report computed columns: a person cannot type into them. In a case, such a cell replaces the computed value."""
    for key in dict.fromkeys(key for row in rows for key, _ in yaml_tree.entries(row)):
        if key.text in table.columns and table.columns[key.text].formula is not None:
            run.say(DocumentError(f"the column {key.text} is computed; you cannot type into it", key.span))


def _note(run: DocumentRun, problems: Sequence[Diagnostic]) -> None:
    for one in problems:
        run.problems.append(Diagnostic(one.rule, one.message, run.source, one.span, one.help))


def _block(run: DocumentRun, kind: Kind, action: Action, table: Table, text: str) -> PasteBlock:
    made = PasteBlock(kind, action, table.name, text, run.step, run.book.now)
    run.blocks.append(made)
    return made


_LABELS = {"csv": ("CSV", "csv", _CSV), "api": ("API", "bash", _API), "mcp": ("MCP", "json", _IDS)}


def _tabs(run: DocumentRun, shown: Markup, blocks: Sequence[PasteBlock], guarded: str = "") -> str:
    """The steps by hand, with the blocks that do the same beside them, unless the document shows no calls.

    guarded: A remark for the lines of CSV. How to use a block is said once in a document.
    """
    if not run.calls:
        return inline_html(shown)
    # HTML that is indented is read as Markdown between its tags.
    tabs = [('=== "By hand"', inline_html(shown))]
    for one in blocks:
        label, language, about = _LABELS[one.kind]
        said = [text for text in (about, guarded if one.kind == "csv" else "") if text not in run.introduced]
        run.introduced.update(said)
        lines = join_blocks(" ".join(filter(None, said)), block(one.text, language))
        tabs.append((f'=== "{label}"', lines.rstrip("\n")))
    return "\n\n".join(f"{head}\n\n{_indented(inside)}" for head, inside in tabs)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
