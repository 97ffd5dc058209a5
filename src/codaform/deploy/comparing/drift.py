"""The changes made by hand in Coda since the last confirmation: the doc against the lock file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from codaform.coda.wire.formula_text import returned_formula
from codaform.deploy.lock import LockEntry, remote_hash
from codaform.deploy.planning.naming import in_order
from codaform.deploy.remote.schema import RemoteSchema, shapes
from codaform.model.schema import Doc, views
from codaform.semantics.program import FormulaSite, Role, formulas, program_of
from codaform.semantics.renaming import Renaming, renamed

Kind = Literal["added", "removed", "renamed", "changed", "unconfirmed"]
"""What happened to a thing. Unconfirmed: its formula was never read back and found to be ours."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """A thing that differs from the lock file.

    what: `table`, `column`, `view`, `named formula`, or what a text is of one: `formula of column` … name: The name
    in the lock file, a column as `table.column`; in Coda for an added thing. now: The new name of a renamed thing;
    the format or options in Coda of a changed one. was: The ones in the lock file.
    """

    kind: Kind
    what: str
    name: str
    now: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """Every difference from the lock file. unknown: What cannot be known, in sentences."""

    found: tuple[Drifted, ...] = ()
    unknown: tuple[str, ...] = ()


_WORDS: Mapping[Role, str] = {
    "formula": "formula of column",
    "default": "default of column",
    "action": "action of button",
    "disable_if": "condition of button",
    "filter": "filter of view",
    "named": "named formula",
    "choices": "options of control",
    "test": "test",
}


def drift(remote: RemoteSchema, entry: LockEntry) -> Drift:
    """The things added, removed, renamed and changed by hand.

    A formula in which nothing but names differ, because what they mean was renamed, was not changed. The lock
    remembers ids, names, formulas, and the types, formats and options of columns; not descriptions and rows.
    """
    tables = _names(entry.ids.tables, remote.ids.tables)
    found = list(_told("table", entry.ids.tables, remote.ids.tables))
    columns: dict[tuple[str, str], tuple[str, str]] = {}
    for table in entry.ids.tables:
        if table not in tables:
            continue
        ours = entry.ids.columns_of(table)
        theirs = remote.ids.columns_of(tables[table])
        columns |= {(table, name): (tables[table], now) for name, now in _names(ours, theirs).items()}
        found += _told("column", ours, theirs, f"{table}.")
    # The views of a table that is gone went with it, and so did those of a table that is new come.
    shown = {view.name for view in views(remote.doc) if view.table in tables.values()}
    found += _told("view", entry.ids.views, {name: id for name, id in remote.ids.views.items() if name in shown})
    found += _told("named formula", entry.ids.formulas, remote.ids.formulas)
    found += _told("control", entry.ids.controls, remote.ids.controls)
    meant = _Meant(
        {now: ours for ours, now in tables.items()},
        {now: ours for ours, now in columns.items()},
        {now: ours for ours, now in _names(entry.ids.views, remote.ids.views).items()},
        {now: ours for ours, now in _names(entry.ids.formulas, remote.ids.formulas).items()},
        {now: ours for ours, now in _names(entry.ids.controls, remote.ids.controls).items()},
    )
    changed, unknown = _texts(remote, entry, meant)
    return Drift((*found, *_shapes(remote, entry, columns), *changed), unknown)


def _shapes(
    remote: RemoteSchema, entry: LockEntry, columns: Mapping[tuple[str, str], tuple[str, str]]
) -> Iterator[Drifted]:
    """Columns whose type, format or options are not those that are remembered."""
    told = shapes(remote)
    for (table, name), now in columns.items():
        was = entry.shapes.get((table, name))
        if was is not None and now in told and told[now] != was:
            kept = was.startswith(("select", "many select")) and was.partition("[")[0] == told[now].partition("[")[0]
            what = "options of column" if kept else "format of column"
            yield Drifted("changed", what, f"{table}.{name}", told[now], was)


def _names(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """The names that things have now, by those that are remembered."""
    by_id = {id: name for name, id in theirs.items()}
    return {name: by_id[id] for name, id in ours.items() if id in by_id}


def _told(what: str, ours: Mapping[str, str], theirs: Mapping[str, str], prefix: str = "") -> Iterator[Drifted]:
    now = _names(ours, theirs)
    for name in ours:
        if name not in now:
            yield Drifted("removed", what, f"{prefix}{name}")
        elif now[name] != name:
            yield Drifted("renamed", what, f"{prefix}{name}", now[name])
    known = {*ours.values()}
    for name, id in theirs.items():
        if id not in known:
            yield Drifted("added", what, f"{prefix}{name}")


@dataclass(frozen=True, slots=True)
class _Meant:
    """The names that are remembered, by those that things have now."""

    tables: Mapping[str, str]
    columns: Mapping[tuple[str, str], tuple[str, str]]
    views: Mapping[str, str]
    formulas: Mapping[str, str]
    controls: Mapping[str, str]

    def place(self, place: FormulaSite) -> FormulaSite | None:
        """A place by the remembered names; None for one of a thing that is not remembered."""
        match place.role:
            case "named":
                name = self.formulas.get(place.name)
                return FormulaSite("named", "", name) if name is not None else None
            case "filter":
                name, table = self.views.get(place.name), self.tables.get(place.table)
                return FormulaSite("filter", table, name) if name is not None and table is not None else None
        if not place.table:
            name = self.controls.get(place.name)
            return FormulaSite(place.role, "", name) if name is not None else None
        column = self.columns.get((place.table, place.name))
        return FormulaSite(place.role, *column) if column is not None else None


def _texts(remote: RemoteSchema, entry: LockEntry, meant: _Meant) -> tuple[list[Drifted], tuple[str, ...]]:
    """Formulas whose text is not the one that was confirmed."""
    there = {ours: place for place in remote.returned if (ours := meant.place(place)) is not None}
    untold = {ours for place in remote.untold if (ours := meant.place(place)) is not None}
    back = _Back(remote, meant)
    found: list[Drifted] = []
    unknown: list[str] = []
    for place, confirmed in entry.confirmed.items():
        if place in untold:
            unknown.append(f"{_WORDS[place.role]} {_name(place)}: REST does not tell its text, MCP does")
        elif place in there:
            now = there[place]
            same = remote_hash(remote.returned[now]) == confirmed.remote or back.hash(now, place) == confirmed.remote
            if not same:
                found.append(Drifted("changed", _WORDS[place.role], _name(place)))
        elif _is_there(place, meant):
            found.append(Drifted("removed", _WORDS[place.role], _name(place)))
    found += [
        Drifted("unconfirmed", _WORDS[place.role], _name(place)) for place in there if place not in entry.confirmed
    ]
    return found, tuple(unknown)


def _is_there(place: FormulaSite, meant: _Meant) -> bool:
    """Whether the thing itself is still there, whose formula is gone."""
    match place.role:
        case "named":
            return place.name in meant.formulas.values()
        case "filter":
            return place.name in meant.views.values()
    if not place.table:
        return place.name in meant.controls.values()
    return (place.table, place.name) in meant.columns.values()


def what_of(place: FormulaSite) -> str:
    """The name of a formula in a sentence."""
    return f"{_WORDS[place.role]} {_name(place)}"


def _name(place: FormulaSite) -> str:
    return place.name if place.role == "filter" or not place.table else f"{place.table}.{place.name}"


class _Back:
    """The doc with the names that are remembered, worked out where a formula needs it."""

    def __init__(self, remote: RemoteSchema, meant: _Meant) -> None:
        self._remote = remote
        self._meant = meant
        self._texts: dict[FormulaSite, str] | None = None
        self._known: frozenset[str] = frozenset()

    def hash(self, now: FormulaSite, remembered: FormulaSite) -> str:
        """The text of a formula with the remembered names; empty if it cannot be computed."""
        if self._texts is None:
            doc = _renamed_back(self._remote, self._meant)
            self._texts = {place: source.text for place, source, _ in formulas(doc)}
            columns = (name for table in doc.tables.values() for name in table.columns)
            self._known = frozenset(
                (*columns, *doc.tables, *doc.formulas, *doc.controls, *(view.name for view in views(doc)))
            )
        text = self._texts.get(remembered)
        if text is None:
            return ""
        table = "" if now.role == "named" else remembered.table
        return remote_hash(returned_formula(text, table, self._known.__contains__))


def _renamed_back(remote: RemoteSchema, meant: _Meant) -> Doc:
    doc = remote.doc
    steps = [Renaming("table", before, after) for before, after in in_order(meant.tables, doc.tables)]
    for name, table in doc.tables.items():
        of_table = {column: ours[1] for (owner, column), ours in meant.columns.items() if owner == name}
        owner = meant.tables.get(name, name)
        steps += [Renaming("column", before, after, owner) for before, after in in_order(of_table, table.columns)]
    names = [view.name for view in views(doc)]
    steps += [Renaming("view", before, after) for before, after in in_order(meant.views, names)]
    steps += [Renaming("formula", before, after) for before, after in in_order(meant.formulas, doc.formulas)]
    steps += [Renaming("control", before, after) for before, after in in_order(meant.controls, doc.controls)]
    return renamed(doc, program_of(doc), *steps)


# ------------------------------------------------------------ as text


def sentences(found: Drift) -> list[str]:
    """What there is to tell, a line each."""
    return [_sentence(one) for one in found.found]


def _sentence(one: Drifted) -> str:
    match one.kind:
        case "renamed":
            return f"{one.what} {one.name} is called {one.now} now"
        case "unconfirmed":
            return f"{one.what} {one.name} was never confirmed: deploy or verify does"
        case "changed":
            more = f": it is {one.now}, and was {one.was}" if one.was else ""
            return f"{one.what} {one.name} was changed{more}"
    return f"{one.what} {one.name} was {one.kind}"


def as_data(environment: str, doc: str, found: Drift) -> dict[str, object]:
    """A drift as JSON can say it.

    {"version": 1, "environment": "staging", "doc": "AbC…", "unknown": ["…"],
     "drift": [{"kind": "renamed", "what": "column", "name": "tasks.name", "now": "Title"}]}
    """
    told = [
        {"kind": one.kind, "what": one.what, "name": one.name, "now": one.now or None}
        | ({"was": one.was} if one.was else {})
        for one in found.found
    ]
    return {"version": 1, "environment": environment, "doc": doc, "drift": told, "unknown": list(found.unknown)}
