"""The rules of a project's site and its documents."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

FALSE_FACT = Rule(
    "CF801",
    "false-fact",
    why="A document says something of the doc that does not hold: a name that is not there, or another value.",
    bad="{cell}`workflows[Metrics pack].estimated_hours → 5`",
    good="{cell}`workflows[Metrics pack].estimated_hours → 4`",
)
UNKNOWN_DIRECTIVE = Rule(
    "CF802",
    "unknown-directive",
    why="A directive or a role of a document is none that there is, or is not written as it has to be.",
    bad="{tabel}`workflows`",
    good="{table}`workflows`",
)
STALE_PAGE = Rule(
    "CF803",
    "stale-page",
    why="A generated page, or the navigation, is not what the project gives now; `codaform docs build` writes it anew.",
    bad="| hours | number | Estimated hours. |",
    good="| hours | number | Hours that somebody expects it to take. |",
)
DEAD_LINK = Rule(
    "CF804",
    "dead-link",
    why="A link, or whatever a page of the site loads, leads to a page, a place on a page or a file that is not there.",
    bad='<a href="tables/task.html">the tasks</a>',
    good='<a href="tables/tasks.html">the tasks</a>',
)
OUTSIDE_HOST = Rule(
    "CF805",
    "outside-host",
    why="A page of the site loads something from another host by itself, so its readers are known there and the "
    "page breaks without it. Links that a reader may follow are no such thing.",
    bad='<script src="https://cdn.example/chart.js"></script>',
    good='<script src="assets/chart.js"></script>',
)
MISSING_ALT = Rule(
    "CF806",
    "missing-alt",
    why="A picture has no text for those who do not see it: an alt text, or a <title> in a drawing.",
    bad='<img src="board.png">',
    good='<img src="board.png" alt="Tasks of a week, by day">',
)
UNLISTED_PAGE = Rule(
    "CF807",
    "unlisted-page",
    why="A page of the site stands nowhere in the navigation, so nobody comes to it but by a link.",
    bad="nav: [index.md]",
    good="nav: [index.md, playground.md]",
    severity="warning",
)
SITE_WARNING = Rule(
    "CF808",
    "site-warning",
    why="MkDocs warns of something while it builds the site.",
    bad="theme: {name: material, featurs: [toc.follow]}",
    good="theme: {name: material, features: [toc.follow]}",
    severity="warning",
)
