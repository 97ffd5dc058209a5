"""The announced successor of the site's theme builds the same tree, so that a change of the builder is a small step."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from codaform.site.build.navigation import named_pages
from codaform.site.build.settings import built_file, read_settings
from places import NotToBeHad, python_place

pytestmark = pytest.mark.clients

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(400)
def test_zensical_builds_the_same_pages(tmp_path: Path) -> None:
    try:
        command = python_place("zensical") / "zensical"
    except NotToBeHad as reason:
        pytest.skip(f"zensical: {reason}")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    run = subprocess.run([command, "build"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    settings = read_settings((tmp_path / "mkdocs.yml").read_text("utf-8"))
    pages = {name: tmp_path / "site" / built_file(settings, name) for name in named_pages(settings.nav)}
    assert len(pages) > 60
    assert [name for name, page in pages.items() if not page.is_file()] == []
    # What codaform adds to Markdown; only formulas have no colours where codaform's lexer is not installed.
    shown = pages["reference/doc/tables/sprints.md"].read_text("utf-8")
    parts = ('class="coda-picture', "codaform.css", "codaform/site.js", 'class="coda-facts"')
    assert [part for part in parts if part not in shown] == []
