"""The text that an editor shows for the thing under the pointer: its type, its meaning, its value for a sample row."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from codaform.editor.declarations import part_at
from codaform.editor.file_context import FileContext
from codaform.editor.meanings import Standing
from codaform.editor.sample import explained, shown
from codaform.editor.yaml_keys import key_at
from codaform.evaluation.completion import KEYWORDS
from codaform.evaluation.explain import ExplainedStep
from codaform.library.function import Function
from codaform.model import types
from codaform.model.schema import Doc, control_type, formula_type, value_type, views
from codaform.model.types import describe
from codaform.project.parts import ProjectPart
from codaform.prose.sentences import describe_formula
from codaform.semantics.calls import signature
from codaform.semantics.program import FormulaSite
from codaform.source import Span
from codaform.text import harmless_lines

_ABOUT = {word.casefold(): about for word, about in KEYWORDS.items()}


def hover(file: FileContext, position: lsp.Position) -> lsp.Hover | None:
    """The text about what is at a position; None where there is nothing to say."""
    place = file.formula_at(position)
    named = part_at(file, position)
    if place is None:
        if named is not None:
            return _hover(file, named[1], [*_part(file, named[0])])
        key = key_at(file, file.place(position))
        return None if key is None else _hover(file, *key)
    standing = Standing(file.opened.sound.project, place)
    lines: list[str] = []
    if named is not None:
        lines += _part(file, named[0])
    elif standing.functions:
        lines += _function(standing.functions)
    elif standing.piece is not None and standing.piece.kind == "keyword":
        word = standing.text[standing.piece.start : standing.piece.end]
        lines += [f"**{word}**", _ABOUT.get(word.casefold(), "")]
    lines += _value(file, standing)
    if standing.span is None or not any(lines):
        return None
    return _hover(file, standing.formula.located(standing.span), lines)


def _hover(file: FileContext, span: Span, lines: list[str]) -> lsp.Hover:
    text = "\n\n".join(harmless_lines(line) for line in lines if line)
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), file.range(span))


def _value(file: FileContext, standing: Standing) -> Iterator[str]:
    """The type and the value of the part at the place."""
    part = standing.part
    if part is None:
        return
    if standing.reference is None and not standing.functions and part.type != types.FAULTY:
        yield describe(part.type)
    found = explained(file.opened.sound, standing.formula, standing.bound)
    if found is None:
        return
    step, row = found
    known = next((one for one in _steps(step) if one.node is part), None)
    if known is not None and known.note != "not computed":
        yield f"= `{_code(shown(file.opened.sound, known.value))}`" + (f" for {_plain(row)}" if row else "")


def _steps(step: ExplainedStep) -> Iterator[ExplainedStep]:
    waiting = [step]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(one.children)


def _function(functions: tuple[Function, ...]) -> Iterator[str]:
    for one in functions:
        yield f"```coda\n{signature(one)}\n```"
        yield one.summary
    for example in functions[0].examples[:2]:
        yield f"`{_code(example.formula)}` → `{_code(example.result)}`"


def _part(file: FileContext, part: ProjectPart) -> Iterator[str]:
    doc = file.doc
    kind, about, site = _facts(doc, part)
    yield f"**{_plain(part.name)}** · {kind}"
    yield _plain(about)
    if site is None:
        return
    program = file.opened.sound.session.program
    bound = program.formulas[site]
    text = file.opened.sound.places.text(site)
    if text.text.strip():
        yield f"ƒ {describe_formula(doc, bound, text)}"


def _facts(doc: Doc, part: ProjectPart) -> tuple[str, str, FormulaSite | None]:
    """The type of a thing in words, what it is about, and the place of its formula."""
    match part.kind:
        case "table":
            table = doc.tables[part.name]
            return f"table of {len(table.columns)} columns", table.about, None
        case "column":
            column = doc.tables[part.table].columns[part.name]
            kind = f"{describe(value_type(column))}, column of {_plain(part.table)}"
            if column.options:
                kind += f": {', '.join(map(_plain, column.options))}"
            site = FormulaSite("formula", part.table, part.name) if column.formula is not None else None
            return kind, column.about, site
        case "view":
            view = next(one for one in views(doc) if one.name == part.name)
            return f"view of {_plain(view.table)}", view.about, None
        case "formula":
            named = doc.formulas[part.name]
            return f"{describe(formula_type(named))}, named formula", named.about, FormulaSite("named", "", named.name)
        case "control":
            control = doc.controls[part.name]
            return f"{describe(control_type(control))}, {control.kind} on a page", control.about, None
    raise AssertionError(f"{part.kind} has no name in a formula")


def _code(text: str) -> str:
    return text.replace("`", "'")


def _plain(text: str) -> str:
    """A text of the doc in Markdown: it marks nothing up."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|~!" else sign for sign in text)
