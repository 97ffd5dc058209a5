"""What a pipeline runs of a project: one stage after the other, each with its report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from codaform.cli.options import require_extras
from codaform.cli.output.stages import Result, Stage
from codaform.cli.progress import stderr_progress
from codaform.cli.select import check_selected, label, recall_sound, select
from codaform.cli.terminal import counted
from codaform.diagnostics.diagnostic import Diagnostic, errors_in
from codaform.diagnostics.render.text import summary
from codaform.project.files import CannotRead, read_alone
from codaform.project.layouts import formula_files, laid_out
from codaform.project.memory import Memory
from codaform.project.session import Session


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """What a pipeline is asked for.

    since: A revision of git to compare with. environment: The doc to plan for. Both may be empty. documents: Whether
    the site is checked.
    """

    since: str = ""
    environment: str = ""
    documents: bool = True


def run_stages(root: Path, options: PipelineOptions) -> Iterator[Stage]:
    """Run the stages for the project of a folder, each as it is asked for.

    A stage that cannot run says why, and the others still run; what computes values is left out if check finds errors.
    """
    check = _tried("check", partial(_check, root))
    yield check
    yield _tried("layout", partial(_layout, root))
    later: dict[str, Callable[[Memory], Stage]] = {"tests": _tests}
    if options.documents:
        later["documents"] = _documents
    if options.since:
        later["changes"] = partial(_changes, since=options.since)
    if options.environment:
        later["plan"] = partial(_plan, environment=options.environment)
    if errors_in(check.found) or check.result == "could not run":
        yield from (Stage(name, "left out", "left out, because of what check found") for name in later)
        return
    memory = recall_sound(root)
    for name, run in later.items():
        yield _tried(name, partial(run, memory))


def _tried(name: str, run: Callable[[], Stage]) -> Stage:
    from codaform.extras import MissingExtra

    try:
        return run()
    except (CannotRead, MissingExtra) as problem:
        return Stage(name, "could not run", str(problem))


def _fails(found: Sequence[Diagnostic]) -> Result:
    return "failed" if any(one.rule.severity != "info" for one in found) else "passed"


def _check(root: Path) -> Stage:
    found, checked = check_selected(select([root]))
    return Stage("check", _fails(found), summary(found, len(checked)), found, checked)


def _layout(root: Path) -> Stage:
    files = list(formula_files([root]))
    others = [path.as_posix() for path in files if not _is_laid_out(path)]
    if not others:
        return Stage("layout", "passed", f"{counted(len(files), 'file')} laid out")
    told = f"{counted(len(others), 'file')} not laid out; codaform fmt {label(root)} does it"
    return Stage("layout", "failed", told, markdown=_listed("Files that `codaform fmt` would change", others))


def _is_laid_out(path: Path) -> bool:
    """Whether fmt leaves a file as it is; check speaks of a file that cannot be read."""
    source, problems = read_alone(path)
    after, _ = laid_out(source) if not problems else (None, problems)
    return after is None or after == source.text


def _tests(memory: Memory) -> Stage:
    from codaform.cli.output.outcomes import FORMATS, tally
    from codaform.project.suite import run_suite

    outcomes = run_suite(memory.project, session=Session.recalled(memory))
    failed = [one for one in outcomes if not one.passed]
    found = [each for one in failed for each in one.diagnostics]
    names = [f"{one.kind} {one.name}" for one in failed]
    return Stage(
        "tests",
        "failed" if failed else "passed",
        tally(outcomes),
        found,
        reports=(("tests.xml", FORMATS["junit"](outcomes)),),
        markdown=_listed("Tests that failed", names) if names else "",
    )


def _documents(memory: Memory) -> Stage:
    from codaform.cli.command_lines import command_fault
    from codaform.extras import require
    from codaform.site.build.settings import find_folders

    folders = find_folders(memory.project.root, Path())
    if not folders.settings.is_file():
        return Stage("documents", "left out", "left out: the project has no site, which codaform docs build makes")
    require("docs")
    from codaform.site.build.checking import check_site, page_texts
    from codaform.site.build.site_files import make_site

    with stderr_progress("Working out the pages", None):
        made = make_site(Session.recalled(memory), folders)
    with stderr_progress("Checking the site", 2 * len(page_texts(made))) as on_page:
        checked = check_site(made, on_page, fault_of=command_fault)
    told = summary(checked.found, len(checked.files))
    return Stage("documents", _fails(checked.found), told, checked.found, checked.files)


def _changes(memory: Memory, since: str) -> Stage:
    from codaform.extras import require

    require("deploy")
    from codaform.cli.output.differing import differences_in_markdown, tally_of
    from codaform.deploy.comparing.doc_diff import diff_sessions
    from codaform.project.git_revision import folder_at
    from codaform.project.reader import read_project

    with folder_at(memory.project.root, since) as folder:
        found = diff_sessions(Session(read_project(folder, since)), Session.recalled(memory))
    markdown = differences_in_markdown(found, since) if found.differs else ""
    return Stage("changes", "passed", tally_of(found), markdown=markdown)


def _plan(memory: Memory, environment: str) -> Stage:
    require_extras(environment)
    from codaform.cli.deployment import read_plan
    from codaform.deploy.planning import plan_file
    from codaform.deploy.planning.reports import as_markdown
    from codaform.deploy.planning.reports import summary as planned

    made = read_plan(memory, environment, mcp=False)
    report = (f"{environment}.plan", plan_file.to_json(made))
    return Stage("plan", "passed", planned(made), reports=(report,), markdown=as_markdown(made))


def _listed(title: str, names: Sequence[str]) -> str:
    from codaform.diagnostics.render.markdown import escaped

    return "\n".join([f"### {title}", "", *(f"- {escaped(name)}" for name in names), ""])
