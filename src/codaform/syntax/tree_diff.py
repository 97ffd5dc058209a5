"""Where two formulas differ: the smallest parts of their trees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from codaform.source import Span
from codaform.syntax import ast


class ChangedPart(NamedTuple):
    """A part of a formula and its counterpart in another one. None where there is no such part."""

    before: Span | None
    after: Span | None


def changed_parts(before: ast.Formula, after: ast.Formula) -> list[ChangedPart]:
    """The smallest parts that differ, in the order of the text; empty for formulas that say the same."""
    found: list[ChangedPart] = []
    waiting: list[tuple[ast.Expression | ast.Argument, ast.Expression | ast.Argument]]
    waiting = [(before.expression, after.expression)]
    while waiting:
        old, new = waiting.pop()
        if old == new:
            continue
        pairs = list(_pairs(old, new)) if _is_alike(old, new) else []
        if not pairs:
            found.append(ChangedPart(old.span, new.span))
            continue
        for one, other in reversed(pairs):
            if one is not None and other is not None:
                waiting.append((one, other))
            else:
                found.append(ChangedPart(one.span if one else None, other.span if other else None))
    return sorted(found, key=lambda part: (part.after or part.before or Span(0, 0)).start)


def _is_alike(old: ast.Expression | ast.Argument, new: ast.Expression | ast.Argument) -> bool:
    """Whether two parts are of one form, so that the difference is further inside."""
    match old, new:
        case ast.Call(), ast.Call():
            same = (old.function.casefold(), old.pack) == (new.function.casefold(), new.pack)
            return same and (old.receiver is None) == (new.receiver is None)
        case ast.Operation(), ast.Operation():
            return old.sign == new.sign and len(old.operands) == len(new.operands)
        case ast.Member(name=name), ast.Member(name=other):
            return name == other
        case ast.Argument(name=name), ast.Argument(name=other):
            return name == other
        case ast.Group(), ast.Group():
            return True
    return False


_Part = ast.Expression | ast.Argument


def _pairs(old: _Part, new: _Part) -> Iterator[tuple[_Part | None, _Part | None]]:
    """The parts of two parts side by side; where one has more, equal ones at its beginning and end belong together."""
    left, right = ast.children(old), ast.children(new)
    if len(left) == len(right):
        yield from zip(left, right, strict=True)
        return
    start, most = 0, min(len(left), len(right))
    while start < most and left[start] == right[start]:
        start += 1
    end = 0
    while end < most - start and left[-1 - end] == right[-1 - end]:
        end += 1
    yield from ((one, None) for one in left[start : len(left) - end])
    yield from ((None, one) for one in right[start : len(right) - end])
