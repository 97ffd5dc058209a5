"""What the prose of a document claims about its doc: counts, sums, names, formulas, and what reads what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cached_property

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import FALSE_FACT, UNPROVED_CLAIM
from codaform.model.schema import views
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode, node_named
from codaform.site.guides.passages import CODE, NAME, PROVED, PassageText, passages
from codaform.site.guides.reading import Prose, parse_document
from codaform.site.guides.roles import ROLE
from codaform.source import Source, Span
from codaform.spelling import is_slip

_PARTS = ("tables", "rows", "columns", "views", "formulas", "buttons", "controls", "relations", "options", "cases")
_FEW = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_NUMBER = rf"""
    (?<![\w.,:/\#+-])(?P<number>
      \d{{1,3}}(?:,\d{{3}})+ | \d+(?:\.\d+)?
      | (?<=\bthere\sis\s)no | (?<=\bthere\sare\s)no | {_FEW} | (?:thir|four|fif|six|seven|eigh|nine)teen
      | (?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-[a-z]+)?
      | (?:(?:a|one|several|{_FEW})\s)?(?:dozen|hundred|thousand)
    )
    (?:\s+(?:of\s+(?:the|its|these|those|our|their|all)|(?!(?:of|to|and|or|in|for|by|with|from)\b)[a-z-]+)){{0,2}}\s+
    """
"""A number, with up to two words before what is counted."""
_ANNOUNCED = re.compile(rf"\W*(?:(?:there|these|here) are )?(?:{_FEW}) ", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:if|when|whenever|suppose)\b", re.IGNORECASE)
_UNCHANGED = re.compile(
    r"""
    \b(?:only\s+adds? | adds?\s+only | ha(?:s|ve)\s+(?:not|never)\s+changed | never\s+changes?
      | (?:does|do|did)\s+not\s+change | (?:changes?|deletes?|removes?|loses?)\s+nothing | unchanged
      | no\s+[a-z]+\s+(?:deletes?|removes?|loses?|changes?)\s+(?:anything|(?:a|any)\s+(?:row|value|cell)s?)
      | none(?:\s+(?:is|are|was|were))?\s+left(?:\s+over)?
      | nothing\s+(?:is|was|gets|has\s+been)\s+(?:lost|changed|deleted|removed|left|missing)
      | no\s+(?:row|value|cell|data)s?\s+(?:is|are|was|were)\s+lost)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SUM = re.compile(
    r"""
    (?<![\w.])(?P<left>\(*[+-]?\d[\d.]*(?:\)*\s+[-+*/×]\s+\(*\d[\d.]*)+\)*)
    \s*(?:=|is|gives|makes)\s+(?P<right>[+-]?\d+(?:\.\d+)?)(?!\w|\s+[-+*/×]\s+\d)
    """,
    re.VERBOSE,
)
_VERBS = r"(?:also\s+|directly\s+)?(?:reads?|needs?|uses?|depends?\s+on)|(?:is|are)\s+read\s+by|do(?:es)?\s+not\s+read"
_READS = re.compile(
    rf"(?P<reader>{NAME}++)\s+(?P<verb>{_VERBS})\s+"
    rf"(?P<others>{NAME}++(?:(?:,|,?\s+and)\s+{NAME}++(?!\s+(?:{_VERBS})))*)"
)
_SNAKE = re.compile(r"[A-Za-z]\w*_\w*|(?P<table>\w+)\.(?P<column>\w+)")
_PLAIN = r"[a-z]\w*_\w*[a-z]"
_ALIKE = 0.85
"""The part of equal letters from which one name stands for another; `start_date` and `end_date` have less."""
_HELP = "write the number as a role with an arrow, such as {value}`tasks.Count() → 64`; or leave it out"


def unproved_claims(session: Session, source: Source) -> Iterator[Diagnostic]:
    """A finding for each claim of a document's prose that is false, or that no check would find to be false."""
    claims = _Claims(session, source)
    for passage in passages(source):
        yield from claims.in_passage(passage)
    yield from claims.formulas()


@dataclass
class _Claims:
    session: Session
    source: Source

    def in_passage(self, passage: PassageText) -> Iterator[Diagnostic]:
        """The findings of one passage."""
        if UNPROVED_CLAIM.name not in passage.allowed:
            for text, at in passage.sentences():
                announces = passage.announces and text.rstrip().endswith(":")
                yield from self._counts(text, at, announces)
                if PROVED not in text and not announces:
                    yield from self._unproved(_UNCHANGED.finditer(text), at)
                    yield from self._unproved(self._of_all_rows(text), at)
        yield from self._sums(passage)
        yield from self._readers(passage)
        yield from self._owners(passage)
        yield from self._names(passage)

    # ------------------------------------------------------------ numbers

    @cached_property
    def _counted(self) -> re.Pattern[str]:
        """A number before rows of a table, parts of a doc, or the unit of a number column: `estimated_hours`."""
        words = dict.fromkeys((*_PARTS, "percent"))
        for table in self.session.project.doc.tables.values():
            spoken = re.sub(r"[\W_]+", " ", table.name).strip().casefold()
            words |= dict.fromkeys([spoken, spoken.rpartition(" ")[2]])
            numbers = [column.name for column in table.columns.values() if column.kind == "number"]
            words |= dict.fromkeys(name.rpartition("_")[2].casefold() for name in numbers if name.endswith("s"))
        nouns = "|".join(
            r"\s+".join(re.escape(part) for part in word.split())
            for word in sorted(words, key=len, reverse=True)
            if word
        )
        return re.compile(rf"{_NUMBER}(?P<noun>(?:{nouns})\b|(?={NAME}))", re.IGNORECASE | re.VERBOSE)

    def _counts(self, text: str, at: int, announces: bool) -> Iterator[Diagnostic]:
        if re.search(r"\bCoda\b", text):
            return  # a statement on Coda says how sure it is
        if announces and _ANNOUNCED.match(text):
            return  # the site counts what follows
        sums = [found.span("right") for found in _SUM.finditer(text)]
        for found in self._counted.finditer(text):
            if found.span("number") in sums:
                continue
            clause = re.split(r"[,;:|]", text[: found.start()])[-1]
            if _CONDITION.search(clause) or not (found["noun"] or self._is_table(at + found.end())):
                continue
            words = " ".join(self.source.text[at + found.start() : at + found.end()].split())
            message = f"no check proves “{words}{'' if found['noun'] else ' …'}”"
            yield self._finding(UNPROVED_CLAIM, message, at + found.start(), at + found.end(), _HELP)

    def _is_table(self, at: int) -> bool:
        return self.source.text.startswith("{table}", at)

    @cached_property
    def _spoken_tables(self) -> dict[str, str]:
        """Tables by the words for one row: `execution run`, and `run` where no other table ends so."""
        spoken = {re.sub(r"[\W_]+", " ", name).strip().casefold(): name for name in self.session.project.doc.tables}
        last = Counter(words.rpartition(" ")[2] for words in spoken)
        short = {end: name for words, name in spoken.items() if last[end := words.rpartition(" ")[2]] == 1}
        return {words.removesuffix("s"): name for words, name in (short | spoken).items() if words.removesuffix("s")}

    @cached_property
    def _one_row(self) -> str:
        """A pattern of the words for one row of any table."""
        return "|".join(sorted(map(re.escape, self._spoken_tables), key=len, reverse=True)) or "(?!)"

    def _of_all_rows(self, text: str) -> Iterator[re.Match[str]]:
        """`Every task has a date`, where a column is called like that; a page, say, is no cell of a row."""
        for found in self._having.finditer(text):
            table = self.session.project.doc.tables[self._spoken_tables[found["own"].casefold()]]
            parts = {part for name in table.columns for part in re.split(r"[\W_]+", name.casefold()) if part}
            if any(part.startswith(found["what"].casefold()) for part in parts):
                yield found

    @cached_property
    def _having(self) -> re.Pattern[str]:
        what = r"ha(?:s|ve)\s+(?:an?|no|its|their)\s+(?P<what>[a-z]{3,})"
        return re.compile(rf"\b(?:every|each|all|no)\s+(?P<own>{self._one_row})s?\s+{what}", re.IGNORECASE)

    @cached_property
    def _owned(self) -> re.Pattern[str]:
        """`A run belongs to one sprint`."""
        one = r"\b(?:an?|one|each|every|the|its)\s+"
        verb = r"\s+(?:belongs|points)\s+to\s+(?:exactly\s+)?"
        return re.compile(rf"{one}(?P<own>{self._one_row}){verb}{one}(?P<owner>{self._one_row})\b", re.IGNORECASE)

    def _owners(self, passage: PassageText) -> Iterator[Diagnostic]:
        """Rows that are said to belong to one of a table that theirs has nothing to do with."""
        for found in self._owned.finditer(passage.text):
            own, owner = (self._spoken_tables[found[name].casefold()] for name in ("own", "owner"))
            if not (self._knows(own, owner) or self._knows(owner, own)):
                message = f"no column of {own} or {owner} leads to the other table"
                yield self._finding(FALSE_FACT, message, passage.start + found.start(), passage.start + found.end())

    def _knows(self, table: str, other: str) -> bool:
        """Whether a column of a table points to rows of another one, or is computed from them."""
        return any(
            column.to == other or self._holds(GraphNode("cells", table, name), GraphNode("rows", other), True)
            for name, column in self.session.project.doc.tables[table].columns.items()
        )

    def _unproved(self, claims: Iterable[re.Match[str]], at: int) -> Iterator[Diagnostic]:
        for found in claims:
            words = " ".join(found[0].split())
            help = "show the rows below the sentence, with what is expected of them; or leave it out"
            yield self._finding(
                UNPROVED_CLAIM, f"no check proves “{words}”", at + found.start(), at + found.end(), help
            )

    def _sums(self, passage: PassageText) -> Iterator[Diagnostic]:
        for found in _SUM.finditer(passage.text):
            bound, said = self.session.bind(Source(self.source.name, found["left"].replace("×", "*")))
            value = None if any(one.rule.severity == "error" for one in said) else self.session.book.evaluate(bound)
            try:
                right = Decimal(found["right"])
                same = (
                    isinstance(value, int | float) and round(Decimal(value), -int(right.as_tuple().exponent)) == right
                )
            except InvalidOperation:
                same = False
            if isinstance(value, int | float) and not same:
                message = f"{found['left']} is {value:g}, and not {found['right']}"
                yield self._finding(FALSE_FACT, message, passage.start + found.start(), passage.start + found.end())

    # ------------------------------------------------------------ names

    def _readers(self, passage: PassageText) -> Iterator[Diagnostic]:
        """`{column}a.b reads {table}c`: the dependency has to be there."""
        needs = self.session.needs
        for found in _READS.finditer(passage.text):
            reader = self._node(passage.start + found.start("reader"))
            for other in re.finditer(rf"{NAME}+", found["others"]):
                at = passage.start + found.start("others") + other.start()
                read = self._node(at)
                if reader is None or read is None:
                    continue
                first, second = (read, reader) if "by" in found["verb"] else (reader, read)
                if first not in needs and not found["verb"].startswith(("read", "do", "is", "are")):
                    continue  # people use a column
                directly = "read" in found["verb"]
                holds = self._holds(first, second, directly)
                if holds == found["verb"].startswith("do"):
                    does = "reads" if holds else "does not read" if directly else "does not depend on"
                    message = f"{_spoken(first)} {does} {_spoken(second)}"
                    yield self._finding(FALSE_FACT, message, at, at + len(other[0]))

    def _holds(self, reader: GraphNode, read: GraphNode, directly: bool) -> bool:
        """Whether a node is computed from another one, or from anything of a table."""
        needs = self.session.needs
        known = needs[reader].things if reader in needs else frozenset()
        start = {read}
        if read.kind == "rows":
            columns = self.session.project.doc.tables[read.table].columns
            start |= {GraphNode("cells", read.table, name) for name in columns}
        return not known.isdisjoint(start) or (not directly and reader in set(needs.followers(start)) - start)

    def _node(self, at: int) -> GraphNode | None:
        """What a role at a place names; None for rows, options and functions."""
        found = ROLE.match(self.source.text, at)
        name, content = (found["name"], " ".join(found["content"].split())) if found and found["name"] else ("", "")
        doc = self.session.project.doc
        if name == "table" and content in doc.tables:
            return GraphNode("rows", content)
        if name == "column":
            table, _, column = content.partition(".")
            return (
                GraphNode("cells", table, column) if column in getattr(doc.tables.get(table), "columns", ()) else None
            )
        if (name == "view" and content in {view.name for view in views(doc)}) or (
            name == "formula" and (content in doc.formulas or content in doc.controls)
        ):
            return node_named(doc, content)
        return None

    @cached_property
    def _known(self) -> dict[str, None]:
        """All names of the doc and of its tests."""
        project = self.session.project
        columns = [column for table in project.doc.tables.values() for column in table.columns]
        named = [*project.doc.tables, *columns, *project.doc.formulas, *project.doc.controls]
        return dict.fromkeys(
            [*named, *(view.name for view in views(project.doc)), *(test.name for test in project.tests)]
        )

    def _names(self, passage: PassageText) -> Iterator[Diagnostic]:
        """Names of the doc that are written otherwise, as code or as a plain word: `task.nam`, scheduled_start_dat."""
        for found in re.finditer(rf"{CODE}+|(?<![\w./-]){_PLAIN}(?![\w/-]|\.\w)", passage.text):
            start, end = passage.start + found.start(), passage.start + found.end()
            code = self.source.text[start:end].strip("`")
            if "thisRow." in code:
                yield from self._mistakes(code, start + 1)
            parts = _SNAKE.fullmatch(code)
            if parts is None or code in self._known:
                continue
            table = self.session.project.doc.tables.get(parts["table"] or "")
            if table is not None and parts["column"] not in table.columns:
                yield self._finding(FALSE_FACT, f"table {table.name} has no column {parts['column']}", start, end)
            elif parts["table"] is None and (close := self._close(code)):
                yield self._finding(FALSE_FACT, f"there is no {code}", start, end, f"did you mean {close}?")

    def _close(self, code: str) -> str:
        """The name that a word most likely means: a letter beside it, or most of its letters."""
        slip = next((one for one in self._known if is_slip(code, one)), "")
        return slip or next(iter(get_close_matches(code, self._known, 1, _ALIKE)), "")

    # ------------------------------------------------------------ formulas

    def formulas(self) -> Iterator[Diagnostic]:
        """Blocks of formulas that are mistakes in a row of every table, and on a page."""
        for part in parse_document(self.source).parts:
            text = self.source.text[part.span.start : part.span.end]
            fenced = re.fullmatch(
                r" {0,3}(`{3,}|~{3,})coda[^\S\n]*\n(?P<formula>.*?)^[^\S\n]*\1[^\S\n]*\n?", text, re.S | re.M
            )
            if not isinstance(part, Prose) or not part.literal or fenced is None:
                continue
            yield from self._mistakes(fenced["formula"], part.span.start + fenced.start("formula"))

    def _mistakes(self, formula: str, at: int) -> Iterator[Diagnostic]:
        """What is wrong with a formula in the table where it fits best, or on a page."""
        said = []
        for table in (*self.session.project.doc.tables, ""):
            _, found = self.session.bind(Source(self.source.name, formula), table)
            said.append([one for one in found if one.rule.severity == "error"])
        for one in min(said, key=len):
            yield self._finding(FALSE_FACT, one.message, at + one.span.start, at + one.span.end, one.help)

    def _finding(self, rule: object, message: str, start: int, end: int, help: str = "") -> Diagnostic:
        return Diagnostic(rule, message, self.source, Span(start, end), help)  # type: ignore[arg-type]


def _spoken(node: GraphNode) -> str:
    """A node as a document names it."""
    return f"{node.table}.{node.name}" if node.kind == "cells" else node.name or node.table
