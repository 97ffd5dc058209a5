"""Misspelled names: the nearest known names, and the question whether the nearest is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_LONGEST = 100
"""The most letters of a name in which codaform looks for two that changed places."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that this name most likely misspells, or None."""
    return _nearest(_plain(name), _prepared(tuple(known)))


@dataclass(eq=False, slots=True)
class _Prepared:
    """Known names by their letters in lower case."""

    folded: dict[str, str]


@lru_cache(16)
def _prepared(known: tuple[str, ...]) -> _Prepared:
    return _Prepared({_plain(candidate): candidate for candidate in known})


@lru_cache(200)
def _nearest(wanted: str, known: _Prepared) -> str | None:
    folded = known.folded
    if not folded:
        return None
    import difflib

    # Two letters that changed places are the most frequent slip, and difflib counts them as two.
    places = range(len(wanted) - 1 if len(wanted) <= _LONGEST else 0)
    swapped = (wanted[:at] + wanted[at + 1] + wanted[at] + wanted[at + 2 :] for at in places)
    exact = next((text for text in (wanted, *swapped) if text in folded), None)
    if exact is not None:
        return folded[exact]
    close = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.7)
    if close:
        return folded[close[0]]
    longer = [text for text in folded if len(wanted) >= 4 and (wanted in text or text in wanted) and len(text) >= 4]
    return folded[min(longer, key=lambda text: abs(len(text) - len(wanted)))] if longer else None


def is_slip(name: str, other: str) -> bool:
    """Return whether two names differ by one letter, or by two neighbours that changed places."""
    first, second = _plain(name), _plain(other)
    start = _common_start(first, second)
    end = _common_start(first[start:][::-1], second[start:][::-1])
    first, second = first[start : len(first) - end], second[start : len(second) - end]
    return max(len(first), len(second)) <= 1 or (len(first) == 2 and first == second[::-1])


def _common_start(first: str, second: str) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))


def did_you_mean(name: str | None, otherwise: str = "") -> str:
    """Return the question whether a name is meant, or another help where there is no such name."""
    return f"did you mean {name}?" if name else otherwise


def closest(name: str, known: Iterable[str], count: int = 5) -> list[str]:
    """Return the known names with the most similar spelling, the most similar first."""
    import difflib

    names = list(dict.fromkeys(known))
    first = nearest(name, names)
    matcher = difflib.SequenceMatcher(b=_plain(name), autojunk=False)

    def likeness(candidate: str) -> float:
        matcher.set_seq1(_plain(candidate))
        return matcher.ratio()

    ranked = sorted(names, key=lambda candidate: (candidate != first, -likeness(candidate)))
    return ranked[:count]


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
