"""A rendered document: its page, its false statements, and its blocks to paste."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import UNKNOWN_DIRECTIVE
from codaform.evaluation.workbook import Workbook
from codaform.project import loading, yaml_tree
from codaform.project.cells import BadCell
from codaform.project.session import Session
from codaform.site.guides import changing, drawing, showing
from codaform.site.guides.reading import Directive, DirectiveText, Prose, only_piece, parse_document
from codaform.site.guides.roles import render_roles
from codaform.site.guides.run import DocumentError, DocumentRun, PasteBlock, ShownRows
from codaform.site.markdown import block
from codaform.site.pages import Page
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A document with everything that rendering it gives.

    origins: For each line of the page the line of the document, counted from 1, that it comes from.
    shown: The rows that it shows, in order. book: Its rows at the end.
    """

    source: Source
    page: Page
    problems: tuple[Diagnostic, ...]
    origins: tuple[int, ...]
    blocks: tuple[PasteBlock, ...]
    shown: tuple[ShownRows, ...]
    book: Workbook


@dataclass(frozen=True, slots=True)
class DirectiveForm:
    """The form of a directive. make: Returns Markdown for a block of its own, and raises DocumentError.

    options: The allowed keys at its beginning. body: Whether it has text below them.
    """

    make: Callable[[DocumentRun, Directive], str]
    options: tuple[str, ...] = ()
    body: bool = False


DIRECTIVES: dict[str, DirectiveForm] = {
    "fields": DirectiveForm(showing.fields, ("columns",)),
    "rows": DirectiveForm(showing.rows, ("columns", "rows", "where", "limit"), body=True),
    "formula": DirectiveForm(showing.formula, ("row",)),
    "tests": DirectiveForm(showing.tests),
    "schema": DirectiveForm(showing.schema),
    "add": DirectiveForm(changing.add, body=True),
    "change": DirectiveForm(changing.change, body=True),
    "remove": DirectiveForm(changing.remove, body=True),
    "press": DirectiveForm(changing.press, body=True),
    "clock": DirectiveForm(changing.clock, ("say",)),
    "picture": DirectiveForm(
        drawing.draw_picture, ("bands", "items", "holds", "label", "spans", "values", "percent", "fine")
    ),
}
"""Every directive by its name."""


def render_document(session: Session, source: Source, path: str, functions: str = "") -> RenderedDocument:
    """Render a document from its first line to its last.

    path: Of its page below the docs. functions: The folder of the function pages below the docs; empty for none.
    All faults are in `problems`; the page is made all the same.
    """
    whole = parse_document(source)
    problems: list[Diagnostic] = []
    front = _front(source, whole.front, problems)
    book = _book(session, source, front, problems)
    run = DocumentRun(session, source, path, functions, book, problems)
    text, origins = _joined(source, list(_written(run, whole.parts)))
    begins = len(text) - len(text.lstrip("\n"))
    text, origins = text[begins:], origins[begins:]
    title = yaml_tree.text_at(front, "title") or _heading(text) or path
    page = Page(path, title, text, " ".join(yaml_tree.text_at(front, "about").split()))
    return RenderedDocument(source, page, tuple(problems), origins, tuple(run.blocks), tuple(run.shown), book)


_KEYS = ("title", "about", "start", "clock")
_STARTS = ("sample", "empty")


def _front(source: Source, front: DirectiveText, problems: list[Diagnostic]) -> yaml_tree.Node:
    """The mapping at the beginning; an empty one where there is none."""
    if not front.text.strip():
        return yaml_tree.Mapping(())
    tree = yaml_tree.compose(only_piece(source, front))
    if isinstance(tree, Diagnostic):
        problems.append(Diagnostic(tree.rule, tree.message, source, tree.span, tree.help))
        return yaml_tree.Mapping(())
    if not isinstance(tree, yaml_tree.Mapping):
        message = f"between the lines --- there are settings, each with one of {', '.join(_KEYS)} before it"
        problems.append(Diagnostic(UNKNOWN_DIRECTIVE, message, source, tree.span))
        return yaml_tree.Mapping(())
    start = yaml_tree.get(tree, "start")
    if start is not None and yaml_tree.text_at(tree, "start") not in _STARTS:
        message = f"a document starts {' or '.join(_STARTS)}"
        problems.append(Diagnostic(UNKNOWN_DIRECTIVE, message, source, start.span))
    for key, _ in yaml_tree.entries(tree):
        if key.text not in _KEYS:
            close = nearest(key.text, _KEYS)
            help = did_you_mean(close, f"there are {', '.join(_KEYS)}")
            message = f"a document has no setting {key.text}"
            problems.append(Diagnostic(UNKNOWN_DIRECTIVE, message, source, key.span, help))
    return tree


