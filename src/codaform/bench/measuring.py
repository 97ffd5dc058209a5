"""Measures one engine with one workload: `python -m codaform.bench.measuring ENGINE WORKLOAD FOLDER SIZE`.

It is run in a process of its own, so that the peak of memory is the engine's, and writes one line of JSON.
"""

from __future__ import annotations

import gc
import hashlib
import json
import statistics
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from codaform.bench.engines.engine import BenchEngine, ComputingAnew, ResultColumn
from codaform.bench.sizes import Size
from codaform.bench.workloads import WORKLOADS

ROUNDS = (3, 15)
"""Everything is computed at least and at most so many times,"""

_ENOUGH = (10.0, 1.0)
"""but not again after so many seconds: before the least number of rounds, and after it."""

_PATIENCE = 5.0
"""After so many seconds, an engine that computes everything for each edit computes the rest of them at once."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an engine took. Times are seconds, by the engine's clock; the memory is in units of 1,000,000 bytes.

    load_s: From the files to rows in the memory.
    compute_s: All results from the rows, the median of some rounds.
    edit_s: One edit until all results are right again, the median.
    checksum: Of the results before and after the edits.
    """

    engine: str
    workload: str
    size: str
    load_s: float
    compute_s: float
    edit_s: float
    peak_mb: float
    checksum: str
    version: str


def measure(engine: BenchEngine, name: str, folder: Path, size: Size) -> Measurement:
    """Load, compute some times, edit."""
    load = _seconds(engine, lambda: engine.load(folder))
    engine.compute()
    computed: list[float] = []
    gc.collect()
    while _again(computed):
        engine.forget()
        computed.append(_seconds(engine, engine.compute))
    peak = _peak_mb()
    digest = hashlib.sha256()
    _digest(digest.update, engine.results())
    gc.collect()
    edited = list(_edited(engine, size))
    _digest(digest.update, engine.results())
    engine.close()
    load, compute, edit = (round(time, 7) for time in (load, statistics.median(computed), statistics.median(edited)))
    workload = engine.workload.name
    return Measurement(name, workload, size.name, load, compute, edit, peak, digest.hexdigest()[:16], engine.version)


def _again(computed: list[float]) -> bool:
    least, most = ROUNDS
    impatient, enough = _ENOUGH
    spent = sum(computed)
    return spent < impatient if len(computed) < least else spent < enough and len(computed) < most


def _edited(engine: BenchEngine, size: Size) -> Iterator[float]:
    """Make all edits; the times of those whose results were computed each by itself."""
    spent = 0.0
    edits = engine.workload.edits(size)
    while edits and (spent < _PATIENCE or not isinstance(engine, ComputingAnew)):
        edit = edits.pop(0)
        took = _seconds(engine, lambda edit=edit: engine.edit(edit))  # type: ignore[misc]
        spent += took
        yield took
    if edits and isinstance(engine, ComputingAnew):
        for edit in edits:
            engine.change(edit)
        engine.compute()


def _seconds(engine: BenchEngine, work: Callable[[], None]) -> float:
    started = engine.clock()
    work()
    return engine.clock() - started


def _digest(update: Callable[[bytes], None], columns: Iterable[ResultColumn]) -> None:
    """Add columns bit for bit; a blank is NaN, and there is one zero."""
    for column in columns:
        numbers = array("d")
        for value in column:
            if isinstance(value, list):
                numbers.append(len(value))
                numbers.extend(value)
            else:
                numbers.append(float("nan") if value is None else value + 0.0)
        update(numbers.tobytes())


def _peak_mb() -> float:
    """The most memory that this process had. Where Linux says it, without what its parent had before."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) * 1024 / 1e6, 1)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def main(name: str, workload: str, folder: str, size: str) -> None:
    """Measure, and write the measurement as JSON."""
    engine: BenchEngine = import_module(f"codaform.bench.engines.{name}").engine(WORKLOADS[workload])
    sys.stdout.write(json.dumps(asdict(measure(engine, name, Path(folder), Size(**json.loads(size))))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
