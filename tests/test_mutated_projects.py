"""Projects whose files were changed by slips and on purpose: findings with a place, never an exception or a hang.

`CODAFORM_MUTATIONS` is how many projects are tried (30), `CODAFORM_SEED` which ones. With 30000 the whole run takes an
hour, and says which project took longest. Locks, journals, plans and snapshots: tests/test_mutated_files.py.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from codaform.cli.output.grid import grid
from codaform.cli.output.values import json_value, table_cell
from codaform.cli.program import program
from codaform.cli.select import fix_selected, select
from codaform.deploy.lock import read_lock
from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.formats import FORMATS, Report
from codaform.model.schema import views
from codaform.model.values import Error
from codaform.project.check import check_project
from codaform.project.files import CannotRead, read_text
from codaform.project.layouts import formula_files, laid_out
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.suite import run_suite
from codaform.site.build.settings import find_folders
from codaform.site.build.site_files import make_site
from codaform.source import Source
from mutations import mutated, whole_project

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("CODAFORM_MUTATIONS", "30"))
SEED = int(os.environ.get("CODAFORM_SEED", "11"))

MOST_SECONDS = 5.0
"""Of the processor, for everything that is asked of one project."""

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check", "--strict"),
    ("check", "--fix", "--unsafe-fixes"),
    ("test",),
    ("fmt",),
    ("show", "tasks"),
    ("show", "Open tasks", "--format", "csv"),
    ("show", "Late ones", "--format", "json"),
    ("show", "Limit"),
    ("eval", "tasks.Count() + Limit"),
    ("press", "tasks.finish", "--row", "Ship"),
    ("press", "Next week"),
    ("rename", "tasks.hours", "strain"),
    ("docs", "build", "--pages"),
)
"""Commands as a person gives them; every fifth project gets one."""


def gone_through(folder: Path, chance: random.Random) -> list[str]:
    """The unexpected results of every command on a project: exceptions, and findings that ask for a report."""
    found = list(_faults(read(folder)))
    if chance.random() < 0.1:
        session = Session(read_project(folder, ""))
        found += _faults(make_site(session, find_folders(folder, folder)).gathered.problems)
    if chance.random() < 0.3:
        for _ in fix_selected(select((folder,)), unsafe=chance.random() < 0.5):
            pass
        found += _faults(check_project(read_project(folder, "")))
    if chance.random() < 0.2:
        with suppress(CannotRead):
            read_lock(folder)
        words = chance.choice(COMMANDS)
        result = CliRunner().invoke(program, words)
        if not isinstance(result.exception, SystemExit | None) or "internal error" in result.output:
            found.append(f"{' '.join(words)}: {result.exception!r} {result.output[-200:]}")
    return found


def read(folder: Path) -> Iterator[Diagnostic]:
    """All messages about a project from check, test, show and fmt."""
    session = Session(read_project(folder, ""))
    doc, book = session.project.doc, session.book
    found = check_project(session.project)
    for one in found:
        assert 0 <= one.span.start <= one.span.end <= len(one.source.text), one
    for write_report in FORMATS.values():
        write_report(Report(found, session.project.files, "1"))
    yield from found
    for outcome in run_suite(session.project, session=session):
        yield from outcome.diagnostics
    values: list[object] = [book.evaluate(session.bind(Source("e", "1 + 1"))[0])]
    for name in [*doc.tables, *(view.name for view in views(doc))]:
        seen = grid(session, name, None, None)
        values += [value for row in seen.values for value in row] if seen is not None else []
    values += [book.named_value(name) for name in doc.formulas]
    for value in values:
        table_cell(value, book)
        json_value(value, book)
        if isinstance(value, Error) and value.rule == rules.INTERNAL_ERROR.name:
            raise AssertionError(value.message)
    for path in formula_files((folder,)):
        source, problems = read_text(path, path.as_posix())
        if not problems:
            yield from laid_out(source)[1]


def _faults(found: Iterable[Diagnostic]) -> Iterator[str]:
    return (f"{one.source.name}: {one.message}" for one in found if one.rule == rules.INTERNAL_ERROR)


def written(folder: Path, files: dict[str, bytes]) -> None:
    """A folder with these files alone."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        path = folder / name
        with suppress(OSError):  # of two names of which one is the other's folder
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


@pytest.mark.timeout(0)
def test_no_change_of_a_file_ends_in_an_exception(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "project"
    whole = whole_project()
    wrong: dict[int, list[str]] = {}
    slowest = (0.0, 0)
    for seed in range(SEED * 1_000_000, SEED * 1_000_000 + COUNT):
        chance = random.Random(seed)
        written(folder, mutated(whole, chance))
        monkeypatch.chdir(folder)
        started = time.process_time()
        try:
            found = gone_through(folder, chance)
        except CannotRead:
            found = []
        except Exception as error:
            found = [f"{type(error).__name__}: {error}"]
        if found:
            wrong[seed] = found
        slowest = max(slowest, (time.process_time() - started, seed))
    print(f"{COUNT:,} projects; the slowest took {slowest[0]:.2f} s of CPU: {slowest[1]}")  # noqa: T201
    assert wrong == {}
    if COUNT > 1_000:
        assert slowest[0] < MOST_SECONDS, slowest
