"""The site of a project: `docs build`, `docs check` and `docs serve`, and the parts that they are made of."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.project.locate import CannotRead
from codaform.site.build import addresses, navigation
from codaform.site.build import html_reader as reading
from codaform.site.build.addresses import link_to_built
from codaform.site.build.findings import mkdocs_findings
from codaform.site.build.llms_txt import first_sentence
from codaform.site.build.navigation import NavigationEntry
from codaform.site.build.settings import SiteSettings, address, built_file, find_folders, read_settings
from codaform.site.guides.rendering import DIRECTIVES
from codaform.site.guides.roles import ROLES
from codaform.site.pages import MARK
from codaform.source import Source

pytest.importorskip("mkdocs", reason="the site is built by MkDocs")

ROOT = Path(__file__).parents[1]

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS", "CODAFORM_DEBUG", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def run() -> Run:
    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(program, [str(argument) for argument in arguments], prog_name="codaform")

    return call


@pytest.fixture
def planner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """The project of `codaform init`, in formulas/ of the current folder, which this is."""
    monkeypatch.chdir(tmp_path)
    assert run("init").exit_code == 0
    return tmp_path


@pytest.fixture
def written(planner: Path, run: Run) -> Path:
    """The same, with its pages written."""
    result = run("docs", "build", "--pages")
    assert result.exit_code == 0, result.output
    return planner


def texts(folder: Path) -> dict[str, str]:
    """The contents of all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8", "replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ------------------------------------------------------------ build


@pytest.mark.slow
def test_a_new_project_gets_a_site(planner: Path, run: Run) -> None:
    result = run("docs", "build")
    assert result.exit_code == 0, result.output
    assert result.stdout == "site/index.html\n"
    assert re.fullmatch(r"\d+ pages in [\d.]+ s; \d+ files written, 0 unchanged, 0 removed\n", result.stderr)
    page = (planner / "site/reference/doc/tables/tasks.html").read_text("utf-8")
    assert "A piece of work for one person." in page
    assert "assets/codaform/codaform.css" in page
    styles = (planner / "site/assets/codaform/codaform.css").read_text("utf-8")
    assert ".coda-picture .box" in styles
    assert "A project has an end." in (planner / "site/llms.txt").read_text("utf-8")
    assert (planner / ".gitignore").read_text("utf-8") == "/site/\n"
    written = texts(planner / "site")
    assert not [name for name in written if "playground" in name]
    assert not [name for name, text in written.items() if name.endswith("html") and "playground" in text]
    assert "Founder HQ" not in "".join(written.values())


@pytest.mark.slow
def test_building_again_changes_nothing(written: Path, run: Run) -> None:
    before = {path: path.stat().st_mtime_ns for path in written.rglob("*")}
    again = run("docs", "build", "--pages")
    assert again.exit_code == 0
    assert "; 0 files written, " in again.stderr
    assert {path: path.stat().st_mtime_ns for path in written.rglob("*")} == before


def test_every_page_bears_the_mark(written: Path) -> None:
    pages = list((written / "docs").rglob("*.md"))
    assert len(pages) >= 5
    for page in pages:
        assert page.read_text("utf-8").startswith(MARK + "\n\n"), page


def test_a_page_of_somebody_else_is_never_overwritten(planner: Path, run: Run) -> None:
    mine = planner / "docs/reference/doc/index.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("# Mine\n", "utf-8")
    result = run("docs", "build", "--pages")
    assert result.exit_code == 2
    assert "docs/reference/doc/index.md would be overwritten" in result.stderr
    assert list(texts(planner / "docs")) == ["reference/doc/index.md"]
    assert not (planner / "mkdocs.yml").exists()
    assert mine.read_text("utf-8") == "# Mine\n"


def test_a_first_page_of_ones_own_stays(planner: Path, run: Run) -> None:
    (planner / "docs").mkdir()
    (planner / "docs/index.md").write_text("# Welcome\n", "utf-8")
    (planner / "docs/llms.txt").write_text("# Ours\n", "utf-8")
    assert run("docs", "build", "--pages").exit_code == 0
    assert (planner / "docs/index.md").read_text("utf-8") == "# Welcome\n"
    assert (planner / "docs/llms.txt").read_text("utf-8") == "# Ours\n"


