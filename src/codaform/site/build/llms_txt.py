"""llms.txt: the content of the site for programs that read it, in the form of llmstxt.org."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from codaform.site.build.navigation import as_text
from codaform.site.build.settings import SiteSettings, address
from codaform.site.markdown import escaped
from codaform.site.pages import MARK, own_text
from codaform.text import shorten

NAME = "llms.txt"
_MOST = 240
_NO_PROSE = ("#", "<", "|", "!", "- ", "* ", "+ ", "---", "***", ">", "    ", "???", "===", "[")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,}).*?(?:^(?P=mark)[`~]*\s*$|\Z)", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(?<!`)`[^`]+`(?!`)")
_PAIR = re.compile(
    rf"{_CODE.pattern}|\\.|(?<!\w)(?P<stars>\*{{1,3}})(?=[^\s*])(?P<inside>(?:{_CODE.pattern}|\\.|[^\\*`])+)(?<!\s)(?P=stars)(?!\w)",
    re.DOTALL,
)
"""Code, an escaped sign, or what stands between two equal marks."""
_SIGNS = re.compile(rf"(?P<code>{_CODE.pattern})|\\(?P<kept>[^\w\s])|\{{[#:.][^}}]*\}}")
_FRONT = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
_SENTENCE = re.compile(r".*?[.!?](?=\s|$)", re.DOTALL)


def llms_txt(settings: SiteSettings, texts: dict[str, str], titles: dict[str, str], abouts: dict[str, str]) -> str:
    """The text of llms.txt.

    texts: Every page's Markdown by its path. titles, abouts: Of the generated pages. Pages in no
    navigation come last.
    """
    told: set[str] = set()

    def line(path: str, title: str) -> str:
        told.add(path)
        about = abouts.get(path) or first_sentence(texts[path])
        link = f"[{escaped(title or titles.get(path, '') or path)}]({address(settings, path)})"
        return f"- {link}: {escaped(about)}" if about else f"- {link}"

    parts = [f"# {escaped(settings.name)}"]
    if settings.about:
        parts.append(f"> {escaped(settings.about)}")
    sections = _sections(settings.nav) if settings.nav is not None else []
    for heading, members in sections:
        lines = [line(path, title) for path, title in members if path in texts and path not in told]
        if lines:
            parts.append(f"## {escaped(heading)}\n\n" + "\n".join(lines))
    left = [line(path, "") for path in sorted(texts) if path not in told]
    if left:
        parts.append("## Other pages\n\n" + "\n".join(left))
    return "\n\n".join([*parts, MARK]) + "\n"


def _sections(nav: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """The sections of the top level with all pages in them, by path and title; single pages stand together first."""
    alone: list[tuple[str, str]] = []
    sections: list[tuple[str, list[tuple[str, str]]]] = [("Pages", alone)]
    for item in nav if isinstance(nav, list) else []:
        match item:
            case dict() if any(isinstance(inside, list) for inside in item.values()):
                sections += [(as_text(str(title)), list(_members(inside, ""))) for title, inside in item.items()]
            case _:
                alone.extend(_members(item, ""))
    return sections


def _members(nav: Any, title: str) -> Iterator[tuple[str, str]]:
    match nav:
        case str():
            yield nav, title
        case list():
            for one in nav:
                yield from _members(one, "")
        case dict():
            for name, inside in nav.items():
                yield from _members(inside, as_text(str(name)))


def first_sentence(text: str) -> str:
    """The first sentence of a page's prose, as plain text; empty where it has none."""
    prose = _FENCE.sub("", _FRONT.sub("", own_text(text)))
    found = next(filter(None, map(_prose, re.split(r"\n\s*\n", prose))), "")
    plain = " ".join(_unmarked(_LINK.sub(lambda link: link[1], found)).split())
    sentence = _SENTENCE.match(plain)
    return shorten(sentence[0] if sentence else plain, _MOST)


def _prose(block: str) -> str:
    block = block.strip("\n")
    if _CODE.fullmatch(block.strip("*")):
        return ""  # the signature of a function
    return "" if not block or block.startswith(_NO_PROSE) else block


def _unmarked(text: str) -> str:
    """A paragraph without its marks, which come in pairs; a star alone is a sign, as every star of code is."""
    before = ""
    while before != text:
        before, text = text, _PAIR.sub(lambda found: found["inside"] or found[0], text)
    return _SIGNS.sub(lambda found: found["code"] or found["kept"] or "", text)
