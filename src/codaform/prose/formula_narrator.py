"""The parts of a formula in words: each as a noun, a condition or an action."""

from __future__ import annotations

from dataclasses import dataclass, replace

from codaform.diagnostics import rules
from codaform.library.function import Function
from codaform.model import types
from codaform.model.number_text import number_text
from codaform.model.schema import Doc, views
from codaform.model.values import Person
from codaform.prose import conditions, special_calls
from codaform.prose.narrator import (
    Clause,
    NarratedItem,
    NounPhrase,
    Surroundings,
    arguments_by_name,
    bare,
    beside_verb,
    is_action,
)
from codaform.prose.phrases import Mark, Phrase, bracketed, length, listed, quoted, starts, without, words
from codaform.prose.templates import CLAUSES, DEEDS, NOUNS, fill, named_column
from codaform.semantics import ir
from codaform.source import Source
from codaform.text import one_line

_LONGEST = 420
"""The most letters of a part in a sentence; a longer part is shown as its formula."""

_DEEPEST = 24
"""The most levels of parts in words."""

_LONGEST_CODE = 60


@dataclass(frozen=True, slots=True)
class FormulaNarrator:
    """Writes the parts of one formula in words. It is a Narrator.

    source: The text of the formula, for parts without words.
    """

    doc: Doc
    source: Source

    # ------------------------------------------------------------ nouns

    def noun(self, node: ir.Node, around: Surroundings) -> NounPhrase:
        """A part as a noun."""
        if around.depth > _DEEPEST:
            return NounPhrase((self._code(node),))
        said = self._noun(bare(node), replace(around, depth=around.depth + 1))
        return said if not around.depth or length(said.phrase) <= _LONGEST else NounPhrase((self._code(node),))

    def _noun(self, node: ir.Node, around: Surroundings) -> NounPhrase:
        match node:
            case ir.Constant():
                return _constant(node)
            case ir.Local(slot):
                return NounPhrase(_held(slot, around))
            case ir.Rows(name):
                return NounPhrase(words("the rows of ", self.table(name)))
            case ir.Field():
                return self._field(node, around)
            case ir.Property(value, name):
                return _part_of((Mark(name),), self.noun(value, around))
            case ir.Named(name):
                return NounPhrase((Mark(name),))
            case ir.RowNamed(text, table):
                return NounPhrase(words("the row ", quoted(text), *((" of ", self.table(table)) if table else ())))
            case ir.Map():
                return self._map(node, around)
            case ir.Call():
                return self._call(node, around)
            case ir.Fails(rules.NOT_COMPUTED.name, _, types.ANY | types.OBJECT):
                return NounPhrase(words("what Coda gives for ", self._code(node)))
            case ir.Fails():
                return NounPhrase(words(self._code(node), " (not understood)"))
        return self.noun(bare(node), around)

    def _field(self, node: ir.Field, around: Surroundings) -> NounPhrase:
        mark = Mark(node.column)
        row = bare(node.row)
        if isinstance(row, ir.Local):
            if row.slot == 0:
                return NounPhrase(words(f"{around.own} ", mark))
            if row.slot == around.current and around.items[row.slot].kind == "item":
                return NounPhrase(words(f"{around.theirs} ", mark))
        return _part_of((mark,), self.noun(node.row, around))

    def _map(self, node: ir.Map, around: Surroundings) -> NounPhrase:
        """A formula for each item of a list, in words for one item."""
        each = self.each_item(node.items, around)
        within = replace(around, items={**around.items, node.slot: NarratedItem("each", each.phrase)})
        said = self.noun(node.body, within)
        return NounPhrase(said.phrase, said.open or each.open)

    def _call(self, node: ir.Call, around: Surroundings) -> NounPhrase:
        name = node.function.operator or node.function.name
        if name in special_calls.SPECIAL:
            return special_calls.SPECIAL[name](self, node, around)
        if name in NOUNS:
            return fill(self, NOUNS[name], node, around)
        if is_action(node):
            return NounPhrase(words("an action that ", self.act(node, around)), True)
        if _is_condition(node):
            return NounPhrase(words("whether ", self.clause(node, around).text), True)
        return self._summary(node, around)

    def _summary(self, node: ir.Call, around: Surroundings) -> NounPhrase:
        """A function without words of its own: its name, its arguments, and the first sentence of its page."""
        given = [
            (mark,) if (mark := named_column(argument)) else self.noun(argument, around).phrase
            for arguments_ in arguments_by_name(node).values()
            for argument in arguments_
        ]
        name = (Mark(node.function.name),)
        shown = words(name, " of ", listed(given)) if given else name
        return NounPhrase(words(shown, f" ({_first_sentence(node.function)})"))

    # ------------------------------------------------------------ conditions

    def clause(self, node: ir.Node, around: Surroundings) -> Clause:  # noqa: C901 - a case for each kind of node
        """A part as a condition."""
        deeper = replace(around, depth=around.depth + 1)
        inner = bare(node)
        if around.depth > _DEEPEST:
            return Clause((self._code(node),), ("counts as true",), ("counts as false",), inner)
        if not isinstance(inner, ir.Call):
            if isinstance(inner, ir.Constant) and isinstance(inner.value, bool):
                text = "always true" if inner.value else "never true"
                return Clause(("this",), (f"is {text}",))
            return conditions.truth_clause(self, inner, deeper)
        name = inner.function.operator or inner.function.name
        if name in conditions.COMPARISONS:
            return conditions.comparison_clause(self, inner, deeper)
        if name in ("IsBlank", "IsNotBlank") and (some := self._any(inner, deeper)) is not None:
            return some
        if name in CLAUSES:
            return self._filled_clause(inner, *CLAUSES[name], deeper)
        match name:
            case "AND" | "OR":
                return (
                    conditions.joined_clause(self, inner, deeper) if len(inner.args) > 1 else self._only(inner, deeper)
                )
            case "NOT":
                (argument,) = inner.args
                assert argument is not None
                return conditions.negated_clause(self.clause(argument, deeper))
            case "Xor":
                odd = fill(self, "an odd number of these holds: {conditions}", inner, deeper).phrase
                return Clause((), odd)
            case "RegexMatch":
                return special_calls.regex_clause(self, inner, deeper)
            case "Contains":
                return special_calls.contains_clause(self, inner, deeper)
            case "If" | "SwitchIf":
                return conditions.decision_clause(self, inner, deeper)
            case "WithName" if inner.type == types.BOOLEAN:
                return Clause(
                    (), conditions.where_phrase(self, inner, deeper, lambda part, at: self.clause(part, at).text)
                )
            case "True" | "_True":
                return Clause(("this",), ("is always true",))
            case "False":
                return Clause(("this",), ("is never true",))
        if inner.type == types.BOOLEAN:
            summary = (
                self._call(inner, deeper)
                if name in NOUNS or name in special_calls.SPECIAL
                else self._summary(inner, deeper)
            )
            return Clause(summary.phrase, ("is true",), ("is not true",), inner)
        return conditions.truth_clause(self, inner, deeper)

    def _any(self, node: ir.Call, around: Surroundings) -> Clause | None:
        """Whether a filtered list has items; None for any other value."""
        (argument,) = node.args
        value = bare(argument) if argument is not None else None
        if not isinstance(value, ir.Call) or value.function.name not in ("Filter", "Lookup"):
            return None
        phrase = self.noun(value, around).phrase
        if starts(phrase, "the rows of "):
            some, none = words("there are ", without(phrase, "the ")), words("there are no ", without(phrase, "the "))
        elif starts(phrase, "those of "):
            rest = without(phrase, "those of ")
            some, none = words("there are some of ", rest), words("there are none of ", rest)
        else:
            some, none = words(bracketed(phrase), " is not empty"), words(bracketed(phrase), " is empty")
        return Clause((), some, none) if node.function.name == "IsNotBlank" else Clause((), none, some)

    def _only(self, node: ir.Call, around: Surroundings) -> Clause:
        """AND or OR of one condition, or of none."""
        found = [argument for argument in node.args if argument is not None]
        return self.clause(found[0], around) if found else Clause(("this",), ("is always true",))

    def _filled_clause(self, node: ir.Call, subject: str, predicate: str, negated: str, around: Surroundings) -> Clause:
        given = arguments_by_name(node)
        topic = bare(next((nodes[0] for nodes in given.values() if nodes), node))
        return Clause(
            beside_verb(fill(self, subject, node, around), topic),
            fill(self, predicate, node, around).phrase,
            fill(self, negated, node, around).phrase,
            topic,
        )

    def relative_clause(self, node: ir.Node, around: Surroundings) -> Phrase:
        """A condition on the current item, as a relative clause."""
        inner = bare(node)
        if isinstance(inner, ir.Call) and inner.function.name == "WithName":
            return conditions.where_phrase(self, inner, around, self.relative_clause)
        return conditions.relative_phrase(self, inner, around)

    # ------------------------------------------------------------ actions

    def act(self, node: ir.Node, around: Surroundings) -> Phrase:
        """A part as an action, in the third person."""
        inner = bare(node)
        if isinstance(inner, ir.Call) and around.depth <= _DEEPEST:
            deeper = replace(around, depth=around.depth + 1)
            match inner.function.name:
                case "RunActions":
                    return special_calls.acts_in_order(self, inner, deeper)
                case "If" | "SwitchIf":
                    return conditions.decision_act(self, inner, deeper)
                case "FormulaMap":
                    return special_calls.act_per_item(self, inner, deeper)
                case "WithName":
                    return conditions.where_phrase(self, inner, deeper, self.act)
                case name if name in DEEDS:
                    return fill(self, DEEDS[name], inner, deeper).phrase
        if isinstance(inner, ir.Map):
            each = NarratedItem("each", self.each_item(inner.items, around).phrase)
            return self.act(inner.body, replace(around, items={**around.items, inner.slot: each}))
        return words("runs ", self.noun(node, around).phrase)

    # ------------------------------------------------------------ names

    def each_item(self, node: ir.Node, around: Surroundings) -> NounPhrase:
        """One item of a list, as an example of all."""
        inner = bare(node)
        said = self.noun(inner, around)
        if isinstance(inner, ir.Rows):
            return NounPhrase(words("each row of ", without(said.phrase, "the rows of ")), said.open)
        if starts(said.phrase, "the list of "):
            return NounPhrase(words("each of ", without(said.phrase, "the list of ")), said.open)
        whole = isinstance(inner, ir.Map) or starts(said.phrase, "those of ", "the rows of ")
        return said if whole else NounPhrase(words("each of ", said.phrase), said.open)

    def table(self, name: str) -> Phrase:
        """The name of a table or view."""
        view = next((view for view in views(self.doc) if view.name == name), None)
        if name in self.doc.tables or view is None:
            return (Mark(name),)
        return words("the view ", Mark(name))

    def _code(self, node: ir.Node) -> Mark:
        """A part as the formula has it, cut where it is long."""
        text = self.source.text[node.span.start : node.span.end]
        return Mark(one_line(text, _LONGEST_CODE) or "a part of the formula")


