"""The words of each function: a noun, a condition or a deed, with holes for its arguments.

`{x}` is the argument of the parameter x, `{x:form}` another form of it (see `_filled`), `{*}` the first one,
whatever its name. `[… {x} …|else]` is left out, or becomes `else`, where an argument in it is missing. A `~` at the end
says that a reader could take words behind the phrase for a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from codaform.library.function import ColumnValue
from codaform.model.number_text import number_text
from codaform.model.types import ListOf, RowOf
from codaform.prose.narrator import (
    Narrator,
    NounPhrase,
    Surroundings,
    arguments_by_name,
    bare,
    in_parentheses,
    within_items,
)
from codaform.prose.phrases import Mark, Phrase, bracketed, listed, plain_text, starts, without, words
from codaform.semantics import ir

NOUNS: dict[str, str] = {
    # ---- logic
    "IfBlank": "{value}, or {fallback} if that is blank~",
    "True": "true",
    "False": "false",
    # ---- numbers
    "Abs": "the size, without its sign, of {value}",
    "Sign": "the sign (1, 0 or -1) of {value}",
    "Quotient": "how many whole times {divisor} goes into {dividend}",
    "Remainder": "the remainder of dividing {dividend} by {divisor}",
    "Modulo": "{dividend} modulo {divisor}~",
    "Power": "{base} to the power of {exponent}~",
    "SquareRoot": "the square root of {value}",
    "Exp": "Euler's number to the power of {exponent}",
    "Ln": "the natural logarithm of {value}",
    "Log": "the logarithm[ to the base {base}] of {value}",
    "Log10": "the logarithm to the base 10 of {value}",
    "Factorial": "the factorial of {value}",
    "Combinations": "the number of ways to pick {k} of {n}",
    "Gcd": "the greatest common divisor of {numbers}",
    "Lcm": "the least common multiple of {numbers}",
    "Random": "a random number from 0 to 1",
    "RandomInteger": "a random whole number from {from} to {to}",
    "Pi": "pi",
    "Degrees": "the degrees in an angle of {radians} radians",
    "Radians": "the radians in an angle of {degrees} degrees",
    "Sin": "the sine of {radians}",
    "Cos": "the cosine of {radians}",
    "Tan": "the tangent of {radians}",
    "Asin": "the angle with the sine {value}",
    "Acos": "the angle with the cosine {value}",
    "Atan": "the angle with the tangent {value}",
    # ---- rounding
    "Round": "{value} rounded to [{decimals:many decimal}|a whole number]",
    "RoundUp": "{value} rounded away from zero to [{decimals:many decimal}|a whole number]",
    "RoundDown": "{value} rounded towards zero to [{decimals:many decimal}|a whole number]",
    "Truncate": "{value} cut off after [{decimals:many decimal}|the whole number]",
    "Int": "{value} rounded down to a whole number",
    "Even": "{value} rounded away from zero to an even number",
    "Odd": "{value} rounded away from zero to an odd number",
    "RoundTo": "{value} rounded to the nearest multiple of {factor}~",
    "Ceiling": "{value} rounded up to [a multiple of {factor}|a whole number]~",
    "Floor": "{value} rounded down to [a multiple of {factor}|a whole number]~",
    # ---- aggregates
    "Sum": "the sum of {*}",
    "Average": "the average of {*}",
    "Median": "the median of {*}",
    "Mode": "the most frequent of {numbers}",
    "Product": "the product of {numbers}",
    "StandardDeviation": "the standard deviation of {numbers}",
    "Variance": "the variance of {numbers}",
    "Percentile": "the percentile {percent} of {numbers}",
    "Correlation": "the correlation between {x} and {y}",
    "SumProduct": "the sum of the place-by-place products of {lists}",
    "Rank": "the rank of {value} among {values}[{ascending:unless , the largest first}]~",
    # ---- texts
    "Concatenate": "the text made of {values}",
    "ToNumber": "the number in {value}",
    "Upper": "the capital-letter form of {text}",
    "Lower": "the small-letter form of {text}",
    "Proper": "the form with a capital at each word of {text}",
    "Length": "the number of characters in {text}",
    "Left": "the first {count:few character} of {text}",
    "Right": "the last {count:few character} of {text}",
    "Middle": "the {count:few character} from place {start} on of {text}",
    "LeftPad": "{text}, filled up at its start[ with {pad}] to {length:many character}~",
    "RightPad": "{text}, filled up at its end[ with {pad}] to {length:many character}~",
    "Trim": "{text} without white space at its ends",
    "Substitute": "{text} with the first {search} replaced by {replacement}~",
    "SubstituteAll": "{text} with every {search} replaced by {replacement}~",
    "Replace": "{text} with the {count:few character} from place {start} on replaced by {replacement}~",
    "Repeat": "{text} repeated {times:many time}",
    "Character": "the character with the code {code}",
    "CharacterCode": "the code of the first character of {text}",
    "LineBreak": "[{count:many line break}|a line break]",
    "Split": "the pieces of {text} between each {delimiter}~",
    "ToText": "{value} as a text[ in the form {format}]",
    "Fixed": "{value} as a text with {decimals:many decimal}",
    "BulletedList": "a bulleted list of {values}",
    "NumberedList": "a numbered list of {values}",
    "RegexExtract": "the parts of {text} that match the regular expression {expression:code}[ with the flags {flags}]",
    "RegexReplace": ("{text} with every match of the regular expression {expression:code} replaced by {replacement}~"),
    # ---- dates
    "Today": "today",
    "Now": "now",
    "EndOfMonth": "the last day of the month [{months:offset month}|of] {date}",
    "RelativeDate": "the day {months:offset month} {date}",
    "DateTimeTruncate": "the start of the {unit:word} of {value}",
    "Workday": "the date {days:offset working day} {start}[, {holidays} counting as days off]",
    "NetWorkingDays": (
        "the number of working days from {start} to {end}, both included[, {holidays} counting as days off]"
    ),
    "ToDate": "{value} as a date",
    "ToDateTime": "{value} as a date and time",
    "ToTime": "the time of day of {value}",
    "EpochToDate": "the moment {seconds:many second} after the start of 1970",
    "FormatDateTime": "{value} as a text in the form {format}",
    "Year": "the year of {date}",
    "Quarter": "the quarter of {date}",
    "Month": "the month of {date}",
    "MonthName": "the name of the month of {date}[ in the form {format}]",
    "Day": "the day of the month of {date}",
    "DayOfYear": "the day of the year of {date}",
    "Weekday": "the weekday number (the first day of the doc's week is 1) of {date}",
    "IsoWeekday": "the weekday number (Monday 1 to Sunday 7) of {date}",
    "WeekdayName": "the name of the weekday of {date}[ in the form {format}]",
    "WeekNumber": "the week number of {date}",
    "IsoWeekNumber": "the ISO week number of {date}",
    "Hour": "the hour of {value}",
    "Minute": "the minute of {value}",
    "Second": "the second of {value}",
    "Weeks": "{weeks:many week}",
    "Days": "{days:many day}",
    "Hours": "{hours:many hour}",
    "Minutes": "{minutes:many minute}",
    "Seconds": "{seconds:many second}",
    "ToDays": "the number of days in {value}",
    "ToHours": "the number of hours in {value}",
    "ToMinutes": "the number of minutes in {value}",
    "ToSeconds": "the number of seconds in {value}",
    # ---- lists
    "List": "[the list of {values}|an empty list]",
    "ListCombine": "one list of all items of {lists}",
    "Sequence": "the sequence from {from} to {to}[ in steps of {by}]",
    "First": "the first of {list}",
    "Last": "the last of {list}",
    "Nth": "number {position} of {list}",
    "Splice": ("{list}, from place {start} on with {deleteCount:many item} taken out[ and {items} put in]~"),
    "ReverseList": "{list}, the last one first~",
    "Unique": "the different values among {list}",
    "RandomItem": "one of {list}, drawn at random~",
    "RandomizeList": "{list}, in random order~",
    "CountAll": "the number of items, blank ones too, in {lists}",
    "CountUnique": "the number of different values in {lists}",
    "Join": "{list}, joined[ with {delimiter} between them]~",
    # ---- filters and loops
    "Filter": "{list:those} {condition:which}~",
    "CountIf": "the number {list:of} {condition:which}~",
    "SumIf": "the sum {list:of} {condition:which}~",
    "AverageIf": "the average {list:of} {condition:which}~",
    # ---- tables, people, objects
    "Lookup": "{table:those} whose {column:name} is {value}~",
    "RowId": "the row number of {row}",
    "Created": "the moment at which {row} was added",
    "CreatedBy": "the person who added {row}",
    "Modified": "the moment at which {row} was last changed",
    "ModifiedBy": "the person who last changed {row}",
    "User": "the person who looks at the doc",
    "AllUsers": "everybody who has access to the doc",
    "Hyperlink": "a link to {url}[, shown as {text}]~",
    "Image": "the picture at {url}",
    "Embed": "the page at {url}, shown in place",
    "EncodeForUrl": "the form for use in an address of {text}",
    "DecodeFromUrl": "the form as decoded from an address of {text}",
    "ObjectLink": "the address of {row}",
    "ParseJSON": "[the value at {path} in|the content of] the JSON text {text}",
    "Identity": "{value}",
    "AddRow": "the row that is added to {table:name}[, in which {cells:cells}]~",
}

CLAUSES: dict[str, tuple[str, str, str]] = {
    # function: the subject, the predicate, the predicate where it is false
    "IsBlank": ("{value}", "is blank", "is not blank"),
    "IsNotBlank": ("{value}", "is not blank", "is blank"),
    "IsNumber": ("{value}", "is a number", "is not a number"),
    "IsText": ("{value}", "is a text", "is not a text"),
    "IsLogical": ("{value}", "is true or false", "is neither true nor false"),
    "IsDate": ("{value}", "is a date", "is not a date"),
    "IsEven": ("{value}", "is even", "is not even"),
    "IsOdd": ("{value}", "is odd", "is not odd"),
    "StartsWith": (
        "{text}",
        "starts with {search}[{ignoreCase:flag , whatever the case}]",
        "does not start with {search}[{ignoreCase:flag , whatever the case}]",
    ),
    "EndsWith": (
        "{text}",
        "ends with {search}[{ignoreCase:flag , whatever the case}]",
        "does not end with {search}[{ignoreCase:flag , whatever the case}]",
    ),
    "ContainsText": (
        "{text}",
        "contains the text {search}[{ignoreCase:flag , whatever the case}]",
        "does not contain the text {search}[{ignoreCase:flag , whatever the case}]",
    ),
    "Exact": ("{first}", "is exactly {second}", "is not exactly {second}"),
    "In": ("{value}", "is among {values:or}", "is not among {values:or}"),
    "Matches": ("{value}", "fits what is selected in {filter:or}", "does not fit what is selected in {filter:or}"),
    "IsFromTable": ("{row}", "belongs to {table}", "does not belong to {table}"),
    "All": ("each item of {list}", "is true", "is not always true"),
    "Any": ("at least one item of {list}", "is true", "is never true"),
    "IsSignedIn": ("the person who looks at the doc", "is known", "is not known"),
}

DEEDS: dict[str, str] = {
    "AddRow": "adds a row to {table:name}[, in which {cells:cells}]",
    "ModifyRows": "in {rows}, sets {cells:sets}",
    "AddOrModifyRows": (
        "in {table:those} {expression:which}, sets {cells:sets}; where there is no such row, adds one with these values"
    ),
    "DeleteRows": "deletes {rows}",
    "DuplicateRows": "copies {rows}[, {count:many time}]",
    "OpenRow": "opens {row}[ in the layout {viewOrLayout}]",
    "OpenUrl": "opens the address {url}",
    "OpenWindow": "opens the address {url} in a new window",
    "Notify": "sends {users} the message {message}",
    "CopyToClipboard": "copies {value} to the clipboard",
    "CopyDoc": "makes a copy of the doc {doc}[ with the title {title}]",
    "CreatePage": "adds a page with the name {name}[ and the subtitle {subtitle}][ below the page {parent}]",
    "DuplicatePage": "copies the page {page}[ under the name {name}]",
    "DeletePage": "deletes the page {page}",
    "RefreshTable": "refreshes {table}",
    "RefreshColumn": "refreshes the column {column:name}[ in {row}]",
    "SetControlValue": "sets the control {control} to {value}",
    "ResetControl": "resets the control {control}",
    "_NoOp": "does nothing",
    "Activate": "shows {object}",
}


_PARTS = re.compile(r"\[([^\]|]*)(?:\|([^\]]*))?\]|\{([^}:]+)(?::([^}]*))?\}|([^\[{]+)")


@dataclass(frozen=True, slots=True)
class _Hole:
    name: str
    form: str


@dataclass(frozen=True, slots=True)
class _Choice:
    given: tuple[str | _Hole, ...]
    otherwise: tuple[str | _Hole, ...]


@cache
def _read(template: str) -> tuple[str | _Hole | _Choice, ...]:
    """The template's words, holes and choices."""
    found: list[str | _Hole | _Choice] = []
    for given, otherwise, name, form, text in _PARTS.findall(template):
        if text:
            found.append(text)
        elif name:
            found.append(_Hole(name, form))
        else:
            found.append(_Choice(_simple(given), _simple(otherwise)))
    return tuple(found)


