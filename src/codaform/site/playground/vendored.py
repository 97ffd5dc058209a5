"""What the playground takes from npm: which packages, which versions, which of their files."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from codaform.project.root import CannotRead

PYTHON = "pyodide"
EXPRESSIONS = "re2js"

FILES = {
    PYTHON: ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"),
    EXPRESSIONS: ("build/index.js",),
}
"""The files of each package that a browser loads."""

LOCK = "pyodide-lock.json"
"""What Pyodide reads of itself before it starts: its versions, and the packages that lie beside it."""


def versions() -> dict[str, str]:
    """The version of each npm package that the playground was made for."""
    text = files("codaform.site.playground").joinpath("npm", "package.json").read_text("utf-8")
    return {name: str(version) for name, version in json.loads(text)["dependencies"].items()}


def install_command() -> str:
    """What to type to have the packages in `node_modules`."""
    return "npm install " + " ".join(f"{name}@{version}" for name, version in versions().items())


def vendored(packages: Path) -> dict[str, bytes]:
    """The files of the npm packages in a folder, by their paths in the bundle.

    packages: A `node_modules`. Raises CannotRead where a package or a file of it is missing, or has another version.
    """
    found: dict[str, bytes] = {}
    for package, version in versions().items():
        folder = packages / package
        try:
            there = str(json.loads(_bytes(folder / "package.json")).get("version"))
        except (ValueError, AttributeError):
            raise CannotRead(f"{folder / 'package.json'} is no description of a package") from None
        if there != version:
            raise CannotRead(f"{folder} holds {package} {there}, but {version} is needed: {install_command()}")
        for name in FILES[package]:
            found[f"{package}/{Path(name).name}"] = _bytes(folder / name)
    found[f"{PYTHON}/{LOCK}"] = _alone(_bytes(packages / PYTHON / LOCK))
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise CannotRead(f"there is no {path}; get it with: {install_command()}") from None


def _alone(lock: bytes) -> bytes:
    """What Pyodide says of itself, without the hundreds of packages that are not here."""
    return json.dumps({**json.loads(lock), "packages": {}}, sort_keys=True).encode()
