"""The language server: reads messages, keeps the texts of the editor, answers requests, publishes findings.

A keystroke is answered by the findings of its own text, held against the doc as it was last read. After a pause, a
thread reads and checks the whole project with the texts that are not saved yet.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import IO, Any

from lsprotocol import types as lsp
from lsprotocol.converters import get_converter

from codaform import __version__
from codaform.editor import stream
from codaform.editor.documents import Documents, UnknownDocument, path_of
from codaform.editor.errors import RequestFailed
from codaform.editor.features import FEATURES, capabilities
from codaform.editor.file_context import FileContext
from codaform.editor.findings import diagnostics
from codaform.editor.opened import OpenedProject
from codaform.editor.positions import Encoding, NoSuchPlace
from codaform.editor.stream import BadMessage, Message, MessageWriter, ReadyJson, read_message
from codaform.extras import MissingExtra
from codaform.model import unexpected
from codaform.project.locate import CannotRead, find_root
from codaform.text import harmless_lines

PAUSE = 0.25
"""Seconds without a keystroke until the whole project is checked."""

TURN = 0.0005
"""Seconds until a thread that computes lets a waiting one go on, so that the check of the whole project lets the next
message in at once. It is the same while a message is answered: the thread that checks asks for its turn before a longer
time could be set, gets it, and would then keep it for the longer time.
"""

_ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


class LanguageServer:
    """Serves one editor over a pair of streams."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._writer = MessageWriter(outgoing)
        self._converter = get_converter()
        self._events: Queue[Callable[[], object] | None] = Queue()
        self._cancelled: set[int | str] = set()
        self._initialized = self._shut_down = False
        self._folders: list[Path] = []
        self._exit: int | None = None
        self.documents = Documents()
        self._projects: dict[Path, OpenedProject] = {}
        self._nowhere = OpenedProject.nowhere()
        self._typed: dict[str, None] = {}
        """The addresses of the texts that changed since their findings were published."""
        self._due: dict[Path, float] = {}
        """When the projects that changed are to be checked."""
        self._checking: Path | None = None
        self._published: dict[str, list[lsp.Diagnostic]] = {}

    # ------------------------------------------------------------ the loop

    def run(self) -> int:
        """Serve until the editor says exit, or closes its end. Returns the exit code: 0 after a shutdown."""
        Thread(target=self._receive, daemon=True).start()
        sys.setswitchinterval(TURN)
        while self._exit is None:
            try:
                event = self._events.get(timeout=self._wait())
            except Empty:
                self._check_next()
                continue
            if event is None:
                break
            event()
            if self._events.empty():
                self._publish_typed()
        return 0 if self._shut_down else 1 if self._exit is None else self._exit

    def _receive(self) -> None:
        """Read messages in a thread, so that a request can be cancelled while another one is answered."""
        while True:
            try:
                message = read_message(self._incoming)
            except BadMessage as bad:
                self._events.put(lambda bad=bad: self._refuse(None, bad.code, str(bad)))  # type: ignore[misc]
                continue
            except (OSError, ValueError):
                message = None
            if message is None:
                self._events.put(None)
                return
            if message.get("method") == lsp.CANCEL_REQUEST:
                params = message.get("params")
                asked = params.get("id") if isinstance(params, dict) else None
                if isinstance(asked, int | str):
                    self._cancelled.add(asked)
                continue
            self._events.put(lambda message=message: self._handle(message))  # type: ignore[misc]
            if message.get("method") == lsp.EXIT:
                return

    def _wait(self) -> float | None:
        """Seconds until a project is to be checked."""
        if self._checking is not None or not self._due:
            return None
        return max(0.0, min(self._due.values()) - monotonic())

    # ------------------------------------------------------------ messages

    def _handle(self, message: Message) -> None:
        method, asked = message.get("method"), message.get("id")
        if method is None:
            return  # a response to what the server asked
        try:
            result = self._result(method, message.get("params"), asked)
        except RequestFailed as failed:
            self._refuse(asked, failed.code, str(failed), "id" not in message)
        except (NoSuchPlace, UnknownDocument) as failed:
            self._refuse(asked, stream.INVALID_PARAMS, str(failed), "id" not in message)
        except (CannotRead, MissingExtra) as failed:
            self._refuse(asked, stream.REQUEST_FAILED, str(failed), "id" not in message)
        except Exception as error:
            self._refuse(asked, stream.INTERNAL_ERROR, unexpected.describe(error), "id" not in message)
        else:
            if "id" in message:
                self._send({"id": asked, "result": result})

    def _result(self, method: str, params: object, asked: object) -> object:
        if isinstance(asked, int | str) and asked in self._cancelled:
            self._cancelled.discard(asked)
            raise RequestFailed("the request was cancelled", stream.REQUEST_CANCELLED)
        if method == lsp.EXIT:
            self._exit = 0 if self._shut_down else 1
            return None
        if not self._initialized and method != lsp.INITIALIZE:
            raise RequestFailed("the server is not initialized", stream.NOT_INITIALIZED)
        if self._shut_down:
            raise RequestFailed("the server is shut down", stream.INVALID_REQUEST)
        feature = FEATURES.get(method)
        if feature is not None:
            read = self._read(feature.params, params)
            answer = feature.answer(self._file(read.text_document.uri), self.documents, read)
            return answer.content if isinstance(answer, ReadyJson) else self._converter.unstructure(answer)
        handler = self._handlers.get(method)
        if handler is None:
            if method.startswith("$/") or asked is None:
                return None
            raise RequestFailed(f"there is no method {method}", stream.METHOD_NOT_FOUND)
        shape, handle = handler
        return self._converter.unstructure(handle(self, self._read(shape, params) if shape is not None else None))

    def _read(self, shape: Any, params: object) -> Any:
        try:
            return self._converter.structure(params, shape)
        except Exception:
            raise RequestFailed(f"the parameters are no {shape.__name__}", stream.INVALID_PARAMS) from None

    def _send(self, message: Message) -> None:
        try:
            self._writer.write(message)
        except (OSError, ValueError):
            self._exit = 1

    def _refuse(self, asked: object, code: int, why: str, notified: bool = False) -> None:
        """Answer a request by an error; what is wrong with a notification goes to the client's log."""
        why = harmless_lines(why)
        if notified:
            self._notify(lsp.WINDOW_LOG_MESSAGE, lsp.LogMessageParams(lsp.MessageType.Error, f"codaform: {why}"))
        else:
            self._send({"id": asked, "error": {"code": code, "message": why}})

    def _notify(self, method: str, params: object) -> None:
        self._send({"method": method, "params": self._converter.unstructure(params)})

    # ------------------------------------------------------------ from beginning to end

    def _initialize(self, params: lsp.InitializeParams) -> lsp.InitializeResult:
        if self._initialized:
            raise RequestFailed("the server is initialized already", stream.INVALID_REQUEST)
        self._initialized = True
        general = params.capabilities.general
        offered = [str(getattr(one, "value", one)) for one in (general and general.position_encodings) or ()]
        known = [one for name in offered for one in _ENCODINGS if one == name]  # as the client prefers them
        self.documents.encoding = known[0] if known else "utf-16"
        self.documents.shares_range = _shares_range(params.capabilities)
        folders = [one.uri for one in params.workspace_folders or ()] or [params.root_uri or ""]
        self._folders = [path for uri in folders if (path := path_of(uri)) is not None]
        server = lsp.ServerInfo("codaform", __version__)
        return lsp.InitializeResult(capabilities(self.documents.encoding), server)

    def _begin(self, _: object) -> None:
        for folder in self._folders:
            try:
                root = find_root(folder)
            except CannotRead:
                continue
            if root == folder or folder in root.parents:
                self._due[root] = monotonic()

    def _shutdown(self, _: object) -> None:
        self._shut_down = True

    # ------------------------------------------------------------ texts

    def _did_open(self, params: lsp.DidOpenTextDocumentParams) -> None:
        document = self.documents.opened(params.text_document)
        self._touch(document.uri, document.path)

    def _did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        document = self.documents.changed(params)
        self._touch(document.uri, document.path)

    def _did_close(self, params: lsp.DidCloseTextDocumentParams) -> None:
        document = self.documents.closed(params.text_document.uri)
        self._typed.pop(params.text_document.uri, None)
        if document is None:
            return
        root = self._root(document.path)
        if root is None:
            self._publish(document.uri, [], None)
        else:
            self._plan_check(root)

    def _did_save(self, params: lsp.DidSaveTextDocumentParams) -> None:
        self._changed_on_disk(params.text_document.uri)

    def _files_changed(self, params: lsp.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            self._changed_on_disk(change.uri)

    def _changed_on_disk(self, uri: str) -> None:
        root = self._root(path_of(uri))
        if root is not None:
            known = self._projects.get(root)
            if known is not None:
                known.is_stale = True
            self._plan_check(root)

    def _touch(self, uri: str, path: Path | None) -> None:
        self._typed[uri] = None
        root = self._root(path)
        if root is not None:
            self._plan_check(root)

    def _plan_check(self, root: Path) -> None:
        self._due[root] = monotonic() + PAUSE

    def _root(self, path: Path | None) -> Path | None:
        """The folder of the project that a file is in."""
        if path is None:
            return None
        return next((folder for folder in path.parents if (folder / "doc.yml").is_file()), None)

    def _file(self, uri: str) -> FileContext:
        """A text in its project. Raises UnknownDocument, and CannotRead for a project that cannot be read."""
        document = self.documents.at(uri)
        root = self._root(document.path)
        if root is None or document.path is None:
            return FileContext(document, self._nowhere, "")
        opened = self._projects.get(root)
        if opened is None:
            opened = self._projects[root] = OpenedProject.read(root, self.documents.unsaved(root))
        return FileContext(document, opened, opened.name_of(document.path))

    # ------------------------------------------------------------ findings

    def _publish_typed(self) -> None:
        """Publish the findings of the texts that changed, found at once."""
        typed, self._typed = self._typed, {}
        for uri in typed:
            try:
                self._publish_text(uri)
            except (CannotRead, UnknownDocument):
                continue
            except Exception as error:
                self._refuse(None, stream.INTERNAL_ERROR, unexpected.describe(error), notified=True)

    def _publish_text(self, uri: str) -> None:
        file = self._file(uri)
        found = file.opened.found_in(file.source)
        self._publish(uri, diagnostics(found, file.document.text), file.document.version)

    def _publish(self, uri: str, found: list[lsp.Diagnostic], version: int | None) -> None:
        if found == self._published.get(uri, []) and version is None:
            return
        if found:
            self._published[uri] = found
        else:
            self._published.pop(uri, None)
        params = lsp.PublishDiagnosticsParams(uri, found, version)
        self._notify(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)

    def _check_next(self) -> None:
        """Check, in a thread, the project whose time has come."""
        root = min(self._due, key=lambda one: self._due[one])
        del self._due[root]
        self._checking = root
        before, contents = self._projects.get(root), self.documents.unsaved(root)

        def check() -> None:
            try:
                opened: OpenedProject | Exception = OpenedProject.read(root, contents, before)
                assert isinstance(opened, OpenedProject)
                opened.prepare()
                if before is None:
                    gc.freeze()  # most of what a project is made of stays; nobody waits for a look through it
            except Exception as error:
                opened = error
            self._events.put(lambda: self._checked(root, opened))

        Thread(target=check, daemon=True).start()

    def _checked(self, root: Path, opened: OpenedProject | Exception) -> None:
        """Take a project that was checked for the newest, and publish its findings."""
        self._checking = None
        if isinstance(opened, Exception):
            known = isinstance(opened, CannotRead)
            why = str(opened) if known else unexpected.describe(opened)
            self._refuse(None, stream.REQUEST_FAILED, why, notified=True)
            if known and not (root / "doc.yml").is_file():
                self._forget(root)
            return
        self._projects[root] = opened
        names = {opened.name_of(one.path): one.uri for one in self.documents.open.values() if one.path is not None}
        for uri in names.values():
            if self._root(path_of(uri)) == root:
                self._publish_text(uri)
        for name, found in opened.findings.items():
            document = None if name in names else self.documents.of_file(root / name) if found else None
            if document is not None:
                self._publish(document.uri, diagnostics(found, document.text), None)
        self._withdraw(root, opened)

    def _forget(self, root: Path) -> None:
        """Take back the findings of a project that is gone; what the editor still has of it is in no project."""
        self._withdraw(root, self._projects.pop(root, self._nowhere))
        self._typed |= {uri: None for uri, one in self.documents.open.items() if one.path and root in one.path.parents}
        self._publish_typed()

    def _withdraw(self, root: Path, opened: OpenedProject) -> None:
        """Take back the findings of files that have none any more, or are no files."""
        for uri in list(self._published):
            path = path_of(uri)
            if uri in self.documents.open or path is None or not path.is_relative_to(root):
                continue
            if not path.is_file() or not opened.findings.get(opened.name_of(path)):
                self._publish(uri, [], None)

    _handlers: Mapping[str, tuple[Any, Callable[[LanguageServer, Any], object]]] = {
        lsp.INITIALIZE: (lsp.InitializeParams, _initialize),
        lsp.INITIALIZED: (None, _begin),
        lsp.SHUTDOWN: (None, _shutdown),
        lsp.TEXT_DOCUMENT_DID_OPEN: (lsp.DidOpenTextDocumentParams, _did_open),
        lsp.TEXT_DOCUMENT_DID_CHANGE: (lsp.DidChangeTextDocumentParams, _did_change),
        lsp.TEXT_DOCUMENT_DID_CLOSE: (lsp.DidCloseTextDocumentParams, _did_close),
        lsp.TEXT_DOCUMENT_DID_SAVE: (lsp.DidSaveTextDocumentParams, _did_save),
        lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: (lsp.DidChangeWatchedFilesParams, _files_changed),
    }


def _shares_range(capabilities: lsp.ClientCapabilities) -> bool:
    completion = capabilities.text_document and capabilities.text_document.completion
    shared = completion and completion.completion_list and completion.completion_list.item_defaults
    return "editRange" in (shared or ())


def serve(incoming: IO[bytes], outgoing: IO[bytes]) -> int:
    """Serve an editor over a pair of streams. Returns the exit code."""
    gc.set_threshold(50_000, 20, 20)  # short pauses: a command that ends soon looks for garbage less often
    return LanguageServer(incoming, outgoing).run()
