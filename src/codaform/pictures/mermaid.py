"""The relations of a doc as the source of a Mermaid diagram."""

from __future__ import annotations

import re

from codaform.model.schema import Column, Doc
from codaform.pictures.relations import relations_of

_WORD = re.compile("[A-Za-z][A-Za-z0-9_]*")


def mermaid(doc: Doc) -> str:
    """An `erDiagram` of the doc's tables, columns and relations; those that are computed are dotted.

    Names that are no word for Mermaid are given as labels; of columns, other signs become underlines.
    """
    names = {name: f"t{number}" for number, name in enumerate(doc.tables, 1)}
    lines = ["erDiagram"]
    for table in doc.tables.values():
        lines.append(f'    {names[table.name]}["{_quoted(table.name)}"] {{')
        lines += [f"        {_attribute(column, table.display is column)}" for column in table.columns.values()]
        lines.append("    }")
    for relation in relations_of(doc):
        left = "}o" if relation.referred_by_many else "|o"
        right = "o{" if relation.many else "o|"
        between = ".." if relation.computed else "--"
        label = _quoted(relation.column)
        lines.append(f'    {names[relation.table]} {left}{between}{right} {names[relation.to]} : "{label}"')
    return "\n".join(lines) + "\n"


def _attribute(column: Column, shown: bool) -> str:
    name = re.sub("[^A-Za-z0-9_]", "_", column.name)
    name = name if _WORD.fullmatch(name) else f"c_{name}"
    notes = [
        note
        for note, said in (
            (column.name, name != column.name),
            ("shown", shown),
            ("many", column.many),
            ("computed", column.computed),
        )
        if said
    ]
    return f"{column.kind} {name}" + (f' "{_quoted(", ".join(notes))}"' if notes else "")


def _quoted(text: str) -> str:
    """A text between quotation marks: Mermaid's own entities for what would end it or be markup."""
    plain = " ".join(text.split()).replace("#", "#35;").replace('"', "#quot;")
    return plain.replace("<", "#lt;").replace(">", "#gt;").replace("%", "#37;")
