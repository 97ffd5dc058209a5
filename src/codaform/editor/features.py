"""What the language server answers: each request by its method, with the shape of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lsprotocol import types as lsp

from codaform.editor.colouring import TYPES, semantic_tokens
from codaform.editor.completing import completion
from codaform.editor.declarations import definition
from codaform.editor.documents import Documents
from codaform.editor.file_context import FileContext
from codaform.editor.fixing import FIX_ALL, code_actions, formatting
from codaform.editor.hovering import hover
from codaform.editor.renaming import prepare_rename, references, rename
from codaform.editor.signatures import signature_help
from codaform.editor.values_shown import inlay_hints


@dataclass(frozen=True, slots=True)
class Feature:
    """A request about a place of a text. params: The shape of its parameters."""

    params: type[Any]
    answer: Callable[[FileContext, Documents, Any], object]


FEATURES: Mapping[str, Feature] = {
    lsp.TEXT_DOCUMENT_HOVER: Feature(lsp.HoverParams, lambda file, _, asked: hover(file, asked.position)),
    lsp.TEXT_DOCUMENT_COMPLETION: Feature(
        lsp.CompletionParams, lambda file, known, asked: completion(file, asked.position, known.shares_range)
    ),
    lsp.TEXT_DOCUMENT_SIGNATURE_HELP: Feature(
        lsp.SignatureHelpParams, lambda file, _, asked: signature_help(file, asked.position)
    ),
    lsp.TEXT_DOCUMENT_DEFINITION: Feature(
        lsp.DefinitionParams, lambda file, documents, asked: definition(file, documents, asked.position)
    ),
    lsp.TEXT_DOCUMENT_REFERENCES: Feature(lsp.ReferenceParams, references),
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: Feature(lsp.PrepareRenameParams, prepare_rename),
    lsp.TEXT_DOCUMENT_RENAME: Feature(lsp.RenameParams, rename),
    lsp.TEXT_DOCUMENT_FORMATTING: Feature(lsp.DocumentFormattingParams, formatting),
    lsp.TEXT_DOCUMENT_CODE_ACTION: Feature(lsp.CodeActionParams, code_actions),
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: Feature(
        lsp.SemanticTokensParams, lambda file, _, __: semantic_tokens(file)
    ),
    lsp.TEXT_DOCUMENT_INLAY_HINT: Feature(lsp.InlayHintParams, lambda file, _, asked: inlay_hints(file, asked)),
}
"""The requests about texts, by method."""


def capabilities(encoding: str) -> lsp.ServerCapabilities:
    """What the server offers a client."""
    return lsp.ServerCapabilities(
        position_encoding=lsp.PositionEncodingKind(encoding),
        text_document_sync=lsp.TextDocumentSyncOptions(
            open_close=True, change=lsp.TextDocumentSyncKind.Incremental, save=lsp.SaveOptions(include_text=False)
        ),
        hover_provider=True,
        completion_provider=lsp.CompletionOptions(trigger_characters=[".", "[", '"', "=", "("]),
        signature_help_provider=lsp.SignatureHelpOptions(trigger_characters=["(", ","]),
        definition_provider=True,
        references_provider=True,
        rename_provider=lsp.RenameOptions(prepare_provider=True),
        document_formatting_provider=True,
        code_action_provider=lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, FIX_ALL]),
        semantic_tokens_provider=lsp.SemanticTokensOptions(lsp.SemanticTokensLegend([*TYPES], []), full=True),
        inlay_hint_provider=True,
    )
