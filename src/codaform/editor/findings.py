"""Findings as an editor shows them: diagnostics, and their fixes as actions."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types as lsp

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.places import located
from codaform.editor.positions import EditorText
from codaform.text import harmless_lines

_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "info": lsp.DiagnosticSeverity.Information,
}


def diagnostics(found: Sequence[Diagnostic], text: EditorText) -> list[lsp.Diagnostic]:
    """The findings in a text, by place; of many of a kind the first ones."""
    return [as_diagnostic(one.diagnostic, text) for one in located(found)]


def as_diagnostic(one: Diagnostic, text: EditorText) -> lsp.Diagnostic:
    """A finding at its place in a text."""
    message = f"{one.message}\n{one.help}" if one.help else one.message
    return lsp.Diagnostic(
        range=text.range(one.span),
        message=harmless_lines(message),
        severity=_SEVERITIES[one.rule.severity],
        code=one.rule.code,
        source="codaform",
    )