def _simple(template: str) -> tuple[str | _Hole, ...]:
    return tuple(part for part in _read(template) if not isinstance(part, _Choice))


def fill(narrator: Narrator, template: str, call: ir.Call, around: Surroundings) -> NounPhrase:
    """The template with the arguments of a call in its holes."""
    given = arguments_by_name(call)
    ends_open = template.endswith("~")
    parts: list[str | _Hole] = []
    for part in _read(template.removesuffix("~")):
        if isinstance(part, _Choice):
            holes = [hole for hole in part.given if isinstance(hole, _Hole)]
            parts.extend(part.given if all(_given(given, hole) for hole in holes) else part.otherwise)
        else:
            parts.append(part)
    told: list[Phrase | str] = []
    last_open = False
    for index, part in enumerate(parts):
        if isinstance(part, str):
            told.append(part)
            last_open = False
            continue
        said = _filled(narrator, part, call, given, around)
        following = next((other for other in parts[index + 1 :]), "")
        closed = not isinstance(following, _Hole) and (not following or following[0] in ",.;:)")
        told.append(said.phrase if closed else in_parentheses(said))
        last_open = said.open and closed
    return NounPhrase(words(*told), ends_open or last_open)


def _given(given: dict[str, list[ir.Node]], hole: _Hole) -> bool:
    return bool(_nodes(given, hole.name))


