"""The files that an editor has open, with the texts that it has not saved; addresses of files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from urllib.request import url2pathname

from lsprotocol import types as lsp

from codaform.editor.positions import EditorText, Encoding
from codaform.files import read_file

_MOST_BYTES = 50_000_000


class UnknownDocument(Exception):
    """An address under which there is no text."""


@dataclass(slots=True)
class OpenText:
    """A text of the editor. path: Of the file; None for a text that is in no file yet. language: As the editor says."""

    uri: str
    path: Path | None
    version: int
    text: EditorText
    language: str = ""


class Documents:
    """The texts of the editor by their addresses, and the files behind them."""

    def __init__(self) -> None:
        self.encoding: Encoding = "utf-16"
        self.shares_range = False
        """Whether the editor knows a range that all items of a completion have in common."""
        self.open: dict[str, OpenText] = {}

    def opened(self, item: lsp.TextDocumentItem) -> OpenText:
        """A text that the editor opened."""
        text = EditorText(item.text, self.encoding)
        document = self.open[item.uri] = OpenText(item.uri, path_of(item.uri), item.version, text, item.language_id)
        return document

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> OpenText:
        """A text after edits: all of them, or none. Raises UnknownDocument and NoSuchPlace."""
        document = self.open.get(params.text_document.uri)
        if document is None:
            raise UnknownDocument(f"{params.text_document.uri} is not open")
        text = document.text
        for change in params.content_changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                text = text.edited(change.range, change.text)
            else:
                text = EditorText(change.text, self.encoding)
        document.text, document.version = text, params.text_document.version
        return document

    def closed(self, uri: str) -> OpenText | None:
        """Forget a text that the editor closed."""
        return self.open.pop(uri, None)

    def at(self, uri: str) -> OpenText:
        """The text at an address: the editor's, else that of the file. Raises UnknownDocument."""
        known = self.open.get(uri)
        if known is not None:
            return known
        path = path_of(uri)
        found = self.of_file(path) if path is not None else None
        if found is None:
            raise UnknownDocument(f"there is no file {uri}")
        return found

    def of_file(self, path: Path) -> OpenText | None:
        """The text of a file: the editor's, else what the file holds; None where it has no text."""
        for known in self.open.values():
            if known.path == path:
                return known
        try:
            if path.stat().st_size > _MOST_BYTES:
                return None
            text = read_file(path).decode("utf-8")
        except (OSError, ValueError):
            return None
        return OpenText(uri_of(path), path, 0, EditorText(text.removeprefix("\ufeff"), self.encoding))

    def unsaved(self, root: Path) -> Mapping[Path, bytes]:
        """By path, what the editor has of the files in a folder."""
        return {
            document.path: document.text.text.encode("utf-8", "surrogatepass")
            for document in self.open.values()
            if document.path is not None and document.path.is_relative_to(root)
        }


def path_of(uri: str) -> Path | None:
    """The file at an address; None for an address that is of no file."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            return None
        path = url2pathname(parts.path) if os.name == "nt" else unquote(parts.path, errors="surrogateescape")
        return None if not path or "\0" in path else Path(os.path.normpath(path))
    except ValueError:
        return None


def uri_of(path: Path) -> str:
    """The address of a file."""
    text = path.as_posix()
    return "file://" + quote(text if text.startswith("/") else f"/{text}", safe="/-._~", errors="surrogateescape")
