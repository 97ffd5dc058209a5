"""Putting the files of a doc into a folder: only what differs, what a person wrote stays, and all of it or nothing."""

from __future__ import annotations

import re
import tempfile
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.files import make_folders, remove_empty, write_file
from codaform.project import shapes, yaml_edits, yaml_tree
from codaform.project.file_names import ROWS_FILES, formula_stem
from codaform.project.files import MAX_BYTES, CannotRead, read_text
from codaform.project.inline import inline_formulas
from codaform.project.locate import reason
from codaform.project.transaction import Move, Remove, Step, Write, carry_out, origin
from codaform.project.writer import formula_text
from codaform.semantics.program import FormulaSite
from codaform.source import Source

_OURS = re.compile(r"table\.yml|rows\.csv|.+\.coda|.+\.cases\.yml")
"""The files that codaform removes on request; it leaves all other files of a folder alone."""

_MERGED = {"doc.yml": shapes.DOC, "table.yml": shapes.TABLE}
"""The files that are edited, and their shapes."""


@dataclass(frozen=True, slots=True)
class Update:
    """The new files of a folder; all paths are within the folder.

    texts: The new text of each file that is made or changed. changed: Those that are there already. same: Those that
    need no change. anew: YAML files that could not be edited in place and lose their comments. left: Files that
    belong to nothing in the doc. pruned: Whether those go. moves: Files and folders that get another name first, in
    order; all other paths are those after it.
    """

    root: Path
    texts: Mapping[Path, str] = field(default_factory=dict)
    changed: tuple[Path, ...] = ()
    same: tuple[Path, ...] = ()
    anew: tuple[Path, ...] = ()
    left: tuple[Path, ...] = ()
    pruned: bool = False
    moves: tuple[tuple[Path, Path], ...] = ()

    @property
    def made(self) -> tuple[Path, ...]:
        """The files that are new."""
        return tuple(path for path in self.texts if path not in self.changed)


def write(
    root: Path,
    files: Mapping[Path, str],
    prune: bool = False,
    formerly: Mapping[Path, Mapping[str, str]] | None = None,
) -> Update:
    """Bring a folder to the files of a doc (`compared`), and say what was done. Raises CannotRead and OSError."""
    update = compared(root, files, prune, formerly)
    put(update)
    return update


def compared(
    root: Path,
    files: Mapping[Path, str],
    prune: bool = False,
    formerly: Mapping[Path, Mapping[str, str]] | None = None,
) -> Update:
    """The updates that make a folder hold the files of a doc; nothing is written yet.

    YAML is edited by the rules of `yaml_edits`; a formula whose file says the same in another layout does not change;
    other files are replaced. Without `prune` nothing goes, neither a file nor a column, view or formula that the doc
    does not have. Raises CannotRead for a file that is in the way and cannot be read.

    formerly: By YAML file, the old name of a thing by its new one.
    """
    texts: dict[Path, str] = {}
    changed: list[Path] = []
    same: list[Path] = []
    anew: list[Path] = []
    named: dict[Path, set[str]] = {}
    for path, text in files.items():
        if path.name in ROWS_FILES and (root / path).with_suffix(".parquet").exists():
            other = (root / path).with_suffix(".parquet")
            raise CannotRead(f"{other} is in the way: codaform writes the rows of a table as {path.name} only")
        before = _existing(root / path)
        after = text
        if before is not None and path.name in _MERGED:
            wanted = yaml_tree.compose(Source(path.as_posix(), text))
            assert not isinstance(wanted, Diagnostic), wanted.message
            edited = yaml_edits.edited(before, wanted, prune, (formerly or {}).get(path))
            after = edited.text
            if edited.anew and after != before:
                anew.append(path)
        elif before is not None and path.suffix == ".coda" and formula_text(Source(path.as_posix(), before)) == text:
            after = before
        if path.name in _MERGED:
            named[path.parent] = set(_coda_files(after, _MERGED[path.name]))
        if before == after:
            same.append(path)
        else:
            texts[path] = after
            if before is not None:
                changed.append(path)
    left = tuple(path for path in own_files(root) if path not in files and not _is_named(path, named))
    return Update(root, texts, tuple(changed), tuple(same), tuple(anew), left, prune)


