"""DuckDB computes tables that are in files of Parquet, and writes them whole or not at all."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from codaform.project.computed import computed_columns
from codaform.project.session import Session
from codaform.sql.duckdb_files import compute_files
from codaform.sql.engine_error import EngineError
from codaform.sql.whole_tables import TargetFolder, WrittenTables
from projects import write

SPRINTS = """\
table: sprints
columns:
  - {name: name, type: text, display: true}
  - {name: tasks, type: relation, to: tasks, many: true, reverse: sprint}
  - {name: hours, type: number, formula: hours.coda}
  - {name: per_task, type: number, formula: per_task.coda}
"""
TASKS = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: sprint, type: relation, to: sprints}
  - {name: due, type: date}
  - {name: label, type: text, formula: label.coda}
"""
FILES = {
    "doc.yml": "doc: Studio\n",
    "sprints/table.yml": SPRINTS,
    "sprints/hours.coda": "thisRow.tasks.hours.Sum()\n",
    "sprints/per_task.coda": "thisRow.hours / thisRow.tasks.Count()\n",
    "tasks/table.yml": TASKS,
    "tasks/label.coda": 'thisRow.sprint.name & ": " & thisRow.due.ToText("YYYY-MM-DD")\n',
}


def parquet(path: Path, **columns: object) -> str:
    """A file with columns, as a path."""
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return str(path)


@pytest.fixture
def computed(tmp_path: Path) -> Callable[..., WrittenTables]:
    """Computes the project's tables from files, into the folder `out`."""
    session = Session.open(write(tmp_path / "project", FILES))

    def compute(**inputs: list[str]) -> WrittenTables:
        out = tmp_path / "out"
        names = {name: f"{name}.parquet" for name in inputs}
        nodes = [node for node in computed_columns(session.project.doc) if node.name != "tasks"]
        return compute_files(session.book, session.needs, nodes, inputs, TargetFolder(out, tmp_path, names))

    return compute


