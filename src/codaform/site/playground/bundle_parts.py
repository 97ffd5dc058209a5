"""The packages that the playground loads: wheels packed from what is installed here, and files of npm packages."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path, PurePosixPath

from codaform.project.locate import CannotRead
from codaform.syntax.tables import TABLES, folder

_NEEDED = ("platformdirs", "python-dateutil", "PyYAML", "six", "sortedcontainers", "tzdata")
"""The distributions that the compiler imports; all work as pure Python."""

_LEFT_OUT = ("cli", "coda", "deploy", "markup", "pictures", "server", "site", "testing.py", "__main__.py")
"""The parts of codaform that the playground does not run: only a command, a server or a page needs them."""

_KEPT = (
    "site/__init__.py",
    "site/playground/__init__.py",
    "site/playground/expressions.py",
    "site/playground/grounds.py",
    "site/playground/trying.py",
)
"""The files in those folders that the playground does run."""

_DATE = (1980, 1, 1, 0, 0, 0)
_TAG = "py3-none-any"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel: the name of its file, and its bytes."""

    name: str
    data: bytes


def wheels() -> list[Wheel]:
    """The wheels of codaform and of everything that it needs in a browser. Raises CannotRead where one is missing."""
    return [_own_wheel(), *(_packed(name) for name in _NEEDED)]


def _own_wheel() -> Wheel:
    """The installed codaform with the tables of its grammar, without the parts that the playground does not run."""
    installed = _distribution("codaform")
    package = Path(__file__).parents[2]
    contents = {
        f"codaform/{name}": path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and _is_kept(name := path.relative_to(package).as_posix())
    }
    contents[f"codaform/grammar/{TABLES}"] = (folder() / TABLES).read_bytes()
    return _wheel(installed, contents)


def _is_kept(name: str) -> bool:
    parts = name.split("/")
    if name in _KEPT:
        return True
    return parts[0] not in _LEFT_OUT and not any(part[0] == "." or part == "__pycache__" for part in parts)


def _packed(name: str) -> Wheel:
    """A distribution as a wheel of its pure part, as it lies in this environment."""
    installed = _distribution(name)
    if installed.files is None:
        raise CannotRead(f"{name} does not say which files it installed, so no wheel can be made of it")
    contents: dict[str, bytes] = {}
    for entry in installed.files:
        path = PurePosixPath(entry.as_posix())
        outside = path.is_absolute() or ".." in path.parts
        compiled = "__pycache__" in path.parts or path.suffix in (".pyc", ".so", ".pyd")
        if not outside and not compiled and not path.parts[0].endswith(".dist-info"):
            contents[path.as_posix()] = Path(str(installed.locate_file(entry))).read_bytes()
    return _wheel(installed, contents)


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise CannotRead(f"{name} is not installed in this environment, so no wheel can be made of it") from None


def _wheel(installed: Distribution, contents: Mapping[str, bytes]) -> Wheel:
    """A wheel of a distribution's files, with its own metadata."""
    stem = f"{installed.name.replace('-', '_')}-{installed.version}"
    info = f"{stem}.dist-info"
    files = dict(sorted(contents.items()))
    files |= _licences(installed, info)
    files[f"{info}/METADATA"] = (installed.read_text("METADATA") or "").encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: codaform\nRoot-Is-Purelib: true\nTag: {_TAG}\n".encode()
    record = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    return Wheel(f"{stem}-{_TAG}.whl", zipped(files))


def _licences(installed: Distribution, info: str) -> dict[str, bytes]:
    """The texts that come with a distribution under whose licence it is passed on."""
    found: dict[str, bytes] = {}
    for entry in installed.files or ():
        path = PurePosixPath(entry.as_posix())
        if path.parts[0].endswith(".dist-info") and path.name.upper().startswith(
            ("LICEN", "COPYING", "NOTICE", "AUTHORS")
        ):
            found[f"{info}/{'/'.join(path.parts[1:])}"] = Path(str(installed.locate_file(entry))).read_bytes()
    return dict(sorted(found.items()))


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive of files; the same bytes for the same files, whenever and wherever it is made."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    return made.getvalue()


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


def npm_files(packages: Path) -> dict[str, bytes]:
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
