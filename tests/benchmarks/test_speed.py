"""How fast formulas are parsed, checked and computed, as figures of one run; `codaform bench` measures the rest."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.large import FOUNDER_HQ
from codaform.project.session import Session
from codaform.semantics.program import formulas
from codaform.source import Source
from codaform.syntax.parser import parse
from lark_parser import read

LONG = "Concatenate(" + ", ".join(f'If(thisRow.[Column {n}] > {n}, "a", "b")' for n in range(200)) + ")"


def _sources() -> list[Source]:
    project = Session.open(FOUNDER_HQ)
    return [source for _, source, _ in formulas(project.project.doc)]


def test_parse_the_projects_formulas(benchmark, figure) -> None:  # type: ignore[no-untyped-def]
    """Formulas a second on Founder HQ's own formulas."""
    sources = _sources()
    benchmark(lambda: [parse(source) for source in sources])
    if benchmark.stats:
        figure(f"own formulas: {len(sources) / benchmark.stats['median']:,.0f} a second")


def test_parse_long_formulas(benchmark, figure) -> None:  # type: ignore[no-untyped-def]
    """Formulas a second on one of 200 parts."""
    source = Source("long", LONG)
    benchmark(lambda: parse(source))
    if benchmark.stats:
        figure(f"long formulas ({len(LONG):,} characters): {1 / benchmark.stats['median']:,.1f} a second")


def test_parse_against_lark_and_sqlglot(benchmark, figure) -> None:  # type: ignore[no-untyped-def]
    """How many times as fast as Lark's own parser with the same trees, and as sqlglot, if it is here, on SQL."""
    sources = [*_sources(), Source("long", LONG)]
    parsers: dict[str, Callable[[], object]] = {
        "codaform": lambda: [parse(source) for source in sources],
        "Lark": lambda: [read(source.text) for source in sources],
    }
    if find_spec("sqlglot"):
        import sqlglot  # type: ignore[import-not-found,unused-ignore]

        queries = [_sql(len(source.text)) for source in sources]
        parsers["sqlglot"] = lambda: [sqlglot.parse_one(query) for query in queries]

    def seconds(job: Callable[[], object]) -> float:
        started = time.process_time()
        for _ in range(5):
            job()
        return time.process_time() - started

    rounds = [{name: seconds(job) for name, job in parsers.items()} for _ in range(11)]
    for name in [name for name in parsers if name != "codaform"]:
        ratio = statistics.median(times[name] / times["codaform"] for times in rounds)
        figure(f"parsing: {ratio:.1f} times as fast as {name}")
    benchmark.pedantic(parsers["codaform"], rounds=1)


def _sql(length: int) -> str:
    """An SQL expression of about a length."""
    parts = [
        "COALESCE(t.hours, 0) * t.rate > 1.5",
        "t.status = 'done'",
        "CASE WHEN t.a > 1 THEN 'x' ELSE 'y' END = 'x'",
    ]
    text = parts[0]
    for index in range(1, length):
        if len(text) >= length - 20:
            break
        text += (" AND ", " OR ")[index % 2] + parts[index % len(parts)]
    return text


def test_compute_the_sample_rows(benchmark, figure) -> None:  # type: ignore[no-untyped-def]
    """Every computed column of Founder HQ's sample rows."""
    project = Session.open(FOUNDER_HQ)
    project.book.compute_all()
    now = project.now

    def again() -> int:
        project.book.move_clock(now)
        return project.book.compute_all()

    cells = benchmark(again)
    if benchmark.stats:
        figure(f"sample rows: {cells:,} cells in {benchmark.stats['median'] * 1000:.0f} ms")


def test_check_against_bare_imports(benchmark, figure) -> None:  # type: ignore[no-untyped-def]
    """CPU time of `codaform check` as a multiple of importing lark, click and rich, in pairs."""
    command = str(Path(sys.executable).with_name("codaform"))
    bare = [sys.executable, "-c", "import lark, click, rich"]
    # Only the text report remembers that the files were clean: the JSON one works everything out each time.
    whole = [command, "check", "formulas", "--format", "json"]
    again = [command, "check", "formulas"]

    def cpu(command: list[str]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=FOUNDER_HQ.parent, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    cpu(whole), cpu(again)
    for name, check in (("worked out", whole), ("of files that were clean before", again)):
        ratio = statistics.median(cpu(check) / cpu(bare) for _ in range(10))
        figure(f"codaform check, {name}: {ratio:.1f} times the CPU time of `import lark, click, rich`")
    benchmark.pedantic(lambda: cpu(again), rounds=1)
