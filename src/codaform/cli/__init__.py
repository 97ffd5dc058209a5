"""The command line: reads arguments, calls the compiler, prints, sets the exit code."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line; the process ends with 0 (clean), 1 (findings), 2 (could not run) or 130 (interrupted)."""
    try:
        from codaform.cli.program import program

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        program(prog_name="codaform")
    except KeyboardInterrupt:
        sys.exit(130)
