"""Updating a YAML file that a person wrote: only the differences are edited.

The rules: the file's order of keys, columns and views stays, as do its comments and the spelling of unchanged
values. A key that the new tree lacks is removed, except for keys that only a person can fill (KEPT). Things with a
name are the same thing where they have the same name; one that the new tree lacks stays unless it is pruned. A file
that cannot be edited so is rewritten, without its comments.
"""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from collections.abc import Sequence as Items
from dataclasses import dataclass, field

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project import yaml_text
from codaform.project.inline import same_formula
from codaform.project.yaml_tree import Mapping, Node, Scalar, Sequence, compose, text_at
from codaform.source import Source

KEPT = frozenset(
    {"about", "tags", "tests", "clock", "user", "environments", "time_zone", "first_day_of_week", "assume", "lint"}
)
"""Keys that stay where the new tree does not say them."""


@dataclass(frozen=True, slots=True)
class Edited:
    """An updated file. anew: Whether it could not be edited in place and was rewritten."""

    text: str
    anew: bool = False


def edited(text: str, wanted: Node, prune: bool = False, formerly: Lookup[str, str] | None = None) -> Edited:
    """The updated text of a file; a text that is no YAML is rewritten.

    prune: Whether named things that are not wanted go. formerly: The old name of a thing, by its new one.
    """
    tree = compose(Source("existing", text))
    if isinstance(tree, Diagnostic) or not isinstance(tree, Mapping) or not isinstance(wanted, Mapping):
        return Edited(yaml_text.shown(wanted), bool(text.strip()))
    work = _Work(text, prune, formerly or {})
    expected = work.merge(tree, wanted)
    after = work.applied()
    if compose(Source("edited", after)) != expected:
        return Edited(yaml_text.shown(expected), True)
    return Edited(after)


