"""Everything that the playground's page loads, written into a built site: Python, codaform, the project's files."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from codaform.files import write_file
from codaform.project.locate import CannotRead
from codaform.project.session import Session
from codaform.site.playground.bundle_parts import EXPRESSIONS, LOCK, PYTHON, npm_files, wheels, zipped
from codaform.site.playground.grounds import Grounds
from codaform.site.playground.page import SCRIPTS, examples
from codaform.site.playground.trying import answer
from codaform.syntax.tables import TABLES
from codaform.text import shorten

LISTING = f"{SCRIPTS}bundle.js"
"""The script that says what there is to load, below the site; as it lies among the assets it says that nothing is."""

_PROJECT = "project.zip"
_MEMORY = "memory.bin"
_ANSWERS = "answers.json"
"""The answers to what the page asks first, by their questions: while nothing is changed, the page needs no Python."""
_WHEELS = "wheels/"
_REASON = re.compile(r"\w*Error\b")
"""How the line begins in which node says what went wrong, after a line of the script, which can be a megabyte long."""
_MOST_SAID = 300
"""The most letters of it that are shown."""
_SECONDS = 300
"""How long Python may take to start."""

_PREPARE = """\
import os, shutil, sys, zipfile
for name in sorted(os.listdir("/wheels")):
    sys.path.append("/wheels/" + name)
    if name.startswith("codaform-"):
        os.mkdir("/wheels/grammar")
        with zipfile.ZipFile("/wheels/" + name) as archive, open("/wheels/grammar/{tables}", "wb") as tables:
            tables.write(archive.read("codaform/grammar/{tables}"))
shutil.unpack_archive("/project.zip", "/project")
"""
"""What Python runs once before it is asked: of an archive, a browser needs no file but those that it imports late."""

_ENVIRONMENTS = re.compile(rb"^environments:.*?(?=^[^\s#]|\Z)", re.MULTILINE | re.DOTALL)
"""The ids and hosts of docs in doc.yml: no formula reads them, so they are not published."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The sizes of the written files in bytes, by their paths below the folder of the playground."""

    sizes: dict[str, int]

    @property
    def size(self) -> int:
        """How much a browser loads before the first value, without compression."""
        unread = self.sizes.get(_PROJECT, 0) if _MEMORY in self.sizes else 0
        return sum(self.sizes.values()) - unread


def write_bundle(session: Session, into: Path, pyodide: Path, node: str = "") -> Bundle:
    """Write the playground's files into a built site, and list them for its page.

    into: The folder `playground` of the site. pyodide: A `node_modules` that holds Pyodide and re2js. node: The
    command, which computes the memory of a started Python, so that a browser need not start it; without it there is
    none. A file that is already there is written again only if it differs. Raises CannotRead where a package is
    missing or Python cannot be started, and OSError.
    """
    contents = npm_files(pyodide)
    if session.project.clock:
        contents[_ANSWERS] = _answers(session)
    packed = {f"{_WHEELS}{wheel.name}": wheel.data for wheel in wheels()}
    contents |= packed
    contents[_PROJECT] = zipped(dict(_project(session.project.root)))
    prepare = _PREPARE.format(tables=TABLES)
    for path, data in contents.items():
        _write(into / path, data, into.parent)
    if node:
        contents[_MEMORY] = _memory(node, into, prepare)
        _write(into / _MEMORY, contents[_MEMORY], into.parent)
    digest = hashlib.sha256()
    for path, data in sorted(contents.items()):
        digest.update(f"{path} {len(data)}\n".encode() + data)
    made = Bundle({path: len(data) for path, data in sorted(contents.items())})
    listing = {
        "home": "../" * SCRIPTS.count("/") + f"{into.name}/",
        "page": "../" * SCRIPTS.count("/")
        + ("playground.html" if (into.parent / "playground.html").is_file() else "playground/"),
        "pyodide": f"{PYTHON}/pyodide.mjs",
        "expressions": f"{EXPRESSIONS}/index.js",
        "wheels": sorted(packed),
        "project": _PROJECT,
        "answers": _ANSWERS if _ANSWERS in contents else "",
        "memory": _MEMORY if node else "",
        "unpacked": len(gzip.decompress(contents[_MEMORY])) if node else 0,
        "lock": contents[f"{PYTHON}/{LOCK}"].decode(),
        "key": digest.hexdigest()[:16],
        "prepare": prepare,
        "size": made.size,
    }
    text = f"export const bundle = {json.dumps(listing, indent=2)};\n"
    _write(into.parent / LISTING, text.encode(), into.parent)
    return made


def _questions(session: Session) -> Iterator[str]:
    """What the page asks about the doc and its examples, as it asks for it: see engine.js."""
    yield '{"ask":"about","doc":""}'
    for example in examples(session):
        asked: list[dict[str, object]] = [{"ask": "rows", "doc": "", "table": example.table}] if example.table else []
        row = {"table": example.table, "row": example.number}
        asked.append({"ask": "try", "doc": "", "text": example.formula, **row})
        yield from (json.dumps(question, ensure_ascii=False, separators=(",", ":")) for question in asked)


def _answers(session: Session) -> bytes:
    """The answers to the page's first questions, JSON by JSON; they hold as long as the doc's clock stands still."""
    known: dict[str, Session | Grounds] = {"": session}
    return json.dumps({question: answer(known, question) for question in _questions(session)}).encode()


def _memory(node: str, folder: Path, prepare: str) -> bytes:
    """The memory of Python when it has run `prepare` on the bundle in a folder, compressed by gzip."""
    site = files("codaform.site")
    with (
        as_file(site.joinpath("playground", "memory.mjs")) as script,
        as_file(site.joinpath("assets", "playground", "expressions.js")) as expressions,
    ):
        command = [node, str(script), str(folder.absolute()), str(expressions)]
        run = subprocess.run(command, input=prepare.encode(), capture_output=True, timeout=_SECONDS, check=False)
    if run.returncode:
        lines = run.stderr.decode("utf-8", "replace").splitlines()
        reason = next((line for line in lines if _REASON.match(line)), "no reason")
        raise CannotRead(f"Python for the browser cannot be started with {node}: {shorten(reason, _MOST_SAID)}")
    return run.stdout


def _project(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a project that its formulas and its sample rows are read from; its tests stay at home."""
    folders = sorted(path.parent for path in root.glob("*/table.yml"))
    named = [root / "doc.yml", *sorted(root.glob("*.coda"))]
    for folder in folders:
        named += [folder / "table.yml", folder / "rows.csv", *sorted(folder.glob("*.coda"))]
    for path in named:
        if path.is_file():
            data = path.read_bytes()
            yield path.relative_to(root).as_posix(), _ENVIRONMENTS.sub(b"", data) if path.name == "doc.yml" else data


def _write(path: Path, data: bytes, root: Path) -> None:
    if not path.is_file() or path.read_bytes() != data:
        write_file(path, data, root)
