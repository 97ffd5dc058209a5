"""The command line: reads arguments, calls the compiler, prints, sets the exit code."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys


def main() -> None:
    """Run the command line; the process ends with 0 (clean), 1 (findings), 2 (could not run) or 130 (interrupted)."""
    # Most objects of a command live to its end, so that to look for unreachable ones among them is in vain.
    gc.set_threshold(500_000, 20, 20)
    # numpy's algebra, which nothing here uses, takes memory for a thread on each core, and ends the process without it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from codaform.cli.program import program

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        if "_CODAFORM_COMPLETE" in os.environ:
            from codaform.cli.commands.completion import register_shells

            register_shells()
        program(prog_name="codaform")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        _close_stdout()
        gc.freeze()  # nor does the end of the process look for garbage among them


def _close_stdout() -> None:
    """Flush stdout; if that fails, drop the rest, so that the interpreter does not report the failure a second time."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
