"""The differences between a doc in Coda and the folder, as changes with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.formats import control_to_rest
from codaform.deploy.kinds.catalogue import KINDS
from codaform.deploy.kinds.change import SchemaChange
from codaform.deploy.kinds.column_settings import ColumnSetting, SetAction, SetDefault, SetDescription, SetFormula
from codaform.deploy.kinds.columns import AddColumn, DropColumn, SetDisplay
from codaform.deploy.kinds.controls import AddControl, DropControl, SetControl
from codaform.deploy.kinds.formulas import AddFormula, DropFormula, SetNamedFormula
from codaform.deploy.kinds.tables import DropTable, SetOrder
from codaform.deploy.kinds.views import AddView, DropView, SetView
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry, control_hash
from codaform.deploy.planning.creation import bare, new_table, reshaped, shown_by_hand
from codaform.deploy.planning.naming import NamedDoc, NameMatch, named_alike
from codaform.deploy.planning.verdicts import SAME, Judge, Verdict, judge
from codaform.deploy.remote.columns import button_of, has_one_value, shape_text, text_of
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.schema import Column, Control, Doc, NamedFormula, Table, View, formula_column
from codaform.project.cell_texts import single_text
from codaform.semantics.program import FormulaSite, Role

_SETTINGS = [kind for kind in KINDS.values() if issubclass(kind, ColumnSetting)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A change, and the reason for it. guessed: Whether only its content suggests it, as with a rename."""

    change: SchemaChange
    because: str
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Differences:
    """All differences.

    now: The doc with the names that the renames among the changes give it. notes: Sentences on what is unknown.
    unmanaged: The things of the doc that the folder does not have, and that stay.
    """

    changes: tuple[Difference, ...]
    now: Doc
    notes: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()


def diff(remote: RemoteSchema, wanted: Doc, entry: LockEntry = NOTHING_KNOWN, prune: bool = False) -> Differences:
    """The changes that make a doc as wanted: renames first, the rest not yet in the order to make it.

    entry: The lock entry of the doc. prune: Whether to drop what the folder does not have.
    """
    named = named_alike(remote, wanted, entry)
    comparison = _Comparison(remote, named, wanted, judge(remote, named.doc, wanted, entry))
    comparison.found.extend(_rename(change, match) for change, match in named.changes)
    for table in wanted.tables.values():
        if table.name in named.tables:
            comparison.compare_table(table, named.doc.tables[table.name])
        else:
            comparison.found.extend(Difference(*one) for one in new_table(table, wanted))
    for formula in wanted.formulas.values():
        comparison.compare_formula(formula)
    for control in wanted.controls.values():
        comparison.compare_control(control, entry)
    comparison.look_for_more(prune)
    return Differences(tuple(comparison.found), named.doc, tuple(comparison.notes), tuple(comparison.unmanaged))


def _rename(change: SchemaChange, match: NameMatch | None) -> Difference:
    match match.sure if match is not None else None:
        case "id":
            because = "the lock knows it by its id"
        case "case":
            because = "the names differ in the case of letters alone"
        case "look":
            because = "looks renamed: it alone has the same content in the same place"
        case _:
            because = "it makes room, since names change in a ring"
    return Difference(change, because, match is not None and match.sure == "look")


