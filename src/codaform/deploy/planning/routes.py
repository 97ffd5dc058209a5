"""By which way a change can be made in Coda, and why by no better one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from codaform.coda.wire.formats import control_to_rest
from codaform.coda.wire.tool_formats import has_tool_format, tool_writable_format
from codaform.deploy.planning.changes import (
    AddColumn,
    AddControl,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    SetAction,
    SetControl,
    SetDefault,
    SetDescription,
    SetDisplay,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetOptions,
    SetOrder,
    SetView,
)
from codaform.deploy.remote.columns import Shape, shape_of, shaped
from codaform.model.schema import Column, Control, View

Way = Literal["rest", "mcp", "hand", "unsupported"]
"""By the REST API, by the tools of the MCP server, by a person in Coda, or not at all."""

MOST_COLUMNS = 20
"""How many columns the tools take in one call."""


class Offered(Protocol):
    """The tools that a server lists."""

    def has(self, tool: str, *arguments: str) -> bool:
        """Whether there is a tool that takes these arguments; inner ones are named as `data.columns.formula`."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a deploy can use. mcp: Whether MCP was asked for. tools: What its server offers; None without it."""

    mcp: bool = False
    tools: Offered | None = None


REST_ALONE = Capabilities()


@dataclass(frozen=True, slots=True)
class Route:
    """A way, and why it is this one."""

    way: Way
    why: str


@dataclass(frozen=True, slots=True)
class _Need:
    """The tool of a change, and what it has to take."""

    tool: str
    arguments: tuple[str, ...] = ("uri",)


_ADD = ("uri", "data.action", "data.columns.name", "data.columns.format.type")
_UPDATE = ("uri", "data.action", "data.columns.columnId")
_COLUMNS = ("data.columnVisibility.hideColumnIds", "data.columnOrder")
_CREATE = ("uri", "name", "columns.name", "columns.format.type")


def route(change: Change, capabilities: Capabilities) -> Route:
    """How a change can be made. No schema is changed by REST: its API has no operation for that."""
    need = _need(change)
    if isinstance(need, Route):
        return need
    if not capabilities.mcp or capabilities.tools is None:
        return Route("hand", f"REST changes no schema; with --via mcp, {need.tool} does it")
    if not capabilities.tools.has(need.tool):
        return Route("hand", f"the MCP server has no tool {need.tool}")
    for argument in need.arguments:
        if not capabilities.tools.has(need.tool, argument):
            return Route("hand", f"the MCP server's {need.tool} does not take {argument}")
    return Route("mcp", f"{need.tool} does it; REST changes no schema")


def _need(change: Change) -> _Need | Route:
    """What a change needs of the tools, or why they cannot make it."""
    match change:
        case AddTable(table):
            if not table.columns:
                return Route("hand", "the tools make a table with a column at least, and every one here needs another")
            return _Need("table_create", _CREATE)
        case RenameTable():
            return Route("hand", "no API renames a table")
        case AddColumn(_, column):
            return _added(column)
        case DropTable():
            return _Need("table_delete")
        case DropColumn():
            return _Need("table_columns_delete", ("uri", "columnIds"))
        case RenameColumn():
            return _updated("name")
        case SetFormula(_, _, _, after):
            if after is None:
                return Route("hand", "no API is known to clear a formula")
            return _updated("formula")
        case SetDefault():
            return Route("hand", "no API writes what a new row starts with")
        case SetAction() | SetOptions():
            return _updated("format.type")
        case SetFormat(_, _, _, after):
            return _expressed(after) or _updated("format.type")
        case SetDescription():
            return _updated("description")
        case SetDisplay():
            return _updated("isDisplayColumn")
        case SetOrder():
            return Route("hand", "no API moves a column that is there")
        case AddView(view):
            return _Need("table_view_manage", ("uri", "data.action", "data.name", "data.pageUri", *_of_view(view)))
        case SetView(before, after):
            name = ("data.name",) if before.name != after.name else ()
            shown = _COLUMNS if before.columns and not after.columns else ()
            return _Need("table_view_manage", ("uri", "data.action", *name, *_of_view(after), *shown))
        case DropView():
            return _Need("table_view_delete")
        case AddFormula():
            return _Need(
                "control_manage", ("uri", "data.action", "data.name", "data.control.type", "data.control.formula")
            )
        case SetNamedFormula(before_formula, formula):
            renamed = ("data.updatedFields.name",) if before_formula.name != formula.name else ()
            return _Need("control_manage", ("uri", "data.action", "data.updatedFields.formula", *renamed))
        case DropFormula() | DropControl():
            return _Need("control_delete")
        case AddControl(control):
            return _control(control, "data.control", ("data.name", "data.control.type"))
        case SetControl(before_control, control):
            if before_control.kind != control.kind:
                return Route("hand", "no API makes another type of a control")
            if before_control.name != control.name and _same_but_the_name(before_control, control):
                return _Need("control_manage", ("uri", "data.action", "data.updatedFields.name"))
            return _control(control, "data.updatedFields", ())


def _same_but_the_name(one: Control, other: Control) -> bool:
    """Whether nothing else is to be written of a control: of a button, its action is."""
    return one.kind != "button" and control_to_rest(one) == control_to_rest(other)


def _control(control: Control, field: str, more: tuple[str, ...]) -> _Need | Route:
    """What is needed to write a control: the tools know buttons and no other that a project can describe."""
    if control.kind == "ai_block":
        return Route("unsupported", "Coda's own editor makes an AI block, nothing else does")
    if control.kind != "button":
        return Route("hand", f"the tools make no control of the type {control_to_rest(control)}: only buttons")
    if control.action is None:
        return Route("hand", "the tools make no button without an action")
    condition = (f"{field}.disableIfFormula",) if control.disable_if is not None else ()
    return _Need(
        "control_manage", ("uri", "data.action", *more, f"{field}.label", f"{field}.actionFormula", *condition)
    )


def _added(column: Column) -> _Need | Route:
    unable = _expressed(shape_of(column))
    if unable is not None:
        return unable
    more = ("data.columns.formula",) if column.computed and column.kind != "button" else ()
    return _Need("table_columns_manage", (*_ADD, *more))


def _updated(field: str) -> _Need:
    return _Need("table_columns_manage", (*_UPDATE, f"data.columns.updatedFields.{field}"))


def _expressed(shape: Shape) -> Route | None:
    """Why the tools cannot write a format; None where they can."""
    column = shaped("", shape)
    if has_tool_format(column):
        left = tool_writable_format(column).members()
        beyond = [name for name in shape.format.members() if name not in left]
        return Route("hand", f"the tools cannot write this {', '.join(beyond)}") if beyond else None
    if shape.kind == "relation":
        return Route("unsupported", "it leads to a table that nobody knows")
    if shape.kind in ("pack_object", "other"):
        return Route("unsupported", "a Pack or an import makes such a column, nothing else does")
    return Route("hand", f"the tools have no format for a column of type {shape.kind}")


def _of_view(view: View) -> tuple[str, ...]:
    return (
        *(("data.sharedFilter",) if view.filter is not None else ()),
        *(("data.sorts",) if view.sort else ()),
        *(_COLUMNS if view.columns else ()),
    )
