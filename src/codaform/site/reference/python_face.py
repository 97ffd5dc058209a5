"""The reference page of the Python face, made from signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import FunctionType

from codaform.site.markdown import block, escaped, join_blocks


def python_page(about: str, members: Mapping[str, object]) -> str:
    """The page: the docstring of the package, then each public member by its import name."""
    parts = [part for name, member in members.items() for part in _member(name, member)]
    return join_blocks("# Python", *_paragraphs(about), *parts)


def _member(name: str, member: object) -> Iterator[str]:
    yield f"## {escaped(name)} {{ #{name.lower().replace('.', '-')} }}"
    kind = "class " if inspect.isclass(member) else ""
    yield block(f"{kind}{name}{_signature(member)}", "python")
    yield from _paragraphs(inspect.getdoc(member) or "")
    if not inspect.isclass(member):
        return
    for inner, value in vars(member).items():
        function, called = _function(value)
        if function is None or inner.startswith("_"):
            continue
        yield f"### {escaped(f'{name}.{inner}')}"
        yield block(f"{name}.{inner}{_signature(function) if called else ''}", "python")
        yield from _paragraphs(inspect.getdoc(function) or "")


def _function(value: object) -> tuple[Callable[..., object] | None, bool]:
    """The function behind a member of a class, and whether the member is called (a property is only read)."""
    match value:
        case property():
            return value.fget, False
        case cached_property():
            return value.func, False
        case classmethod() | staticmethod():
            return value.__func__, True
        case FunctionType():
            return value, True
    return None, False


def _signature(member: object) -> str:
    """The written parameters without `self` or `cls`."""
    if not callable(member):
        return ""
    try:
        signature = inspect.signature(member)
    except (TypeError, ValueError):
        return ""
    kept = [one for one in signature.parameters.values() if one.name not in ("self", "cls")]
    # In modules that postpone annotations they are texts, which would be in quotes.
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(signature.replace(parameters=kept)))


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a docstring; examples and indented lines are blocks."""
    for paragraph in re.split(r"\n{2,}", inspect.cleandoc(text)):
        if paragraph.lstrip().startswith(">>>"):
            yield block(inspect.cleandoc(paragraph), "pycon")
        elif paragraph.strip():
            yield escaped(paragraph)
