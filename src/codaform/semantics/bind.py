"""From a formula as written to a formula as understood: names, functions, conversions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.library import catalogue
from codaform.library.function import Column as ColumnValue
from codaform.library.function import Function
from codaform.library.function import Name as NameValue
from codaform.model import types
from codaform.model.schema import NamedFormula, Table, View, formula_type, value_type
from codaform.model.types import Deferred, ListOf, OneOf, RowOf, Type, describe
from codaform.model.values import Person
from codaform.semantics import conversion, ir, overloads
from codaform.semantics.scope import (
    Item,
    ItemColumn,
    OwnColumn,
    Scope,
    current_item,
    doc_wide,
    find,
    inside,
    is_option,
    nearest,
    own_column,
    resolve,
    row_table,
    visible_names,
)
from codaform.source import Span
from codaform.syntax import ast
from codaform.syntax.printer import bracketed

LOOK_ALIKES = {
    "len": "Length",
    "adddays": "",
    "dateadd": "",
    "addmonths": "RelativeDate",
    "datedif": "",
    "datediff": "",
    "map": "FormulaMap",
    "flatten": "ListCombine",
    "sortby": "Sort",
    "coalesce": "IfBlank",
    "weeknum": "WeekNumber",
    "workingdays": "NetWorkingDays",
    "distinct": "Unique",
    "iferror": "",
    "isempty": "IsBlank",
    "concat": "Concatenate",
    "mid": "Middle",
    "avg": "Average",
    "ifs": "SwitchIf",
    "vlookup": "Lookup",
    "networkdays": "NetWorkingDays",
    "intersect": "",
    "difference": "",
    "toweek": "WeekNumber",
}
"""Functions of other products, with the one that a Coda maker means; empty where none does the same."""

_HINTS = {
    "adddays": "a date takes days by +: thisRow.Date + Days(3)",
    "dateadd": "a date takes durations by +: thisRow.Date + Days(3)",
    "datedif": "dates subtract: (thisRow.End - thisRow.Start).ToDays()",
    "datediff": "dates subtract: (thisRow.End - thisRow.Start).ToDays()",
    "iferror": "Coda has none; guard the case that fails with If",
    "intersect": "filter one list by the other: A.Filter(B.Contains(CurrentValue))",
    "difference": "filter one list by the other: A.Filter(Not(B.Contains(CurrentValue)))",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A formula as understood, with everything there is to say of it. `body` computes even where errors were found."""

    body: ir.Node
    diagnostics: tuple[Diagnostic, ...]
    slots: int

    @property
    def type(self) -> Type:
        """The type of the formula's value."""
        return self.body.type


def bind(formula: ast.Formula, scope: Scope, expected: Type | None = None, action: bool = False) -> Bound:
    """Understand a formula at its place.

    expected: The type that the place holds; the value is converted to it.
    action: Whether an action may stand here, as in a button.
    """
    binder = _Binder(formula, scope.table)
    expression = binder.without_definition(formula.expression, scope)
    body = binder.bind(expression, scope, expected)
    if body.type == types.ACTION or body.type == ListOf(types.ACTION):
        if not action:
            binder.say(rules.ACTION_IN_COLUMN, "an action cannot stand in a cell", expression.span, "actions run in buttons")
            body = binder.fails(body.span, "an action in a cell")
    elif expected is not None and body.type != types.FAULTY:
        body = binder.as_result(body, expected, expression.span)
    return Bound(body, tuple(binder.diagnostics), binder.slots)


