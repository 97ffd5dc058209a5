"""The roles of a document: words in a line that name something of the doc, each looked up or worked out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import FALSE_FACT, RULES, UNKNOWN_DIRECTIVE
from codaform.markup.filling import fill
from codaform.markup.formulas import highlight_formula
from codaform.markup.values import colour, value_html
from codaform.model import types
from codaform.model.schema import Column, views
from codaform.model.values import Error
from codaform.project import yaml_tree
from codaform.project.cells import BadCell
from codaform.project.expectation import mismatch
from codaform.semantics.bind import Bound
from codaform.site.guides.reading import DirectiveText
from codaform.site.guides.run import DocumentError, DocumentRun, shown_otherwise
from codaform.site.markdown import code, inline_html
from codaform.site.pages import relative
from codaform.site.reference.functions import function_entries
from codaform.site.tables.places import column_place, table_path, view_place
from codaform.source import NOWHERE, Source, Span
from codaform.spelling import did_you_mean, nearest

ROLE = re.compile(
    r"(?<![`}\\])(?P<marks>`+)(?!`)(?:(?!\n[ \t\r]*\n).)*?(?<!`)(?P=marks)(?!`)"
    r"|\{(?P<name>[a-z]+)\}`(?P<content>(?:(?!\n[ \t\r]*\n)[^`])+)`",
    re.DOTALL,
)
"""Code in a line, in which nothing is read, or a role; neither goes on behind the end of its paragraph."""

_ARROW = "→"


def render_roles(run: DocumentRun, start: int, end: int) -> Iterator[tuple[str, int]]:
    """A stretch of prose in pieces, each with the place in the document where it begins; roles are worked out."""
    text, at = run.source.text, start
    for found in ROLE.finditer(text, start, end):
        name = found["name"]
        if name is None:
            continue  # code, in which nothing is read
        if found.start() > at:
            yield text[at : found.start()], at
        content = DirectiveText(found["content"], Span(found.start("content"), found.end("content")))
        yield (
            _worked_out(run, DirectiveText(name, Span(found.start("name"), found.end("name"))), content),
            found.start(),
        )
        at = found.end()
    if at < end:
        yield text[at:end], at


def _worked_out(run: DocumentRun, name: DirectiveText, content: DirectiveText) -> str:
    role = ROLES.get(name.text)
    try:
        if role is None:
            close = nearest(name.text, ROLES)
            help = did_you_mean(close, f"there are {', '.join(ROLES)}")
            raise DocumentError(f"there is no role {name.text}", name.span, UNKNOWN_DIRECTIVE, help)
        return role(run, one_line(content))
    except DocumentError as wrong:
        run.say(wrong)
        return code(content.text)


def one_line(content: DirectiveText) -> DirectiveText:
    """The content of a role in one line, without the blanks around it."""
    left = len(content.text) - len(content.text.lstrip())
    inner = content.text.strip()
    start = content.span.start + left
    return DirectiveText(" ".join(inner.split("\n")), Span(start, start + len(inner)))


# ------------------------------------------------------------ names


def _table(run: DocumentRun, content: DirectiveText) -> str:
    table = run.table(content)
    return _link(run, code(table.name), table_path(run.doc, table.name))


def _column(run: DocumentRun, content: DirectiveText) -> str:
    table, column = run.column(content)
    return _link(run, code(f"{table.name}.{column.name}"), column_place(run.doc, table.name, column.name))


def _button(run: DocumentRun, content: DirectiveText) -> str:
    table, column = run.column(content)
    if column.kind != "button":
        raise DocumentError(f"{table.name}.{column.name} is no button", content.span)
    label = inline_html(fill('<span class="coda-button">{}</span>', column.label or column.name))
    return _link(run, label, column_place(run.doc, table.name, column.name))


def _view(run: DocumentRun, content: DirectiveText) -> str:
    known = {view.name: view for view in views(run.doc)}
    if content.text not in known:
        close = nearest(content.text, known)
        raise DocumentError(f"there is no view {content.text}", content.span, help=did_you_mean(close))
    place = view_place(run.doc, known[content.text].table, content.text)
    return _link(run, inline_html(fill("<em>{}</em>", content.text)), place)


def _option(run: DocumentRun, content: DirectiveText) -> str:
    path, value = split_once(content, "=", "as table.column = option", lambda left: _is_column(run, left))
    table, column = run.column(path)
    if value.text not in column.options:
        close = nearest(value.text, column.options)
        help = did_you_mean(close, f"the options are {', '.join(column.options) or 'none'}")
        raise DocumentError(f"{value.text} is no option of {table.name}.{column.name}", value.span, help=help)
    pill = fill('<span class="pill p{}">{}</span>', colour(value.text, column.options), value.text)
    return inline_html(pill)


def _row(run: DocumentRun, content: DirectiveText) -> str:
    path, display = split_once(content, ":", "as table: row", lambda left: left in run.doc.tables)
    table = run.table(path)
    run.row(table, display)
    chip = inline_html(fill('<span class="chip">{}</span>', display.text))
    return _link(run, chip, table_path(run.doc, table.name))


def _function(run: DocumentRun, content: DirectiveText) -> str:
    place = _functions().get(content.text.casefold())
    if place is None:
        raise DocumentError(f"there is no function {content.text}", content.span)
    return _link(run, code(content.text), f"{run.functions}/{place}") if run.functions else code(content.text)


@cache
def _functions() -> dict[str, str]:
    return {name.casefold(): entry.place for entry in function_entries() for name in entry.names}


def _rule(run: DocumentRun, content: DirectiveText) -> str:
    rule = next((rule for rule in RULES if rule.name == content.text), None)
    if rule is None:
        close = nearest(content.text, [rule.name for rule in RULES])
        raise DocumentError(f"there is no rule {content.text}", content.span, help=did_you_mean(close))
    place = run.functions.rpartition("/")[0] + rule.page.removeprefix("reference")
    return _link(run, code(content.text), place) if run.functions else code(content.text)


# ------------------------------------------------------------ values


def _cell(run: DocumentRun, content: DirectiveText) -> str:
    path, expected = split_expected(content)
    form = "as table[row].column"
    head, rest = split_once(path, "[", form, lambda left: left in run.doc.tables)
    table = run.table(head)
    display, name = split_once(rest, "].", form, lambda left: rest.text[len(left) + 2 :] in table.columns)
    row = run.row(table, display)
    if name.text not in table.columns:
        close = nearest(name.text, table.columns)
        help = did_you_mean(close)
        raise DocumentError(f"table {table.name} has no column {name.text}", name.span, help=help)
    column = table.columns[name.text]
    return _value_of(run, run.book.value(row, name.text), column, path, expected)


def _value(run: DocumentRun, content: DirectiveText) -> str:
    formula, expected = split_expected(content)
    bound = _bound(run, formula)
    value = run.book.evaluate(bound)
    return _value_of(run, value, Column("", _kind(bound)), formula, expected)


def _formula(run: DocumentRun, content: DirectiveText) -> str:
    _bound(run, content)
    return inline_html(fill("<code>{}</code>", highlight_formula(run.doc, content.text)))


def _bound(run: DocumentRun, formula: DirectiveText) -> Bound:
    bound, said = run.session.bind(Source(run.source.name, formula.text))
    wrong = next((one for one in said if one.rule.severity == "error"), None)
    if wrong is not None:
        run.problems.append(_moved(wrong, run.source, formula.span.start))
        raise DocumentError(f"{formula.text} cannot be worked out: {wrong.message}", formula.span)
    return bound


def _moved(said: Diagnostic, source: Source, by: int) -> Diagnostic:
    span = Span(said.span.start + by, said.span.end + by)
    return Diagnostic(said.rule, said.message, source, span, said.help)


_KINDS: dict[types.Type, str] = {
    types.NUMBER: "number",
    types.TEXT: "text",
    types.DATE: "date",
    types.BOOLEAN: "checkbox",
}


def _kind(bound: Bound) -> str:
    """The type of column by which an expectation of a formula's value is read."""
    return _KINDS.get(bound.type, "other")


