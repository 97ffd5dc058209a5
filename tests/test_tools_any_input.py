"""Arguments that fit the schemas and otherwise mean anything: a tool answers or refuses, and the doc stays sound."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from codaform.model.values import Person
from codaform.server.access import Token
from codaform.server.mcp.caller import Caller, ToolRefused
from codaform.server.mcp.catalogue import TOOLS
from codaform.server.mcp.schema import misfit
from codaform.server.storage.folders import MY_DOCS
from codaform.server.storage.seeding import empty_doc
from codaform.server.storage.store import Store, row_to_json
from codaform.server.workspace import Timing, Workspace

pytestmark = pytest.mark.slow

NOW = datetime(2025, 12, 10, 9, tzinfo=UTC)

FORMULAS = (
    "thisRow.A + 1",
    "[One].A.Sum()",
    "One.Filter(CurrentValue.A > thisRow.B)",
    "thisRow",
    "One",
    "AddRow(One, A, 1)",
    "1 +",
    "Nothing",
    '"text"',
    "Today()",
    "List(1, List(2))",
    "One.First()",
    "thisRow.C",
    "true",
    "B = A",
    "[Formula 1]",
    "If(thisRow.B, 1, Today())",
)

NAMES = ("A", "B", "C", "One", "Two words", "x]y", "", "thisRow", "Ü", "a" * 30, "Formula 1")


class Guesses:
    """Makes arguments for a schema, from names that a doc has and names that it lacks."""

    def __init__(self, seed: int, workspace: Workspace) -> None:
        self.random, self.workspace = random.Random(seed), workspace
        self.known: dict[str, list[str]] = {}

    def of(self, schema: dict[str, Any], name: str = "") -> Any:
        """Something that fits a schema, more or less. name: Of the member that it is for."""
        if "anyOf" in schema:
            return self.of(self.random.choice(schema["anyOf"]), name)
        if "const" in schema or "enum" in schema:
            return schema.get("const") or self.random.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._record(schema)
            case "array":
                least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
                count = self.random.randint(least, max(least, min(most, 3)))
                return [self.of(schema["items"], name) for _ in range(count)]
            case "string":
                return self._text(schema, name)
            case "integer" | "number":
                return self.random.choice([schema.get("minimum", -1), 1, 2, 3, 5 if name == "limit" else 0.5])
            case "boolean":
                return self.random.random() < 0.5
        return None

    def _record(self, schema: dict[str, Any]) -> dict[str, Any]:
        members = schema.get("properties", {})
        required = schema.get("required", ())
        chosen = [name for name in members if name in required or self.random.random() < 0.5]
        return {name: self.of(members[name], name) for name in chosen}

    def _text(self, schema: dict[str, Any], name: str) -> str:
        if schema.get("format") == "email":
            return "ada@example.com"
        if schema.get("format") == "uuid":
            return "7f6f1c3e-0a51-4c1f-9f5e-52a6a1d3e0a1"
        ids = self.known
        folded = name.lower()
        for word in ("uri", "column", "formula", "objectid", "row", "condition", "filter", "folder"):
            if word in folded:
                pool = FORMULAS if word in ("formula", "condition", "filter") else ids[word]
                return self.random.choice(pool)
        if "id" in name.lower() or name in ("hideColumnIds", "left", "top"):
            return self.random.choice([*ids["column"], *ids["element"]])
        return self.random.choice([*NAMES, "1", "true", *FORMULAS]) or ("x" if schema.get("minLength") else "")

    def aim(self, tool: str) -> None:
        """Choose what the next arguments are about: most often things that are there and that belong together."""
        doc = self.random.choice(self.workspace.docs()).record
        live, base = self.workspace.live(doc.id), f"coda://docs/{doc.id}"
        table = self.random.choice(doc.tables) if doc.tables else None
        pages = [f"{base}/canvases/{page.id}" for page in doc.pages]
        tables = [f"{base}/tables/{table.id}"] if table is not None else []
        views = [f"{base}/tables/{table.id}/views/{view.id}" for view in table.views] if table is not None else []
        things = [f"{base}/canvases/{known.page}/formulas/{known.id}" for known in doc.formulas]
        things += [f"{base}/canvases/{known.page}/controls/{known.id}" for known in doc.controls]
        fitting = {"page": pages, "content": pages, "document": [base], "control": [*pages, *things], "formula": [base]}
        uris = fitting.get(tool.split("_")[0], tables + views if tool != "table_create" else pages)
        rows = [row.id for row in live.rows[table.id].values()] if table is not None else []
        self.known = {
            "uri": [
                *uris,
                *uris,
                *uris,
                *pages,
                *tables,
                *views,
                base,
                self.random.choice(["coda://docs/none", "grid-x"]),
            ],
            "column": [column.id for column in table.columns] if table is not None else ["c-none"],
            "objectid": [*(table.id for table in doc.tables), "grid-none"],
            "row": rows or ["i-none"],
            "element": [line.id for page in doc.pages for line in page.lines] or ["page_start"],
            "folder": [MY_DOCS],
        }
        if self.random.random() < 0.1:
            self.known |= {"column": ["c-none"], "row": ["i-none"], "element": ["cl-none"], "folder": ["fl-none"]}


def state(workspace: Workspace) -> str:
    """Everything that the docs hold."""
    docs = []
    for known in workspace.docs():
        doc = workspace.live(known.record.id)
        rows = {table: [row_to_json(row) for row in kept.values()] for table, kept in doc.rows.items()}
        tables = [[column.column.name for column in table.columns] for table in doc.record.tables]
        docs.append([doc.record.id, tables, rows, sorted(map(str, doc.errors.items()))])
    return json.dumps(docs, sort_keys=True)


@pytest.mark.parametrize("seed", range(8))
def test_any_calls_are_answered_or_refused(seed: int) -> None:
    workspace = Workspace(Store(), Person("Ada Ruiz", "ada@example.com"), Timing(delay=0))
    workspace.clock = NOW
    record = empty_doc("Any", NOW)
    workspace.add(record, {})
    caller = Caller(workspace, Token("tests", "mcp"))
    columns = [{"name": "A", "format": {"type": "num"}}, {"name": "B"}, {"name": "C", "formula": "thisRow.A"}]
    uri = f"coda://docs/{record.id}/canvases/{record.pages[0].id}"
    rows = [[1, "x", None], [2, "y", None]]
    TOOLS["table_create"].handler(caller, {"uri": uri, "name": "One", "columns": columns, "rows": rows})
    guesses, done, refused = Guesses(seed, workspace), 0, list[str]()
    served = [*TOOLS]
    often = [name for name in served if name.startswith(("table", "control", "content")) and "delete" not in name]
    for _ in range(150):
        name = guesses.random.choice([*served, *often, *often, *often])
        if name == "document_delete" and len(workspace.docs()) == 1:
            continue
        guesses.aim(name)
        arguments = guesses.of(TOOLS[name].input)
        if misfit(arguments, TOOLS[name].input):
            continue
        before = state(workspace) if TOOLS[name].annotations["readOnlyHint"] else ""
        try:
            json.dumps(TOOLS[name].handler(caller, arguments), allow_nan=False)
            done += 1
        except ToolRefused as problem:
            refused.append(str(problem))
        if before:
            assert state(workspace) == before
        for doc in workspace.docs():
            live = workspace.live(doc.record.id)
            live.book.compute_all()
    assert done > 20
    assert len(refused) > 20
    assert all(refused)
    # What was kept is what is there: the same docs come back from the store.
    kept = state(workspace)
    again = Workspace(workspace.store, workspace.user, Timing(delay=0))
    again.clock = NOW
    assert json.loads(state(again)) == json.loads(kept)
