"""codaform's commands as tools of an MCP server, for agents: those that read and compute, none that writes a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 120
"""How long a call may take."""

_LONGEST = 200_000
"""The most letters of an answer: what an agent reads has a price."""

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AgentTool:
    """A command as a tool. properties: Its arguments, as JSON Schema. words: The command line of a call.

    stdin: The argument that the command reads from stdin.
    """

    name: str
    about: str
    words: Callable[[Arguments], list[str]]
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    stdin: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        properties = {name: dict(shape) for name, shape in self.properties.items()}
        shape = {"type": "object", "properties": properties, "required": list(self.required)}
        return {**shape, "additionalProperties": False}

    def misfit(self, given: Arguments) -> str:
        """Why arguments do not fit the schema; empty where they do."""
        for name in self.required:
            if name not in given:
                return f"the argument {name} is missing"
        for name, value in given.items():
            if name not in self.properties:
                return f"there is no argument {name}; there are {', '.join(self.properties) or 'none'}"
            wanted = self.properties[name]["type"]
            if not isinstance(value, int if wanted == "integer" else str) or isinstance(value, bool):
                return f"the argument {name} is no {wanted}"
            if isinstance(value, str) and "\0" in value:
                return f"the argument {name} has a character that no argument can have"
        return ""


def _text(about: str) -> dict[str, str]:
    return {"type": "string", "description": about}


def _given(given: Arguments, **options: str) -> list[str]:
    """The options of a call: by argument, the option; a value never becomes an option of its own."""
    return [f"{option}={given[name]}" for name, option in options.items() if name in given]


def _check(given: Arguments) -> list[str]:
    alone = ["--stdin", *_given(given, table="--table", column="--column")] if "formula" in given else []
    return ["check", "--format=json", *alone]


def _functions(given: Arguments) -> list[str]:
    return ["functions", "--", given["name"]] if "name" in given else ["functions"]


TOOLS = (
    AgentTool(
        "check",
        "Find what is wrong with the project, or with a formula at a place of its doc: names, types, files, rows. Each "
        "finding has a rule, a message, a place, a help and often a fix. An empty list means that nothing is wrong.",
        _check,
        {
            "formula": _text("Check this formula instead of the project."),
            "table": _text("The table whose rows own the formula."),
            "column": _text("The column of that table that the formula defines."),
        },
        stdin="formula",
    ),
    AgentTool(
        "eval",
        "Compute a formula of Coda's language over the project's sample rows, without changing anything. With a table "
        "the formula is computed for each of its rows, or for the one row that is named.",
        lambda given: ["eval", "--format=json", *_given(given, table="--table", row="--row"), "--", given["formula"]],
        {
            "formula": _text("The formula, such as tasks.Filter(hours > 2).Count()."),
            "table": _text("The table whose rows own the formula: thisRow is one of them."),
            "row": _text("A row of the table, by its display text."),
        },
        ("formula",),
    ),
    AgentTool(
        "uses",
        "The parts that a part of the doc needs, and those that need it: through formulas, views, buttons, relations, "
        "tests, cases, scenarios, migrations and documents. Ask before you change or remove a part.",
        lambda given: ["uses", "--format=json", *_given(given, depth="--depth"), "--", given["part"]],
        {
            "part": _text("table.column, or the name of a table, a view, a named formula or a control."),
            "depth": {"type": "integer", "minimum": 1, "description": "Follow so many steps; by default all."},
        },
        ("part",),
    ),
    AgentTool(
        "lint",
        "Advice on formulas that work: what they may mean otherwise than their readers think, and what costs without "
        "need. Each finding has a rule, a message, a place, a help and often a fix.",
        lambda _: ["lint", "--format=json"],
    ),
    AgentTool(
        "cost",
        "The ten costliest formulas, in comparisons of rows, with what would help.",
        lambda given: ["cost", "--format=json", *_given(given, grow="--grow")],
        {"grow": {"type": "integer", "minimum": 1, "description": "Reckon with so many times the sample rows."}},
    ),
    AgentTool(
        "functions",
        "The functions of Coda's language with their signatures, or one function with its page: parameters, examples, "
        "how sure it is.",
        _functions,
        {"name": _text("A function, such as Filter.")},
    ),
    AgentTool(
        "show",
        "A table, a view, a named formula or a control with its computed values over the sample rows.",
        lambda given: ["show", "--format=json", "--", given["name"]],
        {"name": _text("The table, view, named formula or control.")},
        ("name",),
    ),
    AgentTool(
        "plan",
        "The changes that would bring the doc of an environment to the state of the project, with reasons, effects and "
        "risks. Nothing is changed: only a person applies a plan.",
        lambda given: ["plan", "--format=json", *_given(given, environment="--to")],
        {"environment": _text("An environment of doc.yml; by default local, which every project has.")},
    ),
)
"""The tools, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """The answer of a tool. failed: Whether it could not run."""

    text: str
    failed: bool


def call_tool(name: str, given: Arguments, root: Path) -> ToolAnswer:
    """Carry out a tool in the folder of a project."""
    tool = next((one for one in TOOLS if one.name == name), None)
    if tool is None:
        return ToolAnswer(f"there is no tool {name}", True)
    if problem := tool.misfit(given):
        return ToolAnswer(problem, True)
    # -P: no module is taken from the current folder, which is the project's, and a project is data.
    command = [sys.executable, "-P", "-m", "codaform", *tool.words(given)]
    text = str(given.get(tool.stdin, "")) if tool.stdin else ""
    try:
        done = subprocess.run(
            command, cwd=root, input=text, capture_output=True, encoding="utf-8", errors="replace", timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return ToolAnswer(f"{name} took more than {SECONDS} seconds", True)
    except (OSError, UnicodeError) as error:
        return ToolAnswer(f"{name} could not be started: {error}", True)
    said = done.stdout.strip() or done.stderr.strip()
    if done.returncode not in (0, 1):
        return ToolAnswer(done.stderr.strip() or said, True)
    if len(said) > _LONGEST:
        return ToolAnswer(f"the answer has {len(said):,} letters, {_LONGEST:,} is the most: ask for less", True)
    return ToolAnswer(said, False)


def serve_tools(root: Path) -> None:
    """Serve the tools by MCP on stdin and stdout until the client ends."""
    import anyio
    import mcp_types as wire
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    from codaform import __version__

    async def list_tools(_: object, __: object) -> wire.ListToolsResult:
        reads = wire.ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)
        listed = [
            wire.Tool(name=one.name, description=one.about, input_schema=one.schema, annotations=reads) for one in TOOLS
        ]
        return wire.ListToolsResult(tools=listed)

    async def answer(_: object, params: wire.CallToolRequestParams) -> wire.CallToolResult:
        arguments = params.arguments or {}
        told = await anyio.to_thread.run_sync(lambda: call_tool(params.name, arguments, root))
        return wire.CallToolResult(content=[wire.TextContent(text=told.text)], is_error=told.failed)

    server: Server[Any] = Server(
        "codaform",
        version=__version__,
        instructions="Checks, computes and explains a Coda doc that is a folder of text files. Nothing is changed.",
        on_list_tools=list_tools,
        on_call_tool=answer,
    )

    async def serve() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(serve)
