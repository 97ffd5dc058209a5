"""The bodies of calls about pages, as the API describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator

Format = Literal["html", "markdown"]


@dataclass(frozen=True, slots=True)
class Canvas:
    """A text for a canvas."""

    format: Format
    content: str


@dataclass(frozen=True, slots=True)
class CanvasPage:
    """What a page of text holds at first."""

    type: Literal["canvas"]
    canvasContent: Canvas


@dataclass(frozen=True, slots=True)
class EmbedPage:
    """A page that shows another site."""

    type: Literal["embed"]
    url: str
    renderMethod: Literal["compatibility", "standard"] = "standard"


@dataclass(frozen=True, slots=True)
class SyncedPage:
    """A page that shows a page of another doc."""

    type: Literal["syncPage"]
    mode: Literal["page"]
    sourceDocId: str
    sourcePageId: str
    includeSubpages: bool


@dataclass(frozen=True, slots=True)
class SyncedDoc:
    """A page that shows another doc."""

    type: Literal["syncPage"]
    mode: Literal["document"]
    sourceDocId: str


Synced = Annotated[SyncedPage | SyncedDoc, Discriminator("mode")]

Content = Annotated[CanvasPage | EmbedPage | Synced, Discriminator("type")]


@dataclass(frozen=True, slots=True)
class PageCreate:
    """The body that makes a page. Members that may be left out have a value that means it; null is none of theirs."""

    name: str = ""
    subtitle: str = ""
    iconName: str = ""
    imageUrl: str = ""
    parentPageId: str = ""
    pageContent: Content = CanvasPage("canvas", Canvas("markdown", ""))


CREATED = ("name", "subtitle", "iconName", "imageUrl", "pageContent")
"""The members of `PageCreate` that tell what the page is, not where."""

UPDATED = ("name", "subtitle", "iconName", "imageUrl", "isHidden", "contentUpdate")
"""The members of `PageUpdate`."""


@dataclass(frozen=True, slots=True)
class ContentUpdate:
    """A change of what is written on a page; without an element, of all of it."""

    insertionMode: Literal["append", "prepend", "replace"]
    canvasContent: Canvas
    elementId: str = ""


NOTHING_NEW = ContentUpdate("append", Canvas("markdown", ""))


@dataclass(frozen=True, slots=True)
class PageUpdate:
    """The body that changes a page; what is left out of it stays."""

    name: str = ""
    subtitle: str = ""
    iconName: str = ""
    imageUrl: str = ""
    isHidden: bool = False
    contentUpdate: ContentUpdate = NOTHING_NEW


@dataclass(frozen=True, slots=True)
class ContentDelete:
    """The body that deletes elements of a page; without any, all of them."""

    elementIds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportBegin:
    """The body that begins an export."""

    outputFormat: Format