def test_what_is_not_made_any_more_goes(written: Path, run: Run) -> None:
    gone = written / "docs/guides/old.md"
    gone.parent.mkdir()
    gone.write_text(f"{MARK}\n\n# Old\n", "utf-8")
    kept = written / "docs/notes.md"
    kept.write_text(f"# Notes\n\n{MARK}\n", "utf-8")
    result = run("docs", "build", "--pages")
    assert "1 removed" in result.stderr
    assert not gone.parent.exists()
    assert kept.exists(), "the mark counts in the first line of a page alone"


def test_a_link_out_of_the_docs_is_not_followed(
    written: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    shutil.rmtree(written / "docs/reference")
    (written / "docs/reference").symlink_to(outside, target_is_directory=True)
    result = run("docs", "build", "--pages")
    assert result.exit_code == 2
    assert "docs/reference: it is a link" in result.stderr
    assert list(outside.iterdir()) == []


def test_a_page_that_the_navigation_lacks_is_told(written: Path, run: Run) -> None:
    settings = written / "mkdocs.yml"
    settings.write_text("site_name: Mine\nnav:\n  - index.md\n", "utf-8")
    result = run("docs", "build", "--pages")
    assert result.exit_code == 1
    assert "unlisted-page" in result.stdout
    assert "reference/doc/tables/tasks.md is nowhere in the navigation" in result.stdout
    assert settings.read_text("utf-8") == "site_name: Mine\nnav:\n  - index.md\n"


@pytest.mark.slow
def test_what_mkdocs_warns_of_is_a_finding(written: Path, run: Run) -> None:
    (written / "docs/index.md").write_text("# Welcome\n\nSee [this](nowhere.md).\n", "utf-8")
    result = run("docs", "build")
    assert result.exit_code == 1
    assert "error[dead-link]: nowhere.md: the target is not found among documentation files." in result.stdout
    assert " --> docs/index.md:3:12" in result.stdout
    assert (written / "site/index.html").exists()


def test_without_mkdocs_it_says_what_brings_it(planner: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    version = metadata.version

    def known(name: str) -> str:
        if name == "mkdocs":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", known)
    for command in ("build", "check", "serve"):
        result = run("docs", command)
        assert result.exit_code == 2
        assert result.stderr.startswith(
            "codaform: this needs the extra docs: mkdocs is missing; install what is missing: "
        )


def test_the_site_stands_where_mkdocs_yml_does(planner: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (planner / "mkdocs.yml").write_text("site_name: Mine\ndocs_dir: pages\n", "utf-8")
    monkeypatch.chdir(planner / "formulas")
    assert run("docs", "build", "--pages").stdout == "../pages\n"
    assert (planner / "pages/reference/doc/index.md").exists()
    assert not (planner / "formulas/docs").exists()


def test_nothing_is_written_among_the_tables_unasked(planner: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(planner / "formulas/tasks")
    before = sorted(texts(planner))
    assert run("docs", "build", "--pages").stdout == "../.codaform/site/docs\n"
    new = set(texts(planner)) - set(before)
    assert new
    assert all(name.startswith("formulas/.codaform/") for name in new)
    assert (planner / "formulas/.codaform/.gitignore").read_text("utf-8") == "*\n"
    assert run("docs", "build", "--pages", "--out", planner / "elsewhere").stdout == "../../elsewhere/docs\n"
    assert (planner / "elsewhere/mkdocs.yml").exists()
    assert run("docs", "build", "--pages", "--out", "..").exit_code == 0
    assert (planner / "formulas/docs/index.md").exists()
    assert run("check").exit_code == 0


def test_a_gitignore_of_ones_own_stays(planner: Path, run: Run) -> None:
    (planner / ".gitignore").write_text("*.log\n", "utf-8")
    assert "add /site/ to .gitignore" in run("docs", "build", "--pages").stderr
    assert (planner / ".gitignore").read_text("utf-8") == "*.log\n"
    assert "gitignore" not in run("docs", "build", "--pages").stderr


def test_a_playground_that_the_navigation_names_by_hand_stays(written: Path, run: Run) -> None:
    assert not (written / "docs/playground.md").exists()
    settings = written / "mkdocs.yml"
    settings.write_text(settings.read_text("utf-8").replace("nav:\n", "nav:\n  - Try: playground.md\n"), "utf-8")
    assert run("docs", "build", "--pages").exit_code == 0
    assert (written / "docs/playground.md").exists()
    assert (written / "docs/assets/codaform/playground/page.js").exists()
    assert settings.read_text("utf-8").count("playground.md") == 1


def test_the_page_about_documents_is_true_and_whole(planner: Path, run: Run) -> None:
    page = (ROOT / "docs/write_documents.md").read_text("utf-8")
    named = {*re.findall(r"``\{([a-z]+)\}`", page), *re.findall(r"`\{([a-z]+)\}", page)}
    assert named >= {*ROLES, *DIRECTIVES}
    options = {option for form in DIRECTIVES.values() for option in form.options}
    assert options <= set(re.findall(r"`([a-z]+)`", page))
    (example,) = re.findall(r"````markdown\n(.*?)````\n", page, re.DOTALL)
    (planner / "formulas/documents").mkdir()
    (planner / "formulas/documents/week.md").write_text(example, "utf-8")
    result = run("docs", "build", "--pages")
    assert (result.exit_code, result.stdout) == (0, "docs\n")
    assert 'class="coda-grid"' in (planner / "docs/week.md").read_text("utf-8")


HOSTILE = "</title><script>alert(1)</script> {{ config }} {% raw %} !ENV [x]: *a* `b` #c \\d' ](javascript:x) &lt;"


@pytest.mark.slow
def test_names_are_text_wherever_they_stand(planner: Path, run: Run) -> None:
    doc = planner / "formulas/doc.yml"
    said = json.dumps(HOSTILE)
    text = re.sub("(?m)^(doc|about): .*$", lambda key: f"{key[1]}: {said}", doc.read_text("utf-8"))
    doc.write_text(text, "utf-8")
    folder = planner / "formulas/documents"
    folder.mkdir()
    (folder / "guide.md").write_text(f"---\ntitle: {said}\nabout: {said}\n---\n# A guide\n\nWords.\n", "utf-8")
    result = run("docs", "build")
    assert "Traceback" not in result.output
    assert result.exit_code == 0, result.output
    assert yaml.safe_load((planner / "mkdocs.yml").read_text("utf-8"))["nav"][1] == {
        navigation.as_html(HOSTILE): "guide.md"
    }
    assert navigation.as_text(navigation.as_html(HOSTILE)) == HOSTILE
    for page in (planner / "site").rglob("*.html"):
        text = page.read_text("utf-8")
        assert "<script>alert(1)" not in text, page
        assert 'href="javascript:x' not in text, page
    assert "](javascript:x)" not in (planner / "docs/llms.txt").read_text("utf-8").replace("\\](", "")


# ------------------------------------------------------------ check


@pytest.mark.slow
def test_a_site_that_is_as_it_should_be_is_clean(written: Path, run: Run) -> None:
    before = texts(written)
    result = run("docs", "check")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr.endswith("nothing to report\n")
    assert texts(written) == before
    (written / "docs/index.md").unlink()
    assert run("docs", "check").exit_code == 1


def finding(result: Result, rule: str) -> list[str]:
    """The findings of a rule, as `message @ file:line:column`."""
    assert result.exit_code == 1, result.output
    return [
        f"{one['message']} @ {one['file']}:{one['start']['line']}:{one['start']['column']}"
        for one in json.loads(result.stdout)["diagnostics"]
        if one["rule"] == rule
    ]


@pytest.mark.slow
def test_stale_pages_are_named(written: Path, run: Run) -> None:
    tasks = written / "formulas/tasks/table.yml"
    tasks.write_text(tasks.read_text("utf-8").replace("A piece of work for one person.", "A piece of work."), "utf-8")
    (written / "docs/reference/doc/tests.md").unlink()
    (written / "docs/old.md").write_text(f"{MARK}\n\n# Old\n", "utf-8")
    settings = written / "mkdocs.yml"
    settings.write_text(settings.read_text("utf-8").replace("      - Tests: reference/doc/tests.md\n", ""), "utf-8")
    before = texts(written)
    found = finding(run("docs", "check", "--format", "json"), "stale-page")
    assert texts(written) == before
    assert "old.md is not made any more @ docs/old.md:1:1" in found
    assert "reference/doc/tests.md is not written yet @ docs/reference/doc/tests.md:1:1" in found
    assert any(
        one.startswith("reference/doc/tables/tasks.md is not what the project gives now @ docs/") for one in found
    )
    assert any(one.startswith("the navigation is not what the project gives now @ mkdocs.yml:") for one in found)
    assert run("docs", "build", "--pages").exit_code == 0
    assert run("docs", "check").exit_code == 0


GUIDE = """\
---
title: What there is to do
about: A guide with facts.
---
# What there is to do

There are {value}`tasks.Count()` tasks.

A [dead link](nowhere.md), and {value}`tasks.Count() → 1000` of them.
"""


@pytest.mark.slow
def test_a_document_is_told_by_its_own_lines(planner: Path, run: Run) -> None:
    guide = planner / "formulas/documents/guides/to_do.md"
    guide.parent.mkdir(parents=True)
    guide.write_text(GUIDE, "utf-8")
    built = run("docs", "build", "--pages")
    assert built.exit_code == 1
    assert "error[false-fact]" in built.stdout
    assert (planner / "docs/guides/to_do.md").exists()
    rows = planner / "formulas/tasks/rows.csv"
    rows.write_text(rows.read_text("utf-8") + "One more,,,,\n", "utf-8")
    result = run("docs", "check", "--format", "json")
    at = "@ formulas/documents/guides/to_do.md:"
    assert [one.partition("@")[2] for one in finding(result, "false-fact")] == [f"{at[1:]}9:56"]
    assert [one.partition("@")[2] for one in finding(result, "dead-link")] == [f"{at[1:]}9:15"]
    stale = [one for one in finding(result, "stale-page") if at in one]
    assert [one.partition(at)[2] for one in stale] == ["7:1"]


@pytest.mark.slow
def test_a_page_of_somebody_else_is_told(written: Path, run: Run) -> None:
    (written / "docs/reference/doc/tests.md").write_text("# Mine\n", "utf-8")
    (found,) = finding(run("docs", "check", "--format", "json"), "stale-page")
    assert found.startswith("reference/doc/tests.md stands where a generated file belongs")


WRONG = """\
# Welcome

[one](nowhere.md), [two](reference/doc/index.md#no-such-place), <a href="gone.html">three</a>, [four](#nor-here)

<svg viewBox="0 0 1 1"><a href="lost.html"><rect width="1" height="1"/></a></svg>

<svg viewBox="0 0 1 1"><title>A square</title><a href="llms.txt"><rect width="1" height="1"/></a></svg>

![](images/none.png) <img src="assets/codaform/codaform.css"> ![a picture](assets/codaform/codaform.css)

<script src="https://cdn.example/x.js"></script>
<link rel="stylesheet" href="//fonts.example/css">
<iframe src="http://frames.example/" title="x"></iframe>
<img alt="x" src="https://pictures.example/a.png" srcset="https://pictures.example/b.png 2x">
<div style="background: url('https://styles.example/c.png')">x</div>

[a link](https://elsewhere.example/) may lead anywhere <a href="//elsewhere.example">so</a>
[write](mailto:a@example.com)

```html
<script src="https://only.told/x.js"></script> <img src="only-told.png">
```
"""


@pytest.fixture
def wrong(written: Path) -> Path:
    """A site with a page on which everything is wrong."""
    (written / "docs/index.md").write_text(WRONG, "utf-8")
    (written / "docs/own.css").write_text("@import 'https://sheets.example/x.css';\na { b: url(data:x) }\n", "utf-8")
    return written


@pytest.mark.slow
def test_dead_links_are_found_in_the_html(wrong: Path, run: Run) -> None:
    found = finding(run("docs", "check", "--format", "json"), "dead-link")
    assert [one for one in found if "docs/index.md" in one] == [
        "there is no nowhere.md @ docs/index.md:3:7",
        "reference/doc/index.md has no place #no-such-place @ docs/index.md:3:26",
        "there is no gone.html @ docs/index.md:3:74",
        "index.md has no place #nor-here @ docs/index.md:3:103",
        "there is no lost.html @ docs/index.md:5:33",
        "there is no images/none.png @ docs/index.md:9:5",
    ]


@pytest.mark.slow
def test_other_hosts_are_found(wrong: Path, run: Run) -> None:
    found = finding(run("docs", "check", "--format", "json"), "outside-host")
    assert [one.partition(" is asked")[0] for one in found if "docs/index.md" in one] == [
        "cdn.example",
        "fonts.example",
        "frames.example",
        "pictures.example",
        "pictures.example",
        "styles.example",
    ]
    assert "own.css asks sheets.example for https://sheets.example/x.css @ mkdocs.yml:1:1" in found


@pytest.mark.slow
def test_mute_pictures_are_found(wrong: Path, run: Run) -> None:
    found = finding(run("docs", "check", "--format", "json"), "missing-alt")
    assert found == [
        "a drawing has neither a <title> nor a label @ docs/index.md:5:1",
        "the picture assets/codaform/codaform.css has no alt text @ docs/index.md:9:32",
    ]


CLAIMS = """\
# Mine

It is over. and then
some. Coda never loses a row. There are three reasons:

- one
- two

```console
$ codaform chek
```
"""


@pytest.mark.slow
def test_false_claims_are_found_where_they_are_written(written: Path, run: Run) -> None:
    (written / "docs/index.md").write_text(CLAIMS, "utf-8")
    result = run("docs", "check", "--format", "json")
    assert finding(result, "unknown-command") == ["codaform has no command chek @ docs/index.md:10:3"]
    assert finding(result, "bad-sentence") == ["a sentence begins in lower case: “over. and then” @ docs/index.md:3:7"]
    assert finding(result, "miscount") == ["“three reasons” stands before 2 items @ docs/index.md:4:41"]
    assert finding(result, "unsourced-statement") == [
        "“Coda never loses …” says neither a source nor how sure it is @ docs/index.md:4:7"
    ]


@pytest.mark.slow
def test_a_theme_that_asks_for_fonts_is_told_once(written: Path, run: Run) -> None:
    settings = written / "mkdocs.yml"
    settings.write_text(re.sub("(?m)^  font: false.*\n", "", settings.read_text("utf-8")), "utf-8")
    found = finding(run("docs", "check", "--format", "json"), "outside-host")
    assert found
    assert all(" @ mkdocs.yml:" in one for one in found)
    assert len(found) == len(set(found)) <= 3


def test_any_other_warning_of_mkdocs_is_a_finding() -> None:
    settings = Source("mkdocs.yml", "site_name: Mine\n")
    said = ["Config value 'extra':  a plugin\n says so", "Aborted with 1 warnings in strict mode!"]
    found = [(one.rule.name, one.message) for one in mkdocs_findings(said, {}, settings)]
    assert found == [("site-warning", "MkDocs warns: Config value 'extra': a plugin says so")]


@pytest.mark.slow
def test_a_dead_link_of_the_navigation_is_told_there(written: Path, run: Run) -> None:
    settings = written / "mkdocs.yml"
    settings.write_text(settings.read_text("utf-8").replace("nav:\n", "nav:\n  - Gone: gone.md\n"), "utf-8")
    found = finding(run("docs", "check", "--format", "json"), "dead-link")
    line = settings.read_text("utf-8").split("\n").index("  - Gone: gone.md") + 1
    assert len(found) == 1
    assert found[0].endswith(f"@ mkdocs.yml:{line}:11")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "github", "sarif", "junit"])
def test_check_in_every_format(form: str, wrong: Path, run: Run) -> None:
    result = run("docs", "check", "--format", form)
    assert result.exit_code == 1
    assert "docs/index.md" in result.stdout
    assert "dead-link" in result.stdout


@pytest.mark.slow
def test_tidy_addresses_are_followed_too(written: Path, run: Run) -> None:
    settings = written / "mkdocs.yml"
    settings.write_text(
        settings.read_text("utf-8").replace("use_directory_urls: false", "use_directory_urls: true"), "utf-8"
    )
    assert run("docs", "build").exit_code == 0
    result = run("docs", "check")
    assert result.exit_code == 0, result.output
    assert "(reference/doc/tables/tasks/)" in (written / "docs/llms.txt").read_text("utf-8")


# ------------------------------------------------------------ serve


@pytest.fixture
def served(written: Path) -> Iterator[tuple[str, Path, subprocess.Popen[str]]]:
    """The address of a site that is served, its folder, and the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "codaform", "docs", "serve", "--port", "0"],
        cwd=written,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), written, process
    finally:
        process.kill()
        process.communicate()


def fetched(address: str, until: str = "", seconds: float = 30) -> str:
    """The page at an address, once it has a text."""
    end = time.monotonic() + seconds
    while True:
        with urllib.request.urlopen(address, timeout=10) as reply:
            text = str(reply.read(), "utf-8")
        if until in text or time.monotonic() > end:
            return text
        time.sleep(0.1)


@pytest.mark.slow
def test_a_served_site_follows_its_files(served: tuple[str, Path, subprocess.Popen[str]]) -> None:
    address, folder, process = served
    assert address.startswith("http://127.0.0.1:")
    page = f"{address}reference/doc/tables/tasks.html"
    assert "A piece of work for one person." in fetched(page)
    before = texts(folder / "docs")
    table = folder / "formulas/tasks/table.yml"
    text = table.read_text("utf-8")
    table.write_text(text.replace("A piece of work for one person.", "Something to do today."), "utf-8")
    assert "Something to do today." in fetched(page, "Something to do today.")
    assert texts(folder / "docs") == before, "nothing is written"

    formula = folder / "formulas/tasks/overdue.coda"
    sound = formula.read_text("utf-8")
    formula.write_text("thisRow.duee < Today()\n", "utf-8")
    table.write_text(text, "utf-8")
    assert process.stderr is not None
    said = ""
    while "the site stays unchanged" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    assert "unknown-column" in said
    assert "Something to do today." in fetched(page), "the last good site"
    formula.write_text(sound, "utf-8")
    assert "A piece of work for one person." in fetched(page, "A piece of work for one person.")

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_port_that_is_taken(served: tuple[str, Path, subprocess.Popen[str]], run: Run) -> None:
    port = served[0].rstrip("/").rpartition(":")[2]
    result = run("docs", "serve", "--port", port)
    assert result.exit_code == 2
    assert f"port {port} cannot be served" in result.stderr


# ------------------------------------------------------------ the navigation

NAV = """\
site_name: x # stays
nav:
    - index.md
    # codaform docs: from here, and more words
    - Old: old.md
    # codaform docs: to here
    - "end": end.md  # and a remark
"""


def test_only_the_lines_between_the_marks_are_written_anew() -> None:
    entries = [
        NavigationEntry("A: [b]", "a/b.md"),
        NavigationEntry("Tables", inside=(NavigationEntry("<b>&", "t.md"), NavigationEntry("No", "n.md"))),
    ]
    text = navigation.rewrite_navigation(NAV, entries)
    assert text == NAV.replace(
        "    - Old: old.md\n",
        '    - "A: [b]": a/b.md\n    - Tables:\n        - "&lt;\u2060b&gt;&amp;": t.md\n        - "No": n.md\n',
    )
    assert text is not None
    assert read_settings(text).nav[1:3] == [
        {"A: [b]": "a/b.md"},
        {"Tables": [{"&lt;\u2060b&gt;&amp;": "t.md"}, {"No": "n.md"}]},
    ]
    assert navigation.rewrite_navigation(text, entries) == text
    windows = NAV.replace("\n", "\r\n")
    assert navigation.rewrite_navigation(windows, entries) == text.replace("\n", "\r\n")


def test_marks_stand_in_pairs() -> None:
    assert navigation.rewrite_navigation("nav: []\n", []) is None
    for text in (NAV + NAV, NAV.replace("to here", "to there"), NAV.replace("from here", "from there")):
        with pytest.raises(CannotRead, match="one line"):
            navigation.rewrite_navigation(text, [])


def test_pages_named_by_hand_are_not_named_again() -> None:
    entries = [
        NavigationEntry("Guides", inside=(NavigationEntry("A", "guides/a.md"), NavigationEntry("B", "guides/b.md"))),
        NavigationEntry("P", "p.md"),
    ]
    left = navigation.without_pages(entries, navigation.named_pages([{"Start": ["guides/a.md", {"P": "p.md"}]}]))
    assert left == [NavigationEntry("Guides", inside=(NavigationEntry("B", "guides/b.md"),))]
    assert navigation.without_pages(entries, {"guides/a.md", "guides/b.md", "p.md"}) == []


def test_settings_with_tags_of_mkdocs_are_read() -> None:
    settings = read_settings("site_name: !ENV [A, b]\nx: !!python/name:a.b.c\nnav: [a.md]\nuse_directory_urls: false\n")
    assert (settings.nav, settings.tidy, settings.docs) == (["a.md"], False, "docs")
    with pytest.raises(CannotRead, match="no YAML"):
        read_settings("a: [")


def test_the_nearest_settings_count(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    here = tmp_path / "here"
    (tmp_path / "mkdocs.yml").write_text("site_dir: out\n", "utf-8")
    folders = find_folders(tmp_path / "a/b", here)
    assert (folders.root, folders.docs, folders.built) == (tmp_path, tmp_path / "docs", tmp_path / "out")
    (tmp_path / "mkdocs.yml").unlink()
    assert find_folders(tmp_path / "a/b", here).docs == here / "docs"


# ------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("path", "tidy", "place"),
    [
        ("index.md", True, "./"),
        ("index.md", False, "index.html"),
        ("a/index.md", True, "a/"),
        ("a/README.md", False, "a/index.html"),
        ("a/b.md", True, "a/b/"),
        ("a/b c.md", False, "a/b%20c.html"),
    ],
)
def test_where_a_page_is_published(path: str, tidy: bool, place: str) -> None:
    assert address(SiteSettings(tidy=tidy), path) == place
    there = addresses.resolve_link("index.html", place)
    assert there is not None
    assert there.file == built_file(SiteSettings(tidy=tidy), path)


@pytest.mark.parametrize(
    ("at", "file", "anchor"),
    [
        ("x.html", "a/x.html", ""),
        ("../x.html#y%20z", "x.html", "y z"),
        ("#y", "a/b.html", "y"),
        ("", "a/b.html", ""),
        ("/c/", "c/index.html", ""),
        ("?q=1#y", "a/b.html", "y"),
        ("../../x", "../x", ""),
        ("c%C3%A9.html#a:~:text=b", "a/cé.html", "a"),
    ],
)
def test_where_an_address_leads(at: str, file: str, anchor: str) -> None:
    assert addresses.resolve_link("a/b.html", at) == addresses.LinkTarget(file, anchor)


def test_what_is_outside() -> None:
    for at in ("https://x", "HTTP://x", "//x", " //x", "ws://x", "\\\\x"):
        assert addresses.is_outside(at)
        assert addresses.resolve_link("a.html", at) is None
    for at in ("x", "/x", "data:image/png;base64,x", "#x", "a//b", "blob:x"):
        assert not addresses.is_outside(at)


def test_links_in_html_lead_to_built_pages() -> None:
    text = (
        '<p><a class="x" href="../b.md#c">b</a> <a href="d.html">d</a> <a href="e.md">e</a></p>\n'
        '```html\n<a href="d.md">\n```\n<svg><a xlink:href="d.md"></a></svg> [m](d.md)\n'
    )
    pages = {"a/here.md", "a/d.md", "b.md", "x/y.js"}
    assert link_to_built(text, "a/here.md", pages, SiteSettings(tidy=False)) == text.replace(
        "../b.md", "../b.html"
    ).replace('xlink:href="d.md"', 'xlink:href="d.html"')
    tidy = link_to_built(text, "a/here.md", pages, SiteSettings(tidy=True))
    assert 'href="../../b/#c"' in tidy
    assert 'xlink:href="../d/"' in tidy
    assert '```html\n<a href="d.md">\n```' in tidy
    assert "[m](d.md)" in tidy
    assert 'href="e.md"' in tidy, "no page of this site"
    script = '<script type="module" src="../x/y.js"></script> <img src="../x/z.png">'
    assert link_to_built(script, "a/here.md", pages, SiteSettings(tidy=False)) == script
    assert link_to_built(script, "a/here.md", pages, SiteSettings(tidy=True)) == script.replace("../x/y", "../../x/y")


# ------------------------------------------------------------ reading pages


def test_what_a_page_loads() -> None:
    held = reading.read_html(
        '<link rel="canonical" href="https://c"><link rel="preconnect" href="https://p"><script src=s></script>'
        '<video poster=v><source src=w></video><object data=o></object><svg><use xlink:href="#u"/></svg>'
        "<svg><image href=i /></svg>"
        '<img src=a srcset="b 1x, c 2x" alt=""><style>@import url("d"); x { y: url( e ) }</style><a href=f>f</a>'
    )
    assert held.loads == ["https://p", "s", "v", "w", "o", "#u", "i", "a", "b", "c", "d", "e"]
    assert held.links == ["f"]


@pytest.mark.parametrize(
    ("html", "mute"),
    [
        ("<img src=a>", 1),
        ('<img src=a alt="">', 0),
        ("<svg><path/></svg>", 1),
        ("<svg><title>x</title></svg>", 0),
        ("<svg><title> </title></svg>", 1),
        ("<svg><g><title>of a part</title></g></svg>", 1),
        ("<svg aria-label=x></svg>", 0),
        ("<svg aria-hidden=true></svg>", 0),
        ("<svg><svg></svg></svg>", 1),
        ("<p><svg></p>", 1),
        ('<span class="twemoji"><svg></svg></span>', 0),
        ('<a title="Edit" href=x><svg></svg></a>', 0),
    ],
)
def test_which_pictures_are_mute(html: str, mute: int) -> None:
    assert len(reading.read_html(f"<article>{html}</article>").mute) == mute


def test_signs_of_the_theme_are_not_looked_at() -> None:
    assert reading.read_html("<header><svg><path/></svg></header>").mute == []


@pytest.mark.parametrize(
    "text", ["", "<", "<a href", "<svg", "<!--", "</p></p>", "<p" * 1000, "<style>url(", "\0<\x7f>"]
)
def test_a_text_without_a_whole_element_has_nothing(text: str) -> None:
    assert reading.read_html(text) == reading.BuiltPage()


def test_the_first_sentence_of_a_page() -> None:
    text = "---\ntitle: x\n---\n# A\n\n<div>\nx\n</div>\n\n**Bold** and [a link](x.md), `code`. The rest.\n"
    assert first_sentence(text) == "Bold and a link, `code`."
    assert first_sentence("# A\n\n- list\n") == ""
    blocks = "# A\n\n```text\na * b\n\nno prose * here\n```\n\n`number * number → number`\n\n"
    assert first_sentence(blocks + "*Two* numbers, `a * b` or 3 * 4 or \\*, \\[x].") == (
        "Two numbers, `a * b` or 3 * 4 or *, [x]."
    )
    assert (
        first_sentence("Files *.coda and *.yml of **all `*x` of *it***.") == "Files *.coda and *.yml of all `*x` of it."
    )
    assert first_sentence("It is 2* 3, 2**3 or ***x*** of *a b*.") == "It is 2* 3, 2**3 or x of a b."


# ------------------------------------------------------------ our own site


@pytest.mark.slow
def test_the_committed_site_of_founder_hq_is_sound(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """No page of docs/ is stale, and nothing is wrong with the site that they make."""
    monkeypatch.chdir(ROOT)
    checked = run("docs", "check", "formulas")
    assert checked.exit_code == 0, f"make reference rewrites the pages\n{checked.output}"


# ------------------------------------------------------------ the pipelines


def pipelines() -> list[str]:
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    return [
        *re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL),
        *(path.read_text("utf-8") for path in sorted((ROOT / ".github/workflows").glob("*.yml"))),
        (ROOT / "action.yml").read_text("utf-8"),
    ]


@pytest.mark.parametrize("text", pipelines(), ids=lambda text: text.split("\n")[0])
def test_a_pipeline_names_actions_by_their_commit(text: str) -> None:
    assert isinstance(yaml.safe_load(text), dict)
    for used in re.findall(r"uses: (.+)", text):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)


def test_the_commands_of_the_page_are_real() -> None:
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    commands = re.findall(r"(?:`|\$ |run: |- )codaform ((?:docs )?[a-z]+(?: [^`\n|>]*)?)", page)
    assert len(commands) > 12
    for line in commands:
        words = line.split()
        with program.make_context("codaform", list(words), resilient_parsing=True) as ctx:
            name, command, rest = program.resolve_command(ctx, words)
            assert command is not None, line
            command.make_context(name, rest, parent=ctx).close()
