"""All places that name a part of a doc, and another name for it in every file of the project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from lsprotocol import types as lsp

from codaform.deploy.lock import renamed_locks
from codaform.editor import stream
from codaform.editor.declarations import TextPlace, declared, location, part_at
from codaform.editor.documents import Documents, uri_of
from codaform.editor.errors import RequestFailed
from codaform.editor.file_context import FileContext
from codaform.editor.opened import OpenedProject
from codaform.extras import require
from codaform.project.files import unsaved
from codaform.project.names import names_in, names_in_rows
from codaform.project.parts import PartKind, ProjectPart
from codaform.project.project import Project, path_inside
from codaform.project.renaming import check_name, formula_sites, renamed_project
from codaform.project.uses import referenced_part
from codaform.semantics.program import bind_site
from codaform.semantics.renaming import Renaming, may_spell
from codaform.site.guides.reading import find_documents
from codaform.source import Source, Span


def references(file: FileContext, documents: Documents, params: lsp.ReferenceParams) -> list[lsp.Location]:
    """The places that name the thing at a position: in formulas, YAML, cases, scenarios, rows and documents."""
    found = part_at(file, params.position)
    if found is None:
        return []
    opened = _current(file, documents)
    with unsaved(opened.contents):
        places = list(dict.fromkeys(_places(opened, found[0])))
        if not params.context.include_declaration:
            own = {(one.path, one.span) for one in declared(opened, found[0])}
            places = [one for one in places if (one.path, one.span) not in own]
    return [place for one in places if (place := location(documents, one)) is not None]


def _places(opened: OpenedProject, part: ProjectPart) -> Iterator[TextPlace]:
    project = opened.project

    def place(source: Source, span: Span) -> TextPlace:
        text = source.text[span.start : span.end]
        return TextPlace(
            opened.root / path_inside(project, source.name), Span(span.start, span.end - len(text) + len(text.rstrip()))
        )

    named = names_in(project), names_in_rows(project, part.table) if part.kind == "column" else ()
    for name in (one for names in named for one in names):
        if (name.kind, name.name) == (part.kind, part.name) and name.table in (part.table, ""):
            yield place(name.source, name.node.span)
    for site, source, kind in formula_sites(project):
        if may_spell(source.text, part.name):
            for one in bind_site(project.doc, site, source, kind)[0].references:
                if referenced_part(project.doc, one) == part:
                    passage = source.passage
                    yield (
                        place(source, one.span) if passage is None else place(passage.whole, passage.located(one.span))
                    )
    if find_documents(project):
        require("docs")
        from codaform.site.guides.renaming import names_in_documents

        for text in names_in_documents(project):
            if (text.kind, text.name, text.table) == part:
                yield place(text.source, text.span)


def _current(file: FileContext, documents: Documents) -> OpenedProject:
    """The project with the texts as they are now."""
    opened = file.opened
    contents = documents.unsaved(opened.root)
    return opened if contents == opened.contents else OpenedProject.read(opened.root, contents, opened)


# ------------------------------------------------------------ another name


def prepare_rename(file: FileContext, _: Documents, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder:
    """The name that would be changed. Raises RequestFailed where nothing stands that can get another one."""
    part, span = _renamable(file, params.position)
    return lsp.PrepareRenamePlaceholder(file.range(span), part.name)


def _renamable(file: FileContext, position: lsp.Position) -> tuple[ProjectPart, Span]:
    found = part_at(file, position)
    if found is None or found[0].kind not in get_args(PartKind):
        raise RequestFailed("there is no name of the doc here", stream.REQUEST_FAILED)
    return found


def rename(file: FileContext, documents: Documents, params: lsp.RenameParams) -> lsp.WorkspaceEdit:
    """Another name for the thing at a position, in every file of the project; files named after it get it too.

    Raises RequestFailed and CannotRead where that is impossible; then nothing changes.
    """
    part, _ = _renamable(file, params.position)
    opened = _current(file, documents)
    project = opened.project
    if project.lost:
        raise RequestFailed(f"{project.lost[0].name} cannot be read: nothing is renamed", stream.REQUEST_FAILED)
    table = part.table if part.kind == "column" else ""
    renaming = Renaming(part.kind, part.name, params.new_name, table)  # type: ignore[arg-type]
    check_name(project.doc, renaming)
    with unsaved(opened.contents):
        found = renamed_project(project, renaming)
        edits = {**found.edits, **_in_documents(project, renaming)}
        locks = renamed_locks(project.root, project.doc, renaming, found.formulas)
    changes: list[lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile] = []
    for path, of in edits.items():
        changes.append(_edit(documents, opened.root / path, of))
    for path, text in locks.items():
        changes.append(_edit(documents, opened.root / path, {None: text}))
    for old, new in found.moves:
        changes.append(lsp.RenameFile(uri_of(opened.root / old), uri_of(opened.root / new)))
    return lsp.WorkspaceEdit(document_changes=changes)


def _in_documents(project: Project, renaming: Renaming) -> Mapping[Path, Mapping[Span, str]]:
    if not find_documents(project):
        return {}
    require("docs")
    from codaform.site.guides.renaming import renamed_documents

    return renamed_documents(project, renaming)


def _edit(documents: Documents, path: Path, edits: Mapping[Span, str] | Mapping[None, str]) -> lsp.TextDocumentEdit:
    """The edits of a file. A key None means all of it."""
    document = documents.of_file(path)
    if document is None:
        raise RequestFailed(f"{path.name} cannot be read: nothing is renamed", stream.REQUEST_FAILED)
    version = document.version if document.uri in documents.open else None
    whole = Span(0, len(document.text.read))
    made = [
        lsp.TextEdit(document.text.range(whole if span is None else span), document.text.written(text))
        for span, text in edits.items()
    ]
    return lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(document.uri, version), list(made))
