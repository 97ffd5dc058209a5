"""A doc in Coda, completed by the folder: with what no API returns, and with our own texts for the same formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.formats import control_to_rest, format_from_rest, format_to_rest
from codaform.deploy.lock import LockEntry, own_hash, remote_hash
from codaform.deploy.planning.filled import Links, by_formula, by_rows
from codaform.deploy.planning.naming import NamedDoc, in_order, named_alike
from codaform.deploy.planning.verdicts import Judge, judge
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.formats import Format, fitting_format, same_format, without_usual
from codaform.model.kinds import kind_of
from codaform.model.schema import Column, Control, Doc, NamedFormula, Table, View, views
from codaform.semantics.program import FormulaSite, Role, bind_site, program_of
from codaform.semantics.renaming import Renaming, renamed
from codaform.source import Source


@dataclass(frozen=True, slots=True)
class Completed:
    """The doc that the folder gets.

    ours: The folder's doc so far, with the names that Coda has. formerly: The folder's names of columns, views and
    named formulas (of the table ""), by table and new name. tables: The folder's names of tables, by the new ones.
    notes: By place, sentences on what is unknown. kept: Formulas whose text in the folder stays, or that need none.
    """

    doc: Doc
    ours: Doc
    formerly: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[FormulaSite, tuple[str, ...]] = field(default_factory=dict)
    kept: frozenset[FormulaSite] = frozenset()


def completed(remote: RemoteSchema, ours: Doc, entry: LockEntry, links: Links | None = None) -> Completed:
    """The doc in Coda with our texts of formulas that mean the same, and with what only the folder has.

    links: The rows that the cells of relations link, if rows were read; they show which relation a column mirrors.

    Coda's names win; the id in the lock, or its content, identifies a thing with another name. If the returned text of
    a formula may mean the same as ours, ours stays and a note says so. Ours also stays if only ours was changed since
    both were the same, or if Coda never had the formula. If both were changed, Coda's text wins.
    """
    ours, formerly, tables = _renamed(remote, ours, entry)
    remote = replace(remote, doc=_with_lists(remote.doc, ours))
    work = _Work(remote, ours, judge(remote, remote.doc, ours, entry))
    made = {table.name: work.table(table) for table in remote.doc.tables.values()}
    made, places = by_formula(made, remote)
    work.kept |= places
    filled = by_rows(made, remote, links or {})
    for key, note in filled.notes.items():
        work.notes.setdefault(FormulaSite("formula", *key), []).append(note)
    doc = replace(
        remote.doc,
        tables={**filled.tables},
        formulas={named.name: work.named(named) for named in remote.doc.formulas.values()},
        controls={control.name: work.control(control) for control in remote.doc.controls.values()},
        about=ours.about,
        # Neither API returns the zone; doc_from_snapshot puts UTC in its place.
        time_zone=ours.time_zone if remote.doc.time_zone == "UTC" else remote.doc.time_zone,
        first_day_of_week=ours.first_day_of_week,
        assume=ours.assume,
    )
    notes = {place: tuple(dict.fromkeys(note)) for place, note in work.notes.items()}
    return Completed(doc, ours, formerly, tables, notes, frozenset(work.kept))


def renamings(remote: RemoteSchema, ours: Doc, entry: LockEntry) -> list[Renaming]:
    """The renamings that give the folder the names in Coda, in an order in which each new name is free."""
    return _steps(named_alike(remote, ours, entry), ours)


def _steps(named: NamedDoc, ours: Doc) -> list[Renaming]:
    steps = [Renaming("table", old, new) for old, new in in_order(named.tables, ours.tables)]
    for table in ours.tables.values():
        names = {name: there for (owner, name), (_, there) in named.columns.items() if owner == table.name}
        called = named.tables.get(table.name, table.name)
        steps += [Renaming("column", old, new, called) for old, new in in_order(names, table.columns)]
    steps += [Renaming("view", old, new) for old, new in in_order(named.views, (view.name for view in views(ours)))]
    steps += [Renaming("formula", old, new) for old, new in in_order(named.formulas, ours.formulas)]
    return steps + [Renaming("control", old, new) for old, new in in_order(named.controls, ours.controls)]


def _renamed(
    remote: RemoteSchema, ours: Doc, entry: LockEntry
) -> tuple[Doc, dict[str, dict[str, str]], dict[str, str]]:
    """Our doc with Coda's names, and the names before."""
    named = named_alike(remote, ours, entry)
    formerly: dict[str, dict[str, str]] = {}
    for (owner, old), (_, new) in named.columns.items():
        if old != new:
            formerly.setdefault(named.tables.get(owner, owner), {})[new] = old
    for view in views(ours):
        if (new := named.views.get(view.name, view.name)) != view.name:
            formerly.setdefault(named.tables.get(view.table, view.table), {})[new] = view.name
    on_pages = {new: old for old, new in {**named.formulas, **named.controls}.items() if old != new}
    ours = renamed(ours, program_of(ours), *_steps(named, ours))
    tables = {new: old for old, new in named.tables.items() if old != new}
    return ours, {**formerly, **({"": on_pages} if on_pages else {})}, tables


