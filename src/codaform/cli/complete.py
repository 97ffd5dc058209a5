"""Completion: the names from a project that a shell offers for an argument or option."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click
from click.shell_completion import CompletionItem

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_MAX_ROWS = 1_000
"""The most rows that completion offers."""


def _offer(known: Callable[[click.Context, Any, str], Iterable[tuple[str, str]]]) -> Offer:
    """Completion from a project: the names that begin with the typed text, in any case, each with a help text.

    The project is a `Project`. Its class is imported only when a shell completes something.
    """

    def offered(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
        from codaform.cli.select import open_project
        from codaform.project.locate import CannotRead

        path = next((ctx.params[name] for name in ("project", "folder") if ctx.params.get(name)), None)
        try:
            found = list(known(ctx, open_project(path), typed))
        except (CannotRead, OSError, click.ClickException):
            return []
        begun = typed.casefold()
        return [
            CompletionItem(name, help=" ".join(about.split()) or None)
            for name, about in found
            if name.casefold().startswith(begun)
        ]

    return offered


@_offer
def environments(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The environments of doc.yml, and `local`."""
    for name, environment in project.environments.items():
        yield name, environment.doc
    yield "local", "the local Coda of the project"


@_offer
def places(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """Where a migration can happen."""
    yield "files", "the rows of the folder"
    for name, environment in project.environments.items():
        yield name, environment.doc
    yield "local", "the local Coda of the project"


@_offer
def migrations(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The migrations."""
    for migration in project.migrations:
        yield migration.id, migration.name


@_offer
def doc_parts(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The tables, views, named formulas and controls."""
    yield from _doc_parts(project.doc)


@_offer
def tables(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The tables."""
    for table in project.doc.tables.values():
        yield table.name, table.about


@_offer
def columns(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The columns of all tables, as table.column."""
    yield from _columns(project.doc)


@_offer
def renamable(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The tables, views, named formulas and controls, and the columns as table.column."""
    yield from _doc_parts(project.doc)
    yield from _columns(project.doc)


@_offer
def buttons(_ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The buttons of all tables, as table.button, and those on pages."""
    for table in project.doc.tables.values():
        for column in table.columns.values():
            if column.kind == "button":
                yield f"{table.name}.{column.name}", column.about
    for control in project.doc.controls.values():
        if control.kind == "button":
            yield control.name, control.about


@_offer
def columns_of_table(ctx: click.Context, project: Any, typed: str) -> Iterator[tuple[str, str]]:
    """The columns of the table that the command names. In a list with commas, completion is for the last column."""
    table = _table_of(ctx, project)
    before, comma, _ = typed.rpartition(",")
    chosen = {name.strip() for name in before.split(",")}
    for column in project.doc.tables[table].columns.values() if table else ():
        if column.name not in chosen:
            yield f"{before}{comma}{column.name}", column.about


@_offer
def rows(ctx: click.Context, project: Any, _typed: str) -> Iterator[tuple[str, str]]:
    """The rows of the table that the command names, by display text."""
    from codaform.project import loading
    from codaform.project.session import Session

    table = _table_of(ctx, project)
    if table:
        for text in loading.displays(Session(project).book, table)[:_MAX_ROWS]:
            if text and "\n" not in text:
                yield text, ""


def _doc_parts(doc: Any) -> Iterator[tuple[str, str]]:
    from codaform.model.schema import views

    for part in (*doc.tables.values(), *views(doc), *doc.formulas.values(), *doc.controls.values()):
        yield part.name, getattr(part, "about", "")


def _columns(doc: Any) -> Iterator[tuple[str, str]]:
    for table in doc.tables.values():
        for column in table.columns.values():
            yield f"{table.name}.{column.name}", column.about


def _table_of(ctx: click.Context, project: Any) -> str:
    """The table that the parameters so far name: the table, one of its views, columns or buttons; empty if none."""
    from codaform.model.schema import views

    known: dict[str, str] = {name.casefold(): name for name in project.doc.tables}
    known |= {view.name.casefold(): view.table for view in views(project.doc)}
    given = [ctx.params.get(name) for name in ("table", "name", "column", "button")]
    # click has not yet read the arguments before an option whose value is typed now.
    for word in (str(word).casefold() for word in (*given, *ctx.args) if word):
        if word in known:
            return known[word]
        for at in (index for index, character in enumerate(word) if character == "."):
            if word[:at] in known:
                return known[word[:at]]
    return ""
