"""What MkDocs says of a site, as findings at their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import DEAD_LINK, SITE_WARNING, UNLISTED_PAGE
from codaform.site.build.locating import Text, beginning, locate
from codaform.source import NOWHERE, Source

_LINK = re.compile(r"Doc file '(?P<page>[^']+)' contains an? (?:\w+ )*link '(?P<link>.+?)', (?:but )?(?P<why>.+)", re.S)
_NAV = re.compile(r"A reference to '(?P<page>.+?)' is included in the 'nav' configuration")
_OMITTED = "are not included in the"
_STRICT = "in strict mode"


def findings(said: Iterable[str], texts: Mapping[str, Text], settings: Source) -> Iterator[Diagnostic]:
    """A finding for each thing that MkDocs warns of.

    texts: The pages by their paths below the docs. settings: mkdocs.yml.
    """
    for message in said:
        if _STRICT in message:
            continue
        link, nav = _LINK.match(message), _NAV.match(message)
        if link and link["page"] in texts:
            text = texts[link["page"]]
            place = locate(text, [link["link"], link["link"].rpartition("#")[0]]) or beginning(text)
            yield Diagnostic(DEAD_LINK, f"{link['link']}: {link['why']}", *place)
        elif nav:
            place = locate(Text(settings), [nav["page"]]) or (settings, NOWHERE)
            yield Diagnostic(DEAD_LINK, f"the navigation leads to {nav['page']}, which is not there", *place)
        elif _OMITTED in message:
            yield from unlisted(re.findall(r"^\s*- (.+)$", message, re.MULTILINE), texts, settings)
        else:
            yield Diagnostic(SITE_WARNING, f"MkDocs warns: {' '.join(message.split())}", settings, NOWHERE)


def unlisted(paths: Iterable[str], texts: Mapping[str, Text], settings: Source) -> Iterator[Diagnostic]:
    """A finding for each page that the navigation does not name."""
    for path in paths:
        place = beginning(texts[path]) if path in texts else (settings, NOWHERE)
        yield Diagnostic(UNLISTED_PAGE, f"{path} is nowhere in the navigation", *place, f"name it in {settings.name}")
