"""Files and folders that nothing reads: those whose names are nearly right, and those that belong nowhere."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.project import yaml_tree
from codaform.project.causes import NAMELESS
from codaform.project.file_names import ROWS_FILES
from codaform.project.file_reader import FileReader
from codaform.project.files import read_text
from codaform.project.locate import DOCUMENTS, MIGRATIONS, SCENARIOS, SKIPPED
from codaform.source import Source, Span
from codaform.spelling import did_you_mean

_READ = re.compile(r"table\.yml|rows\.csv|rows\.parquet|.+\.coda|.+\.cases\.yml")
"""The files of a table's folder that codaform reads."""

_COMPANION = re.compile(
    r"(?i)(readme|licen[cs]e|notes?|todo|changelog|owners|codeowners|makefile)(\..*)?"
    r"|.*\.(md|markdown|rst|adoc|txt|pdf|png|jpe?g|gif|svg|webp|avif|ico|drawio|excalidraw|mmd|puml)"
)
"""What people keep beside the files of a project."""

_LEFTOVER = re.compile(
    r"(?i)(.+?)(~|(\.(bak|orig|rej|sw[a-p]|tmp|temp|old|save|autosave))+)|#(.+)#|thumbs\.db|desktop\.ini"
)
"""What editors and version control leave behind."""

_ADDED = re.compile(r"(\.(txt|bak|orig|old|tmp|save|copy|disabled|off))+$|~$|( copy| \(\d+\))(?=\.|$)")
_LOOK_ALIKES = str.maketrans("аеорсухіԁӏтвнкмո０１", "aeopcyxidltbhkmn01")
"""Letters of other scripts that look like Latin ones."""

_YAML = (".yml", ".yaml")

_NOWHERE = "it is a link that leads nowhere"
_HELP = "it reads table.yml, rows.csv, rows.parquet, .coda and .cases.yml files here"


def report_strays(reader: FileReader, tables: Sequence[Path]) -> None:
    """Report what lies in a project and is not read. tables: The folders of the tables."""
    strays, owned = _Strays(reader), set(tables)
    root = reader.root
    strays.collisions([*tables, *(path for path in reader.listed(root) if not _is_dir(path) and _is_ours(path.name))])
    for path in reader.listed(root):
        if not _is_dir(path):
            strays.root_file(path)
        elif path in owned:
            strays.table(path)
        elif path.name in (SCENARIOS, MIGRATIONS):
            strays.of_one_kind(path)
        elif path.name == DOCUMENTS:
            strays.documents(path, path)
        elif path.name not in SKIPPED and not _is_there(path / "doc.yml"):
            strays.folder(path, tables)


def meant(name: str, files: Sequence[str] = ("table.yml", *ROWS_FILES)) -> str:
    """The name of the file that codaform would read, where a file's name is it or nearly it; else empty."""
    text = _ADDED.sub("", _plain(name).strip())
    stem, dot, ending = text.rpartition(".")
    if cases := re.fullmatch(r"(.+)\.(cases?|cses|csaes)\.?(ya?ml|yml)", text):
        return f"{_stem(name, cases[1])}.cases.yml"
    if dot and _near(ending, "coda") and stem:
        return f"{_stem(name, stem)}.coda"
    for file in files:
        wanted, _, kind = file.rpartition(".")
        if ending in _ENDINGS[kind] and _near(stem, wanted):
            return file
    return ""


_ENDINGS = {
    "yml": ("yml", "yaml", "ym", "yaml-", "yl", "ymal"),
    "csv": ("csv", "tsv", "tab", "xlsx", "xls", "ods", "cvs"),
    "parquet": ("parquet", "parq", "pqt", "pq", "parquets", "paquet", "parquet-"),
}
"""The endings that people give to files of a kind."""


_ENDED = (".yml", ".yaml", ".coda", ".csv", ".parquet")
"""The endings of the files of a project."""


def _stem(name: str, folded: str) -> str:
    return name[: len(folded)] if _plain(name[: len(folded)]) == folded else folded


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().translate(_LOOK_ALIKES)


def _near(text: str, wanted: str) -> bool:
    if text == wanted or (len(text) > 2 and sorted(text) == sorted(wanted)):
        return True
    from difflib import SequenceMatcher

    return len(text) > 2 and SequenceMatcher(None, text, wanted).ratio() >= 0.75


def _is_dir(path: Path) -> bool:
    return _asked(path.is_dir)


