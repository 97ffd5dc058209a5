"""What the parts of a formula are to whoever tells it: nouns, conditions, and what surrounds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from codaform.model import types
from codaform.prose.phrases import Phrase, bracketed, words
from codaform.semantics import ir

Mix = Literal["", "and", "or"]


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A part as a noun. `open`: words that follow could be taken for a part of its end, so it needs parentheses."""

    phrase: Phrase
    open: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A part as a condition. The subject is empty where the predicate is a whole clause.

    negated: What is said of the subject where the condition is false; empty where that has no words of its own.
    topic: What the subject speaks of. mix: Which word joins the predicates, where it has several.
    """

    subject: Phrase
    predicate: Phrase
    negated: Phrase = ()
    topic: ir.Node | None = None
    mix: Mix = ""

    @property
    def text(self) -> Phrase:
        """The condition as a clause."""
        return words(self.subject, " ", self.predicate) if self.subject else self.predicate


@dataclass(frozen=True, slots=True)
class Item:
    """What a slot holds: `name` as WithName calls it, `item` of a list that is gone through, `each` one of a list.

    row: Whether an item is a row. apart: Whether what is told stands apart from the list that it is an item of.
    """

    kind: Literal["name", "item", "each"]
    phrase: Phrase = ()
    row: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a part stands.

    items: What the slots hold. current: The slot of the innermost item; -1 outside of lists.
    own: How the cells of this row are introduced. theirs: How those of the current item are.
    apart: Whether the items of inner lists are told apart from their lists.
    depth: How many parts it stands in.
    """

    items: Mapping[int, Item] = field(default_factory=dict)
    current: int = -1
    own: str = "its"
    theirs: str = "their"
    apart: bool = False
    depth: int = 0


class Narrator(Protocol):
    """What tells parts; it is handed to whatever has words for some of them."""

    def noun(self, node: ir.Node, around: Surroundings) -> NounPhrase:
        """A part as a noun."""

    def clause(self, node: ir.Node, around: Surroundings) -> Clause:
        """A part as a condition."""

    def act(self, node: ir.Node, around: Surroundings) -> Phrase:
        """A part as what it does, in the third person."""

    def relative_clause(self, node: ir.Node, around: Surroundings) -> Phrase:
        """A condition on the current item, as a relative clause."""

    def each_item(self, node: ir.Node, around: Surroundings) -> NounPhrase:
        """One of a list, for all of them."""

    def table(self, name: str) -> Phrase:
        """The name of a table or view."""


def bare(node: ir.Node) -> ir.Node:
    """The part without what Coda converts silently, and without its being deferred."""
    while isinstance(node, ir.Convert | ir.Lambda):
        node = node.value if isinstance(node, ir.Convert) else node.body
    return node


def is_call(node: ir.Node, *names: str) -> bool:
    """Whether a part calls a function, by its name or sign."""
    return isinstance(node, ir.Call) and (node.function.operator or node.function.name) in names


def is_blank(node: ir.Node) -> bool:
    """Whether a part is the blank literal."""
    node = bare(node)
    return isinstance(node, ir.Constant) and node.value is None


def is_action(node: ir.Node) -> bool:
    """Whether a part does something."""
    node = bare(node)
    kind = node.type
    return kind == types.ACTION or (isinstance(kind, types.OneOf) and types.ACTION in kind.options)


def in_parentheses(said: NounPhrase) -> Phrase:
    """The noun as it stands before further words."""
    return bracketed(said.phrase) if said.open else said.phrase


_SUMS = ("+", "-", "*", "/", "^", "&")
"""The signs that compute; what they join ends in no clause that could take further words for its own."""


def beside_verb(said: NounPhrase, node: ir.Node) -> Phrase:
    """The noun as it stands beside a verb or before `if`."""
    return said.phrase if is_call(bare(node), *_SUMS) else in_parentheses(said)


def with_named_value(around: Surroundings, slot: int, name: Phrase) -> Surroundings:
    """Where a part stands that knows a value by a name."""
    return replace(around, items={**around.items, slot: Item("name", name)})


def within_items(around: Surroundings, slot: int | None, item: types.Type, theirs: str) -> Surroundings:
    """Where a part stands that is asked per item of a list."""
    if slot is None:
        return around
    row = isinstance(types.given_row(item), types.RowOf)
    theirs = "each row's" if around.apart else theirs
    items = {**around.items, slot: Item("item", row=row, apart=around.apart)}
    return replace(around, items=items, current=slot, own="this row's", theirs=theirs)


def given_arguments(call: ir.Call) -> list[ir.Node]:
    """What a call is given, in order."""
    return [argument for argument in call.args if argument is not None]


def arguments_by_name(call: ir.Call) -> dict[str, list[ir.Node]]:
    """What a call is given, by parameter; a left-out one has an empty list."""
    found: dict[str, list[ir.Node]] = {}
    for parameter, _, node in ir.arguments(call):
        group = found.setdefault(parameter.name, [])
        if node is not None:
            group.append(node)
    return found
