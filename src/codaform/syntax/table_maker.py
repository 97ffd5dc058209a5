"""Writes the tables of the grammar: `python -m codaform.syntax.table_maker FOLDER`. Lark is needed here alone."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lark import Lark
from lark.parsers.lalr_analysis import Shift

from codaform.syntax.tables import ACCEPT, END, TABLES, Tables


def make(grammar: str) -> Tables:
    """The tables that Lark makes of a grammar. States are numbered in the order in which symbols lead to them.

    Lark's own numbers are others each time.
    """
    lark = Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)
    parser: Any = lark.parser
    table = parser.parser.parser.parse_table
    lexer = parser.lexer.root_lexer
    rules = sorted(lark.rules, key=lambda rule: (rule.origin.name, rule.order))
    start, end = table.start_states["start"], table.end_states["start"]
    numbers = {start: 0}
    for state in (waiting := [start]):
        for _, (action, target) in sorted(table.states[state].items()):
            if action is Shift and target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)

    def entries(state: Any, terminals: bool) -> dict[str, int]:
        found = {
            str(symbol).strip("$"): numbers[target] if action is Shift else ~rules.index(target)
            for symbol, (action, target) in sorted(table.states[state].items())
            if symbol.isupper() == terminals
        }
        return found | ({END: ACCEPT} if terminals and state == end else {})

    return Tables(
        terminals={terminal.name: terminal.pattern.to_regexp() for terminal in lexer.terminals},
        ignored=sorted(lexer.ignore_types),
        rules=[[str(rule.origin.name), len(rule.expansion), _built(rule)] for rule in rules],
        actions=[entries(state, True) for state in waiting],
        gotos=[entries(state, False) for state in waiting],
    )


def _built(rule: Any) -> str:
    """The name of a rule's builder: its alias, else its name; empty where `?` lets one symbol pass."""
    passes = rule.options.expand1 and len(rule.expansion) == 1 and not rule.alias
    return "" if passes else str(rule.alias or rule.origin.name)


def written(tables: Tables) -> str:
    """The tables as the text that is kept, an entry a line."""

    def entry(value: Any) -> str:
        return json.dumps(value, ensure_ascii=True)

    parts = []
    for name, value in asdict(tables).items():
        if isinstance(value, dict):
            lines = ",\n".join(f"  {entry(key)}: {entry(item)}" for key, item in value.items())
            parts.append(f" {entry(name)}: {{\n{lines}\n }}")
        else:
            lines = ",\n".join(f"  {entry(item)}" for item in value)
            parts.append(f" {entry(name)}: [\n{lines}\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / TABLES).write_text(written(make((place / "coda.lark").read_text("utf-8"))), "utf-8")