def asked(statement: str) -> list[tuple[object, ...]]:
    """What DuckDB finds."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        found: list[tuple[object, ...]] = connection.execute(statement).fetchall()
        return found


def lines(path: Path) -> list[tuple[object, ...]]:
    """The rows of a file, in their order."""
    return asked(f"SELECT * FROM '{path}' ORDER BY row")


def test_tables_are_computed_from_several_files(computed: Callable[..., WrittenTables], tmp_path: Path) -> None:
    sprints = parquet(tmp_path / "s.parquet", name=["S1", "S2", ""])
    parquet(tmp_path / "t1.parquet", name=["a", "b"], hours=[1, 2], sprint=[0, 1], due=[date(2026, 1, 5), None])
    parquet(tmp_path / "t2.parquet", name=["c"], hours=[4], sprint=[0], due=[date(2026, 1, 6)])
    found = computed(sprints=[sprints], tasks=[str(tmp_path / "t*.parquet")])
    assert (found.rows, found.left) == ({"sprints": 3, "tasks": 3}, [])
    assert lines(tmp_path / "out/sprints.parquet") == [(0, "S1", 5.0, 2.5), (1, "S2", 2.0, 2.0), (2, None, 0.0, None)]
    assert [line[:1] + line[-1:] for line in lines(tmp_path / "out/tasks.parquet")] == [
        (0, "S1: 2026-01-05"),
        (1, "S2: "),
        (2, "S1: 2026-01-06"),
    ]
    assert {node.name: count for node, count in found.flagged.items()} == {"per_task": 1}


def test_lists_and_moments_are_read_and_written(tmp_path: Path) -> None:
    moments = [datetime(2026, 1, 5, 9, 30, tzinfo=UTC), None]
    sums = "thisRow.hours.Sum()\n"
    columns = (
        "  - {name: name, type: text, display: true}\n  - {name: at, type: datetime}\n"
        "  - {name: hours, type: number, many: true}\n  - {name: before, type: tasks, many: true}\n"
        "  - {name: sum, type: number, formula: sum.coda}\n"
    ).replace("type: tasks", "type: relation, to: tasks")
    files = {"doc.yml": "doc: Lists\n", "tasks/table.yml": f"table: tasks\ncolumns:\n{columns}", "tasks/sum.coda": sums}
    session = Session.open(write(tmp_path / "project", files))
    given = parquet(tmp_path / "t.parquet", name=["a", "b"], at=moments, hours=[[1, 2], [3]], before=[[], [0]])
    out = TargetFolder(tmp_path / "out", tmp_path, {"tasks": "tasks.parquet"})
    compute_files(session.book, session.needs, computed_columns(session.project.doc), {"tasks": [given]}, out)
    made = pyarrow.parquet.read_table(tmp_path / "out/tasks.parquet").to_pydict()
    assert [moment and moment.astimezone(UTC) for moment in made["at"]] == moments
    assert (made["hours"], made["before"], made["sum"]) == ([[1.0, 2.0], [3.0]], [[], [0]], [3.0, 3.0])


def test_files_of_another_type_are_refused_and_nothing_is_written(
    computed: Callable[..., WrittenTables], tmp_path: Path
) -> None:
    sprints = parquet(tmp_path / "s.parquet", name=["S1"])
    with pytest.raises(EngineError, match=r"tasks\.hours is VARCHAR in its files; number is read from any type of num"):
        computed(
            sprints=[sprints], tasks=[parquet(tmp_path / "t.parquet", name=["a"], hours=["1"], sprint=[0], due=[None])]
        )
    with pytest.raises(EngineError, match="the files of tasks have no column hours, sprint, due; they have name"):
        computed(sprints=[sprints], tasks=[parquet(tmp_path / "t.parquet", name=["a"])])
    with pytest.raises(EngineError, match="tasks is read, and no files are named for it: --input tasks=FILES"):
        computed(sprints=[sprints])
    with pytest.raises(EngineError, match=r"DuckDB stopped: .*nothing\.parquet"):
        computed(sprints=[str(tmp_path / "nothing.parquet")], tasks=[sprints])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project", "s.parquet", "t.parquet"]


LARGE = """
import sys
from pathlib import Path
from codaform.project.computed import computed_columns
from codaform.project.session import Session
from codaform.sql.duckdb_files import compute_files
from codaform.sql.whole_tables import TargetFolder

folder = Path(sys.argv[1])
session = Session.open(folder / "project")
nodes = [node for node in computed_columns(session.project.doc) if node.name == "hours"]
inputs = {"sprints": [str(folder / "s.parquet")], "tasks": [str(folder / "t.parquet")]}
target = TargetFolder(folder / "out", folder, {"sprints": "sprints.parquet", "tasks": "tasks.parquet"})
compute_files(session.book, session.needs, nodes, inputs, target, memory="1500MB")
"""


@pytest.mark.large
@pytest.mark.timeout(900)
def test_a_hundred_million_rows_need_little_memory(tmp_path: Path) -> None:
    write(tmp_path / "project", FILES)
    asked(f"COPY (SELECT 'S' || i AS name FROM range(5200) r(i)) TO '{tmp_path / 's.parquet'}'")
    row = "NULL::VARCHAR AS name, (i % 160) * 0.25::DOUBLE AS hours, (i * 7919) % 5200 AS sprint, NULL::DATE AS due"
    asked(f"COPY (SELECT {row} FROM range(100_000_000) r(i)) TO '{tmp_path / 't.parquet'}'")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run([sys.executable, "-c", LARGE, str(tmp_path)], env=os.environ, check=False)
    assert done.returncode == 0
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert most == before or most < 3_000_000, "the kilobytes of the largest process"
    counted = asked(f"SELECT count(*), sum(hours) FROM '{tmp_path / 'out/sprints.parquet'}'")
    assert counted == [(5200, 100_000_000 // 160 * sum(hour * 0.25 for hour in range(160)))]
    assert asked(f"SELECT count(*) FROM '{tmp_path / 'out/tasks.parquet'}'") == [(100_000_000,)]
