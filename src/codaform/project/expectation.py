"""The expected text of a cell, as a person wrote it, against the cell's value."""

from __future__ import annotations

from codaform.evaluation.workbook import Workbook
from codaform.model import comparison, conversion
from codaform.model.notation import notate
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf
from codaform.model.values import UNTOLD, Action, Error, EvaluationError, Row
from codaform.project import yaml_tree
from codaform.project.cells import read_cell
from codaform.project.loading import as_displayed
from codaform.project.rows import parse_cell

TOLERANCE = 1e-9
"""How far a number may lie from the one that is expected, relative to the larger of both."""


def mismatch(node: yaml_tree.Node, value: object, column: Column, book: Workbook) -> str | None:
    """The difference from the expectation, in words; None if equal. Raises BadCell for an unreadable expectation.

    column: The column, or a stand-in for one, by whose type the expectation is read.
    """
    rule = yaml_tree.text_at(node, "error")
    if rule:
        is_it = isinstance(value, Error) and value.rule in (rule, UNTOLD)
        return None if is_it else f"error: {rule} is expected, it is {notate(value, book)}"
    if isinstance(value, Error):
        return f"{_shown(node)} is expected, it is an error: {' '.join(value.message.split())}"
    if isinstance(value, Action) or (isinstance(value, list) and any(isinstance(item, Action) for item in value)):
        return (
            None
            if yaml_tree.Scalar(notate(value, book)) == node
            else f"{_shown(node)} is expected, it is {notate(value, book)}"
        )
    expected = read_cell(parse_cell(node).text, column, book.zone)
    if _same(expected, value, book, isinstance(value_type(column), ListOf)):
        return None
    return f"{_shown(node)} is expected, it is {notate(value, book)}"


def _same(expected: object, value: object, book: Workbook, many: bool) -> bool:
    if many or isinstance(expected, list):
        wanted, found = conversion.to_list(expected), conversion.to_list(value)
        return len(wanted) == len(found) and all(_same(a, b, book, False) for a, b in zip(wanted, found, strict=True))
    if isinstance(expected, float) and isinstance(value, float):
        return abs(expected - value) <= TOLERANCE * max(abs(expected), abs(value), 1.0)
    try:
        if isinstance(value, Row):
            shown = conversion.to_text(value, book)
            return isinstance(expected, str) and shown in (expected, as_displayed(book, value.table, expected))
        return comparison.equal(expected, value, book)
    except EvaluationError:
        return False


def _shown(node: yaml_tree.Node) -> str:
    match node:
        case yaml_tree.Scalar(""):
            return "blank"
        case yaml_tree.Scalar(text):
            return text
        case yaml_tree.Sequence(items):
            return f"[{', '.join(_shown(item) for item in items)}]"
    return "something else"
