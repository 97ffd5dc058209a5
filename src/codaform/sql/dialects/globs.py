"""A regular expression as patterns of GLOB, for a dialect without regular expressions.

A pattern of GLOB has characters and classes of them, each once, and `*` for any text. So branches become patterns of
their own, and a part that may be there any number of times has none.
"""

from __future__ import annotations

import re

_MOST = 50
"""More patterns than that are none."""

_TOKEN = re.compile(
    r"(?P<atom>\[[^\]]*\]|\\.|[^\\\[\](){}|*+?^$])|(?P<times>\{(?P<count>[0-9]{1,2})\}|\?)|(?P<sign>[(|)])", re.DOTALL
)


def globs(pattern: str) -> list[str] | None:
    """The patterns of GLOB one of which fits a text in which a regular expression is found; None if there are none."""
    start, end = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
    inner = pattern[1 if start else 0 : -1 if end else None]
    found = _Reading(inner).whole()
    if found is None or ((start or end) and "|" in _outside_of_groups(inner)):
        return None
    return [f"{'' if start else '*'}{text}{'' if end else '*'}" for text in found]


def _outside_of_groups(pattern: str) -> str:
    while (shorter := re.sub(r"\[[^\]]*\]|\\.|\([^()]*\)", "", pattern)) != pattern:
        pattern = shorter
    return pattern


class _Reading:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def whole(self) -> list[str] | None:
        found = self.branches()
        return found if self.at == len(self.pattern) else None

    def branches(self) -> list[str] | None:
        """The texts of all branches up to the end of a group."""
        found: list[str] = []
        while (texts := self.branch()) is not None and len(found) <= _MOST:
            found += texts
            if self.pattern[self.at : self.at + 1] != "|":
                return found if len(found) <= _MOST else None
            self.at += 1
        return None

    def branch(self) -> list[str] | None:
        found = [""]
        while (token := _TOKEN.match(self.pattern, self.at)) and token["sign"] not in ("|", ")"):
            self.at = token.end()
            part = [_character(token["atom"])] if token["atom"] else self.group() if token["sign"] else None
            if part is None:
                return None
            times = _TOKEN.match(self.pattern, self.at)
            if times and times["times"]:
                self.at = times.end()
            else:
                times = None
            count = int(times["count"]) if times and times["count"] else 1
            for _ in range(count):
                found = [
                    before + one for before in found for one in (["", *part] if times and not times["count"] else part)
                ]
                if len(found) > _MOST:
                    return None
        return found

    def group(self) -> list[str] | None:
        found = self.branches()
        if found is None or self.pattern[self.at : self.at + 1] != ")":
            return None
        self.at += 1
        return found


def _character(atom: str) -> str:
    """A character or a class of characters, as GLOB has it."""
    if len(atom) > 1 and atom[0] == "[":
        return atom
    sign = atom[-1]
    return f"[{sign}]" if sign in "*?[" else sign
