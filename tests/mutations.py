"""Files of a project with every kind of file in it, changed by slips and by what is meant to do harm."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from codaform.site.reference.files import PROSE

Files = Mapping[str, bytes]
"""The files of a project by their names."""

_GUIDE = """\
---
title: Finishing
clock: 2025-12-10T09:00
start: sample
---
# Finishing

Of {table}`tasks` the column {column}`tasks.hours` counts; {row}`tasks: Plan` is {option}`tasks.state = Done`.
{cell}`tasks[Plan].hours → 2`, {value}`tasks.Count() → 3`, {view}`Open tasks`, {function}`Filter`.

```{fields} tasks
:columns: title, hours
```

```{rows} tasks
:where: hours > 1
- Plan
- "Build, then test"
```

```{formula} tasks.late
:row: Plan
```

```{add} tasks
- {title: New, hours: 3, parent: Plan, tags: [red, green]}
```

```{change} tasks
Plan: {hours: 8}
```

```{press} tasks.finish
[Ship]
```

```{picture} relations
```

```{clock} 2026-02-03T10:00:00
```

```{remove} tasks
- New
```

```{tests} tasks.late
```
"""

_DOC = """\
  - {name: Late ones, type: relation, many: true, to: tasks, formula: late_ones.coda, about: What is late.}
  - {name: Worth, type: currency, format: {currency: EUR, precision: 2}, formula: tasks.price.Sum()}
controls:
  - {name: Limit, type: slider, value: 5, format: {minimum: 0, maximum: 10}}
  - {name: Stage, type: select, options: [Open, Done], value: Open}
  - {name: Owners, type: select, many: true, choices: tasks.owner.Unique()}
  - {name: Period, type: date_range, value: [2025-01-01, 2025-12-31]}
  - {name: Focus, type: relation, to: tasks, value: Plan}
  - {name: Next week, type: button, label: Next, action: "SetControlValue(Limit, Limit + 1)", disable_if: Limit > 9}
