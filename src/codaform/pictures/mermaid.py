"""Pictures of tables and relations as the source of Mermaid diagrams."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codaform.model.schema import Column, Doc, Table
from codaform.pictures.cards import Relation, relations_of
from codaform.pictures.relations import related_tables

_WORD = re.compile("[A-Za-z][A-Za-z0-9_]*")


def mermaid(doc: Doc) -> str:
    """An `erDiagram` of the doc's tables, columns and relations; those that are computed are dotted.

    Names that are no word for Mermaid are given as labels; of columns, other signs become underlines.
    """
    return _diagram(list(doc.tables.values()), relations_of(doc))


def mermaid_around(doc: Doc, table: str) -> str:
    """The same for one table and its related tables; these have no columns."""
    names, found = related_tables(doc, table)
    return _diagram([doc.tables[name] for name in names], found, table)


def flowchart(names: Sequence[str], pairs: Sequence[tuple[str, str]], down: bool = False) -> str:
    """A `flowchart` of things by their names, with an arrow for each pair, from left to right or down."""
    ids = {name: f"n{number}" for number, name in enumerate(names, 1)}
    lines = [f"flowchart {'TD' if down else 'LR'}", *(f'    {id}["{mermaid_text(name)}"]' for name, id in ids.items())]
    lines += [f"    {ids[start]} --> {ids[end]}" for start, end in pairs if start in ids and end in ids]
    return "\n".join(lines) + "\n"


def _diagram(tables: Sequence[Table], found: Sequence[Relation], whole: str = "") -> str:
    names = {table.name: f"t{number}" for number, table in enumerate(tables, 1)}
    lines = ["erDiagram"]
    for table in tables:
        columns = table.columns.values() if whole in ("", table.name) else ()
        lines.append(f'    {names[table.name]}["{mermaid_text(table.name)}"] {{')
        lines += [f"        {_attribute(column, table.display is column)}" for column in columns]
        lines.append("    }")
    for relation in found:
        left = "}o" if relation.referred_by_many else "|o"
        right = "o{" if relation.many else "o|"
        between = ".." if relation.computed else "--"
        label = mermaid_text(relation.column)
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
    return f"{column.kind} {name}" + (f' "{mermaid_text(", ".join(notes))}"' if notes else "")


def mermaid_text(text: str) -> str:
    """A text between quotation marks: Mermaid's own entities for what would end it or be markup."""
    plain = " ".join(text.split()).replace("#", "#35;").replace('"', "#quot;")
    return plain.replace("<", "#lt;").replace(">", "#gt;").replace("%", "#37;")
