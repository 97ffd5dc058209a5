"""Changes carried out by the tools of the MCP server, in as few calls as they take, without looking first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from codaform.coda.door.failures import Failure
from codaform.coda.door.tools import Tools
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.tool_formats import format_to_tool, has_tool_format, tool_format_members
from codaform.deploy.ids import Ids
from codaform.deploy.planning.changed import place_of
from codaform.deploy.planning.changes import (
    AddColumn,
    AddControl,
    AddFormula,
    AddTable,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    SetAction,
    SetControl,
    SetDescription,
    SetDisplay,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetOptions,
    SetView,
)
from codaform.deploy.remote.columns import made_by, shaped
from codaform.deploy.remote.inspector import SeenTable
from codaform.model.schema import Column, Control, Doc, NamedFormula, View, formula_column

MOST_COLUMNS = 20
"""How many columns a call takes."""

CHECKS = ("checkbox", "toggle")
"""Kinds of columns that hold true or false."""

ColumnUpdate = SetFormula | SetAction | SetFormat | SetOptions | SetDescription | SetDisplay | RenameColumn
"""Changes of a column that is there; several of one table go in one call."""


class NotKnown(Failure):
    """Something that a change needs is not in the doc, as far as this deploy has seen. Nothing was called."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the doc has no {what}, which this needs; plan anew")


