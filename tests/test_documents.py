"""Documents: each role and directive, right and wrong; what is read as one, and where the lines of a page come from."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project.session import Session
from codaform.site.guides.reading import Directive, find_documents, parse_document
from codaform.site.guides.rendering import DIRECTIVES, RenderedDocument, render_document
from codaform.site.guides.roles import ROLES
from codaform.source import Source
from projects import DOUBLE, marked, opened, with_tasks, write

FILES = {
    "doc.yml": """\
doc: Small
time_zone: Europe/Berlin
clock: 2025-12-10T09:00:00
formulas:
  - {name: total, type: number, formula: total.coda, about: All hours.}
""",
    "total.coda": "tasks.hours.Sum()\n",
    "tasks/table.yml": """\
table: tasks
about: A piece of work for one person.
columns:
  - {name: name, type: text, display: true, key: true, tests: [unique], about: What is to be done.}
  - {name: hours, type: number, about: How long it takes.}
  - {name: state, type: select, options: [Open, Done]}
  - {name: due, type: date}
  - {name: urgent, type: checkbox}
  - {name: parent, type: relation, to: tasks}
  - {name: double, type: number, formula: double.coda, about: Twice as much.}
  - {name: fails, type: number, formula: fails.coda}
  - {name: finish, type: button, label: Finish it, action: finish.coda, disable_if: finished.coda}
views:
  - {name: Long ones, filter: long.coda, columns: [name, hours]}
""",
    "tasks/double.coda": DOUBLE,
    "tasks/fails.coda": 'thisRow.hours + If(thisRow.hours = 8, "x", "0")\n',
    "tasks/finish.coda": 'ModifyRows(thisRow, tasks.state, "Done")\n',
    "tasks/finished.coda": 'thisRow.state = "Done"\n',
    "tasks/long.coda": "thisRow.hours > 3\n",
    "tasks/double.cases.yml": "- case: It is doubled\n  given: {tasks: [{name: a, hours: 2}]}\n  expect: {a: 4}\n",
    "tasks/rows.csv": "name,hours,state,due,parent\nPlan,2,Open,2025-12-08,\nBuild,5,Open,,Plan\nTest,1,Done,,Plan\n",
}
"""A project small enough to be seen whole."""

TASKS = "reference/doc/tables/tasks.md"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return opened(write(tmp_path_factory.mktemp("small"), FILES))


@cache
def no_tables() -> Session:
    """A project of nothing."""
    return Session.empty()


def made(session: Session, text: str, functions: str = "") -> RenderedDocument:
    """A document worked out, as a guide."""
    return render_document(session, Source("documents/guides/a.md", text), "guides/a.md", functions)


def shown(text: str) -> str:
    """The text of a page without tags and entities."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", text)).split())


def sound(session: Session, text: str, functions: str = "") -> str:
    """The page of a document of which everything holds."""
    rendered = made(session, text, functions)
    assert told(rendered) == []
    return rendered.page.text


def told(rendered: RenderedDocument) -> list[tuple[str, str]]:
    """Of each finding the rule and the marked text."""
    return [(one.rule.name, marked(one)) for one in rendered.problems]


def only(rendered: RenderedDocument) -> Diagnostic:
    """The one finding of a document."""
    assert len(rendered.problems) == 1, [one.message for one in rendered.problems]
    return rendered.problems[0]


# ------------------------------------------------------------ roles


