"""The `format:` of a column, a named formula or a control, as a file has it: read, and judged by the column type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.model.formats import (
    CURRENCIES,
    EXAMPLES,
    FORMATS,
    MOST_DECIMALS,
    NO_FORMAT,
    NUMBERS,
    Flag,
    Format,
    FormatChoice,
    FormatMember,
    Number,
    Pattern,
    fits,
    limits,
    short_format,
    strange_tokens,
)
from codaform.model.number_text import number_text
from codaform.project import yaml_tree
from codaform.source import Source, Span, frozen
from codaform.spelling import did_you_mean, nearest
from codaform.syntax.parser import parse
from codaform.text import one_line

_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{1,16})?")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]*")


def read_format(kind: str, node: yaml_tree.Node | None, source: Source) -> tuple[Format, list[Diagnostic]]:
    """The format that a node says for a column type, as far as it fits, and what does not fit.

    kind: A key of `COLUMN_TYPES`. node: The value of `format:`; None and an empty one say nothing.
    """
    if node is None or (isinstance(node, yaml_tree.Scalar) and not node.text):
        return NO_FORMAT, []
    reader = _Reader(kind, source, [])
    if kind not in FORMATS:
        takes = ", ".join(known for known in FORMATS if known not in ("created_on", "modified_on"))
        message = f"{_article(kind)} {kind} column takes no format"
        reader.say(message, node.span, f"formats belong to columns of these types: {takes}")
        return NO_FORMAT, reader.found
    match node:
        case yaml_tree.Scalar():
            format = reader.short(node)
        case yaml_tree.Mapping():
            format = reader.members(node)
        case _:
            reader.say(f"a list is no format of {_article(kind)} {kind} column", node.span)
            format = NO_FORMAT
    return format, reader.found


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


@frozen
class _Reader:
    kind: str
    source: Source
    found: list[Diagnostic]

    def say(self, message: str, span: Span, help: str = "", fix: Fix | None = None) -> None:
        self.found.append(Diagnostic(rules.UNFIT_FORMAT, message, self.source, span, help or self.forms(), fix))

    def forms(self) -> str:
        """The forms that fit, by example."""
        return f"{_article(self.kind)} {self.kind} column takes {' or '.join(EXAMPLES[self.kind])}"

    # ------------------------------------------------------------ texts

    def short(self, node: yaml_tree.Scalar) -> Format:
        """The format of a text such as `0.00` or `D MMM YYYY`."""
        read = short_format(self.kind, node.text)
        if read is not None and self.kind not in NUMBERS:
            return read if self.patterns(node, read) else NO_FORMAT
        if read is not None:
            return read
        message = f"{_shown(node.text)} is no format of {_article(self.kind)} {self.kind} column"
        if self.kind not in NUMBERS:
            self.say(message, node.span)
        elif self.kind == "currency" and (code := _currency(node.text)):
            written = f"{{currency: {code}}}"
            fix = Fix(f"write {written}", (Edit(node.span, written),), safe=False)
            self.say(message, node.span, f"the currency is written as {written}", fix)
        elif "%" in node.text and self.kind != "percent":
            help = f"type: percent shows 0.13 as 13%; {self.forms()}"
            self.say(message, node.span, help)
        elif len(node.text.partition(".")[2].rstrip("%")) > MOST_DECIMALS:
            self.say(f"{message}: Coda shows {MOST_DECIMALS} decimals at most", node.span)
        else:
            self.say(message, node.span)
        return NO_FORMAT

    def patterns(self, node: yaml_tree.Scalar, format: Format) -> bool:
        """Whether the parts of a text that is a pattern of a date, a time or both fit."""
        said = [(name, text) for name in ("date", "time") if (text := getattr(format, name))]
        declared = FORMATS[self.kind]
        if said and all(fits(declared[name], text) for name, text in said):
            return True
        strange = [letters for name, text in said for letters in strange_tokens(text, _tokens(declared[name]))]
        why = f": Coda has no token {', '.join(dict.fromkeys(strange))}" if strange else ""
        better = self.better(node.text)
        help = did_you_mean(better, self.forms())
        fix = Fix(f"write {better}", (Edit(node.span, _quoted(better)),), safe=False) if better else None
        message = f"{_shown(node.text)} is no format of {_article(self.kind)} {self.kind} column{why}"
        self.say(message, node.span, help, fix)
        return False

    def better(self, text: str) -> str:
        """A pattern that another language's pattern means here; empty where none is found."""
        declared = FORMATS[self.kind]
        for candidate in _translated(text):
            read = short_format(self.kind, candidate)
            parts = [(name, part) for name in ("date", "time") if read is not None and (part := getattr(read, name))]
            if parts and candidate != text and all(fits(declared[name], part) for name, part in parts):
                return candidate
        return ""

    # ------------------------------------------------------------ mappings

    def members(self, node: yaml_tree.Mapping) -> Format:
        """The format of a mapping."""
        declared = FORMATS[self.kind]
        format = NO_FORMAT
        for key, value in node.entries:
            member = declared.get(key.text)
            if member is None:
                close = nearest(key.text, declared)
                fix = Fix(f"write {close}", (Edit(key.span, close),), safe=False) if close else None
                message = f"the format of {_article(self.kind)} {self.kind} column has no {_shown(key.text)}"
                help = did_you_mean(close, self.forms())
                self.say(message, key.span, help, fix)
                continue
            known = self.value(key.text, member, value)
            if known is not None:
                format = replace(format, **{key.text: known})  # type: ignore[arg-type]
        if format.precision is not None and format.thousands is None and "thousands" in declared:
            format = replace(format, thousands=False)  # as the pattern 0.00 says it
        self.bounds(node, format)
        return format

    def value(self, name: str, member: FormatMember, node: yaml_tree.Node) -> object:
        """The value of a member; None where it does not fit."""
        if not isinstance(node, yaml_tree.Scalar):
            self.say(f"{name} takes {_taken(member)}", node.span)
            return None
        text = node.text
        found: object = None
        match member.values:
            case Flag():
                found = {"true": True, "false": False}.get(text)
            case Number(whole=whole, formula=formula):
                if text.startswith("=") and formula:
                    tree, problems = parse(Source(name, text[1:]))
                    if tree is not None and not problems:
                        return text[1:].strip()
                elif _NUMBER.fullmatch(text):
                    found = int(text) if whole and "." not in text else float(text)
            case Pattern():
                found = "" if text == "hidden" else text or None
            case FormatChoice():
                found = text
        if found is not None and fits(member, found):
            return found
        self.say(f"{_shown(text)} is no {name}: it takes {_taken(member)}", node.span, *self.near(text, member, node))
        return None

    def near(self, text: str, member: FormatMember, node: yaml_tree.Scalar) -> tuple[str, Fix | None]:
        """The probable meaning."""
        close = ""
        match member.values:
            case FormatChoice(options):
                close = _currency(text) if "EUR" in options else ""
                close = close or next((word for word in options if word.lower() == text.lower()), "")
                close = close or (nearest(text, options) or "")
            case Pattern():
                close = next((known for known in _translated(text) if known != text and fits(member, known)), "")
        if not close:
            return "", None
        return did_you_mean(close), Fix(f"write {close}", (Edit(node.span, _quoted(close)),), safe=False)

    def bounds(self, node: yaml_tree.Mapping, format: Format) -> None:
        """What contradicts itself among the limits of a slider, a progress bar or a scale."""
        known = limits(self.kind, format)
        if known is None or self.kind == "scale":
            return
        least, most = known
        place = yaml_tree.get(node, "maximum") or yaml_tree.get(node, "minimum") or node
        if least >= most:
            message = f"the minimum {number_text(least)} is not below the maximum {number_text(most)}"
            self.say(message, place.span, f"without a minimum it is 0, without a maximum 100; {self.forms()}")
        elif isinstance(format.step, float) and (format.step <= 0 or format.step > most - least):
            step = yaml_tree.get(node, "step") or node
            message = (
                f"the step {number_text(format.step)} does not fit between {number_text(least)} and {number_text(most)}"
            )
            self.say(message, step.span)


