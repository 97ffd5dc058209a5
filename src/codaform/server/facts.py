"""What the real service was seen to answer, as data: the local Coda answers so, and the reference lists it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Sureness = Literal["recorded", "measured", "stated", "reported", "inferred"]
"""How a fact is known: from a recorded reply, one author's live measurement, the vendor's staff or pages, a user's
observation, or from other facts."""

SURENESS = get_args(Sureness)


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A fact about the service.

    number: Its number; facts from 30 on are about MCP. text: What the service does, as Markdown.
    sure: How it is known, the surest first. source: Who recorded or saw it, and when.
    assumed: What the local Coda decides beside it.
    """

    number: int
    text: str
    sure: tuple[Sureness, ...]
    source: str
    assumed: str = ""


_SHEETS = "a test of a client for spreadsheets, 2026-09"
_PROBE = "live runs of an MCP server's author, 2026-09"
_FORK = "the live suite of a fork of codaio, 2026-08"
_CASSETTE = "recorded tests of codaio, 2020"
_ARCHIVE = "934 recorded tool calls of an archive, 2026-07"
_DESCRIPTION = "the description of the API"
_NOTES = "notes of a doc's makers, 2026-07"

FACTS = (
    RecordedFact(
        1,
        "Moments of docs, pages, tables and rows are in UTC, with milliseconds and Z: `2026-09-14T09:21:36.118Z`.",
        ("recorded",),
        f"{_SHEETS}; {_CASSETTE}",
    ),
    RecordedFact(
        2,
        "The link of a table ends in `#_tu` and its id, that of a row in `#_tu<table>/_ru<row>`, also in rich values; "
        "that of a page is `/d/_d<doc>/_su` and the last six characters of its id.",
        ("recorded",),
        f"{_SHEETS}; {_CASSETTE}; {_ARCHIVE}",
    ),
    RecordedFact(
        3,
        "`resolveBrowserLink` takes these links on both hosts, `coda.io` and `docs.superhuman.com`.",
        ("recorded",),
        _ARCHIVE,
    ),
    RecordedFact(4, 'A page without a subtitle has `"subtitle": ""`.', ("recorded",), _SHEETS),
    RecordedFact(5, "`docSize` has `baseTableCount` beside `tableAndViewCount`.", ("recorded",), _SHEETS),
    RecordedFact(
        6,
        "A parameter's value that the description does not know gets 400 with the message Bad Request, the `codaType` "
        "`RequestSchemaValidationFailed` and a list of issues in `codaDetail`.",
        ("recorded",),
        _PROBE,
        "what an issue holds",
    ),
    RecordedFact(
        7,
        "`sortBy=natural` with `visibleOnly=false` gets 400: Natural sorting is only available for visible rows …",
        ("recorded",),
        _PROBE,
        "the last words of the message",
    ),
    RecordedFact(
        8,
        "A thing that is not there gets 404: Could not find a row with the specified ID or name.",
        ("recorded", "measured"),
        f"{_CASSETTE}; {_PROBE}",
        "the same words for each kind of thing",
    ),
    RecordedFact(
        9,
        "A parent page that is not applied yet gets 400, and the message names its id and `parentPageId`.",
        ("measured",),
        _FORK,
        "the other words of the message",
    ),
    RecordedFact(
        10,
        "A token limited to a doc gets 403 for `GET /docs`, and 401 for what is below `/acl` of its doc.",
        ("measured",),
        _FORK,
        "the same for a token limited to a table",
    ),
    RecordedFact(
        11,
        "An operation that answers 200, and not 202, is done when it answers.",
        ("inferred",),
        f"the description; {_FORK}",
        "that it overtakes writes which wait",
    ),
    RecordedFact(
        12,
        "Every row has a value for every column of the grid; a button's is the empty text.",
        ("reported",),
        "an issue of codaio; an exporter relies on it",
    ),
    RecordedFact(
        13,
        "The size of a row is told in units of 1,024 bytes, and the limit is 85 of them.",
        ("measured", "inferred"),
        f"nine samples of {_PROBE}; the limit is inferred",
    ),
    RecordedFact(
        14,
        "A new text for a whole page destroys the page's tables. Deleting a page leaves its tables, whose `parent` is "
        "null then.",
        ("measured",),
        f"{_PROBE}; {_NOTES}",
        "that views, formulas and controls go in both cases, and tables with the whole text when that is deleted",
    ),
    RecordedFact(
        15,
        "Deleting the whole text of a page leaves one empty line, with the id and the style of the first.",
        ("measured",),
        f"{_PROBE}, twice",
    ),
    RecordedFact(
        16,
        "The export of a page as Markdown holds its tables, each below a heading such as `## Table 2`. A page made "
        "from an export has one more header row in each round.",
        ("measured",),
        _PROBE,
        "that tables follow the text, and that HTML holds them too",
    ),
    RecordedFact(
        17,
        "From Markdown, a heading below the third level becomes a paragraph and a picture a link; rules, escapes and "
        "quotes within quotes do not survive a round either.",
        ("measured",),
        _PROBE,
        "that a rule is dropped, an escape exported without its backslash, and an inner quote joined to the outer one",
    ),
    RecordedFact(
        18,
        "The download of an export is gzip, as `text/plain`; a page of type `syncPage` gets 400.",
        ("measured", "reported"),
        _PROBE,
    ),
    RecordedFact(
        19,
        "The rich value of a select option is a text in a fence without quotes in it.",
        ("measured",),
        f"{_PROBE}; three public clients strip just that",
    ),
    RecordedFact(
        20,
        "A number written into a column of dates stays a JSON number, against a page of the vendor.",
        ("measured",),
        _PROBE,
        "the same for dates with times, and times",
    ),
    RecordedFact(
        21,
        "A reaction column takes and gives a list, also with one item or none; an image column takes a list of "
        "addresses.",
        ("measured", "stated"),
        f"{_PROBE}; the vendor's staff",
        "that what reacts are people of the doc",
    ),
    RecordedFact(
        22,
        "A person is matched by exactly the name or the address; what matches nobody stays a text.",
        ("stated", "inferred"),
        "a help page of the vendor; the form of the text is inferred",
        "that the doc's people are its user, those with a permission, and those in its cells at the start",
    ),
    RecordedFact(
        23,
        "A write of rows gets 202 with a `requestId`, and `addedRowIds` where it has no key columns; `mutationStatus` "
        "says when it is done.",
        ("stated",),
        _DESCRIPTION,
    ),
    RecordedFact(
        24,
        "A write with key columns changes all rows that have the same values there, and adds a row if there is none.",
        ("stated",),
        _DESCRIPTION,
    ),
    RecordedFact(
        25,
        "A write that names a column which the table does not have gets 400, and writes nothing.",
        ("inferred",),
        f"{_DESCRIPTION}: it answers 202 for a write that is structurally valid",
        "the message",
    ),
    RecordedFact(
        26,
        "Deleting several rows passes over ids that no row has; a deleted row gets 404.",
        ("inferred",),
        _DESCRIPTION,
    ),
    RecordedFact(
        30,
        "`document_outline` always has `pagination`, also on the last page, and `permissions`, null if not asked for.",
        ("recorded",),
        f"6 of 6 of {_ARCHIVE}",
    ),
    RecordedFact(
        31,
        "`content_read` has `canvasUri`, `pageUri` and of `content`, `tables`, `formulas`, `controls`, "
        "`commentThreads` what was asked for; never `totalBlocks` or `hasMoreBlocks`.",
        ("recorded",),
        f"574 of 574 of {_ARCHIVE}",
    ),
    RecordedFact(
        32,
        "A cell with a date has `type` `dt`, `epoch`, and `input` as a person types it: `2/18/2024`.",
        ("recorded",),
        f"173 of 173 of {_ARCHIVE}",
        "the text of a time",
    ),
    RecordedFact(
        33,
        "The `identifier` of a person is the id of a row, such as `i-2953483`.",
        ("recorded",),
        f"5 of 5 of {_ARCHIVE}",
    ),
    RecordedFact(
        34,
        "A canvas cell has `type` `canvas`, the `canvasUri` `canvases/<grid>::<row>::<column>`, and `content` where "
        "there is any.",
        ("recorded",),
        f"409 of {_ARCHIVE}",
    ),
    RecordedFact(
        35,
        "A text with looks or chips has `type` `slate` and a `root`.",
        ("recorded",),
        f"about 450 of {_ARCHIVE}",
        "what is below `root`, and that texts of formulas hold chips where they join rows, people or links",
    ),
    RecordedFact(36, "What is no address in a link column is a plain text.", ("recorded",), f"2 of {_ARCHIVE}"),
    RecordedFact(
        37,
        "A canvas column holds no formula. A new name for a table's own view renames the table. `table_create` may "
        "turn columns of numbers into select lists. `formula_execute` may show the doc from before a write.",
        ("reported",),
        _NOTES,
        "`selects` among the faults turns numbers into select lists; `--staleness` makes `formula_execute` late",
    ),
    RecordedFact(
        38,
        "Versions of the protocol up to 2025-11-25 are echoed, unknown ones answered by the newest; a bad "
        "`MCP-Protocol-Version` is refused by name.",
        ("stated",),
        "the specification of MCP",
    ),
)
"""The facts, in the order of their numbers."""
