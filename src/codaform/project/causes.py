"""Causes before consequences: reading on as if a slip had not happened, and leaving out what only follows from it."""

from __future__ import annotations

from collections.abc import Iterable

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project import shapes
from codaform.project.nodes import Mapping, Node, Scalar, Sequence
from codaform.semantics.scope import nearest

NAMELESS = "*"
"""Among doubtful names: that something has no name at all, so that any unknown name may be its."""

_ABOUT_NAMES = frozenset({rules.UNKNOWN_NAME, rules.UNKNOWN_TABLE, rules.UNKNOWN_COLUMN})


def repaired(node: Node, shape: shapes.Shape) -> Node:
    """A tree with misspelled keys and options corrected as probably meant; the misspellings are reported."""
    match shape, node:
        case shapes.Text(options=options), Scalar(text, span) if options and text not in options:
            close = nearest(text, options) if text else None
            return Scalar(close, span) if close else node
        case shapes.Fields(fields), Mapping(entries, span):
            present = {key.text for key, _ in entries}
            found: list[tuple[Scalar, Node]] = []
            for key, value in entries:
                name = key.text
                if name not in fields:
                    close = nearest(name, fields)
                    if close is None or close in present:
                        continue
                    present.add(close)
                    name = close
                found.append((Scalar(name, key.span), repaired(value, fields[name].shape)))
            return Mapping(tuple(found), span)
        case shapes.Each(item), Sequence(items, span):
            return Sequence(tuple(repaired(part, item) for part in items), span)
        case shapes.Entries(value_shape), Mapping(entries, span):
            return Mapping(tuple((key, repaired(value, value_shape)) for key, value in entries), span)
        case shapes.Either(options_), _:
            option = next((one for one in options_ if shapes.same_kind(one, node)), None)
            return repaired(node, option) if option is not None else node
    return node


def without_consequences(found: Iterable[Diagnostic], doubtful: frozenset[str]) -> list[Diagnostic]:
    """The findings without those about names that another finding explains.

    doubtful: The names, in small letters, of things that exist but could not be read.
    """
    return [one for one in found if not _follows(one, doubtful)]


def _follows(finding: Diagnostic, doubtful: frozenset[str]) -> bool:
    of_header = finding.rule == rules.BAD_CSV and " has no column " in finding.message
    if finding.rule not in _ABOUT_NAMES and not of_header:
        return False
    text = finding.source.text[finding.span.start : finding.span.end].strip("\"'[]@").casefold()
    return NAMELESS in doubtful or text in doubtful
