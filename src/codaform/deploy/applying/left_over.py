"""The steps that a person has to make, kept beside the journal, and the sheet of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from codaform.deploy.applying.outcomes import STILL_TO_DO, Report
from codaform.deploy.applying.paste_sheet import as_html, as_markdown, sheet
from codaform.deploy.planning.plan import Plan
from codaform.deploy.planning.plan_file import BadPlan, from_json, to_json
from codaform.files import read_file_text, write_file
from codaform.project.files import CannotRead
from codaform.project.own_folder import NAME, own_folder
from codaform.project.root import reason
from codaform.project.session import Session


def by_hand(made: Plan, report: Report) -> Plan:
    """Of a plan that was carried out, what a person has to make."""
    return replace(made, steps=tuple(one.step for one in report.outcomes if one.state in STILL_TO_DO))


def kept(root: Path, environment: str) -> Plan | None:
    """What a person had to make by the last deploy; None where there was none. Raises CannotRead."""
    path = _path(root, environment, ".json")
    try:
        return from_json(read_file_text(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        said = reason(error) if isinstance(error, OSError) else "it is not a text in UTF-8"
        raise CannotRead(f"{path} cannot be read: {said}") from None
    except BadPlan as problem:
        raise CannotRead(f"{path}: {problem}") from None


def write_sheet(plan: Plan, session: Session, left: Collection[str] | None = None) -> tuple[Path, Path]:
    """Keep the steps, and write the sheet of them as Markdown and as HTML; gives the paths of both.

    left: The titles of the steps that the last reading did not find; None where nothing was read since.
    """
    root = session.project.root
    made = sheet(plan, session, left)
    paths = _path(root, plan.environment, ".md"), _path(root, plan.environment, ".html")
    texts = {_path(root, plan.environment, ".json"): to_json(plan)}
    texts |= {paths[0]: as_markdown(made), paths[1]: as_html(made)}
    own_folder(root)
    for path, text in texts.items():
        write_file(path, text, root)
    return paths


def _path(root: Path, environment: str, ending: str) -> Path:
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in environment)
    return root / NAME / f"paste-sheet-{safe}{ending}"