RIGHT = {
    "{table}`tasks`": "[`tasks`](../reference/doc/tables/tasks.md)",
    "{column}`tasks.hours`": "[`tasks.hours`](../reference/doc/tables/tasks.md#column-hours)",
    "{option}`tasks.state = Done`": '<span class="pill p1">Done</span>',
    "{row}`tasks: Build`": '[<span class="chip">Build</span>](../reference/doc/tables/tasks.md)',
    "{view}`Long ones`": "[<em>Long ones</em>](../reference/doc/tables/tasks.md#view-long-ones)",
    "{cell}`tasks[Build].double`": '<span class="num">10</span>',
    "{cell}`tasks[Build].double → 10`": '<span class="num">10</span>',
    "{cell}`tasks[Build].due → blank`": '<span class="blank">blank</span>',
    "{cell}`tasks[Build].parent → Plan`": (
        '<a class="chip" href="../reference/doc/tables/tasks.md" title="tasks: Plan">Plan</a>'
    ),
    "{value}`1 + 1 → 2`": '<span class="num">2</span>',
    "{value}`tasks.Count()`": '<span class="num">3</span>',
    "{value}`tasks.hours.Sum() > 3 → true`": "true",
    "{value}`total → 8`": '<span class="num">8</span>',
    "{value}`List(1, 2) → [1, 2]`": '<span class="num">1</span><span class="comma">, </span><span class="num">2</span>',
    "{function}`Filter`": "`Filter`",
    "{rule}`unknown-column`": "`unknown-column`",
    "{button}`tasks.finish`": (
        '[<span class="coda-button">Finish it</span>](../reference/doc/tables/tasks.md#column-finish)'
    ),
}


@pytest.mark.parametrize("text", RIGHT)
def test_a_role_says_what_is_there(small: Session, text: str) -> None:
    assert sound(small, f"So {text}.\n") == f"So {RIGHT[text]}.\n"


def test_a_formula_is_coloured(small: Session) -> None:
    text = sound(small, "{formula}`tasks.hours.Sum()`\n")
    assert text.startswith("<code>")
    assert "f-function" in text
    assert shown(text).replace(" ", "") == "tasks.hours.Sum()"


def test_roles_lead_to_codaform_s_own_reference_where_there_is_one(small: Session) -> None:
    text = sound(small, "{function}`filter` {rule}`unknown-column`", "reference/functions")
    assert text == (
        "[`filter`](../reference/functions/filters-and-loops.md#filter) [`unknown-column`](../reference/rules/CF203.md)"
    )


WRONG = [
    ("{table}`taks`", "false-fact", "taks", "did you mean tasks?"),
    ("{table}`rows of nothing`", "false-fact", "rows of nothing", ""),
    ("{column}`tasks.huors`", "false-fact", "tasks.huors", "did you mean hours?"),
    ("{column}`taks.hours`", "false-fact", "taks.hours", "did you mean tasks?"),
    ("{column}`hours`", "unknown-directive", "hours", ""),
    ("{option}`tasks.state = Donne`", "false-fact", "Donne", "did you mean Done?"),
    ("{option}`tasks.hours = 1`", "false-fact", "1", "the options are none"),
    ("{option}`tasks.state`", "unknown-directive", "tasks.state", ""),
    ("{row}`tasks: Bild`", "false-fact", "Bild", "did you mean Build?"),
    ("{row}`Build`", "unknown-directive", "Build", ""),
    ("{view}`Long one`", "false-fact", "Long one", "did you mean Long ones?"),
    ("{cell}`tasks[Build].double → 11`", "false-fact", "11", ""),
    ("{cell}`tasks[Build].double → many`", "false-fact", "many", ""),
    ("{cell}`tasks[Build].due → 2025-12-08`", "false-fact", "2025-12-08", ""),
    ("{cell}`tasks[Bild].double`", "false-fact", "Bild", "did you mean Build?"),
    ("{cell}`tasks[Build].dubble`", "false-fact", "dubble", "did you mean double?"),
    ("{cell}`tasks.double`", "unknown-directive", "tasks.double", ""),
    ("{value}`1 + 1 → 3`", "false-fact", "3", ""),
    ("{value}`1 / 0`", "false-fact", "1 / 0", ""),
    ("{function}`Fliter`", "false-fact", "Fliter", ""),
    ("{rule}`unknown-colum`", "false-fact", "unknown-colum", "did you mean unknown-column?"),
    ("{button}`tasks.hours`", "false-fact", "tasks.hours", ""),
    ("{tabel}`tasks`", "unknown-directive", "tabel", "did you mean table?"),
]