def _book(session: Session, source: Source, front: yaml_tree.Node, problems: list[Diagnostic]) -> Workbook:
    clock = yaml_tree.get(front, "clock")
    try:
        book = session.workbook(clock.text if isinstance(clock, yaml_tree.Scalar) else "")
    except BadCell as problem:
        span = clock.span if clock is not None else Span(0, 0)
        problems.append(Diagnostic(UNKNOWN_DIRECTIVE, str(problem), source, span))
        book = session.workbook()
    if yaml_tree.text_at(front, "start") != "empty":
        loading.load(book, session.project.rows)
    return book


def _heading(text: str) -> str:
    line = next((line for line in text.split("\n") if line.startswith("# ")), "")
    return line.removeprefix("# ").strip()


def _written(run: DocumentRun, parts: tuple[Prose | Directive, ...]) -> Iterator[tuple[str, int, bool]]:
    """Pieces of the page, the offset each comes from, and whether it is the document's own text."""
    for part in parts:
        if isinstance(part, Directive):
            written = _block(run, part)
            yield (f"{written}\n" if written else ""), part.span.start, False
        elif part.literal:
            yield run.source.text[part.span.start : part.span.end], part.span.start, True
        else:
            for text, at in render_roles(run, part.span.start, part.span.end):
                own = run.source.text.startswith(text, at)
                yield text, at, own


def _block(run: DocumentRun, directive: Directive) -> str:
    name = directive.name
    form = DIRECTIVES.get(name.text)
    try:
        if form is None:
            close = nearest(name.text, DIRECTIVES)
            help = did_you_mean(close, f"there are {', '.join(DIRECTIVES)}")
            raise DocumentError(f"there is no directive {name.text}", name.span, UNKNOWN_DIRECTIVE, help)
        for wrong in _misused(run, directive, form):
            run.say(wrong)
        return form.make(run, directive)
    except DocumentError as wrong:
        run.say(wrong)
        return block(run.source.text[directive.span.start : directive.span.end].rstrip("\n"), "text")


def _misused(run: DocumentRun, directive: Directive, form: DirectiveForm) -> Iterator[DocumentError]:
    """Unknown options and text below a directive that takes none."""
    name = directive.name.text
    for key, value in directive.options.items():
        if key not in form.options:
            at = run.source.text.rindex(f":{key}:", 0, value.span.start)
            close = nearest(key, form.options)
            there = f"there are {', '.join(form.options)}" if form.options else ""
            help = did_you_mean(close, there)
            message = f"{{{name}}} has no option {key}"
            yield DocumentError(message, Span(at + 1, at + 1 + len(key)), UNKNOWN_DIRECTIVE, help)
    body = directive.body
    if not form.body and body.text.strip():
        start = body.span.start + len(body.text) - len(body.text.lstrip())
        yield DocumentError(
            f"{{{name}}} takes no text below it", Span(start, start + len(body.text.strip())), UNKNOWN_DIRECTIVE
        )


def _joined(source: Source, written: list[tuple[str, int, bool]]) -> tuple[str, tuple[int, ...]]:
    """The page, and for each of its lines the line of the document that it begins in."""
    origins: list[int] = []
    begins = True
    for text, at, own in written:
        line = source.text.count("\n", 0, at) + 1
        for number, piece in enumerate(text.split("\n")):
            if number:
                begins = True
            if begins and (piece or number < text.count("\n")):
                origins.append(line + number if own else line)
                begins = False
    whole = "".join(text for text, _, _ in written)
    lines = whole.count("\n") + (not whole.endswith("\n") and whole != "")
    origins = (origins + [origins[-1] if origins else 1] * lines)[:lines]
    return whole, tuple(origins)
