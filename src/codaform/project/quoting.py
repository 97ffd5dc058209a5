"""Formulas in YAML that lack their quotes, so that YAML reads a part as its own signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.project import shape_checks, shapes, yaml_text, yaml_tree
from codaform.project.inline import is_file_name
from codaform.source import Source, Span
from codaform.syntax.parser import parse

_KEY = re.compile(rf"(?:^|[\s{{,])(?:{'|'.join(sorted(yaml_text.FORMULAS))}):[ \t]+(?=\S)")
_PIECE = re.compile(r""""[^"\n]*"|'[^'\n]*'|\[[^\]\n]*\]|[(){}]|,|.""")


def without_quotes(source: Source, problem: Diagnostic) -> Diagnostic | None:
    """The formula that keeps a file from being YAML, with quotes as the fix; None where there is none."""
    end = source.text.find("\n", problem.span.start)
    end = len(source.text) if end < 0 else end
    last = source.text.rfind("\n", 0, min(problem.span.start, len(source.text)))
    start = source.text.rfind("\n", 0, max(last, 0)) + 1
    return next(_unquoted(source, start, end, problem), None)


def cut_formulas(node: yaml_tree.Node, shape: shapes.Shape, source: Source) -> list[Diagnostic]:
    """The formulas that end at their first comma, since they are in `{…}` without quotes, or at a `#`."""
    found: list[Diagnostic] = []
    match shape, node:
        case shapes.Fields(fields), yaml_tree.Mapping(entries):
            for at, (key, value) in enumerate(entries):
                field = fields.get(key.text)
                if field is None:
                    continue
                if field.shape != shapes.FORMULA:
                    if not isinstance(value, yaml_tree.Scalar):
                        found.extend(cut_formulas(value, field.shape, source))
                elif _is_commented(value, source) or (
                    at + 1 < len(entries) and entries[at + 1][0].text not in fields and _is_open(value)
                ):
                    found.extend(_unquoted(source, key.span.start - 1, node.span.end, None))
        case shapes.Each(item), yaml_tree.Sequence(items):
            for part in items:
                found.extend(cut_formulas(part, item, source))
        case shapes.Either(options), _:
            for option in options:
                if shape_checks.same_kind(option, node):
                    return cut_formulas(node, option, source)
    return found


def as_text(problem: Diagnostic) -> Diagnostic:
    """About an unknown name that is a whole formula in quotes, that the quotes are those of YAML."""
    text, span = problem.source.text, problem.span
    quotes = text[max(span.start - 1, 0) : span.start] + text[span.end : span.end + 1]
    if problem.rule != rules.UNKNOWN_NAME or quotes not in ('""', "''") or not problem.source.name.endswith(".yml"):
        return problem
    wanted = yaml_text.formula(f'"{text[span.start : span.end]}"')
    help = f"the quotes here belong to YAML; a text in a formula has its own: {wanted}"
    fix = Fix(f"write {wanted}", (Edit(Span(span.start - 1, span.end + 1), wanted),), safe=False)
    return replace(problem, help=f"{help}; {problem.help}" if problem.help else help, fix=problem.fix or fix)


def _is_open(value: yaml_tree.Node) -> bool:
    return isinstance(value, yaml_tree.Scalar) and value.text.count("(") > value.text.count(")")


def _is_commented(value: yaml_tree.Node, source: Source) -> bool:
    """Whether a formula that is none goes on with what YAML takes for a comment."""
    if not isinstance(value, yaml_tree.Scalar) or not re.match(
        r"[ \t]+#", source.text[value.span.end : value.span.end + 99]
    ):
        return False
    return source.text[value.span.start] not in "\"'|>" and parse(Source("", value.text))[0] is None


def _unquoted(source: Source, start: int, end: int, problem: Diagnostic | None) -> Iterator[Diagnostic]:
    """The formulas between two offsets that make better YAML in quotes."""
    for key in _KEY.finditer(source.text, start, end):
        line_end = source.text.find("\n", key.end())
        line_end = len(source.text) if line_end < 0 else line_end
        for stop in _ends(source.text, key.end(), line_end):
            written = source.text[key.end() : stop].rstrip()
            if not written or is_file_name(written) or parse(Source("", written))[0] is None:
                continue
            wanted = yaml_text.formula(written)
            after = source.text[: key.end()] + wanted + source.text[key.end() + len(written) :]
            if wanted != written and _is_better(after, key.end(), wanted, written, source, problem):
                span = Span(key.end(), key.end() + len(written))
                message = "the formula needs quotes here, since it contains signs of YAML"
                yield Diagnostic(
                    rules.BAD_YAML, message, source, span, f"write {wanted}", Fix("add quotes", (Edit(span, wanted),))
                )
                break


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where a formula may end: where its line does, or before a comma or a brace outside of its parentheses."""
    depth = 0
    ends = [end]
    for piece in _PIECE.finditer(text, start, end):
        if piece[0] == "(":
            depth += 1
        elif piece[0] == ")":
            depth -= 1
        elif depth == 0 and piece[0] in (",", "}"):
            ends.append(piece.start())
    return iter(ends)


def _is_better(after: str, at: int, wanted: str, written: str, source: Source, problem: Diagnostic | None) -> bool:
    """Whether YAML reads the quoted formula unchanged, and nothing before it is wrong."""
    tree = yaml_tree.compose(Source(source.name, after))
    if isinstance(tree, Diagnostic):
        return problem is not None and tree.span.start > max(problem.span.start, at) + len(wanted)
    return any(one.text == written and one.span.start == at for one in _scalars(tree))


def _scalars(node: yaml_tree.Node) -> Iterator[yaml_tree.Scalar]:
    match node:
        case yaml_tree.Scalar():
            yield node
        case yaml_tree.Sequence(items):
            for item in items:
                yield from _scalars(item)
        case yaml_tree.Mapping(entries):
            for _, value in entries:
                yield from _scalars(value)