@pytest.mark.parametrize(("text", "rule", "place", "help"), WRONG, ids=[text for text, *_ in WRONG])
def test_a_role_that_does_not_hold_is_told_where_it_stands(
    small: Session, text: str, rule: str, place: str, help: str
) -> None:
    rendered = made(small, f"# T\n\nBefore {{table}}`tasks` and\nso {text}, and so on.\n")
    one = only(rendered)
    assert (one.rule.name, marked(one), one.help) == (rule, place, help)
    assert one.span.start == rendered.source.text.index(text) + text.rindex(place)
    content = text.partition("`")[2].removesuffix("`")
    assert rendered.page.text.endswith(f"so `{content}`, and so on.\n")


@pytest.mark.parametrize(("text", "rule"), [("Nothing.Sum()", "unknown-name"), ("1 +", "unexpected-end")])
def test_a_formula_that_does_not_bind_tells_its_own_finding_too(small: Session, text: str, rule: str) -> None:
    for role in ("formula", "value"):
        rendered = made(small, f"Ever {{{role}}}`{text}`")
        assert {one.rule.name for one in rendered.problems} >= {"false-fact"}
        assert len(rendered.problems) == 2
        places = [rendered.source.text[one.span.start : one.span.end] for one in rendered.problems]
        assert all(place in text for place in places), places
        assert rendered.page.text == f"Ever `{text}`"


def test_every_role_has_a_right_and_a_wrong_example() -> None:
    roles = set(ROLES) - {"formula"}
    assert {text[1 : text.index("}")] for text in RIGHT} == roles
    assert {text[1 : text.index("}")] for text, rule, *_ in WRONG if "tabel" not in text} == roles


def test_a_name_with_dots_is_found_by_the_table_that_has_it(tmp_path: Path) -> None:
    tables = {
        "a/table.yml": "table: a\ncolumns: [{name: x, type: text}]\n",
        "a.b/table.yml": "table: a.b\ncolumns: [{name: c, type: text}]\n",
    }
    session = opened(write(tmp_path, tables))
    assert "[`a.b.c`]" in sound(session, "{column}`a.b.c`")
    assert only(made(session, "{column}`a.b.d`")).message == "table a has no column b.d"


# ------------------------------------------------------------ where roles are not read


@pytest.mark.parametrize(
    "text",
    [
        "`{table}`",
        "`` {table}`nothing` ``",
        "```text\n{table}`nothing`\n```\n",
        "~~~\n{table}`nothing`\n~~~\n",
        "````\n```{rows} nothing\n```\n````\n",
        "~~~{rows} nothing\n~~~\n",
        "- a list\n\n    ```{rows} nothing\n    ```\n",
        "1. a list\n\n   ```{rows} nothing\n   ```\n",
        "```{rows} nothing\nit is never closed\n{table}`nothing`\n",
        "{Table}`nothing` {}`nothing` {table} `nothing`",
        "# Nothing\n\nBut *prose*, [links](a.md) and a | table |.\n\n\n",
        "",
        "\tno\r\n\r\nDOS lines\r\n",
    ],
)
def test_a_document_without_roles_and_directives_stays_as_it_is(small: Session, text: str) -> None:
    rendered = made(small, text)
    assert rendered.page.text == text
    assert told(rendered) == []
    assert rendered.origins == tuple(range(1, len(lines_of(text)) + 1))


def test_a_stray_backtick_hides_nothing_behind_its_paragraph(small: Session) -> None:
    assert told(made(small, "A ` here.\n\nAnd {table}`nothing`.\n")) == [("false-fact", "nothing")]
    assert told(made(small, "An escaped \\` and {table}`nothing`.\n")) == [("false-fact", "nothing")]


def test_a_role_may_go_over_the_end_of_a_line(small: Session) -> None:
    rendered = made(small, "A {row}`tasks:\nBuild` and\n{table}`tasks`.\n")
    assert shown(rendered.page.text).startswith("A [ Build ]")
    assert rendered.origins == (1, 3)


# ------------------------------------------------------------ front matter


