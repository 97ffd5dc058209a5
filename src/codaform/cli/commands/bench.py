"""The command `bench`."""

from __future__ import annotations

import click

_SIZES = ("XS", "S", "M", "L")
_WORKLOADS = ("range_join", "aggregates", "aggregates_filter", "wholesale")
_ENGINES = (
    "rows", "columns", "duckdb_generated", "postgres_generated", "spark_generated", "python_indexed", "naive",
    "numpy_by_hand", "polars", "duckdb", "duckdb_exact", "postgres", "postgres_exact", "spark",
)  # fmt: skip


@click.command("bench")
@click.option("--size", "sizes", multiple=True, type=click.Choice(_SIZES), help="How many rows; S by default.")
@click.option(
    "--workload", "workloads", multiple=True, type=click.Choice(_WORKLOADS), help="Only this workload; all by default."
)
@click.option("--engine", "engines", multiple=True, type=click.Choice(_ENGINES), help="Only this engine.")
@click.option(
    "--growth",
    is_flag=True,
    help="Measure six sizes, each twice the one before: how times grow with the rows.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the measurements as a list of objects.")
def command(
    sizes: tuple[str, ...],
    workloads: tuple[str, ...],
    engines: tuple[str, ...],
    growth: bool,
    as_json: bool,
) -> None:
    """Measure the speed on this machine, beside other engines.

    Each engine computes the same rows in a process of its own, on one thread: codaform (rows, columns, and its SQL in
    DuckDB, on a PostgreSQL server and in Spark), Python written by hand with indexes and with naive loops, and, where
    they are installed, numpy, Polars, DuckDB, PostgreSQL and Spark by hand. The server is the one that PGHOST and the
    like name; Spark has two threads. Times are CPU time, of PostgreSQL and Spark wall time: of loading the files, of
    computing everything, and of one edit until every cell is right again.

    The exit code is 1 if two engines have different results.

    \b
    Examples:
      codaform bench
      codaform bench --size M --workload wholesale
      codaform bench --size L --engine rows --engine python_indexed --json
      codaform bench --growth --engine rows
    """
    if growth and len(sizes) > 1:
        raise click.UsageError("--growth takes one --size: the smallest.")

    from dataclasses import asdict

    from codaform.bench.measuring import Measurement
    from codaform.bench.report import growths
    from codaform.bench.running import BenchFailed, differences, engines_for, missing_engines, run_workload
    from codaform.bench.sizes import SIZES, growing
    from codaform.bench.workloads import WORKLOADS
    from codaform.cli.output.measurements import put_growths, put_measurements
    from codaform.cli.program import CouldNotRun
    from codaform.cli.progress import patient_progress
    from codaform.cli.terminal import exit_if, put_json, say

    chosen = list(engines or _ENGINES)
    for name, why in missing_engines(chosen).items():
        chosen.remove(name)
        say(f"{name} is left out: {why}")
    sizes = sizes or ("S",)
    measured_sizes = growing(SIZES[sizes[0]].lines) if growth else [SIZES[size] for size in sizes]
    tasks = [
        (WORKLOADS[workload], size, engines_for(WORKLOADS[workload], size, chosen))
        for workload in workloads or _WORKLOADS
        for size in measured_sizes
    ]
    total = sum(len(names) for *_, names in tasks)
    measured: list[Measurement] = []
    with patient_progress("measuring", total, patience=1) as advance:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            advance(done)

        for workload, size, names in tasks:
            try:
                measured += run_workload(workload, size, names, step)
            except BenchFailed as failed:
                raise CouldNotRun(str(failed)) from None
    if growth:
        grown = growths(measured, [size.lines for size in measured_sizes])
        put_json([asdict(each) for each in grown]) if as_json else put_growths(grown)
    elif as_json:
        put_json([asdict(each) for each in measured])
    else:
        put_measurements(measured)
    different = differences(measured)
    for line in different:
        say(line)
    exit_if(bool(different))
