"""The rules of a project's site and its documents."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

FALSE_FACT = Rule(
    "CF801",
    "false-fact",
    what="A guide says something that is false in the doc.",
    why="The guide names a thing that does not exist, or states another value than the doc has.",
    bad="{cell}`workflows[Metrics pack].estimated_hours → 5`",
    good="{cell}`workflows[Metrics pack].estimated_hours → 4`",
)
UNKNOWN_DIRECTIVE = Rule(
    "CF802",
    "unknown-directive",
    what="A guide has an unknown directive or role, or one with bad arguments.",
    why="The build cannot write this part of the guide.",
    bad="{tabel}`workflows`",
    good="{table}`workflows`",
)
STALE_PAGE = Rule(
    "CF803",
    "stale-page",
    what="A generated page or the navigation is out of date.",
    why="The project has changed since the page was written. `codaform docs build` writes the page again.",
    bad="| hours | number | Estimated hours. |",
    good="| hours | number | Expected hours of work. |",
)
DEAD_LINK = Rule(
    "CF804",
    "dead-link",
    what="A link or a resource of a page does not exist.",
    why="The target is a page, a place on a page or a file that the site does not have.",
    bad='<a href="tables/task.html">the tasks</a>',
    good='<a href="tables/tasks.html">the tasks</a>',
)
OUTSIDE_HOST = Rule(
    "CF805",
    "outside-host",
    what="A page loads something from another host.",
    why="The other host learns who reads the page, and the page breaks without that host. A link that a reader "
    "follows is fine.",
    bad='<script src="https://cdn.example/chart.js"></script>',
    good='<script src="assets/chart.js"></script>',
)
MISSING_ALT = Rule(
    "CF806",
    "missing-alt",
    what="A picture has no text alternative.",
    why="A reader who cannot see the picture needs an alt text, or a <title> in a drawing.",
    bad='<img src="board.png">',
    good='<img src="board.png" alt="Tasks of a week, by day">',
)
UNLISTED_PAGE = Rule(
    "CF807",
    "unlisted-page",
    what="A page is missing from the navigation.",
    why="Readers find the page by a link alone.",
    bad="nav: [index.md]",
    good="nav: [index.md, playground.md]",
    severity="warning",
)
SITE_WARNING = Rule(
    "CF808",
    "site-warning",
    what="MkDocs warns about the site.",
    why="The build of the site goes on, but a setting or a page is probably wrong.",
    bad="theme: {name: material, featurs: [toc.follow]}",
    good="theme: {name: material, features: [toc.follow]}",
    severity="warning",
)
UNKNOWN_COMMAND = Rule(
    "CF809",
    "unknown-command",
    what="A page names a command of codaform that does not exist, or one with options that it does not have.",
    why="A reader who types the line gets an error.",
    bad="$ codaform chek --fixx",
    good="$ codaform check --fix",
)
BAD_SENTENCE = Rule(
    "CF810",
    "bad-sentence",
    what="A sentence of a page begins in lower case, or ends with two marks.",
    why="The sentence lost a part, or two sentences became one. Names in lower case belong in backticks.",
    bad="The run is over.. it took an hour.",
    good="The run is over. It took an hour.",
    severity="warning",
)
MISCOUNT = Rule(
    "CF811",
    "miscount",
    what="A paragraph announces a number of things, and another number follows.",
    why="Something was added or removed, and the sentence before it stayed. What is counted is the list, table or "
    "picture right behind the paragraph.",
    bad="There are two reasons:\n\n- time\n- money\n- weather",
    good="There are three reasons:\n\n- time\n- money\n- weather",
    severity="warning",
)
UNPROVED_CLAIM = Rule(
    "CF812",
    "unproved-claim",
    what="A guide states a number of things, or that nothing changed, and no check compares that with the doc.",
    why="The sentence stays when the doc changes. A role with an arrow is compared at each build; a number before "
    "a list, a table or a picture is counted. A comment `<!-- noqa: unproved-claim - reason -->` before a paragraph "
    "allows its numbers.",
    bad="There are 64 tasks.",
    good="There are {value}`tasks.Count() → 64` tasks.",
    severity="warning",
)
UNSOURCED_STATEMENT = Rule(
    "CF813",
    "unsourced-statement",
    what="A page states what Coda does without a source, and without saying how sure it is.",
    why="No check compares a sentence with Coda. Readers need to know whether a statement is documented, reported, "
    "measured, inferred or assumed. The word may stand anywhere in the paragraph, the item or the row of a table.",
    bad="Coda writes each row within five seconds.",
    good="Coda's documentation says that a write takes a few seconds.",
    severity="warning",
)
