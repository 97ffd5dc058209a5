"""What the lock of a folder remembers of an environment, for whatever cannot do without."""

from __future__ import annotations

from pathlib import Path

from codaform.deploy.environments import LOCAL
from codaform.deploy.lock import NOTHING_KNOWN, Pins, lock_file, read_lock
from codaform.project.files import CannotRead


def remembered(root: Path, environment: str, doc: str) -> Pins:
    """What is remembered of an environment's doc. Raises CannotRead: for nothing at all, and for another doc's.

    doc: The id of the doc that the environment leads to.
    """
    pins = read_lock(root).get(environment)
    file = lock_file(environment)
    if pins is None or not pins.doc:
        raise CannotRead(f"{file} remembers nothing of {environment}: only deploy or pull lets it know what is there")
    if pins.doc != doc:
        raise CannotRead(f"{file} remembers the doc {pins.doc} of {environment}, which leads to the doc {doc} by now")
    return pins


def confirmed_state(root: Path, environment: str, doc: str) -> Pins:
    """What a doc is compared with to find what was changed by hand: what is remembered of it. Raises CannotRead.

    The doc of `local` was made by codaform, without content; where nothing is remembered of it, that is its state.
    """
    if environment == LOCAL and read_lock(root).get(environment, NOTHING_KNOWN).doc != doc:
        return Pins(doc)
    return remembered(root, environment, doc)
