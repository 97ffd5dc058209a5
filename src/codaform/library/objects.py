"""Objects and JSON: named values within a value, and the functions that Coda itself uses for them."""

from codaform.library import json_path
from codaform.library.function import Context, Person, Row, T, function
from codaform.model.conversion import single, to_text
from codaform.model.values import EvaluationError, is_blank
from codaform.text import shorten

_DEEPEST = 100
"""Levels of nesting that JSON may have; deeper ones no formula reads, and they would exhaust the stack."""


@function("Object")
def make_object(*fields: tuple[str, object]) -> dict[str, object]:
    """An object: values that are found by their names.

    fields: A name and its value, again and again; of two equal names the last one counts.

    A field is read with a point: `Object("x", 1).x`.

    >>> Object("name", "Ada", "hours", 7)
    {name: "Ada", hours: 7}
    >>> Object("due", "", "tags", List("a", "b"))
    {due: blank, tags: ["a", "b"]}
    >>> Object()
    {}
    """
    return dict(fields)


def _is_json(text: str, given: object) -> None:
    _read(text)


@function("ParseJSON", literals={"text": _is_json})
def parse_json(context: Context, text: str, path: str = "") -> object:
    """The value of a JSON text, or of a part of it.

    text: The JSON text.
    path: Where the part stands, as `a.b` or `$.a[0].b`; the whole if left out.

    Positions in brackets start at 0, as in JSONPath, and -1 is the last; `[(@.length-1)]` computes one. `[*]` means
    every entry, `..` any depth, `[0:2]` a slice, `[0,2]` several entries, and `[?(…)]` those that a condition
    holds for. Such a path gives a list. A condition compares (`@.price < 10`, `@.name =~ /^a/i`), with `&&`, `||` and
    `!`. `["a b"]` names what is no plain word. Assumed: what is not there is a blank, as is `null`; a condition means
    what it means in JavaScript.

    >>> ParseJSON('{"a": {"b": [1, null, true]}}', "$.a.b")
    [1, blank, true]
    >>> ParseJSON('{"a": [{"b": "x"}, {"b": "y"}]}', "a[0].b")
    "x"
    >>> ParseJSON('{"a": [{"b": "x"}, {"b": "y"}]}', "a[*].b")
    ["x", "y"]
    >>> ParseJSON('{"book": [{"p": 5, "t": "a"}, {"p": 15, "t": "b"}]}', "$.book[?(@.p < 10)].t")
    ["a"]
    >>> ParseJSON("[1, 2, 3, 4]", "$[(@.length - 1)]")
    4
    >>> ParseJSON("[1, 2, 3, 4]", "$[1:3]")
    [2, 3]
    >>> ParseJSON('{"a": 1}', "b")
    blank
    >>> ParseJSON("", "a")
    blank
    >>> ParseJSON("{a}")
    error: bad-json
    >>> List("[1]", "{}").ParseJSON()
    [[1], {}]
    """
    context.budget.charge(len(text) // 4)
    return json_path.find(_read(text), path.strip(), context.budget)


@function("_Merge", certainty="community-hidden")
def merge(*values: object) -> dict[str, object]:
    """One object with the fields of all; where two have a field, objects are merged again and else the last one counts.

    values: The objects; the items of a list are merged too, and a blank adds nothing.

    >>> _Merge(Object("a", 1, "b", 2), Object("b", 3))
    {a: 1, b: 3}
    >>> _Merge(Object("a", Object("x", 1)), Object("a", Object("y", 2)))
    {a: {x: 1, y: 2}}
    >>> _Merge("")
    {}
    >>> _Merge(List(Object("a", 1), Object("b", 2)))
    {a: 1, b: 2}
    >>> _Merge(7)
    error: wrong-value
    """
    return _merged(values)


@function("_MergeConditionalFormats", certainty="community-hidden")
def merge_conditional_formats(*values: object) -> dict[str, object]:
    """One object with the fields of all, as `_Merge` makes it.

    values: The objects.

    >>> _MergeConditionalFormats(Object("bold", true), Object("bold", false))
    {bold: false}
    >>> _MergeConditionalFormats("")
    {}
    """
    return _merged(values)


@function("_Deref", certainty="community-hidden")
def deref(context: Context, input: object, reference: str) -> object:
    """The value under a name: the column of a row, the field of an object.

    input: A row, an object, a person, or a list of these, which gives a list.
    reference: The name, as a text.

    Coda stores `x.Name` in this form, with a reference where this function takes a text.

    >>> Tasks.First()._Deref("Hours")
    3
    >>> _Deref(Object("a", 1), "a")
    1
    >>> _Deref("", "a")
    blank
    >>> _Deref(Tasks, "Name")
    ["Plan", "Build", "Check"]
    >>> _Deref(7, "a")
    error: wrong-value
    """
    return _member(input, reference, context)


@function("_Deref_Object", certainty="community-hidden")
def deref_object(context: Context, input: object, reference: str) -> object:
    """The value under a name of an object, as `_Deref` gives it.

    input: The object.
    reference: The name, as a text.

    >>> _Deref_Object(Object("a", 1), "a")
    1
    >>> _Deref_Object("", "a")
    blank
    """
    return _member(input, reference, context)


@function("_Deref_Opt", certainty="community-hidden")
def deref_opt(context: Context, input: object, reference: str) -> object:
    """The value under a name, or blank if the value has no names.

    input: A row, an object, a person, or a list of these.
    reference: The name, as a text.

    >>> _Deref_Opt(Object("a", 1), "a")
    1
    >>> _Deref_Opt(7, "a")
    blank
    >>> _Deref_Opt("", "a")
    blank
    """
    return _member(input, reference, context, strict=False)


@function("_Fake_Array", certainty="community-hidden")
def fake_array(*values: object) -> list[object]:
    """A list of the values, as List makes it.

    values: The items.

    >>> _Fake_Array(1, "a")
    [1, "a"]
    >>> _Fake_Array("", 1)
    [blank, 1]
    """
    return list(values)


@function("_Fake_Object", certainty="community-hidden")
def fake_object(*fields: tuple[str, object]) -> dict[str, object]:
    """An object of names and values, as Object makes it.

    fields: A name and its value, again and again.

    >>> _Fake_Object("a", 1)
    {a: 1}
    >>> _Fake_Object("a", "")
    {a: blank}
    """
    return dict(fields)


@function("_Create_Error", certainty="community-hidden")
def create_error(message: str | None) -> None:
    """An error value, made on purpose.

    message: What the error says.

    >>> _Create_Error("no rate for this client")
    error: wrong-value
    >>> _Create_Error("")
    error: wrong-value
    """
    raise EvaluationError("wrong-value", message or "an error made by the formula")


@function("_Wrap_Invalid_Formula", certainty="community-hidden")
def wrap_invalid_formula(text: str | None) -> None:
    """What Coda keeps of a formula that it cannot read: an error value.

    text: The formula as written.

    >>> _Wrap_Invalid_Formula("1 +")
    error: wrong-value
    >>> _Wrap_Invalid_Formula("")
    error: wrong-value
    """
    raise EvaluationError("wrong-value", f"Coda could not read the formula {shorten(text or '')}".rstrip())


@function("Identity", certainty="community-hidden")
def identity(value: T) -> T:
    """The value itself.

    value: Any value.

    >>> Identity(7)
    7
    >>> Identity("")
    blank
    >>> Identity(List(1, 2))
    [1, 2]
    """
    return value


@function("_Delay", certainty="community-hidden")
def delay(value: T, milliseconds: float | None) -> T:
    """The value; Coda waits a while before it gives it, here it is there at once.

    value: Any value.
    milliseconds: How long Coda waits.

    >>> _Delay("done", 500)
    "done"
    >>> _Delay("", 500)
    blank
    """
    del milliseconds  # a result does not depend on when it is there
    return value


@function("_True", certainty="community-hidden")
def always_true() -> bool:
    """True.

    >>> _True()
    true
    >>> If(_True(), 1, "")
    1
    """
    return True


@function("_RandomImpl", volatile=True, certainty="community-hidden")
def random_number() -> float:
    """A number by chance: 0 or more, and less than 1.

    >>> _RandomImpl() < 1
    true
    >>> _RandomImpl() >= 0
    true
    """
    import random

    return random.random()


def _merged(values: tuple[object, ...]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for value in values:
        for part in value if isinstance(value, list) else [value]:
            if is_blank(part):
                continue
            if not isinstance(part, dict):
                raise EvaluationError("wrong-value", "only objects can be merged")
            merged = _merged_pair(merged, part)
    return merged


def _merged_pair(first: dict[str, object], second: dict[str, object]) -> dict[str, object]:
    merged = dict(first)
    for name, value in second.items():
        before = merged.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[name] = _merged_pair(before, value) if both else value  # type: ignore[arg-type]
    return merged


def _member(value: object, name: str, context: Context, strict: bool = True) -> object:
    match value:
        case None | "":
            return None
        case Row():
            try:
                return context.read(value, name)
            except KeyError:
                pass
        case dict():
            return value.get(name)
        case Person():
            return {"name": value.name, "email": value.email or None}.get(name.lower())
        case list():
            return [_member(item, name, context, strict) for item in value]
    if strict:
        told = shorten(to_text(single(value), context) or "blank")
        raise EvaluationError("wrong-value", f"{told} has nothing named {shorten(name)}")
    return None


def _read(text: str) -> object:
    import json

    def refuse(constant: str) -> object:
        raise ValueError(f"{constant} is no JSON")

    try:
        return _value(json.loads(text, parse_int=float, parse_float=float, parse_constant=refuse), 1)
    except ValueError as error:
        raise EvaluationError("bad-json", f"{shorten(text)} is no JSON: {error}") from None
    except RecursionError:
        raise EvaluationError("bad-json", "the JSON is nested too deep") from None


def _value(node: object, depth: int) -> object:
    """A value as formulas know them, from what Python's reader gives."""
    if depth > _DEEPEST:
        raise EvaluationError("bad-json", f"the JSON is nested deeper than {_DEEPEST} levels")
    match node:
        case dict():
            return {_clean(name): _value(item, depth + 1) for name, item in node.items()}
        case list():
            return [_value(item, depth + 1) for item in node]
        case str():
            return _clean(node) or None
        case float() if node - node != 0:
            raise EvaluationError("bad-json", "the JSON holds a number that is too large")
    return node


def _clean(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can spell and no file can hold."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