@dataclass
class _Work:
    remote: RemoteSchema
    ours: Doc
    judge: Judge
    notes: dict[FormulaSite, list[str]] = field(default_factory=dict)
    kept: set[FormulaSite] = field(default_factory=set)

    def text(
        self, place: FormulaSite, there: Source | None, own: Source | None, made: str | None = None
    ) -> Source | None:
        """The text of a formula: ours if it means the same. made: The formula of our cells if ours has no text."""
        wanted = own.text if own is not None else made
        text = there.text if there is not None else None
        verdict = self.judge.verdict(place, place, text, text, wanted)
        if verdict.answer == "different":
            if note := self._only_here(place, wanted, own):
                self.notes.setdefault(place, []).append(note)
                return own
            return there
        if verdict.answer == "cannot tell":
            self.notes.setdefault(place, []).append(f"the folder's own text stays: {verdict.why}")
        if wanted is not None:
            self.kept.add(place)
        return own

    def _only_here(self, place: FormulaSite, wanted: str | None, own: Source | None) -> str:
        """Why a formula of ours differs from Coda's, which stayed the same; empty if Coda's was changed."""
        confirmed = self.judge.entry.confirmed.get(place)
        back = self.remote.returned.get(place)
        if own is None or wanted is None or not wanted.strip():
            return ""  # an empty text, as of a file that is gone, is no change
        if back is None:
            return "" if confirmed else "the doc never had it; the folder's text stays until it is deployed or removed"
        if confirmed is not None and confirmed.remote == remote_hash(back) and confirmed.ours != own_hash(wanted):
            return "it was changed in the folder and not in Coda; the folder's text stays until it is deployed"
        return ""

    def table(self, table: Table) -> Table:
        own = self.ours.tables.get(table.name)
        columns = {
            column.name: self.column(table, column, own.columns.get(column.name) if own is not None else None)
            for column in table.columns.values()
        }
        known = {view.name: view for view in own.views} if own is not None else {}
        views = tuple(self.view(view, known.get(view.name)) for view in table.views)
        if own is not None and _display(own) == _display(table):
            columns = {
                name: replace(column, display=own.columns[name].display if name in own.columns else False)
                for name, column in columns.items()
            }
        return Table(table.name, columns, own.about if own is not None else "", views)

    def column(self, table: Table, column: Column, own: Column | None) -> Column:
        format = _own_format(column)
        if own is None:
            return replace(column, format=format)
        key = (table.name, column.name)
        made = column_formula(own, self.ours.tables[table.name], self.ours)
        by_coda = key in self.remote.calculated and (own.reverse or made is not None)
        formula = own.formula
        if not by_coda:
            formula = self.text(FormulaSite("formula", *key), column.formula, own.formula, made)
        # In Coda the column lost its formula, which our own doc still has.
        ended = made is not None and own.formula is None and not by_coda and column.formula is None
        texts = {
            role: self.text(FormulaSite(role, *key), getattr(column, role), getattr(own, role)) for role in _OTHERS
        }
        same_values = by_coda or (formula is own.formula and not ended)
        shape = own if same_values and _looks_alike(own, column) else column
        return replace(
            shape,
            name=column.name,
            about=column.about or own.about,
            key=own.key,
            display=column.display,
            owner=own.owner,
            format=Format(**{**format.members(), **own.format.members()}) if shape is own else format,  # type: ignore[arg-type]
            label=own.label if column.label in (own.label, own.name) else column.label,
            formula=formula,
            options=column.options if column.kind == "select" else shape.options,
            default=texts["default"],
            action=texts["action"],
            disable_if=texts["disable_if"],
        )

    def view(self, view: View, own: View | None) -> View:
        if own is None:
            return view
        unseen = ("", view.name) in self.remote.unseen
        # A view that shows all columns looks the same whether it lists them or not.
        return replace(
            view,
            about=own.about,
            limit=own.limit,
            filter=self.text(FormulaSite("filter", view.table, view.name), view.filter, own.filter),
            columns=own.columns if unseen else view.columns,
        )

    def named(self, named: NamedFormula) -> NamedFormula:
        own = self.ours.formulas.get(named.name)
        if own is None:
            # No API returns the type of a named formula: its formula gives it.
            bound, _ = bind_site(self.remote.doc, FormulaSite("named", "", named.name), named.formula, None)
            kind, many, to = kind_of(bound.type)
            return named if kind == "other" else replace(named, kind=kind, many=many, to=to)
        return replace(
            own, formula=self.text(FormulaSite("named", "", named.name), named.formula, own.formula) or own.formula
        )

    def control(self, control: Control) -> Control:
        """Our control if Coda returns the same type; Coda returns little else of a control."""
        own = self.ours.controls.get(control.name)
        if own is None:
            return control
        self.kept |= {FormulaSite(role, "", control.name) for role in ("choices", "action", "disable_if")}
        if control_to_rest(own) != control_to_rest(control):
            return replace(control, about=own.about)
        return replace(own, label=control.label if control.label not in ("", own.name) else own.label)