environments:
  staging: {doc: AbCDeFGHij}
  production: {doc: KlMnOpQrSt, host: https://coda.io}
"""

_PARTS = """\
table: parts
columns:
  - {name: code, type: text, key: true, display: true, tests: [unique, not_null]}
  - {name: of, type: relation, to: tasks, tests: [relationships, {formula: "of.IsNotBlank()"}]}
  - {name: size, type: number, format: "0.00", default: "1 + 1", tests: [{accepted_values: [1, 2, 3]}]}
  - {name: day, type: date, format: D MMM YYYY}
  - name: long
    type: number
    # What it takes in all.
    formula: |
      size * 2
  - {name: made, type: created_on}
views:
  - {name: Big parts, filter: size > 1, sort: size, descending: true, limit: 5}
"""

_SCENARIO = """\
scenario: Adding and finishing
about: Rows come and go.
start: empty
clock: 2025-12-10T09:00
steps:
  - {add: {tasks: [{title: One, hours: 2, state: Open}, {title: Two, parent: One}]}}
  - {change: {tasks: {One: {hours: 3}}}}
  - {set: {Limit: 2}}
  - {press: Next week}
  - {clock: 2025-12-11}
  - {remove: {tasks: [Two]}}
  - {expect: {Limit: 3, tasks: {One: {done: false}}}}
"""

_LOCK = """\
# What stands for what.
staging:
  doc: AbCDeFGHij
  tables: {tasks: grid-1, parts: grid-2}
  columns:
    tasks: {title: c-1, hours: c-2}
  views: {Open tasks: table-3}
  formulas: {Most hours: f-1}
  controls: {Limit: ctrl-1}
  confirmed:
    formula:
      tasks:
        late: {remote: 0123456789abcdef, ours: "0123456789abcdef"}
"""


def whole_project() -> dict[str, bytes]:
    """A small project with every kind of file."""
    fences = re.findall(r"^`([\w./]+)`\n\n```\w*\n(.*?)^```", PROSE.read_text("utf-8"), re.M | re.S)
    files = dict(fences)
    assert {"doc.yml", "tasks/table.yml", "tasks/rows.csv", "tasks/late.coda"} <= set(files)
    files["doc.yml"] += _DOC
    files |= {
        "late_ones.coda": "// What is late now.\ntasks.Filter(late AND hours.IsNotBlank())\n",
        "late_ones.cases.yml": "- case: none is late\n  given: {tasks: [{title: a, due: 2026-01-01}]}\n  expect: []\n",
        "parts/table.yml": _PARTS,
        "parts/rows.csv": "code,of,size,day\na,Plan,1,2025-12-08\nb,Ship,2,\nc,Plan,3,2024-02-29\n",
        "scenarios/adding.yml": _SCENARIO,
        "documents/guides/finishing.md": _GUIDE,
        "doc.lock.yml": _LOCK,
        "doc.besides.yml": "pages:\n  - {name: Home}\n",
    }
    return {name: text.encode() for name, text in files.items()}


_SCALARS = (
    *("null", "~", "", "''", '""', "true", "no", "0", "-1"),
    *("1.5", ".inf", "-.Inf", ".nan", "1e999", "1e-999", "0x1F"),
    *("0o17", "0b11", "1_000", "9" * 400, "12:30:45", "2025-12-08", "2025-13-45", "9999-12-31", "0001-01-01"),
    *("2025-12-08T25:61", "2025-12-08T22:30:00+99:99", '"\\ud800"', '"\\uDFFF\\u0000"', '"\\x07"', '"\\e[31m"'),
    *("!!binary aGk=", "!!set {a, b}", "!!timestamp 2025-12-08", "!!python/object:os.system x", "!x y", "!!int x"),
    *("&a x", "*a", "*nothing", "&a [*a]", "{<<: *a}", "{<<: {name: x}}", "<<", "=", "?", "-", "- ", "[]", "{}"),
    *("[[]]", "[{}]", "{a: b}", "{? [a] : b}", "{? {a: b} : c}"),
    *("{'': x}", "{null: x}", "{1: 2, 1: 3}", "{.nan: 1}"),
    *("[a, b, c]", "[1, null, [2]]", "[" * 60 + "]" * 60),
    *("{a: " * 60 + "1" + "}" * 60, "|", ">-", "'", '"', "`", "@"),
    *("\u202etext", "e\u0301", "İ", "ß", "\u200b", "\u00a0", "日本"),
    *("👩‍👩‍👧", "x" * 3000, "a\tb", "../../etc", "/dev/null"),
    *("tasks", "parts", "title", "hours", "Open tasks", "Most hours"),
    *("Limit", "late.coda", "late", "Plan", "doc", "."),
    *("relation", "select", "number", "button", "date_range", "percent", "person", "reaction", "row_id", "other"),
    *("1/0", "thisRow", "tasks", "1 +", "(", '"', "thisRow.parent.parent"),
    *("Today()", "List()", "=Limit", "[Most hours]"),
    *("D MMM YYYY", "0.00", "{currency: XYZ}", "{minimum: 9, maximum: 1}"),
    *("{decimals: 99}", "{step: 0}", "UTC", "..", "Mars/X"),
)  # fmt: skip
"""Texts in place of a YAML value; many are invalid."""

_KEYS = (
    *("name", "type", "formula", "columns", "views", "tests", "to", "reverse", "many", "key", "display", "default"),
    *("options", "format", "label", "action", "disable_if", "filter", "sort", "group_by", "about", "table", "doc"),
    *("formulas", "controls", "environments", "time_zone", "first_day_of_week", "clock", "user", "case", "given"),
    *("expect", "scenario", "steps", "press", "set", "add", "change", "remove", "start", "choices", "value", "host"),
    *("<<", "''", "null", "1", "[a]", "? x", "Name", "name "),
    *("accepted_values", "relationships", "not_null", "x" * 200),
)  # fmt: skip
"""Texts in place of a key."""

_PIECES = (
    *("\n", "\n\n", " ", "  ", "\t", ",", ";", ":", "- ", '"'),
    *("'", "{", "}", "[", "]", "(", ")", "#", "//", "/*", "|"),
    *("&a ", "*a", "%YAML 1.1\n---\n", "---\n", "...\n", "\r"),
    *("\r\n", "\0", "\x1b[31m", "\x85", "\u2028", "\ufeff", "\ufffe"),
    *("<<<<<<< HEAD\n", "=======\n", ">>>>>>> x\n", "```"),
    *("```{rows} ", "{value}`", "→", "`", "\\", "𝒳", "é", "<script>"),
    *("thisRow", "CurrentValue", ".Filter(", "If(", "true"),
    *("1e999", "9" * 60, "Sum", "tasks", "&", "=", "!=", "-" * 50),
    *("(" * 80, "[" * 80, "- " * 80, "> " * 80, "NOT " * 40, '"' * 7, "List(" * 30, "\n" * 50, "x" * 5000),
)  # fmt: skip
"""What may stand anywhere."""

_FIELDS = (
    *("", " ", "1,5", "1.400,50", "1,400", "-0", "1e999", "NaN"),
    *("inf", "9" * 400, "0x10", "10%", "1000%", "%", "$5", "5 €"),
    *("08.12.2025", "2025-02-30", "0000-01-01", "99999-01-01"),
    *("12/8/2025", "2025-12-08T22:30Z", "2025-03-30T02:30", "24:00"),
    *("9:5", "25:61", "1 hour", "-3 days", "9e99 days", "1:30:00"),
    *("yes", "TRUE", "x", "; ;", "a;b", ";", '""', "\\", "'=1", "=1+1"),
    *("Plan", "plan", "Plan; Plan", "Nobody", '"Build, then test"'),
    *("ada@example.com", "<ada@x>", "javascript:alert(1)", "\u202e", "é"),
)  # fmt: skip
"""Texts in place of a CSV field."""

_NAMES = (
    *("table.yaml", "Table.yml", "rows.csv", "Rows.csv", "rows.tsv"),
    *("doc.yml", "late.coda", "late.coda.txt", "Late.coda"),
    *("late.cases.yml", ".cases.yml", ".coda", "x.yml", "readme"),
    *("é.coda", "e\u0301.coda", "a b.coda", "-.coda", "con.coda"),
    *("scenarios/table.yml", "documents/table.yml", "scenarios/a/b.yml"),
    *("documents/a.md", "documents/index.md", "x/y/table.yml"),
    *("documents/a.MD", "documents/guides/a.md/b.md", ".codaform/x", "scenarios/rows.csv", "tasks/tasks/table.yml"),
)  # fmt: skip
"""Names that a file may be given."""


def mutated(files: Files, chance: random.Random) -> dict[str, bytes]:
    """The files after one to four changes to one or two of them."""
    after = dict(files)
    for _ in range(chance.choice((1, 1, 1, 2))):
        name = chance.choice(sorted(after))
        if chance.random() < 0.06 and len(after) > 1:
            _move(after, name, chance)
            continue
        data = after[name]
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = chance.choice(_fitting(name))(data, chance)
        after[name] = data
    return after


def _fitting(name: str) -> list[Callable[[bytes, random.Random], bytes]]:
    if name.endswith(".yml"):
        return [_value, _value, _value, _key, _key, _subtree, _line, _piece, _token, _bytes]
    if name.endswith(".csv"):
        return [_field, _field, _field, _cell_quotes, _line, _piece, _bytes, _encoding]
    return [_token, _token, _line, _piece, _piece, _value, _bytes, _encoding]


def _move(files: dict[str, bytes], name: str, chance: random.Random) -> None:
    """A file gone, called otherwise, put in the place of another, or twice."""
    match chance.randrange(4):
        case 0:
            del files[name]
        case 1:
            other = chance.choice(sorted(files))
            files[name], files[other] = files[other], files[name]
        case way:
            folder = chance.choice(("", name.rpartition("/")[0] + "/" if "/" in name else "", "parts/", "new/"))
            target = folder + chance.choice(_NAMES)
            taken = any(one.startswith(f"{target}/") or target.startswith(f"{one}/") for one in files)
            if not taken:
                files[target] = files[name] if way == 2 or target == name else files.pop(name)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _replaced(data: bytes, pattern: str, new: str, chance: random.Random) -> bytes:
    """The text with one of the places replaced where a pattern fits."""
    text = _decoded(data)
    found = list(re.finditer(pattern, text, re.M))
    if not found:
        return data
    at = chance.choice(found)
    return _encoded(text[: at.start()] + new + text[at.end() :])


def _value(data: bytes, chance: random.Random) -> bytes:
    return _replaced(data, r"(?<=: )[^,{}\[\]\n]+|(?<=[\[,] )[^,{}\[\]\n:]+(?=[,\]])", chance.choice(_SCALARS), chance)


def _subtree(data: bytes, chance: random.Random) -> bytes:
    """A list or a mapping becomes something else, or another one of the same file."""
    pattern = r"\{[^{}\n]*\}|\[[^\[\]\n]*\]|(?<=^  - ).*$|(?<=: ).+$"
    found = re.findall(pattern, _decoded(data), re.M)
    new = chance.choice(_SCALARS) if not found or chance.random() < 0.5 else chance.choice(found)
    return _replaced(data, pattern, chance.choice((new, new, f"&a {new}", f"[{new}]", f"{{name: {new}}}")), chance)


def _key(data: bytes, chance: random.Random) -> bytes:
    key = chance.choice(_KEYS)
    if chance.random() < 0.5:
        return _replaced(data, r"[\w ]+(?=: )", key, chance)
    return _replaced(data, r"(?<=\{)|(?<=, )(?=\w+:)", f"{key}: {chance.choice(_SCALARS)}, ", chance)


def _line(data: bytes, chance: random.Random) -> bytes:
    """A line gone, twice, changed for another, or moved to the right."""
    lines = data.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = b" " * chance.randint(1, 4) + lines[at]
        case _:
            lines[at] = lines[at][chance.randint(1, 4) :]
    return b"\n".join(lines)


def _token(data: bytes, chance: random.Random) -> bytes:
    """A word or a sign gone, twice, or another one of the same file."""
    tokens = re.findall(r"\w+|[^\w\s]", _decoded(data))
    new = chance.choice(("", chance.choice(tokens or [""]), chance.choice(_PIECES)))
    return _replaced(data, r"\w+|[^\w\s]", new, chance)


def _piece(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    length = chance.choice((0, 0, 0, 1, 8, 40, len(data)))
    return data[:at] + _encoded(chance.choice(_PIECES)) + data[at + length :]


def _bytes(data: bytes, chance: random.Random) -> bytes:
    """A bit turned, a byte gone, the rest cut away."""
    if not data:
        return b"\0"
    at = chance.randrange(len(data))
    match chance.randrange(3):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[at + 1 :]
    return data[:at]


def _encoding(data: bytes, chance: random.Random) -> bytes:
    text = _decoded(data)
    encoding = chance.choice(("utf-16", "utf-8-sig", "latin-1", "cp1252", "utf-32", "utf-7"))
    changed = text.encode(encoding, "replace")
    return chance.choice((changed, data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r")))


def _field(data: bytes, chance: random.Random) -> bytes:
    return _replaced(data, r"(?:(?<=,)|^)[^,\n]*(?=,|$)", chance.choice(_FIELDS), chance)


def _cell_quotes(data: bytes, chance: random.Random) -> bytes:
    return _replaced(data, '[",]', chance.choice(('"', '""', ",", ",,", ";", "\t", '","', '"\n"', "")), chance)