@dataclass
class _Work:
    text: str
    prune: bool
    formerly: Lookup[str, str]
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def applied(self) -> str:
        parts: list[str] = []
        at = 0
        for start, end, new in sorted(self.edits, key=lambda edit: edit[:2]):
            if start < at:
                return ""  # two edits of one place: nothing that could be trusted
            parts += (self.text[at:start], new)
            at = end
        return "".join((*parts, self.text[at:]))

    def merge(self, old: Node, new: Node) -> Node:
        """What two nodes become; where they differ otherwise than by parts, None of the old is left by the caller."""
        match old, new:
            case Mapping(), Mapping():
                return self.mapping(old, new)
            case Sequence(), Sequence() if _named(old) and _named(new):
                return self.things(old, new)
        return new

    def mapping(self, old: Mapping, new: Mapping) -> Mapping:
        wanted = {key.text: value for key, value in new.entries}
        kept = [known for known in old.entries if known[0].text in wanted or known[0].text in KEPT]
        self.remove([(key.span.start, self.end(value)) for key, value in old.entries], _indices(old.entries, kept), old)
        merged = [
            (key, self.value(key, value, wanted[key.text]) if key.text in wanted else value) for key, value in kept
        ]
        there = {key.text for key, _ in kept}
        before: str | None = None
        for key, value in new.entries:
            if key.text not in there:
                self.add_key(old, kept, before, key.text, value)
                places = [name.text for name, _ in merged]
                at = places.index(before) + 1 if before is not None else 0
                merged.insert(at, (key, value))
            before = key.text
        return Mapping(tuple(merged))

    def value(self, key: Scalar, old: Node, new: Node) -> Node:
        """The value of a key that stays."""
        if old == new:
            return old
        texts = [node.text for node in (old, new) if isinstance(node, Scalar)]
        if key.text in yaml_text.FORMULAS and len(texts) == 2 and same_formula(*texts):
            return old
        both = (old, new)
        if all(isinstance(node, Mapping) for node in both) or all(
            isinstance(node, Sequence) and node.items and _named(node) for node in both
        ):
            return self.merge(old, new)
        colon = self.text.index(":", key.span.end)
        end = max(self.end(old), colon + 1)
        last = "\n" if end > 0 and self.text[end - 1] == "\n" else ""
        if isinstance(old, Scalar) and old.span.start < end and not last and isinstance(new, Scalar):
            self.edits.append((old.span.start, end, yaml_text.flow(new, key.text)))
        else:
            self.edits.append((colon + 1, end, f" {yaml_text.flow(new, key.text)}{last}"))
        return new

    def things(self, old: Sequence, new: Sequence) -> Sequence:
        """A list of mappings that have names."""
        by_name = {text_at(item, "name"): item for item in old.items}
        pairs = {}
        for item in new.items:
            name = text_at(item, "name")
            found = by_name.get(name) or by_name.get(self.formerly.get(name, name))
            if found is not None and id(found) not in pairs:
                pairs[id(found)] = item
        kept = [item for item in old.items if id(item) in pairs or not self.prune]
        self.remove([(item.span.start, self.end(item)) for item in old.items], _indices(old.items, kept), old)
        merged = [self.merge(item, pairs[id(item)]) if id(item) in pairs else item for item in kept]
        anchors: list[Node] = list(kept)
        matched = {id(item): found for found, item in pairs.items()}
        by_id = {id(item): item for item in kept}
        last: Node | None = None
        place = 0
        for item in new.items:
            if id(item) in matched:
                last = by_id[matched[id(item)]]
                place = next(at for at, one in enumerate(anchors) if one is last) + 1
                continue
            self.add_item(old, kept, last, item)
            anchors.insert(place, item)
            merged.insert(place, item)
            place += 1
        return Sequence(tuple(merged))

    # ------------------------------------------------------------ edits

    def remove(self, spans: Items[tuple[int, int]], kept: set[int], owner: Node) -> None:
        """Take out the parts of a mapping or list that are not kept, with what stands between them and others."""
        flow = self.is_flow(owner)
        seen = False
        for at, (start, end) in enumerate(spans):
            if at in kept:
                seen = True
            elif flow and seen:
                self.edits.append((spans[at - 1][1], end, ""))
            elif flow:
                self.edits.append((start, spans[at + 1][0] if at + 1 < len(spans) else end, ""))
            else:
                self.edits.append((self.line_start(start), self.line_end(end), ""))

    def add_key(
        self, owner: Mapping, kept: Items[tuple[Scalar, Node]], before: str | None, key: str, value: Node
    ) -> None:
        entries = {name.text: (name, node) for name, node in kept}
        # If the key before is new as well, this one goes after the same older one.
        order = [name.text for name, _ in owner.entries if name.text in entries]
        anchor = self._anchor.get((id(owner), before)) if before not in entries else before
        self._anchor[id(owner), key] = anchor
        if self.is_flow(owner):
            if anchor is not None:
                self.edits.append((self.end(entries[anchor][1]),) * 2 + (f", {yaml_text.pair(key, value)}",))
            elif order:
                self.edits.append((entries[order[0]][0].span.start,) * 2 + (f"{yaml_text.pair(key, value)}, ",))
            else:
                self.edits.append((owner.span.start + 1,) * 2 + (yaml_text.pair(key, value),))
            return
        indent = " " * self.column(owner.span.start)
        if anchor is not None:
            self.add_line(self.end(entries[anchor][1]), yaml_text.entry(key, value, indent))
        else:
            at = owner.span.start
            self.edits.append((at, at, yaml_text.entry(key, value, indent).lstrip(" ") + indent))

    def add_item(self, owner: Sequence, kept: Items[Node], after: Node | None, item: Node) -> None:
        if self.is_flow(owner):
            told = yaml_text.flow(item)
            if after is not None:
                self.edits.append((self.end(after),) * 2 + (f", {told}",))
            elif kept:
                self.edits.append((kept[0].span.start,) * 2 + (f"{told}, ",))
            else:
                self.edits.append((owner.span.start + 1,) * 2 + (told,))
            return
        line = yaml_text.item_line(item, " " * self.column(owner.span.start))
        if after is not None:
            self.add_line(self.end(after), line)
        else:
            at = self.line_start(owner.span.start)
            self.edits.append((at, at, line))

    def add_line(self, end: int, line: str) -> None:
        """A line behind the one in which something ends."""
        at = self.line_end(end)
        open_ = at > 0 and self.text[at - 1] != "\n"
        # The last line of a file may lack its end; so does then the new last one.
        self.edits.append((at, at, "\n" + line.removesuffix("\n") if open_ else line))

    # ------------------------------------------------------------ places

    def is_flow(self, node: Node) -> bool:
        return self.text.startswith(("[", "{"), node.span.start)

    def end(self, node: Node) -> int:
        """Where a node ends; YAML lets a list in lines end where the next thing begins."""
        if isinstance(node, Scalar) or self.is_flow(node):
            return node.span.end
        if isinstance(node, Sequence):
            return self.end(node.items[-1]) if node.items else node.span.end
        return self.end(node.entries[-1][1]) if node.entries else node.span.end

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """Behind the line end; where something ended with its line already, there."""
        if at > 0 and self.text[at - 1] == "\n":
            return at
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def column(self, at: int) -> int:
        return at - self.line_start(at)

    _anchor: dict[tuple[int, str | None], str | None] = field(default_factory=dict)


def _named(node: Node) -> bool:
    return isinstance(node, Sequence) and all(text_at(item, "name") for item in node.items)


def _indices(whole: Items[object], kept: Items[object]) -> set[int]:
    known = {id(part) for part in kept}
    return {at for at, part in enumerate(whole) if id(part) in known}
