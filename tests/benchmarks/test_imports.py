"""What importing costs, in CPU time against an empty import of the package; nothing here asserts a time."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

PACKAGE = "import codaform"
LIBRARY = "import codaform, codaform.library.catalogue"
FOREIGN = "import codaform, dataclasses, typing, datetime, math"
"""What the library imports from Python itself."""

PAIRS = 20


def test_import_the_whole_library(benchmark, figure) -> None:  # type: ignore[no-untyped-def]
    """All subjects of the library, and how much of it is Python's own modules; the two are measured in pairs."""

    def cpu(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000

    cpu(LIBRARY)
    for name, code in (("the whole library", LIBRARY), ("of which Python's own modules", FOREIGN)):
        pairs = sorted(cpu(code) - cpu(PACKAGE) for _ in range(PAIRS))
        middle, least = statistics.median(pairs), pairs[0]
        figure(f"importing {name}: {middle:.0f} ms of CPU time over the bare package (least {least:.0f} ms)")
    benchmark.pedantic(lambda: cpu(LIBRARY), rounds=1)