@dataclass
class _Binder:
    formula: ast.Formula
    table: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    slots: int = 1

    # ------------------------------------------------------------ saying

    def say(self, rule: Rule, message: str, span: Span, help: str = "", fix: Fix | None = None) -> None:
        self.diagnostics.append(Diagnostic(rule, message, self.formula.source, span, help, fix))

    def fails(self, span: Span, message: str, kind: Type = types.FAULTY) -> ir.Fails:
        return ir.Fails(rules.NOT_COMPUTED.name, message, kind, span)

    def slot(self) -> int:
        self.slots += 1
        return self.slots - 1

    # ------------------------------------------------------------ the whole formula

    def without_definition(self, expression: ast.Expression, scope: Scope) -> ast.Expression:
        """`tasks = tasks.Filter(…)` in the column tasks: what stands before the first equals sign is no comparison."""
        if not scope.column or not isinstance(expression, ast.Operation):
            return expression
        first, *others = expression.operands
        if expression.sign in ("AND", "OR") and others:
            inner = self.without_definition(first, scope)
            return expression if inner is first else replace(expression, operands=(inner, *others))
        if expression.sign != "=" or not isinstance(first, ast.Name) or first.text.casefold() != scope.column.casefold():
            return expression
        (value,) = others
        edit = Edit(Span(first.span.start, value.span.start), "")
        message = f"the formula repeats the name of the column that it defines, {scope.column}"
        fix = Fix(f"remove {first.text} =", (edit,))
        self.say(rules.DEFINITION_PREFIX, message, Span(first.span.start, expression.sign_span.end), "", fix)
        return value

    def as_result(self, body: ir.Node, expected: Type, span: Span) -> ir.Node:
        if conversion.cost(body.type, expected) is None:
            message = f"the formula gives {describe(body.type)}, its place holds {describe(expected)}"
            self.say(rules.WRONG_RESULT, message, span)
            return self.fails(span, message)
        return conversion.convert(body, expected)

    # ------------------------------------------------------------ expressions

    def bind(self, node: ast.Expression, scope: Scope, expected: Type | None = None) -> ir.Node:
        match node:
            case ast.Literal(value):
                return self.literal(value, node.span)
            case ast.Group(inner):
                return self.bind(inner, scope, expected)
            case ast.Keyword():
                return self.keyword(node, scope)
            case ast.Name():
                return self.name(node, scope, expected)
            case ast.Member():
                return self.member(node, scope)
            case ast.Operation():
                return self.operation(node, scope)
            case ast.Call():
                return self.call(node, scope, expected)
            case ast.Missing(span):
                return self.fails(span, "nothing stands here")

    def literal(self, value: str | float | bool, span: Span) -> ir.Node:
        match value:
            case "":
                return ir.Constant(None, types.BLANK, span)
            case str():
                return ir.Constant(value, types.TEXT, span)
            case bool():
                return ir.Constant(value, types.BOOLEAN, span)
        if value == float("inf"):
            self.say(rules.OUT_OF_RANGE, "the number is larger than any that can be computed with", span)
            return self.fails(span, "the number is too large")
        return ir.Constant(value, types.NUMBER, span)

    def keyword(self, node: ast.Keyword, scope: Scope) -> ir.Node:
        match node.name:
            case "thisRow" | "thisTable" if not scope.table:
                help = "name the table instead; a formula on a page has no row of its own"
                self.say(rules.NOT_IN_SCOPE, f"{node.name} needs a table that owns the formula", node.span, help)
                return self.fails(node.span, f"{node.name} has no table here")
            case "thisRow":
                return ir.Local(0, RowOf(scope.table), node.span)
            case "thisTable":
                return ir.Rows(scope.table, ListOf(RowOf(scope.table)), node.span)
            case "CurrentValue":
                item = current_item(scope)
                if item is None:
                    help = "Filter, FormulaMap, Sort and their kin go through a list"
                    self.say(rules.NOT_IN_SCOPE, "CurrentValue needs a function that goes through a list", node.span, help)
                    return self.fails(node.span, "there is no CurrentValue here")
                return ir.Local(item.slot, item.type, node.span)
        return self.fails(node.span, f"{node.name} is known only in Coda", types.OBJECT)

    def name(self, node: ast.Name, scope: Scope, expected: Type | None = None) -> ir.Node:
        if node.at:
            return self.row_named(node, scope, expected)
        meaning = resolve(scope, node.text, columns=not self.spelled_as_table(node))
        if meaning is None:
            return self.chip(node, scope, expected)
        self.notice_ambiguous(node, scope, meaning)
        return self.meant(meaning, scope, node.span)

    def meant(self, meaning: Item | ItemColumn | OwnColumn | Table | View | NamedFormula, scope: Scope, span: Span) -> ir.Node:
        match meaning:
            case Item():
                return ir.Local(meaning.slot, meaning.type, span)
            case ItemColumn(item, table, column):
                return ir.Field(ir.Local(item.slot, item.type, span), table.name, column.name, value_type(column), span)
            case OwnColumn(table, column):
                if column.name == scope.column:
                    return self.self_reference(column.name, span)
                return ir.Field(ir.Local(0, RowOf(table.name), span), table.name, column.name, value_type(column), span)
            case Table(name):
                return ir.Rows(name, ListOf(RowOf(name)), span)
            case View(name, table_name):
                return ir.Rows(name, ListOf(RowOf(table_name)), span)
            case NamedFormula():
                return ir.Named(meaning.name, formula_type(meaning), span)

    def self_reference(self, column: str, span: Span) -> ir.Node:
        message = f"the column {column} reads its own cell"
        self.say(rules.SELF_REFERENCE, message, span, "another row's cell is reached through thisTable")
        return self.fails(span, message)

    def spelled_as_table(self, node: ast.Name) -> bool:
        """Whether the comment `/* table */` stands right before a name: the identity that a reference in Coda carries."""
        text = self.formula.source.text
        return any(
            comment.text[2:-2].strip().lower() == "table" and not text[comment.span.end : node.span.start].strip()
            for comment in self.formula.comments
            if comment.span.end <= node.span.start
        )

    def notice_ambiguous(self, node: ast.Name, scope: Scope, meaning: object) -> None:
        start = Span(node.span.start, node.span.start)
        if isinstance(meaning, OwnColumn) and meaning.hides is not None:
            fix = Fix(f"write thisRow.{node.text}", (Edit(start, "thisRow."),))
            message = f"{node.text} is a column of this row and a {type(meaning.hides).__name__.lower()}; the column is meant"
            help = f"write thisRow.{bracketed(node.text)}, or /* table */ before the name for the table"
            self.say(rules.AMBIGUOUS_NAME, message, node.span, help, fix)
        elif isinstance(meaning, Table | View) and scope.column == meaning.name and not self.spelled_as_table(node):
            if own_column(scope, node.text) is None:
                return
            fix = Fix("spell out that the table is meant", (Edit(start, "/* table */ "),))
            message = f"{node.text} is a table and the column that this formula defines; the table is meant"
            self.say(rules.AMBIGUOUS_NAME, message, node.span, "write /* table */ before the name", fix)

    def chip(self, node: ast.Name, scope: Scope, expected: Type | None) -> ir.Node:
        """A name that is nothing in scope: an option, a person or a row by its display text, or a mistake."""
        wanted = expected.item if isinstance(expected, ListOf) else expected
        if is_option(scope.doc, node.text):
            return ir.Constant(node.text, types.TEXT, node.span)
        if wanted == types.PERSON:
            return ir.Constant(Person(node.text), types.PERSON, node.span)
        if isinstance(wanted, RowOf):
            return ir.RowNamed(node.text, wanted.table, wanted, node.span)
        known = visible_names(scope)
        close = nearest(node.text, known)
        functions = catalogue.find(node.text)
        if functions and not any(parameter for parameter in functions[0].params if not parameter.optional):
            help = f"the function is written {functions[0].name}()"
        elif close:
            help = f"did you mean {bracketed(close)}?"
        else:
            help = "in scope are " + _listed(known) if known else "nothing is in scope here"
        fix = Fix(f"write {bracketed(close)}", (Edit(node.span, bracketed(close)),), safe=False) if close else None
        message = f"no column, table or formula in scope is called {node.text}"
        self.say(rules.UNKNOWN_NAME, message, node.span, help, fix)
        return self.fails(node.span, message)

    def row_named(self, node: ast.Name, scope: Scope, expected: Type | None) -> ir.Node:
        shared = doc_wide(scope.doc, node.text)
        if shared is not None:
            return self.meant(shared, scope, node.span)
        wanted = expected.item if isinstance(expected, ListOf) else expected
        if wanted == types.PERSON:
            return ir.Constant(Person(node.text), types.PERSON, node.span)
        kind = wanted if isinstance(wanted, RowOf) else types.ANY
        return ir.RowNamed(node.text, wanted.table if isinstance(wanted, RowOf) else "", kind, node.span)

    # ------------------------------------------------------------ columns and properties

    def member(self, node: ast.Member, scope: Scope) -> ir.Node:
        target = self.bind(node.target, scope)
        if scope.column and node.name.text.casefold() == scope.column.casefold() and self.is_this_row(target):
            own = own_column(scope, node.name.text)
            if own is not None:
                return self.self_reference(own.column.name, node.name.span)
        return self.access(target, node.name, node.span, scope)

    def is_this_row(self, node: ir.Node) -> bool:
        return isinstance(node, ir.Local) and node.slot == 0

    def access(self, target: ir.Node, name: ast.Name, span: Span, scope: Scope) -> ir.Node:
        match target.type:
            case RowOf(table_name) if table_name:
                table = scope.doc.tables[table_name]
                column = find(table.columns, name.text)
                if column is None:
                    return self.unknown_column(table, name)
                return ir.Field(target, table.name, column.name, value_type(column), span)
            case ListOf(item) if item != types.FAULTY:
                slot = self.slot()
                body = self.access(ir.Local(slot, item, span), name, span, scope)
                if body.type == types.FAULTY:
                    return body
                return ir.Map(target, slot, body, ListOf(body.type), span)
            case types.PERSON:
                if name.text.casefold() in ("name", "email", "photo"):
                    return ir.Property(target, name.text.capitalize(), types.TEXT, span)
                message = f"a person has no {name.text}"
                self.say(rules.UNKNOWN_PROPERTY, message, name.span, "there are Name, Email and Photo")
                return self.fails(span, message)
            case types.ANY | types.OBJECT | OneOf() | RowOf():
                return ir.Property(target, name.text, types.ANY, span)
            case types.BLANK | types.FAULTY:
                return replace(target, span=span)
        message = f"{describe(target.type)} has no {name.text}"
        function = catalogue.find(name.text)
        help = f"the function is written .{function[0].name}()" if function else "only rows have columns"
        self.say(rules.UNKNOWN_PROPERTY, message, name.span, help)
        return self.fails(span, message)

    def unknown_column(self, table: Table, name: ast.Name) -> ir.Node:
        message = f"table {table.name} has no column {name.text}"
        close = nearest(name.text, table.columns)
        help = f"did you mean {bracketed(close)}?" if close else f"it has {_listed(list(table.columns))}"
        if not close and (functions := catalogue.find(name.text)):
            help = f"the function is written .{functions[0].name}()"
        fix = Fix(f"write {bracketed(close)}", (Edit(name.span, bracketed(close)),), safe=False) if close else None
        self.say(rules.UNKNOWN_COLUMN, message, name.span, help, fix)
        return self.fails(name.span, message)

    # ------------------------------------------------------------ operators

    def operation(self, node: ast.Operation, scope: Scope) -> ir.Node:
        functions = catalogue.operator(node.sign)
        if len(node.operands) == 1:
            functions = tuple(found for found in functions if len(found.params) == 1 or found.params[0].repeats)
            if node.sign == "+":
                return self.bind(node.operands[0], scope)
            return self.apply(functions, [self.operand(functions, node.operands[0], scope)], [node.operands[0].span], node.span)
        functions = tuple(found for found in functions if len(found.params) == 2 or found.params[0].repeats)
        left, right = node.operands
        spans = [left.span, right.span]
        if isinstance(functions[0].params[0].type, Deferred):
            return self.apply(functions, [self.operand(functions, side, scope) for side in (left, right)], spans, node.span)
        repaired = self.same_name(node, scope)
        if repaired is not None:
            return self.apply(functions, list(repaired), spans, node.span)
        if isinstance(left, ast.Name) and not isinstance(right, ast.Name) and resolve(scope, left.text) is None:
            second = self.bind(right, scope)
            first = self.bind(left, scope, second.type)
        else:
            first = self.bind(left, scope)
            second = self.bind(right, scope, first.type)
        if node.sign in ("=", "!="):
            self.notice_comparison(node, first, second, scope)
        return self.apply(functions, [first, second], spans, node.span)

    def operand(self, functions: tuple[Function, ...], node: ast.Expression, scope: Scope) -> ir.Node:
        bound = self.bind(node, scope)
        kind = functions[0].params[0].type
        return ir.Lambda(None, bound, bound.type, node.span) if isinstance(kind, Deferred) else bound

    def same_name(self, node: ast.Operation, scope: Scope) -> tuple[ir.Node, ir.Node] | None:
        """`Name = Name` inside a loop, as the API prints it: the item's column on the left, the row's on the right."""
        left, right = node.operands
        if not isinstance(left, ast.Name) or not isinstance(right, ast.Name) or left.text != right.text or left.at:
            return None
        meaning = resolve(scope, left.text)
        own = own_column(scope, left.text)
        if not isinstance(meaning, ItemColumn) or own is None or own.column.name == scope.column:
            return None
        name = bracketed(left.text)
        message = f"both sides read {left.text}: the left one of the item, the right one of this row"
        edits = (Edit(left.span, f"CurrentValue.{name}"), Edit(right.span, f"thisRow.{name}"))
        fix = Fix(f"write CurrentValue.{name} and thisRow.{name}", edits)
        self.say(rules.SAME_NAME, message, node.span, "", fix)
        return self.meant(meaning, scope, left.span), self.meant(own, scope, right.span)

    def notice_comparison(self, node: ast.Operation, first: ir.Node, second: ir.Node, scope: Scope) -> None:
        kinds = (_item(first.type), _item(second.type))
        if types.TEXT in kinds and any(isinstance(kind, RowOf) and kind.table for kind in kinds):
            row_side = node.operands[0 if isinstance(kinds[0], RowOf) else 1]
            table = row_table(scope, kinds[0] if isinstance(kinds[0], RowOf) else kinds[1])
            display = table.display if table else None
            if table is None or display is None:
                return
            name = bracketed(display.name)
            fix = Fix(f"compare the column {display.name}", (Edit(Span(row_side.span.end, row_side.span.end), f".{name}"),))
            simple = not isinstance(row_side, ast.Operation) and value_type(display) == types.TEXT
            message = f"a row of {table.name} is compared with a text"
            self.say(rules.ROW_AS_TEXT, message, node.span, f"compare its column: .{name}", fix if simple else None)
        elif _never_equal(*kinds):
            message = f"{describe(kinds[0])} is never equal to {describe(kinds[1])}"
            self.say(rules.NEVER_EQUAL, message, node.span)

    # ------------------------------------------------------------ calls

    def call(self, node: ast.Call, scope: Scope, expected: Type | None = None) -> ir.Node:
        if node.pack:
            for argument in (*((node.receiver,) if node.receiver else ()), *node.args):
                self.bind(argument.value if isinstance(argument, ast.Argument) else argument, scope)
            message = f"what the Pack {node.pack} computes is known only in Coda"
            self.say(rules.UNKNOWN_PACK, message, node.name_span)
            return self.fails(node.span, message, types.ANY)
        functions = catalogue.find(node.function)
        if not functions:
            return self.unknown_function(node, scope)
        if node.function.startswith("_"):
            self.say(rules.HIDDEN_FUNCTION, f"{functions[0].name} is not a supported function", node.name_span)
        shorthand = self.aggregate_shorthand(node, functions, scope)
        if shorthand is not None:
            return self.apply(functions, [shorthand], [node.span], node.span)
        positional = [argument for argument in node.args if not isinstance(argument, ast.Argument)]
        if node.receiver is not None:
            positional.insert(0, node.receiver)
        named = [argument for argument in node.args if isinstance(argument, ast.Argument)]
        names = [argument.name.text for argument in named]
        placed = self.places(functions, len(positional), names, node)
        given: list[ast.Expression] = [*positional, *(argument.value for argument in named)]
        if placed is None:
            for argument in given:
                self.quietly(argument, scope)
            return self.fails(node.span, f"{functions[0].name} is not given what it takes")
        whole = self.whole_column(node, functions, scope)
        if whole is not None:
            return self.apply(functions, [whole], [node.span], node.span)
        bound = self.arguments(placed, given, scope, expected)
        return self.apply(functions, bound, [argument.span for argument in given], node.span, names)

    def places(
        self, functions: tuple[Function, ...], count: int, names: list[str], node: ast.Call
    ) -> list[overloads.Place] | None:
        misfit = None
        for function in functions:
            found = overloads.place(function, count, names)
            if not isinstance(found, overloads.Misfit):
                return found
            misfit = misfit or found
        assert misfit is not None
        if misfit.named:
            span = next(a.span for a in node.args if isinstance(a, ast.Argument) and a.name.text == misfit.named)
            known = ", ".join(parameter.name for parameter in functions[0].params)
            self.say(rules.UNKNOWN_ARGUMENT, misfit.message, span, f"its parameters are {known}")
        else:
            self.say(rules.WRONG_COUNT, misfit.message, node.name_span, f"it is {signature(functions[0])}")
        return None

    def quietly(self, node: ast.Expression, scope: Scope) -> None:
        """Bind what will not be used, for what there is to say of it; a bare name may be a column or a new name."""
        if not isinstance(node, ast.Name):
            self.bind(node, scope)

    def unknown_function(self, node: ast.Call, scope: Scope) -> ir.Node:
        alike = LOOK_ALIKES.get(node.function.lower())
        close = alike or (None if alike == "" else nearest(node.function, catalogue.names()))
        help = _HINTS.get(node.function.lower(), f"did you mean {close}?" if close else "")
        fix = Fix(f"write {close}", (Edit(node.name_span, close),), safe=False) if close else None
        message = f"there is no function {node.function}"
        self.say(rules.UNKNOWN_FUNCTION, message, node.name_span, help, fix)
        receiver = () if node.receiver is None else (node.receiver,)
        for argument in (*receiver, *node.args):
            if isinstance(argument, ast.Call | ast.Member):
                self.quietly(argument, scope)
        return self.fails(node.span, message)

    def aggregate_shorthand(self, node: ast.Call, functions: tuple[Function, ...], scope: Scope) -> ir.Node | None:
        """`execution_runs.Average(actual_hours)`, which Coda refuses, as `execution_runs.actual_hours.Average()`."""
        if node.receiver is None or len(node.args) != 1 or not overloads.is_aggregate(functions):
            return None
        (argument,) = node.args
        if not isinstance(argument, ast.Name) or argument.at:
            return None
        said = len(self.diagnostics)
        rows = self.bind(node.receiver, scope)
        table = row_table(scope, rows.type) if isinstance(rows.type, ListOf) else None
        if table is None or find(table.columns, argument.text) is None:
            del self.diagnostics[said:]
            return None
        receiver_end = node.receiver.span.end
        name = bracketed(argument.text)
        edits = (Edit(Span(receiver_end, receiver_end), f".{name}"), Edit(argument.span, ""))
        fix = Fix(f"write .{name}.{functions[0].name}()", edits)
        message = f"Coda refuses a column as the argument of {functions[0].name}; the column comes first"
        self.say(rules.AGGREGATE_SHORTHAND, message, Span(node.name_span.start, node.span.end), "", fix)
        return self.access(rows, argument, argument.span, scope)

    def whole_column(self, node: ast.Call, functions: tuple[Function, ...], scope: Scope) -> ir.Node | None:
        """`Sum(Net)` in a column formula: the bare own column, as only argument of an aggregate, is the whole column."""
        if not scope.table or not overloads.is_aggregate(functions):
            return None
        only = [*([node.receiver] if node.receiver is not None else []), *node.args]
        if len(only) != 1 or not isinstance(only[0], ast.Name) or only[0].at:
            return None
        name = only[0]
        meaning = resolve(scope, name.text)
        if not isinstance(meaning, OwnColumn) or isinstance(value_type(meaning.column), ListOf):
            return None
        spelled = f"thisTable.{bracketed(name.text)}"
        fix = Fix(f"write {spelled}", (Edit(name.span, spelled),))
        message = f"{name.text} as the only argument of {functions[0].name} means the whole column"
        self.say(rules.WHOLE_COLUMN, message, name.span, f"write {spelled}", fix)
        rows = ir.Rows(scope.table, ListOf(RowOf(scope.table)), name.span)
        return self.access(rows, name, name.span, scope)

    def arguments(
        self, places: list[overloads.Place], given: list[ast.Expression], scope: Scope, expected: Type | None
    ) -> list[ir.Node]:
        bound: list[ir.Node] = []
        solved: dict[str, Type] = {}
        new_name = ""
        for found, argument in zip(places, given, strict=True):
            match found.type:
                case types.COLUMN:
                    node = self.column_argument(argument, bound[0].type if bound else types.FAULTY, scope)
                case types.NAME:
                    node = self.name_argument(argument)
                    new_name = node.value if isinstance(node, ir.Constant) and isinstance(node.value, str) else ""
                case Deferred(result, each) if each:
                    kind = conversion.substitute(each[0], solved)
                    slot = self.slot()
                    body = self.bind(argument, inside(scope, Item(new_name, slot, kind)))
                    node = ir.Lambda(slot, conversion.convert(body, result), body.type, argument.span)
                    conversion.unify(result, body.type, solved)
                case Deferred(result, _):
                    hint = expected if isinstance(result, types.Variable) else None
                    body = self.bind(argument, scope, hint)
                    node = ir.Lambda(None, conversion.convert(body, result), body.type, argument.span)
                    conversion.unify(result, body.type, solved)
                case wanted:
                    hint = bound[0].type if bound and wanted == types.ANY else None
                    node = self.bind(argument, scope, hint)
                    conversion.unify(wanted, node.type, solved)
            bound.append(node)
        return bound

    def column_argument(self, node: ast.Expression, owner: Type, scope: Scope) -> ir.Node:
        """A column that is named, not read: `Status`, or with its table `Tasks.Status`."""
        name: ast.Expression = node
        if isinstance(node, ast.Member):
            owner, name = self.bind(node.target, scope).type, node.name
        table = row_table(scope, owner)
        if table is None or not isinstance(name, ast.Name):
            if owner != types.FAULTY:
                message = "here a column of the table is named, and this is none"
                self.say(rules.WRONG_TYPE, message, node.span, "give the column by its name")
            return self.fails(node.span, "no column is named here")
        column = find(table.columns, name.text)
        if column is None:
            return self.unknown_column(table, name)
        return ir.Constant(ColumnValue(table.name, column.name), types.COLUMN, node.span)

    def name_argument(self, node: ast.Expression) -> ir.Node:
        if isinstance(node, ast.Name) and not node.at:
            return ir.Constant(NameValue(node.text), types.NAME, node.span)
        self.say(rules.WRONG_TYPE, "here a new name is given, and this is none", node.span, "give a name without quotes")
        return self.fails(node.span, "no name is given here")

    def apply(
        self,
        functions: tuple[Function, ...],
        bound: list[ir.Node],
        spans: list[Span],
        span: Span,
        names: list[str] | None = None,
    ) -> ir.Node:
        """The call of the overload that fits, with every conversion and every pass over a list written down."""
        actuals = [None if node.type in (types.COLUMN, types.NAME) else node.type for node in bound]
        choice = overloads.choose(functions, actuals, names or [])
        if isinstance(choice, overloads.Misfit):
            if choice.message:
                self.say(rules.WRONG_COUNT, choice.message, span, f"it is {signature(functions[0])}")
            return self.fails(span, choice.message)
        if isinstance(choice, int):
            if any(node.type == types.FAULTY for node in bound):
                return self.fails(span, "a part of it has an error")
            return self.wrong_type(functions, bound[choice], choice, spans[choice], span, names or [])
        faulty = next((node for node in bound if node.type == types.FAULTY), None)
        if faulty is not None and choice.function.returns == types.FAULTY:
            return faulty
        return self.applied(choice, bound, span)

    def applied(self, choice: overloads.Choice, bound: list[ir.Node], span: Span) -> ir.Node:
        function, solved = choice.function, choice.solved
        mapped: tuple[ir.Node, int] | None = None
        converted: list[ir.Node] = []
        for found, node in zip(choice.places, bound, strict=True):
            wanted = conversion.substitute(found.type, solved)
            if isinstance(wanted, Deferred):
                body = node.body if isinstance(node, ir.Lambda) else node
                slot = node.slot if isinstance(node, ir.Lambda) else None
                result = conversion.convert(body, wanted.result) if wanted.result != types.BLANK else body
                converted.append(ir.Lambda(slot, result, result.type, node.span))
            elif mapped is None and conversion.maps_over(function, found.parameter, wanted, node.type):
                slot = self.slot()
                mapped = (node, slot)
                item = node.type.item if isinstance(node.type, ListOf) else node.type
                converted.append(conversion.convert(ir.Local(slot, item, node.span), wanted))
            else:
                converted.append(conversion.convert(node, wanted))
        ordered, origin = overloads.arrange(function, choice.places, converted)
        blanks = tuple(
            index
            for index, source in enumerate(origin)
            if source >= 0
            and conversion.blank_passes(choice.places[source].parameter, choice.places[source].index, choice.places[source].type)
        )
        returns = conversion.substitute(function.returns, solved)
        call = ir.Call(function, tuple(ordered), returns, blanks, span)  # type: ignore[arg-type]
        if mapped is None:
            return call
        items, slot = mapped
        return ir.Map(items, slot, call, ListOf(returns), span)

    def wrong_type(
        self, functions: tuple[Function, ...], node: ir.Node, index: int, place: Span, span: Span, names: list[str]
    ) -> ir.Node:
        function = functions[0]
        wanted: list[str] = []
        for candidate in functions:
            places = overloads.place(candidate, index + 1 if not names else 0, names)
            count_fits = not isinstance(places, overloads.Misfit) and index < len(places)
            kind = places[index].type if count_fits and not isinstance(places, overloads.Misfit) else None
            if kind is None and index < len(candidate.params):
                kind = candidate.params[index].type
            if kind is not None:
                wanted.append(describe(kind.result if isinstance(kind, Deferred) else kind))
        name = function.operator or function.name
        shown = " or ".join(dict.fromkeys(wanted))
        message = f"{name} takes {shown or 'something else'} here, this is {describe(node.type)}"
        self.say(rules.WRONG_TYPE, message, place, "" if function.operator else f"it is {signature(function)}")
        return self.fails(span, message)