def put(update: Update) -> None:
    """Carry an update out. Where that fails, the folder holds what it held before; each file is whole at any time."""
    root = update.root
    if not root.exists() and not root.is_symlink():
        _put_folder(update)
    else:
        carry_out(root, steps_of(update))


def steps_of(update: Update) -> list[Step]:
    """An update of a folder step by step."""
    steps: list[Step] = [Move(old, new) for old, new in update.moves]
    for path, text in update.texts.items():
        steps.append(Write(path, _in_the_form_of(update.root / origin(path, steps), text)))
    return steps + [Remove(path) for path in (update.left if update.pruned else ())]


def _put_folder(update: Update) -> None:
    """A folder that is not there yet appears with all that is in it."""
    made = make_folders(update.root.parent, update.root.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{update.root.name}.", dir=update.root.parent) as place:
            inside = Path(place, "new")
            inside.mkdir()
            for path, text in update.texts.items():
                write_file(inside / path, text, inside)
            inside.replace(update.root)
    except BaseException:
        remove_empty(made)
        raise


def _in_the_form_of(target: Path, text: str) -> bytes:
    """A text with the byte-order mark and the line ends of the file that it is for."""
    data = text.encode("utf-8")
    if target.is_file() and not target.is_symlink():
        before = target.read_bytes()
        first = before.find(b"\n")
        if first > 0 and before[first - 1 : first] == b"\r":
            data = data.replace(b"\n", b"\r\n")
        data = BOM_UTF8 + data if before.startswith(BOM_UTF8) else data
    return data


# ------------------------------------------------------------ what is there


def _existing(path: Path) -> str | None:
    if not path.exists() and not path.is_symlink():
        return None
    source, problems = read_text(path, path.as_posix(), most=None if path.name in ROWS_FILES else MAX_BYTES)
    if problems:
        raise CannotRead(f"{path} is in the way: {problems[0].message}")
    return source.text


def _coda_files(text: str, shape: shapes.Shape) -> Iterator[str]:
    """The formula files that a YAML file names anywhere; and those that its inline formulas would have."""
    tree = yaml_tree.compose(Source("named", text))
    if isinstance(tree, Diagnostic):
        return
    for owner, key, _ in inline_formulas(tree, shape):
        if name := yaml_tree.text_at(owner, "name"):
            yield formula_stem(FormulaSite("test" if key == "formula" else key, "", name)) + ".coda"  # type: ignore[arg-type]
    waiting: list[yaml_tree.Node] = [tree]
    while waiting:
        match waiting.pop():
            case yaml_tree.Scalar(found):
                if found.endswith(".coda"):
                    yield found
            case yaml_tree.Sequence(items):
                waiting.extend(items)
            case yaml_tree.Mapping(entries):
                waiting.extend(value for _, value in entries)


def own_files(root: Path) -> Iterator[Path]:
    """The files of tables, formulas and cases in a folder."""
    try:
        folders = [root, *sorted(path for path in root.iterdir() if path.is_dir())] if root.is_dir() else []
        for folder in folders:
            if folder.name.startswith(".") or (folder != root and not (folder / "table.yml").is_file()):
                continue
            for path in sorted(folder.iterdir()):
                if path.is_file() and _OURS.fullmatch(path.name) and not path.name.startswith("."):
                    yield path.relative_to(root)
    except OSError as error:
        raise CannotRead(f"{root} cannot be read: {reason(error)}") from None


def _is_named(path: Path, named: Mapping[Path, set[str]]) -> bool:
    """Whether a YAML file that stays names a file, or the formula that a file's cases are for."""
    if path.parent not in named:
        return False
    return path.name == "rows.csv" or path.name.replace(".cases.yml", ".coda") in named[path.parent]
