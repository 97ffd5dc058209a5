"""The parts that the selectors of a command select."""

from __future__ import annotations

from codaform.cli.asked import Selecting
from codaform.cli.terminal import counted, say
from codaform.project.selectors import SelectedParts, select_parts
from codaform.project.session import Session


def parts_selected(session: Session, selecting: Selecting, quiet: bool = False) -> SelectedParts:
    """The selected parts of a project; a note on stderr counts them. Raises CannotRead for a meaningless selector."""
    found = select_parts(session, *selecting)
    if not quiet:
        say(f"{counted(len(found.parts), 'part')} selected" if found else "nothing is selected")
    return found
