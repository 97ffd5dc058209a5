"""Regular expressions: finding, taking out and replacing what a pattern fits."""

from collections.abc import Mapping

from codaform.library.function import Context, function
from codaform.library.text import LONGEST


def _runs(expression: str, given: Mapping[str, object]) -> None:
    from codaform.library.regular_expressions import FLAGS, read

    flags = given.get("flags", "")
    # Flags of their own make no pattern bad; those that are computed may be any.
    if isinstance(flags, str) and set(flags) <= FLAGS:
        read(expression, "".join(sorted(set(flags))))


def _are_flags(flags: str, given: object) -> None:
    from codaform.library.regular_expressions import read

    read("", flags)


@function("RegexMatch", certainty="recalled", literals={"expression": _runs, "flags": _are_flags})
def regex_match(context: Context, text: str | None, expression: str, flags: str = "") -> bool:
    r"""Whether a regular expression is found in a text.

    text: The text to look in.
    expression: The regular expression, as in JavaScript; `^` and `$` tie it to the start and the end.
    flags: Letters that change the search: i for any case, m for lines, s for a dot that takes line ends.

    Look-ahead, look-behind and back-references are not supported: whatever runs here ends in good time.

    >>> RegexMatch("2025-W50", "^[0-9]{4}-W[0-9]{2}$")
    true
    >>> RegexMatch("coda", "CODA")
    false
    >>> RegexMatch("coda", "CODA", "i")
    true
    >>> RegexMatch("", "a")
    false
    >>> RegexMatch("a", "(?=a)")
    error: bad-pattern
    >>> List("a1", "b").RegexMatch("[0-9]")
    [true, false]
    """
    from codaform.library.regular_expressions import found, read

    return next(found(read(expression, flags, context.budget), text or "", context.budget), None) is not None


@function("RegexExtract", certainty="recalled", literals={"expression": _runs, "flags": _are_flags})
def regex_extract(context: Context, text: str | None, expression: str, flags: str = "g") -> list[str | None]:
    """The parts of a text that a regular expression fits.

    text: The text to look in.
    expression: The regular expression, as in JavaScript.
    flags: Letters that change the search: g for all places, i, m and s as in RegexMatch; g if left out.

    Assumed: flags without g give the first place only, followed by the texts of its groups, as in JavaScript.

    >>> RegexExtract("7 dogs, 12 cats", "[0-9]+")
    ["7", "12"]
    >>> RegexExtract("2025-W50", "([0-9]+)-W([0-9]+)", "i")
    ["2025-W50", "2025", "50"]
    >>> RegexExtract("", "[0-9]+")
    []
    >>> List("a1", "b").RegexExtract("[0-9]")
    [["1"], []]
    """
    from codaform.library.regular_expressions import found, read

    places = found(read(expression, flags, context.budget), text or "", context.budget)
    if "g" in flags:
        return [place[0] or None for place in places]
    return [part or None for part in next(places, ())]


@function("RegexReplace", literals={"expression": _runs})
def regex_replace(context: Context, text: str, expression: str, replacement: str | None) -> str | None:
    """The text with every place replaced that a regular expression fits.

    text: The text to change.
    expression: The regular expression, as in JavaScript.
    replacement: What to put there; `$1` is the text of the first group, `$<name>` of a named one, `$&` the whole place.

    Assumed: all places are replaced, and upper and lower case differ.

    >>> RegexReplace("Ruiz, Ada", "([A-Za-z]+), ([A-Za-z]+)", "$2 $1")
    "Ada Ruiz"
    >>> RegexReplace("Dear {{ person.name }}!", "{{ person.name }}", "Ada")
    "Dear Ada!"
    >>> RegexReplace("a1b2", "[0-9]", "")
    "ab"
    >>> RegexReplace("a", "(", "b")
    error: bad-pattern
    >>> List("a1", "b2").RegexReplace("[a-z]", "<$&>")
    ["<a>1", "<b>2"]
    """
    from codaform.library import regular_expressions

    pattern = regular_expressions.read(expression, "", context.budget)
    return regular_expressions.replace(pattern, text, replacement or "", LONGEST, context.budget) or None
