"""The TextMate grammar colours like codaform's own tokens; the extension is a package that VS Code can install."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

import codaform.editor
from codaform import __version__
from codaform.editor import extension
from codaform.editor.extension import extension_file
from codaform.editor.textmate import FUNCTION, SCOPES, textmate_grammar
from codaform.library import catalogue
from codaform.syntax.tokens import pieces
from projects import FORMULAS, with_tasks

TEXTS = [
    *(path.read_text("utf-8") for path in sorted(FORMULAS.rglob("*.coda"))),
    *(example.formula for name in catalogue.names() for one in catalogue.find(name) for example in one.examples),
    "a /* b\n * c */ + 'x\ny' // d \"e\n& [f\ng] != [@h] NOT(true) and NOT i || $$[cell:a:b[c]:d] 1.5e3 <> .5%",
]


def coloured(text: str) -> Iterator[tuple[int, str]]:
    """The scope of each character that has one, as TextMate reads: line by line, the leftmost and then first rule."""
    rules: list[dict[str, Any]] = textmate_grammar()["patterns"]
    inside: dict[str, Any] | None = None
    start = 0
    for line in text.splitlines(keepends=True):
        at = 0
        while at < len(line):
            if inside is not None:
                skipped = [one["match"] for one in inside.get("patterns", ())]
                found = re.compile("|".join([*skipped, f"(?P<end>{inside['end']})"])).search(line, at)
                end = found.end() if found else len(line)
                yield from ((start + place, inside["name"]) for place in range(at, end))
                inside = None if found and found.lastgroup == "end" else inside
                at = end
                continue
            tried = [(re.compile(one.get("match") or one["begin"]).search(line, at), one) for one in rules]
            matched = [(found, one) for found, one in tried if found]
            if not matched:
                break
            found, rule = min(matched, key=lambda pair: pair[0].start())
            yield from ((start + place, rule["name"]) for place in range(found.start(), found.end()))
            inside = rule if "begin" in rule else None
            at = found.end()
        start += len(line)


@pytest.mark.parametrize("text", [TEXTS[-1], "\n".join(TEXTS[:40])])
def test_a_text_is_coloured_by_its_tokens(text: str) -> None:
    scopes = dict(coloured(text))
    for piece in pieces(text):
        if piece.kind in ("blank", "stray"):
            continue
        wanted = {f"{SCOPES[piece.kind]}.coda"} | ({f"{FUNCTION}.coda"} if piece.kind == "name" else set())
        if text[piece.start : piece.end].lower() in ("and", "or"):
            wanted |= {f"{SCOPES['keyword']}.coda", f"{FUNCTION}.coda"}  # which of both needs what stands before
        told = {scopes.get(at) for at in range(piece.start, piece.end) if not text[at].isspace()}
        assert told <= wanted, (text[piece.start : piece.end], told, wanted)


def test_every_formula_of_the_project_is_coloured_alike() -> None:
    for text in TEXTS:
        scopes = dict(coloured(text))
        for piece in pieces(text):
            if piece.kind in ("comment", "text", "number", "bracketed"):
                told = {scopes.get(at) for at in range(piece.start, piece.end) if text[at] != "\n"}
                assert told == {f"{SCOPES[piece.kind]}.coda"}, (text, text[piece.start : piece.end])


def test_the_extension_is_a_package(tmp_path: Path) -> None:
    written = tmp_path / "codaform.vsix"
    done = subprocess.run([sys.executable, "-m", "codaform", "lsp", "--vsix", written], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    assert written.read_bytes() == extension_file()
    with ZipFile(io.BytesIO(written.read_bytes())) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        package = json.loads(archive.read("extension/package.json"))
        manifest = ElementTree.fromstring(archive.read("extension.vsixmanifest"))
        types = ElementTree.fromstring(archive.read("[Content_Types].xml"))
        grammar = json.loads(archive.read("extension/coda.tmLanguage.json"))
    space = "{http://schemas.microsoft.com/developer/vsx-schema/2011}"
    identity = manifest.find(f"{space}Metadata/{space}Identity")
    assert identity is not None
    assert (identity.get("Id"), identity.get("Version")) == (package["name"], __version__)
    assert {asset.get("Path") for asset in manifest.iter(f"{space}Asset")} <= names
    endings = {f".{name.rpartition('.')[2]}" for name in names} - {".xml"}
    assert {one.get("Extension") for one in types} == endings
    named = [package["main"], *(one["path"] for one in package["contributes"]["grammars"])]
    named += [one["configuration"] for one in package["contributes"]["languages"]]
    assert {f"extension/{name.removeprefix('./')}" for name in named} <= names
    assert grammar == textmate_grammar()
    assert "extension/LICENSE.txt" in names
    assert manifest.findtext(f"{space}Metadata/{space}License") == "extension/LICENSE.txt"


def test_the_extension_names_the_repository_that_the_package_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> tuple[dict[str, Any], str, str]:
        with ZipFile(io.BytesIO(extension_file())) as archive:
            package = json.loads(archive.read("extension/package.json"))
            manifest, licence = archive.read("extension.vsixmanifest"), archive.read("extension/LICENSE.txt")
            return package, manifest.decode(), licence.decode()

    assert made()[2] == (Path(__file__).parents[1] / "LICENSE").read_text("utf-8")
    metadata = Message()
    named = SimpleNamespace(metadata=metadata, read_text=lambda _: None)
    monkeypatch.setattr(extension, "distribution", lambda _: named)
    assert "repository" not in made()[0]
    metadata["Project-URL"] = "Documentation, https://example.org/docs"
    metadata["Project-URL"] = "Repository, https://example.org/codaform?a=1&b=2"
    package, manifest, _ = made()
    assert package["repository"] == {"type": "git", "url": "https://example.org/codaform?a=1&b=2"}
    links = [one.get("Value") for one in ElementTree.fromstring(manifest).iter() if "Source" in one.get("Id", "")]
    assert links == ["https://example.org/codaform?a=1&b=2"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the extension")
def test_the_extension_hands_on_what_the_server_answers(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, {"tasks/double.coda": "thisRow.hors * 2\n", "tasks/rows.csv": "name,hours\nPlan,2\n"})
    extension = Path(codaform.editor.__file__).parent / "vscode" / "extension.js"
    stub = Path(__file__).parent / "vscode_stub.cjs"
    command = [sys.executable, "-m", "codaform", "lsp"]
    done = subprocess.run(
        ["node", stub, extension, folder, folder / "tasks/double.coda", *command],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["code"] for one in told["diagnostics"]] == ["CF203"]
    assert "= `2` for Plan" in told["hover"]["values"][0]["values"][0]
    assert told["items"] > 4
    assert told["signature"] is None
    assert len(told["definition"]) == 1
    assert told["references"] == 3
    assert told["placeholder"] == "hours"
    assert sorted(name.rpartition("/")[2] for name, _ in told["renamed"]) == ["double.coda", "rows.csv", "table.yml"]
    assert (told["layout"], told["actions"]) == (0, [])
    assert told["tokens"] == 20
    assert told["hints"][0]["values"][1] == "= 4"