def _with_lists(doc: Doc, ours: Doc) -> Doc:
    """The doc with `many` at each column that the folder lacks and whose formula gives a list, as Coda does not return
    that for texts and numbers."""
    new = [
        (table.name, column.name)
        for table in doc.tables.values()
        for column in table.columns.values()
        if column.formula is not None and column.kind in _LISTED and not column.many
        if table.name not in ours.tables or column.name not in ours.tables[table.name].columns
    ]
    while lists := [key for key in new if _gives_list(doc, *key)]:
        tables = dict(doc.tables)
        for name, column in lists:
            columns = tables[name].columns
            columns = {**columns, column: replace(columns[column], many=True)}
            tables[name] = replace(tables[name], columns=columns)
        doc = replace(doc, tables=tables)
        new = [key for key in new if key not in lists]
    return doc


def _gives_list(doc: Doc, table: str, name: str) -> bool:
    column = doc.tables[table].columns[name]
    assert column.formula is not None
    bound, _ = bind_site(doc, FormulaSite("formula", table, name), column.formula, None)
    return kind_of(bound.type)[1]


_LISTED = frozenset({"text", "number", "date", "person", "select", "relation"})
"""Types of columns that a formula may give several values of."""


def _own_format(column: Column) -> Format:
    """The format of a column in Coda without Coda's defaults and without members that a folder cannot have."""
    return without_usual(column.kind, fitting_format(column.kind, column.format))


_OTHERS: tuple[Role, ...] = ("default", "action", "disable_if")


def _display(table: Table) -> str:
    return table.display.name if table.display is not None else ""


def _looks_alike(own: Column, there: Column) -> bool:
    """Whether Coda would return a column of ours as this one."""

    def reference(name: str) -> dict[str, object]:
        return {"id": name}

    try:
        back, _ = format_from_rest(format_to_rest(own, {}, reference), str)
    except ValueError:
        return False
    alike = same_format(own.kind, own.format, there.format)
    kind = "datetime" if own.kind in ("created_on", "modified_on") else back["kind"]
    # The formula of a computed relation decides whether it has one row or several.
    return (
        alike and (kind, back["to"]) == (there.kind, there.to) and (own.many == there.many or own.formula is not None)
    )
