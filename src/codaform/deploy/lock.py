"""doc.lock.yml: the ids of the names in a folder, and the formulas that were confirmed to mean the same in Coda."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast, get_args

from codaform.deploy.environments import LOCAL
from codaform.deploy.ids import Ids
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.files import read_file_text, write_file
from codaform.model.formats import format_text
from codaform.model.schema import CONTROL_TYPES, Control, Doc
from codaform.project import yaml_tree
from codaform.project.files import CannotRead
from codaform.project.locate import reason
from codaform.project.own_folder import NAME, own_folder
from codaform.semantics.program import FormulaSite, Role, program_of
from codaform.semantics.renaming import Renaming, moved, renamed
from codaform.source import Source, position
from codaform.syntax import ast
from codaform.syntax.parser import parse
from codaform.syntax.printer import show

FILE = "doc.lock.yml"

LOCAL_FILE = "local.lock.yml"
"""The lock of `local`, in a project's own folder: each copy of a project has a local Coda of its own."""

_HEAD = (
    "# Which thing in Coda each name means, environment by environment. codaform writes it; it belongs to the folder.\n"
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*( [A-Za-z0-9_]+)*")
_WIDE = 1_000_000


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A formula that Coda returned with our meaning. remote: The hash of its text. ours: The hash of our text then."""

    remote: str
    ours: str


@dataclass(frozen=True, slots=True)
class LockEntry:
    """The entry of one environment in the lock.

    ids: Of its doc, by the names that the folder has. confirmed: Formulas whose text was read back. sent: Hashes of the
    texts last written to the pages that codaform made. set_up: Hashes of the controls as the folder had them when they
    were last made, or listed for a person: no API returns that. shapes: By table and column, the type, format and
    options that Coda had when they were last confirmed; of a named formula, with the table "", those of the folder.
    """

    ids: Ids = field(default_factory=Ids)
    confirmed: Mapping[FormulaSite, Confirmed] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    set_up: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def doc(self) -> str:
        """The id of the environment's doc."""
        return self.ids.doc

    def of(self, doc: str) -> LockEntry:
        """This, or an empty entry if it is about another doc, whose ids mean nothing here. doc: The id of a doc."""
        return self if self.doc in ("", doc) else NOTHING_KNOWN


NOTHING_KNOWN = LockEntry()

Lock = Mapping[str, LockEntry]
"""The entry of each environment, by its name."""


def remote_hash(text: str) -> str:
    """The hash of a text that Coda returned."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def control_hash(control: Control) -> str:
    """The hash of a control with all settings that a person makes, but without its name and value."""
    texts = (control.choices, control.action, control.disable_if)
    told = [control.kind, control.many, control.to, *control.options, "", control.label]
    told.append(format_text(CONTROL_TYPES[control.kind], control.format))
    told += [own_hash(source.text) if source is not None else "" for source in texts]
    return remote_hash("\0".join(map(str, told)))


def own_hash(text: str) -> str:
    """The hash of a formula of ours: the same for texts that differ only in layout and comments."""
    tree, _ = parse(Source("hashed", text))
    return remote_hash(text.strip() if tree is None else show(ast.Formula(tree.expression), _WIDE).strip())


# ------------------------------------------------------------ as a file


def read_lock(root: Path) -> Lock:
    """The lock of a project's folder; empty if there is none. Raises CannotRead, in one line."""
    return {**_read(root / FILE), **_read(root / NAME / LOCAL_FILE)}


def _read(path: Path) -> Lock:
    try:
        text = read_file_text(path)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        said = reason(error) if isinstance(error, OSError) else "it is not a text in UTF-8"
        raise CannotRead(f"{path} cannot be read: {said}") from None
    try:
        return lock_from(text)
    except BadLock as problem:
        raise CannotRead(f"{path}: {problem}") from None


def write_lock(root: Path, lock: Lock) -> None:
    """Write the lock into a project's folder; a file with the same content stays."""
    if _shared(_read(root / FILE)) != _shared(lock):
        write_file(root / FILE, lock_text(_shared(lock)), root)
    if LOCAL in lock and _read(root / NAME / LOCAL_FILE) != _own(lock):
        write_file(own_folder(root) / LOCAL_FILE, lock_text(_own(lock)), root)


def remembered(root: Path, environment: str, doc: str) -> LockEntry:
    """The lock entry of an environment. Raises CannotRead if there is none, or if it is about another doc.

    doc: The id of the doc that the environment leads to.
    """
    entry = read_lock(root).get(environment, NOTHING_KNOWN)
    file = lock_file(environment)
    if not entry.doc:
        raise CannotRead(f"{file} remembers nothing of {environment}: deploy or pull first")
    if entry.doc != doc:
        raise CannotRead(f"{file} remembers the doc {entry.doc} of {environment}, which now leads to the doc {doc}")
    return entry


def confirmed_state(root: Path, environment: str, doc: str) -> LockEntry:
    """The lock entry to compare a doc with to find changes made by hand. Raises CannotRead.

    codaform made the doc of `local` without content: without an entry, its confirmed state is empty.
    """
    if environment == LOCAL and read_lock(root).get(environment, NOTHING_KNOWN).doc != doc:
        return LockEntry(Ids(doc))
    return remembered(root, environment, doc)


def changed_lock(lock: Lock, environment: str, entry: LockEntry) -> tuple[str, str]:
    """The lock file of an environment, and its text with this entry."""
    after = {**lock, environment: entry}
    return lock_file(environment), lock_text(_own(after) if environment == LOCAL else _shared(after))


def lock_file(environment: str) -> str:
    """The lock file of an environment, within a project's folder."""
    return f"{NAME}/{LOCAL_FILE}" if environment == LOCAL else FILE


def _shared(lock: Lock) -> Lock:
    return {name: entry for name, entry in lock.items() if name != LOCAL}


def _own(lock: Lock) -> Lock:
    return {name: entry for name, entry in lock.items() if name == LOCAL}


# ------------------------------------------------------------ after a rename

Texts = Mapping[FormulaSite, tuple[str, str]]
"""By its place so far, the text of each formula that a renaming changes, before and after it."""


def renamed_locks(root: Path, doc: Doc, renaming: Renaming, texts: Texts) -> dict[Path, str]:
    """The texts of the lock files that change, by their paths within the folder. Raises CannotRead.

    doc: The folder's doc before the renaming.
    """
    lock = read_lock(root)
    controls: dict[str, tuple[str, str]] = {}
    if any(entry.set_up for entry in lock.values()):
        named = renamed(doc, program_of(doc), renaming).controls.values()
        both = zip(doc.controls.values(), named, strict=True)
        controls = {before.name: (control_hash(before), control_hash(after)) for before, after in both}
    after = {name: _renamed_entry(entry, renaming, texts, controls) for name, entry in lock.items()}
    changed = {lock_file(name) for name in lock if lock[name] != after[name]}
    return {
        Path(file): lock_text({name: entry for name, entry in after.items() if lock_file(name) == file})
        for file in changed
    }


def _renamed_entry(
    entry: LockEntry, renaming: Renaming, texts: Texts, controls: Mapping[str, tuple[str, str]]
) -> LockEntry:
    """The lock entry of an environment, by the names after a renaming.

    controls: By its name so far, the hash of each control before and after the renaming.
    """
    kind, old, new = renaming.kind, renaming.old, renaming.new

    def shape(table: str, name: str) -> tuple[str, str]:
        if not table:
            return "", new if (kind, name) == ("formula", old) else name
        if kind == "column" and (table, name) == (renaming.table, old):
            return table, new
        return new if (kind, table) == ("table", old) else table, name

    def set_up(name: str, mark: str) -> tuple[str, str]:
        before, after = controls.get(name, ("", ""))
        return new if (kind, name) == ("control", old) else name, after if mark == before else mark

    def confirmed(place: FormulaSite, known: Confirmed) -> Confirmed:
        if place in texts and known.ours == own_hash(texts[place][0]):
            return replace(known, ours=own_hash(texts[place][1]))
        return known

    ids = deepcopy(entry.ids)
    ids.rename(kind, old, new, renaming.table)
    return replace(
        entry,
        ids=ids,
        set_up=dict(set_up(name, mark) for name, mark in entry.set_up.items()),
        shapes={shape(*key): text for key, text in entry.shapes.items()},
        confirmed={moved(place, renaming): confirmed(place, known) for place, known in entry.confirmed.items()},
    )


# ------------------------------------------------------------ as text


class BadLock(Exception):
    """The error in the text of a lock, in one line."""


def lock_text(lock: Lock) -> str:
    """The text of a lock: sorted, a fact a line, so that two people's changes merge."""
    lines = [_HEAD]
    for name in sorted(lock):
        entry = lock[name]
        texts: dict[str, dict[str, dict[str, Confirmed]]] = {}
        for place, known in entry.confirmed.items():
            texts.setdefault(place.role, {}).setdefault(place.table, {})[place.name] = known
        lines.append(f"{_key(name)}:\n")
        lines.append(f"  doc: {_key(entry.doc)}\n")
        facts: dict[str, Mapping[str, object]] = {
            part: getattr(entry.ids, part) for part in ("tables", "views", "formulas", "controls")
        }
        facts |= {"set_up": entry.set_up, "pages": entry.ids.pages, "sent": entry.sent}
        facts |= {"columns": _by_table(entry.ids.columns), "confirmed": texts, "shapes": _by_table(entry.shapes)}
        for title, those in facts.items():
            _put(lines, 1, title, those)
    return "".join(lines)


def _by_table(facts: Mapping[tuple[str, str], str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for (table, name), fact in facts.items():
        found.setdefault(table, {})[name] = fact
    return found


def _put(lines: list[str], depth: int, title: str, facts: Mapping[str, object]) -> None:
    if not facts:
        return
    lines.append(f"{'  ' * depth}{_key(title)}:\n")
    for name in sorted(facts):
        match facts[name]:
            case Confirmed(remote, ours):
                lines.append(f"{'  ' * (depth + 1)}{_key(name)}: {{remote: {_key(remote)}, ours: {_key(ours)}}}\n")
            case Mapping() as inner:
                _put(lines, depth + 1, name, cast("Mapping[str, object]", inner))
            case id:
                lines.append(f"{'  ' * (depth + 1)}{_key(name)}: {_key(str(id))}\n")


def _key(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and len(text) < 100 else json.dumps(text, ensure_ascii=True)


def lock_from(text: str) -> Lock:
    """The lock of a text. Raises BadLock."""
    source = Source(FILE, text)
    marker = re.search(r"^(<<<<<<<|=======|>>>>>>>)", text, re.MULTILINE)
    if marker is not None:
        raise BadLock(f"line {position(source, marker.start()).line} is a mark of a merge that is not finished")
    tree = yaml_tree.compose(source)
    if isinstance(tree, Diagnostic):
        raise BadLock(f"line {position(source, tree.span.start).line}: {' '.join(tree.message.split())}")
    if isinstance(tree, yaml_tree.Scalar) and not tree.text:
        return {}
    return {name: _entry(node, source) for name, node in _entries(tree, source).items()}


def _entry(node: yaml_tree.Node, source: Source) -> LockEntry:
    ids = Ids()
    facts: dict[str, Any] = {}
    for title, inner in _entries(node, source).items():
        match title:
            case "doc":
                ids.doc = _text(inner, source)
            case "tables" | "views" | "formulas" | "controls" | "pages":
                setattr(ids, title, _texts(inner, source))
            case "columns":
                ids.columns = _of_tables(inner, source)
            case "set_up" | "sent":
                facts[title] = _texts(inner, source)
            case "shapes":
                facts[title] = _of_tables(inner, source)
            case "confirmed":
                facts[title] = _confirmed(inner, source)
            case _:
                raise _wrong(inner, source, f"nothing is called {title}")
    return LockEntry(ids, **facts)


def _of_tables(node: yaml_tree.Node, source: Source) -> dict[tuple[str, str], str]:
    return {
        (table, name): fact for table, of in _entries(node, source).items() for name, fact in _texts(of, source).items()
    }


def _confirmed(node: yaml_tree.Node, source: Source) -> dict[FormulaSite, Confirmed]:
    found: dict[FormulaSite, Confirmed] = {}
    for role, of_role in _entries(node, source).items():
        if role not in get_args(Role):
            raise _wrong(of_role, source, f"no formula has the role {role}")
        for table, of_table in _entries(of_role, source).items():
            for name, known in _entries(of_table, source).items():
                texts = _texts(known, source)
                if texts.keys() != {"remote", "ours"}:
                    raise _wrong(known, source, "here belong remote and ours")
                found[FormulaSite(cast("Role", role), table, name)] = Confirmed(texts["remote"], texts["ours"])
    return found


def _entries(node: yaml_tree.Node, source: Source) -> dict[str, yaml_tree.Node]:
    if not isinstance(node, yaml_tree.Mapping):
        raise _wrong(node, source, "a mapping belongs here")
    return {key.text: value for key, value in node.entries}


def _texts(node: yaml_tree.Node, source: Source) -> dict[str, str]:
    return {name: _text(inner, source) for name, inner in _entries(node, source).items()}


def _text(node: yaml_tree.Node, source: Source) -> str:
    if not isinstance(node, yaml_tree.Scalar):
        raise _wrong(node, source, "a text belongs here")
    return node.text


def _wrong(node: yaml_tree.Node, source: Source, message: str) -> BadLock:
    return BadLock(f"line {position(source, node.span.start).line}: {message}")
