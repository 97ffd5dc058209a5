"""The optional parts of codaform: whether their packages are installed, and the command that installs them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

PACKAGE = "codaform"

Extra = Literal[
    "agents",
    "columns",
    "deploy",
    "docs",
    "duckdb",
    "editor",
    "keyring",
    "parquet",
    "postgres",
    "serve",
    "spark",
]
"""The names in `pip install codaform[…]`."""


class MissingExtra(ImportError):
    """Packages are missing, or have a version that does not work; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A missing or unsuitable package. version: The installed version; empty if there is none."""

    package: str
    version: str
    wanted: str


def require(*extras: Extra) -> None:
    """Do nothing if all packages of these extras are installed. Raises MissingExtra, which names all that is missing.

    A command calls this before it begins, so that it never stops halfway.
    """
    lacking = {extra: found for extra in extras if (found := _lacks(extra, deep=False))}
    if lacking:
        raise MissingExtra(_sentence(lacking))


def explain(error: ImportError) -> str:
    """The reason why a module cannot be imported although codaform's requirements are installed, in one line."""
    chosen = _wholes([extra for extra in _extras() if not _lacks(extra, deep=False)])
    lacking = {extra: found for extra in (None, *chosen) if (found := _lacks(extra, deep=True))}
    if lacking:
        return _sentence(lacking)
    module = (error.name or "").partition(".")[0]
    package = next(iter(metadata.packages_distributions().get(module, [])), None)
    if package is None and not isinstance(error, ModuleNotFoundError):
        return f"what is installed does not load: {error}"  # a library in it: no memory, another system
    if package is None:
        return f"{module} is missing; install what is missing: {install_command(*chosen)}"
    anew = "--reinstall" if _installer() == "uv" else "--force-reinstall"
    return f"{package} is installed, but does not work ({error}); install it again: {_pip()} {anew} {_quoted(package)}"


def is_ours(error: ImportError) -> bool:
    """Whether the module that cannot be imported is codaform's own."""
    return (error.name or PACKAGE).partition(".")[0] == PACKAGE


# ------------------------------------------------------------ what is lacking


def _extras() -> list[Extra]:
    try:
        names = metadata.metadata(PACKAGE).get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return []
    return [name for name in names if name != "all"]


def _wholes(extras: Sequence[Extra]) -> list[Extra]:
    """Extras without those that another one includes: `deploy` includes `agents`."""
    needs = {extra: {str(each) for each in _requirements(PACKAGE, extra, only=True)} for extra in extras}
    return [one for one in extras if not any(needs[one] < needs[other] for other in extras)]


def _lacks(extra: Extra | None, deep: bool) -> tuple[Lack, ...]:
    """The missing requirements of an extra, or of codaform itself; deep: also the requirements of these."""
    asked = [("", extra or "")]
    seen: set[tuple[str, str]] = set()
    lacks: dict[str, Lack] = {}
    while asked:
        name, part = asked.pop()
        if (name, part) in seen:
            continue
        seen.add((name, part))
        for requirement in _requirements(name or PACKAGE, part, only=not name and bool(part)):
            version = _version(requirement.name)
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                lacks[requirement.name] = Lack(requirement.name, version or "", str(requirement))
            elif deep:
                asked += [(requirement.name, part) for part in ("", *requirement.extras)]
    return tuple(sorted(lacks.values(), key=lambda lack: lack.package.casefold()))


def _requirements(package: str, extra: str, only: bool) -> Iterator[Any]:
    """The requirements of a package with an extra; only: just those of that extra."""
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ModuleNotFoundError:
        raise MissingExtra(f"packaging is missing; install what is missing: {install_command()}") from None

    try:
        requirements = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # of another package, and old
        marker = requirement.marker
        always = marker is None or marker.evaluate({"extra": ""})
        if (always and not only) or (not always and marker is not None and marker.evaluate({"extra": extra})):
            requirement.marker = None
            yield requirement


def _version(package: str) -> str | None:
    try:
        return metadata.version(package) or None
    except (metadata.PackageNotFoundError, KeyError):
        return None


# ------------------------------------------------------------ in words


def _sentence(lacking: dict[Extra, tuple[Lack, ...]] | dict[Extra | None, tuple[Lack, ...]]) -> str:
    extras = [extra for extra in lacking if extra is not None]
    lacks = {lack.package: lack for found in lacking.values() for lack in found}
    absent = [lack.package for lack in lacks.values() if not lack.version]
    others = [
        f"{lack.package} {lack.version} is installed, {lack.wanted} is needed"
        for lack in lacks.values()
        if lack.version
    ]
    parts = [f"{_listed(absent)} {'is' if len(absent) == 1 else 'are'} missing"] if absent else []
    detail = "; ".join(parts + others)
    what = ""
    if extras:
        what = f"this needs the {'extra' if len(extras) == 1 else 'extras'} {_listed(extras)}: "
    return f"{what}{detail}; install what is missing: {install_command(*extras)}"


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def install_command(*extras: str) -> str:
    """The command that installs extras of codaform from where codaform itself was installed."""
    named = f"{PACKAGE}[{','.join(sorted(extras))}]" if extras else PACKAGE
    where, editable = _origin()
    if editable:
        return f"{_pip()} -e {_quoted(where + named.removeprefix(PACKAGE))}"
    return f"{_pip()} {_quoted(f'{named} @ {where}' if where else named)}"


def _origin() -> tuple[str, bool]:
    """Where codaform was installed from, empty for a package index; and whether it runs in that folder (PEP 610)."""
    try:
        origin = json.loads(metadata.distribution(PACKAGE).read_text("direct_url.json") or "{}")
        url = str(origin.get("url", ""))
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return "", False
    if origin.get("dir_info", {}).get("editable"):
        return _path(url), True
    vcs = origin.get("vcs_info")
    if vcs:
        folder = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
        return f"{vcs.get('vcs', 'git')}+{url}@{vcs.get('requested_revision') or vcs.get('commit_id')}{folder}", False
    return url, False


def _path(url: str) -> str:
    path = unquote(urlsplit(url).path)
    return path.lstrip("/") if os.name == "nt" else path


def _installer() -> str:
    try:
        return (metadata.distribution(PACKAGE).read_text("INSTALLER") or "").strip()
    except metadata.PackageNotFoundError:
        return ""


def _pip() -> str:
    """How packages are installed into the environment that this program runs in."""
    if _installer() == "uv":
        return "uv pip install" if _is_active() else f"uv pip install --python {_quoted(sys.executable)}"
    return "pip install" if _is_active() else f"{_quoted(sys.executable)} -m pip install"


def _is_active() -> bool:
    """Whether `pip` in this shell is that of the environment that this program runs in."""
    command = shutil.which("pip") or shutil.which("python")
    return os.environ.get("VIRTUAL_ENV") == sys.prefix or (
        command is not None and Path(sys.prefix) in Path(command).parents
    )


def _quoted(text: str) -> str:
    """An argument as a shell reads it; both kinds of quotes are the same to a POSIX shell here, Windows knows one."""
    if all(character.isalnum() or character in "-_./:@\\" for character in text):
        return text
    if os.name == "nt" or "'" in text:
        return f'"{text}"'
    return f"'{text}'"
