"""doc.lock.yml: which thing of a doc each name of the folder means, and which texts were confirmed to mean the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

from codaform.deploy.environments import LOCAL
from codaform.deploy.ids import Ids
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.files import read_file_text, write_file
from codaform.model.formats import format_text
from codaform.model.schema import CONTROL_TYPES, Control
from codaform.project import nodes
from codaform.project.files import CannotRead
from codaform.project.own_folder import NAME, own_folder
from codaform.project.root import reason
from codaform.semantics.program import Place, Role
from codaform.source import Source, position
from codaform.syntax import ast
from codaform.syntax.parser import parse
from codaform.syntax.printer import show

FILE = "doc.lock.yml"

LOCAL_FILE = "local.lock.yml"
"""The lock of `local`, in the own folder of a project: each copy of a project has a local Coda of its own."""

_HEAD = (
    "# Which thing in Coda each name means, environment by environment. codaform writes it; it belongs to the folder.\n"
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*( [A-Za-z0-9_]+)*")
_WIDE = 1_000_000


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A formula that was read back and found to be ours. remote: The hash of what came back. ours: Of our text then."""

    remote: str
    ours: str


@dataclass(frozen=True, slots=True)
class LockEntry:
    """What the lock knows of one environment.

    ids: Of its doc, by the names that the folder has. confirmed: Formulas whose text was read back. sent: Hashes of the
    texts last written to the pages that codaform made. set_up: Hashes of the controls as the folder had them when they
    were last made, or listed for a person: no API returns that. shapes: By table and column, the type, format and
    options that Coda had when they were last confirmed; of a named formula, with the table "", those of the folder.
    """

    ids: Ids = field(default_factory=Ids)
    confirmed: Mapping[Place, Confirmed] = field(default_factory=dict)
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
"""What is known of each environment, by its name."""


def remote_hash(text: str) -> str:
    """What stands for a text that Coda gave back."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def control_hash(control: Control) -> str:
    """What stands for a control of ours with everything that a person sets up: not what it is called or set to."""
    texts = (control.choices, control.action, control.disable_if)
    told = [control.kind, control.many, control.to, *control.options, "", control.label]
    told.append(format_text(CONTROL_TYPES[control.kind], control.format))
    told += [own_hash(source.text) if source is not None else "" for source in texts]
    return remote_hash("\0".join(map(str, told)))


def own_hash(text: str) -> str:
    """What stands for a formula of ours: the same for texts that differ in layout and comments alone."""
    tree, _ = parse(Source("hashed", text))
    return remote_hash(text.strip() if tree is None else show(ast.Formula(tree.expression), _WIDE).strip())


# ------------------------------------------------------------ as a file


def read_lock(root: Path) -> Lock:
    """The lock of a project's folder; empty where there is none. Raises CannotRead, in one line."""
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
    """Write the lock into a project's folder, each file whole or not at all; a file that says it already stays."""
    if _shared(_read(root / FILE)) != _shared(lock):
        write_file(root / FILE, lock_text(_shared(lock)), root)
    if LOCAL in lock and _read(root / NAME / LOCAL_FILE) != _own(lock):
        write_file(own_folder(root) / LOCAL_FILE, lock_text(_own(lock)), root)


def remembered(root: Path, environment: str, doc: str) -> LockEntry:
    """What the lock knows of an environment. Raises CannotRead if that is nothing, or about another doc.

    doc: The id of the doc that the environment leads to.
    """
    entry = read_lock(root).get(environment, NOTHING_KNOWN)
    file = lock_file(environment)
    if not entry.doc:
        raise CannotRead(f"{file} remembers nothing of {environment}: only deploy or pull lets it know what is there")
    if entry.doc != doc:
        raise CannotRead(f"{file} remembers the doc {entry.doc} of {environment}, which leads to the doc {doc} by now")
    return entry


def confirmed_state(root: Path, environment: str, doc: str) -> LockEntry:
    """What a doc is compared with to find changes made by hand: what the lock knows of it. Raises CannotRead.

    codaform made the doc of `local`, without content: if the lock knows nothing of it, that is its confirmed state.
    """
    if environment == LOCAL and read_lock(root).get(environment, NOTHING_KNOWN).doc != doc:
        return LockEntry(Ids(doc))
    return remembered(root, environment, doc)


def changed_lock(lock: Lock, environment: str, entry: LockEntry) -> tuple[str, str]:
    """The file that remembers an environment, and its text once the environment is known as `entry`."""
    after = {**lock, environment: entry}
    return lock_file(environment), lock_text(_own(after) if environment == LOCAL else _shared(after))


def lock_file(environment: str) -> str:
    """The file, in a project's folder, that remembers an environment."""
    return f"{NAME}/{LOCAL_FILE}" if environment == LOCAL else FILE


def _shared(lock: Lock) -> Lock:
    return {name: entry for name, entry in lock.items() if name != LOCAL}


def _own(lock: Lock) -> Lock:
    return {name: entry for name, entry in lock.items() if name == LOCAL}


class BadLock(Exception):
    """What is wrong with the text of a lock, in one line."""


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
    tree = nodes.compose(source)
    if isinstance(tree, Diagnostic):
        raise BadLock(f"line {position(source, tree.span.start).line}: {' '.join(tree.message.split())}")
    if isinstance(tree, nodes.Scalar) and not tree.text:
        return {}
    return {name: _entry(node, source) for name, node in _entries(tree, source).items()}


def _entry(node: nodes.Node, source: Source) -> LockEntry:
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


def _of_tables(node: nodes.Node, source: Source) -> dict[tuple[str, str], str]:
    return {
        (table, name): fact for table, of in _entries(node, source).items() for name, fact in _texts(of, source).items()
    }


def _confirmed(node: nodes.Node, source: Source) -> dict[Place, Confirmed]:
    found: dict[Place, Confirmed] = {}
    for role, of_role in _entries(node, source).items():
        if role not in get_args(Role):
            raise _wrong(of_role, source, f"no formula has the role {role}")
        for table, of_table in _entries(of_role, source).items():
            for name, known in _entries(of_table, source).items():
                texts = _texts(known, source)
                if texts.keys() != {"remote", "ours"}:
                    raise _wrong(known, source, "here belong remote and ours")
                found[Place(cast("Role", role), table, name)] = Confirmed(texts["remote"], texts["ours"])
    return found


def _entries(node: nodes.Node, source: Source) -> dict[str, nodes.Node]:
    if not isinstance(node, nodes.Mapping):
        raise _wrong(node, source, "a mapping belongs here")
    return {key.text: value for key, value in node.entries}


def _texts(node: nodes.Node, source: Source) -> dict[str, str]:
    return {name: _text(inner, source) for name, inner in _entries(node, source).items()}


def _text(node: nodes.Node, source: Source) -> str:
    if not isinstance(node, nodes.Scalar):
        raise _wrong(node, source, "a text belongs here")
    return node.text


def _wrong(node: nodes.Node, source: Source, message: str) -> BadLock:
    return BadLock(f"line {position(source, node.span.start).line}: {message}")