def _value_of(
    run: DocumentRun, value: object, column: Column, what: DirectiveText, expected: DirectiveText | None
) -> str:
    if expected is not None:
        text = "" if expected.text.casefold() in ("blank", "''", '""') else expected.text
        node: yaml_tree.Node = yaml_tree.Scalar(text, expected.span)
        if text.startswith("[") and text.endswith("]"):
            node = yaml_tree.Sequence(
                tuple(yaml_tree.Scalar(one.strip()) for one in text[1:-1].split(",") if one.strip())
            )
        try:
            wrong = mismatch(node, value, _read_as(column, value), run.book) or shown_otherwise(column, value, text)
        except BadCell as problem:
            wrong = str(problem)
        if wrong:
            raise DocumentError(f"{what.text}: {wrong}", expected.span, FALSE_FACT)
    elif isinstance(value, Error):
        raise DocumentError(f"{what.text} is an error: {value.message}", what.span)
    if isinstance(value, bool) and column.kind == "checkbox" and not column.name:
        return "true" if value else "false"
    return inline_html(value_html(run.look, value, column)) or '<span class="blank">blank</span>'


def _read_as(column: Column, value: object) -> Column:
    """The column by which an expected text is read; of a formula whose type says nothing, by the value it gave."""
    if column.kind != "other":
        return column
    kinds = {bool: "checkbox", float: "number", int: "number"}
    many = isinstance(value, list)
    item = value[0] if isinstance(value, list) and value else value
    return Column(column.name, kinds.get(type(item), _moment_kind(item)), many=many)