@dataclass(frozen=True, slots=True)
class Hands:
    """What carries changes out in one doc. Everything raises `failures.Failure`.

    wanted: The doc as it is to be. ids: What each name means; it is told of what is made.
    """

    tools: Tools
    ids: Ids
    wanted: Doc

    # ------------------------------------------------------------ tables and columns

    def make_page(self, name: str) -> str:
        """A new page at the end of the doc; gives its id."""
        told = self._call("page_create", self._uri(), title=name[:255])
        return str(told.get("canvasUri", "")).rpartition("/")[2]

    def make_table(self, change: AddTable, page: str, seen: SeenTable | None) -> None:
        """A table with its plain columns, or what a table that was begun lacks.

        A check column of a new table is said to arrive as a select list of true and false: it is made as a text, and
        gets its format by a call of its own.
        """
        table = change.table.name
        rest = [*change.table.columns.values()]
        if seen is None:
            first: list[Json] = [self._plain(column) for column in rest[:MOST_COLUMNS]]
            told = self._call("table_create", self._uri("canvases", page), name=table, columns=first)
            self.ids.tables[table] = str(told.get("tableUri", "")).rpartition("/")[2]
            self._learn(table, told)
        else:
            self.ids.tables[table] = seen.id
            self.ids.columns |= {(table, column.name): column.id for column in seen.columns.values()}
        rest = [column for column in rest if (table, column.name) not in self.ids.columns]
        if seen is not None:
            self._add_placed(table, {column.name: self._plain(column) for column in rest}, seen)
            rest = []
        for start in range(0, len(rest), MOST_COLUMNS):
            self._add(table, [self._plain(column) for column in rest[start : start + MOST_COLUMNS]])
        checks = [column for column in change.table.columns.values() if column.kind in CHECKS]
        for start in range(0, len(checks), MOST_COLUMNS):
            part = checks[start : start + MOST_COLUMNS]
            formats = {self._column_id(table, column.name): {"format": self._format(column)} for column in part}
            self._update(table, formats)

    def add_columns(self, table: str, columns: Sequence[Column], seen: SeenTable) -> None:
        """New columns with their formulas, each at its place in the folder's order; a call for those side by side."""
        self._add_placed(table, {column.name: self.column(table, column) for column in columns}, seen)

    def update_columns(self, changes: Iterable[ColumnUpdate], seen: SeenTable) -> None:
        """Changes of columns of one table."""
        fields: dict[str, dict[str, Json]] = {}
        table = ""
        for change in changes:
            table = change.table
            name = change.before if isinstance(change, RenameColumn) else _column_of(change)
            column = seen.column(name, self.ids.columns.get((table, name)))
            if column is None:
                raise NotKnown(f"column {table}.{name}")
            these = fields.setdefault(column.id, {})
            match change:
                case RenameColumn(_, _, after):
                    these["name"] = after
                case SetFormula(_, _, _, after):
                    these["formula"] = after or ""
                case SetDescription(_, _, _, after):
                    these["description"] = after or None
                case SetDisplay():
                    these["isDisplayColumn"] = True
                case SetFormat(_, _, _, shape):
                    these["format"] = self._changed_format(shaped(name, shape), column.format)
                case SetOptions(_, _, _, options):
                    old = these.get("format") or dict(column.format)
                    assert isinstance(old, dict)
                    these["format"] = {**old, "selectOptions": _options(options, column.format.get("selectOptions"))}
                case SetAction(_, _, _, button):
                    action: dict[str, Json] = {"type": "button", "label": button.label}
                    if button.action is not None:
                        action["actionFormula"] = button.action
                    action["disableIfFormula"] = button.disable_if or ""
                    these["format"] = action
        self._update(table, fields)

    def column(self, table: str, column: Column) -> dict[str, Json]:
        """A column as the tools take it, with its formula."""
        fields: dict[str, Json] = {"name": column.name}
        text = made_by(column, self.wanted.tables[table], self.wanted)
        if has_tool_format(column):
            fields["format"] = self._format(column)
        if text is not None:
            fields["formula"] = text
        if column.about:
            fields["description"] = column.about
        if column.display:
            fields["isDisplayColumn"] = True
        return fields

    def _plain(self, column: Column) -> dict[str, Json]:
        format: Json = {"type": "none"} if column.kind in CHECKS else self._format(column)
        fields: dict[str, Json] = {"name": column.name, "format": format}
        if column.about:
            fields["description"] = column.about
        if column.display:
            fields["isDisplayColumn"] = True
        return fields

    def _format(self, column: Column) -> dict[str, Json]:
        told: dict[str, Json] = format_to_tool(column, {}, self._table_id)  # type: ignore[assignment]
        return told

    def _changed_format(self, column: Column, there: Mapping[str, Json]) -> dict[str, Json]:
        """The format that a column gets; of one of the same type, what the folder does not say stays."""
        made = self._format(column)
        if there.get("type") != made["type"]:
            return made
        said: dict[str, Json] = tool_format_members(column)  # type: ignore[assignment]
        members = ("type", "multiple", "objectId", "displayType")
        kind: dict[str, Json] = {name: made[name] for name in members if name in made}
        return {**there, **kind, **said}

    def _add_placed(self, table: str, columns: Mapping[str, Mapping[str, Json]], seen: SeenTable) -> None:
        """New columns by their names, where they belong among those that are there."""
        if not self.tools.has("table_columns_manage", "data.position"):
            self._add(table, [*columns.values()])
            return
        wanted = [*self.wanted.tables[table].columns]
        there = [column.name for column in seen.columns.values()]
        runs: list[tuple[int, list[Mapping[str, Json]]]] = []
        for name in sorted(columns, key=wanted.index):
            at = place_of(name, there, wanted)
            there.insert(at, name)
            if runs and at == runs[-1][0] + len(runs[-1][1]) and len(runs[-1][1]) < MOST_COLUMNS:
                runs[-1][1].append(columns[name])
            else:
                runs.append((at, [columns[name]]))
        for at, side_by_side in runs:
            self._add(table, side_by_side, at)

    def _add(self, table: str, columns: Sequence[Mapping[str, Json]], position: int | None = None) -> None:
        data: dict[str, Json] = {"action": "add", "columns": [dict(column) for column in columns]}
        if position is not None:
            data["position"] = position
        told = self._call("table_columns_manage", self._table(table), data=data)
        self._learn(table, told)

    def _learn(self, table: str, told: Mapping[str, Json]) -> None:
        """The ids of the columns that a reply tells of."""
        for made in _records(told.get("columns")):
            if isinstance(made.get("columnId"), str):
                self.ids.columns[table, str(made.get("name"))] = str(made["columnId"])

    def _update(self, table: str, fields: Mapping[str, Mapping[str, Json]]) -> None:
        columns: list[Json] = [{"columnId": id, "updatedFields": dict(these)} for id, these in fields.items()]
        self._call("table_columns_manage", self._table(table), data={"action": "update", "columns": columns})

    def drop(self, change: DropTable | DropColumn | DropView | DropFormula | DropControl, page: str = "") -> None:
        """Remove a thing. page: Of a named formula or a control, the page on which it stands."""
        match change:
            case DropTable(name):
                self._call("table_delete", self._table(name))
                self.ids.forget("table", name)
            case DropColumn(table, name):
                id = self._column_id(table, name)
                self._call("table_columns_delete", self._table(table), columnIds=[id])
            case DropView(table, name):
                id = self._view_id(name)
                self._call("table_view_delete", self._table(table, "views", id))
            case DropFormula(name):
                id = self._formula_id(name)
                self._call("control_delete", self._uri("canvases", page, "formulas", id))
            case DropControl(name):
                id = self.ids.controls.pop(name)
                self._call("control_delete", self._uri("canvases", page, "controls", id))

    # ------------------------------------------------------------ views and named formulas

    def make_view(self, view: View, seen: SeenTable) -> None:
        """A new view, on the page of its table."""
        data: dict[str, Json] = {"action": "add", **self._view(view, seen)}
        if seen.page:
            data["pageUri"] = self._uri("canvases", seen.page)
        told = self._call("table_view_manage", self._table(view.table), data=data)
        id = str(told.get("viewUri", "")).rpartition("/")[2]
        if id:
            self.ids.views[view.name] = id

    def change_view(self, change: SetView, seen: SeenTable) -> None:
        """Another name, filter, order or other columns."""
        id = self._view_id(change.before.name, change.after.name)
        data: dict[str, Json] = {
            "action": "configure",
            **self._view(change.after, seen, again=bool(change.before.columns)),
        }
        if (change.before.sort, change.before.descending) == (change.after.sort, change.after.descending):
            del data["sorts"]  # further columns by which people sort it stay
        self._call("table_view_manage", self._table(change.after.table, "views", id), data=data)

    def _view(self, view: View, seen: SeenTable, again: bool = False) -> dict[str, Json]:
        """A view as the tools take it. again: Whether it has shown some columns only, and may have to show all."""

        def id_of(name: str) -> str:
            column = seen.column(name)
            if column is None:
                raise NotKnown(f"column {view.table}.{name}")
            return column.id

        fields: dict[str, Json] = {
            "name": view.name,
            "sharedFilter": view.filter.text.strip() if view.filter is not None else None,
            "sorts": [{"columnId": id_of(view.sort), "direction": "descending" if view.descending else "ascending"}]
            if view.sort
            else [],
        }
        if view.columns:
            shown = [id_of(name) for name in view.columns]
            hidden: list[Json] = [column.id for column in seen.columns.values() if column.id not in shown]
            fields |= {"columnVisibility": {"hideColumnIds": hidden}, "columnOrder": [*shown]}
        elif again:
            every: list[Json] = [*seen.columns]
            fields |= {"columnVisibility": {"hideColumnIds": []}, "columnOrder": every}
        return fields

    def make_formula(self, change: AddFormula, page: str) -> None:
        """A new named formula on a page."""
        formula = change.formula
        control: dict[str, Json] = {"type": "formula", "formula": formula.formula.text.strip(), **self._kind(formula)}
        data: dict[str, Json] = {"action": "create", "name": formula.name, "control": control}
        told = self._call("control_manage", self._uri("canvases", page), data=data)
        self.ids.formulas[formula.name] = str(told.get("formulaUri", "")).rpartition("/")[2]

    def change_formula(self, change: SetNamedFormula, page: str) -> None:
        """Another name or text of a named formula."""
        id = self._formula_id(change.before.name, change.after.name)
        fields: dict[str, Json] = {"name": change.after.name, "formula": change.after.formula.text.strip()}
        if self.tools.has("control_manage", "data.updatedFields.format.type"):
            fields |= self._kind(change.after)
        uri = self._uri("canvases", page, "formulas", id)
        self._call("control_manage", uri, data={"action": "update", "updatedFields": fields})

    def make_button(self, change: AddControl, page: str) -> None:
        """A new button on a page: of all controls, the tools make no other that a project can describe."""
        control: dict[str, Json] = {"type": "button", **_button(change.control)}
        data: dict[str, Json] = {"action": "create", "name": change.control.name, "control": control}
        told = self._call("control_manage", self._uri("canvases", page), data=data)
        self.ids.controls[change.control.name] = str(told.get("controlUri", "")).rpartition("/")[2]

    def change_control(self, change: SetControl, page: str) -> None:
        """Another name of a control, or another label, action or condition of a button."""
        id = self.ids.controls.pop(change.before.name, "") or self.ids.controls[change.after.name]
        self.ids.controls[change.after.name] = id
        fields = {"name": change.after.name, **(_button(change.after) if change.after.kind == "button" else {})}
        uri = self._uri("canvases", page, "controls", id)
        self._call("control_manage", uri, data={"action": "update", "updatedFields": fields})

    def _kind(self, formula: NamedFormula) -> dict[str, Json]:
        column = formula_column(formula)
        return {"format": self._format(column)} if has_tool_format(column) and formula.kind != "other" else {}

    # ------------------------------------------------------------ calls

    def _uri(self, *steps: str) -> str:
        return "/".join((f"coda://docs/{self.ids.doc}", *steps))

    def _table(self, name: str, *steps: str) -> str:
        return self._uri("tables", self._table_id(name), *steps)

    def _table_id(self, name: str) -> str:
        return _found(self.ids.tables.get(name), f"table {name}")

    def _column_id(self, table: str, name: str) -> str:
        return _found(self.ids.columns.get((table, name)), f"column {table}.{name}")

    def _view_id(self, *names: str) -> str:
        found = next((self.ids.views[name] for name in names if name in self.ids.views), None)
        return _found(found, f"view {names[0]}")

    def _formula_id(self, *names: str) -> str:
        found = next((self.ids.formulas[name] for name in names if name in self.ids.formulas), None)
        return _found(found, f"named formula {names[0]}")

    def _call(self, tool: str, uri: str, **arguments: Json) -> Mapping[str, Json]:
        told = self.tools.call(tool, {"uri": uri, **arguments})
        return told if isinstance(told, dict) else {}


