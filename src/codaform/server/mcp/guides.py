"""Advice on the tools, topic by topic, for whoever asks `tool_guide`."""

from __future__ import annotations

GUIDES = {
    "getting_started": (
        "This is a local Coda: it shows what codaform does, and proves nothing about Coda itself. Every address begins "
        "with coda://docs/ or superhuman://docs/ and the id of a doc. document_outline lists the pages of a doc, "
        "content_read what stands on one. Addresses in replies begin within the doc; put the doc's in front of them."
    ),
    "navigation": (
        "search looks for words in all docs. name_match finds pages, people, tables and views of one doc by name. "
        "url_convert turns a browser's link into an address, and back."
    ),
    "document": (
        "document_create makes a doc with one empty page. document_manage lets people in, by their e-mail, group, "
        "domain or workspace, and takes that back. content_duplicate copies a doc, or a page within one."
    ),
    "page": (
        "page_create adds a page to a doc or below another page. page_update changes title and looks, and moves the "
        "page; nothing hides one. A page has two ids, section-… and canvas-…; either is taken."
    ),
    "content": (
        "content_read gives a page's text as Markdown, part by part, with the ids of its elements on request. "
        "content_modify takes up to ten operations and carries out all of them or none. A table in Markdown becomes a "
        "table of the doc whose columns hold text."
    ),
    "table": (
        "Make tables with plain columns first, then relations between them, then select options, then formulas in the "
        "order in which they read each other, then views. After each write look at `error` of the columns: a formula "
        "that cannot be computed is taken all the same. A check column of a new table arrives as a select of true and "
        "false; changing it to a check column ticks every row. Relations take ids of rows, selects take options as "
        "they are spelled; computed columns and buttons take nothing."
    ),
    "formula": (
        "formula_execute computes a formula as if it stood on a page and writes nothing. control_manage puts formulas "
        "and buttons on a page; a formula there is known by its name everywhere in the doc. Columns of a row are "
        "written thisRow.Name, of an item CurrentValue.Name; both come back without what stands before the point."
    ),
    "comment": "Comments are not served here.",
}
"""What is said of each topic."""
