"""The tools for the text of a page: read, change, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codaform.coda.page.edits import NoSuchElement, apply_operation
from codaform.coda.page.lines import Line, safe_address
from codaform.coda.page.markdown import to_markdown
from codaform.server.doc.records import Json, PageRecord
from codaform.server.mcp.arguments import COLOR, POSITION, URI
from codaform.server.mcp.caller import Caller, ToolRefused, page_addresses
from codaform.server.mcp.describing import control_shape, formula_shape, table_shape, thread_shape
from codaform.server.mcp.schema import (
    Schema,
    boolean,
    choice,
    either,
    exactly,
    integer,
    listed,
    record,
    some_text,
    text,
)
from codaform.server.mcp.tool import changes, reads, tool

_LONG = 10_000
"""The most characters that one operation accepts or searches for."""

_ICONS = (
    "info info-squared about about-us-female about-us-male ask-question help light edison-bulb innovation "
    "sheet-of-paper note brief todo-list arrow reminder megaphone search filled-star go checked-2 verified-account "
    "rocket alarm-clock appointment-reminders error high-priority no-entry empty-flag filled-flag traffic-light"
)


# A comma apart, because some names hold a space.
_LANGUAGES = (
    "ABAP,ActionScript,Ada,Agda,AppleScript,Arduino,AutoIt,Bash,Basic,BNF,C,CFScript,Clojure,Cobol,"
    "CodaFormulaLanguage,CoffeeScript,Coq,C++,C#,CSS,D,Dart,Dhall,Diff,Docker,EBNF,Elixir,Elm,Erlang,Flow,Fortran,F#,"
    "Gherkin,GLSL,Go,GraphQL,Groovy,Haskell,Haxe,HTML,Idris,Java,JavaScript,JSON,JSX,Julia,Kotlin,LaTeX,Less,Lisp,"
    "LiveScript,LLVM IR,Lua,Makefile,Markdown,MATLAB,Nix,Objective-C,OCaml,Pascal,Perl,PHP,PlainText,PowerShell,"
    "Prolog,Protobuf,Puppet,PureScript,Python,R,Racket,Reason,reStructuredText,Ruby,Rust,Scala,Scheme,SCSS,Smalltalk,"
    "Solidity,Splunk SPL,SQL,Standard ML,Swift,Tcl,TOML,TSX,TypeScript,Vala,VB.NET,Verilog,VHDL,Visual Basic,"
    "WebAssembly,XML,XQuery,YAML"
)

_PICTURES = "gif jpeg png x-png bmp svg+xml heic webp avif"


def _block(kind: str, *, written: bool, **members: Schema) -> Schema:
    """An element to insert, of one kind. written: It needs a content."""
    content = {"content": text(most=_LONG)} if written else {}
    return record(
        {
            "operation": exactly("insert_element"),
            "blockType": exactly(kind),
            "insertPosition": POSITION,
        }
        | content
        | members,
        required=("operation", "blockType", *content),
    )


def _operation(name: str, required: tuple[str, ...], **members: Schema) -> Schema:
    return record({"operation": exactly(name)} | members, required=("operation", *required))


_OLD = some_text(_LONG)

_NEW = text(most=_LONG)

_OPERATIONS = either(
    _operation("delete_element", ("elementId",), elementId=some_text()),
    _operation("delete_element_by_text", ("oldText",), oldText=_OLD, all=boolean()),
    either(
        _block(
            "callout",
            written=True,
            style=choice("Info", "Tip", "Alert", "Critical"),
            color=COLOR,
            icon=choice(*_ICONS.split()),
            dismissible=boolean(),
        ),
        _block("codeblock", written=True, language=choice(*_LANGUAGES.split(","))),
        _block("divider", written=False, style=choice("Default", "Thick", "Dashed", "Dotted", "Wavy", "Paragraph")),
        _block("image", written=False, altText=text(most=255)),
        _block("markdown", written=True),
    ),
    _operation(
        "replace_element_text",
        ("elementId", "oldText", "newText"),
        elementId=some_text(),
        oldText=_OLD,
        newText=_NEW,
    ),
    _operation("replace_text", ("oldText", "newText"), oldText=_OLD, newText=_NEW, all=boolean()),
    _operation("set_collapsible", (), elementId=some_text(), collapsible=boolean()),
)


_USUAL_BLOCKS = 100


# ------------------------------------------------------------ content


@tool(
    record(
        {
            "uri": URI,
            "contentTypesToInclude": listed(choice("tables", "formulas", "controls", "comments", "markdown"), least=1),
            "markdownBlockLimit": integer(1, default=100),
            "markdownBlockOffset": integer(0, default=0),
            "markdownBlockContentLimit": integer(1),
            "markdownIncludeAnnotations": boolean(),
            "markdownSearchTerms": listed(some_text(500), most=10),
        },
        required=("uri", "contentTypesToInclude"),
    ),
    reads(),
)
def content_read(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Reads the content of a page: its text as Markdown, its tables, formulas, controls and comments."""
    doc, page = caller.page(arguments["uri"])
    wanted = arguments["contentTypesToInclude"]
    shape: dict[str, Json] = dict(page_addresses(page))
    if "markdown" in wanted:
        shape |= _markdown(page, arguments)
    if "tables" in wanted:
        tables = [table_shape(doc, table, None) for table in doc.record.tables if table.page == page.id]
        views = [(table, view) for table in doc.record.tables for view in table.views if view.page == page.id]
        shape["tables"] = [*tables, *(table_shape(doc, table, view) for table, view in views)]
    if "formulas" in wanted:
        shape["formulas"] = [formula_shape(doc, known) for known in doc.record.formulas if known.page == page.id]
    if "controls" in wanted:
        shape["controls"] = [control_shape(doc, known) for known in doc.record.controls if known.page == page.id]
    if "comments" in wanted:
        threads = (thread for thread in doc.record.threads if thread.page == page.id)
        shape["commentThreads"] = [thread_shape(thread, caller.user) for thread in threads]
    return shape


