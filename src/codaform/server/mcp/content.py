"""The tools for what is written on a page: read, change, pictures."""

from __future__ import annotations

from codaform.server.mcp.formats import COLOR
from codaform.server.mcp.places import POSITION, URI
from codaform.server.mcp.schema import (
    Schema,
    boolean,
    choice,
    either,
    exactly,
    listed,
    record,
    some_text,
    text,
    whole,
)
from codaform.server.mcp.tool import Tool, changes, reads

_LONG = 10_000
"""The most characters that one operation takes or looks for."""

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
    """An element to insert, of one kind. written: It has a content of its own, which must be given."""
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

TOOLS = (
    Tool(
        "content_read",
        "Reads what stands on a page: its text as Markdown, its tables, formulas, controls and comments.",
        record(
            {
                "uri": URI,
                "contentTypesToInclude": listed(
                    choice("tables", "formulas", "controls", "comments", "markdown"), least=1
                ),
                "markdownBlockLimit": whole(1, default=100),
                "markdownBlockOffset": whole(0, default=0),
                "markdownBlockContentLimit": whole(1),
                "markdownIncludeAnnotations": boolean(),
                "markdownSearchTerms": listed(some_text(500), most=10),
            },
            required=("uri", "contentTypesToInclude"),
        ),
        reads(),
    ),
    Tool(
        "content_modify",
        "Changes what is written on a page, one operation after the other: insert, replace, delete, fold.",
        record(
            {"uri": URI, "operations": listed(_OPERATIONS, least=1, most=10)},
            required=("uri", "operations"),
        ),
        changes(),
    ),
    Tool(
        "content_image_upload",
        "Puts a picture from the web, or one uploaded before, on a page.",
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
        served=False,
    ),
)