def test_the_front_matter_says_how_a_document_begins(small: Session) -> None:
    text = (
        "---\ntitle: A title\nabout: One\n  sentence.\nstart: empty\nclock: 2025-01-02\n---\n\n# Other\n\n{value}`{}`\n"
    )
    rendered = made(small, text.replace("{}", "Today()"))
    assert (rendered.page.title, rendered.page.about) == ("A title", "One sentence.")
    assert rendered.book.rows("tasks") == []
    assert "2 Jan 2025" in shown(rendered.page.text)
    assert rendered.page.text.startswith("# Other\n")
    assert rendered.origins == (9, 10, 11)
    assert told(rendered) == []


def test_without_front_matter_the_heading_is_the_title(small: Session) -> None:
    assert made(small, "# So it is\n").page.title == "So it is"
    assert made(small, "no heading").page.title == "guides/a.md"


def test_front_matter_with_the_ends_of_lines_of_dos(small: Session) -> None:
    assert made(small, "---\r\ntitle: A title\r\n---\r\n# B\r\n").page.title == "A title"


@pytest.mark.parametrize(
    ("front", "rule", "place"),
    [
        ("titel: A", "unknown-directive", "titel"),
        ("start: emtpy", "unknown-directive", "emtpy"),
        ("clock: soon", "unknown-directive", "soon"),
        ("title: [a", "bad-yaml", "-"),
        ("- a list", "unknown-directive", "- a list\n"),
        ("title: *a", "bad-yaml", "*a"),
    ],
)
def test_front_matter_that_says_nothing_is_told(small: Session, front: str, rule: str, place: str) -> None:
    rendered = made(small, f"---\n{front}\n---\n# A heading\n\n{{table}}`tasks`\n")
    one = only(rendered)
    assert one.rule.name == rule
    assert marked(one).strip() == place.strip() or rule == "bad-yaml"
    assert one.span.start >= 4
    assert rendered.page.text.startswith("# A heading\n\n[`tasks`]")


def test_a_line_alone_is_no_front_matter(small: Session) -> None:
    assert sound(small, "---\n\n# A\n") == "---\n\n# A\n"


def test_the_ends_of_lines_of_dos_make_no_difference(small: Session) -> None:
    text = (
        "---\ntitle: A\n---\n# T\n\nA {row}`tasks:\nBuild`, {cell}`tasks[Plan].double → 5`.\n\n"
        "```{rows} tasks\n:rows: Plan; Build\n:columns: name, hours\nPlan: {hours: 3}\n```\n\n"
        "```{add} tasks\n- {name: x, hours: y}\n```\n\n```text\n{table}`no`\n```\n{table}`taks`\n"
    )
    plain, dos = made(small, text), made(small, text.replace("\n", "\r\n"))
    assert told(plain) == [("false-fact", "5"), ("false-fact", "3"), ("bad-cell", "y"), ("false-fact", "taks")]
    assert told(dos) == told(plain)
    assert dos.origins == plain.origins
    assert dos.page.text.replace("\r", "") == plain.page.text


# ------------------------------------------------------------ directives that show


def test_fields_tell_what_a_column_is(small: Session) -> None:
    text = sound(small, "```{fields} tasks\n```\n")
    assert text.count("<tr>") == 1 + 9
    assert "Twice as much." in text
    assert ">Open</span>" in text
    assert "a formula</a>" in text
    some = sound(small, "```{fields} tasks\n:columns: due, name\n```\n")
    assert re.findall(r"#column-(\w+)", some) == ["due", "name"]


def test_the_schema_shows_all_tables(small: Session) -> None:
    assert "A piece of work for one person." in sound(small, "```{schema}\n```\n")


def names(rendered: RenderedDocument) -> list[tuple[str, ...]]:
    """The rows that a document shows."""
    return [one.rows for one in rendered.shown]


