"""`codaform ci`, and what forges run it with: the action of GitHub, the template of GitLab, step by step."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner, Result

from codaform.cli.output.stages import MOST_CHARACTERS, Stage, as_summary
from codaform.cli.program import program
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.gitlab import as_gitlab
from codaform.diagnostics.rules import UNKNOWN_COLUMN
from codaform.source import Source, Span
from projects import DOC, git, write

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ROOT = Path(__file__).parents[1]
TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: double, type: number, formula: double.coda}
"""
CASES = "- {case: twice, given: {tasks: [{name: c, hours: 3}]}, expect: {c: 6}}\n"
FILES = {
    "doc.yml": DOC,
    "tasks/table.yml": TABLE,
    "tasks/rows.csv": "name,hours\na,1\nb|@all,2\n",
    "tasks/double.coda": "thisRow.hours * 2\n",
    "tasks/double.cases.yml": CASES,
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a project in formulas/, of one commit; the current folder."""
    top = tmp_path / "repository"
    write(top / "formulas", FILES)
    git(top, "init", "-q", "-b", "main")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "Begin")
    monkeypatch.chdir(top)
    return top


def change(top: Path, files: Mapping[str, str]) -> str:
    """Commit a change of the project; gives the commit before."""
    before = git(top, "rev-parse", "HEAD")
    write(top / "formulas", files, DOC)
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "Change")
    return before


def ci(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["ci", *arguments])


def results(told: Result) -> dict[str, str]:
    """The result of each stage, as the log says it."""
    found = re.findall(r"^([a-z]+) +(passed|failed|could not run|left out) ", told.stdout, re.MULTILINE)
    return dict(found)


# ------------------------------------------------------------ the command


def test_a_sound_project_passes_every_stage(repository: Path) -> None:
    told = ci("--since", "HEAD", "--out", "reports")
    assert told.exit_code == 0, told.output
    expected = {"check": "passed", "layout": "passed", "tests": "passed", "documents": "left out", "changes": "passed"}
    assert results(told) == expected
    reports = {path.name for path in (repository / "reports").iterdir()}
    assert reports == {"summary.md", "findings.sarif", "findings.xml", "code-quality.json", "tests.xml"}
    assert json.loads((repository / "reports/code-quality.json").read_text("utf-8")) == []


def test_each_stage_runs_whatever_the_others_found(repository: Path) -> None:
    before = change(repository, {"tasks/double.coda": "thisRow.hours*3\n"})
    told = ci("--since", before, "--out", "reports")
    assert told.exit_code == 1
    assert results(told) == {
        "check": "passed",
        "layout": "failed",
        "tests": "failed",
        "documents": "left out",
        "changes": "passed",
    }
    summary = (repository / "reports/summary.md").read_text("utf-8")
    assert summary.startswith("## codaform: look at layout and tests\n")
    assert "- formulas/tasks/double.coda" in summary
    assert "- case twice" in summary or "- case double: twice" in summary
    assert "- formula changed: tasks.double" in summary
    assert "| tasks.double | a | 2 | 3 |" in summary
    # No text of the doc is a mark of Markdown, or calls anybody.
    assert "| tasks.double | b\\|@\u200ball | 4 | 6 |" in summary
    suites = ElementTree.parse(repository / "reports/tests.xml").getroot()
    assert suites.get("failures") == "1"


def test_of_a_project_with_errors_nothing_is_computed(repository: Path) -> None:
    change(repository, {"tasks/double.coda": "thisRow.hour * 2\n"})
    told = ci("--since", "HEAD~1", "--to", "local", "--out", "reports", "--format", "github")
    assert told.exit_code == 1
    assert results(told) == {
        "check": "failed",
        "layout": "passed",
        "tests": "left out",
        "documents": "left out",
        "changes": "left out",
        "plan": "left out",
    }
    assert told.stdout.startswith("::error file=formulas/tasks/double.coda,line=1,")
    (log,) = json.loads((repository / "reports/findings.sarif").read_text("utf-8"))["runs"]
    (found,) = json.loads((repository / "reports/code-quality.json").read_text("utf-8"))
    assert found["location"]["path"] == "formulas/tasks/double.coda"
    assert found["check_name"] == "unknown-column"
    assert [one["ruleId"] for one in log["results"]] == [UNKNOWN_COLUMN.code]


def test_a_stage_that_cannot_run_says_why_and_the_others_run(repository: Path) -> None:
    told = ci("--since", "nowhere", "--to", "staging", "--no-docs")
    assert told.exit_code == 2
    found = {
        "check": "passed",
        "layout": "passed",
        "tests": "passed",
        "changes": "could not run",
        "plan": "could not run",
    }
    assert results(told) == found
    assert "nowhere" in told.stdout
    assert "staging" in told.stdout


def test_without_a_project_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = ci("--out", "reports")
    assert told.exit_code == 2
    assert len(told.stderr.splitlines()) == 1
    assert not (tmp_path / "reports").exists()


def test_a_place_for_no_reports_is_refused_before_the_work(repository: Path) -> None:
    (repository / "taken").write_text("")
    (repository / "led away").symlink_to(repository.parent)
    for place in ("taken", "led away"):
        told = ci("--out", place)
        assert (told.exit_code, told.stdout) == (2, "")
        assert len(told.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_plan_is_a_report_that_deploy_takes(repository: Path) -> None:
    told = ci("--to", "local", "--out", "reports")
    assert told.exit_code == 0, told.output
    assert "### Plan for local" in (repository / "reports/summary.md").read_text("utf-8")
    taken = CliRunner().invoke(program, ["deploy", "--to", "local", "--plan", "reports/local.plan"])
    assert taken.exit_code == 0, taken.output


def test_a_summary_fits_into_a_comment() -> None:
    long = Stage("changes", "passed", "much", markdown="word " * MOST_CHARACTERS)
    short = Stage("plan", "passed", "little", markdown="### Plan\n")
    summary = as_summary([short, long, short])
    assert len(summary) < MOST_CHARACTERS + 100
    assert "### Plan" in summary
    assert summary.endswith("More does not fit here: it is in the reports of the pipeline.\n")


def test_a_finding_for_gitlab_keeps_its_fingerprint_when_it_moves() -> None:
    def found(text: str) -> list[Any]:
        source = Source("tasks/double.coda", text)
        spans = [Span(at.start(), at.end()) for at in re.finditer("hour", text)]
        data: list[Any] = json.loads(
            as_gitlab(Diagnostic(UNKNOWN_COLUMN, "no column hour", source, at) for at in spans)
        )
        return data

    first, moved = found("hour + hour"), found("\n\nhour + hour")
    assert [one["fingerprint"] for one in first] == [one["fingerprint"] for one in moved]
    assert len({one["fingerprint"] for one in first}) == 2
    assert [one["location"]["lines"]["begin"] for one in (first[0], moved[0])] == [1, 3]
    assert first[0]["severity"] == "critical"


# ------------------------------------------------------------ GitHub

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


class Runner:
    """What GitHub's runner does with the steps of a composite action, for the expressions that it uses.

    Steps that use another action are noted, not run.
    """

    def __init__(self, top: Path, place: Path, inputs: Mapping[str, str], github: Mapping[str, Any]) -> None:
        self.top, self.place = top, place
        given = {name: str(told.get("default", "")) for name, told in ACTION["inputs"].items()} | dict(inputs)
        self.contexts: dict[str, Any] = {"inputs": given, "github": github, "steps": {}}
        self.used: list[tuple[str, dict[str, str]]] = []
        self.ran: dict[str, subprocess.CompletedProcess[str]] = {}
        self.code = 0
        (place / "temp").mkdir(parents=True)

    def value(self, path: str) -> str:
        found: Any = self.contexts
        for name in path.strip().split("."):
            found = found.get(name, "") if isinstance(found, dict) else ""
        return str(found)

    def filled(self, text: str) -> str:
        return re.sub(r"\$\{\{(.+?)\}\}", lambda found: self.value(found[1]), text)

    def holds(self, condition: str) -> bool:
        def side(text: str) -> str:
            text = text.strip()
            return text[1:-1] if text.startswith("'") else self.value(text)

        for part in condition.split("&&"):
            left, sign, right = re.split(r"(==|!=)", part)
            if (side(left) == side(right)) != (sign == "=="):
                return False
        return True

    def run(self, path: str) -> None:
        """Run the steps until one fails. path: The folders of programs."""
        for step in ACTION["runs"]["steps"]:
            if not self.holds(step.get("if", "'' == ''")):
                continue
            name = step.get("id") or step.get("name") or step["uses"]
            if "uses" in step:
                self.used.append((step["uses"], {key: self.filled(str(told)) for key, told in step["with"].items()}))
                outputs = {"python-path": str(self.place / "bin/python")} if name == "python" else {}
                self.contexts["steps"][name] = {"outputs": outputs}
                continue
            output, summary = self.place / "output", self.place / "summary"
            output.write_text("")
            environment = {
                "PATH": path,
                "HOME": str(self.place),
                "RUNNER_TEMP": str(self.place / "temp"),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_REPOSITORY": "you/docs",
                **{key: self.filled(text) for key, text in step.get("env", {}).items()},
            }
            assert "${{" not in step["run"], "a text of a pull request would be run"
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.top,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            self.ran[name] = done
            told = dict(line.split("=", 1) for line in output.read_text().splitlines())
            self.contexts["steps"][name] = {"outputs": told}
            if done.returncode:
                self.code = done.returncode
                return


def program_file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


CODAFORM = f'#!/bin/sh\nexec {sys.executable} -m codaform "$@"\n'

# Where an environment is made, it gets this program of codaform; pip says what it would install.
PYTHON = f"""#!/bin/sh
case "$2" in
  venv) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$(dirname "$0")/codaform" "$3/bin/codaform" ;;
  pip) echo "$@" >> "$HOME/installed" ;;
  *) exec {sys.executable} "$@" ;;
