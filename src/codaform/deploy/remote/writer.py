"""Calls of the MCP server's tools that change a doc, without looking at it first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from codaform.coda.door.failures import Failure, ToolMissing
from codaform.coda.door.tools import Tools
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.tool_formats import format_to_tool
from codaform.deploy.ids import Ids
from codaform.deploy.remote.columns import position_of
from codaform.deploy.remote.inspector import Inspector, ObservedTable
from codaform.model.schema import Column, Doc

_N = TypeVar("_N")

MOST_COLUMNS = 20
"""How many columns one call takes."""

CHECKS = ("checkbox", "toggle")
"""Kinds of columns that hold true or false."""


class NotKnown(Failure):
    """The doc does not have something that a change needs. Nothing was called."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the doc has no {what}, which this needs; make a new plan")


class NoTool(ToolMissing):
    """No tool makes a change of this kind, so a person does. Nothing was called."""

    def __init__(self, change: str) -> None:
        Failure.__init__(self, f"no tool can {change}")


class Stop(Exception):
    """Why a deploy must write nothing more."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to one doc. All methods that call raise `failures.Failure`.

    ids: What each name means in the doc; replies add to it. wanted: The doc as the folder has it. page_for: Returns the
    id of the page for a new table of a name, and makes that page if need be.
    """

    tools: Tools
    inspector: Inspector
    ids: Ids
    wanted: Doc
    page_for: Callable[[str], str]

    def call(self, tool: str, uri: str, **arguments: Json) -> Mapping[str, Json]:
        """The reply of a tool; empty if that is no record."""
        reply = self.tools.call(tool, {"uri": uri, **arguments})
        return reply if isinstance(reply, dict) else {}

    # ------------------------------------------------------------ addresses

    def uri(self, *steps: str) -> str:
        """An address within the doc. steps: A kind and an id, by turns."""
        return "/".join((f"coda://docs/{self.ids.doc}", *steps))

    def table_uri(self, name: str, *steps: str) -> str:
        """The address of a table, or of something in it. Raises NotKnown."""
        return self.uri("tables", self.table_id(name), *steps)

    def table_id(self, name: str) -> str:
        """The id of a table. Raises NotKnown."""
        return first_id(self.ids.tables, f"table {name}", name)

    def column_id(self, table: str, name: str) -> str:
        """The id of a column. Raises NotKnown."""
        return first_id(self.ids.columns, f"column {table}.{name}", (table, name))

    def front_page(self) -> str:
        """The id of the first page. Raises Stop if there is none."""
        pages = self.inspector.pages()
        if not pages:
            raise Stop("the doc has no page for a formula or a control")
        return pages[0][0]

    def make_page(self, name: str) -> str:
        """Make a page at the end of the doc; returns its id."""
        return id_in(self.call("page_create", self.uri(), title=name[:255]), "canvasUri")

    # ------------------------------------------------------------ columns

    def format(self, column: Column) -> dict[str, Json]:
        """The format of a column as the tools take it."""
        made: dict[str, Json] = format_to_tool(column, {}, self.table_id)  # type: ignore[assignment]
        return made

    def marks(self, column: Column) -> dict[str, Json]:
        """The description of a column, and that it is the display column, as the tools take them."""
        about: dict[str, Json] = {"description": column.about} if column.about else {}
        return {**about, **({"isDisplayColumn": True} if column.display else {})}

    def add_placed(self, table: str, columns: Mapping[str, Mapping[str, Json]], there: ObservedTable) -> None:
        """Add columns at their places in the folder's order; one call for those side by side.

        columns: By their names, as the tools take them.
        """
        if not self.tools.has("table_columns_manage", "data.position"):
            self.add_columns(table, [*columns.values()])
            return
        wanted = [*self.wanted.tables[table].columns]
        names = [column.name for column in there.columns.values()]
        runs: list[tuple[int, list[Mapping[str, Json]]]] = []
        for name in sorted(columns, key=wanted.index):
            at = position_of(name, names, wanted)
            names.insert(at, name)
            if runs and at == runs[-1][0] + len(runs[-1][1]) and len(runs[-1][1]) < MOST_COLUMNS:
                runs[-1][1].append(columns[name])
            else:
                runs.append((at, [columns[name]]))
        for at, side_by_side in runs:
            self.add_columns(table, side_by_side, at)

    def add_columns(self, table: str, columns: Sequence[Mapping[str, Json]], position: int | None = None) -> None:
        """Add columns side by side. position: How many columns are before them; None for the end."""
        data: dict[str, Json] = {"action": "add", "columns": [dict(column) for column in columns]}
        if position is not None:
            data["position"] = position
        self.learn_columns(table, self.call("table_columns_manage", self.table_uri(table), data=data))

    def update_columns(self, table: str, fields: Mapping[str, Mapping[str, Json]]) -> None:
        """Change columns. fields: What changes of each, by its id."""
        columns: list[Json] = [{"columnId": id, "updatedFields": dict(these)} for id, these in fields.items()]
        self.call("table_columns_manage", self.table_uri(table), data={"action": "update", "columns": columns})

    def learn_columns(self, table: str, reply: Mapping[str, Json]) -> None:
        """Note the ids of the columns in a reply."""
        made = reply.get("columns")
        for column in made if isinstance(made, list) else ():
            if isinstance(column, dict) and isinstance(column.get("columnId"), str):
                self.ids.columns[table, str(column.get("name"))] = str(column["columnId"])


def id_in(reply: Mapping[str, Json], name: str) -> str:
    """The id at the end of an address in a reply; empty if the reply has none."""
    return str(reply.get(name, "")).rpartition("/")[2]


def first_id(ids: Mapping[_N, str], what: str, *names: _N) -> str:
    """The id of the first name that has one. Raises NotKnown."""
    for name in names:
        if name in ids:
            return ids[name]
    raise NotKnown(what)