def _markdown(page: PageRecord, arguments: Mapping[str, Json]) -> dict[str, Json]:
    lines: Sequence[Line] = page.lines
    terms = [term.casefold() for term in arguments.get("markdownSearchTerms", ())]
    if terms:
        lines = [line for line in lines if any(term in line.text.casefold() for term in terms)]
    offset, limit = arguments.get("markdownBlockOffset", 0), arguments.get("markdownBlockLimit", _USUAL_BLOCKS)
    part, longest = lines[offset : offset + limit], arguments.get("markdownBlockContentLimit")
    if arguments.get("markdownIncludeAnnotations") or longest is not None:
        texts = [_cut(to_markdown([line]).strip("\n"), longest) for line in part]
        if arguments.get("markdownIncludeAnnotations"):
            # Coda's own marks are not known.
            texts = [f"<!-- {line.id} -->\n{text}" for line, text in zip(part, texts, strict=True)]
        content = "\n\n".join(texts)
    else:
        content = to_markdown(part)
    return {"content": content}  # Coda does not tell how many blocks there are: an empty content is the end


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else text[:longest] + "…"


@tool(
    record(
        {"uri": URI, "operations": listed(_OPERATIONS, least=1, most=10)},
        required=("uri", "operations"),
    ),
    changes(),
)
def content_modify(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Changes the text of a page, one operation after the other: insert, replace, delete, fold."""
    doc, page = caller.page(arguments["uri"])
    if page.kind != "canvas":
        raise ToolRefused(f"The page {page.name} holds no text.")
    operations = arguments["operations"]
    lines: Sequence[Line] = page.lines
    for number, operation in enumerate(operations, 1):
        try:
            lines = apply_operation(lines, operation).lines
        except (NoSuchElement, ValueError) as problem:
            raise ToolRefused(f"Operation {number}: {problem}.") from None
    before = {line.id for line in page.lines}
    caller.do(doc, "modify content", {"page": page.id, "operations": operations})
    new = [line.id for line in page.lines if line.id not in before]
    return {**page_addresses(page), "operations": len(operations), "newElementIds": new}


@tool(
    record(
        {
            "uri": URI,
            "imageUrl": some_text(1_000_000),
            "blobId": some_text(),
            "contentType": choice(*(f"image/{kind}" for kind in _PICTURES.split())),
            "altText": text(most=255),
        },
        required=("uri",),
    ),
    changes(outside=True),
)
def content_image_upload(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Puts a picture from the web on a page, by its address, which is not fetched here."""
    doc, page = caller.page(arguments["uri"])
    if page.kind != "canvas":
        raise ToolRefused(f"The page {page.name} holds no text.")
    if arguments.get("blobId"):
        raise ToolRefused(f"There is no uploaded picture {arguments['blobId'][:200]}.")
    address = arguments.get("imageUrl", "")
    if not (safe_address(address) or address.startswith("data:image/")):
        raise ToolRefused("imageUrl is missing, or no address of a picture.")
    operation = {"operation": "insert_element", "blockType": "image", "imageUrl": address}
    operation["altText"] = arguments.get("altText", "")
    before = {line.id for line in page.lines}
    caller.do(doc, "modify content", {"page": page.id, "operations": [operation]})
    return {**page_addresses(page), "elementId": next((line.id for line in page.lines if line.id not in before), None)}
