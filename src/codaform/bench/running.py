"""Runs measurements, each in a process of its own, on one thread, and compares them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from codaform.bench.engines import ENGINES, EXACT, INSTALLED_APART, ON_SERVER, WITH_JAVA
from codaform.bench.measuring import Measurement
from codaform.bench.sizes import SIZES, Size
from codaform.bench.workload import Workload

_ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

_NAIVE_UP_TO = SIZES["S"].runs
"""The most rows of a table for the naive loops: they need hours for more."""


class BenchFailed(Exception):
    """An engine could not be measured."""


def missing_engines(chosen: Sequence[str]) -> dict[str, str]:
    """The chosen engines that cannot be measured here, and why."""
    found = {}
    for name in chosen:
        lacking = [package for package in INSTALLED_APART.get(name, ()) if find_spec(package) is None]
        if lacking:
            found[name] = f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not installed"
        elif name in WITH_JAVA and which("java") is None:
            found[name] = "Java is not installed"
    on_server = [name for name in chosen if name in ON_SERVER and name not in found]
    if on_server and (fault := _server_fault()):
        found.update(dict.fromkeys(on_server, fault))
    return found


def _server_fault() -> str:
    """Why there is no PostgreSQL server; empty if there is one."""
    psycopg = import_module("psycopg")
    try:
        import_module("codaform.bench.engines.postgres").connected().close()
    except psycopg.Error as fault:
        first = next(iter(str(fault).strip().splitlines()), "no answer")
        return f"PGHOST and the like name no PostgreSQL server ({first})"
    return ""


def engines_for(workload: Workload, size: Size, chosen: Sequence[str]) -> list[str]:
    """The chosen engines that compute a workload in a way of their own, and a size in a reasonable time."""
    small = max(size.tasks, size.runs) <= _NAIVE_UP_TO
    left_out = {*(() if small else ("naive",)), *(EXACT if workload.kind == "range_join" else ())}
    return [name for name in ENGINES if name in chosen and name not in left_out]


def run_workload(workload: Workload, size: Size, engines: Sequence[str], done: Callable[[], None]) -> list[Measurement]:
    """Measure engines with the same rows. Raises BenchFailed. done: Is called after each one."""
    measured = []
    with TemporaryDirectory(prefix="codaform-bench-") as home:
        workload.write(Path(home), size)
        for name in engines:
            measured.append(_measure_apart(name, workload, size, home))
            done()
    return measured


def _measure_apart(name: str, workload: Workload, size: Size, home: str) -> Measurement:
    call = ["codaform.bench.measuring", name, workload.name, home, json.dumps(asdict(size))]
    command = [sys.executable, "-P", "-m", *call]  # -P: no module is taken from the current folder
    run = subprocess.run(command, env=os.environ | _ONE_THREAD, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"])[-1]
        raise BenchFailed(f"{name} failed at {workload.name} {size.name}: {reason}")
    return Measurement(**json.loads(run.stdout))


def differences(measured: Sequence[Measurement]) -> list[str]:
    """The workloads and sizes for which engines gave different results, in words."""
    found = []
    for workload, size in dict.fromkeys((each.workload, each.size) for each in measured):
        sums = {each.engine: each.checksum for each in measured if (each.workload, each.size) == (workload, size)}
        if len(set(sums.values())) > 1:
            listed = ", ".join(f"{engine} {checksum}" for engine, checksum in sums.items())
            found.append(f"different results of {workload} {size}: {listed}")
    return found
