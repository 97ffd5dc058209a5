"""A loop over the LALR tables that reads a text and builds its tree, with a lexer like Lark's contextual one.

A state knows the terminals that it can go on with. One regular expression has all terminals in the order in which they
are tried; where it finds one that the state does not know, those that the state does know are tried alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from codaform.syntax.building import Build, Doubts, gather, last
from codaform.syntax.mistakes import Refusal
from codaform.syntax.tables import ACCEPT, END, Tables


class Automaton:
    """The tables, with the terminals as regular expressions and with what builds each rule."""

    def __init__(self, tables: Tables, terminals: Mapping[str, str], builders: Mapping[str, Build]) -> None:
        self.tables = tables
        self.terminals = {name: text for name, text in terminals.items() if name not in tables.ignored} | {END: r"\Z"}
        # What is ignored before a terminal gives no part of itself back: a comment has one end.
        self.ignored = f"(?>(?:{'|'.join(terminals[name] for name in tables.ignored)})*)"
        self.all = self._pattern(self.terminals)
        self.known: dict[frozenset[str], re.Pattern[str]] = {}
        self.rules = [
            (name, taken, gather if name.startswith("_") else builders[built] if built else last)
            for name, taken, built in tables.rules
        ]
        self.landings = [
            {name: _Landing(tables, before, state) for name, state in gotos.items()}
            for before, gotos in enumerate(tables.gotos)
        ]

    def read(self, text: str) -> tuple[Any, Doubts]:
        """The tree of a text, and the nodes in doubt in the order in which they were built. Raises Refusal."""
        actions, rules, landings = self.tables.actions, self.rules, self.landings
        scan = _scanner(self.all, text, 0)
        doubts: Doubts = []
        states, values = [0], list[Any]()
        state = 0
        before: Any = None
        terminal: Any
        while True:
            found = scan()
            terminal = found and found.lastgroup
            action = actions[state].get(terminal)
            if action is None:
                found = self._find(states, text, before.end() if before else 0, found)
                scan = _scanner(self.all, text, found.end())
                terminal = found.lastgroup
                action = actions[state][terminal]
            try:
                while action < 0:
                    name, taken, build = rules[~action]
                    if taken == 1:
                        states.pop()
                        values[-1] = build(doubts, values[-1])
                    elif taken == 3:  # what follows does the same, but this is the most frequent, and faster
                        one, two, three = values[-3:]
                        del values[-2:], states[-3:]
                        values[-1] = build(doubts, one, two, three)
                    else:
                        first = len(values) - taken
                        parts = values[first:]
                        del values[first:], states[first + 1 :]
                        values.append(build(doubts, *parts))
                    state, action = landings[states[-1]][name][terminal]
                    states.append(state)
            except _Stuck as stuck:
                raise self._refusal([*states, stuck.state], found) from None
            if action == ACCEPT:
                return values[-1], doubts
            state, before = action, found
            states.append(state)
            values.append(found)

    def _find(self, states: Sequence[int], text: str, at: int, found: re.Match[str] | None) -> re.Match[str]:
        """The next terminal, where the first that matches, if there is one, is none that the state knows."""
        if found is None:
            ignored = re.compile(self.ignored).match(text, at)
            start = ignored.end() if ignored else at
            raise Refusal("", start, start + 1, self._accepted(states))
        names = frozenset(self.tables.actions[states[-1]])
        if names not in self.known:
            self.known[names] = self._pattern(name for name in self.terminals if name in names)
        other = self.known[names].match(text, at)
        if other is None:
            raise self._refusal(states, found)
        return other

    def _refusal(self, states: Sequence[int], found: re.Match[str]) -> Refusal:
        """The refusal of a terminal."""
        name = str(found.lastgroup)
        return Refusal(name, *found.span(name), self._accepted(states))

    def _accepted(self, states: Sequence[int]) -> frozenset[str]:
        """The terminals that can follow. A state knows some more, with which it reduces rules and then is stuck."""
        return frozenset(name for name in self.tables.actions[states[-1]] if self._accepts([*states], name))

    def _accepts(self, states: list[int], terminal: str) -> bool:
        while (action := self.tables.actions[states[-1]].get(terminal)) is not None:
            if action >= 0:
                return True
            name, taken, _ = self.tables.rules[~action]
            del states[len(states) - taken :]
            states.append(self.tables.gotos[states[-1]][name])
        return False

    def _pattern(self, names: Iterable[str]) -> re.Pattern[str]:
        """The first of some terminals that matches, behind what is ignored."""
        return re.compile(f"{self.ignored}(?:{'|'.join(f'(?P<{name}>{self.terminals[name]})' for name in names)})")


class _Stuck(Exception):
    """The next terminal is none that the state knows to which a rule led."""

    def __init__(self, state: int) -> None:
        self.state = state


class _Landing(dict[str, tuple[int, int]]):
    """The state to which a rule leads, and what to do there, by the next terminal.

    It skips rules that only hand on their one symbol: a number in parentheses has ten such rules around it.
    """

    def __init__(self, tables: Tables, before: int, state: int) -> None:
        self.tables, self.before, self.state = tables, before, state

    def __missing__(self, terminal: str) -> tuple[int, int]:
        tables, state = self.tables, self.state
        while (action := tables.actions[state].get(terminal)) is not None:
            if action >= 0 or tables.rules[~action][2]:
                self[terminal] = state, action
                return state, action
            state = tables.gotos[self.before][tables.rules[~action][0]]
        raise _Stuck(state)


def _scanner(pattern: re.Pattern[str], text: str, at: int) -> Callable[[], Any]:
    """A function that finds one match after the other. It is not documented, but Python's own `re.Scanner` uses it."""
    scan: Callable[[], Any] = cast(Any, pattern).scanner(text, at).match
    return scan
