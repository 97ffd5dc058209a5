"""Fixes of findings as actions of an editor, and the one layout of formulas."""

from __future__ import annotations

from pathlib import PurePosixPath

from lsprotocol import types as lsp

from codaform.diagnostics.fixes import apply_fixes
from codaform.editor.documents import Documents
from codaform.editor.file_context import FileContext
from codaform.editor.findings import as_diagnostic
from codaform.project.layouts import laid_out
from codaform.source import Span

FIX_ALL = "source.fixAll.codaform"


def code_actions(file: FileContext, _: Documents, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """The fixes of the findings in a range, those that keep the meaning preferred; and all of these of the text."""
    span = file.document.text.span(params.range)
    wanted = params.context.only
    found = [one for one in file.opened.found_in(file.source) if one.fix is not None and one.source == file.source]
    actions: list[lsp.CodeAction] = []
    if _is_wanted(lsp.CodeActionKind.QuickFix.value, wanted):
        for one in found:
            if one.fix is None or one.span.end < span.start or one.span.start > span.end:
                continue
            edits = [
                lsp.TextEdit(file.range(edit.span), file.document.text.written(edit.text)) for edit in one.fix.edits
            ]
            actions.append(
                lsp.CodeAction(
                    title=one.fix.title if one.fix.safe else f"{one.fix.title} (a guess)",
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=[as_diagnostic(one, file.document.text)],
                    is_preferred=one.fix.safe,
                    edit=_changes(file, edits),
                )
            )
    if _is_wanted(FIX_ALL, wanted):
        after, applied = apply_fixes(file.source.text, found)
        if applied:
            whole = lsp.TextEdit(file.range(Span(0, len(file.source.text))), file.document.text.written(after))
            title = "Fix all that can be fixed without a change of meaning"
            actions.append(lsp.CodeAction(title=title, kind=FIX_ALL, edit=_changes(file, [whole])))
    return actions


def _is_wanted(kind: str, wanted: object) -> bool:
    """Whether a client asks for actions of a kind: it names kinds, or parts of their beginnings, or none."""
    named = [str(getattr(one, "value", one)) for one in wanted] if isinstance(wanted, list | tuple) else None
    return named is None or any(kind == one or kind.startswith(f"{one}.") or not one for one in named)


def _changes(file: FileContext, edits: list[lsp.TextEdit]) -> lsp.WorkspaceEdit:
    return lsp.WorkspaceEdit(changes={file.document.uri: edits})


def formatting(file: FileContext, _: Documents, __: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
    """The edits that lay out the formulas of a text; none where it cannot be read, as its findings say."""
    path = PurePosixPath(file.source.name)
    if path.suffix != ".coda" and path.name not in ("doc.yml", "table.yml"):
        return []
    after, _said = laid_out(file.source)
    if after is None or after == file.source.text:
        return []
    return [lsp.TextEdit(file.range(Span(0, len(file.source.text))), file.document.text.written(after))]
