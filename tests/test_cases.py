"""The compiler, told in Markdown: a section of tests/cases is a case, a fenced block in it is a fact.

A section holds one block `coda`, the formula, and facts about it: `tree` (as written), `printed` (its canonical
text), `type` (of its value), `lowered` (as an engine is given it), `value`, `errors` (every finding, one a line),
`told` (the same with their help and the titles of their fixes) and `fixed` (its text after safe fixes). Without
`errors` it has no findings but infos. Words behind `coda` say where the formula stands: `table=Tasks` owns the row,
`column=Score` is defined by it (added as `kind=number` where the table has none), the new button `button=Go` runs it,
`disable=Go` says when it cannot be pressed, the column `default=Hours` starts with it, `row=Plan` is computed;
`width=40` is for the printed text. A block `doc`, in YAML, adds columns, views and named formulas to the example doc,
and sets its `time_zone` and `first_day_of_week`, for one section or, above the first one, for all.
`pytest tests/test_cases.py --update-cases` rewrites the facts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.fixes import apply_fixes
from codaform.library import catalogue
from codaform.model import types
from codaform.model.notation import notate, quoted
from codaform.model.schema import Column, Doc, NamedFormula, View, value_type
from codaform.model.types import describe
from codaform.semantics.bind import Bound
from codaform.semantics.circles import circles
from codaform.semantics.conditions import select_rows
from codaform.semantics.dependencies import graph
from codaform.semantics.lower import lower
from codaform.semantics.program import FormulaSite, Role, bind_doc, bind_site
from codaform.source import Source, position
from codaform.syntax import ast
from codaform.syntax.parser import parse
from codaform.syntax.printer import show
from example_doc import DOC, example_workbook
from lowered import described

CASES = Path(__file__).parent / "cases"
ROLES: dict[Role, str] = {"action": "button", "default": "default", "disable_if": "disable"}
"""The words that say of which button or column the formula is the action, the default or the condition."""

SETTINGS = ("time_zone", "first_day_of_week")
FACTS = ("tree", "printed", "type", "lowered", "value", "errors", "fixed", "told")
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Case:
    """A section: its formula, where that stands, and the facts that are told of it."""

    path: Path
    title: str
    formula: Source
    words: dict[str, str]
    extras: tuple[dict[str, Any], ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


def cases(path: Path) -> Iterator[Case]:
    """The sections of a file."""
    preamble, *sections = re.split(r"(?m)^## ", path.read_text("utf-8"))
    for section in sections:
        title = section.partition("\n")[0].strip()
        docs = [*BLOCK.findall(preamble), *BLOCK.findall(section)]
        extras = tuple(yaml.safe_load(text) for word, _, text in docs if word == "doc")
        facts = {word: text.removesuffix("\n") for word, _, text in BLOCK.findall(section) if word != "doc"}
        assert set(facts) <= {"coda", *FACTS}, f"{path.name}: {title} tells {sorted(set(facts) - set(FACTS))}"
        (info,) = (info for word, info, _ in BLOCK.findall(section) if word == "coda")
        words = dict(word.split("=", 1) for word in info.split())
        yield Case(path, title, Source("case", facts.pop("coda")), words, extras, facts)


def understood(case: Case) -> tuple[Doc, ast.Formula | None, Bound, tuple[Diagnostic, ...]]:
    """The doc, the tree, what it means at its place, and everything there is to say of it."""
    doc, source, words = extended(case), case.formula, case.words
    tree, _ = parse(source)
    if "column" in words:
        program, everything = bind_doc(doc)
        said = [finding for finding in everything if finding.source is source] + circles(program, graph(program))
        return doc, tree, program.formulas[FormulaSite("formula", words["table"], words["column"])], tuple(said)
    for role, word in ROLES.items():
        if word in words:
            kind: types.Type | None = {"action": types.ACTION, "disable_if": types.BOOLEAN}.get(role)
            kind = kind or value_type(doc.tables[words["table"]].columns[words[word]])
            return doc, tree, *bind_site(doc, FormulaSite(role, words["table"], words[word]), source, kind)
    place = FormulaSite("test", words["table"], "case") if "table" in words else FormulaSite("named", "", "case")
    return doc, tree, *bind_site(doc, place, source, None)


def found(case: Case) -> dict[str, str]:
    """The facts as the compiler finds them: those that the case tells, and `errors` where there are any."""
    doc, tree, bound, said = understood(case)
    facts = {}
    if "told" in case.facts:
        facts["told"] = "\n".join(map(told, said)) or "none"
    elif "errors" in case.facts or any(finding.rule.severity != "info" for finding in said):
        facts["errors"] = "\n".join(map(line, said)) or "none"
    if "tree" in case.facts:
        facts["tree"] = sketch(tree) if tree else "none"
    if "printed" in case.facts:
        facts["printed"] = show(tree, int(case.words.get("width", 80)), catalogue.spelling()) if tree else "none"
    if "type" in case.facts:
        facts["type"] = describe(bound.type)
    if "lowered" in case.facts:
        facts["lowered"] = described(select_rows(lower(bound.body), doc, lambda *_: False))
    if "value" in case.facts:
        book = example_workbook(doc)
        row = book.find(case.words["row"], case.words["table"]) if "row" in case.words else None
        facts["value"] = notate(book.evaluate(bound, row), book)
    if "fixed" in case.facts:
        facts["fixed"] = apply_fixes(case.formula.text, said)[0]
    return facts


def extended(case: Case) -> Doc:
    """The example doc with what the case adds to it."""
    tables, formulas, words = dict(DOC.tables), dict(DOC.formulas), case.words

    def extend(table: str, column: Column) -> None:
        owner = tables[table]
        tables[table] = replace(owner, columns={**owner.columns, column.name: column})

    def sources(given: dict[str, Any]) -> dict[str, Any]:
        return {
            key: Source(given["name"], value) if key in ("formula", "filter") else value for key, value in given.items()
        }

    for extra in case.extras:
        for column in extra.get("columns", ()):
            extend(column["table"], Column(**sources({key: column[key] for key in column if key != "table"})))
        for view in extra.get("views", ()):
            owner = tables[view["table"]]
            tables[owner.name] = replace(owner, views=(*owner.views, View(**sources(view))))
        for named in extra.get("formulas", ()):
            formulas[named["name"]] = NamedFormula(**sources(named))
    if "column" in words:
        known = tables[words["table"]].columns
        column = known.get(words["column"], Column(words["column"], words.get("kind", "other")))
        extend(words["table"], replace(column, formula=case.formula))
    if button := words.get("button", words.get("disable")):
        extend(words["table"], Column(button, "button", action=case.formula))
    settings = {key: extra[key] for extra in case.extras for key in SETTINGS if key in extra}
    return replace(DOC, tables=tables, formulas=formulas, **settings)


def line(finding: Diagnostic) -> str:
    """A finding in one line."""
    place = position(finding.source, finding.span.start)
    return f"{finding.rule.severity} {finding.rule.name} {place.line}:{place.column} {finding.message}"


def told(finding: Diagnostic) -> str:
    """A finding as its reader meets it: in one line, with the help and the fix that come with it."""
    parts = [line(finding), finding.help and f"  help: {finding.help}", finding.fix and f"  fix: {finding.fix.title}"]
    return "\n".join(part for part in parts if part)


def sketch(formula: ast.Formula) -> str:
    """The tree of a formula, and its comments, each in a line of its own."""
    comments = [f"; {comment.text!r}{' trailing' if comment.trailing else ''}" for comment in formula.comments]
    return "\n".join([drawn(formula.expression), *comments])


def drawn(node: ast.Expression | ast.Argument) -> str:
    """A node in prefix form: `(+ 1 [Hours])`, `(call Left "Coda" 2)`, `(chain Left "Coda" 2)`."""
    match node:
        case ast.Literal(str() as text):
            return quoted(text)
        case ast.Literal(value):
            return str(value).lower() if isinstance(value, bool) else f"{value:g}"
        case ast.Keyword(name):
            return name
        case ast.Name(text, at):
            return f"{'@' if at else ''}[{text}]"
        case ast.Missing():
            return "missing"
        case ast.Member(_, name):
            return f"(member {drawn(node.target)} {drawn(name)})"
        case ast.Call(function, receiver, _, pack):
            head = f"{'call' if receiver is None else 'chain'} {pack + '::' if pack else ''}{function}"
        case ast.Operation(sign):
            head = sign
        case ast.Group():
            head = "group"
        case ast.Argument(name):
            head = f"argument {drawn(name)}"
    return "(" + " ".join([head, *map(drawn, ast.children(node))]) + ")"


def rewrite(case: Case, facts: dict[str, str]) -> None:
    """Put the facts into the case's blocks; the findings get a block where there was none."""
    text = case.path.read_text("utf-8")
    head, mark, rest = text.partition(f"\n## {case.title}\n")
    section, after = re.match(r"(.*?)((?=^## ).*|\Z)", rest, re.MULTILINE | re.DOTALL).groups()  # type: ignore[union-attr]
    section = BLOCK.sub(
        lambda block: f"```{block[1]}{block[2]}\n{facts[block[1]]}\n```" if block[1] in facts else block[0], section
    )
    if "errors" not in case.facts and "errors" in facts:
        section = f"{section.rstrip()}\n\n```errors\n{facts['errors']}\n```\n" + ("\n" if after else "")
    case.path.write_text(head + mark + section + after, "utf-8")


ALL = [case for path in sorted(CASES.glob("*/*.md")) for case in cases(path)]
NAMED = [pytest.param(case, id=f"{case.path.parent.name}/{case.path.stem}: {case.title}") for case in ALL]


@pytest.mark.parametrize("case", NAMED)
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    facts = found(case)
    if request.config.getoption("--update-cases"):
        rewrite(case, facts)
    else:
        assert facts == case.facts


def test_titles_are_unique() -> None:
    counts = Counter((case.path, case.title) for case in ALL)
    assert [key for key, count in counts.items() if count > 1] == []