def _nodes(given: dict[str, list[ir.Node]], name: str) -> list[ir.Node]:
    """The arguments for a hole; `*` is the first parameter, whose name differs between overloads."""
    return given.get(next(iter(given), "") if name == "*" else name, [])


def _filled(
    narrator: Narrator, hole: _Hole, call: ir.Call, given: dict[str, list[ir.Node]], around: Surroundings
) -> NounPhrase:
    nodes = _nodes(given, hole.name)
    form, _, word = hole.form.partition(" ")
    if form in ("cells", "sets"):
        return NounPhrase(_cells(narrator, nodes, given, around, " is " if form == "cells" else " to "), True)
    if not nodes:
        return NounPhrase((_left_out(call, hole.name, form, word),))
    if len(nodes) > 1 or form == "or":
        said = [narrator.noun(node, around) for node in nodes]
        parts = [one.phrase if index == len(said) - 1 else in_parentheses(one) for index, one in enumerate(said)]
        return NounPhrase(listed(parts, "or" if form == "or" else "and"), len(parts) > 1 or said[-1].open)
    (node,) = nodes
    match form:
        case "many" | "few" | "offset":
            return _counted(narrator, node, around, form, word)
        case "code":
            return _code(narrator, node, around)
        case "word":
            value = bare(node)
            if isinstance(value, ir.Constant) and isinstance(value.value, str):
                return NounPhrase((value.value.lower().removesuffix("s").replace("`", "'"),))
        case "name":
            return NounPhrase(_name(narrator, node, around))
        case "those":
            return NounPhrase(those_of(narrator.noun(node, around)))
        case "of":
            rows = those_of(narrator.noun(node, around))
            return NounPhrase(words("of ", without(rows, "the ") if starts(rows, "the rows of ") else rows))
        case "which":
            return NounPhrase(narrator.relative_clause(*_asked(node, given, around)), True)
        case "flag":
            return _flag(narrator, node, around, word, True)
        case "unless":
            return _flag(narrator, node, around, word, False)
    return narrator.noun(node, around)


