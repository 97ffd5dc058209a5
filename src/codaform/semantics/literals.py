"""What the literals of an understood formula give away before it runs: what would fail, and what would never match."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from datetime import UTC
from functools import partial
from itertools import pairwise

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.library.function import ColumnValue, ControlValue, Function, Parameter
from codaform.model import conversion, types, unexpected, value_texts
from codaform.model.number_text import number_text
from codaform.model.schema import Column, Doc, control_column, value_type
from codaform.model.types import Type
from codaform.model.values import EvaluationError
from codaform.semantics import ir, provenance
from codaform.semantics.bind_state import Binding
from codaform.semantics.provenance import Leaf
from codaform.source import Source, Span, frozen
from codaform.spelling import did_you_mean, nearest
from codaform.syntax import ast
from codaform.syntax.names import bracketed
from codaform.syntax.parser import parse
from codaform.text import shorten

_ORDERS = ("<", "<=", ">", ">=")

_READERS: dict[Type, Callable[[str], object]] = {
    types.NUMBER: value_texts.read_number,
    types.DURATION: value_texts.read_duration,
    types.DATE: lambda text: value_texts.read_datetime(text, UTC),
    types.DATETIME: lambda text: value_texts.read_datetime(text, UTC),
    types.TIME: lambda text: value_texts.read_datetime(text, UTC),
}
"""How a text is read as a value of a type; raises EvaluationError if it cannot."""


@frozen
class _Reading:
    """The facts about the formula, and its diagnostics. `held` has the origins of the values in the slots."""

    binding: Binding
    doc: Doc
    held: dict[int, ir.Node]
    told: set[Span]
    found: list[Diagnostic] = field(default_factory=list)
    known: dict[int, list[Leaf]] = field(default_factory=dict)

    def leaves(self, node: ir.Node) -> list[Leaf]:
        """Where the value of a part may come from."""
        found = self.known.get(id(node))
        if found is None:
            found = self.known[id(node)] = provenance.leaves(self.doc, self.held, node)
        return found

    def say(self, rule: Rule, message: str, span: Span, help: str = "", fix: Fix | None = None) -> None:
        """Note a finding, unless something was already said of this very place."""
        if span not in self.told:
            self.told.add(span)
            self.found.append(Diagnostic(rule, message, self.binding.formula.source, span, help, fix))


def check_literals(
    binding: Binding, body: ir.Node, parts: Sequence[ir.Node], doc: Doc, into: Column | None = None
) -> None:
    """Say what the literals of a formula give away.

    parts: The body and all that it consists of. into: The column whose cells the formula fills.
    """
    # Only a function with checks of its own has something to say of a number; all the rest is about texts and names.
    telling = any(
        isinstance(part, ir.Fails) or (isinstance(part, ir.Constant) and isinstance(part.value, str)) for part in parts
    )
    seen = [
        part
        for part in parts
        if (isinstance(part, ir.Call) and (telling or part.function.literals)) or (telling and type(part) is ir.Convert)
    ]
    filled = into if telling and into is not None and _options([into]) else None
    if not seen and filled is None:
        return
    reading = _Reading(binding, doc, provenance.held(parts), {finding.span for finding in binding.diagnostics})
    checks = [(part.span, partial(_looked_at, reading, part)) for part in seen]
    if filled is not None:
        checks.append((body.span, partial(_fits, reading, filled, body)))
    for span, check in checks:
        try:
            check()
        except Exception as error:
            reading.say(rules.INTERNAL_ERROR, unexpected.describe(error), span, unexpected.REPORT)
    binding.diagnostics.extend(sorted(reading.found, key=lambda finding: finding.span.start))


def _looked_at(reading: _Reading, part: ir.Node) -> None:
    match part:
        case ir.Convert(value, kind):
            _converted(reading, value, kind)
        case ir.Call():
            _asked(reading, part)
            _compared(reading, part)
            for first, second in pairwise(part.args):
                target = _filled(reading.doc, first)
                if target is not None and second is not None:
                    _fits(reading, target, second)


def _filled(doc: Doc, argument: ir.Node | None) -> Column | None:
    """The column or the control that an argument names, as a column; the next argument is its value."""
    match argument:
        case ir.Constant(ColumnValue(table, name)):
            return doc.tables[table].columns[name]
        case ir.Constant(ControlValue(name)):
            return control_column(doc.controls[name])
    return None


# ------------------------------------------------------------ conversions and conditions


def _converted(reading: _Reading, value: ir.Node, kind: Type) -> None:
    kind = provenance.item(kind)
    if kind == types.BOOLEAN:
        _condition(reading, value)
    elif kind in _READERS:
        _readable(reading, kind, provenance.texts(reading.leaves(value)))


def _readable(reading: _Reading, kind: Type, texts: Iterable[tuple[str, Span]]) -> None:
    for text, span in texts:
        try:
            _READERS[kind](text)
        except EvaluationError as fault:
            reading.say(rules.UNREADABLE_LITERAL, fault.message, span)


def _condition(reading: _Reading, value: ir.Node) -> None:
    leaves = reading.leaves(value)
    texts = [text for text, _ in provenance.texts(leaves)]
    if len(texts) < len(leaves) or len(counts := {conversion.to_boolean(text) for text in texts}) != 1:
        return
    (holds,) = counts
    truth = "true" if holds else "false"
    help, fix = "", None
    if len(texts) == 1 and _is_formula(texts[0]):
        help = "a condition stands without quotes"
        fix = Fix("write it without quotes", (Edit(value.span, texts[0]),), safe=False)
    if len(texts) == 1:
        message = f'the text "{shorten(texts[0])}" counts as {truth}, it is not computed'
    else:
        message = f"every possible text here counts as {truth}"
    reading.say(rules.CONSTANT_CONDITION, message, value.span, help, fix)


def _is_formula(text: str) -> bool:
    tree, said = parse(Source("text", text))
    computes = tree is not None and isinstance(tree.expression, ast.Operation | ast.Call | ast.Member)
    return computes and all(finding.rule.severity != "error" for finding in said)


# ------------------------------------------------------------ checks of a function's literals


def _asked(reading: _Reading, call: ir.Call) -> None:
    checks = call.function.literals
    if not checks:
        return
    arguments = ir.arguments(call)
    given: dict[str, object] = {parameter.name: () for parameter in call.function.params if parameter.repeats}
    for parameter, _, argument in arguments:
        known = parameter.default if argument is None else _known(argument)
        before = given.get(parameter.name)
        given[parameter.name] = (*before, known) if isinstance(before, tuple) and parameter.repeats else known
    for parameter, index, argument in arguments:
        check = checks.get(parameter.name)
        for literal in provenance.constants(reading.leaves(argument)) if check and argument is not None else ():
            try:
                value = _as_wanted(literal.value, parameter, index)
                if check and (value is not None or parameter.sees_blank[index]):
                    check(value, given)
            except EvaluationError as fault:
                rule = None if fault.rule in ("wrong-value", "out-of-range") else rules.find(fault.rule)
                reading.say(rule or rules.UNREADABLE_LITERAL, fault.message, literal.span)


def _known(argument: ir.Node) -> object:
    """The value of a literal, the type of anything else; of a list, that of its items."""
    while isinstance(argument, ir.Convert):
        argument = argument.value
    return argument.value if isinstance(argument, ir.Constant) else provenance.item(argument.type)


def _as_wanted(value: object, parameter: Parameter, index: int) -> object:
    wanted = provenance.item(parameter.types[index])
    match value:
        case str() if wanted == types.NUMBER:
            return value_texts.read_number(value)
        case bool() if wanted == types.NUMBER:
            return float(value)
        case bool() if wanted == types.TEXT:
            return "true" if value else "false"
        case float() if wanted == types.TEXT:
            return number_text(value)
    return value


# ------------------------------------------------------------ comparisons, and values for columns


def _compared(reading: _Reading, call: ir.Call) -> None:
    """What never equals: each argument of the first compared parameter against all others, and the other way round."""
    if not call.function.compares:
        return
    sides: dict[str, list[ir.Node]] = {name: [] for name in call.function.compares}
    for parameter, index, argument in ir.arguments(call):
        if parameter.name in sides and index == 0 and argument is not None:
            sides[parameter.name].append(argument)
    firsts, *others = sides.values()
    for first in firsts:
        for other in (argument for arguments in others for argument in arguments):
            _meet(reading, first, other, call.function)
            _meet(reading, other, first, call.function)


def _meet(reading: _Reading, known: ir.Node, other: ir.Node, function: Function) -> None:
    sources = reading.leaves(other)
    texts = provenance.texts(sources)
    if not texts and not any(isinstance(source, ir.Fails) for source in sources):
        return
    leaves = reading.leaves(known)
    columns = [leaf for leaf in leaves if isinstance(leaf, Column)]
    in_order = function.operator in _ORDERS
    if columns and not _is_open(leaves) and (options := _options(columns)):
        if not in_order:
            _chosen(reading, columns, [*options, *(text for text, _ in provenance.texts(leaves))], texts)
            _misnamed(reading, columns, options, sources)
        return
    if len(texts) < len(sources) and not in_order:
        # One text among other values may well be there to differ; an order fails by it.
        return
    while isinstance(known, ir.Convert):
        known = known.value
    kind = provenance.item(known.type)
    if kind in _READERS and kind != types.TIME:
        _readable(reading, kind, texts)
    elif kind == types.BOOLEAN and not in_order:
        for text, span in texts:
            if text not in ("true", "false"):
                reading.say(rules.UNREADABLE_LITERAL, f'"{shorten(text)}" is neither true nor false', span)


def _is_open(leaves: Iterable[Leaf]) -> bool:
    """Whether a value may come from where nothing is known of it."""
    return any(leaf is None or isinstance(leaf, ir.Fails) for leaf in leaves)


def _fits(reading: _Reading, column: Column, value: ir.Node) -> None:
    """Whether the literals among the values that go into a column, or are sought in it, are values of the column."""
    sources = reading.leaves(value)
    texts = provenance.texts(sources)
    kind = provenance.item(value_type(column))
    if options := _options([column]):
        _chosen(reading, [column], options, texts)
        _misnamed(reading, [column], options, sources)
    elif kind in _READERS:
        _readable(reading, kind, texts)


def _options(columns: Iterable[Column]) -> list[str]:
    """The options of select columns; none if one of the columns is open to any text."""
    found: dict[str, None] = {}
    for column in columns:
        if column.kind != "select" or not column.options:
            return []
        found.update(dict.fromkeys(column.options))
    return list(found)


def _chosen(
    reading: _Reading, columns: Iterable[Column], options: Sequence[str], texts: Iterable[tuple[str, Span]]
) -> None:
    names = " or ".join(dict.fromkeys(column.name for column in columns))
    for text, span in texts:
        if text in options:
            continue
        close = nearest(text, options)
        help = did_you_mean(close, f"the options are {_listed(options)}")
        fix = None
        if close is not None and not {'"', "\\"} & set(close):
            fix = Fix(f'write "{close}"', (Edit(span, f'"{close}"'),), safe=False)
        reading.say(rules.UNKNOWN_OPTION, f'"{shorten(text)}" is no option of {names}', span, help, fix)


def _misnamed(reading: _Reading, columns: Iterable[Column], options: Sequence[str], sources: Iterable[Leaf]) -> None:
    """If an unknown name is compared with select columns: look for it among their options, too."""
    said, text = reading.binding.diagnostics, reading.binding.formula.source.text
    spans = {source.span for source in sources if isinstance(source, ir.Fails)}
    for index, finding in enumerate(said):
        if finding.rule is not rules.UNKNOWN_NAME or finding.span not in spans:
            continue
        close = nearest(text[finding.span.start : finding.span.end], options)
        if close is not None:
            name = bracketed(close)
            fix = Fix(f"write {name}", (Edit(finding.span, name),), safe=False)
            said[index] = replace(finding, help=did_you_mean(name), fix=fix)
        elif finding.fix is None:
            names = " or ".join(dict.fromkeys(column.name for column in columns))
            said[index] = replace(finding, help=f"the options of {names} are {_listed(options)}")


def _listed(options: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(options[:most])
    return f"{shown} and {len(options) - most} more" if len(options) > most else shown
