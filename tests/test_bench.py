"""The benchmarks at their least size: all engines give the same results, and the command reports what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from codaform.bench.engines import ENGINES, INSTALLED_APART, ON_SERVER, WITH_JAVA
from codaform.bench.engines.engine import BenchEngine
from codaform.bench.measuring import Measurement, measure
from codaform.bench.report import growths, ratio, ratio_text, slope, time_text
from codaform.bench.running import BenchFailed, differences, engines_for, missing_engines, run_workload
from codaform.bench.sizes import SIZES, XS, growing
from codaform.bench.workloads import WORKLOADS
from codaform.cli.commands import bench
from codaform.cli.performance_page import performance_page, pictures
from codaform.cli.program import program
from codaform.pictures.svg import STYLE
from codaform.pictures.times import Times, time_bars, time_lines
from codaform.project.session import Session
from postgres_server import environment

APART = (*ON_SERVER, *WITH_JAVA)
THERE = [name for name in ENGINES if name not in APART and all(map(find_spec, INSTALLED_APART.get(name, ())))]

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *arguments: CliRunner().invoke(program, ["bench", *arguments], prog_name="codaform")


def engine(name: str, workload: str) -> BenchEngine:
    made: BenchEngine = import_module(f"codaform.bench.engines.{name}").engine(WORKLOADS[workload])
    return made


def measured_at(seconds: float, name: str = "rows", checksum: str = "a", size: str = "S") -> Measurement:
    return Measurement(name, "wholesale", size, 1.0, seconds, seconds / 10, 20.0, checksum, "")


# ------------------------------------------------------------ results


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.slow
def test_engines_agree(workload: str, tmp_path: Path) -> None:
    """After the first computing, after each edit, and when everything is forgotten then."""
    assert_agreement(workload, tmp_path, THERE)


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.slow
def test_engines_on_a_server_agree(workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_server(monkeypatch)
    assert_agreement(workload, tmp_path, ["python_indexed", *ON_SERVER])


def on_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the variables that name the server of the tests."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)


def assert_agreement(workload: str, tmp_path: Path, names: Sequence[str]) -> None:
    WORKLOADS[workload].write(tmp_path, XS)
    engines = [engine(name, workload) for name in names]
    for each in engines:
        each.load(tmp_path)
        each.compute()
    first = [[list(column) for column in each.results()] for each in engines]
    assert all(columns == first[0] for columns in first)
    for edit in WORKLOADS[workload].edits(XS):
        for each in engines:
            each.edit(edit)
        after = [[list(column) for column in each.results()] for each in engines]
        assert all(columns == after[0] for columns in after), edit
    assert after[0] != first[0]
    engines[0].forget()
    engines[0].compute()
    assert [list(column) for column in engines[0].results()] == after[0]
    for each in engines:
        each.close()


@pytest.mark.parametrize("workload", WORKLOADS)
def test_results_have_blanks_and_values(workload: str, tmp_path: Path) -> None:
    """No result column is the same in all rows: an engine that computes nothing is found."""
    WORKLOADS[workload].write(tmp_path, XS)
    by_hand = engine("python_indexed", workload)
    by_hand.load(tmp_path)
    by_hand.compute()
    for (table, column), values in zip(WORKLOADS[workload].results, by_hand.results(), strict=True):
        assert len({str(value) for value in values}) > 2, (table, column)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_projects_are_sound(workload: str, tmp_path: Path) -> None:
    WORKLOADS[workload].write(tmp_path, XS)
    project = Session.open(tmp_path)
    said = [*project.project.diagnostics, *project.formula_diagnostics, *project.row_diagnostics]
    assert [diagnostic.message for diagnostic in said if diagnostic.rule.severity != "info"] == []


def test_rows_are_the_same_each_time(tmp_path: Path) -> None:
    sprints = WORKLOADS["range_join"].tables["sprints"].rows
    assert next(iter(sprints(XS, Random(1)))) == (1, "Sprint 1", "2020-01-06", "2020-01-19")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        WORKLOADS["wholesale"].write(tmp_path / name, XS)
    read = [(tmp_path / name / "lines" / "rows.csv").read_text() for name in ("one", "two")]
    assert read[0] == read[1]
    assert len(read[0].splitlines()) == XS.lines + 1


def test_an_edit_reads_what_it_reached(tmp_path: Path) -> None:
    """When an edit of codaform is over, no cell of the results is unknown."""
    workload = WORKLOADS["wholesale"]
    workload.write(tmp_path, XS)
    rows = import_module("codaform.bench.engines.rows").engine(workload)
    rows.load(tmp_path)
    rows.compute()
    rows.edit(workload.edits(XS)[0])
    unknown = rows.book.traced()
    before = [list(column) for column in rows.results()]
    assert unknown == []
    rows.forget()
    assert [list(column) for column in rows.results()] == before


# ------------------------------------------------------------ measuring


@pytest.mark.slow
def test_a_measurement(tmp_path: Path) -> None:
    WORKLOADS["range_join"].write(tmp_path, XS)
    names = ("python_indexed", "naive")
    first, second = (measure(engine(name, "range_join"), name, tmp_path, XS) for name in names)
    assert (first.engine, first.workload, first.size) == ("python_indexed", "range_join", "XS")
    assert first.checksum == second.checksum
    assert len(first.checksum) == 16
    assert first.peak_mb > 1


@pytest.mark.slow
def test_other_results_have_another_checksum(tmp_path: Path) -> None:
    WORKLOADS["range_join"].write(tmp_path, XS)
    other = replace(WORKLOADS["range_join"], edits=lambda size: WORKLOADS["range_join"].edits(size)[:1])
    made = import_module("codaform.bench.engines.python_indexed").engine
    sums = {measure(made(workload), "x", tmp_path, XS).checksum for workload in (WORKLOADS["range_join"], other)}
    assert len(sums) == 2


def test_naive_loops_are_for_few_rows() -> None:
    workload = WORKLOADS["wholesale"]
    assert "naive" in engines_for(workload, SIZES["S"], ENGINES)
    assert "naive" not in engines_for(workload, SIZES["M"], ENGINES)
    assert engines_for(workload, SIZES["M"], ("rows",)) == ["rows"]


def test_ordered_sums_are_for_workloads_with_sums() -> None:
    names = ("duckdb", "duckdb_exact")
    assert engines_for(WORKLOADS["range_join"], XS, names) == ["duckdb"]
    assert engines_for(WORKLOADS["aggregates"], XS, names) == ["duckdb", "duckdb_exact"]


def test_without_a_server_its_engines_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed: the extra postgres")
    for name in ("PGHOST", "PGPORT"):
        monkeypatch.setenv(name, {"PGHOST": "127.0.0.1", "PGPORT": "1"}[name])
    missing = missing_engines(("rows", "postgres"))
    assert [*missing] == ["postgres"]
    assert re.match(r"PGHOST and the like name no PostgreSQL server \(connection[^\n]*\)$", missing["postgres"])


@pytest.mark.slow
def test_what_fails_says_why() -> None:
    broken = replace(WORKLOADS["range_join"], name="none")
    with pytest.raises(BenchFailed, match="python_indexed failed at none XS: KeyError: 'none'"):
        run_workload(broken, XS, ["python_indexed"], lambda: None)


# ------------------------------------------------------------ the report


def test_ratios_are_of_one_workload_and_size() -> None:
    base, mine = measured_at(2.0, "python_indexed"), measured_at(3.0)
    assert ratio([base, mine], mine, "compute_s") == 1.5
    assert ratio([base, mine], replace(mine, size="M"), "compute_s") is None
    assert ratio([mine], mine, "edit_s") is None


def test_differences_are_listed() -> None:
    same = [measured_at(1.0), measured_at(1.0, "naive")]
    assert differences(same) == []
    assert differences([*same, measured_at(1.0, "duckdb", "b")]) == [
        "different results of wholesale S: rows a, naive a, duckdb b"
    ]


def test_slopes() -> None:
    assert slope([10, 20, 40], [1.0, 2.0, 4.0]) == 1
    assert slope([10, 20, 40], [1.0, 4.0, 16.0]) == 2
    assert slope([10, 20, 40], [3.0, 3.0, 3.0]) == 0


def test_growth_of_what_was_measured_at_all_sizes() -> None:
    sizes = growing(100)
    assert [size.lines for size in sizes] == [100, 200, 400, 800, 1600, 3200]
    mine = [measured_at(float(size.lines), size=size.name) for size in sizes]
    rows = [size.lines for size in sizes]
    (grown,) = growths([*mine, measured_at(1.0, "naive", size="100")], rows)
    assert (grown.engine, grown.load_slope, grown.compute_slope, grown.edit_slope) == ("rows", 0, 1, 1)


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.345, "12.3 s"), (1.0, "1 s"), (0.0123, "12.3 ms"), (0.00001, "10 µs"), (0.0, "0 µs")]
)
def test_times(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_ratio_texts() -> None:
    assert [ratio_text(value) for value in (None, 1.5, 12.4, 14_400.0)] == ["", "1.50", "12", "14,400"]


# ------------------------------------------------------------ the command

FEW = ("--size", "XS", "--workload", "range_join", "--engine", "rows", "--engine", "python_indexed")


def test_the_command_knows_all_names() -> None:
    assert (bench._SIZES, bench._WORKLOADS, bench._ENGINES) == (tuple(SIZES), tuple(WORKLOADS), ENGINES)


@pytest.mark.slow
def test_measurements_as_json(run: Run) -> None:
    result = run(*FEW, "--json")
    assert result.exit_code == 0, result.output
    rows, by_hand = json.loads(result.stdout)
    keys = "engine workload size load_s compute_s edit_s peak_mb checksum version"
    assert list(rows) == keys.split()
    assert (rows["engine"], by_hand["engine"]) == ("rows", "python_indexed")
    assert rows["checksum"] == by_hand["checksum"]
    assert all(rows[key] > 0 for key in ("load_s", "compute_s", "edit_s", "peak_mb"))


@pytest.mark.slow
def test_measurements_as_a_table(run: Run) -> None:
    result = run(*FEW)
    assert result.exit_code == 0, result.output
    title, heading, _, rows, by_hand, *_ = result.stdout.splitlines()
    assert title == "range_join XS: the tasks of each sprint, by their date"
    assert heading.split() == ["engine", "load", "compute", "ratio", "one", "edit", "ratio", "peak"]
    assert rows.startswith("rows ")
    assert by_hand.split()[5] == "1.00"


@pytest.mark.slow
def test_growth_as_json(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codaform.bench.sizes.STEPS", 2)
    result = run("--growth", *FEW, "--json")
    assert result.exit_code == 0, result.output
    grown = json.loads(result.stdout)
    assert [each["engine"] for each in grown] == ["rows", "python_indexed"]
    assert grown[0]["rows"] == [80, 160]
    assert len(grown[0]["edit_s"]) == 2


@pytest.mark.slow
def test_growth_as_a_table(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codaform.bench.sizes.STEPS", 2)
    result = run("--growth", *FEW)
    assert result.exit_code == 0, result.output
    title, heading, _, rows, by_hand, *_ = result.stdout.splitlines()
    assert title == "range_join from 80 to 160 rows: the tasks of each sprint, by their date"
    assert heading.split() == ["engine", "load", "compute", "one", "edit", "first", "last"]
    assert (rows.split()[0], by_hand.split()[0]) == ("rows", "python_indexed")


def test_engines_that_differ_are_findings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = [measured_at(1.0), measured_at(1.0, "python_indexed", "b")]
    monkeypatch.setattr("codaform.bench.running.run_workload", lambda *_: measured)
    result = run(*FEW)
    assert result.exit_code == 1
    assert "different results of wholesale S: rows a, python_indexed b" in result.stderr


def test_an_engine_that_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[Measurement]:
        raise BenchFailed("rows failed at wholesale S: no memory")

    monkeypatch.setattr("codaform.bench.running.run_workload", fail)
    result = run(*FEW)
    assert (result.exit_code, result.stderr) == (2, "codaform: rows failed at wholesale S: no memory\n")


@pytest.mark.slow
def test_what_is_not_installed_is_left_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codaform.bench.running.find_spec", lambda _: None)
    result = run(*FEW, "--engine", "duckdb", "--json")
    assert "duckdb is left out: duckdb is not installed" in result.stderr
    assert "polars" not in result.stderr
    assert [each["engine"] for each in json.loads(result.stdout)] == ["rows", "python_indexed"]


def test_growth_begins_with_one_size(run: Run) -> None:
    result = run("--growth", "--size", "S", "--size", "M")
    assert result.exit_code == 2
    assert "--growth takes one --size" in result.stderr


# ------------------------------------------------------------ the page


def test_the_page_of_measurements() -> None:
    measured = [measured_at(3.0), measured_at(2.0, "python_indexed"), measured_at(1.0, "duckdb", "b")]
    page = performance_page(measured, "two cores", "2026-01-31")
    assert "Measured on 2026-01-31: two cores" in page
    assert "| S | rows | 1 s | 3 s (1.50) | 4 s | 300 ms (1.50) | 20 MB |" in page
    assert "| S | duckdb (other results) |" in page
    assert 'Where `rows` has "other results"' in page
    assert "other results" not in performance_page(measured[:2], "two cores", "2026-01-31")
    assert "orders.total = lines.Filter(order = thisRow).amount.Sum()" in page
    assert "10,000,000 steps for one row" in page


def test_generated_sql_is_beside_sql_by_hand() -> None:
    measured = [measured_at(3.0, "duckdb_generated"), measured_at(2.0, "duckdb"), measured_at(6.0, "duckdb_exact")]
    measured += [measured_at(1.0, "postgres_generated"), measured_at(4.0, "postgres")]
    page = performance_page(measured, "two cores", "2026-01-31")
    assert "| wholesale | S | DuckDB | 3 s | 2 s | 1.50 | 6 s | 0.50 |" in page
    assert "| wholesale | S | PostgreSQL | 1 s | 4 s | 0.25 |  |  |" in page
    assert "Generated SQL" not in performance_page(measured[1:3], "two cores", "2026-01-31")


def test_the_committed_page_has_all_workloads() -> None:
    page = (Path(__file__).parents[1] / "docs" / "reference" / "performance.md").read_text("utf-8")
    for workload in WORKLOADS:
        assert f"\n## {workload}\n" in page


# ------------------------------------------------------------ pictures


def of_times(**seconds: tuple[float, ...]) -> list[Times]:
    """Engines with their times for 100, 1,000 … rows. The name `own` stands out."""
    return [
        Times(name, name == "own", tuple((100 * 10**at, time) for at, time in enumerate(times)))
        for name, times in seconds.items()
    ]


def texts_of(picture: str) -> dict[str, tuple[float, float]]:
    """The texts of a picture with their places."""
    found = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return {text.text or "": (float(text.attrib["x"]), float(text.attrib["y"])) for text in found}


def test_lines_of_times_have_their_names_apart() -> None:
    """Three engines that take the same have three names, one below the other, and the axes have powers of ten."""
    engines = of_times(own=(1e-3, 1e-2), one=(2e-3, 1e-2), two=(4e-3, 1e-2), slow=(5e-2, 3.0))
    picture = time_lines(engines, "How long", "as told", time_text)
    texts = texts_of(picture)
    assert {"100", "1,000", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "rows"} <= texts.keys()
    heights = sorted(texts[name][1] for name in ("own", "one", "two"))
    assert min(after - before for before, after in pairwise(heights)) >= 14.9
    assert texts["slow"][1] < heights[0]
    assert picture == time_lines(engines, "How long", "as told", time_text)
    assert picture.replace(STYLE, "").count("wire computed") == 1
    assert len(re.findall(r'class="wire[^"]*"><path d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+"', picture)) == 4


def test_bars_of_times_begin_with_the_shortest() -> None:
    picture = time_bars(of_times(slow=(2.0,), own=(1e-3,), mid=(0.1,)), "How long", "as told", time_text)
    texts = texts_of(picture)
    assert texts["own"][1] < texts["mid"][1] < texts["slow"][1]
    widths = [float(width) for width in re.findall(r'<rect class="bar[^>]* width="([\d.]+)"', picture)]
    assert widths == sorted(widths)
    assert 0 < widths[0] < widths[1] / 2
    assert {"1 ms", "100 ms", "2 s"} <= texts.keys()


def test_the_page_of_measurements_has_its_pictures() -> None:
    def of(engine: str, size: str, seconds: float) -> Measurement:
        return Measurement(engine, "aggregates", size, 1.0, seconds, 1.0, 1.0, "same", engine)

    measured = [of("columns", "S", 1e-3), of("columns", "M", 1e-2), of("naive", "S", 1.0), of("duckdb", "M", 0.5)]
    page, drawn = performance_page(measured, "a machine", "today"), pictures(measured)
    assert [*drawn] == ["aggregates_lines.svg", "aggregates_bars.svg"]
    assert all(f"(../images/performance/{name})" in page for name in drawn)
    assert "columns" in texts_of(drawn["aggregates_lines.svg"])
    assert texts_of(drawn["aggregates_bars.svg"]).keys() >= {"columns", "duckdb", "10 ms", "500 ms"}
    assert "naive" not in texts_of(drawn["aggregates_bars.svg"])
    assert [*pictures(measured[:1])] == ["aggregates_bars.svg"]
