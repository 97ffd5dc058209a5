"""Where a YAML tree does not have its shape."""

from __future__ import annotations

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.project import yaml_text
from codaform.project.shapes import FORMULA, ColumnFormat, Each, Either, Entries, Fields, Shape, Text
from codaform.project.yaml_tree import Mapping, Node, Scalar, Sequence
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest
from codaform.text import one_line


def check(node: Node, shape: Shape, source: Source) -> list[Diagnostic]:
    """Where a tree does not have its shape."""
    match shape, node:
        case Text(), Scalar():
            return _check_text(node, shape, source)
        case ColumnFormat(), _:
            return []  # the column's type judges it
        case Each(item), Sequence(items):
            return [found for part in items for found in check(part, item, source)]
        case Entries(), Mapping(pairs):
            return [found for key, part in pairs for found in check(part, shape.shape_of(key.text), source)]
        case Fields(), Mapping():
            return _check_fields(node, shape, source)
        case Either(shapes), _:
            for option in shapes:
                if same_kind(option, node):
                    return check(node, option, source)
        case (Each() | Entries(), Scalar("")):
            return []
    message = f"here stands {_told_node(node)}, {_told(shape)} is wanted"
    at = _short(node.span, source)
    written = source.text[node.span.start : node.span.end]
    if shape == FORMULA and at == node.span:
        quoted = yaml_text.formula(written)
        fix = Fix("add quotes", (Edit(at, quoted),))
        return [Diagnostic(rules.WRONG_SHAPE, message, source, at, f"write {quoted}", fix)]
    if isinstance(shape, Each) and isinstance(node, Scalar) and at == node.span and not check(node, shape.item, source):
        # One thing where a list of such things is wanted.
        return [
            Diagnostic(
                rules.WRONG_SHAPE,
                message,
                source,
                at,
                f"write [{written}]",
                Fix("write a list", (Edit(at, f"[{written}]"),)),
            )
        ]
    help = ""
    if isinstance(node, Mapping) and node.entries and isinstance(shape, Each) and _has_name(shape.item):
        help = f"each is an item of the list: - {{name: {node.entries[0][0].text}, …}}"
    return [Diagnostic(rules.WRONG_SHAPE, message, source, at, help)]


def _has_name(shape: Shape) -> bool:
    return isinstance(shape, Fields) and "name" in shape.fields


def same_kind(shape: Shape, node: Node) -> bool:
    """Whether a node is to be checked against this shape, if a place allows several."""
    match shape:
        case Text():
            return isinstance(node, Scalar)
        case Each():
            return isinstance(node, Sequence)
        case Either(shapes):
            return any(same_kind(option, node) for option in shapes)
    return isinstance(node, Mapping)


def _check_text(node: Scalar, shape: Text, source: Source) -> list[Diagnostic]:
    import re

    if shape.options and node.text not in shape.options:
        close = nearest(node.text, shape.options) if node.text else None
        help = did_you_mean(close, f"it is one of {', '.join(shape.options)}")
        fix = Fix(f"write {close}", (Edit(node.span, close),), safe=False) if close else None
        message = f"{_shown(node.text)} is not one of the allowed values"
        return [Diagnostic(rules.WRONG_SHAPE, message, source, node.span, help, fix)]
    if shape.pattern and not re.fullmatch(shape.pattern, node.text):
        message = f"{_shown(node.text)} is not {shape.form}"
        return [Diagnostic(rules.WRONG_SHAPE, message, source, _short(node.span, source), shape.help)]
    return []


def _check_fields(node: Mapping, shape: Fields, source: Source) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    present = set()
    for key, value in node.entries:
        field = shape.fields.get(key.text)
        if field is None:
            close = nearest(key.text, shape.fields)
            if close is not None:
                present.add(close)  # it is there, misspelled
            help = did_you_mean(close, f"{_one(shape.name)} has {', '.join(shape.fields)}")
            fix = Fix(f"write {close}", (Edit(key.span, close),), safe=False) if close else None
            message = f"{_one(shape.name)} has no {_shown(key.text)}"
            found.append(Diagnostic(rules.WRONG_SHAPE, message, source, key.span, help, fix))
            continue
        present.add(key.text)
        found.extend(check(value, field.shape, source))
    for name, field in shape.fields.items():
        if field.required and name not in present:
            message = f"the {shape.name} lacks {name}"
            help = field.about
            found.append(Diagnostic(rules.WRONG_SHAPE, message, source, _short(node.span, source), help))
    return found


def _short(span: Span, source: Source) -> Span:
    """The first line of a span: enough to find it."""
    line_end = source.text.find("\n", span.start)
    return span if line_end < 0 or line_end > span.end else Span(span.start, max(line_end, span.start))


def _shown(text: str) -> str:
    return one_line(text) or "nothing"


def _one(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' and name != 'user' else 'a'} {name}"


def _told_node(node: Node) -> str:
    return {Scalar: "a text", Sequence: "a list", Mapping: "a mapping"}[type(node)]


def _told(shape: Shape) -> str:
    match shape:
        case Text():
            return shape.form if not shape.options else f"one of {', '.join(shape.options)}"
        case Each():
            return "a list"
        case Entries(_, keys):
            return f"a mapping by {keys}"
        case Fields(_, name):
            return f"{_one(name)} with its keys"
        case Either(shapes):
            return " or ".join(_told(option) for option in shapes)
        case ColumnFormat():
            return "a format"