def _is_there(path: Path) -> bool:
    return _asked(path.exists)


def _asked(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:
        return False


def _is_rows(path: Path) -> bool:
    return path.name in ROWS_FILES


def _is_within(path: Path, folder: Path) -> bool:
    """Whether a path, with its links followed, leads to something in a folder."""
    return _is_there(path) and _asked(lambda: path.resolve().is_relative_to(folder.resolve()))


def _is_ours(name: str) -> bool:
    return _READ.fullmatch(name) is not None


class _Strays:
    def __init__(self, reader: FileReader) -> None:
        self.reader = reader

    def say(self, rule: Rule, path: Path, message: str, help: str) -> None:
        source = Source(self.reader.name(path), "")
        if source.name not in self.reader.names:
            self.reader.names.append(source.name)
        self.reader.say(rule, message, source, Span(0, 0), help)

    def misnamed(self, path: Path, wanted: str) -> None:
        """That a file has nearly the name of one that is read; where that one is there too, it is only unused."""
        if (path.parent / wanted) in self.reader.listed(path.parent):
            self.unused(path, f"{wanted} is the one that is read")
        else:
            self.say(rules.MISNAMED_FILE, path, f"nothing reads {path.name}", did_you_mean(wanted))
            self.reader.meant.add(path.parent / wanted)

    def tree(self, path: Path) -> yaml_tree.Node:
        """The contents of a YAML file that nothing reads at its path; nothing if it is no YAML."""
        tree = yaml_tree.compose(read_text(path, path.name, self.reader.root)[0])
        return yaml_tree.Scalar("") if isinstance(tree, Diagnostic) else tree

    def is_scenario(self, path: Path) -> bool:
        """Whether a file that lies elsewhere is a scenario."""
        if path.suffix not in (".yml", ".yaml") or path.name == "doc.yml":
            return False
        text = read_text(path, path.name, self.reader.root)[0].text
        return all(re.search(rf"(?m)^{key}[ \t]*:", text) for key in ("scenario", "steps"))

    def doubt_views(self, path: Path | None) -> None:
        """That the views of a table are there, whose table.yml is not read. path: What it is by; None if nothing."""
        tree = self.tree(path) if path is not None else yaml_tree.Scalar("")
        known = [yaml_tree.text_at(view, "name").casefold() for view in yaml_tree.items_at(tree, "views")]
        self.reader.doubtful.update(known if isinstance(tree, yaml_tree.Mapping) else [NAMELESS])

    def unused(self, path: Path, help: str) -> None:
        self.say(rules.UNUSED_FILE, path, f"nothing reads {path.name}", help)

    def collisions(self, paths: Sequence[Path]) -> None:
        """That two names are one name on systems that ignore case, or the way letters are encoded."""
        alike: defaultdict[str, list[Path]] = defaultdict(list)
        for path in paths:
            name = path.name
            alike[(name if name.isascii() else unicodedata.normalize("NFC", name)).casefold()].append(path)
        for first, *others in alike.values():
            for path in others:
                message = f"{first.name} and {path.name} are one name on Windows and macOS, which keep only one"
                self.say(rules.DUPLICATE_NAME, path, message, "rename one")

    def root_file(self, path: Path) -> None:
        if _is_leftover(path, self.reader):
            return
        if path.is_symlink() and not _is_there(path):
            self.unused(path, _NOWHERE)
            return
        if path.name == DOCUMENTS:
            self.unused(path, "it is no folder")
            return
        wanted = meant(path.name, ("doc.yml", "doc.lock.yml", "doc.besides.yml", "table.yml", *ROWS_FILES))
        if path.name in ("table.yml", *ROWS_FILES):
            self.say(
                rules.MISNAMED_FILE, path, f"nothing reads {path.name} here", "it belongs in the folder of its table"
            )
            self.doubt_views(path)
        elif self.is_scenario(path):
            self.say(rules.MISNAMED_FILE, path, f"nothing reads {path.name} here", f"a scenario is in {SCENARIOS}/")
        elif wanted and wanted != path.name:
            self.misnamed(path, wanted)

    def table(self, folder: Path) -> None:
        listed = self.reader.listed(folder)
        folders = self.reader.folders.get(folder, ())
        self.collisions([path for path in listed if path.name not in folders])
        for path in listed:
            if path.name in folders:
                if not path.is_symlink() and any(
                    inner.suffix.casefold() in _ENDED for inner in self.reader.listed(path)
                ):
                    self.unused(path, "a folder in a table's folder is not read")
            elif not _is_ours(path.name) and not _is_leftover(path, self.reader):
                ending, bare = path.suffix[1:].casefold(), not any(map(_is_rows, self.reader.listed(folder)))
                likely = (file for file in ROWS_FILES if bare and ending in _ENDINGS[file.rpartition(".")[2]])
                if wanted := meant(path.name) or next(likely, ""):
                    self.misnamed(path, wanted)
                elif not _COMPANION.fullmatch(path.name):
                    self.unused(path, _HELP)

    def of_one_kind(self, folder: Path) -> None:
        """The folder of scenarios, or of migrations, whose longer formulas are in files."""
        endings = (".yml", ".coda") if folder.name == MIGRATIONS else (".yml",)
        for path in self.reader.listed(folder):
            if _is_dir(path):
                if any(inner.suffix in (".yml", ".yaml") for inner in self.reader.listed(path)):
                    self.unused(path, f"{folder.name} are directly in the folder {folder.name}")
            elif path.suffix not in endings and not _is_leftover(path, self.reader):
                stem, _, ending = _ADDED.sub("", _plain(path.name)).rpartition(".")
                if ending in _ENDINGS["yml"]:
                    self.misnamed(path, f"{_stem(path.name, stem)}.yml")
                elif not _COMPANION.fullmatch(path.name):
                    self.unused(path, f"a {folder.name.removesuffix('s')} is a .yml file")

    def documents(self, folder: Path, top: Path) -> None:
        """The Markdown files that no site has. top: The folder of all documents."""
        if folder == top and not _is_within(top, self.reader.root):
            self.unused(top, "it is a link that leads out of the project")
            return
        for path in self.reader.listed(folder):
            if _is_dir(path):
                if path.is_symlink():
                    self.unused(path, "it is a link to a folder; put the folder itself here")
                else:
                    self.documents(path, top)
                continue
            if path.suffix == ".md" and not _is_within(path, top):
                self.unused(path, "it is a link that leads out of the documents" if _is_there(path) else _NOWHERE)
                continue
            stem, _, ending = _ADDED.sub("", _plain(path.name)).rpartition(".")
            if ending in ("md", "markdown", "mdown") and path.suffix != ".md" and not _is_leftover(path, self.reader):
                self.misnamed(path, f"{_stem(path.name, stem)}.md")

    def folder(self, folder: Path, tables: Sequence[Path]) -> None:
        """A folder without a table.yml: report it if it was meant to be read."""
        inside = self.reader.listed(folder)
        files = [path for path in inside if not _is_dir(path)]
        for usual, endings in ((SCENARIOS, _YAML), (MIGRATIONS, _YAML), (DOCUMENTS, (".md", ".markdown"))):
            if _near(_plain(folder.name), usual) and any(path.suffix.casefold() in endings for path in inside):
                self.say(rules.MISNAMED_FILE, folder, f"nothing reads the folder {folder.name}", did_you_mean(usual))
                return
        likely = {path: wanted for path in files if (wanted := meant(path.name))}
        if likely:
            table = next((path for path, wanted in likely.items() if wanted == "table.yml"), None)
            help = "the folder of a table has a table.yml"
            if table is not None:
                help = did_you_mean(f"table.yml by {table.name}")
            self.reader.doubtful.add(folder.name.casefold())
            self.doubt_views(table)
            message = f"nothing reads the folder {folder.name}, since it has no table.yml"
            self.say(rules.MISNAMED_FILE, table or folder, message, help)
            return
        if any(table.name.casefold() == folder.name.casefold() for table in tables):
            self.collisions([*(one for one in tables if one.name.casefold() == folder.name.casefold()), folder])
        for path in inside:
            own = path / "table.yml"
            if path.name not in SKIPPED and _is_there(own) and not _is_there(path / "doc.yml"):
                self.reader.doubtful.add(path.name.casefold())
                self.doubt_views(own)
                where = "the folder of a table is directly in that of the project"
                self.say(rules.MISNAMED_FILE, own, f"nothing reads {folder.name}/{path.name}", where)


def _is_leftover(path: Path, reader: FileReader) -> bool:
    """Whether a file is what an editor left beside the file that it was made from."""
    found = _LEFTOVER.fullmatch(path.name)
    if found is None:
        return False
    original = found[1] or found[5] or ""
    return not original or not meant(original) or (path.parent / original) in reader.listed(path.parent)
