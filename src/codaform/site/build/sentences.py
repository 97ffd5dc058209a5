"""Sentences of built pages: those that begin in lower case, end twice, or count what follows wrongly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

from codaform.diagnostics.diagnostic import Rule
from codaform.diagnostics.rules import BAD_SENTENCE, MISCOUNT

_NAME = "\ufffc"
"""Stands for a name in a sentence: code, a row, an option; it may begin a sentence as it is."""

_VOID = frozenset({"br", "img", "input", "hr", "wbr", "source", "link", "meta", "col"})
_LEFT_OUT = frozenset({"pre", "script", "style", "svg", "button", "nav", "aside", "form"})
_NAMES = frozenset({"chip", "pill", "coda-button", "coda-mark", "coda-sign", "headerlink"})
_TEXTS = frozenset({"p", "li", "td", "dd", "summary", "figcaption"})

_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBERS = {word: number for number, word in enumerate(_WORDS, 1)}
_MANY = "|".join(_WORDS[1:])
_ANNOUNCED = re.compile(
    rf"(?:^|[.!?] )(?:(?:There|These|Here) are )?(?P<words>(?P<number>{_MANY}) [a-z]+)[^.!?]*:\s*$", re.IGNORECASE
)
_OF_PICTURE = re.compile(rf"\b(?P<words>(?P<number>{_MANY}) (?:formulas|computed columns))\b", re.IGNORECASE)

_SHORT = frozenset(["e.g", "i.e", "etc", "vs", "cf", "approx", "no", "incl", "fig", "a.m", "p.m"])
_LOWER = frozenset({"codaform", "npm", "pip", "stderr", "stdin", "stdout"})
"""Names that begin a sentence in lower case."""

_LOW_START = re.compile(rf"(?P<last>[\w.)%”\"{_NAME}]+?)[.!?] (?P<first>[a-z]{{2,}})(?=[\s,;])(?!(?:, \w+)*:)")
_TWICE = re.compile(r"[\w)”\"%\ufffc](?P<marks>\.\.|[!?]\.|,\.|;\.)(?![.\w/])")


@dataclass(slots=True)
class Told:
    """A block of an article. kind: p, li, ul, ol, table, picture … text: Its sentences. count: Its items, rows or ƒ."""

    kind: str
    text: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Slip:
    """Something wrong with a sentence. words: Those at its place, as far as the author wrote them so."""

    rule: Rule
    message: str
    words: str

    @property
    def help(self) -> str:
        """What would be right."""
        return "count what follows" if self.rule is MISCOUNT else "one capital begins a sentence, one mark ends it"


def slips(html: str, is_name: Callable[[str], bool] = lambda _: False) -> list[Slip]:
    """What is wrong with the sentences of a built page. is_name: Whether a word begins sentences in lower case."""
    reader = _Article()
    reader.feed(html)
    reader.close()
    told = [one for one in reader.blocks if one.text.strip() or one.kind not in _TEXTS]
    return [*(slip for one in told for slip in _in_text(one, is_name)), *_counts(told)]


def _in_text(told: Told, is_name: Callable[[str], bool]) -> Iterator[Slip]:
    text = " ".join(told.text.split())
    for found in _TWICE.finditer(text):
        words = _around(text, found.start("marks"))
        yield Slip(BAD_SENTENCE, f"a sentence ends twice: “{words}”", words)
    for found in _LOW_START.finditer(text):
        short = "." in found["last"] or found["last"].casefold() in _SHORT
        if not short and not _begins_low(found["first"], is_name):
            words = _around(text, found.start("first"))
            yield Slip(BAD_SENTENCE, f"a sentence begins in lower case: “{words}”", words)
    first = re.match(r"[a-z]+(?= )", text)
    if told.kind == "p" and first and not _begins_low(first[0], is_name) and text.endswith("."):
        words = " ".join(text.split()[:4])
        yield Slip(BAD_SENTENCE, f"a paragraph begins in lower case: “{words}”", words)


def _begins_low(word: str, is_name: Callable[[str], bool]) -> bool:
    return word in _LOWER or is_name(word)


def _around(text: str, at: int) -> str:
    """The word before a place and the words behind it."""
    start = text.rfind(" ", 0, len(text[:at].rstrip())) + 1
    return (text[start:at] + " ".join(text[at:].split()[:2])).replace(_NAME, "…")


def _counts(blocks: list[Told]) -> Iterator[Slip]:
    """Paragraphs that announce a number of things, where another number follows them."""
    for before, after in pairwise(blocks):
        if before.kind != "p" or not after.count:
            continue
        found = (_OF_PICTURE if after.kind == "picture" else _ANNOUNCED).search(before.text)
        if found is not None and _NUMBERS[found["number"].casefold()] != after.count:
            things = {"table": "rows", "picture": "formulas"}.get(after.kind, "items")
            yield Slip(MISCOUNT, f"“{found['words']}” stands before {after.count} {things}", found["words"])


@dataclass
class _Open:
    tag: str
    told: Told | None = None
    left_out: bool = False


@dataclass
class _Article(HTMLParser):
    """Reads the article of a page as blocks."""

    blocks: list[Told] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    counting: list[Told] = field(default_factory=list)
    inside: int = 0
    of_view: bool = False
    """Whether the current box of a picture is a view."""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        kinds = set(named.get("class", "").split())
        if tag == "article":
            self.inside = len(self.open) + 1
        if tag in _VOID:
            if tag == "br":
                self.handle_data(" ")
            return
        current = _Open(tag)
        if not self.inside:
            pass
        elif self._left_out():
            current.left_out = True
        elif tag in _LEFT_OUT or kinds & _NAMES or tag == "code":
            current.left_out = True
            self.handle_data(_NAME if tag == "code" or kinds & _NAMES else "")
            if tag == "svg" and "coda-picture" in kinds:
                self._add(Told("picture"), counts=True)
        elif tag in ("ul", "ol", "table"):
            current.told = self._add(Told(tag), counts=True)
        elif tag in _TEXTS:
            current.told = self._add(Told(tag))
            if tag == "li" and self.counting:
                self.counting[-1].count += 1
        elif tag == "tr" and self.counting and "tbody" in [one.tag for one in self.open]:
            self.counting[-1].count += 1
        self.open.append(current)

    def _left_out(self) -> bool:
        return bool(self.open) and self.open[-1].left_out

    def _add(self, told: Told, counts: bool = False) -> Told:
        self.blocks.append(told)
        if counts:
            self.counting.append(told)
        return told

    def handle_endtag(self, tag: str) -> None:
        while any(one.tag == tag for one in self.open):
            last = self.open.pop()
            if self.counting and (last.told is self.counting[-1] or (last.tag == "svg" and not self._left_out())):
                self.counting.pop()
            if last.tag == tag:
                break
        if tag == "article":
            self.inside = 0

    def handle_data(self, data: str) -> None:
        if self._left_out():
            if data == "ƒ" and self.counting and self.counting[-1].kind == "picture":
                self.counting[-1].count += not self.of_view
            self.of_view = data.startswith("view of ") or (self.of_view and data != "ƒ")
            if data != _NAME:
                return
        owner = next((one.told for one in reversed(self.open) if one.told is not None), None)
        if owner is not None and owner.kind in _TEXTS:
            owner.text += data
