"""What codaform brings along may be used as codaform itself may: its licence is MIT, and nobody's choice narrows it."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent

PERMISSIVE = re.compile(
    r"(?:MIT(?:-0|-CMU)?|BSD(?:-[0-9]-Clause)?|0BSD|Apache-2\.0|ISC|PSF-2\.0|Python-2\.0(?:\.1)?|Unlicense|Zlib|CC0-1\.0"
    r"|MPL-2\.0|HPND|CNRI-Python)(?: WITH LLVM-exception)?"
)
"""Licences by their SPDX names. MPL-2.0 is for the files of the package itself and asks nothing of who uses it."""

SPDX = {
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
}
"""What older packages say instead of an SPDX name."""

EXPECTED = {"codaio": "MIT"}
"""Packages that name no licence where tools look for it, with what their licence file says."""


def brought(extras: tuple[str, ...]) -> dict[str, metadata.Distribution]:
    """The installed distributions that codaform needs with some extras, and the ones that those need."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [("codaform", frozenset(extras))]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in done:
            continue
        done.add((name, wanted))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or another Python
        found[canonicalize_name(name)] = distribution
        for line in distribution.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                waiting.append((requirement.name, frozenset(requirement.extras)))
    return found


def licence(distribution: metadata.Distribution) -> str:
    """The licence of a distribution as an SPDX expression, or as it says it."""
    told = distribution.metadata.json  # its own mapping raises or not by whether importlib_metadata was imported
    if "license_expression" in told:
        return str(told["license_expression"])
    classifiers = [line.rpartition(" :: ")[2] for line in told.get("classifier", ()) if line.startswith("License ::")]
    names = [SPDX.get(name, name) for name in classifiers if name != "OSI Approved"]
    said = str(told.get("license", "")).strip()
    if not names and said:
        names = [SPDX.get(said, said)]
    return " AND ".join(names) or EXPECTED.get(canonicalize_name(str(told["name"])), "")


@pytest.mark.parametrize("extra", ["", "deploy", "docs", "keyring", "serve", "all"])
def test_the_licences_of_all_that_is_brought_along(extra: str) -> None:
    unfit = {}
    found = brought((extra,))
    for name, distribution in found.items():
        told = licence(distribution)
        choices = [part.strip("() ") for part in re.split(r" OR ", told)]
        if not any(choice and all(map(PERMISSIVE.fullmatch, re.split(r" AND ", choice))) for choice in choices):
            unfit[name] = told
    assert len(found) > 5
    assert unfit == {}


def test_the_house_lists_them() -> None:
    """docs/house.md names each direct dependency with its licence."""
    page = (ROOT / "docs" / "house.md").read_text("utf-8")
    table = page.split("## Dependencies")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([\w.-]+) \| ([^|]+?) \|", table, re.MULTILINE)
    direct = {
        canonicalize_name(Requirement(line).name)
        for line in metadata.distribution("codaform").requires or ()
        if Requirement(line).name != "codaform"
    }
    found = brought(("all",))
    assert dict(rows[2:]) == {name: licence(found[name]) for name in direct if name in found}