def _found(id: str | None, what: str) -> str:
    if id is None:
        raise NotKnown(what)
    return id


def _button(control: Control) -> dict[str, Json]:
    fields: dict[str, Json] = {"label": control.label or control.name}
    if control.action is not None:
        fields["actionFormula"] = control.action.text.strip()
    return fields | {"disableIfFormula": control.disable_if.text.strip() if control.disable_if is not None else ""}


def together(one: Change, other: Change) -> bool:
    """Whether two changes can go in one call."""
    match one, other:
        case AddColumn(table, _), AddColumn(other_table, _):
            return table == other_table
        case (
            SetFormula() | SetAction() | SetFormat() | SetOptions() | SetDescription() | SetDisplay() | RenameColumn(),
            SetFormula() | SetAction() | SetFormat() | SetOptions() | SetDescription() | SetDisplay() | RenameColumn(),
        ):
            return one.table == other.table
    return False


def _column_of(change: SetFormula | SetAction | SetFormat | SetOptions | SetDescription | SetDisplay) -> str:
    return change.after if isinstance(change, SetDisplay) else change.column


def _options(names: Sequence[str], there: Json) -> list[Json]:
    """Options by their names; one that is there already keeps what it looks like."""
    known = {str(option.get("name")): option for option in _records(there)}
    return [known.get(name, {"name": name}) for name in names]


def _without(fields: Mapping[str, Json], name: str) -> dict[str, Json]:
    return {key: value for key, value in fields.items() if key != name}


def _records(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