@pytest.mark.parametrize(
    ("directive", "rows", "columns"),
    [
        ("tasks", ("Plan", "Build", "Test"), 8),
        ("Long ones", ("Build",), 2),
        ("tasks\n:columns: name, double", ("Plan", "Build", "Test"), 2),
        ("tasks\n:rows: Test; Plan", ("Test", "Plan"), 8),
        ("tasks\n:where: CurrentValue.hours < 3", ("Plan", "Test"), 8),
        ("tasks\n:where: CurrentValue.parent = tasks.First()", ("Build", "Test"), 8),
        ("tasks\n:limit: 1", ("Plan",), 8),
        ("tasks\n:where: false", (), 8),
    ],
)
def test_rows_are_chosen(small: Session, directive: str, rows: tuple[str, ...], columns: int) -> None:
    rendered = made(small, f"```{{rows}} {directive}\n```\n")
    assert told(rendered) == []
    assert names(rendered) == [rows]
    assert [len(one.columns) for one in rendered.shown] == [columns]
    assert rendered.page.text.count("<tr>") == (len(rows) + 1 if rows else 0)
    assert ("No row." in rendered.page.text) == (not rows)
    assert ("The first 1 of 3 rows." in rendered.page.text) == (":limit:" in directive)


def test_rows_hold_what_is_expected_of_them(small: Session) -> None:
    sound(small, "```{rows} tasks\n[Plan, Build, Test]\n```\n")
    sound(small, "```{rows} Long ones\n- Build\n```\n")
    sound(small, "```{rows} tasks\nPlan: {double: 4, parent: '', due: 2025-12-08}\nBuild:\n  parent: Plan\n```\n")
    sound(small, "```{rows} tasks\n:where: false\n[]\n```\n")


@pytest.mark.parametrize(
    ("body", "rule", "place"),
    [
        ("Plan: {double: 5}", "false-fact", "5"),
        ("Plan: {double: 4}\nBuild: {double: 11, hours: 5, state: Done}", "false-fact", "11|Done"),
        ("Paln: {double: 4}", "false-fact", "Paln"),
        ("Plan: {dubble: 4}", "false-fact", "dubble"),
        ("Plan: {double: four}", "false-fact", "four"),
        ("[Plan, Build]", "false-fact", "[Plan, Build]\n"),
        ("Plan", "unknown-directive", "Plan"),
        ("Plan: 4", "unknown-directive", "Plan"),
        ("Plan: {}", "unknown-directive", "Plan"),
        ("- Plan\n- Build\n- Test\n- {double: 4}", "unknown-directive", "{double: 4}"),
    ],
)
def test_each_expectation_that_is_false_is_told(small: Session, body: str, rule: str, place: str) -> None:
    rendered = made(small, f"Rows:\n\n```{{rows}} tasks\n{body}\n```\n")
    assert told(rendered) == [(rule, one) for one in place.split("|")]
    assert "<table" in rendered.page.text


def test_a_formula_is_shown_with_a_row_worked_through(small: Session) -> None:
    text = sound(small, "```{formula} tasks.double\n:row: Build\n```\n")
    assert text.startswith("```coda\nthisRow.hours * 2\n```\n")
    assert "In Build , with hours 5 , it gives 10" in shown(text)
    assert 'data-table="tasks" data-row="Build"' in text
    bare = sound(small, "```{formula} tasks.double\n```\n")
    assert "it gives" not in bare
    assert "coda-live" in bare
    assert "It gives" in shown(sound(small, "```{formula} total\n```\n"))
    assert "```coda\nModifyRows(" in sound(small, "```{formula} tasks.finish\n```\n")


def test_tests_are_shown(small: Session) -> None:
    assert "No two rows have the same value." in sound(small, "```{tests} tasks\n```\n")
    assert "It is doubled" in sound(small, "```{tests} tasks.double\n```\n")
    assert "No cases." in sound(small, "```{tests} total\n```\n")


@pytest.mark.parametrize(
    "argument",
    [
        "relations",
        "neighbourhood tasks",
        "formulas",
        "dependencies tasks.double",
        "dependencies total",
        "timeline\n:bands: tasks: due, due\n:items: tasks: due, due\n:label: tasks.state",
        "bars tasks\n:values: hours, double\n:percent: double",
    ],
)
def test_pictures_are_drawn_with_their_source(small: Session, argument: str) -> None:
    text = sound(small, f"```{{picture}} {argument}\n```\n")
    assert text.count("<svg ") == 1
    assert "<title" in text
    assert "??? note" in text
    assert "    ```mermaid" in text


# ------------------------------------------------------------ directives that change