def _is_condition(node: ir.Call) -> bool:
    name = node.function.operator or node.function.name
    return (
        name in CLAUSES
        or name in conditions.COMPARISONS
        or name in ("AND", "OR", "NOT", "Xor", "Contains", "RegexMatch")
    )


def _constant(node: ir.Constant) -> NounPhrase:
    match node.value:
        case None:
            return NounPhrase(("blank",))
        case bool(value):
            return NounPhrase(("true" if value else "false",))
        case float(value) | int(value):
            return NounPhrase((number_text(float(value)),))
        case Person(name):
            return NounPhrase((name.replace("`", "'"),))
        case str(text):
            return NounPhrase(quoted(text))
    mark = named_column(node)
    return NounPhrase((mark,) if mark is not None else (Mark(str(node.value)),))


def _held(slot: int, around: Surroundings) -> Phrase:
    """The value of a slot, alone."""
    if slot == 0:
        return ("this row",)
    item = around.items.get(slot, NarratedItem("item"))
    if item.kind != "item":
        return item.phrase
    word = "row" if item.row else "item"
    outer = "" if slot == around.current else "outer "
    return (f"{'each' if item.apart else 'the'} {outer}{word}",)


def _part_of(name: Phrase, owner: NounPhrase) -> NounPhrase:
    """The part of something."""
    return NounPhrase(words("the ", name, " of ", owner.phrase), owner.open)


def _first_sentence(function: Function) -> str:
    first = function.summary.replace("`", "'").split(". ")[0].rstrip(".!")
    return first[:1].lower() + first[1:] if first[1:2].islower() or first[1:2] == " " else first