def out_of_limits(kind: str, format: Format, value: object) -> str:
    """Why a number is beyond what a slider, a progress bar or a scale shows; empty where it is within, or no number."""
    known = limits(kind, format)
    if known is None or isinstance(value, bool) or not isinstance(value, int | float) or known[0] <= value <= known[1]:
        return ""
    return f"{number_text(value)} is outside of {number_text(known[0])} to {number_text(known[1])}"


# ------------------------------------------------------------ parts


def _taken(member: FormatMember) -> str:
    match member.values:
        case Flag():
            return "true or false"
        case FormatChoice(options):
            return f"one of {', '.join(options)}"
        case Pattern(_, example):
            return f"a pattern such as {example}, or hidden"
        case Number(least, most, whole, formula):
            what = "a whole number" if whole else "a number"
            if least is not None and most is not None:
                what += f" from {number_text(least)} to {number_text(most)}"
            elif least is not None:
                what += f" of {number_text(least)} or more"
            return f"{what}, or a formula behind =" if formula else what


def _tokens(member: FormatMember) -> frozenset[str]:
    return member.values.tokens if isinstance(member.values, Pattern) else frozenset()


def _shown(text: str) -> str:
    return one_line(text) or "nothing"


def _quoted(text: str) -> str:
    """A text as it may stand anywhere in YAML."""
    return text if _PLAIN.fullmatch(text) and not text.endswith(" ") else '"' + text.replace('"', '\\"') + '"'


def _currency(text: str) -> str:
    """The code of a currency that is written in small letters or by its sign."""
    word = text.strip()
    if word.upper() in CURRENCIES:
        return word.upper()
    return next((code for code, sign in CURRENCIES.items() if sign.strip() == word), "")


_STRFTIME = {
    "%Y": "YYYY",
    "%y": "YY",
    "%m": "MM",
    "%d": "DD",
    "%H": "HH",
    "%I": "hh",
    "%M": "mm",
    "%S": "ss",
    "%p": "A",
    "%B": "MMMM",
    "%b": "MMM",
    "%A": "dddd",
    "%a": "ddd",
}


def _translated(text: str) -> Iterator[str]:
    """The possible Moment tokens for a pattern of another language, likeliest first."""
    if "%" in text:
        yield re.sub(r"%[A-Za-z]", lambda found: _STRFTIME.get(found[0], found[0]), text)
    day, clock = re.sub(r"[yY]+", _upper, text), text
    day = re.sub(r"\b[dD]{1,2}\b", _upper, day)
    whole = re.sub(r"(?<![hH:])\bm{1,4}\b(?!:)", _upper, day)
    yield whole
    yield re.sub(r"\b[mdyMDY]+\b", _upper, text)
    yield re.sub(r"\bM{1,2}\b", lambda found: found[0].lower(), clock).replace("tt", "A").replace("TT", "A")


def _upper(found: re.Match[str]) -> str:
    return found[0].upper()