def _left_out(call: ir.Call, name: str, form: str, word: str) -> str:
    """The words for a missing argument: its default, or `nothing`."""
    default = next((parameter.default for parameter in call.function.params if parameter.name == name), None)
    if isinstance(default, int | float) and form in ("many", "few"):
        return word if form == "few" and default == 1 else _number(float(default), word)
    return number_text(float(default)) if isinstance(default, int | float) else "nothing"


def _number(value: float, word: str) -> str:
    return f"{number_text(value)} {word}{'' if value in (1, -1) else 's'}"


def _counted(narrator: Narrator, node: ir.Node, around: Surroundings, form: str, word: str) -> NounPhrase:
    """A number of something: `6 days`, `1 day`; `few` leaves out a 1, `offset` says before what or after."""
    value = bare(node)
    if isinstance(value, ir.Call) and value.function.operator == "-" and len(value.args) == 1 and value.args[0]:
        inner = bare(value.args[0])
        if isinstance(inner, ir.Constant) and isinstance(inner.value, float):
            value = replace(inner, value=-inner.value)
    if isinstance(value, ir.Constant) and isinstance(value.value, float):
        number = value.value
        if form == "offset":
            if number == 0:
                return NounPhrase(("of",))
            return NounPhrase((f"{_number(abs(number), word)} {'after' if number > 0 else 'before'}",))
        return NounPhrase((word if form == "few" and number == 1 else _number(number, word),))
    noun = narrator.noun(node, around)
    long = noun.open or " of " in plain_text(noun.phrase)
    return NounPhrase(
        words(bracketed(noun.phrase) if long else noun.phrase, f" {word}s", " after" if form == "offset" else "")
    )


