"""Where the pages of a site are published."""

from __future__ import annotations

import posixpath
from urllib.parse import quote, unquote

from codaform.site.build.folders import Settings


def address(settings: Settings, path: str) -> str:
    """Where a page leads: relative to the top of the site, or absolute where the settings say where the site is."""
    stem = path.removesuffix(".md")
    folder, name = posixpath.split(stem)
    if name == "README":
        stem = posixpath.join(folder, "index")
    if not settings.tidy:
        place = f"{stem}.html"
    elif stem == "index" or stem.endswith("/index"):
        place = stem.removesuffix("index")
    else:
        place = f"{stem}/"
    return f"{settings.address.rstrip('/')}/{quote(place)}" if settings.address else quote(place) or "./"


def built_file(settings: Settings, path: str) -> str:
    """The file below the top of the site that a page of Markdown becomes."""
    place = unquote(address(Settings(tidy=settings.tidy), path)).removeprefix("./")
    return place + "index.html" if place.endswith("/") or not place else place