esac
"""

# Keeps what it is asked for; the comments that are there are those in the file `known`.
GH = """#!/bin/sh
echo "$@" >> "$HOME/gh"
for word; do case "$word" in body=@*) cp "${word#body=@}" "$HOME/body" ;; esac; done
case "$*" in *--jq*) cat "$HOME/known" 2>/dev/null || true ;; esac
"""


def pull_request(base: str, fork: bool = False) -> dict[str, Any]:
    head = {"repo": {"full_name": "somebody/docs" if fork else "you/docs"}}
    event = {"pull_request": {"number": 7, "base": {"sha": base}, "head": head}}
    about = {"event_name": "pull_request", "repository": "you/docs", "token": "t", "action_path": "/action"}
    return {**about, "event": event}


def on_github(top: Path, github: Mapping[str, Any], known: str = "", **inputs: str) -> Runner:
    """The action, run on a repository. known: The ids of the comments that it made before."""
    place = top.parent / "runner"
    runner = Runner(top, place, {name.replace("_", "-"): told for name, told in inputs.items()}, github)
    for name, text in {"codaform": CODAFORM, "python": PYTHON, "gh": GH}.items():
        program_file(place / "bin" / name, text)
    (place / "known").write_text(known)
    runner.run(f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return runner


@pytest.mark.slow
def test_a_pull_request_is_told_what_moves(repository: Path) -> None:
    before = change(
        repository, {"tasks/double.coda": "thisRow.hours + thisRow.hours + 1\n", "tasks/double.cases.yml": "[]\n"}
    )
    ran = on_github(repository, pull_request(before))
    home = repository.parent / "runner"
    assert ran.code == 0, ran.ran
    assert (home / "installed").read_text().split()[-1] == "/action[deploy,docs]"
    told = (home / "summary").read_text("utf-8")
    assert "| tasks.double | a | 2 | 3 |" in told
    assert (home / "body").read_text("utf-8") == f"<!-- codaform: codaform -->\n{told}"
    calls = (home / "gh").read_text().splitlines()
    assert [re.findall("--method (.+?) ", call) for call in calls] == [[], ["POST"]]
    assert "repos/you/docs/issues/7/comments" in calls[1]
    assert [name.split("@")[0] for name, _ in ran.used] == ["actions/setup-python", "actions/upload-artifact"]
    assert ran.used[1][1] == {"name": "codaform", "path": str(home / "temp/codaform-reports")}


@pytest.mark.slow
def test_a_second_push_changes_the_comment_that_is_there(repository: Path) -> None:
    ran = on_github(repository, pull_request("HEAD"), known="41\n42\n", artifact="docs")
    assert ran.code == 0, ran.ran
    calls = (repository.parent / "runner/gh").read_text().splitlines()
    assert "--method PATCH repos/you/docs/issues/comments/41 " in calls[1]
    assert (repository.parent / "runner/body").read_text("utf-8").startswith("<!-- codaform: docs -->\n")


@pytest.mark.slow
def test_findings_fail_the_action_after_everything_was_told(repository: Path) -> None:
    before = change(repository, {"tasks/double.coda": "thisRow.hour * 2\n"})
    ran = on_github(repository, pull_request(before))
    assert ran.code == 1
    assert "::error file=formulas/tasks/double.coda,line=1," in ran.ran["run"].stdout
    assert "look at check" in (repository.parent / "runner/body").read_text("utf-8")
    assert list(ran.ran)[-1] == "Say how it ended"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["fork", "push", "unwanted"])
def test_who_gets_no_comment(repository: Path, kind: str) -> None:
    github = pull_request("HEAD", fork=kind == "fork")
    if kind == "push":
        github |= {"event_name": "push", "event": {}}
    ran = on_github(repository, github, comment="false" if kind == "unwanted" else "true")
    assert ran.code == 0, ran.ran
    assert not (repository.parent / "runner/gh").exists()
    assert "everything passes" in (repository.parent / "runner/summary").read_text("utf-8")


@pytest.mark.slow
def test_without_a_token_or_a_base_the_rest_runs(repository: Path) -> None:
    ran = on_github(repository, pull_request("0" * 40), environment="local")
    assert ran.code == 0, ran.ran
    said = ran.ran["run"].stdout
    assert "::notice::There is no token here" in said
    assert "::notice::The base of the pull request is not here" in said
    assert "\nplan " not in said


@pytest.mark.slow
def test_a_plan_and_a_preview_are_kept(repository: Path) -> None:
    ran = on_github(repository, pull_request("HEAD"), environment="local", token="secret", preview="true")
    assert ran.code == 0, ran.ran
    reports = repository.parent / "runner/temp/codaform-reports"
    assert (reports / "local.plan").is_file()
    assert (reports / "site/index.html").is_file()
    assert "secret" not in "".join(done.stdout + done.stderr for done in ran.ran.values())


def test_the_action_names_what_it_has() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    outputs = " ".join(str(one["value"]) for one in ACTION["outputs"].values())
    assert set(re.findall(r"steps\.([\w-]+)", text + outputs)) <= {step.get("id") for step in ACTION["runs"]["steps"]}


# ------------------------------------------------------------ GitLab


class Forge(BaseHTTPRequestHandler):
    """The notes of a merge request. Each server has its own list, with what came and the token."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        heard: list[Any] = self.server.heard  # type: ignore[attr-defined]
        heard.append((self.command, self.path, self.headers["PRIVATE-TOKEN"], body))
        data = json.dumps(self.server.notes).encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def forge() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Forge)
    server.heard, server.notes = [], []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def on_gitlab(top: Path, variables: Mapping[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """The job of the template, run on a repository by the shell, as GitLab's runner does."""
    spec, jobs = yaml.safe_load_all((ROOT / "templates/codaform.yml").read_text("utf-8"))
    given = {name: str((told or {}).get("default", "")) for name, told in spec["spec"]["inputs"].items()} | inputs
    text = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: given[found[1]], json.dumps(jobs["codaform"]))
    job = json.loads(text)
    place = top.parent / "runner"
    program_file(place / "bin/pip", '#!/bin/sh\necho "$@" >> "$HOME/installed"\n')
    program_file(place / "bin/codaform", CODAFORM)
    program_file(place / "bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    environment = {
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(place),
        **job["variables"],
        **variables,
    }
    script = "\n".join(job["script"])
    command = ["bash", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=top, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_gitlab_gets_reports_and_one_note(repository: Path, forge: HTTPServer) -> None:
    before = change(repository, {"tasks/double.coda": "thisRow.hours * 2 + 1\n", "tasks/double.cases.yml": "[]\n"})
    variables = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": before,
        "CI_MERGE_REQUEST_IID": "3",
        "CI_PROJECT_ID": "12",
        "CI_API_V4_URL": f"http://127.0.0.1:{forge.server_port}/api/v4",
        "REVIEW_TOKEN": "glpat-secret",
    }
    first = on_gitlab(repository, variables, codaform="file:///wheel")
    assert first.returncode == 0, first
    installed = (repository.parent / "runner/installed").read_text()
    assert installed == "install --quiet codaform[deploy,docs] @ file:///wheel\n"
    (asked, written) = forge.heard  # type: ignore[attr-defined]
    where = "/api/v4/projects/12/merge_requests/3/notes"
    assert asked == ("GET", f"{where}?per_page=100", "glpat-secret", None)
    assert written[:3] == ("POST", where, "glpat-secret")
    assert "| tasks.double | a | 2 | 3 |" in written[3]["body"]
    assert "glpat-secret" not in first.stdout + first.stderr
    forge.notes = [{"id": 5, "body": "hello"}, {"id": 9, "body": written[3]["body"]}]  # type: ignore[attr-defined]
    assert on_gitlab(repository, variables, codaform="file:///wheel").returncode == 0
    assert forge.heard[-1][:2] == ("PUT", f"{where}/9")  # type: ignore[attr-defined]


@pytest.mark.slow
def test_findings_fail_the_job_and_a_forge_that_is_gone_does_not(repository: Path) -> None:
    before = change(repository, {"tasks/double.coda": "thisRow.hours * 3\n"})
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": before, "CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_ID": "12"}
    gone = variables | {"CI_API_V4_URL": "http://127.0.0.1:9/api/v4", "REVIEW_TOKEN": "glpat-secret"}
    done = on_gitlab(repository, gone, codaform="file:///wheel")
    assert done.returncode == 1, done
    assert "The merge request has no note of this." in done.stdout
    assert "glpat-secret" not in done.stdout + done.stderr
    reports = {path.name for path in (repository / "codaform-reports").iterdir()}
    assert {"code-quality.json", "findings.xml", "tests.xml", "summary.md"} <= reports


def test_each_input_of_the_template_is_used() -> None:
    text = (ROOT / "templates/codaform.yml").read_text("utf-8")
    spec, _ = yaml.safe_load_all(text)
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(spec["spec"]["inputs"])


# ------------------------------------------------------------ pre-commit


@pytest.mark.parametrize(
    ("hook", "file", "runs"),
    [
        ("codaform-fmt", "formulas/tasks/double.coda", True),
        ("codaform-fmt", "formulas/doc.yml", True),
        ("codaform-fmt", "formulas/tasks/double.cases.yml", False),
        ("codaform-check", "formulas/tasks/rows.csv", True),
        ("codaform-check", "README.txt", False),
        ("codaform-test", "formulas/tasks/double.cases.yml", True),
    ],
)
def test_a_hook_runs_for_the_files_that_it_reads(hook: str, file: str, runs: bool) -> None:
    hooks = {one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    assert bool(re.search(hooks[hook]["files"], file)) is runs
    words = hooks[hook]["entry"].split()
    with program.make_context("codaform", words[1:], resilient_parsing=True) as context:
        assert program.resolve_command(context, words[1:])[1] is not None
