"""Runs measurements, each in a process of its own, on one thread, and compares them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from codaform.bench.engines import ENGINES, INSTALLED_APART
from codaform.bench.measuring import Measurement
from codaform.bench.sizes import SIZES, Size
from codaform.bench.workload import Workload

_ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

_NAIVE_UP_TO = SIZES["S"].runs
"""The most rows of a table for the naive loops: they need hours for more."""


class BenchFailed(Exception):
    """An engine could not be measured."""


def missing_engines() -> list[str]:
    """Engines that are not installed."""
    return [name for name, package in INSTALLED_APART.items() if find_spec(package) is None]


def engines_for(size: Size, chosen: Sequence[str]) -> list[str]:
    """The chosen engines that are there and can compute a size in a reasonable time."""
    missing = missing_engines()
    small = max(size.tasks, size.runs) <= _NAIVE_UP_TO
    return [name for name in ENGINES if name in chosen and name not in missing and (small or name != "naive")]


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
    command = [sys.executable, "-m", "codaform.bench.measuring", name, workload.name, home, json.dumps(asdict(size))]
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