ADD = "```{add} tasks\n- {name: Ship, hours: 3, parent: Build, urgent: true}\n- {name: Rest, state: Open}\n```\n"


def test_rows_that_are_added_are_there_from_then_on(small: Session) -> None:
    rendered = made(small, f"{{value}}`tasks.Count() → 3`\n\n{ADD}\n{{cell}}`tasks[Ship].double → 6`\n")
    assert told(rendered) == []
    assert [(one.kind, one.action, one.step) for one in rendered.blocks] == [
        ("csv", "add", 1),
        ("api", "add", 1),
        ("mcp", "add", 1),
    ]
    assert re.findall(r'^=== "(.*)"$', rendered.page.text, re.MULTILINE) == ["By hand", "CSV", "API", "MCP"]
    assert len(small.book.rows("tasks")) == 3, "the sample rows of others stay as they are"


def test_cells_change_rows_go_and_buttons_are_pressed(small: Session) -> None:
    text = """\
```{change} tasks
Plan: {hours: 20, due: 2026-01-01}
Build: {parent: ''}
```
{cell}`tasks[Plan].double → 40` {cell}`tasks[Build].parent → blank`

```{press} tasks.finish
- Plan
- Build
```
{cell}`tasks[Plan].state → Done`

```{clock} 2026-02-03T10:00:00
:say: Later.
```

{value}`Today() → 2026-02-03`

```{remove} tasks
[Test, Build]
```

{value}`tasks.Count() → 1`
"""
    rendered = made(small, text)
    assert told(rendered) == []
    assert [(one.kind, one.action, one.step, one.clock.year) for one in rendered.blocks] == [
        ("api", "change", 1, 2025),
        ("mcp", "change", 1, 2025),
        ("api", "press", 2, 2025),
        ("api", "remove", 3, 2026),
        ("mcp", "remove", 3, 2026),
    ]
    assert "\nLater.\n" in rendered.page.text
    assert sound(small, "```{clock} 2026-02-03\n```\n") == ""


# ------------------------------------------------------------ directives that are wrong


BROKEN = [
    ("{nothing} tasks\n", "unknown-directive", "nothing", ""),
    ("{field} tasks\n", "unknown-directive", "field", "did you mean fields?"),
    ("{fields} taks\n", "false-fact", "taks", "did you mean tasks?"),
    ("{fields} tasks\n:columns: name, huors\n", "false-fact", "huors", "did you mean hours?"),
    ("{fields} tasks\n:colums: name\n", "unknown-directive", "colums", "did you mean columns?"),
    ("{fields} tasks\n\n- name\n", "unknown-directive", "- name", ""),
    ("{schema} tasks\n", "unknown-directive", "tasks", ""),
    ("{rows} taks\n", "false-fact", "taks", "did you mean tasks?"),
    ("{rows} tasks\n:columns: nam\n", "false-fact", "nam", "did you mean name?"),
    ("{rows} tasks\n:rows: Plan; Bild\n", "false-fact", "Bild", "did you mean Build?"),
    ("{rows} tasks\n:limit: many\n", "unknown-directive", "many", ""),
    ("{rows} tasks\n:where: CurrentValue.huors > 1\n", "false-fact", "huors", "did you mean hours?"),
    ("{rows} tasks\n{a: [\n", "unknown-directive", "", ""),
    ("{formula} tasks.hours\n", "false-fact", "tasks.hours", ""),
    ("{formula} totall\n", "false-fact", "totall", "did you mean total?"),
    ("{formula} tasks.double\n:row: Bild\n", "false-fact", "Bild", "did you mean Build?"),
    ("{tests} tasks.dubble\n", "false-fact", "tasks.dubble", "did you mean double?"),
    ("{picture} sunset\n", "unknown-directive", "sunset", None),
    ("{picture} neighbourhood taks\n", "false-fact", "taks", "did you mean tasks?"),
    ("{picture} dependencies tasks.dubble\n", "false-fact", "tasks.dubble", "did you mean double?"),
    ("{picture} timeline\n:bands: tasks: due\n", "unknown-directive", "tasks: due", ""),
    ("{picture} bars tasks\n:values: hours\n", "unknown-directive", "hours", ""),
    ("{picture} bars tasks\n:values: hours, dubble\n", "false-fact", "dubble", None),
    ("{add} taks\n- {name: a}\n", "false-fact", "taks", "did you mean tasks?"),
    ("{add} tasks\n- {name: a, huors: 1}\n", "bad-csv", "huors", "did you mean hours?"),
    ("{add} tasks\n- {name: a, hours: one}\n", "bad-cell", "one", ""),
    ("{add} tasks\n- {name: a, hours: nan}\n", "bad-cell", "nan", ""),
    ("{add} tasks\n- {name: a, state: Opn}\n", "bad-cell", "Opn", ""),
    ("{add} tasks\n- {name: a, parent: Bild}\n", "no-such-row", "Bild", "did you mean Build?"),
    ("{add} tasks\n- {name: a, double: 1}\n", "false-fact", "double", ""),
    ("{change} tasks\nBild: {hours: 1}\n", "false-fact", "Bild", "did you mean Build?"),
    ("{change} tasks\nBuild: {hours: x}\n", "bad-cell", "x", ""),
    ("{change} tasks\nBuild: {double: 4}\n", "false-fact", "double", ""),
    ("{change} tasks\n'': {hours: 1}\n", "unknown-directive", "''", ""),
    ("{remove} tasks\n- Bild\n", "false-fact", "Bild", "did you mean Build?"),
    ("{press} tasks.hours\n- Build\n", "false-fact", "tasks.hours", ""),
    ("{press} tasks.finish\n- Bild\n", "false-fact", "Bild", "did you mean Build?"),
    ("{press} tasks.finish\n- Test\n", "false-fact", "- Test\n", ""),
    ("{clock} soon\n", "unknown-directive", "soon", ""),
]


