"""Everything that the playground's page loads, written into a built site: Python, codaform, the project's files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codaform.files import write_file
from codaform.project.session import Session
from codaform.site.playground.bundle_parts import EXPRESSIONS, PYTHON, npm_files, wheels, zipped
from codaform.site.playground.page import SCRIPTS

LISTING = f"{SCRIPTS}bundle.js"
"""The script that says what there is to load, below the site; as it lies among the assets it says that nothing is."""

_PROJECT = "project.zip"

_ENVIRONMENTS = re.compile(rb"^environments:.*?(?=^[^\s#]|\Z)", re.MULTILINE | re.DOTALL)
"""The ids and hosts of docs in doc.yml: no formula reads them, so they are not published."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The sizes of the written files in bytes, by their paths below the folder of the playground."""

    sizes: dict[str, int]

    @property
    def size(self) -> int:
        """How much a browser loads before the first value, without compression."""
        return sum(self.sizes.values())


def write_bundle(session: Session, into: Path, pyodide: Path) -> Bundle:
    """Write the playground's files into a built site, and list them for its page.

    into: The folder `playground` of the site. pyodide: A `node_modules` that holds Pyodide and re2js. A file that
    is already there is written again only if it differs. Raises CannotRead where a package is missing, and OSError.
    """
    files = npm_files(pyodide)
    packed = {f"wheels/{wheel.name}": wheel.data for wheel in wheels()}
    files |= packed
    files[_PROJECT] = zipped(dict(_project(session.project.root)))
    for path, data in files.items():
        _write(into / path, data, into.parent)
    made = Bundle({path: len(data) for path, data in sorted(files.items())})
    listing = {
        "home": "../" * SCRIPTS.count("/") + f"{into.name}/",
        "page": "../" * SCRIPTS.count("/")
        + ("playground.html" if (into.parent / "playground.html").is_file() else "playground/"),
        "pyodide": f"{PYTHON}/pyodide.mjs",
        "expressions": f"{EXPRESSIONS}/index.js",
        "wheels": sorted(packed),
        "project": _PROJECT,
        "size": made.size,
    }
    text = f"export const bundle = {json.dumps(listing, indent=2)};\n"
    _write(into.parent / LISTING, text.encode(), into.parent)
    return made


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
