"""How long a site takes from nothing, as figures of one run; nothing here asserts a time."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from benchmarks.large import COLUMNS, FOUNDER_HQ, TABLES, large_project


def test_building_a_site(benchmark, figure, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Founder HQ and a doc of many tables, each by the command, with MkDocs."""

    def build(name: str, project: Path) -> None:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        started = perf_counter()
        command = [sys.executable, "-m", "codaform", "docs", "build", str(project)]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        pages = re.search(r"(\d+) pages", run.stderr)
        assert pages is not None
        figure(f"docs build, {name}: {pages[1]} pages, {perf_counter() - started:.1f} s")

    here = tmp_path / "Founder HQ"
    for part in ("docs", "formulas"):
        shutil.copytree(FOUNDER_HQ.parent / part, here / part)
    shutil.copy(FOUNDER_HQ.parent / "mkdocs.yml", here)
    build("Founder HQ", here / "formulas")
    large = large_project(tmp_path / "large")
    benchmark.pedantic(lambda: build(f"{TABLES} × {COLUMNS}", large), rounds=1)