@pytest.mark.parametrize(("text", "rule", "place", "help"), BROKEN, ids=[text for text, *_ in BROKEN])
def test_a_directive_that_does_not_hold_is_told_where_it_stands(
    small: Session, text: str, rule: str, place: str, help: str | None
) -> None:
    rendered = made(small, f"# T\n\n```{text}```\n\nThe {{table}}`tasks` go on.\n")
    one = only(rendered)
    assert (one.rule.name, marked(one) if place else place) == (rule, place)
    assert help is None or one.help.startswith(help)
    assert rendered.page.text.endswith("\n\nThe [`tasks`](../reference/doc/tables/tasks.md) go on.\n")


@pytest.mark.parametrize("text", ["{add} tasks", "{change} tasks", "{remove} tasks", "{press} tasks.finish"])
def test_a_change_says_what_is_changed(small: Session, text: str) -> None:
    rendered = made(small, f"```{text}\n```\n")
    assert told(rendered) == [("unknown-directive", f"```{text}\n```\n")]
    assert rendered.page.text == f"````text\n```{text}\n```\n````\n"
    assert rendered.blocks == ()


def test_every_directive_has_a_broken_example() -> None:
    assert {text[1 : text.index("}")] for text, *_ in BROKEN} >= set(DIRECTIVES)


def test_an_error_in_a_cell_is_no_fact(small: Session) -> None:
    text = "```{change} tasks\nPlan: {hours: 8}\n```\n{cell}`tasks[Plan].fails`"
    assert told(made(small, text)) == [("false-fact", "tasks[Plan].fails")]


# ------------------------------------------------------------ lines and files


def lines_of(text: str) -> list[str]:
    """The lines of a text; the end of the last one begins no other."""
    return text.removesuffix("\n").split("\n") if text else []


def test_each_line_of_a_page_knows_the_line_it_comes_from(small: Session) -> None:
    text = "---\nstart: sample\n---\n\n# T\n\nA {table}`tasks`\nb\n\nADD\nc {table}`tasks`,\nd {row}`tasks: Ship`\n"
    text = text.replace("ADD\n", ADD)
    rendered = made(small, text)
    own = text.split("\n")
    page = lines_of(rendered.page.text)
    assert len(page) == len(rendered.origins)
    for line, origin in zip(page, rendered.origins, strict=True):
        if line.startswith(("# T", "b", "A ", "c ", "d ")):
            assert own[origin - 1][:2] == line[:2]
        elif line:
            assert own[origin - 1] == "```{add} tasks"


