"""Lines of documents that a change of the doc makes false: each is named, and no other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project.session import Session
from codaform.site.guides.reading import Directive, find_documents, parse_document
from codaform.site.guides.rendering import RenderedDocument, render_document
from codaform.site.guides.stale_lines import stale_lines
from codaform.source import Source, Span, position
from projects import FORMULAS, copy_of_founder_hq, marked, opened, replace, with_tasks


def worked_out(session: Session) -> dict[str, RenderedDocument]:
    """Every document of a project by the path of its page."""
    return {path: render_document(session, source, path) for source, path in find_documents(session.project)}


@cache
def before() -> dict[str, RenderedDocument]:
    """The documents of Founder HQ, unchanged."""
    return worked_out(Session.open(FORMULAS))


def line_of(found: Diagnostic) -> int:
    """The line of a document that a finding names."""
    return position(found.source, found.span.start).line


@dataclass(frozen=True)
class After:
    """The documents behind a change, with what is false in them and what looks otherwise, each by page and line."""

    rendered: dict[str, RenderedDocument]
    false: set[tuple[str, int]]
    stale: set[tuple[str, int]]

    @property
    def named(self) -> set[tuple[str, int]]:
        """The lines that are named, those within a directive by the line that it begins with."""
        found = set(self.stale)
        for path, line in self.false:
            begins = sorted(set(self.rendered[path].origins))
            found.add((path, begins[bisect_right(begins, line) - 1]))
        return found

    @property
    def different(self) -> set[tuple[str, int]]:
        """The lines of the documents of which the page says something else, told without the compared text."""
        found = set()
        for path, rendered in self.rendered.items():
            old, new = by_origin(before()[path]), by_origin(rendered)
            found |= {(path, line) for line in old.keys() | new.keys() if old.get(line) != new.get(line)}
        return found


def by_origin(rendered: RenderedDocument) -> dict[int, list[str]]:
    """The texts of a page by the lines of the document that they come from."""
    found: dict[int, list[str]] = {}
    for text, origin in zip(rendered.page.text.split("\n"), rendered.origins, strict=False):
        if text.strip():
            found.setdefault(origin, []).append(text)
    return found


def after(folder: Path, edit: Callable[[Path], None]) -> After:
    """Founder HQ behind an edit of a copy of its files."""
    copy = copy_of_founder_hq(folder)
    edit(copy)
    rendered = worked_out(opened(copy))
    assert rendered.keys() == before().keys()
    return After(
        rendered,
        {(path, line_of(one)) for path, page in rendered.items() for one in page.problems},
        {
            (path, line_of(one))
            for path, page in rendered.items()
            for one in stale_lines(page, before()[path].page.text)
        },
    )


def lines_with(pattern: str) -> set[tuple[str, int]]:
    """The lines of all documents in which something stands."""
    return {
        (path, number)
        for path, rendered in before().items()
        for number, line in enumerate(rendered.source.text.split("\n"), 1)
        if re.search(pattern, line)
    }


# ------------------------------------------------------------ Founder HQ


@pytest.mark.slow
def test_nothing_is_named_where_nothing_was_changed() -> None:
    assert [one for rendered in before().values() for one in rendered.problems] == []
    assert [one for rendered in before().values() for one in stale_lines(rendered, rendered.page.text)] == []


def another_option(folder: Path) -> None:
    replace(folder / "workflows/table.yml", "[Manual, Semi-automated, ", "[Manual, Partly automated, ")
    rows = folder / "workflows/rows.csv"
    rows.write_text(rows.read_text("utf-8").replace(",Semi-automated,", ",Partly automated,"), "utf-8")


@pytest.mark.slow
def test_an_option_that_is_called_otherwise(tmp_path: Path) -> None:
    found = after(tmp_path, another_option)
    assert found.false == lines_with("Semi-automated")
    assert len(found.false) == 1
    assert {marked(one) for page in found.rendered.values() for one in page.problems} == {"Semi-automated"}
    assert found.named == found.different
    listed = lines_with(r"^```\{(fields\} workflows|schema\})")
    assert listed
    assert found.stale == listed, "the lines that list the options of the column"


def another_column(folder: Path) -> None:
    """`estimated_hours` of workflows is called otherwise; that of tasks keeps its name."""
    files = [*folder.glob("workflows/*"), *folder.glob("scenarios/*.yml")]
    for path in files:
        lines = path.read_text("utf-8").split("\n")
        own = path.parent.name == "workflows"
        new = [
            line.replace("estimated_hours", "expected_hours") if own or "workflow" in line else line for line in lines
        ]
        path.write_text("\n".join(new), "utf-8")


def lines_that_name_the_column() -> Iterator[tuple[str, int]]:
    for path, rendered in before().items():
        source = rendered.source
        for part in parse_document(source).parts:
            of_workflows = isinstance(part, Directive) and "workflows" in part.argument.text.split()
            pattern = r"\bestimated_hours" if of_workflows else r"\bworkflows(\[[^\]]*\])?\.estimated_hours"
            for found in re.finditer(pattern, source.text[part.span.start : part.span.end]):
                yield path, position(source, part.span.start + found.start()).line


@pytest.mark.slow
def test_a_column_that_is_called_otherwise(tmp_path: Path) -> None:
    found = after(tmp_path, another_column)
    named = set(lines_that_name_the_column())
    assert len(named) > 10
    assert named <= found.false
    assert found.named == found.different
    # What else is false hangs on cells that could not be filled in any more, so it stands behind them.
    first = {path: min(line for other, line in named if other == path) for path, _ in named}
    assert all(line >= first[path] for path, line in found.false)
    assert not found.named & lines_with(r"^(?!.*workflows).*tasks(\[[^\]]*\])?\.estimated_hours")


def line_at(place: tuple[str, int]) -> str:
    return before()[place[0]].source.text.split("\n")[place[1] - 1]


def another_formula(folder: Path) -> None:
    replace(folder / "sprints/end_date.coda", "Days(6)", "Days(5)")


@pytest.mark.slow
def test_a_formula_that_gives_something_else(tmp_path: Path) -> None:
    found = after(tmp_path, another_formula)
    assert found.named == found.different
    ends = lines_with(r"\{cell\}`sprints\[[^\]]*\]\.end_date →") | lines_with(r"^2025-W\d\d: .*end_date:")
    assert len(ends) > 1
    assert ends <= found.false
    # A task on the Sunday has left its week: nothing else is told of the weeks than their ends and their tasks.
    for place in found.false - ends:
        assert re.search(r"^2025-W\d\d: .*tasks:|sprint", line_at(place)), place
    shown = lines_with(r"^```\{(formula\} sprints\.(end_date|tasks)|picture\} timeline|rows\} sprints)")
    assert found.stale <= shown
    assert lines_with(r"^```\{formula\} sprints\.end_date") <= found.stale
    assert {path for path, _ in found.named} == {"technical/sprints.md"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("doc.yml", "Where a small consultancy keeps", "Where one consultancy keeps"),
        ("workflows/table.yml", "the worst overrun on top", "the largest one on top"),
        ("sprints/end_date.cases.yml", "- case: ", "- case: Anew, "),
        ("touchpoints/rows.csv", "Video call", "Chat"),
    ],
)
def test_a_change_that_no_document_tells_of_names_none(tmp_path: Path, file: str, old: str, new: str) -> None:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")

    found = after(tmp_path, edit)
    assert found.named == found.different == set()


@pytest.mark.slow
def test_what_is_said_of_a_table_is_named_where_it_is_shown(tmp_path: Path) -> None:
    found = after(
        tmp_path, lambda folder: replace(folder / "touchpoints/table.yml", "A planned moment", "A moment foreseen")
    )
    assert found.named == found.different == lines_with(r"^```\{(schema|picture\} relations)")


# ------------------------------------------------------------ small pages


SMALL = "# T\n\nHours: {value}`1 + 1`.\n\n```{rows} tasks\n:columns: name\n```\n\nThe end, {table}`tasks`.\n"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return opened(with_tasks(tmp_path_factory.mktemp("small"), {"tasks/rows.csv": "name,hours\na,1\nb,2\n"}))


def told(session: Session, old: tuple[str, str], text: str = SMALL) -> list[tuple[int, str]]:
    """The lines that are named where the page that was written had another text in a place, and what is said."""
    rendered = render_document(session, Source("documents/a.md", text), "a.md")
    now, was = old
    assert now in rendered.page.text
    found = list(stale_lines(rendered, rendered.page.text.replace(now, was)))
    assert all(one.rule.name == "stale-page" for one in found)
    return [(line_of(one), one.message) for one in found]


def test_a_line_is_told_with_what_it_said_and_says(small: Session) -> None:
    assert told(small, (">2<", ">3<")) == [(3, "the page says “Hours: 3 .”, it has to say “Hours: 2 .” now")]
    assert told(small, ("num", "nom")) == [(3, "the page looks otherwise now")]


def test_what_stood_in_a_directive_is_told_where_the_directive_begins(small: Session) -> None:
    ((line, message),) = told(small, (">b<", ">c<"))
    assert (line, "it has to say" in message) == (5, True)


def test_a_line_that_is_not_there_any_more_is_told_beside_what_is_worked_out(small: Session) -> None:
    ((line, message),) = told(small, ("\n\nThe end", "\n\n<p>The first 2 of 3 rows.</p>\n\nThe end"))
    assert (line, message) == (5, "the page said “The first 2 of 3 rows.”, which is not there any more")


def test_a_line_that_is_new_is_told(small: Session) -> None:
    rendered = render_document(small, Source("documents/a.md", SMALL), "a.md")
    grid = next(line for line in rendered.page.text.split("\n") if "<table" in line)
    ((line, message),) = told(small, (f"{grid}\n", "\n"))
    assert line == 5
    assert message.startswith("the page does not say “")


def test_empty_lines_are_no_change(small: Session) -> None:
    assert told(small, ("\n\nThe end", "\n\n\nThe end")) == []
    assert told(small, ("\n\nThe end", "\nThe end")) == []


def test_a_picture_is_not_told_by_its_letters(small: Session) -> None:
    text = "# T\n\n```{picture} relations\n```\n"
    messages = {message for _, message in told(small, ("<svg ", '<svg id="a" '), text)}
    assert messages == {"the picture shows something else now"}


def test_a_line_that_is_false_is_not_told_a_second_time(small: Session) -> None:
    text = "A {value}`1 + 1 → 3` and {value}`2 * 2`.\n\n{value}`2 * 4`\n"
    rendered = render_document(small, Source("documents/a.md", text), "a.md")
    assert [line_of(one) for one in rendered.problems] == [1]
    assert [line_of(one) for one in stale_lines(rendered, "A 2 and 5.\n\n9\n")] == [3]


def test_the_page_may_be_compared_as_it_is_written(small: Session) -> None:
    rendered = render_document(small, Source("documents/a.md", SMALL), "a.md")
    written = rendered.page.text.replace("tasks.md", "tasks.html")
    assert [line_of(one) for one in stale_lines(rendered, written)] == [5, 9]
    assert list(stale_lines(rendered, written, written)) == []


def test_a_span_is_the_whole_line(small: Session) -> None:
    rendered = render_document(small, Source("documents/a.md", SMALL), "a.md")
    (one,) = stale_lines(rendered, rendered.page.text.replace(">2<", ">3<"))
    assert marked(one) == "Hours: {value}`1 + 1`."
    assert one.span == Span(5, 5 + len(marked(one)))


def test_each_line_of_an_expectation_is_told_although_a_column_is_gone(small: Session) -> None:
    text = "```{rows} tasks\n:columns: name, huors\na: {huors: 1}\nb: {hours: 3}\nc: {hours: 3}\n```\n"
    rendered = render_document(small, Source("documents/a.md", text), "a.md")
    assert sorted((line_of(one), marked(one)) for one in rendered.problems) == [
        (2, "huors"),
        (3, "huors"),
        (4, "3"),
        (5, "c"),
    ]


@pytest.mark.parametrize(
    "directive", ["{change} tasks\na: {hours: 3}\nx: {hours: 1}\ny: {hours: 2}", "{remove} tasks\n- a\n- x\n- y"]
)
def test_each_row_that_is_not_there_is_told_and_nothing_is_done_by_half(small: Session, directive: str) -> None:
    rendered = render_document(small, Source("documents/a.md", f"```{directive}\n```\n"), "a.md")
    assert [marked(one) for one in rendered.problems] == ["x", "y"]
    assert rendered.blocks == ()
    rows = rendered.book.rows("tasks")
    assert [rendered.book.value(row, "hours") for row in rows] == [1, 2]