def _moment_kind(item: object) -> str:
    names = {"datetime": "datetime", "date": "date", "time": "time", "timedelta": "duration", "Person": "person"}
    return names.get(type(item).__name__, "text")


def split_expected(content: DirectiveText) -> tuple[DirectiveText, DirectiveText | None]:
    """What stands before the last arrow, and the value behind it that is expected; None without an arrow."""
    if _ARROW not in content.text:
        return content, None
    arrows = content.text.count(_ARROW)
    return split_once(content, _ARROW, "", lambda left: left.count(_ARROW) == arrows - 1)


def split_once(
    content: DirectiveText, separator: str, form: str, fits: Callable[[str], bool]
) -> tuple[DirectiveText, DirectiveText]:
    """What stands left and right of the first separator whose left side fits, else of the first one at all.

    Names may hold separators themselves. Raises Wrong where there is none.
    """
    places = [found.start() for found in re.finditer(re.escape(separator), content.text)]
    if not places:
        raise DocumentError(f"{content.text} is to be written {form}", content.span, UNKNOWN_DIRECTIVE)
    at = next((place for place in places if fits(content.text[:place].rstrip())), places[0])
    left, right = (_within(content, start, end) for start, end in ((0, at), (at + len(separator), len(content.text))))
    return left, right


def _within(content: DirectiveText, start: int, end: int) -> DirectiveText:
    """A stretch of a text without the blanks around it."""
    part = content.text[start:end]
    begun = content.span.start + start + len(part) - len(part.lstrip())
    return DirectiveText(part.strip(), Span(begun, begun + len(part.strip())))


def _is_column(run: DocumentRun, path: str) -> bool:
    try:
        run.column(DirectiveText(path, NOWHERE))
    except DocumentError:
        return False
    return True


def _link(run: DocumentRun, inside: str, place: str) -> str:
    return f"[{inside}]({relative(run.page, place)})"


ROLES: dict[str, Callable[[DocumentRun, DirectiveText], str]] = {
    "table": _table,
    "column": _column,
    "option": _option,
    "row": _row,
    "view": _view,
    "cell": _cell,
    "value": _value,
    "formula": _formula,
    "function": _function,
    "rule": _rule,
    "button": _button,
}
"""Every role by its name; each gives Markdown for a line, and raises Wrong."""
