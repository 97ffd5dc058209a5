"""A small client of the language server, over the streams of a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import Any

SECONDS = 60


class LspError(Exception):
    """An error that the server answered."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code = error["code"]


class LspClient:
    """Drives `codaform lsp` as an editor does; `with` starts it and ends it."""

    def __init__(self, root: Path, encodings: Sequence[str] = ("utf-32",), capabilities: Any = None) -> None:
        self.root = root
        self._encodings = encodings
        self._capabilities = capabilities or {}
        self._id = 0
        self._versions: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._queue: Queue[dict[str, Any] | None] = Queue()
        self.offered: dict[str, Any] = {}
        """The capabilities of the server, if they were kept."""
        self.notes: list[dict[str, Any]] = []
        """The notifications, and what the server asked, as they came."""

    def __enter__(self) -> LspClient:
        command = [sys.executable, "-m", "codaform", "lsp"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._receiver = Thread(target=self._receive, daemon=True)
        self._receiver.start()
        return self

    def ended(self) -> int:
        """The exit code of the server, which ends now."""
        return self.process.wait(SECONDS)

    def start(self) -> dict[str, Any]:
        """The handshake; returns what the server offers."""
        capabilities = {"general": {"positionEncodings": list(self._encodings)}, **self._capabilities}
        folders = [{"uri": self.root.as_uri(), "name": "project"}]
        asked = {"processId": None, "rootUri": None, "workspaceFolders": folders, "capabilities": capabilities}
        result: dict[str, Any] = self.ask("initialize", asked)
        self.tell("initialized", {})
        return result

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        try:
            if kind is None and self.process.poll() is None:
                self.ask("shutdown", None)
                self.tell("exit", None)
                assert self.ended() == 0
        finally:
            self.process.kill()
            self.process.wait()
            self._receiver.join()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()

    # ------------------------------------------------------------ messages

    def send(self, data: bytes) -> None:
        """Any bytes."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def message(self, content: Any) -> None:
        """Any JSON as a message."""
        data = json.dumps(content).encode()
        self.send(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def tell(self, method: str, params: Any) -> None:
        """A notification."""
        self.message({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """A request; returns the result. Raises LspError."""
        self._id += 1
        self.message({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        return self.answer(self._id)

    def answer(self, asked: object) -> Any:
        """The answer to a request by its id."""
        while True:
            message = self._next()
            if message.get("id") == asked and "method" not in message:
                if "error" in message:
                    raise LspError(message["error"])
                return message["result"]
            self.notes.append(message)

    def until(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first notification that fits, past or future."""
        while True:
            for at, note in enumerate(self.notes):
                if wanted(note):
                    del self.notes[: at + 1]
                    return note
            self.notes.append(self._next())

    def _next(self) -> dict[str, Any]:
        message = self._queue.get(timeout=SECONDS)
        assert message is not None, "the server ended"
        return message

    def _receive(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while line := stream.readline():
            length = int(line.split(b":")[1])
            stream.readline()
            self._queue.put(json.loads(stream.read(length)))
        self._queue.put(None)

    # ------------------------------------------------------------ texts

    def uri(self, name: str) -> str:
        """The address of a file of the project."""
        return (self.root / name).as_uri()

    def open(self, name: str, text: str | None = None) -> None:
        """Open a file, perhaps with a text that is not saved."""
        text = (self.root / name).read_bytes().decode() if text is None else text
        self._versions[name], self._texts[name] = 1, text
        item = {"uri": self.uri(name), "languageId": "coda", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})

    def change(self, name: str, text: str) -> None:
        """Give a file another text as a whole."""
        self.edit(name, [{"text": text}])

    def edit(self, name: str, changes: Any) -> None:
        """Edit a file."""
        self._versions[name] += 1
        about = {"uri": self.uri(name), "version": self._versions[name]}
        self.tell("textDocument/didChange", {"textDocument": about, "contentChanges": changes})

    def findings(self, name: str) -> list[dict[str, Any]]:
        """The findings of the newest text of an open file, once they are published."""
        version = self._versions.get(name)

        def fits(note: dict[str, Any]) -> bool:
            told = note.get("params") or {}
            published = note.get("method") == "textDocument/publishDiagnostics" and told["uri"] == self.uri(name)
            return published and told.get("version") == version

        found: list[dict[str, Any]] = self.until(fits)["params"]["diagnostics"]
        return found

    def at(self, name: str, line: int, character: int) -> dict[str, Any]:
        """The parameters of a request about a place."""
        return {"textDocument": {"uri": self.uri(name)}, "position": {"line": line, "character": character}}
