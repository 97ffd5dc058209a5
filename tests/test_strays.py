"""A file or folder that nothing reads is a finding, and what people keep beside a project is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from codaform.cli.program import program
from codaform.cli.select import recall_sound
from codaform.project.files import CannotRead
from codaform.project.locate import find_root
from codaform.project.strays import meant
from codaform.site.guides.reading import find_documents
from projects import DOUBLE, TASKS, findings, opened, told, with_tasks, write

SAMPLE = "scenario: S\nsteps:\n  - {add: {tasks: [{name: x}]}}\n"
OTHER = "table: other\ncolumns:\n  - {name: name, type: text}\n"

MISNAMED = {
    "other/table.yaml": "did you mean table.yml by table.yaml?",
    "other/tables.yml": "did you mean table.yml by tables.yml?",
    "other/Table.yml": "did you mean table.yml by Table.yml?",
    "other/tabel.yml": "did you mean table.yml by tabel.yml?",
    "other/table.yml.bak": "did you mean table.yml by table.yml.bak?",
    "other/table.yml.txt": "did you mean table.yml by table.yml.txt?",
    "other/tаble.yml": "did you mean table.yml by tаble.yml?",
    "other/total.coda": "the folder of a table has a table.yml",
    "other/rows.csv": "the folder of a table has a table.yml",
    "other/total.cases.yml": "the folder of a table has a table.yml",
    "more/other/table.yml": "the folder of a table is directly in that of the project",
    "table.yml": "it belongs in the folder of its table",
    "rows.csv": "it belongs in the folder of its table",
    "tasks/row.csv": "did you mean rows.csv?",
    "tasks/Rows.csv": "did you mean rows.csv?",
    "tasks/rows.tsv": "did you mean rows.csv?",
    "tasks/rows.xlsx": "did you mean rows.csv?",
    "tasks/rows.csv.txt": "did you mean rows.csv?",
    "tasks/rows (1).csv": "did you mean rows.csv?",
    "tasks/late.coda.txt": "did you mean late.coda?",
    "tasks/late.CODA": "did you mean late.coda?",
    "tasks/late.cod": "did you mean late.coda?",
    "tasks/double.case.yml": "did you mean double.cases.yml?",
    "tasks/double.cases.yaml": "did you mean double.cases.yml?",
    "rate.coda.txt": "did you mean rate.coda?",
    "scenarios/x.yaml": "did you mean x.yml?",
    "scenarios/x.YML": "did you mean x.yml?",
    "scenario/x.yml": "did you mean scenarios?",
    "Scenarios/x.yml": "did you mean scenarios?",
    "scenaros/x.yml": "did you mean scenarios?",
    "document/guide.md": "did you mean documents?",
    "Documents/guide.md": "did you mean documents?",
    "documents/guide.markdown": "did you mean guide.md?",
    "documents/guide.MD": "did you mean guide.md?",
    "documents/deep/guide.markdown": "did you mean guide.md?",
}


@pytest.mark.parametrize("name", MISNAMED)
def test_a_near_miss_of_a_name_is_an_error(tmp_path: Path, name: str) -> None:
    found = findings(with_tasks(tmp_path, {name: OTHER}))
    assert [(one.rule.name, one.help) for one in found] == [("misnamed-file", MISNAMED[name])]
    assert name.startswith(found[0].source.name)


@pytest.mark.parametrize("name", ["tasks/table.yaml", "tasks/double.coda.txt", "doc.yaml", "tasks/row.csv"])
def test_beside_the_right_file_it_is_only_unused(tmp_path: Path, name: str) -> None:
    found = findings(with_tasks(tmp_path, {name: "x", "tasks/rows.csv": "name\n"}))
    assert [(one.rule.name, one.source.name) for one in found] == [("unused-file", name)]


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a privilege there")
@pytest.mark.parametrize(
    ("at", "to", "why"),
    [
        ("documents", "../outside", "it is a link that leads out of the project"),
        ("documents", "nowhere", "it is a link that leads nowhere"),
        ("documents/folder", "../guides", "it is a link to a folder; put the folder itself here"),
        ("documents/deep/folder", "../../../outside", "it is a link to a folder; put the folder itself here"),
        ("documents/page.md", "../../outside/page.md", "it is a link that leads out of the documents"),
        ("documents/page.md", "../guides/page.md", "it is a link that leads out of the documents"),
        ("documents/deep/page.md", "nowhere.md", "it is a link that leads nowhere"),
        ("documents/page.md", "page.md", "it is a link that leads nowhere"),
        ("more", "gone", "it is a link that leads nowhere"),
    ],
)
def test_a_link_that_is_not_followed_is_a_warning(tmp_path: Path, at: str, to: str, why: str) -> None:
    write(tmp_path / "outside", {"page.md": "# Precious\n"})
    root = with_tasks(tmp_path / "project", {"guides/page.md": "# Page\n"})
    (root / at).parent.mkdir(parents=True, exist_ok=True)
    (root / at).symlink_to(to)
    (found,) = findings(root)
    assert (found.rule.name, found.source.name, found.help) == ("unused-file", at, why)
    assert find_documents(opened(root).project) == []


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a privilege there")
def test_a_link_within_the_project_is_followed(tmp_path: Path) -> None:
    root = with_tasks(tmp_path, {"guides/page.md": "# Page\n"})
    (root / "documents").symlink_to("guides")
    (root / "guides" / "second.md").symlink_to("page.md")
    assert findings(root) == []
    assert [name for _, name in find_documents(opened(root).project)] == ["page.md", "second.md"]


def test_a_file_in_the_place_of_the_documents_is_a_warning(tmp_path: Path) -> None:
    (found,) = findings(with_tasks(tmp_path, {"documents": "x"}))
    assert (found.rule.name, found.help) == ("unused-file", "it is no folder")


UNUSED = [
    "tasks/export.json",
    "tasks/old/double.coda",
    "tasks/scenarios/x.yml",
    "tasks/old/data.csv",
    "tasks/export",
    "scenarios/x.json",
    "scenarios/deep/x.yml",
]


@pytest.mark.parametrize("name", UNUSED)
def test_a_file_that_nothing_reads_is_a_warning(tmp_path: Path, name: str) -> None:
    found = findings(with_tasks(tmp_path, {name: "x"}))
    assert [one.rule.name for one in found] == ["unused-file"]


@pytest.mark.parametrize("name", ["tasks/tasks.csv", "tasks/data.xlsx"])
def test_a_sheet_in_the_folder_of_a_table_without_rows(tmp_path: Path, name: str) -> None:
    (found,) = findings(with_tasks(tmp_path, {name: "x"}))
    assert (found.rule.name, found.help) == ("misnamed-file", "did you mean rows.csv?")
    (found,) = findings(with_tasks(tmp_path, {name: "x", "tasks/rows.csv": "name\n"}))
    assert found.rule.name == "unused-file"


def test_a_scenario_beside_the_folder_of_scenarios(tmp_path: Path) -> None:
    (found,) = findings(with_tasks(tmp_path, {"late.yml": SAMPLE, "compose.yml": "steps:\n  - a\n"}))
    assert (found.rule.name, found.source.name) == ("misnamed-file", "late.yml")
    assert found.help == "a scenario is in scenarios/"


def test_folders_that_differ_by_case(tmp_path: Path) -> None:
    files = {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE, "Tasks/table.yml": OTHER.replace("other", "Tasks")}
    write(tmp_path, files)
    if len([name for name in tmp_path.iterdir() if name.name.casefold() == "tasks"]) < 2:
        pytest.skip("the file system ignores case")
    assert told(findings(tmp_path)) == [
        "tasks:1:1 duplicate-name: Tasks and tasks are one name on Windows and macOS, which keep only one (rename one)"
    ]


def test_files_that_differ_by_the_encoding_of_a_letter(tmp_path: Path) -> None:
    columns = "  - {name: x, type: number, formula: \u00e9.coda}\n  - {name: y, type: number, formula: e\u0301.coda}\n"
    files = {"t/table.yml": f"table: t\ncolumns:\n{columns}", "t/\u00e9.coda": "1\n", "t/e\u0301.coda": "2\n"}
    found = findings(write(tmp_path, files))
    assert [one.rule.name for one in found] == ["duplicate-name"]


KEPT = [
    "README.md",
    "README",
    "LICENSE",
    ".gitignore",
    ".editorconfig",
    "mkdocs.yml",
    "docker-compose.yml",
    "Makefile",
    "pyproject.toml",
    "package.json",
    "data.csv",
    "docs/index.md",
    "src/app.py",
    "assets/logo.png",
    "node_modules/x/table.yml",
    "tasks/README.md",
    "tasks/notes.txt",
    "tasks/board.png",
    "tasks/.DS_Store",
    "tasks/.rows.csv.swp",
    "tasks/Thumbs.db",
    "tasks/table.yml~",
    "tasks/table.yml.bak",
    "tasks/double.coda.orig",
    "tasks/#double.coda#",
    "tasks/double.coda.swp",
    "scenarios/README.md",
    "documents/picture.png",
    "documents/deep/guide.md",
    "other_project/doc.yml",
    "data/export.csv",
    "examples/table.md",
    ".github/workflows/check.yml",
    "doc.lock.yml",
    "migrations/notes.md",
]


@pytest.mark.parametrize("name", KEPT)
def test_what_people_keep_is_no_finding(tmp_path: Path, name: str) -> None:
    assert told(findings(with_tasks(tmp_path, {name: "x"}))) == []


def test_a_table_that_nothing_reads_is_not_dropped(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="nothing reads the folder other"):
        recall_sound(with_tasks(tmp_path, {"other/table.yaml": OTHER}))


@pytest.mark.parametrize("name", ["doc.yaml", "docs.yml", "Doc.yml", "doc.yml.txt"])
def test_a_project_whose_doc_has_another_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("doc: D\n")
    with pytest.raises(CannotRead, match=f"did you mean it by {name}"):
        find_root(tmp_path)


def test_a_clean_state_is_not_remembered_when_a_stray_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = with_tasks(tmp_path / "project")
    assert CliRunner().invoke(program, ["check", str(folder)]).exit_code == 0
    write(folder, {"other/table.yaml": OTHER})
    result = CliRunner().invoke(program, ["check", str(folder)])
    assert result.exit_code == 1
    assert "misnamed-file" in result.stdout


@pytest.mark.parametrize("name", ["table.yml", "rows.csv", "total.coda", "total.cases.yml"])
def test_a_right_name_means_itself(name: str) -> None:
    assert meant(name) == name


@pytest.mark.parametrize("name", ["stable.md", "timetable.yml", "data.csv", "notes.yml", "vocoder.py"])
def test_another_name_means_nothing(name: str) -> None:
    assert meant(name) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a privilege there")
def test_a_circle_of_links_in_the_folder_of_a_table(tmp_path: Path) -> None:
    root = with_tasks(tmp_path)
    (root / "tasks" / "a").symlink_to("b")
    (root / "tasks" / "b").symlink_to("a")
    assert [(one.rule.name, one.source.name) for one in findings(root)] == [
        ("unused-file", "tasks/a"),
        ("unused-file", "tasks/b"),
    ]