def days_noun(narrator: Narrator, node: ir.Node, around: Surroundings) -> NounPhrase:
    """A number that counts days."""
    return _counted(narrator, node, around, "many", "day")


def _code(narrator: Narrator, node: ir.Node, around: Surroundings) -> NounPhrase:
    value = bare(node)
    if isinstance(value, ir.Constant) and isinstance(value.value, str) and value.value.strip():
        return NounPhrase((Mark(value.value),))
    return narrator.noun(node, around)


def _flag(narrator: Narrator, node: ir.Node, around: Surroundings, word: str, wanted: bool) -> NounPhrase:
    """Words with the condition that an argument is true, or that it is not."""
    value = bare(node)
    if isinstance(value, ir.Constant):
        return NounPhrase((word,) if value.value is wanted else ())
    return NounPhrase(words(word, " if " if wanted else " unless ", narrator.clause(node, around).text), True)


def named_column(node: ir.Node) -> Mark | None:
    """The mark of a column whose name is an argument; None for any other part."""
    value = bare(node)
    if isinstance(value, ir.Constant) and isinstance(value.value, ColumnValue):
        return Mark(value.value.name)
    return None


def _name(narrator: Narrator, node: ir.Node, around: Surroundings) -> Phrase:
    """A column or a table by its name alone."""
    mark = named_column(node)
    if mark is not None:
        return (mark,)
    value = bare(node)
    return narrator.table(value.table) if isinstance(value, ir.Rows) else narrator.noun(node, around).phrase


def those_of(said: NounPhrase) -> Phrase:
    """A list before a relative clause: the rows of a table by their name, any other list as `those of …`."""
    if starts(said.phrase, "the list of "):
        return words("those of ", without(said.phrase, "the list of "))
    if said.open:
        return words(said.phrase, ", and of these only those")
    return said.phrase if starts(said.phrase, "the rows of ") else words("those of ", said.phrase)


def _asked(node: ir.Node, given: dict[str, list[ir.Node]], around: Surroundings) -> tuple[ir.Node, Surroundings]:
    """A condition for each item, and its context."""
    slot = node.slot if isinstance(node, ir.Lambda) else None
    return bare(node), within_items(around, slot, item_type(given), "their")


def item_type(given: dict[str, list[ir.Node]]) -> RowOf | ListOf:
    """The type of the items that a call loops over: rows, or something else."""
    first = next((nodes[0] for nodes in given.values() if nodes), None)
    kind = first.type if first is not None else None
    item = kind.item if isinstance(kind, ListOf) else kind
    return item if isinstance(item, RowOf) else ListOf(RowOf(""))


def _cells(
    narrator: Narrator,
    nodes: Sequence[ir.Node],
    given: dict[str, list[ir.Node]],
    around: Surroundings,
    link: str,
) -> Phrase:
    """The columns with the values that are written into them."""
    told: list[Phrase] = []
    for name, value in zip(nodes[::2], nodes[1::2], strict=False):
        slot = value.slot if isinstance(value, ir.Lambda) else None
        within = (
            within_items(around, slot, item_type(given), "its")
            if slot is not None
            else replace(around, own="this row's")
        )
        said = narrator.noun(bare(value), within)
        mark = named_column(name)
        shown: Phrase = (mark,) if mark is not None else narrator.noun(name, around).phrase
        told.append(words(shown, link, said.phrase))
    if any("," in plain_text(one) or " and " in plain_text(one) for one in told):
        return words(*(words("; " if index else "", one) for index, one in enumerate(told)))
    return listed(told, "and", comma=len(told) > 2)