def signature(function: Function) -> str:
    """The function as a reader is shown it: `Left(text: text, count: number = …) -> text`."""
    parts = []
    for parameter in function.params:
        kinds = ", ".join(describe(kind) for kind in parameter.types)
        if parameter.repeats:
            parts.append(f"{parameter.name}: {kinds}, …")
        else:
            parts.append(f"{parameter.name}{'?' if parameter.optional else ''}: {kinds}")
    return f"{function.name}({', '.join(parts)}) → {describe(function.returns)}"


def _item(kind: Type) -> Type:
    return kind.item if isinstance(kind, ListOf) else kind


_COMPARABLE = (
    {types.NUMBER, types.BOOLEAN, types.DURATION, types.TIME},
    {types.NUMBER, types.DATE, types.DATETIME},
)


def _never_equal(first: Type, second: Type) -> bool:
    plain = {types.NUMBER, types.BOOLEAN, types.DURATION, types.TIME, types.DATE, types.DATETIME, types.PERSON}
    if isinstance(first, RowOf) and isinstance(second, RowOf):
        return bool(first.table and second.table and first.table != second.table)
    if isinstance(first, RowOf) or isinstance(second, RowOf):
        return first in plain - {types.NUMBER} or second in plain - {types.NUMBER}
    if first == second or first not in plain or second not in plain:
        return False
    return not any({first, second} <= group for group in _COMPARABLE)


def _listed(names: list[str], most: int = 8) -> str:
    shown = ", ".join(bracketed(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
