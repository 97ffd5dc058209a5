"""The meaning of names: columns, tables, options, rows, properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Edit, Fix
from codaform.library import catalogue
from codaform.model import types
from codaform.model.schema import Control, NamedFormula, Table, View, control_type, formula_type, value_type
from codaform.model.types import ListOf, OneOf, RowOf, Type, describe
from codaform.model.values import Person
from codaform.semantics import ir
from codaform.semantics.bind_state import Binding, fails
from codaform.semantics.foreign_names import INNER_WORDS, WORDS
from codaform.semantics.scope import (
    Item,
    ItemColumn,
    Meaning,
    OwnColumn,
    Scope,
    current_item,
    doc_wide,
    find,
    has_open_options,
    is_option,
    visible_names,
)
from codaform.source import Span
from codaform.spelling import did_you_mean, nearest
from codaform.syntax import ast
from codaform.syntax.names import KEYWORDS, bracketed, is_coded
from codaform.text import shorten


def meant(binding: Binding, meaning: Meaning, scope: Scope, span: Span) -> ir.Node:
    """The value of a resolved name."""
    match meaning:
        case Item():
            binding.refer(span, "local", meaning.name)
            return ir.Local(meaning.slot, meaning.type, span)
        case ItemColumn(item, table, column):
            binding.refer(span, "item" if item is current_item(scope) else "outer", column.name, table.name)
            row = _as_row(ir.Local(item.slot, item.type, span))
            return ir.Field(row, table.name, column.name, value_type(column), span)
        case OwnColumn(table, column):
            binding.refer(span, "own", column.name, table.name)
            if column.name == scope.column:
                return self_reference(binding, column.name, span)
            return ir.Field(ir.Local(0, RowOf(table.name), span), table.name, column.name, value_type(column), span)
        case Table(name):
            binding.refer(span, "doc", name)
            return ir.Rows(name, ListOf(RowOf(name)), span)
        case View(name, table_name):
            binding.refer(span, "doc", name)
            return ir.Rows(name, ListOf(RowOf(table_name)), span)
        case NamedFormula():
            binding.refer(span, "doc", meaning.name)
            return ir.Named(meaning.name, formula_type(meaning), span)
        case Control():
            binding.refer(span, "doc", meaning.name)
            return ir.Named(meaning.name, control_type(meaning), span)


def self_reference(binding: Binding, column: str, span: Span) -> ir.Node:
    """Report that a formula reads the cell that it computes."""
    message = f"the column {column} reads its own cell"
    binding.say(rules.SELF_REFERENCE, message, span, "another row's cell is reached through thisTable")
    return fails(span, message)


def spelled_as_table(binding: Binding, node: ast.Name) -> bool:
    """Whether the comment `/* table */` stands right before a name: the identity that a reference in Coda carries."""
    text = binding.formula.source.text
    return any(
        comment.text[2:-2].strip().lower() == "table" and not text[comment.span.end : node.span.start].strip()
        for comment in binding.formula.comments
        if comment.span.end <= node.span.start
    )


def notice_ambiguous(binding: Binding, node: ast.Name, meaning: object) -> None:
    """Report a column of a table's name, with the fix that spells the column out.

    In the formula of that very column the name can only mean the table: the column would need its own cell.
    """
    if isinstance(meaning, OwnColumn) and meaning.hides is not None:
        fix = Fix(f"write thisRow.{node.text}", (Edit(Span(node.span.start, node.span.start), "thisRow."),))
        message = (
            f"{node.text} is a column of this row and a {type(meaning.hides).__name__.lower()}; the column is meant"
        )
        help = f"write thisRow.{bracketed(node.text)}, or /* table */ before the name for the table"
        binding.say(rules.AMBIGUOUS_NAME, message, node.span, help, fix)


def chip(binding: Binding, node: ast.Name, scope: Scope, expected: Type | None) -> ir.Node:
    """A name that is nothing in scope: an option, a person or a row by its display text, or a mistake."""
    wanted = expected.item if isinstance(expected, ListOf) else expected
    if is_option(scope.doc, node.text):
        binding.refer(node.span, "option", node.text)
        return ir.Constant(node.text, types.TEXT, node.span)
    if wanted == types.PERSON:
        return ir.Constant(Person(node.text), types.PERSON, node.span)
    if isinstance(wanted, RowOf):
        binding.refer(node.span, "row", node.text)
        return ir.RowNamed(node.text, wanted.table, wanted, node.span)
    if wanted == types.TEXT and has_open_options(scope.doc):
        message = f"{node.text} is taken for an option, and no select list of the doc names it"
        help = "list the options of the column in its table.yml"
        binding.refer(node.span, "option", node.text)
        binding.say(rules.UNLISTED_OPTION, message, node.span, help)
        return ir.Constant(node.text, types.TEXT, node.span)
    spelled = binding.formula.source.text[node.span.start : node.span.end]
    if not node.text.strip():
        message = "there is no name between the brackets"
        binding.say(rules.UNKNOWN_NAME, message, node.span, "a list is made by List(…), an empty one is List()")
        return fails(node.span, message)
    known = visible_names(scope)
    close = nearest(node.text, known)
    functions = catalogue.find(node.text)
    keyword = KEYWORDS.get(node.text.casefold())
    if keyword:
        close, help = None, f"{keyword} is a keyword and has no brackets"
    elif hint := _elsewhere(node.text, spelled.startswith("[")):
        close, help = None, hint
    elif functions and not any(parameter for parameter in functions[0].params if not parameter.optional):
        help = f"the function is written {functions[0].name}()"
    elif close:
        help = did_you_mean(bracketed(close))
    else:
        help = "in scope are " + _listed(known) if known else "nothing is in scope here"
    mended = keyword or (bracketed(close) if close else "")
    fix = Fix(f"write {mended}", (Edit(node.span, mended),), safe=False) if mended else None
    message = f"no column, table or formula in scope is called {node.text}"
    binding.say(rules.UNKNOWN_NAME, message, node.span, help, fix)
    return fails(node.span, message)


def _elsewhere(text: str, in_brackets: bool) -> str:
    """The likely meaning of a word of another language; empty for other names."""
    if in_brackets:
        return ""
    words = text.casefold().split()
    if len(words) == 1:
        power = text.rstrip("²³")
        return WORDS.get(
            words[0], f"a power is written {power} ^ {2 if text[-1] == '²' else 3}" if power != text else ""
        )
    return next((INNER_WORDS[word] for word in words[1:-1] if word in INNER_WORDS), "")


def row_named(binding: Binding, node: ast.Name, scope: Scope, expected: Type | None) -> ir.Node:
    """A name with an @: something of the whole doc, a person where one is wanted, else a row by its display text."""
    shared = doc_wide(scope.doc, node.text)
    if shared is not None:
        return meant(binding, shared, scope, node.span)
    wanted = expected.item if isinstance(expected, ListOf) else expected
    if wanted == types.PERSON:
        return ir.Constant(Person(node.text), types.PERSON, node.span)
    kind = wanted if isinstance(wanted, RowOf) else types.ANY
    return ir.RowNamed(node.text, wanted.table if isinstance(wanted, RowOf) else "", kind, node.span)


def coded(binding: Binding, text: str, span: Span) -> ir.Fails:
    """A reference that Coda wrote by identity: anything may be behind it, and nothing of it is known here."""
    message = f"{shorten(text)} refers to something by an id that only Coda knows"
    binding.say(rules.CODED_REFERENCE, message, span, "write the name of what it refers to")
    return fails(span, message, types.ANY)


def _as_row(node: ir.Node) -> ir.Node:
    """The row that an action gives; anything else unchanged."""
    kind = types.given_row(node.type)
    return node if kind == node.type else ir.Convert(node, kind, node.span)


def access(binding: Binding, target: ir.Node, name: ast.Name, span: Span, scope: Scope) -> ir.Node:
    """`target.name`: the cell of a row, of each row of a list, or a part of a person or an object."""
    target = _as_row(target)
    if is_coded(name.text):
        return coded(binding, name.text, name.span)
    match target.type:
        case RowOf(table_name) if table_name:
            table = scope.doc.tables[table_name]
            column = find(table.columns, name.text)
            if column is None:
                return unknown_column(binding, table, name)
            binding.refer(name.span, "member", column.name, table.name)
            return ir.Field(target, table.name, column.name, value_type(column), span)
        case ListOf(item) if item != types.FAULTY:
            slot = binding.slot()
            body = access(binding, ir.Local(slot, item, span), name, span, scope)
            if body.type == types.FAULTY:
                return body
            return ir.Map(target, slot, body, ListOf(body.type), span)
        case types.PERSON:
            if name.text.casefold() in ("name", "email", "photo"):
                return ir.Property(target, name.text.capitalize(), types.TEXT, span)
            message = f"a person has no {name.text}"
            binding.say(rules.UNKNOWN_PROPERTY, message, name.span, "there are Name, Email and Photo")
            return fails(span, message)
        case types.ANY | types.OBJECT | OneOf() | RowOf():
            _refer_to_part(binding, target.type, name, scope)
            return ir.Property(target, name.text, types.ANY, span)
        case types.BLANK | types.FAULTY | ListOf(types.FAULTY):
            return replace(target, span=span)
    message = f"{describe(target.type)} has no {name.text}"
    function = catalogue.find(name.text)
    help = f"the function is written .{function[0].name}()" if function else "only rows have columns"
    binding.say(rules.UNKNOWN_PROPERTY, message, name.span, help)
    return fails(span, message)


def _refer_to_part(binding: Binding, kind: Type, name: ast.Name, scope: Scope) -> None:
    """Note which column a part is that is looked up at run time, where it can be the column of one table only."""
    options = kind.options if isinstance(kind, OneOf) else (kind,)
    if not all(isinstance(option, RowOf) or option in (types.BLANK, types.ACTION) for option in options):
        return  # an object may have a part of that name
    named = {option.table for option in options if isinstance(option, RowOf)}
    tables = scope.doc.tables.values() if "" in named else [scope.doc.tables[table] for table in named]
    found = [(table, column) for table in tables if (column := find(table.columns, name.text)) is not None]
    if len(found) == 1:
        binding.refer(name.span, "member", found[0][1].name, found[0][0].name)


def unknown_column(binding: Binding, table: Table, name: ast.Name) -> ir.Node:
    """Report a column that a table does not have."""
    message = f"table {table.name} has no column {name.text}"
    close = nearest(name.text, table.columns)
    help = did_you_mean(close and bracketed(close), f"it has {_listed(tuple(table.columns))}")
    if not close and (functions := catalogue.find(name.text)):
        help = f"the function is written .{functions[0].name}()"
    first, _, rest = name.text.partition(" ")
    if rest and (functions := catalogue.find(first)):
        close, help = None, f"{functions[0].name} is a function: put its arguments in parentheses"
    fix = Fix(f"write {bracketed(close)}", (Edit(name.span, bracketed(close)),), safe=False) if close else None
    binding.say(rules.UNKNOWN_COLUMN, message, name.span, help, fix)
    return fails(name.span, message)


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(bracketed(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