@dataclass(slots=True)
class _Comparison:
    remote: RemoteSchema
    named: NamedDoc
    wanted: Doc
    judge: Judge
    found: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unmanaged: list[str] = field(default_factory=list)

    def say(self, change: SchemaChange, because: str) -> None:
        self.found.append(Difference(change, because))

    def verdict(self, place: FormulaSite, what: str, now: str | None, wanted: str | None) -> Verdict:
        """The verdict on a formula; an unclear one becomes a note, and counts as no change."""
        was = self.named.was(place)
        found = self.judge.verdict(place, was, _text_at(self.remote.doc, was), now, wanted)
        if found.answer in ("cannot tell", "untold"):
            self.notes.append(f"{what}: {found.why}; it counts as unchanged")
            return SAME
        return found

    # ------------------------------------------------------------ tables and columns

    def compare_table(self, wanted: Table, there: Table) -> None:
        display = wanted.display.name if wanted.display is not None else ""
        shown = there.display.name if there.display is not None else ""
        self.compare_order(wanted, there)
        for column in wanted.columns.values():
            before = there.columns.get(column.name) if (wanted.name, column.name) in self.named.columns else None
            if before is not None:
                self.compare_column(wanted, column, there, before)
                continue
            added = replace(bare(column), display=column.name == display)
            self.say(AddColumn(wanted.name, added), f"the table {wanted.name} has no such column")
            for change, because in shown_by_hand(wanted.name, column):
                self.say(change, because)
            if column.default is not None:
                text = column.default.text.strip()
                self.say(SetDefault(wanted.name, column.name, None, text), "a new row starts with it")
        if display != shown and (wanted.name, display) in self.named.columns:
            self.say(SetDisplay(wanted.name, shown, display), f"the rows of {wanted.name} are to be known by {display}")
        for view in wanted.views:
            before_view = next((known for known in there.views if known.name == view.name), None)
            if before_view is None or view.name not in self.named.views:
                self.say(AddView(view), f"the table {wanted.name} has no such view")
            else:
                self.compare_view(view, before_view, there)

    def compare_order(self, wanted: Table, there: Table) -> None:
        """The order of the columns that both have; what is new comes to its place."""
        ours = tuple(name for name in wanted.columns if (wanted.name, name) in self.named.columns)
        theirs = tuple(name for name in there.columns if name in ours)
        if theirs != ours:
            self.say(SetOrder(wanted.name, theirs, ours), "the folder has the columns in another order")

    def compare_column(self, table: Table, column: Column, there: Table, before: Column) -> None:
        name, what = table.name, f"{table.name}.{column.name}"
        for change, because in reshaped(name, column, before):
            self.say(change, because)
        if column.many and not before.many and not column.computed and has_one_value(column):
            self.notes.append(
                f"{what} has several values in the folder alone: Coda has no {column.kind} column of several"
            )
        for kind in _SETTINGS:
            setting = kind.between(name, before, column)
            if setting is not None:
                self.say(*setting)
        if column.kind == "button":
            self.compare_button(name, column, before)
        else:
            self.compare_texts(table, column, there, before)
        default = self.verdict(
            FormulaSite("default", name, column.name),
            f"the default of {what}",
            text_of(before.default),
            text_of(column.default),
        )
        if default.answer == "different":
            self.say(
                SetDefault(name, column.name, text_of(before.default), text_of(column.default)),
                "the folder has another default" if column.default is not None else "the folder has no default",
            )
        was = self.named.columns[name, column.name]
        if column.about and was not in self.remote.unseen and column.about != before.about:
            self.say(SetDescription(name, column.name, before.about, column.about), "the folder describes it otherwise")

    def compare_texts(self, table: Table, column: Column, there: Table, before: Column) -> None:
        """The formula that makes a column's cells."""
        now, wanted = column_formula(before, there, self.named.doc), column_formula(column, table, self.wanted)
        fills_itself = self.named.columns[table.name, column.name] in self.remote.calculated
        if fills_itself and now is None:
            if column.formula is None and wanted is not None:
                return  # Coda has such columns of its own, and returns no formula for them
            if wanted is None:
                self.notes.append(f"{table.name}.{column.name}: Coda fills it, and the folder says that a person does")
                return
        place = FormulaSite("formula", table.name, column.name)
        if self.verdict(place, f"{table.name}.{column.name}", now, wanted).answer == "different":
            because = "the folder has another formula"
            if now is None:
                because = "the folder computes it, the doc does not"
            elif wanted is None:
                because = "the doc computes it, the folder does not"
            self.say(SetFormula(table.name, column.name, now, wanted), because)

    def compare_button(self, table: str, column: Column, before: Column) -> None:
        wanted, now = button_of(column), button_of(before)
        roles: tuple[tuple[Role, str | None, str | None], ...] = (
            ("action", now.action, wanted.action),
            ("disable_if", now.disable_if, wanted.disable_if),
        )
        answers = [
            self.verdict(FormulaSite(role, table, column.name), f"{table}.{column.name}", one, other).answer
            for role, one, other in roles
        ]
        if "different" in answers:
            self.say(SetAction(table, column.name, now, wanted), "the button is to do something else")
        elif now.label != wanted.label and before.kind == "button":
            self.say(SetAction(table, column.name, now, wanted), "the folder has another label")

    # ------------------------------------------------------------ views and named formulas

    def compare_view(self, wanted: View, before: View, there: Table) -> None:
        place = FormulaSite("filter", wanted.table, wanted.name)
        filtered = self.verdict(
            place, f"the filter of the view {wanted.name}", text_of(before.filter), text_of(wanted.filter)
        )
        was = self.named.views[wanted.name]
        reasons = []
        if was != wanted.name:
            reasons.append(f"is called {was}")
        if filtered.answer == "different":
            reasons.append("has another filter")
        if (before.sort, before.descending and bool(before.sort)) != (
            wanted.sort,
            wanted.descending and bool(wanted.sort),
        ):
            reasons.append("has another order")
        # A view that shows all columns in their order looks the same whether it lists them or not.
        shown = (before.columns or tuple(there.columns)) if wanted.columns else before.columns
        if ("", was) not in self.remote.unseen and shown != wanted.columns:
            reasons.append("shows other columns")
        if reasons:
            self.say(SetView(replace(before, name=was), wanted), f"the view in the doc {' and '.join(reasons)}")

    def compare_formula(self, wanted: NamedFormula) -> None:
        if wanted.name not in self.named.formulas:
            if wanted.name in self.remote.ids.controls:
                self.notes.append(f"{wanted.name} is a control in the doc and a named formula in the folder")
            else:
                self.say(AddFormula(wanted), "the doc has no such named formula")
            return
        before = self.named.doc.formulas[wanted.name]
        was = self.named.formulas[wanted.name]
        found = self.verdict(
            FormulaSite("named", "", wanted.name), wanted.name, before.formula.text.strip(), wanted.formula.text.strip()
        )
        sent = self.judge.entry.shapes.get(("", wanted.name))
        shape = shape_text(formula_column(wanted))
        if found.answer == "different" or was != wanted.name or sent not in (None, shape):
            because = "the folder has another formula" if was == wanted.name else f"it is called {was} in the doc"
            if found.answer != "different" and was == wanted.name:
                because = f"it was made as {sent}, and the folder shows it as {shape}"
            self.say(SetNamedFormula(replace(before, name=was), wanted), because)

    def compare_control(self, wanted: Control, entry: LockEntry) -> None:
        if wanted.name not in self.named.controls:
            if wanted.name in self.remote.ids.formulas:
                self.notes.append(f"{wanted.name} is a named formula in the doc and a control in the folder")
            else:
                self.say(
                    AddControl(replace(wanted, value=None), first_texts(wanted, self.wanted)),
                    "the doc has no such control",
                )
            return
        before = self.named.doc.controls[wanted.name]
        was = self.named.controls[wanted.name]
        reasons = [f"it is called {was} in the doc"] if was != wanted.name else []
        if control_to_rest(before) != control_to_rest(wanted):
            reasons.append(f"it is a {control_to_rest(before)} in the doc, and should be a {control_to_rest(wanted)}")
        elif wanted.kind == "button" and before.label not in ("", wanted.label or wanted.name):
            reasons.append("the folder has another label")
        elif entry.set_up.get(wanted.name, control_hash(wanted)) != control_hash(wanted):
            reasons.append("the folder changed it since it was last set up; no API returns its settings")
        if reasons:
            now = replace(before, name=was, value=None)
            self.say(SetControl(now, replace(wanted, value=None)), " and ".join(reasons))

    # ------------------------------------------------------------ things that the folder does not have

    def look_for_more(self, prune: bool) -> None:
        for change, what in self.more():
            if prune:
                self.say(change, "the folder does not have it, and --prune is given")
            else:
                self.unmanaged.append(what)

    def more(self) -> Iterator[tuple[SchemaChange, str]]:
        for table in self.named.doc.tables.values():
            wanted = self.wanted.tables.get(table.name)
            if wanted is None or table.name not in self.named.tables:
                yield DropTable(table.name), f"the table {table.name}"
                continue
            for name, column in table.columns.items():
                if (table.name, name) not in self.named.columns:
                    yield DropColumn(table.name, name), f"the column {table.name}.{name}"
                elif column.about and not wanted.columns[name].about:
                    change = SetDescription(table.name, name, column.about, "")
                    yield change, f"the description of the column {table.name}.{name}"
            for view in table.views:
                if view.name not in self.named.views:
                    yield DropView(table.name, view.name), f"the view {view.name}"
        for name in self.named.doc.formulas:
            if name not in self.named.formulas:
                yield DropFormula(name), f"the named formula {name}"
        for name in self.named.doc.controls:
            if name not in self.named.controls:
                yield DropControl(name), f"the control {name}"


def first_texts(control: Control, doc: Doc) -> tuple[str, ...]:
    """The first value of a control, as texts."""
    values = control.value if isinstance(control.value, tuple) else (control.value,)
    zone = ZoneInfo(doc.time_zone)
    return tuple(single_text(value, zone, lambda row: row.table) for value in values if value is not None)


def _text_at(doc: Doc, place: FormulaSite) -> str | None:
    """The formula at a place of a doc."""
    if place.role == "named":
        formula = doc.formulas.get(place.name)
        return formula.formula.text.strip() if formula is not None else None
    table = doc.tables.get(place.table)
    if table is None:
        return None
    if place.role == "filter":
        return next((text_of(view.filter) for view in table.views if view.name == place.name), None)
    column = table.columns.get(place.name)
    match place.role if column is not None else "":
        case "formula":
            return column_formula(column, table, doc) if column is not None else None
        case "default" | "action" | "disable_if" as role:
            return text_of(getattr(column, role))
    return None
