"""Where the site of a project is: mkdocs.yml, the folder of its pages, the built folder, and the addresses in it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import yaml

from codaform.files import read_file_text
from codaform.project import own_folder
from codaform.project.locate import CannotRead

_SETTINGS = "mkdocs.yml"
_OWN = "site"
"""The root of a site in the project's own folder."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The places of a site.

    root: Holds mkdocs.yml. docs: The pages as Markdown. built: The pages as HTML.
    """

    root: Path
    docs: Path
    built: Path

    @property
    def settings(self) -> Path:
        """The file that MkDocs reads."""
        return self.root / _SETTINGS


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The settings of mkdocs.yml that codaform uses.

    nav: As written: texts, lists and mappings; None where there is none. tidy: Whether a page is a folder of its own.
    address: Where the site is published; empty if unknown.
    """

    name: str = ""
    about: str = ""
    docs: str = "docs"
    built: str = "site"
    tidy: bool = True
    nav: Any = None
    address: str = ""


class _Reader(yaml.SafeLoader):
    """YAML in which a tag that only MkDocs knows makes its value None."""


def _unknown(_loader: yaml.SafeLoader, _suffix: str, _node: yaml.Node) -> None:
    return None


_Reader.add_multi_constructor("", _unknown)


def read_settings(text: str) -> SiteSettings:
    """The settings in a mkdocs.yml. Raises CannotRead where it is no YAML."""
    try:
        told = yaml.load(text, _Reader)
    except yaml.YAMLError as error:
        raise CannotRead(f"{_SETTINGS} is no YAML: {' '.join(str(error).split())}") from None
    if told is None:
        told = {}
    if not isinstance(told, dict):
        raise CannotRead(f"{_SETTINGS} holds no settings")
    return SiteSettings(
        name=str(told.get("site_name") or ""),
        about=str(told.get("site_description") or ""),
        docs=str(told.get("docs_dir") or "docs"),
        built=str(told.get("site_dir") or "site"),
        tidy=told.get("use_directory_urls", True) is not False,
        nav=told.get("nav"),
        address=str(told.get("site_url") or ""),
    )


def find_folders(project: Path, here: Path, out: Path | None = None) -> Folders:
    """The places of a project's site: below `out`, or below the nearest folder above the project with a mkdocs.yml.

    If there is none, the site's root is `here`, or, from somewhere within the project, a folder in the project's own
    folder, because nothing is written among its tables unasked. Raises CannotRead if mkdocs.yml cannot be read.
    """
    project = project.absolute()
    for root in (project, *project.parents) if out is None else (out,):
        if (root / _SETTINGS).is_file():
            settings = read_settings(read_file_text(root / _SETTINGS))
            return Folders(root, root / settings.docs, root / settings.built)
    within = here.absolute() == project or project in here.absolute().parents
    root = out or (project / own_folder.NAME / _OWN if within else here)
    usual = SiteSettings()
    return Folders(root, root / usual.docs, root / usual.built)


def address(settings: SiteSettings, path: str) -> str:
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


def built_file(settings: SiteSettings, path: str) -> str:
    """The file below the top of the site that a page of Markdown becomes."""
    place = unquote(address(SiteSettings(tidy=settings.tidy), path)).removeprefix("./")
    return place + "index.html" if place.endswith("/") or not place else place
