"""How fast it is, as figures of one run; nothing here asserts a time."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from lark import Lark

from benchmarks.large import FOUNDER_HQ, compute, large_workbook
from codaform.project.session import Session
from codaform.semantics.program import formulas
from codaform.source import Source
from codaform.syntax.parser import grammar, parse

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


def test_share_outside_lark(benchmark, figure) -> None:  # type: ignore[no-untyped-def]
    """Which part of the parsing time is ours: building the tree, comments, notices."""
    bare = Lark(grammar(), parser="lalr", lexer="contextual", maybe_placeholders=False, transformer=_Nothing())
    sources = [*_sources(), Source("long", LONG)]

    def both() -> tuple[float, float]:
        started = time.process_time()
        for source in sources:
            bare.parse(source.text)
        between = time.process_time()
        for source in sources:
            parse(source)
        return between - started, time.process_time() - between

    pairs = [both() for _ in range(15)]
    share = statistics.median(1 - lark / whole for lark, whole in pairs)
    figure(f"outside Lark: {share:.0%} of the parsing time")
    benchmark.pedantic(both, rounds=1)


class _Nothing:
    """Callbacks that build nothing: what is left is Lark's own time."""

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda _children: None


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


def test_compute_sprints(benchmark) -> None:  # type: ignore[no-untyped-def]
    """500 tasks and 52 sprints: which tasks lie in which sprint."""
    book = large_workbook(500, 52, 1, 0)
    now = book.now

    def again() -> None:
        book.move_clock(now)
        compute(book, "sprints", ("tasks",))

    benchmark.pedantic(again, rounds=5)


def test_compute_workflows(benchmark) -> None:  # type: ignore[no-untyped-def]
    """50 workflows and 2,500 runs: count, average, variance."""
    book = large_workbook(1, 1, 50, 2500)
    now = book.now

    def again() -> None:
        book.move_clock(now)
        compute(book, "workflows", ("execution_runs_count", "avg_actual_hours", "variance_pct"))

    benchmark.pedantic(again, rounds=5)


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