WORDS = [
    "```", "````", "~~~", "---\n", "\n", "\n\n", " ", "    ", "- ", "`", "``", "{", "}", "`}", "→", ":", "|", "\r\n",
    "\x00", "{table}`tasks`", "{cell}`tasks[Plan].double → 4`", "{value}`", "{option}`tasks.state = Open`", "{rows}",
    "{add}", "{remove}", "{change}", "{press} tasks.finish\n", "{clock} 2025-01-01\n", "{picture} ", "{schema}\n",
    "{tests} ", " tasks\n", ":rows: Plan\n", ":where: thisRow", ":limit: 1\n", ":columns: name\n", "- Plan\n",
    "Plan: {hours: 1}\n", "- {name: a, hours: 1e999}\n", "[", "]", "start: empty\n", "clock: x\n",
    "title: [\n", "\u2028", "ä", "\ud800",
]  # fmt: skip


def blocks() -> st.SearchStrategy[str]:
    """Directives with any content."""
    word = st.sampled_from(WORDS) | st.text(max_size=5)
    line = st.lists(word, max_size=4).map("".join)
    argument = st.sampled_from(["tasks", "tasks.double", "tasks.finish", "Long ones", "bars tasks", "formulas", ""])
    return st.builds(
        lambda name, named, more: f"\n```{{{name}}} {named}\n{more}\n```\n",
        st.sampled_from(sorted(DIRECTIVES)),
        argument | word,
        st.lists(line, max_size=4).map("\n".join),
    )


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5) | blocks(), max_size=20).map("".join))
@example("```{rows} tasks\n:where: " + "(" * 200 + "\n```\n")
@example("```{add} tasks\n- {name: a, hours: 1e999}\n```\n")
@example("---\n---\n")
@example("---\n")
def test_no_text_stops_a_document(small: Session, text: str) -> None:
    rendered = made(small, text)
    assert len(rendered.origins) == len(lines_of(rendered.page.text))
    assert all(1 <= line <= text.count("\n") + 1 for line in rendered.origins)
    for one in rendered.problems:
        assert 0 <= one.span.start <= one.span.end <= len(text)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=25).map("".join))
def test_every_character_stands_in_one_part(text: str) -> None:
    source = Source("a.md", text)
    whole = parse_document(source)
    at = whole.parts[0].span.start if whole.parts else len(text)
    assert text[:at] == "" or text.startswith("---")
    for part in whole.parts:
        assert part.span.start == at
        at = part.span.end
        if isinstance(part, Directive):
            for piece in (part.name, part.argument, part.body, *part.options.values()):
                assert text[piece.span.start : piece.span.end] == piece.text
    assert at == len(text)


def test_a_doc_without_tables_has_documents_too() -> None:
    rendered = made(
        no_tables(), "{table}`tasks` {value}`1 + 1 → 2`\n\n```{schema}\n```\n\n```{picture} relations\n```\n"
    )
    assert told(rendered) == [("false-fact", "tasks")]


def test_documents_are_the_markdown_files_of_a_project_in_order(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.md").write_text("secret")
    project = with_tasks(
        tmp_path / "project",
        {
            "documents/b.md": "\ufeff---\ntitle: B\n---\n",
            "documents/a/z.md": b"\xff\r\nz",
            "documents/a.txt": "no",
            "documents/a/y.md": "y",
        },
    )
    (project / "documents" / "c.md").symlink_to(tmp_path / "other" / "secret.md")
    (project / "documents" / "d.md").symlink_to(project / "documents" / "b.md")
    session = opened(project)
    found = find_documents(session.project)
    assert [path for _, path in found] == ["a/y.md", "a/z.md", "b.md", "d.md"]
    assert [source.name for source, _ in found] == [f"documents/{path}" for _, path in found]
    assert found[1][0].text == "\ufffd\nz"
    assert render_document(session, *found[2]).page.title == "B"
    assert find_documents(opened(with_tasks(tmp_path / "none")).project) == []
