"""Commands ask the MCP server by themselves, where the environment has a token for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.deploy.copying.backup import load
from codaform.testing import RunningCoda, local_coda_for
from deploying import ENVIRONMENT, deploy, target_of
from projects import opened, write
from test_deploy_at_once import SMALL

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that was deployed to its staging."""
    root = write(tmp_path / "small", SMALL)
    place = f"environments: {{{ENVIRONMENT}: {{doc: {coda.doc_id}, host: '{coda.url}'}}}}\n"
    (root / "doc.yml").write_text(SMALL["doc.yml"] + place, "utf-8")
    with target_of(coda) as target:
        assert deploy(opened(root), target, rows=True).deployed
    monkeypatch.chdir(root)
    monkeypatch.setenv("CODA_API_TOKEN", coda.token)
    monkeypatch.delenv("CODA_MCP_TOKEN", raising=False)
    return root


def run(*words: str) -> Result:
    done = CliRunner().invoke(program, words)
    assert done.exit_code == 0, done.output
    return done


def test_a_backup(folder: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = run("backup", ENVIRONMENT, "--out", "a.json")
    assert "filters of views" in alone.stderr
    assert load(folder / "a.json").ways == ("rest",)
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    both = run("backup", ENVIRONMENT, "--out", "b.json")
    assert "filters of views" not in both.stderr
    assert load(folder / "b.json").views[0].filter_text


def test_a_token_that_opens_no_mcp_is_told_of_and_not_needed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_MCP_TOKEN", "none-of-theirs")
    done = run("backup", ENVIRONMENT, "--out", "a.json")
    assert "warning: by REST alone, which shows and changes less: " in done.stderr
    assert load(folder / "a.json").ways == ("rest",)
    wanted = CliRunner().invoke(program, ["backup", ENVIRONMENT, "--via", "mcp", "--out", "b.json"])
    assert wanted.exit_code == 2


def test_drift_and_verify(folder: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "unknown: " in run("drift", ENVIRONMENT, str(folder)).stdout
    assert "not verified" in run("verify", "--to", ENVIRONMENT).stdout
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    assert run("drift", ENVIRONMENT, str(folder)).stdout == ""
    assert "not verified" not in run("verify", "--to", ENVIRONMENT).stdout


def test_a_plan_and_a_deploy(folder: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "jobs" / "long.coda").write_text("thisRow.hours > 3\n", "utf-8")
    (folder / "jobs" / "double.coda").write_text("thisRow.hours * 4\n", "utf-8")
    alone = CliRunner().invoke(program, ["plan", "--to", ENVIRONMENT, "--format", "json"])
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    asked, by_itself = (
        CliRunner().invoke(program, ["plan", "--to", ENVIRONMENT, "--format", "json", *more])
        for more in (["--via", "mcp"], [])
    )
    steps = [json.loads(plan.stdout)["steps"] for plan in (by_itself, asked, alone)]
    assert steps[0] == steps[1] != steps[2]
    done = CliRunner().invoke(program, ["deploy", "--to", ENVIRONMENT, "--apply"])
    assert done.exit_code in (0, 1), done.output
    assert "not verified" not in run("verify", "--to", ENVIRONMENT).stdout


def test_a_pull(folder: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    for name in ("total.coda", "jobs/long.coda"):
        (folder / name).unlink()
    for name in ("jobs/rows.csv", "notes/rows.csv"):
        (folder / name).unlink()
    run("pull", ENVIRONMENT)
    texts = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in (".coda", ".yml"))
    assert "jobs.hours.Sum()" in texts, "REST tells the value of a named formula alone"
    assert "hours > 1" in texts, "REST tells no filter"
