"""Spark for tests: the packages, and codaform in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from places import NotToBeHad, packages_place

MARKS = [pytest.mark.spark, pytest.mark.timeout(900)]  # the first run installs Spark


@pytest.fixture(autouse=True, scope="session")
def packages() -> Iterator[Path]:
    """The folder with pyspark, on the path of this process."""
    if shutil.which("java") is None:
        pytest.skip("Java is not installed: apt-get install openjdk-17-jre-headless")
    try:
        place = packages_place("spark")
    except NotToBeHad as reason:
        pytest.skip(f"pyspark: {reason}")
    sys.path.insert(0, str(place))
    yield place
    sys.path.remove(str(place))


def start(packages: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a process group of its own, in which Java is, too."""
    command = [sys.executable, "-m", "codaform", *words]
    known = {**os.environ, "PYTHONPATH": str(packages), **environment}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=known, start_new_session=True)


def codaform(packages: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The end of a command."""
    process = start(packages, *words, **environment)
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)
