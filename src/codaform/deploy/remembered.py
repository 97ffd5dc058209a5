"""What the lock of a folder remembers of an environment, for whatever cannot do without."""

from __future__ import annotations

from pathlib import Path

from codaform.deploy.lock import FILE, Pins, read_lock
from codaform.project.files import CannotRead


def remembered(root: Path, environment: str, doc: str) -> Pins:
    """What is remembered of an environment's doc. Raises CannotRead: for nothing at all, and for another doc's.

    doc: The id of the doc that the environment leads to.
    """
    pins = read_lock(root).get(environment)
    if pins is None or not pins.doc:
        raise CannotRead(f"{FILE} remembers nothing of {environment}: only deploy or pull lets it know what is there")
    if pins.doc != doc:
        raise CannotRead(f"{FILE} remembers the doc {pins.doc} of {environment}, which leads to the doc {doc} by now")
    return pins
