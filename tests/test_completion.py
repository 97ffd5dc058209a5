"""Completion: the offered words, and how bash, zsh and fish read them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from codaform.cli.commands.completion import SHELLS, word_at
from codaform.cli.program import program
from projects import write
from shells import Shell

TABLE = """\
table: My tasks
about: The work to do.
columns:
  - {name: name, type: text, display: true}
  - {name: "due: date", type: text}
  - {name: "it's", type: button, action: a.coda}
views:
  - {name: 'The "odd" view'}
"""

FILES = {
    "doc.yml": "doc: D\ntime_zone: UTC\n"
    "environments: {staging: {doc: abcdefghijk}, production: {doc: bcdefghijkl}}\n"
    "formulas:\n  - {name: Rate, type: number, formula: 1 + 1}\n",
    "My tasks/table.yml": TABLE,
    "My tasks/a.coda": 'Notify(User(), "x")\n',
    "My tasks/rows.csv": 'name\n"Plan: the, first"\n"it\'s ""odd"""\n$HOME\nb\\c\n',
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose names have spaces, quotes, colons and commas; it is the current folder."""
    monkeypatch.chdir(write(tmp_path / "project", FILES))
    return tmp_path / "project"


def offered(words: list[str], begun: str) -> list[str]:
    """The completions of a word."""
    shell = ShellComplete(program, {}, "codaform", "_CODAFORM_COMPLETE")
    return [str(item.value) for item in shell.get_completions(words, begun)]


ROWS = ["Plan: the, first", 'it\'s "odd"', "$HOME", "b\\c"]


@pytest.mark.parametrize(
    ("words", "begun", "values"),
    [
        (["show"], "", ["My tasks", 'The "odd" view', "Rate"]),
        (["show"], "my", ["My tasks"]),
        (["show", "My tasks", "--columns"], "", ["name", "due: date", "it's"]),
        (["show", "My tasks", "--columns"], "name,d", ["name,due: date"]),
        (["show", 'The "odd" view', "--columns"], "n", ["name"]),
        (["eval", "--table"], "M", ["My tasks"]),
        (["eval", "--column"], "my tasks.d", ["My tasks.due: date"]),
        (["eval", "--table", "My tasks", "--row"], "", ROWS),
        (["eval", "--column", "My tasks.name", "--row"], "P", ROWS[:1]),
        (["press"], "", ["My tasks.it's"]),
        (["press", "My tasks.it's", "--row"], "", ROWS),
        (["check", "--stdin", "--table", "My tasks", "--column"], "d", ["due: date"]),
        (["plan", "--to"], "", ["staging", "production", "local"]),
        (["drift", "--to"], "s", ["staging"]),
        (["promote", "--from"], "p", ["production"]),
        (["restore", "kept.json", "--to"], "l", ["local"]),
        (["plan", "--project", "nowhere", "--to"], "", []),
    ],
)
def test_names_of_the_project_are_offered(words: list[str], begun: str, values: list[str], folder: Path) -> None:
    assert offered(words, begun) == values


def test_nothing_is_offered_outside_of_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered(["show"], "") == []
    assert offered(["plan", "--to"], "") == []


@pytest.mark.parametrize(
    ("line", "word", "quote"),
    [
        ("codaform show ", "", ""),
        ("codaform show M", "M", ""),
        ("codaform show 'My t", "'My t", "'"),
        ('codaform show "My t', '"My t', '"'),
        ("codaform show My\\ t", "My\\ t", ""),
        ("codaform show 'a b'c", "'a b'c", ""),
        ('codaform show "a\\" b', '"a\\" b', '"'),
    ],
)
def test_the_word_that_is_begun(line: str, word: str, quote: str) -> None:
    assert word_at(line) == (word, quote)


@pytest.mark.parametrize(
    ("line", "seen", "value"),
    [
        ("codaform show M", "M", "My\\ tasks"),
        ("codaform show 'M", "M", "My tasks"),
        ('codaform show "T', "T", 'The \\"odd\\" view'),
        ("codaform press 'M", "M", "My tasks.it'\\''s"),
        ('codaform press "My tasks.it\'s" --row Plan:', "", "\\ the,\\ first"),
        ('codaform press "My tasks.it\'s" --row "$', "$", "\\$HOME"),
        ("codaform plan --to=st", "st", "staging"),
    ],
)
def test_bash_gets_what_it_puts_in_place_of_the_word(
    line: str, seen: str, value: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {"COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_WORD": seen}.items():
        monkeypatch.setenv(name, text)
    assert SHELLS["bash"](program, {}, "codaform", "_CODAFORM_COMPLETE").complete() == f"plain,{value}"


# ------------------------------------------------------------ in the shells themselves

TYPED = {
    "codaform sho": ["show"],
    "codaform show 'M": ["show", "My tasks"],
    'codaform show "M': ["show", "My tasks"],
    "codaform show My\\ t": ["show", "My tasks"],
    "codaform show The": ["show", 'The "odd" view'],
    "codaform press My\\ tasks.": ["press", "My tasks.it's"],
    'codaform press "My tasks.it\'s" --row Plan:': ["press", "My tasks.it's", "--row", ROWS[0]],
    'codaform press "My tasks.it\'s" --row it': ["press", "My tasks.it's", "--row", ROWS[1]],
    'codaform press "My tasks.it\'s" --row \\$': ["press", "My tasks.it's", "--row", ROWS[2]],
    'codaform press "My tasks.it\'s" --row b': ["press", "My tasks.it's", "--row", ROWS[3]],
    "codaform plan --to=st": ["plan", "--to=staging"],
    "codaform show 'My tasks' --columns name,d": ["show", "My tasks", "--columns", "name,due: date"],
}
"""The text typed before the key is pressed, and the words that the shell then reads."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_reads_what_it_completed(name: str, folder: Path, tmp_path: Path) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    made = subprocess.run(
        [Path(sys.executable).with_name("codaform"), "completion", name],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    script = tmp_path / f"codaform.{name}"
    script.write_text(made.stdout, "utf-8")
    shell = Shell(name, folder, script)
    try:
        assert {typed: shell.words(typed) for typed in TYPED} == TYPED
    finally:
        shell.close()


def test_each_shell_has_its_script() -> None:
    for name, shell in SHELLS.items():
        if name == "bash" and shutil.which("bash") is None:
            continue
        text = shell(program, {}, "codaform", "_CODAFORM_COMPLETE").source()
        assert f"_CODAFORM_COMPLETE={name}_complete" in text
        assert isinstance(shell, type)
        assert click.shell_completion.ShellComplete in shell.__mro__
