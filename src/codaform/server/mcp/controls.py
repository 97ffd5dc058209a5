"""The tools for formulas, buttons and reactions on a page, and for running a formula."""

from __future__ import annotations

from codaform.server.mcp.formats import COLOR, COLUMN_FORMAT, REACTION_DISPLAY, REACTION_ICON
from codaform.server.mcp.places import ONLY_URI, POSITION, URI
from codaform.server.mcp.schema import Schema, either, exactly, record, some_text, text
from codaform.server.mcp.tool import Tool, changes, reads

_FORMULA: dict[str, Schema] = {"formula": some_text(), "format": COLUMN_FORMAT}

_BUTTON: dict[str, Schema] = {
    "label": some_text(),
    "actionFormula": some_text(),
    "disableIfFormula": text(),
    "color": COLOR,
}

_REACTION: dict[str, Schema] = {"imageIcon": REACTION_ICON, "reactionDisplay": REACTION_DISPLAY}

_CONTROL = either(
    record({"type": exactly("formula")} | _FORMULA, required=("type", "formula")),
    record({"type": exactly("button")} | _BUTTON, required=("type", "actionFormula", "label")),
    record({"type": exactly("reaction")} | _REACTION, required=("type", "imageIcon")),
)

TOOLS = (
    Tool(
        "control_manage",
        "Puts a formula, a button or a reaction on a page, or changes one that is there.",
        record(
            {
                "uri": URI,
                "data": either(
                    record(
                        {
                            "action": exactly("create"),
                            "control": _CONTROL,
                            "name": text(),
                            "insertPosition": POSITION,
                        },
                        required=("action", "control"),
                    ),
                    record(
                        {
                            "action": exactly("update"),
                            "updatedFields": record({"name": some_text()} | _FORMULA | _BUTTON | _REACTION),
                        },
                        required=("action", "updatedFields"),
                    ),
                ),
            },
            required=("uri", "data"),
        ),
        changes(),
    ),
    Tool("control_delete", "Deletes a formula or a control from its page.", ONLY_URI, changes()),
    Tool(
        "formula_execute",
        "Computes a formula as if it stood on a page of the doc, and writes nothing.",
        record({"uri": URI, "formula": some_text()}, required=("uri", "formula")),
        reads(),
    ),
)
