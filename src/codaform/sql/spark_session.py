"""A session of Spark without noise: that of the program or of spark-submit, else one on this machine."""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import signal
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from codaform.extras import require
from codaform.sql.engine_error import EngineError

_OFFER = "the engine rows computes the same (--engine rows)"
ENDED = f"Spark's Java ended: it was killed, or its memory did not suffice; {_OFFER}"
_OLDEST_JAVA = 17
_BYTES_A_MEGABYTE = 2**20


@contextmanager
def spark_session() -> Iterator[Any]:
    """A session. One that codaform starts stays until the process ends, since starting takes seconds.

    Raises EngineError, in one line, where there is no Java for it or where Spark stops within the block; MissingExtra.
    """
    require("spark")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of pandas, which nothing here uses
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

    from py4j.protocol import Py4JError, Py4JJavaError

    try:
        with _unlogged():
            session = SparkSession.getActiveSession() or _started(SparkSession)
            try:
                yield session
            except (KeyboardInterrupt, SystemExit):
                with suppress(Py4JError, OSError, AttributeError):  # a context that is ending has no Java any more
                    session.sparkContext.cancelAllJobs()
                raise
    except Py4JJavaError as fault:
        raise EngineError(told(str(fault.java_exception))) from fault
    except (Py4JError, ConnectionError, EOFError) as fault:
        raise EngineError(ENDED) from fault
    except PySparkException as fault:
        raise EngineError(told(str(fault))) from fault
    except MemoryError:
        raise EngineError(f"there is not enough memory for Spark's answer; {_OFFER}") from None


def told(message: str) -> str:
    """What Spark says of a failure, in one line.

    A task without memory ends Java, and whichever of its threads comes first says why: one knows of the memory, the
    others only that Spark is over.
    """
    if "OutOfMemoryError" in message:
        return f"Spark stopped: its memory did not suffice; {_OFFER}"
    if re.search(r"SparkContext was shut down|stopped SparkContext", message):
        return ENDED
    first = next((line for line in message.splitlines() if line.strip()), "no reason given")
    reason = re.sub(r"^(?:[\w$]+\.)+([\w$]+): ", "", first.strip())[:300]
    return f"Spark stopped: {reason}; {_OFFER}"


def _started(builder_of: Any) -> Any:
    builder = builder_of.builder.appName("codaform")
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit has started Java, and has the settings
        return builder.getOrCreate()
    _check_java()
    for name, value in _LOCAL.items():
        builder = builder.config(name, value)
    builder = builder.config("spark.driver.memory", f"{_megabytes() // 2}m")
    builder = builder.config("spark.local.dir", scratch := _scratch_folder())
    builder = builder.config("spark.driver.extraJavaOptions", f"-Djava.io.tmpdir={scratch}")
    with _uninterrupted(), _quiet():
        return builder.getOrCreate()


_LOCAL = {
    "spark.master": "local[2]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "4",
}


@cache
def _scratch_folder() -> str:
    """A folder for what Spark keeps on the disk. It ends with this process, also where Java was killed."""
    folder = mkdtemp(prefix="codaform-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _megabytes() -> int:
    """The memory of the machine."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _BYTES_A_MEGABYTE)
    except (AttributeError, OSError, ValueError):  # not on every system
        return 4096


def _check_java() -> None:
    """Raises EngineError where Spark finds no Java, or one that is too old."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    needed = f"Spark needs Java {_OLDEST_JAVA} or newer"
    if java is None or shutil.which(java) is None:
        where = f"JAVA_HOME ({home})" if home else "this machine"
        raise EngineError(f"{needed}, and {where} has none; {_OFFER}")
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise EngineError(f"{needed}, and {java} does not answer: {fault}; {_OFFER}") from None
    version = re.search(r'version "(?:1\.)?([0-9]+)', told)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        found = f"is Java {version[1]}" if version else "does not tell its version"
        raise EngineError(f"{needed}, and {java} {found}; {_OFFER}")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals that Python handles wait until the block ends, and have the handlers that they had before it.

    An interrupted start would leave a Java that never ends; a started Spark has a handler of its own, which calls Java.
    """
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        known = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
        handlers = {one: handler for one, handler in known.items() if callable(handler)}
    waiting: list[int] = []
    for one in handlers:
        signal.signal(one, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
    for number in waiting:
        signal.raise_signal(number)


@contextmanager
def _unlogged() -> Iterator[None]:
    """py4j logs no traceback of a call that is interrupted or has no answer: the error says it."""

    def is_other(record: logging.LogRecord) -> bool:
        return "py4j" not in record.pathname

    root = logging.getLogger()
    root.addFilter(is_other)
    try:
        yield
    finally:
        root.removeFilter(is_other)


@contextmanager
def _quiet() -> Iterator[None]:
    """Java started within writes no log: it takes over the error output, and its first lines cannot be set."""
    if os.environ.get("CODAFORM_DEBUG"):
        yield
        return
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
