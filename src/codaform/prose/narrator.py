"""The parts of a formula as nouns and conditions, and the context that their words depend on."""

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

    negated: The predicate where the condition is false; empty where that has no words of its own.
    topic: The part that the subject names. mix: The word that joins the predicates, if there are several.
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
class NarratedItem:
    """The value of a slot: the `name` that WithName gives, the current `item` of a list, or `each` item of a list.

    row: Whether an item is a row. apart: Whether the words are shown apart from the list of the item.
    """

    kind: Literal["name", "item", "each"]
    phrase: Phrase = ()
    row: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The context of a part.

    items: The values of the slots. current: The slot of the innermost item; -1 outside of lists.
    own: The word before cells of this row. theirs: The word before cells of the current item.
    apart: Whether the items of inner lists are shown apart from their lists.
    depth: The number of parts around it.
    """

    items: Mapping[int, NarratedItem] = field(default_factory=dict)
    current: int = -1
    own: str = "its"
    theirs: str = "their"
    apart: bool = False
    depth: int = 0


class Narrator(Protocol):
    """Writes parts in words; functions with words for some parts get it as an argument."""

    def noun(self, node: ir.Node, around: Surroundings) -> NounPhrase:
        """A part as a noun."""

    def clause(self, node: ir.Node, around: Surroundings) -> Clause:
        """A part as a condition."""

    def act(self, node: ir.Node, around: Surroundings) -> Phrase:
        """A part as an action, in the third person."""

    def relative_clause(self, node: ir.Node, around: Surroundings) -> Phrase:
        """A condition on the current item, as a relative clause."""

    def each_item(self, node: ir.Node, around: Surroundings) -> NounPhrase:
        """One item of a list, as an example of all."""

    def table(self, name: str) -> Phrase:
        """The name of a table or view."""


def bare(node: ir.Node) -> ir.Node:
    """The part without Coda's silent conversions and without its lambda."""
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
    """Whether a part is an action."""
    node = bare(node)
    kind = node.type
    return kind == types.ACTION or (isinstance(kind, types.OneOf) and types.ACTION in kind.options)


def in_parentheses(said: NounPhrase) -> Phrase:
    """The noun before further words, in parentheses where it is open."""
    return bracketed(said.phrase) if said.open else said.phrase


_SUMS = ("+", "-", "*", "/", "^", "&")
"""The signs of arithmetic, whose operands need no parentheses before further words."""


def beside_verb(said: NounPhrase, node: ir.Node) -> Phrase:
    """The noun beside a verb or before `if`."""
    return said.phrase if is_call(bare(node), *_SUMS) else in_parentheses(said)


def with_named_value(around: Surroundings, slot: int, name: Phrase) -> Surroundings:
    """The context of a part in which a value has a name."""
    return replace(around, items={**around.items, slot: NarratedItem("name", name)})


def within_items(around: Surroundings, slot: int | None, item: types.Type, theirs: str) -> Surroundings:
    """The context of a part that is computed for each item of a list."""
    if slot is None:
        return around
    row = isinstance(types.given_row(item), types.RowOf)
    theirs = "each row's" if around.apart else theirs
    items = {**around.items, slot: NarratedItem("item", row=row, apart=around.apart)}
    return replace(around, items=items, current=slot, own="this row's", theirs=theirs)


def given_arguments(call: ir.Call) -> list[ir.Node]:
    """The arguments of a call, in order."""
    return [argument for argument in call.args if argument is not None]


def arguments_by_name(call: ir.Call) -> dict[str, list[ir.Node]]:
    """The arguments of a call by parameter; a missing one has an empty list."""
    found: dict[str, list[ir.Node]] = {}
    for parameter, _, node in ir.arguments(call):
        group = found.setdefault(parameter.name, [])
        if node is not None:
            group.append(node)
    return found
